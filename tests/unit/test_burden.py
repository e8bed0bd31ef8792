"""Is nobody told too much at once, and is nothing that matters held back for it?"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.burden import DAILY_BUDGET, NO_BURDEN, Burden
from bot.domain.decide import decide
from bot.domain.due_event import DueEvent
from bot.domain.effect import Effect, MoveOccurrence, Say
from bot.domain.identity import CourseId, OccurrenceId, PatientId
from bot.domain.leaving import Stay, needs_judging, stays
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import PatientState
from bot.domain.week_summary import WEEK_SUMMARY
from tests.fakes.turns import patient as patient_state

ZONE = ZoneInfo("America/New_York")
NOON = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)


def notice(kind: MessageKind, *, due: datetime = NOON, name: str = "one") -> Occurrence:
    return Occurrence(
        id=OccurrenceId(name),
        patient_id=PatientId("patient"),
        course_id=CourseId("course"),
        reminder="notice",
        slot=name,
        local_day=date(2026, 12, 1),
        local_time=time(12, 0),
        zone=ZONE.key,
        due_at=due,
        next_at=due,
        kind=kind,
        message="folded-reminders",
    )


def decided(kind: MessageKind, burden: Burden, *, late: timedelta = timedelta(0)) -> list[Effect]:
    event = DueEvent(
        occurrence=notice(kind, due=NOON - late), now=NOON, may_write=True, burden=burden
    )
    return decide(patient_state(), event)


def moved(effects: list[Effect]) -> MoveOccurrence:
    return next(effect for effect in effects if isinstance(effect, MoveOccurrence))


def says(effects: list[Effect]) -> list[str]:
    return [effect.template for effect in effects if isinstance(effect, Say)]


TOO_MUCH = Burden(said_today=DAILY_BUDGET)


def test_within_the_budget_a_notice_is_said() -> None:
    effects = decided(MessageKind.LEARNING, replace(TOO_MUCH, said_today=DAILY_BUDGET - 1))
    assert says(effects) == ["folded-reminders"]


def test_beyond_the_budget_a_notice_waits_for_the_next_morning() -> None:
    effects = decided(MessageKind.LEARNING, TOO_MUCH)
    assert says(effects) == []
    assert moved(effects).next_at == datetime(2026, 12, 2, 9, 30, tzinfo=ZONE)


def test_what_would_not_be_true_any_more_by_then_ends_with_its_reason() -> None:
    effects = decided(MessageKind.LEARNING, TOO_MUCH, late=timedelta(hours=5))
    assert (moved(effects).state, moved(effects).reason) == (OccurrenceState.SKIPPED, "budget")


@pytest.mark.parametrize(
    "kind",
    [
        MessageKind.WINDOW,
        MessageKind.PREGNANCY_TEST,
        MessageKind.CONTRACEPTION,
        MessageKind.LAB,
    ],
)
@pytest.mark.parametrize(
    "burden", [TOO_MUCH, Burden(is_handed_off=True), Burden(asked_at=NOON)], ids=str
)
def test_what_is_time_critical_is_never_held_for_it(kind: MessageKind, burden: Burden) -> None:
    assert says(decided(kind, burden)) == ["folded-reminders"]


def test_a_person_of_the_clinic_is_not_talked_over() -> None:
    effects = decided(MessageKind.REFILL, Burden(is_handed_off=True))
    assert moved(effects).next_at == NOON + timedelta(minutes=30)


def test_an_open_question_is_not_talked_over_but_not_for_ever() -> None:
    asked = NOON - timedelta(minutes=5)
    effects = decided(MessageKind.REFILL, Burden(asked_at=asked))
    assert moved(effects).next_at == asked + timedelta(minutes=15)
    assert says(decided(MessageKind.REFILL, Burden(asked_at=NOON - timedelta(minutes=16))))


def test_what_an_outage_kept_is_said_in_one_line() -> None:
    late = timedelta(hours=2)
    others = [
        notice(MessageKind.REFILL, due=NOON - late, name="one"),
        notice(MessageKind.VISIT, due=NOON - late, name="two"),
        notice(MessageKind.LEARNING, due=NOON - late, name="three"),
        notice(MessageKind.WINDOW, due=NOON - late, name="never-folded"),
        notice(MessageKind.BROADCAST, due=NOON, name="on-time"),
        replace(notice(MessageKind.LEARNING, due=NOON - late, name="sum"), reminder=WEEK_SUMMARY),
    ]
    effects = decided(MessageKind.REFILL, replace(NO_BURDEN, also_waiting=others), late=late)
    (say,) = [effect for effect in effects if isinstance(effect, Say)]
    waiting = [{"kind": "refill"}, {"kind": "visit"}, {"kind": "learning"}]
    assert (say.template, say.variables) == ("folded-reminders", {"waiting": waiting})
    ended = {e.occurrence_id: e.reason for e in effects if isinstance(e, MoveOccurrence)}
    assert ended == {"one": "folded", "two": "folded", "three": "folded"}


# --- judged again when it leaves


def stay(
    kind: MessageKind, *, due: datetime, now: datetime, state: PatientState | None = None
) -> Stay | None:
    return stays(state or patient_state(), kind, due_at=due, may_write=True, now=now)


NIGHT = datetime(2026, 12, 2, 4, 0, tzinfo=UTC)
"""23:00 where the patient is."""


def test_an_outage_does_not_carry_a_notice_into_the_night() -> None:
    held = stay(MessageKind.REFILL, due=NIGHT - timedelta(hours=3), now=NIGHT)
    assert held == Stay(reason="quiet-hours", until=datetime(2026, 12, 2, 7, 0, tzinfo=ZONE))


def test_the_patients_own_hour_is_never_quiet() -> None:
    assert stay(MessageKind.CHECKIN, due=NIGHT - timedelta(minutes=30), now=NIGHT) is None
    assert stay(MessageKind.DOSE, due=NIGHT - timedelta(hours=2), now=NIGHT) is None


def test_what_is_time_critical_waits_four_hours_at_most() -> None:
    due = NIGHT - timedelta(hours=2)
    held = stay(MessageKind.WINDOW, due=due, now=NIGHT)
    assert held is not None
    assert held.until == due + timedelta(hours=4)
    assert stay(MessageKind.WINDOW, due=NIGHT - timedelta(hours=5), now=NIGHT) is None


def test_a_hold_since_then_ends_a_dose_reminder_and_lets_contraception_go() -> None:
    held = replace(patient_state(), hold="self-harm")
    due = NOON - timedelta(minutes=5)
    assert stay(MessageKind.DOSE, due=due, now=NOON, state=held) == Stay(reason="hold")
    assert stay(MessageKind.CONTRACEPTION, due=due, now=NOON, state=held) is None


def test_only_what_waited_is_judged_again() -> None:
    assert not needs_judging(MessageKind.REFILL, NOON, now=NOON + timedelta(seconds=30))
    assert needs_judging(MessageKind.REFILL, NOON, now=NOON + timedelta(minutes=5))
    assert not needs_judging(MessageKind.SAFETY, NOON, now=NOON + timedelta(hours=5))
