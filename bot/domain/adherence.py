"""How often was a dose taken, as far as anybody knows? Honest with what nobody knows. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.domain.history import DoseWord, PastDose


class DayWord(StrEnum):
    """What is known of a whole day of doses."""

    TAKEN = "taken"
    PARTLY = "partly"
    NOT_TAKEN = "not-taken"
    EXCUSED = "excused"
    """Held, or left out because the clinic said so: counted as neither."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adherence:
    """Days of a stretch by what is known of them; `days` counts neither held nor open ones."""

    days: int
    answered: int
    taken: int
    """Of the answered days, those on which every dose was taken."""
    streak: int
    """Days in a row with every dose taken, up to the last day that is known; held days pass by."""


_TAKEN = frozenset({DoseWord.TAKEN, DoseWord.EXTRA})


def day_words(doses: Sequence[PastDose]) -> dict[date, DayWord]:
    """What is known of each day that had a dose; days still open are left out."""
    by_day: dict[date, list[DoseWord]] = {}
    for dose in doses:
        by_day.setdefault(dose.day, []).append(dose.word)
    return {
        day: _day_word(words)
        for day, words in sorted(by_day.items())
        if DoseWord.WAITING not in words
    }


def adherence(doses: Sequence[PastDose], *, first: date, last: date) -> Adherence:
    """The days from `first` to `last`, both included."""
    words = {day: word for day, word in day_words(doses).items() if first <= day <= last}
    counted = [word for word in words.values() if word is not DayWord.EXCUSED]
    answered = [word for word in counted if word is not DayWord.UNKNOWN]
    return Adherence(
        days=len(counted),
        answered=len(answered),
        taken=sum(word is DayWord.TAKEN for word in answered),
        streak=_streak(words, last),
    )


def _day_word(words: Sequence[DoseWord]) -> DayWord:
    if all(word is DoseWord.EXCUSED for word in words):
        return DayWord.EXCUSED
    asked = [word for word in words if word is not DoseWord.EXCUSED]
    known = [word for word in asked if word not in (DoseWord.SILENT, DoseWord.UNASKED)]
    if len(known) < len(asked):
        return DayWord.UNKNOWN
    taken = [word in _TAKEN for word in known]
    if all(taken):
        return DayWord.TAKEN
    return DayWord.PARTLY if any(taken) else DayWord.NOT_TAKEN


def _streak(words: dict[date, DayWord], last: date) -> int:
    """An unknown or missed day ends it; today may still be open."""
    count, day = 0, last
    if day not in words:
        day -= timedelta(days=1)
    while words.get(day) in (DayWord.TAKEN, DayWord.EXCUSED):
        count += words[day] is DayWord.TAKEN
        day -= timedelta(days=1)
    return count
