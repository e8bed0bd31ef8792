"""Does a hand-off always end, and does it leave nobody without a word?"""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.burden import Burden, talk_ends_at, true_until
from bot.domain.effect import LogDose, ReturnHandoff, Say
from bot.domain.escalation import (
    HANDOFF,
    Entry,
    EntryKind,
    Escalation,
    EscalationState,
    Urgency,
)
from bot.domain.handoff import (
    CLOCK,
    LONGEST_SILENCE,
    PATIENT,
    RETURNS_AFTER,
    AskOwner,
    GiveBack,
    Handoff,
    WaitUntil,
    next_step,
)
from bot.domain.identity import ClinicId, EscalationId, PatientId, StaffId
from bot.domain.inbound import InboundKind
from bot.domain.leaving import Stay, stays
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import OccurrenceState
from bot.domain.rota import Rota
from bot.domain.staffed_hours import StaffedHours
from handlers import handoff as handler
from tests.fakes.turns import NOW, dose, patient, turn

FRIDAY = datetime(2026, 12, 4, 20, 30, tzinfo=UTC)
"""15:30 in New York, an hour and a half before the clinic closes for the weekend."""
NURSE = StaffId("nurse")
ZONE = ZoneInfo("America/New_York")
WEEKDAYS = StaffedHours(days=frozenset(range(5)), opens=time(9), closes=time(17))
ROTA = Rota(zone=ZONE, hours=WEEKDAYS, has_cover=False)
TAKEN = Entry(kind=EntryKind.ACKNOWLEDGED, actor=NURSE, number=1, at=FRIDAY)


def handoff(*entries: Entry) -> Handoff:
    case = Escalation(
        id=EscalationId("case"),
        clinic_id=ClinicId("clinic"),
        cause="handoff:case",
        category=HANDOFF,
        urgency=Urgency.TASK,
        state=EscalationState.ACKNOWLEDGED,
        patient_id=PatientId("patient"),
        opened_at=FRIDAY,
        deadline_at=None,
        owner_id=NURSE,
    )
    return Handoff(case=case, entries=entries, owner_name="Cleo Nurse")


def said(by: str, *, minutes: int, number: int = 1) -> Entry:
    at = FRIDAY + timedelta(minutes=minutes)
    return Entry(kind=EntryKind.SAID, actor=by, number=number, at=at)


def asked(*, minutes: int) -> Entry:
    at = FRIDAY + timedelta(minutes=minutes)
    return Entry(kind=EntryKind.NOTIFIED, actor=CLOCK, number=1, at=at)


def test_four_staffed_hours_are_counted_over_the_weekend() -> None:
    monday = datetime(2026, 12, 7, 16, 30, tzinfo=UTC)
    assert next_step(handoff(TAKEN), ROTA, FRIDAY) == WaitUntil(at=monday)
    assert next_step(handoff(TAKEN), ROTA, monday) == AskOwner()


def test_an_owner_who_does_not_answer_gives_back_and_one_who_writes_does_not() -> None:
    open_always = Rota(zone=ZONE, hours=None, has_cover=False)
    silent = handoff(TAKEN, asked(minutes=240))
    returns_at = FRIDAY + timedelta(hours=5)
    assert next_step(silent, open_always, FRIDAY) == WaitUntil(at=returns_at)
    assert next_step(silent, open_always, returns_at) == GiveBack()
    writes = handoff(TAKEN, asked(minutes=240), said(NURSE, minutes=250))
    assert isinstance(next_step(writes, open_always, returns_at), WaitUntil)


@given(
    day=st.integers(0, 6),
    opens=st.integers(0, 22),
    length=st.integers(1, 23),
    hours_later=st.integers(0, 17_520),
    late=st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_no_declared_hours_keep_anybody_waiting_for_longer_than_three_days(
    day: int, opens: int, length: int, hours_later: int, late: timedelta
) -> None:
    closes = time(min(opens + length, 23), 59)
    hours = StaffedHours(days=frozenset({day}), opens=time(opens), closes=closes)
    rota = Rota(zone=ZONE, hours=hours, has_cover=False)
    begun = FRIDAY + timedelta(hours=hours_later)
    taken = Entry(kind=EntryKind.ACKNOWLEDGED, actor=NURSE, number=1, at=begun)
    first = next_step(handoff(taken), rota, begun)
    assert isinstance(first, WaitUntil)
    assert first.at <= begun + LONGEST_SILENCE
    asked_at = first.at + late
    question = Entry(kind=EntryKind.NOTIFIED, actor=CLOCK, number=1, at=asked_at)
    second = next_step(handoff(taken, question), rota, asked_at)
    assert isinstance(second, WaitUntil)
    assert second.at <= max(begun + LONGEST_SILENCE, asked_at + RETURNS_AFTER)


@pytest.mark.parametrize(
    ("entries", "minutes", "reassured"),
    [
        ([TAKEN], 5, False),
        ([TAKEN], 31, True),
        ([TAKEN, said(PATIENT, minutes=31)], 40, False),
        ([TAKEN, said(PATIENT, minutes=5)], 40, True),
        ([TAKEN, said(PATIENT, minutes=31)], 31 + 240, True),
        ([TAKEN, said(PATIENT, minutes=31), said(NURSE, minutes=50)], 60, False),
        ([TAKEN, said(PATIENT, minutes=31), said(NURSE, minutes=50)], 90, True),
        ([], 45, True),
    ],
    ids=str,
)
def test_who_waits_is_reassured_once_and_a_talk_is_not_interrupted(
    entries: list[Entry], minutes: int, reassured: bool
) -> None:
    now = FRIDAY + timedelta(minutes=minutes)
    assert handoff(*entries).must_reassure(now) is reassured


def test_who_had_the_last_word_is_told_by_order_also_within_one_instant() -> None:
    assert not handoff(TAKEN).waits_for_staff
    assert handoff(TAKEN, said(PATIENT, minutes=0)).waits_for_staff
    assert not handoff(TAKEN, said(PATIENT, minutes=0), said(NURSE, minutes=0)).waits_for_staff


def test_a_button_is_answered_as_always() -> None:
    pressed = turn(press="taken:dose-1", handoff=handoff(TAKEN), doses=(dose(),))
    assert pressed.inbound.kind is InboundKind.BUTTON
    assert handler.handle(pressed) is None


def test_a_plain_word_for_the_capsule_that_was_asked_about_is_noted() -> None:
    noted = handler.handle(turn("taken", handoff=handoff(TAKEN), doses=(dose(),)))
    assert noted is not None
    assert any(isinstance(effect, LogDose) for effect in noted)


@pytest.mark.parametrize("words", ["taken", "yes"])
def test_a_word_that_answers_nothing_of_balms_is_for_the_person(words: str) -> None:
    talking = handoff(replace(TAKEN, at=NOW))
    assert handler.handle(turn(words, handoff=talking)) == []
    assert handler.handle(turn(words)) is None


def test_balm_comes_back_when_asked() -> None:
    effects = handler.handle(turn("BALM", handoff=handoff(TAKEN)))
    assert effects is not None
    assert [type(effect) for effect in effects] == [Say, ReturnHandoff]


def test_a_dose_reminder_waits_two_hours_at_most_and_a_later_not_at_all() -> None:
    one = dose()
    due, talking = one.due_at, Burden(is_handed_off=True)
    planned = replace(one, state=OccurrenceState.PLANNED)
    assert talk_ends_at(planned, talking, now=due) == due + timedelta(minutes=30)
    later = due + timedelta(hours=1, minutes=45)
    assert talk_ends_at(planned, talking, now=later) == due + timedelta(hours=2)
    assert talk_ends_at(planned, talking, now=due + timedelta(hours=2)) is None
    assert talk_ends_at(planned, Burden(), now=due) is None
    snoozed = replace(one, state=OccurrenceState.SNOOZED)
    assert talk_ends_at(snoozed, talking, now=due) is None
    assert true_until(planned) == due + timedelta(hours=3)
    assert true_until(snoozed) == snoozed.valid_until


def test_what_waited_in_the_queue_waits_for_the_talk_but_a_dose_leaves() -> None:
    now = FRIDAY
    due = now - timedelta(minutes=5)

    def judged(kind: MessageKind) -> Stay | None:
        return stays(patient(), kind, due_at=due, may_write=True, now=now, is_handed_off=True)

    held = Stay(reason="handed-off", until=now + timedelta(minutes=30))
    assert judged(MessageKind.VISIT) == held
    assert judged(MessageKind.DOSE) is None
