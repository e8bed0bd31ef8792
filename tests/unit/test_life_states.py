"""Do silence, holds and fresh entries stop exactly what they must, and nothing of safety?"""

from datetime import date, datetime, time, timedelta

import pytest

from bot.domain.course_notices import CourseNotices
from bot.domain.decide import decide, why_silent
from bot.domain.due_event import DueEvent
from bot.domain.effect import MoveOccurrence, Say
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_fact
from bot.domain.identity import CourseId
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import OccurrenceState
from bot.domain.patient import Fact, FactKind
from bot.domain.plan_difference import difference
from bot.domain.safety import SILENT_AFTER_PREGNANCY
from bot.domain.take_back import superseding
from tests.fakes.turns import NOW, dose, only, patient
from tests.unit.test_plan import planned, regimen
from tests.unit.test_regimen import START, fact, step, written

PREGNANT = patient(silent_kinds=frozenset(SILENT_AFTER_PREGNANCY), hold="rf-pregnant")
NOTICES = CourseNotices(at=time(10), asks_again_after_days=3)


@pytest.mark.parametrize("kind", MessageKind)
def test_what_a_reported_pregnancy_silences(kind: MessageKind) -> None:
    reasons = {
        MessageKind.PREGNANCY_TEST: "silenced",
        MessageKind.AFTER_COURSE: "silenced",
        MessageKind.LEARNING: "silenced",
        MessageKind.BROADCAST: "silenced",
        MessageKind.DOSE: "hold",
        MessageKind.NUDGE: "hold",
        MessageKind.REFILL: "hold",
        MessageKind.WINDOW: "hold",
    }
    assert why_silent(PREGNANT, kind, may_write=True) == reasons.get(kind)


def test_no_planned_text_reaches_a_silenced_patient() -> None:
    notice = dose(
        OccurrenceState.PLANNED, kind=MessageKind.AFTER_COURSE, reminder="x", message="last-day"
    )
    effects = decide(PREGNANT, DueEvent(occurrence=notice, now=NOW, may_write=True))
    moved = only(effects, MoveOccurrence)
    assert (moved.state, moved.reason) == (OccurrenceState.SKIPPED, "silenced")
    assert len(effects) == 1


@pytest.mark.parametrize("kind", [MessageKind.DOSE, MessageKind.WINDOW])
def test_a_fresh_entry_postpones_everything_by_what_is_left_of_ten_minutes(
    kind: MessageKind,
) -> None:
    settles = NOW + timedelta(minutes=7)
    due = dose(OccurrenceState.PLANNED, kind=kind, message="last-day")
    event = DueEvent(occurrence=due, now=NOW, may_write=True)
    (moved,) = decide(patient(settles_at=settles), event)
    assert isinstance(moved, MoveOccurrence)
    assert (moved.state, moved.next_at) == (OccurrenceState.PLANNED, settles)
    after = DueEvent(occurrence=due, now=settles, may_write=True)
    assert any(isinstance(e, Say) for e in decide(patient(settles_at=settles), after))


def notices(facts: list[Fact], *, days: int = 40) -> list[tuple[str, date, time]]:
    until = START + timedelta(days=days)
    begin = START - timedelta(days=1)
    found = NOTICES.occurrences(facts, patient(), after=begin, until=until)
    return [(one.message, one.day, one.at) for one in found]


def test_first_and_last_day() -> None:
    facts = written(step(last_day=date(2026, 12, 20)))
    assert sorted(notices(facts)) == [
        ("first-day", date(2026, 12, 1), time(10)),
        ("last-day", date(2026, 12, 20), time(20, 30)),
    ]
    started = evidence_fact(EvidenceName.FIRST_CAPSULE, date(2026, 11, 30), EvidenceSource.PATIENT)
    assert [name for name, _, _ in notices([*facts, fact(started, FactKind.EVIDENCE)])] == [
        "last-day"
    ]


def test_new_capsules_are_asked_about_twice_and_only_after_staff_have_told() -> None:
    from dataclasses import replace

    waiting = step("2", from_day=date(2026, 12, 8), awaits=True)
    assert "new-capsules" not in [name for name, _, _ in notices(written(step(), waiting))]
    told = replace(waiting, was_told=True)
    days = [day for name, day, _ in notices(written(step(), told)) if name == "new-capsules"]
    assert days == [date(2026, 12, 8), date(2026, 12, 11)]


def test_the_difference_of_a_plan_names_what_is_new_moved_and_gone() -> None:
    course = CourseId("course")
    plans = [one for one in planned([regimen()], patient()) if one.kind is MessageKind.DOSE]
    known = [
        dose(
            OccurrenceState.PLANNED,
            slot=one.slot,
            local_day=one.day,
            due_at=one.due,
            zone=one.zone,
            course_id=course,
        )
        for one in plans[:4]
    ]
    begun = dose(OccurrenceState.TAKEN, slot="evening", local_day=plans[4].day, course_id=course)
    moved = dose(
        OccurrenceState.PLANNED,
        slot="evening",
        local_day=plans[5].day,
        due_at=plans[5].due + timedelta(hours=1),
        course_id=course,
    )
    changes = difference(
        [*known, begun, moved], [*plans[1:4], plans[4], plans[5], plans[6]], course
    )
    assert [one.local_day for one in changes.removed] == [plans[0].day]
    assert [one.day for one in changes.added] == [plans[6].day]
    assert [new.day for _, new in changes.moved] == [plans[5].day]
    assert [one.day for one in changes.wanted] == [plans[5].day, plans[6].day]
    assert difference(known, plans, None).removed == tuple(known)


def recorded(value: dict[str, str | int | bool | None], kind: FactKind, by: str) -> Fact:
    at = datetime.fromisoformat("2026-12-01T12:00:00+00:00")
    return Fact(kind=kind, value=value, effective_at=at, recorded_at=at, recorded_by=by)


def test_what_is_taken_back_gives_way_to_what_was_before() -> None:
    before = recorded({"category": "can-become-pregnant"}, FactKind.CATEGORY, "nurse")
    slip = recorded({"category": "cannot-become-pregnant"}, FactKind.CATEGORY, "nurse#1")
    hold = recorded({"category": "rf-pregnant"}, FactKind.HOLD, "nurse#1")
    test = recorded(
        dict(evidence_fact(EvidenceName.PREGNANCY_TEST, date(2026, 12, 1), EvidenceSource.CLINIC)),
        FactKind.EVIDENCE,
        "nurse#1",
    )
    undone = dict(superseding([before, slip, hold, test], [slip, hold, test]))
    assert undone[FactKind.CATEGORY] == {"category": "can-become-pregnant"}
    assert undone[FactKind.HOLD]["category"] is None
    assert undone[FactKind.EVIDENCE]["withdrawn"] is True
