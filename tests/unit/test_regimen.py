"""Is each day planned by the version that is in force on it, and by no other?"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.occurrence import DOSE_REMINDER
from bot.domain.patient import Fact, FactKind, FactValue
from bot.domain.plan import PlannedOccurrence, plan, regimen_in_force
from bot.domain.regimen import (
    CoursePause,
    RegimenStep,
    capsules_text,
    course_regimen,
    pause_fact,
    regimen_fact,
    starts_on,
    withdrawn_step,
)
from bot.domain.schedule import Regimen, SlotTime
from tests.fakes.turns import NEW_YORK, patient

START = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
FIRST = date(2026, 12, 1)
EVENING = (SlotTime(slot="evening", at=time(20), capsules=(40,)),)
TWICE = (
    SlotTime(slot="morning", at=time(8), capsules=(20,)),
    SlotTime(slot="evening", at=time(21), capsules=(20, 10)),
)


def step(
    number: str = "1", /, *, course: str = "c", awaits: bool = False, **how: Any
) -> RegimenStep:
    known = {"first_day": FIRST, "last_day": None, "slots": EVENING, "daily_mg": Decimal(40)}
    return RegimenStep(
        id=number, course=course, awaits_capsules=awaits, regimen=Regimen(**{**known, **how})
    )


def fact(value: FactValue, kind: FactKind = FactKind.REGIMEN, *, minutes: int = 0) -> Fact:
    at = START + timedelta(minutes=minutes)
    return Fact(kind=kind, value=value, effective_at=at, recorded_at=at, recorded_by="nurse")


def written(*steps: RegimenStep) -> list[Fact]:
    return [fact(regimen_fact(one), minutes=n) for n, one in enumerate(steps)]


def planned(facts: list[Fact], *, days: int = 14, **state: Any) -> list[PlannedOccurrence]:
    who = patient(**{"dose_time": None, **state})
    return plan(facts, who, after=START, until=START + timedelta(days=days))


def doses(plans: list[PlannedOccurrence]) -> list[PlannedOccurrence]:
    return [one for one in plans if one.reminder == DOSE_REMINDER]


def test_a_step_is_read_as_it_was_written() -> None:
    one = step("7", slots=TWICE, every_days=2, from_day=date(2026, 12, 9), awaits=True)
    (read,) = course_regimen(written(one)).waiting
    assert read == one
    assert capsules_text(read.regimen.slots) == "morning=20,evening=20+10"


def test_next_weeks_dose_does_not_move_tomorrows_reminder() -> None:
    facts = written(step(), step("2", slots=TWICE, from_day=date(2026, 12, 8)))
    hours = {(one.day.day, one.slot): one.at for one in doses(planned(facts, days=9))}
    assert hours[2, "evening"] == hours[7, "evening"] == time(20)
    assert hours[8, "morning"] == time(8)
    assert hours[8, "evening"] == time(21)
    assert (7, "morning") not in hours


def test_a_dose_recorded_for_later_without_a_day_begins_on_its_effective_day() -> None:
    """Facts of an older version of the program say only when they take effect."""
    old: FactValue = {"first_day": "2026-12-01", "last_day": None, "slots": "evening@20:00"}
    later = START + timedelta(days=7)
    changed = Fact(
        kind=FactKind.REGIMEN,
        value={**old, "slots": "evening@07:00"},
        effective_at=later,
        recorded_at=START,
        recorded_by="nurse",
    )
    at = {one.day.day: one.at for one in doses(planned([fact(old), changed], days=10))}
    assert at[7] == time(20)
    assert at[8] == time(7)


def test_identities_stay_the_same_across_versions() -> None:
    one, two = step(), step("2", daily_mg=Decimal(60), from_day=date(2026, 12, 5))
    before, after = (doses(planned(facts)) for facts in (written(one), written(one, two)))
    assert [(o.slot, o.day, o.due) for o in before] == [(o.slot, o.day, o.due) for o in after]


def test_alternate_days_count_from_the_first_day_of_the_version() -> None:
    facts = written(step(), step("2", every_days=2, from_day=date(2026, 12, 4)))
    plans = planned(facts, days=8)
    assert [one.day.day for one in doses(plans)] == [1, 2, 3, 4, 6, 8]


def test_a_new_dose_waits_for_the_capsules() -> None:
    waiting = step("2", slots=TWICE, from_day=date(2026, 12, 4), awaits=True)
    assert {one.slot for one in doses(planned(written(step(), waiting)))} == {"evening"}
    here = replace(waiting, awaits_capsules=False)
    course = course_regimen(written(step(), waiting, here))
    assert course.waiting == ()
    assert [one.id for one in course.steps] == ["1", "2"]


@pytest.mark.parametrize(
    ("hour", "day"),
    [(12, 10), (13, 11), (26, 11)],
    ids=["before the first dose of the day", "at the hour of the dose", "at night"],
)
def test_new_capsules_never_give_a_day_two_doses(hour: int, day: int) -> None:
    waiting = step("2", slots=TWICE, from_day=date(2026, 12, 4), awaits=True)
    now = datetime(2026, 12, 10, 0, 30, tzinfo=UTC) + timedelta(hours=hour)
    assert starts_on(waiting, now, NEW_YORK) == date(2026, 12, day)


def test_new_capsules_that_come_early_wait_for_the_planned_day() -> None:
    waiting = step("2", from_day=date(2026, 12, 24), awaits=True)
    assert starts_on(waiting, START, NEW_YORK) == date(2026, 12, 24)


def test_a_correction_replaces_its_version_and_a_withdrawal_removes_it() -> None:
    wrong = step("2", slots=TWICE, from_day=date(2026, 12, 4))
    right = step("2", slots=TWICE, from_day=date(2026, 12, 6))
    plans = doses(planned(written(step(), wrong, right)))
    assert min(one.day.day for one in plans if one.slot == "morning") == 6
    taken_back = [*written(step(), wrong), fact(withdrawn_step(wrong), minutes=9)]
    assert doses(planned(taken_back)) == doses(planned(written(step())))


def test_days_that_the_clinic_paused_have_no_doses() -> None:
    pause = CoursePause(id="p", from_day=date(2026, 12, 3), until_day=date(2026, 12, 5))
    facts = [*written(step()), fact(pause_fact(pause), FactKind.COURSE_PAUSE, minutes=5)]
    plans = planned(facts, days=7)
    assert [one.day.day for one in doses(plans)] == [1, 2, 6, 7]
    ended = replace(pause, until_day=date(2026, 12, 3))
    facts.append(fact(pause_fact(ended), FactKind.COURSE_PAUSE, minutes=6))
    assert [one.day.day for one in doses(planned(facts, days=7))] == [1, 2, 4, 5, 6, 7]
    never = replace(pause, until_day=date(2026, 12, 2))
    facts.append(fact(pause_fact(never), FactKind.COURSE_PAUSE, minutes=7))
    assert len(doses(planned(facts, days=7))) == 7


def test_a_second_course_leaves_the_first_one_where_it_ended() -> None:
    first = step(last_day=date(2026, 12, 3))
    second = step("2", course="d", first_day=date(2026, 12, 6), from_day=date(2026, 12, 6))
    plans = planned(written(first, second), days=8)
    assert [one.day.day for one in doses(plans)] == [1, 2, 3, 6, 7, 8]
    assert [one.id for one in course_regimen(written(first, second), course="d").steps] == ["2"]


def test_the_regimen_in_force_is_that_of_the_local_day() -> None:
    facts = written(step(), step("2", slots=TWICE, from_day=date(2026, 12, 2)))
    late_evening = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)
    here = regimen_in_force(facts, patient(), at=late_evening)
    there = regimen_in_force(facts, patient(zone=ZoneInfo("Asia/Kolkata")), at=late_evening)
    assert here is not None
    assert there is not None
    assert (len(here.slots), len(there.slots)) == (1, 2)


@given(
    begins=st.lists(st.integers(0, 12), min_size=1, max_size=4),
    every=st.lists(st.integers(1, 3), min_size=4, max_size=4),
    zone=st.sampled_from(["America/New_York", "Asia/Kolkata", "Pacific/Apia", "Europe/London"]),
)
@settings(max_examples=120, deadline=None)
def test_no_day_and_slot_is_planned_twice(begins: list[int], every: list[int], zone: str) -> None:
    steps = [
        step(str(n), slots=TWICE if n % 2 else EVENING, every_days=every[n],
             from_day=FIRST + timedelta(days=day))
        for n, day in enumerate(begins)
    ]  # fmt: skip
    plans = planned(written(*steps), zone=ZoneInfo(zone))
    identities = [(one.reminder, one.slot, one.day) for one in plans]
    assert len(set(identities)) == len(identities)
    course = course_regimen(written(*steps))
    for one in doses(plans):
        regimen = course.on(one.day)
        assert regimen is not None
        assert one.slot in {slot.slot for slot in regimen.slots}
