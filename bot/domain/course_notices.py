"""Which texts mark the days of a course: the first, the last, and new capsules? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.domain.evidence import EvidenceName, evidence_at
from bot.domain.message_kind import MessageKind
from bot.domain.patient import Fact, PatientState
from bot.domain.plan import PlannedOccurrence, at_chosen_hour
from bot.domain.regimen import CourseRegimen, course_regimen
from bot.domain.schedule import instant

_DAY = timedelta(days=1)
_EARLY = timedelta(days=30)
"""A first capsule so long before the planned day belongs to another course."""
_AFTER_LAST_DOSE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseNotices:
    """Plans what is said about the course itself; each text once."""

    at: time
    """The local hour of what is not tied to a dose."""
    asks_again_after_days: int

    def occurrences(
        self, facts: Sequence[Fact], state: PatientState, *, after: datetime, until: datetime
    ) -> Sequence[PlannedOccurrence]:
        """Everything with after < due <= until."""
        course = course_regimen(facts, zone=state.zone).newest
        if not course.steps:
            return ()
        planned = [*self._new_capsules(course, state), *_last_day(course, state)]
        first = self._first_day(course, state)
        has_started = any(
            one.name is EvidenceName.FIRST_CAPSULE and one.on > first.day - _EARLY
            for one in evidence_at(facts, at=until)
        )
        if not has_started:
            planned.append(first)
        return [one for one in planned if after < one.due <= until]

    def _first_day(self, course: CourseRegimen, state: PatientState) -> PlannedOccurrence:
        day = course.steps[-1].regimen.first_day
        return _notice("first-day", "day", day, self.at, state, kind=MessageKind.REFILL)

    def _new_capsules(self, course: CourseRegimen, state: PatientState) -> list[PlannedOccurrence]:
        """Asked on the planned day and once more; never before staff have told the patient."""
        asked = []
        for step in course.waiting:
            days = (step.begins, step.begins + self.asks_again_after_days * _DAY)
            asked += [
                _notice("new-capsules", step.id, day, self.at, state, kind=MessageKind.REFILL)
                for day in days
                if step.was_told
            ]
        return asked


def _last_day(course: CourseRegimen, state: PatientState) -> list[PlannedOccurrence]:
    """Half an hour after the last dose of the last day."""
    stretches = course.stretches()
    day = stretches[-1].last_day if stretches else None
    if day is None:
        return []
    last = max(slot.at for slot in at_chosen_hour(stretches[-1], state).slots)
    moment = datetime.combine(day, last) + _AFTER_LAST_DOSE
    if moment.date() != day:
        moment = datetime.combine(day, time(23, 59))
    kind = MessageKind.AFTER_COURSE
    return [_notice("last-day", "day", day, moment.time(), state, kind=kind)]


def _notice(
    message: str, slot: str, day: date, at: time, state: PatientState, *, kind: MessageKind
) -> PlannedOccurrence:
    return PlannedOccurrence(
        reminder=f"course-{message}",
        slot=slot,
        day=day,
        at=at,
        zone=state.zone.key,
        due=instant(day, at, state.zone),
        kind=kind,
        message=message,
        rule=f"course/{message}",
    )
