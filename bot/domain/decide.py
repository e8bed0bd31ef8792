"""What happens when a planned message falls due, given all that is true now? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from bot.domain.checkin import OpenCheckin
from bot.domain.conversation import Asking, Question
from bot.domain.effect import Ask, Effect, MoveOccurrence, Option, Say
from bot.domain.message_kind import KIND_RULES, TIME_CRITICAL, MessageKind
from bot.domain.notice_options import options_of
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.patient import PatientState
from bot.domain.prompt import checkin_prompt
from bot.domain.quiet_hours import USUAL_QUIET_HOURS, QuietHours
from bot.domain.schedule import instant

NUDGE_AFTER = timedelta(hours=1)
SNOOZE_FOR = timedelta(minutes=30)
MISSED_AFTER = timedelta(hours=4)
CHECKIN_WAITS_FOR_DOSE = timedelta(minutes=15)
CHECKIN_OPEN_AT_LEAST = timedelta(hours=4)
HELD_AT_MOST = timedelta(hours=4)
"""How long quiet hours may hold what is time-critical. Source: product rule 13."""
STILL_ON_TIME = timedelta(hours=1)
"""So much later it is still the hour that the patient chose, which is never quiet."""

_HELD = frozenset({MessageKind.DOSE, MessageKind.NUDGE, MessageKind.REFILL, MessageKind.WINDOW})
"""Doses and pick-ups, which a hold silences; contraception and tests go on (product rule 1)."""
_DOSE_VALIDITY = KIND_RULES[MessageKind.DOSE].validity or timedelta(0)
_CHECKIN_VALIDITY = KIND_RULES[MessageKind.CHECKIN].validity or timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueEvent:
    """An occurrence whose next step has come, with its neighbours."""

    occurrence: Occurrence
    now: datetime
    may_write: bool
    """Whether the patient has an active address that has not opted out."""
    doses: Sequence[Occurrence] = ()
    """Other dose occurrences of the patient within a day."""
    minimum_gap: timedelta = timedelta(0)
    checkin: OpenCheckin | None = None
    """The check-in itself, when the occurrence is one."""
    fresh_id: str = ""
    quiet_hours: QuietHours = USUAL_QUIET_HOURS


def decide(state: PatientState, event: DueEvent) -> list[Effect]:
    """Effects of the step that is due; always moves the occurrence, so no step repeats."""
    settles_at = state.settles_at
    if settles_at is not None and event.now < settles_at:
        return [_move(event.occurrence, event.occurrence.state, settles_at)]
    match event.occurrence.kind:
        case MessageKind.DOSE:
            return _dose(state, event)
        case MessageKind.CHECKIN:
            return _checkin(state, event)
        case _:
            return _notice(state, event)


def dose_options(occurrence: Occurrence) -> tuple[tuple[Option, ...], ...]:
    """The three answers to a dose reminder."""
    return (
        (
            Option(label="taken", action=f"taken:{occurrence.id}"),
            Option(label="later", action=f"later:{occurrence.id}"),
        ),
        (Option(label="not-today", action=f"not-today:{occurrence.id}"),),
    )


def why_silent(state: PatientState, kind: MessageKind, *, may_write: bool) -> str | None:
    """The reason for which nothing of `kind` may be said to the patient now, or None."""
    if not may_write:
        return "opted-out"
    if not state.has_consent:
        return "no-consent"
    if kind in state.silent_kinds:
        return "silenced"
    if state.hold is not None and kind in _HELD:
        return "hold"
    is_dose = kind in (MessageKind.DOSE, MessageKind.NUDGE)
    if is_dose and state.dosing_stopped:
        return "stopped-taking"
    if kind in TIME_CRITICAL:
        return None
    return "paused" if state.pauses(MessageKind.DOSE if is_dose else kind) else None


def _dose(state: PatientState, event: DueEvent) -> list[Effect]:
    dose, now = event.occurrence, event.now
    silent = why_silent(state, MessageKind.DOSE, may_write=event.may_write)
    if dose.state in (OccurrenceState.PLANNED, OccurrenceState.SNOOZED):
        if silent:
            return [_end(dose, OccurrenceState.SKIPPED, silent)]
        if now > _promised_at(dose) + _DOSE_VALIDITY:
            return [_end(dose, OccurrenceState.EXPIRED, "late")]
        if _too_close(event):
            return [_end(dose, OccurrenceState.SKIPPED, "too-close")]
        return [
            Say(
                template="dose-reminder",
                variables={"time": f"{dose.local_time:%H:%M}"},
                options=dose_options(dose),
                kind=MessageKind.DOSE,
            ),
            _move(dose, OccurrenceState.ASKED, now + NUDGE_AFTER),
        ]
    if dose.state is OccurrenceState.ASKED:
        missed_at = max(dose.due_at + MISSED_AFTER, now + NUDGE_AFTER)
        moved = _move(dose, OccurrenceState.NUDGED, missed_at)
        is_late = now > dose.due_at + _DOSE_VALIDITY
        if silent or is_late or event.quiet_hours.covers(now, state.zone):
            return [moved]
        nudge = Say(
            template="dose-nudge",
            variables={"time": f"{dose.local_time:%H:%M}"},
            options=dose_options(dose),
            kind=MessageKind.NUDGE,
        )
        return [nudge, moved]
    if silent:
        return [_end(dose, OccurrenceState.SKIPPED, silent)]
    return [_end(dose, OccurrenceState.MISSED, "no-answer")]


def _checkin(state: PatientState, event: DueEvent) -> list[Effect]:
    occurrence, now = event.occurrence, event.now
    if occurrence.state is not OccurrenceState.PLANNED:
        return [_end(occurrence, OccurrenceState.EXPIRED, "no-answer")]
    silent = why_silent(state, MessageKind.CHECKIN, may_write=event.may_write)
    if silent:
        return [_end(occurrence, OccurrenceState.SKIPPED, silent)]
    is_quiet = event.quiet_hours.covers(now, state.zone)
    if now > occurrence.due_at + (STILL_ON_TIME if is_quiet else _CHECKIN_VALIDITY):
        return [_end(occurrence, OccurrenceState.EXPIRED, "late")]
    if _dose_still_open(event):
        waits_until = occurrence.due_at + CHECKIN_WAITS_FOR_DOSE
        return [_move(occurrence, OccurrenceState.PLANNED, waits_until)]
    closes_at = _closes_at(state, now)
    assert event.checkin is not None
    first = event.checkin.next_question()
    assert first is not None
    return [
        checkin_prompt(event.checkin, first, kind=MessageKind.CHECKIN),
        Ask(
            question=Question(
                id=event.fresh_id,
                asking=Asking.CHECKIN,
                asked_at=now,
                expires_at=closes_at,
                data={"occurrence": occurrence.id},
            )
        ),
        _move(occurrence, OccurrenceState.ASKED, closes_at),
    ]


def _notice(state: PatientState, event: DueEvent) -> list[Effect]:
    """A text that waits for no answer of its own: said once, in its time, or ended with a reason.

    What others schedule does not wake anybody; what is time-critical waits four hours at most
    (product rule 13).
    """
    notice, now = event.occurrence, event.now
    rule = KIND_RULES[notice.kind]
    silent = why_silent(state, notice.kind, may_write=event.may_write)
    if silent:
        return [_end(notice, OccurrenceState.SKIPPED, silent)]
    last = notice.valid_until or (notice.due_at + rule.validity if rule.validity else None)
    if last is not None and now > last:
        return [_end(notice, OccurrenceState.EXPIRED, "late")]
    wakes_at = event.quiet_hours.ends_after(now, state.zone)
    if rule.obeys_quiet_hours and wakes_at is not None:
        held_until = wakes_at
        if notice.kind in TIME_CRITICAL:
            held_until = min(wakes_at, max(notice.due_at + HELD_AT_MOST, now))
        if held_until > now:
            return [_move(notice, OccurrenceState.PLANNED, held_until)]
    return [
        Say(
            template=notice.message,
            variables=notice.variables,
            options=options_of(notice.message),
            kind=notice.kind,
        ),
        _end(notice, OccurrenceState.SENT, None),
    ]


def _promised_at(dose: Occurrence) -> datetime:
    """When the patient expects the reminder: a "later" is kept, however late it was said."""
    if dose.state is OccurrenceState.SNOOZED and dose.next_at is not None:
        return dose.next_at
    return dose.due_at


def _closes_at(state: PatientState, now: datetime) -> datetime:
    tomorrow = now.astimezone(state.zone).date() + timedelta(days=1)
    return max(instant(tomorrow, time(0), state.zone), now + CHECKIN_OPEN_AT_LEAST)


def _dose_still_open(event: DueEvent) -> bool:
    due = event.occurrence.due_at
    return event.now < due + CHECKIN_WAITS_FOR_DOSE and any(
        dose.state in (OccurrenceState.ASKED, OccurrenceState.PLANNED)
        and abs(dose.due_at - due) < CHECKIN_WAITS_FOR_DOSE
        for dose in event.doses
    )


def _too_close(event: DueEvent) -> bool:
    dose = event.occurrence
    return any(
        other.id != dose.id
        and other.due_at <= dose.due_at < other.due_at + event.minimum_gap
        and _has_spoken(other)
        for other in event.doses
    )


def _has_spoken(dose: Occurrence) -> bool:
    """Whether the patient was asked about this dose; one that ended in silence stops no other."""
    if dose.state in (OccurrenceState.SKIPPED, OccurrenceState.EXPIRED):
        return dose.reason == "patient"
    return dose.state not in (OccurrenceState.PLANNED, OccurrenceState.CANCELLED)


def _move(occurrence: Occurrence, state: OccurrenceState, next_at: datetime) -> MoveOccurrence:
    return MoveOccurrence(occurrence_id=occurrence.id, state=state, next_at=next_at)


def _end(occurrence: Occurrence, state: OccurrenceState, reason: str | None) -> MoveOccurrence:
    return MoveOccurrence(occurrence_id=occurrence.id, state=state, reason=reason)
