"""What does a patient see of their own course so far, in words or as a picture? Pure.

Everything that a progress picture draws and its text message says; mood is no part of it (product
rule 23). Sparse answers stay sparse: nothing is filled in between them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import fmean

from bot.domain.adherence import Adherence, DayWord, adherence, day_words
from bot.domain.cumulative import Between, Target
from bot.domain.history import CourseHistory

SERIES = ("breakouts", "lips", "skin")
"""What may be shown on a picture that others could see."""
DRYNESS = ("lips", "skin", "eyes")
LATEST = 3
"""Answers that make up "at first" and "lately"."""
_ENOUGH = 4
"""From so many answers on a direction is said."""
CHANGE = 1.0
"""Points on a scale of 0 to 10 that count as a change."""
_WEEK = 7
SHOWN_STREAK = 3
"""A streak is spoken of from here on; one that ended is never mentioned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One answer, or the mean of the answers of one day."""

    day: date
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One subject over time."""

    question: str
    points: Sequence[Point]
    first: float | None = None
    """Mean of the first answers; None while there are too few for a direction."""
    lately: float | None = None

    @property
    def direction(self) -> str:
        """ "better", "worse", "alike", or "unknown" while there are too few answers."""
        if self.first is None or self.lately is None:
            return "unknown"
        if abs(self.lately - self.first) < CHANGE:
            return "alike"
        return "better" if self.lately < self.first else "worse"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDate:
    """Something that is planned, by the name of what it is."""

    name: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A course on one day."""

    today: date
    first_day: date
    last_day: date | None
    week: int
    """1 in the first seven days; 0 before the first day."""
    weeks: int | None
    """None while the clinic has set no end."""
    is_over: bool
    breakouts: Trend
    dryness: Trend
    trends: Sequence[Trend]
    calendar: Mapping[date, DayWord] = field(repr=False)
    adherence: Adherence
    next_dates: Sequence[NextDate] = ()
    last_visit: date | None = None
    """The last day on which somebody at the clinic spoke with the patient, as far as known."""
    checkins_asked: int = 0
    checkins_answered: int = 0
    mg_per_kg: Between | None = field(default=None, repr=False)
    """What was taken by body weight, at least and at most; None: nobody can say."""
    target: Target | None = field(default=None, repr=False)
    """The prescriber's; None while there is none."""

    @property
    def has_answers(self) -> bool:
        """Whether anything can be drawn at all."""
        return bool(self.calendar) or any(trend.points for trend in self.trends)


def progress(
    history: CourseHistory,
    *,
    first_day: date,
    last_day: date | None,
    today: date,
    next_dates: Sequence[NextDate] = (),
) -> Progress:
    """The course as it stands on `today`, by what was told."""
    end = min(today, last_day) if last_day is not None else today
    trends = tuple(_trend(question, _points(history, (question,))) for question in SERIES)
    return Progress(
        today=today,
        first_day=first_day,
        last_day=last_day,
        week=max((end - first_day).days // _WEEK + 1, 0),
        weeks=(last_day - first_day).days // _WEEK + 1 if last_day is not None else None,
        is_over=last_day is not None and today > last_day,
        breakouts=trends[0],
        dryness=_trend("dryness", _points(history, DRYNESS)),
        trends=trends,
        calendar=day_words(history.doses),
        adherence=adherence(history.doses, first=first_day, last=end),
        next_dates=tuple(sorted(next_dates, key=lambda one: (one.day, one.name))),
        checkins_asked=len(history.checkins),
        checkins_answered=sum(bool(one.answers) for one in history.checkins),
    )


def _points(history: CourseHistory, questions: Sequence[str]) -> list[Point]:
    """The mean over `questions` of every day on which one of them was answered."""
    by_day: dict[date, list[int]] = {}
    for question in questions:
        for day, value in history.series(question):
            by_day.setdefault(day, []).append(value)
    return [Point(day=day, value=fmean(values)) for day, values in sorted(by_day.items())]


def _trend(question: str, points: Sequence[Point]) -> Trend:
    if len(points) < _ENOUGH:
        return Trend(question=question, points=tuple(points))
    size = min(LATEST, len(points) // 2)
    return Trend(
        question=question,
        points=tuple(points),
        first=fmean(point.value for point in points[:size]),
        lately=fmean(point.value for point in points[-size:]),
    )
