"""Is a time understood as people write it, and the zone found that shows it?"""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.local_time import guess_zone, parse_time
from tests.fakes.turns import messages

EVENING = messages().vocabularies["en"].words("evening")
US = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")

TIMES = [
    ("8pm", "20:00"),
    ("8 PM", "20:00"),
    ("8 p.m.", "20:00"),
    ("8:30 p.m.", "20:30"),
    ("8 p.m", "20:00"),
    ("at 8 p.m. please", "20:00"),
    ("8 a.m.", "08:00"),
    ("20:00", "20:00"),
    ("20.30", "20:30"),
    ("20h30", "20:30"),
    ("20h", "20:00"),
    ("7:45 pm", "19:45"),
    ("7:45pm.", "19:45"),
    ("no, it is 7:45 pm here", "19:45"),
    ("8 in the evening", "20:00"),
    ("around 8 tonight", "20:00"),
    ("8", "08:00"),
    ("8 in the morning", "08:00"),
    ("12 am", "00:00"),
    ("12:30am", "00:30"),
    ("12 pm", "12:00"),
    ("0:05", "00:05"),
    ("२०:००", "20:00"),
    ("रात ८ बजे", "08:00"),
    ("4:30", "04:30"),
]
NO_TIMES = ["", "evening", "25:00", "20:75", "2026", "soon", "20th", "abc8def", "८८:००"]


@pytest.mark.parametrize(("text", "at"), TIMES)
def test_a_time(text: str, at: str) -> None:
    assert parse_time(text, evening_words=EVENING) == time.fromisoformat(at)


@pytest.mark.parametrize("text", NO_TIMES)
def test_no_time(text: str) -> None:
    assert parse_time(text, evening_words=EVENING) is None


def test_evening_words_of_the_language() -> None:
    words = messages().vocabularies["hi"].words("evening")
    assert parse_time("रात ८ बजे", evening_words=words) == time(20, 0)


@given(text=st.text(max_size=40))
def test_no_text_is_too_strange(text: str) -> None:
    at = parse_time(text, evening_words=EVENING)
    assert at is None or at.second == 0


@given(at=st.times())
def test_a_time_is_read_back_in_both_ways_of_writing(at: time) -> None:
    exact = at.replace(second=0, microsecond=0)
    half_day = f"{exact.hour % 12 or 12}:{exact.minute:02} {'am' if exact.hour < 12 else 'pm'}"
    assert parse_time(f"{exact:%H:%M}") == exact
    assert parse_time(half_day) == exact


NOW = datetime(2026, 12, 2, 1, 10, tzinfo=UTC)
ZONES = [
    ("New York to the minute", time(20, 10), "America/New_York"),
    ("a watch that is fast", time(20, 25), "America/New_York"),
    ("Chicago", time(19, 10), "America/Chicago"),
    ("Los Angeles", time(17, 15), "America/Los_Angeles"),
    ("half an hour off is no zone", time(19, 40), None),
    ("morning and evening are not mixed up", time(8, 10), None),
]


@pytest.mark.parametrize(("said", "zone"), [c[1:] for c in ZONES], ids=[c[0] for c in ZONES])
def test_the_zone_that_shows_the_time(said: time, zone: str | None) -> None:
    assert guess_zone(said, NOW, US) == zone


def test_around_midnight() -> None:
    midnight = datetime(2026, 12, 2, 4, 55, tzinfo=UTC)
    assert guess_zone(time(0, 5), midnight, US) == "America/New_York"
    assert guess_zone(time(23, 50), datetime(2026, 12, 2, 5, 5, tzinfo=UTC), US) == US[0]


@given(zone=st.sampled_from(US), minutes=st.integers(0, 60 * 24 * 360))
def test_the_right_time_always_finds_a_zone_that_shows_it(zone: str, minutes: int) -> None:
    now = datetime.fromtimestamp(1_780_000_000 + minutes * 60, tz=UTC)
    said = now.astimezone(ZoneInfo(zone)).time()
    found = guess_zone(said, now, US)
    assert found is not None
    assert now.astimezone(ZoneInfo(found)).hour == said.hour
