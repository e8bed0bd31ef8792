"""How was a stretch of a course, such as the last week or the time since a visit? Pure.

What the patient told in it, beside what they had told before; nothing is filled in.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

from bot.domain.adherence import DayWord
from bot.domain.progress import CHANGE, LATEST, Progress, Trend

WEEK_LOOKS_BACK = timedelta(days=6)
VISIT_LOOKS_BACK = timedelta(days=28)
"""Where no visit is known: about as long as lies between two of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One subject in the stretch: how it began or was before, and how it is at its end."""

    name: str
    before: float | None
    lately: float

    @property
    def direction(self) -> str:
        """ "better", "worse", "alike", or "unknown" where there is nothing to compare with."""
        if self.before is None:
            return "unknown"
        if abs(self.lately - self.before) < CHANGE:
            return "alike"
        return "better" if self.lately < self.before else "worse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Days of a course from `begins` to today."""

    begins: date
    days: int
    """Capsule days in it, without those that the clinic excused."""
    answered: int
    taken: int
    not_taken: int
    """Days on which at least one capsule was not taken, by the patient's word."""
    changes: tuple[Change, ...]

    @property
    def has_answers(self) -> bool:
        """Whether the patient told anything in it."""
        return self.answered > 0 or bool(self.changes)

    def change(self, name: str) -> Change | None:
        """What changed in `name`; None where nothing was told of it in this stretch."""
        return next((one for one in self.changes if one.name == name), None)


def last_week(progress: Progress) -> Stretch:
    """The last seven days, today with them; each subject from its first to its last answer."""
    begins = progress.today - WEEK_LOOKS_BACK
    return _stretch(progress, begins, [_within(one, begins) for one in _subjects(progress)])


def since_visit(progress: Progress) -> Stretch:
    """The time since the last visit; the answers lately beside those just before it."""
    begins = progress.last_visit or progress.today - VISIT_LOOKS_BACK
    begins = max(begins, progress.first_day)
    return _stretch(progress, begins, [_across(one, begins) for one in _subjects(progress)])


def _subjects(progress: Progress) -> tuple[tuple[str, Trend], ...]:
    return (("breakouts", progress.breakouts), ("dryness", progress.dryness))


def _stretch(progress: Progress, begins: date, changes: list[Change | None]) -> Stretch:
    words = [
        word
        for day, word in progress.calendar.items()
        if begins <= day <= progress.today and word is not DayWord.EXCUSED
    ]
    return Stretch(
        begins=begins,
        days=len(words),
        answered=sum(word is not DayWord.UNKNOWN for word in words),
        taken=sum(word is DayWord.TAKEN for word in words),
        not_taken=sum(word in (DayWord.NOT_TAKEN, DayWord.PARTLY) for word in words),
        changes=tuple(one for one in changes if one is not None),
    )


def _within(subject: tuple[str, Trend], begins: date) -> Change | None:
    name, trend = subject
    values = [point.value for point in trend.points if point.day >= begins]
    if not values:
        return None
    return Change(name=name, before=values[0] if len(values) > 1 else None, lately=values[-1])


def _across(subject: tuple[str, Trend], begins: date) -> Change | None:
    """Means of a few answers each; where none came before, from the first ones of the stretch."""
    name, trend = subject
    before = [point.value for point in trend.points if point.day < begins][-LATEST:]
    after = [point.value for point in trend.points if point.day >= begins]
    if not after:
        return None
    if not before and len(after) > 2 * LATEST:
        before = after[:LATEST]
    return Change(
        name=name, before=fmean(before) if before else None, lately=fmean(after[-LATEST:])
    )
