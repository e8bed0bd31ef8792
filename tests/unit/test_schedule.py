"""Is every dose planned exactly once, in every time zone, whatever its clocks do?"""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.schedule import (
    PlannedSlot,
    Regimen,
    SlotTime,
    instant,
    is_skipped_day,
    next_local_time,
    plan_slots,
    thin,
)

ZONES = sorted(available_timezones())
YEAR_S = 365 * 24 * 3600
zones = st.sampled_from(ZONES).map(ZoneInfo)
minutes = st.times().map(lambda at: at.replace(second=0, microsecond=0))
days = st.dates(date(1901, 1, 2), date(2037, 6, 1))


@st.composite
def regimens(draw: st.DrawFn, *, first_days: st.SearchStrategy[date] = days) -> Regimen:
    first = draw(first_days)
    length = draw(st.integers(0, 45))
    times = draw(st.lists(minutes, min_size=1, max_size=4, unique=True))
    slots = tuple(SlotTime(slot=f"slot-{n}", at=at) for n, at in enumerate(sorted(times)))
    return Regimen(first_day=first, last_day=first + timedelta(days=length), slots=slots)


def whole(regimen: Regimen) -> tuple[datetime, datetime]:
    assert regimen.last_day is not None
    return (
        datetime.combine(regimen.first_day, time(0), UTC) - timedelta(days=3),
        datetime.combine(regimen.last_day, time(0), UTC) + timedelta(days=3),
    )


def days_of(regimen: Regimen) -> list[date]:
    assert regimen.last_day is not None
    length = (regimen.last_day - regimen.first_day).days + 1
    return [regimen.first_day + timedelta(days=n) for n in range(length)]


def shows(zone: ZoneInfo, local: datetime, *, around: datetime) -> list[datetime]:
    """All instants near `around` at which clocks show `local`, found by trying every offset."""
    offsets = {offset_at(around + timedelta(hours=hours), zone) for hours in range(-50, 51)}
    possible = {(local - offset).replace(tzinfo=UTC) for offset in offsets}
    return sorted(at for at in possible if at.astimezone(zone).replace(tzinfo=None) == local)


@given(regimen=regimens(), zone=zones)
@settings(max_examples=300, deadline=None)
def test_every_day_and_slot_is_planned_exactly_once(regimen: Regimen, zone: ZoneInfo) -> None:
    after, until = whole(regimen)
    planned = plan_slots(regimen, zone, after=after, until=until)
    wanted = Counter(
        (day, slot.slot)
        for day in days_of(regimen)
        if not is_skipped_day(day, zone)
        for slot in regimen.slots
    )
    assert Counter((slot.day, slot.slot) for slot in planned) == wanted
    assert all(a.due <= b.due for a, b in pairwise(planned))


@given(regimen=regimens(), zone=zones, cuts=st.lists(st.integers(-48, 48 * 24), max_size=6))
@settings(max_examples=200, deadline=None)
def test_windows_tile_without_loss_or_doubles(
    regimen: Regimen, zone: ZoneInfo, cuts: list[int]
) -> None:
    after, until = whole(regimen)
    inner = [after + timedelta(hours=hours) for hours in cuts]
    edges = sorted({after, until, *(edge for edge in inner if after < edge < until)})
    tiled = [
        slot
        for start, end in pairwise(edges)
        for slot in plan_slots(regimen, zone, after=start, until=end)
    ]
    assert tiled == plan_slots(regimen, zone, after=after, until=until)


@given(regimen=regimens(), zone=zones)
@settings(max_examples=100, deadline=None)
def test_a_window_holds_what_is_due_at_its_end_and_not_at_its_start(
    regimen: Regimen, zone: ZoneInfo
) -> None:
    planned = plan_slots(regimen, zone, after=whole(regimen)[0], until=whole(regimen)[1])
    for slot in planned[:3]:
        before = plan_slots(regimen, zone, after=slot.due - timedelta(minutes=1), until=slot.due)
        behind = plan_slots(regimen, zone, after=slot.due, until=slot.due + timedelta(minutes=1))
        assert slot in before
        assert slot not in behind


@given(day=days, at=minutes, zone=zones)
@settings(max_examples=400, deadline=None)
def test_a_local_time_is_its_first_instant_or_moves_by_the_gap(
    day: date, at: time, zone: ZoneInfo
) -> None:
    local = datetime.combine(day, at)
    due = instant(day, at, zone)
    possible = shows(zone, local, around=due)
    if possible:
        assert due == possible[0]
        return
    moved = due.astimezone(zone).replace(tzinfo=None) - local
    assert timedelta(0) < moved <= timedelta(days=1)
    assert moved == offset_at(due, zone) - offset_at(due - moved, zone)


def offset_at(at: datetime, zone: ZoneInfo) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


@given(after=st.integers(-20 * YEAR_S, 67 * YEAR_S), at=minutes, zone=zones)
@settings(max_examples=300, deadline=None)
def test_the_next_local_time_lies_ahead_and_within_two_days(
    after: int, at: time, zone: ZoneInfo
) -> None:
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=after)
    due = next_local_time(start, at, zone)
    assert start < due <= start + timedelta(hours=50)
    local = due.astimezone(zone)
    assert due in (instant(local.date(), at, zone), instant(local.date() - _DAY, at, zone))


_DAY = timedelta(days=1)


def one(zone: str, day: date, at: time) -> list[PlannedSlot]:
    regimen = Regimen(first_day=day, last_day=day, slots=(SlotTime(slot="dose", at=at),))
    after = datetime.combine(day, time(0), UTC) - timedelta(days=2)
    return plan_slots(regimen, ZoneInfo(zone), after=after, until=after + timedelta(days=5))


NIGHTS = [
    ("New York springs forward, 02:30 is 03:30", "America/New_York", "2026-03-08 02:30", "07:30"),
    ("New York springs forward, 20:00 stays", "America/New_York", "2026-03-08 20:00", "00:00"),
    ("New York falls back, the first 01:30", "America/New_York", "2026-11-01 01:30", "05:30"),
    ("New York falls back, 20:00 stays", "America/New_York", "2026-11-01 20:00", "01:00"),
    ("New York 2027 springs forward", "America/New_York", "2027-03-14 02:15", "07:15"),
    ("New York 2027 falls back", "America/New_York", "2027-11-07 01:59", "05:59"),
    ("London springs forward, 01:30 is 02:30", "Europe/London", "2026-03-29 01:30", "01:30"),
    ("London falls back, the first 01:30", "Europe/London", "2026-10-25 01:30", "00:30"),
    ("London 2027 springs forward", "Europe/London", "2027-03-28 01:00", "01:00"),
    ("London 2027 falls back", "Europe/London", "2027-10-31 01:10", "00:10"),
    ("Lord Howe forward by half an hour", "Australia/Lord_Howe", "2026-10-04 02:15", "15:45"),
    (
        "Lord Howe back by half an hour, the first",
        "Australia/Lord_Howe",
        "2026-04-05 01:45",
        "14:45",
    ),
    ("Casablanca leaves its hour for Ramadan", "Africa/Casablanca", "2026-02-15 02:30", "01:30"),
    ("Casablanca comes back after Ramadan", "Africa/Casablanca", "2026-03-22 02:30", "02:30"),
    ("Troll jumps two hours, 01:30 is 03:30", "Antarctica/Troll", "2026-03-29 01:30", "01:30"),
    ("Troll falls two hours, the first 01:30", "Antarctica/Troll", "2026-10-25 01:30", "23:30"),
    ("Kiritimati is fourteen hours ahead", "Pacific/Kiritimati", "2026-12-01 20:00", "06:00"),
    ("a leap day", "America/New_York", "2028-02-29 20:00", "01:00"),
    ("Kolkata never changes", "Asia/Kolkata", "2026-03-29 20:00", "14:30"),
]


@pytest.mark.parametrize(
    ("zone", "local", "utc"), [night[1:] for night in NIGHTS], ids=[night[0] for night in NIGHTS]
)
def test_named_nights(zone: str, local: str, utc: str) -> None:
    wanted = datetime.fromisoformat(local)
    planned = one(zone, wanted.date(), wanted.time())
    assert [(slot.day, slot.at) for slot in planned] == [(wanted.date(), wanted.time())]
    assert f"{planned[0].due:%H:%M}" == utc


def test_samoa_had_no_30_december_2011_and_no_dose_on_it() -> None:
    apia = ZoneInfo("Pacific/Apia")
    regimen = Regimen(
        first_day=date(2011, 12, 28),
        last_day=date(2012, 1, 1),
        slots=(SlotTime(slot="evening", at=time(20, 0)),),
    )
    after, until = whole(regimen)
    planned = plan_slots(regimen, apia, after=after, until=until)
    assert [slot.day.isoformat() for slot in planned] == [
        "2011-12-28",
        "2011-12-29",
        "2011-12-31",
        "2012-01-01",
    ]
    assert [b.due - a.due for a, b in pairwise(planned)] == [timedelta(days=1)] * 3
    assert is_skipped_day(date(2011, 12, 30), apia)
    assert next_local_time(planned[1].due, time(20, 0), apia) == planned[2].due


def test_a_course_without_an_end_is_planned_as_far_as_asked() -> None:
    regimen = Regimen(
        first_day=date(2026, 12, 1),
        last_day=None,
        slots=(SlotTime(slot="evening", at=time(20, 0)),),
    )
    start = datetime(2026, 12, 1, tzinfo=UTC)
    planned = plan_slots(regimen, ZoneInfo("UTC"), after=start, until=start + timedelta(days=14))
    assert len(planned) == 14


def test_nothing_is_planned_before_the_first_day() -> None:
    regimen = Regimen(
        first_day=date(2026, 12, 5),
        last_day=date(2026, 12, 6),
        slots=(SlotTime(slot="evening", at=time(20, 0)),),
    )
    start = datetime(2026, 12, 1, tzinfo=UTC)
    planned = plan_slots(regimen, ZoneInfo("UTC"), after=start, until=start + timedelta(days=14))
    assert [slot.day.day for slot in planned] == [5, 6]


GAPS = [
    ("once a day: half a day", ["20:00"], None, timedelta(hours=12)),
    ("twice, even: a quarter of a day", ["08:00", "20:00"], None, timedelta(hours=6)),
    ("the shortest interval counts", ["08:00", "14:00", "20:00"], None, timedelta(hours=3)),
    ("also the one over midnight", ["01:00", "23:00"], None, timedelta(hours=1)),
    ("the clinic's own gap wins", ["20:00"], timedelta(hours=8), timedelta(hours=8)),
    ("no slots", [], None, timedelta(hours=12)),
]


@pytest.mark.parametrize(
    ("times", "given_gap", "gap"), [case[1:] for case in GAPS], ids=[case[0] for case in GAPS]
)
def test_minimum_gap(times: list[str], given_gap: timedelta | None, gap: timedelta) -> None:
    slots = tuple(
        SlotTime(slot=f"slot-{n}", at=time.fromisoformat(at)) for n, at in enumerate(times)
    )
    regimen = Regimen(
        first_day=date(2026, 12, 1), last_day=None, slots=slots, minimum_gap=given_gap
    )
    assert regimen.gap() == gap


@given(
    hours=st.lists(st.integers(0, 400), max_size=30),
    gap=st.integers(0, 30).map(lambda hours: timedelta(hours=hours)),
)
def test_thinned_slots_keep_their_distance_and_none_is_dropped_without_need(
    hours: list[int], gap: timedelta
) -> None:
    start = datetime(2026, 12, 1, tzinfo=UTC)
    planned = [
        PlannedSlot(day=start.date(), slot="s", at=time(0), due=start + timedelta(hours=hour))
        for hour in sorted(hours)
    ]
    kept = thin(planned, gap)
    assert all(b.due - a.due >= gap for a, b in pairwise(kept))
    assert all(
        any(timedelta(0) <= slot.due - other.due < gap for other in kept)
        for slot in planned
        if slot not in kept
    )
