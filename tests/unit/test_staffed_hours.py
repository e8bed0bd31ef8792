"""Is a clinic's own line about its hours understood, and the next reader's hour found?"""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.staffed_hours import StaffedHours, next_staffed, parse

NEW_YORK = ZoneInfo("America/New_York")
WEEK = frozenset(range(5))
HOURS = [
    ("Monday to Friday 9:00 to 17:00", (WEEK, time(9, 0), time(17, 0))),
    ("Mon-Fri 8.30-16.00", (WEEK, time(8, 30), time(16, 0))),
    ("mon\u2013fri, 9 to 17", (WEEK, time(9, 0), time(17, 0))),
    ("Sat: 10:00-12:00", (frozenset({5}), time(10, 0), time(12, 0))),
    ("Sat to Mon 10 to 12", (frozenset({5, 6, 0}), time(10, 0), time(12, 0))),
]
NOT_UNDERSTOOD = [
    "",
    "by appointment",
    "Monday to Friday",
    "Mon-Fri 17:00 to 9:00",
    "Mon-Fri 9:00 to 25:00",
    "Mon-Fri 9:75 to 17:00",
    "Someday to Friday 9 to 17",
]


@pytest.mark.parametrize(("text", "hours"), HOURS)
def test_hours(text: str, hours: tuple[frozenset[int], time, time]) -> None:
    days, opens, closes = hours
    assert parse(text) == StaffedHours(days=days, opens=opens, closes=closes)


@pytest.mark.parametrize("text", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_not_guessed(text: str) -> None:
    assert parse(text) is None


@given(text=st.text(max_size=40))
def test_no_text_is_too_strange(text: str) -> None:
    hours = parse(text)
    assert hours is None or hours.days


NEXT = [
    ("during the hours: now", "2026-12-01 10:00", "2026-12-01 10:00"),
    ("before them: this morning", "2026-12-01 08:00", "2026-12-01 09:00"),
    ("at closing time: tomorrow", "2026-12-01 17:00", "2026-12-02 09:00"),
    ("on Friday evening: Monday", "2026-12-04 20:00", "2026-12-07 09:00"),
    ("on Sunday: Monday", "2026-12-06 12:00", "2026-12-07 09:00"),
    ("over the change of clocks", "2026-10-31 20:00", "2026-11-02 09:00"),
]


@pytest.mark.parametrize(("now", "then"), [c[1:] for c in NEXT], ids=[c[0] for c in NEXT])
def test_the_next_hour_in_which_somebody_reads(now: str, then: str) -> None:
    hours = StaffedHours(days=WEEK, opens=time(9, 0), closes=time(17, 0))
    at = datetime.fromisoformat(now).replace(tzinfo=NEW_YORK).astimezone(UTC)
    found = next_staffed(hours, NEW_YORK, at)
    assert f"{found:%Y-%m-%d %H:%M}" == then


@given(
    days=st.frozensets(st.integers(0, 6), min_size=1),
    opens=st.integers(0, 22),
    seconds=st.integers(0, 60 * 24 * 3600),
)
def test_every_week_has_an_hour_in_which_somebody_reads(
    days: frozenset[int], opens: int, seconds: int
) -> None:
    hours = StaffedHours(days=days, opens=time(opens, 0), closes=time(opens + 1, 0))
    now = datetime.fromtimestamp(1_790_000_000 + seconds, tz=UTC)
    found = next_staffed(hours, NEW_YORK, now)
    assert found >= now
    assert hours.covers(found)
