"""Is the plan the same however often it is made, and does it follow what changes?"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.checkin_source import CheckinSource
from bot.domain.occurrence import DAILY_CHECKIN, DOSE_REMINDER
from bot.domain.patient import Fact, FactKind, FactValue, PatientState
from bot.domain.plan import PlannedOccurrence, plan, regimen_in_force
from tests.fakes.turns import DAILY, patient

START = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
HORIZON = timedelta(days=14)
SOURCE = CheckinSource(questionnaires=[DAILY])
ZONES = ("America/New_York", "Europe/London", "Asia/Kolkata", "Pacific/Kiritimati", "UTC")


def regimen(slots: str = "evening@20:00", *, at: datetime = START, **more: str | int) -> Fact:
    value: FactValue = {"first_day": "2026-12-02", "last_day": None, "slots": slots, **more}
    return Fact(
        kind=FactKind.REGIMEN, value=value, effective_at=at, recorded_at=at, recorded_by="nurse"
    )


def planned(
    facts: list[Fact], state: PatientState, *, after: datetime = START, days: int = 14
) -> list[PlannedOccurrence]:
    until = after + timedelta(days=days)
    return plan(facts, state, after=after, until=until, sources=[SOURCE])


def identities(plans: list[PlannedOccurrence]) -> list[tuple[str, str, date]]:
    return [(one.reminder, one.slot, one.day) for one in plans]


def doses(plans: list[PlannedOccurrence]) -> list[PlannedOccurrence]:
    return [one for one in plans if one.reminder == DOSE_REMINDER]


def test_without_a_regimen_nothing_is_planned() -> None:
    assert planned([], patient()) == []


def test_every_day_has_its_dose_and_its_checkin_the_dose_first() -> None:
    plans = planned([regimen()], patient(), days=3)
    assert [(one.reminder, one.day.day) for one in plans] == [
        (DOSE_REMINDER, 2),
        (DAILY_CHECKIN, 2),
        (DOSE_REMINDER, 3),
        (DAILY_CHECKIN, 3),
    ]


def test_the_checkin_comes_with_the_last_dose_until_the_patient_chose_an_hour() -> None:
    plans = planned([regimen("morning@08:00,evening@19:30")], patient(dose_time=None))
    hours = {one.at for one in plans if one.reminder == DAILY_CHECKIN}
    assert hours == {time(19, 30)}


def test_the_hour_that_the_patient_chose_replaces_a_single_slot() -> None:
    plans = planned([regimen("evening@20:00")], patient(dose_time=time(7, 15)))
    assert {(one.slot, one.at) for one in doses(plans)} == {("evening", time(7, 15))}


def test_the_hour_that_the_patient_chose_leaves_two_slots_alone() -> None:
    plans = planned([regimen("morning@08:00,evening@20:00")], patient(dose_time=time(7, 15)))
    assert {one.at for one in doses(plans)} == {time(8, 0), time(20, 0)}
    assert {one.at for one in plans if one.reminder == DAILY_CHECKIN} == {time(7, 15)}


def test_the_minimum_gap_of_the_clinic_survives_the_hour_that_the_patient_chose() -> None:
    facts = [regimen(minimum_gap_minutes=480)]
    in_force = regimen_in_force(facts, patient(dose_time=time(7, 15)), at=START)
    assert in_force is not None
    assert in_force.gap() == timedelta(hours=8)


def test_the_last_day_of_the_course_is_the_last_that_is_planned() -> None:
    plans = planned([regimen(last_day="2026-12-04")], patient())
    assert max(one.day for one in plans) == date(2026, 12, 4)


def test_a_new_zone_keeps_the_identity_and_moves_the_instant() -> None:
    at_home = planned([regimen()], patient())
    away = planned([regimen()], patient(zone=ZoneInfo("Asia/Kolkata")))
    assert set(identities(doses(away))) >= set(identities(doses(at_home)[:-1]))
    first, moved = doses(at_home)[0], doses(away)[0]
    assert (first.slot, first.day, first.at) == (moved.slot, moved.day, moved.at)
    assert first.due - moved.due == timedelta(hours=10, minutes=30)
    assert moved.zone == "Asia/Kolkata"


def test_a_new_version_of_the_regimen_wins() -> None:
    later = regimen("evening@21:00", at=START + timedelta(hours=1))
    plans = planned([later, regimen()], patient(dose_time=None), after=START + timedelta(hours=2))
    assert {one.at for one in doses(plans)} == {time(21, 0)}


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    chosen=st.none() | st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    slots=st.sampled_from(["evening@20:00", "morning@08:00,evening@20:00", "night@02:30"]),
    moved=st.integers(0, 13 * 24),
)
@settings(max_examples=150, deadline=None)
def test_planning_again_later_gives_the_same_occurrences(
    zone: ZoneInfo, chosen: time | None, slots: str, moved: int
) -> None:
    facts, state = [regimen(slots)], patient(zone=zone, dose_time=chosen)
    first = planned(facts, state)
    again = planned(facts, state, after=START + timedelta(hours=moved))
    begin, end = START + timedelta(hours=moved), START + HORIZON
    assert [one for one in first if one.due > begin] == [one for one in again if one.due <= end]
    assert len(set(identities(first))) == len(first)


@pytest.mark.parametrize("silent", [{"has_consent": False}, {"hold": "rf-suicide"}])
def test_what_is_judged_when_due_does_not_change_the_plan(silent: dict[str, object]) -> None:
    assert planned([regimen()], patient(**silent)) == planned([regimen()], patient())
