"""Is a planned text said once, in its time, or ended with its reason?"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.decide import HELD_AT_MOST, decide
from bot.domain.due_event import DueEvent
from bot.domain.effect import Effect, MoveOccurrence, Say
from bot.domain.message_kind import KIND_RULES, TIME_CRITICAL, MessageKind
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import PatientState
from bot.domain.quiet_hours import USUAL_QUIET_HOURS
from tests.fakes.turns import dose, only, patient

NOON = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)
"""12:00 in New York."""
BEFORE_MIDNIGHT = datetime(2026, 12, 2, 4, 30, tzinfo=UTC)
NOTICES = [kind for kind in MessageKind if kind not in (MessageKind.DOSE, MessageKind.CHECKIN)]


def notice(
    kind: MessageKind, *, due_at: datetime = NOON, valid_until: datetime | None = None
) -> Occurrence:
    one = dose()
    return Occurrence(
        id=one.id,
        patient_id=one.patient_id,
        course_id=one.course_id,
        reminder="monthly-test",
        slot="ask",
        local_day=due_at.date(),
        local_time=due_at.time(),
        zone="America/New_York",
        due_at=due_at,
        kind=kind,
        message="test-due",
        variables={"day": "2026-12-03"},
        valid_until=valid_until,
        next_at=due_at,
    )


def step(
    one: Occurrence,
    *,
    late: timedelta = timedelta(0),
    state: PatientState | None = None,
    may_write: bool = True,
) -> list[Effect]:
    event = DueEvent(occurrence=one, now=one.due_at + late, may_write=may_write)
    return decide(state or patient(), event)


@pytest.mark.parametrize("kind", NOTICES)
def test_by_day_every_kind_is_said_once_and_ends(kind: MessageKind) -> None:
    effects = step(notice(kind))
    said = only(effects, Say)
    assert (said.template, said.kind, dict(said.variables)) == (
        "test-due",
        kind,
        {"day": "2026-12-03"},
    )
    assert only(effects, MoveOccurrence).state is OccurrenceState.SENT
    assert only(effects, MoveOccurrence).next_at is None


def test_what_is_no_longer_true_ends_as_late() -> None:
    one = notice(MessageKind.WINDOW, valid_until=NOON + timedelta(hours=2))
    effects = step(one, late=timedelta(hours=2, seconds=1))
    assert effects == [
        MoveOccurrence(occurrence_id=one.id, state=OccurrenceState.EXPIRED, reason="late")
    ]


def test_an_ordinary_text_waits_until_the_quiet_hours_are_over() -> None:
    one = notice(MessageKind.LEARNING, due_at=BEFORE_MIDNIGHT)
    moved = only(step(one), MoveOccurrence)
    assert moved.state is OccurrenceState.PLANNED
    assert moved.next_at == datetime(2026, 12, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", sorted(TIME_CRITICAL))
def test_what_is_time_critical_waits_four_hours_at_most(kind: MessageKind) -> None:
    one = notice(kind, due_at=BEFORE_MIDNIGHT)
    moved = only(step(one), MoveOccurrence)
    assert moved.next_at == BEFORE_MIDNIGHT + HELD_AT_MOST
    assert [e for e in step(one, late=HELD_AT_MOST) if isinstance(e, Say)]


def test_a_pause_silences_its_kind_and_an_opt_out_silences_all() -> None:
    paused = patient(paused_kinds=frozenset({"learning"}))
    moved = only(step(notice(MessageKind.LEARNING), state=paused), MoveOccurrence)
    assert (moved.state, moved.reason) == (OccurrenceState.SKIPPED, "paused")
    moved = only(step(notice(MessageKind.WINDOW), may_write=False), MoveOccurrence)
    assert (moved.state, moved.reason) == (OccurrenceState.SKIPPED, "opted-out")


@given(
    kind=st.sampled_from(NOTICES),
    due_at=st.datetimes(
        datetime(2026, 1, 1),  # noqa: DTZ001  # the strategy takes naive bounds
        datetime(2027, 12, 31),  # noqa: DTZ001
    ),
    late=st.timedeltas(timedelta(0), timedelta(days=3)),
)
def test_it_always_moves_and_never_wakes_anybody(
    kind: MessageKind, due_at: datetime, late: timedelta
) -> None:
    one = notice(kind, due_at=due_at.replace(tzinfo=UTC))
    effects = step(one, late=late)
    moved = only(effects, MoveOccurrence)
    spoke = any(isinstance(effect, Say) for effect in effects)
    assert spoke == (moved.state is OccurrenceState.SENT)
    if moved.next_at is not None:
        assert moved.next_at > one.due_at + late
    is_quiet = USUAL_QUIET_HOURS.covers(one.due_at + late, ZoneInfo("America/New_York"))
    if spoke and is_quiet and KIND_RULES[kind].obeys_quiet_hours:
        assert kind in TIME_CRITICAL
        assert late >= HELD_AT_MOST


@pytest.mark.parametrize("kind", sorted(TIME_CRITICAL))
def test_a_pause_keeps_what_is_time_critical(kind: MessageKind) -> None:
    """Product rule 12: a pause keeps contraception and window messages."""
    assert only(step(notice(kind), state=patient(paused_kinds=frozenset({"all"}))), Say)


def test_a_hold_ends_pick_ups_and_leaves_tests_and_contraception() -> None:
    """Product rule 1."""
    held = patient(hold="rf-vision")
    ended = only(step(notice(MessageKind.WINDOW), state=held), MoveOccurrence)
    assert (ended.state, ended.reason) == (OccurrenceState.SKIPPED, "hold")
    for kind in (MessageKind.PREGNANCY_TEST, MessageKind.CONTRACEPTION):
        assert only(step(notice(kind), state=held), Say)
