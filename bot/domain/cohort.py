"""How is a whole clinic doing: who answers, what is taken, how fast is somebody told? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from bot.domain.adherence import adherence
from bot.domain.history import CourseHistory
from bot.domain.identity import PatientId


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseOf:
    """One patient with what they told."""

    patient_id: PatientId
    first_day: date
    history: CourseHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedCase:
    """A case that answers made, with when somebody said that they saw it."""

    category: str
    opened_at: datetime
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Counts with what they are out of; a share is never shown without its n."""

    since: date
    until: date
    patients: int
    checkins_asked: int
    checkins_answered: int
    dose_days: int
    dose_days_answered: int
    dose_days_taken: int
    cases: int
    cases_acknowledged: int
    median_hours_to_acknowledged: float | None
    by_category: dict[str, int]


def cohort(
    courses: Sequence[CourseOf], cases: Sequence[RaisedCase], *, since: date, until: date
) -> Cohort:
    """The days from `since` to `until`, both included."""
    asked = [
        checkin
        for course in courses
        for checkin in course.history.checkins
        if since <= checkin.day <= until
    ]
    taken = [adherence(course.history.doses, first=since, last=until) for course in courses]
    seen = [
        (case.acknowledged_at - case.opened_at).total_seconds() / 3600
        for case in cases
        if case.acknowledged_at is not None
    ]
    names = sorted({case.category for case in cases})
    return Cohort(
        since=since,
        until=until,
        patients=len(courses),
        checkins_asked=len(asked),
        checkins_answered=sum(bool(one.answers) for one in asked),
        dose_days=sum(one.days for one in taken),
        dose_days_answered=sum(one.answered for one in taken),
        dose_days_taken=sum(one.taken for one in taken),
        cases=len(cases),
        cases_acknowledged=len(seen),
        median_hours_to_acknowledged=median(seen) if seen else None,
        by_category={name: sum(case.category == name for case in cases) for name in names},
    )
