"""What follows when a patient tells of a dose in their own words, also of another day?"""

from collections.abc import Sequence
from datetime import datetime, time

from bot.domain.dose_sentence import DoseSentence, dose_sentences
from bot.domain.effect import Effect, LogDose, MoveOccurrence, Say
from bot.domain.inbound import InboundKind
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.schedule import instant
from bot.domain.spoken_day import SaidDay
from bot.domain.turn import Turn
from handlers.dose_reply import told

_UNTOUCHED = (OccurrenceState.PLANNED, OccurrenceState.CANCELLED)
_SOURCE = "report"


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for "took it at 9 last night" or "forgot yesterday", or None."""
    effects: list[Effect] = []
    for report in _reports(turn):
        effects += _noted(turn, report, report.when) if report.when is not None else []
    return effects or None


def _noted(turn: Turn, report: DoseSentence, when: SaidDay) -> Sequence[Effect]:
    dose = _dose(turn, when)
    if dose is None:
        said = {"day": when.day.isoformat()}
        return [Say(template="dose-report-unknown", variables=said)]
    if dose.local_day == turn.today and when.at is None and dose.state.is_open:
        return told(turn, dose, is_taken=report.is_taken, reason=report.reason)
    state = OccurrenceState.TAKEN if report.is_taken else OccurrenceState.SKIPPED
    return [
        LogDose(
            occurrence_id=dose.id,
            day=dose.local_day,
            slot=dose.slot,
            answer="taken" if report.is_taken else "not-today",
            reason=report.reason,
            source=_SOURCE,
            taken_at=_taken_at(turn, report, when),
        ),
        MoveOccurrence(occurrence_id=dose.id, state=state, reason="patient"),
        Say(
            template="dose-reported" if report.is_taken else "dose-reported-not-taken",
            variables={
                "day": dose.local_day.isoformat(),
                "time": f"{dose.local_time:%H:%M}",
                "taken": f"{when.at:%H:%M}" if when.at else "",
            },
        ),
    ]


def _reports(turn: Turn) -> Sequence[DoseSentence]:
    is_text = turn.inbound.kind is InboundKind.TEXT and turn.action is None
    is_answer = any(turn.says(word) for word in ("taken", "later", "not-today"))
    if turn.patient is None or not is_text or is_answer:
        return []
    local = turn.now.astimezone(turn.patient.zone)
    return dose_sentences(turn.inbound.text, turn.answer_words, local)


def _dose(turn: Turn, when: SaidDay) -> Occurrence | None:
    """The dose of that day that is meant: the one nearest to the hour that was said."""
    of_day = [
        dose
        for dose in turn.past_doses
        if dose.local_day == when.day and dose.state not in _UNTOUCHED
    ]
    if not of_day:
        return None
    hour = when.at
    if hour is None and when.is_evening is not None:
        hour = time(20, 0) if when.is_evening else time(8, 0)
    if hour is None:
        waiting = [dose for dose in of_day if dose.state is not OccurrenceState.TAKEN]
        return (waiting or of_day)[0]
    return min(of_day, key=lambda dose: abs(_minutes(dose.local_time) - _minutes(hour)))


def _taken_at(turn: Turn, report: DoseSentence, when: SaidDay) -> datetime | None:
    """The instant that was said; never one that lies ahead."""
    if turn.patient is None or when.at is None or not report.is_taken:
        return None
    said = instant(when.day, when.at, turn.patient.zone)
    return min(said, turn.now)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
