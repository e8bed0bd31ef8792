"""What follows when a patient answers a dose reminder."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.checkin import ANNOUNCED, answered_questions
from bot.domain.conversation import Asking, Question
from bot.domain.decide import SNOOZE_FOR, dose_options
from bot.domain.dose_sentence import dose_sentence, said_reason
from bot.domain.effect import (
    Ask,
    Effect,
    LogDose,
    MoveOccurrence,
    Option,
    RaiseAlert,
    Say,
)
from bot.domain.escalation import Urgency
from bot.domain.inbound import InboundKind
from bot.domain.near_words import meant_word
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.prompt import checkin_prompt
from bot.domain.turn import Turn

REASONS = ("forgot", "no-capsules", "unwell", "clinic-said", "other")
_ANSWERABLE = (
    OccurrenceState.ASKED,
    OccurrenceState.NUDGED,
    OccurrenceState.SNOOZED,
    OccurrenceState.MISSED,
    OccurrenceState.TAKEN,
    OccurrenceState.SKIPPED,
)
_WAITING = (OccurrenceState.ASKED, OccurrenceState.NUDGED)
_REASON_OPEN_FOR = timedelta(hours=12)
_TAKES_YES_AND_NO = (Asking.SAFETY, Asking.ENROLMENT, Asking.STOPPED_TAKING)


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for Taken, Later, Not today and its reason, or None if this turn is none of them."""
    if turn.patient is None:
        return None
    action = turn.action or ""
    pressed, _, rest = action.partition(":")
    if pressed == "reason":
        return _reason(turn, *rest.rpartition(":")[::2])
    is_pressed = pressed in ("taken", "later", "not-today")
    verb = pressed if is_pressed else _word(turn)
    if verb == "not-today" and not is_pressed and _means_the_question(turn):
        return None
    if verb is None:
        return _yes_or_no(turn)
    dose = _dose(turn, rest if is_pressed else "")
    if dose is None:
        return [Say(template="dose-unknown")] if is_pressed else _too_late(turn, verb)
    if verb == "not-today" and not is_pressed:
        reason = said_reason(turn.inbound.text, turn.answer_words)
        return told(turn, dose, is_taken=False, reason=reason)
    return _answer(turn, verb, dose)


def told(
    turn: Turn, dose: Occurrence, *, is_taken: bool, reason: str | None = None
) -> Sequence[Effect]:
    """What follows when a sentence tells of the capsule of today; a named reason is not asked."""
    if is_taken or reason is None:
        return _answer(turn, "taken" if is_taken else "not-today", dose)
    return [
        Say(template=f"reason-noted-{reason}"),
        MoveOccurrence(occurrence_id=dose.id, state=OccurrenceState.SKIPPED, reason="patient"),
        _log(dose, "not-today", reason=reason),
        *_without_capsules(turn, reason),
        *_on_to_checkin(turn, dose),
    ]


def _too_late(turn: Turn, verb: str) -> Sequence[Effect] | None:
    """ "Later", typed when the capsule is settled and nothing else is asked."""
    settled = (OccurrenceState.TAKEN, OccurrenceState.SKIPPED)
    is_settled = any(dose.state in settled for dose in turn.doses)
    if verb != "later" or not is_settled or turn.open_question is not None:
        return None
    return [Say(template="dose-already-answered")]


def _means_the_question(turn: Turn) -> bool:
    """ "Skip" under a question of the check-in that is not about the capsule skips that one."""
    asked, checkin = turn.open_question, turn.checkin
    if asked is None or asked.asking is not Asking.CHECKIN or checkin is None:
        return False
    question = checkin.next_question()
    is_put = question is not None and asked.step != ANNOUNCED
    return is_put and turn.says("skip-question") and not (question and question.logs_dose)


def _word(turn: Turn) -> str | None:
    exact = next((verb for verb in ("taken", "later", "not-today") if turn.says(verb)), None)
    return exact or _sentence(turn)


def _sentence(turn: Turn) -> str | None:
    """ "Took it with dinner" under an open reminder; with a check-in open, that one reads it."""
    is_text = turn.inbound.kind is InboundKind.TEXT
    if turn.patient is None or not is_text or turn.answering is not None:
        return None
    if not any(dose.state.is_open for dose in turn.doses):
        return None
    local = turn.now.astimezone(turn.patient.zone)
    tale = dose_sentence(turn.inbound.text, turn.answer_words, local)
    if tale is None:
        return _mistyped(turn)
    if tale.when is not None:
        return None
    return "taken" if tale.is_taken else "not-today"


def _mistyped(turn: Turn) -> str | None:
    """ "Takn" alone under an open reminder."""
    for verb in ("taken", "later", "not-today"):
        if meant_word(turn.said, turn.words.words(verb)) is not None:
            return verb
    return None


def _yes_or_no(turn: Turn) -> Sequence[Effect] | None:
    """A bare yes or no answers a reminder that waits now; after "later" an ok is only polite."""
    if turn.answering or any(turn.asked(asking) for asking in _TAKES_YES_AND_NO):
        return None
    dose = next((dose for dose in turn.doses if dose.state in _WAITING), None)
    if dose is None:
        return None
    if turn.says("yes"):
        return _answer(turn, "taken", dose)
    if turn.says("no"):
        again = Say(template="dose-nudge", variables=_when(turn, dose), options=dose_options(dose))
        return [again]
    return None


def _dose(turn: Turn, occurrence_id: str) -> Occurrence | None:
    answerable = [dose for dose in turn.doses if dose.state in _ANSWERABLE]
    if occurrence_id:
        return next((dose for dose in answerable if dose.id == occurrence_id), None)
    still_open = [dose for dose in answerable if dose.state.is_open]
    return next(iter(still_open), None)


def _answer(turn: Turn, verb: str, dose: Occurrence) -> Sequence[Effect]:
    if verb == "taken":
        return [
            Say(template="dose-taken", variables=_when(turn, dose), edits_pressed=True),
            *_close(dose, OccurrenceState.TAKEN, "taken"),
            *_on_to_checkin(turn, dose),
        ]
    if verb == "later":
        if not dose.state.is_open:
            return [Say(template="dose-already-answered")]
        until = turn.now + SNOOZE_FOR
        local = until.astimezone(turn.patient.zone) if turn.patient else until
        return [
            Say(
                template="dose-later",
                variables={"time": f"{local:%H:%M}"},
                edits_pressed=True,
            ),
            MoveOccurrence(occurrence_id=dose.id, state=OccurrenceState.SNOOZED, next_at=until),
            _log(dose, "later"),
        ]
    question = Question(
        id=turn.fresh_id,
        asking=Asking.DOSE_REASON,
        asked_at=turn.now,
        expires_at=turn.now + _REASON_OPEN_FOR,
        options=tuple(f"reason:{dose.id}:{reason}" for reason in REASONS),
    )
    options = tuple(
        (Option(label=f"reason-{reason}", action=f"reason:{dose.id}:{reason}"),)
        for reason in REASONS
    )
    return [
        Say(template="dose-not-today", options=options, edits_pressed=True),
        *_close(dose, OccurrenceState.SKIPPED, "not-today"),
        Ask(question=question),
    ]


def _reason(turn: Turn, occurrence_id: str, reason: str) -> Sequence[Effect]:
    dose = _dose(turn, occurrence_id) if occurrence_id else None
    if dose is None or reason not in REASONS:
        return [Say(template="dose-unknown")]
    return [
        Say(template=f"reason-noted-{reason}", edits_pressed=True),
        _log(dose, "not-today", reason=reason),
        *_without_capsules(turn, reason),
        *turn.closing(Asking.DOSE_REASON),
        *_on_to_checkin(turn, dose),
    ]


def _without_capsules(turn: Turn, reason: str) -> Sequence[Effect]:
    """Nobody is left without capsules unseen: a task of the same day (product rule 16)."""
    if reason != "no-capsules":
        return []
    note = "same-day: 0 days left"
    return [
        RaiseAlert(
            category="capsules-few", urgency=Urgency.TASK, note=note, due_by=turn.now, once=True
        )
    ]


def _close(dose: Occurrence, state: OccurrenceState, answer: str) -> Sequence[Effect]:
    moved = MoveOccurrence(occurrence_id=dose.id, state=state, reason="patient")
    return [moved, _log(dose, answer)]


def _on_to_checkin(turn: Turn, dose: Occurrence) -> Sequence[Effect]:
    """The check-in that waited for the dose; never while the reason is still asked for.

    One that is open already no longer asks about the dose, and its next question follows.
    """
    if turn.checkin_due is not None and turn.checkin_due.due_at <= turn.now:
        checkin_id = turn.checkin_due.id
        state = OccurrenceState.PLANNED
        return [MoveOccurrence(occurrence_id=checkin_id, state=state, next_at=turn.now)]
    checkin = turn.checkin
    if (
        checkin is None
        or checkin.questionnaire.is_private
        or checkin.occurrence.state is not OccurrenceState.ASKED
        or checkin.occurrence.local_day != dose.local_day
    ):
        return []
    after = replace(checkin, asks_dose=any(q.logs_dose for q in answered_questions(checkin)))
    following = after.next_question()
    return [checkin_prompt(after, following)] if following is not None else []


def _log(dose: Occurrence, answer: str, *, reason: str | None = None) -> LogDose:
    return LogDose(
        occurrence_id=dose.id, day=dose.local_day, slot=dose.slot, answer=answer, reason=reason
    )


def _when(turn: Turn, dose: Occurrence) -> dict[str, str]:
    return {"time": f"{dose.local_time:%H:%M}", "day": dose.local_day.isoformat()}
