"""What has a patient told on the way of a course, day by day? Values without rules. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.domain.occurrence import OccurrenceState

DaySlot = tuple[date, str]
"""A local day and the slot of an intake on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCheckin:
    """A check-in that was asked, with the latest answer to each of its questions."""

    questionnaire: str
    day: date
    """The patient's local day that it is about."""
    answers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Coded values by question id; empty while, or because, nothing was answered."""


class DoseWord(StrEnum):
    """What is known of one intended intake."""

    TAKEN = "taken"
    EXTRA = "extra"
    """Taken, and more than intended."""
    NOT_TAKEN = "not-taken"
    EXCUSED = "excused"
    """Not taken because the clinic said so, or under a hold."""
    SILENT = "silent"
    """Asked about and never answered."""
    WAITING = "waiting"
    """Still open."""
    UNASKED = "unasked"
    """Never asked about: paused, too late to ask, or no way to reach the patient."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidDose:
    """The patient's latest word about one intake, as it was recorded."""

    answer: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDose:
    """The latest word about one intended intake."""

    day: date
    slot: str
    word: DoseWord


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseHistory:
    """All of a course so far, or of its last weeks; by day."""

    checkins: Sequence[PastCheckin] = ()
    doses: Sequence[PastDose] = ()
    topics: frozenset[str] = frozenset()
    """Learning topics that were offered before."""

    def asked(self, questionnaire: str) -> list[PastCheckin]:
        """The check-ins of one questionnaire, oldest first."""
        return [one for one in self.checkins if one.questionnaire == questionnaire]

    def series(self, question: str) -> list[tuple[date, int]]:
        """Day and number of every numeric answer to a question, in any questionnaire, by day."""
        by_day = {
            one.day: int(value)
            for one in self.checkins
            if (value := one.answers.get(question, "")).isdecimal()
        }
        return sorted(by_day.items())


NOTHING_TOLD = CourseHistory()


def dose_word(*, state: OccurrenceState | None, why: str | None, said: SaidDose | None) -> DoseWord:
    """What is known of one intake, from the end of its reminder and the patient's latest word."""
    if said is not None and said.answer in _BY_ANSWER:
        is_excused = said.answer == "not-today" and said.reason == CLINIC_SAID
        return DoseWord.EXCUSED if is_excused else _BY_ANSWER[said.answer]
    match state:
        case OccurrenceState.TAKEN:
            return DoseWord.TAKEN
        case OccurrenceState.MISSED:
            return DoseWord.SILENT
        case OccurrenceState.SKIPPED | OccurrenceState.EXPIRED:
            return DoseWord.EXCUSED if why == _HELD else DoseWord.UNASKED
        case _:
            return DoseWord.WAITING


def was_asked(state: OccurrenceState, why: str | None, *, is_answered: bool) -> bool:
    """Whether a check-in says anything of the patient: one that ended before it was asked, not."""
    return is_answered or not (state is OccurrenceState.SKIPPED or why == _LATE)


def doses_told(
    asked: Mapping[DaySlot, tuple[OccurrenceState, str | None]], said: Mapping[DaySlot, SaidDose]
) -> Sequence[PastDose]:
    """Every intake by day and slot, from how its reminder ended (and why) and what was said.

    A word with an empty slot is about the whole day.
    """
    known = {
        (day, slot): dose_word(
            state=state, why=why, said=said.get((day, slot)) or said.get((day, ""))
        )
        for (day, slot), (state, why) in asked.items()
    }
    days = {day for day, _ in known}
    for (day, slot), word in said.items():
        if (day, slot) not in known and (slot or day not in days):
            known[day, slot] = dose_word(state=None, why=None, said=word)
    heard = [one for one in sorted(known.items()) if one[1] is not DoseWord.WAITING or one[0][1]]
    return [PastDose(day=day, slot=slot, word=word) for (day, slot), word in heard]


CLINIC_SAID = "clinic-said"
_LATE = "late"
_HELD = "hold"
_BY_ANSWER = {
    "taken": DoseWord.TAKEN,
    "extra": DoseWord.EXTRA,
    "not-today": DoseWord.NOT_TAKEN,
}
MISSED = frozenset({DoseWord.NOT_TAKEN, DoseWord.SILENT})
"""Doses that count as missed: said so, or asked, asked again and never answered."""
