"""What follows when a patient tells of a dose in their own words, also of another day?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from bot.domain.effect import Effect, LogDose, MoveOccurrence, Say
from bot.domain.inbound import InboundKind
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.domain.said_day import SaidDay, said_day
from bot.domain.schedule import instant
from bot.domain.turn import Turn

_LONGEST_REPORT = 14
"""Words; a longer story is for people, not for this file."""
_UNTOUCHED = (OccurrenceState.PLANNED, OccurrenceState.CANCELLED)
_SOURCE = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    is_taken: bool
    when: SaidDay


def handle(turn: Turn) -> Sequence[Effect] | None:
    """Effects for "took it at 9 last night" or "forgot yesterday", or None."""
    report = _report(turn)
    if report is None or turn.patient is None:
        return None
    dose = _dose(turn, report.when)
    if dose is None:
        said = {"day": report.when.day.isoformat()}
        return [Say(template="dose-report-unknown", variables=said)]
    state = OccurrenceState.TAKEN if report.is_taken else OccurrenceState.SKIPPED
    return [
        LogDose(
            occurrence_id=dose.id,
            day=dose.local_day,
            slot=dose.slot,
            answer="taken" if report.is_taken else "not-today",
            source=_SOURCE,
            taken_at=_taken_at(turn, report),
        ),
        MoveOccurrence(occurrence_id=dose.id, state=state, reason="patient"),
        Say(
            template="dose-reported" if report.is_taken else "dose-reported-not-taken",
            variables={
                "day": dose.local_day.isoformat(),
                "time": f"{dose.local_time:%H:%M}",
                "taken": f"{report.when.at:%H:%M}" if report.when.at else "",
            },
        ),
    ]


def _report(turn: Turn) -> _Report | None:
    """A statement about a past intake with its day or hour; no question, plan or story."""
    text, said = turn.inbound.text, turn.answer_words
    is_text = turn.inbound.kind is InboundKind.TEXT and turn.action is None
    if turn.patient is None or not is_text or text.rstrip().endswith("?"):
        return None
    if len(text.split()) > _LONGEST_REPORT or said.finds("hopes", text) is not None:
        return None
    not_taken = said.finds("not_taken", text) is not None
    if not not_taken and said.finds("taken", text) is None:
        return None
    when = said_day(text, said, turn.now.astimezone(turn.patient.zone))
    return _Report(is_taken=not not_taken, when=when) if when is not None else None


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


def _taken_at(turn: Turn, report: _Report) -> datetime | None:
    """The instant that was said; never one that lies ahead."""
    if turn.patient is None or report.when.at is None or not report.is_taken:
        return None
    said = instant(report.when.day, report.when.at, turn.patient.zone)
    return min(said, turn.now)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
