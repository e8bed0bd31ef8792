"""What is kept of simulated courses, and of what was planned and said about them?"""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from bot.domain.course import Course, CourseStatus
from bot.domain.cumulative import DoseWord
from bot.domain.effect import LogDose, RecordAnswer
from bot.domain.history import DaySlot
from bot.domain.identity import ClinicId, CourseId, OccurrenceId, PatientId
from bot.domain.occurrence import Occurrence, OccurrenceState
from bot.ports.clock import Ids
from bot.store.memory.people import MemoryPeople

_MAY_BE_PLANNED_ANEW = (OccurrenceState.PLANNED, OccurrenceState.CANCELLED)
_PLANNED_FOR = (CourseStatus.RUNNING, CourseStatus.AFTER)
_Moment = tuple[datetime, OccurrenceId]


def _identity(occurrence: Occurrence) -> tuple[object, ...]:
    return (
        occurrence.course_id,
        occurrence.reminder,
        occurrence.slot,
        occurrence.local_day,
    )


class MemoryPlan:
    """Courses and everything that is planned for them."""

    def __init__(self, ids: Ids, people: MemoryPeople) -> None:
        """Nothing is planned."""
        self._ids = ids
        self._people = people
        self._courses: dict[CourseId, tuple[ClinicId, PatientId, str]] = {}
        self._newest: dict[PatientId, Course] = {}
        self._occurrences: dict[OccurrenceId, Occurrence] = {}
        self._identities: dict[tuple[object, ...], OccurrenceId] = {}
        self._by_due: dict[PatientId, list[_Moment]] = defaultdict(list)
        self._steps: list[_Moment] = []
        """When something happens by itself next, in order."""
        self._answers: dict[OccurrenceId, dict[str, str]] = defaultdict(dict)
        self._latest: dict[PatientId, dict[str, str]] = defaultdict(dict)
        self._words: dict[PatientId, dict[DaySlot, LogDose]] = defaultdict(dict)
        """The latest word about each intake, by day and slot."""

    async def add_course(
        self,
        clinic_id: ClinicId,
        patient_id: PatientId,
        *,
        first_day: date,
        last_day: date | None,
        dose: str,
        at: datetime,
    ) -> CourseId:
        """A new running course."""
        del at
        course = Course(
            id=CourseId(self._ids.new()),
            status=CourseStatus.RUNNING,
            first_day=first_day,
            last_day=last_day,
        )
        self._courses[course.id] = (clinic_id, patient_id, dose)
        self._newest[patient_id] = course
        return course.id

    async def running_course(self, patient_id: PatientId) -> CourseId | None:
        """The patient's course while anything is planned for it, or None."""
        course = self._newest.get(patient_id)
        is_planned_for = course is not None and course.status in _PLANNED_FOR
        return course.id if course is not None and is_planned_for else None

    async def course(self, patient_id: PatientId) -> Course | None:
        """The patient's newest course, whatever its status; or None."""
        return self._newest.get(patient_id)

    async def course_dose(self, course_id: CourseId) -> str:
        """The dose of a course as the clinic entered it."""
        return self._courses[course_id][2]

    async def move_course(
        self, course_id: CourseId, *, status: CourseStatus, last_day: date | None
    ) -> None:
        """Where the course stands from now on."""
        patient_id = self._courses[course_id][1]
        known = self._newest[patient_id]
        self._newest[patient_id] = replace(known, status=status, last_day=last_day)

    async def end_open(self, patient_id: PatientId, *, reason: str) -> int:
        """End everything that is planned or waits for an answer; how many."""
        found = [self._occurrences[one] for _, one in self._by_due[patient_id]]
        waiting = [o for o in found if o.state is OccurrenceState.PLANNED or o.state.is_open]
        for one in waiting:
            is_planned = one.state is OccurrenceState.PLANNED
            state = OccurrenceState.CANCELLED if is_planned else OccurrenceState.SKIPPED
            await self.move(one.id, state=state, next_at=None, reason=reason)
        return len(waiting)

    async def dose_words(self, patient_id: PatientId) -> Sequence[DoseWord]:
        """The latest word about every dose that anything was said of."""
        latest = self._words[patient_id]
        return [
            DoseWord(day=day, slot=slot, answer=log.answer) for (day, slot), log in latest.items()
        ]

    def words(self, patient_id: PatientId, *, since: date) -> Mapping[DaySlot, LogDose]:
        """The latest word about each intake from the local day `since` on."""
        return {key: log for key, log in self._words[patient_id].items() if key[0] >= since}

    def begun(self, patient_id: PatientId, *, since: date, until: datetime) -> list[Occurrence]:
        """What was due by `until`, from the local day `since` on, and has begun; by day."""
        known = self._by_due[patient_id]
        # No zone is further than a day from UTC, so nothing of that local day is due earlier.
        earliest = datetime.combine(since, time(0), UTC) - timedelta(days=1)
        first = bisect_left(known, earliest, key=lambda moment: moment[0])
        last = bisect_right(known, until, key=lambda moment: moment[0])
        found = [self._occurrences[one] for _, one in known[first:last]]
        begun = [o for o in found if o.local_day >= since and o.state not in _MAY_BE_PLANNED_ANEW]
        return sorted(begun, key=lambda one: (one.local_day, one.due_at))

    def patient_courses(self, clinic_id: ClinicId) -> Mapping[PatientId, date]:
        """Every patient of the clinic who has or had a course, with its first day."""
        mine = {
            who: self._newest[who].first_day
            for at, who, _ in self._courses.values()
            if at == clinic_id
        }
        return dict(sorted(mine.items()))

    def latest_answers(self, patient_id: PatientId) -> Mapping[str, str]:
        """The latest coded answer of every check-in question."""
        return dict(self._latest[patient_id])

    def patients_planned(self, clinic_id: ClinicId, rule: str) -> Sequence[PatientId]:
        """Patients for whom messages of this rule are planned or were sent."""
        found = {
            one.patient_id: None
            for one in self._occurrences.values()
            if one.rule == rule and self._courses[one.course_id][0] == clinic_id
        }
        return list(found)

    async def occurrences(
        self, patient_id: PatientId, *, after: datetime, until: datetime
    ) -> Sequence[Occurrence]:
        """Occurrences with after < due <= until, by due time."""
        known = self._by_due[patient_id]
        first = bisect_right(known, after, key=lambda moment: moment[0])
        last = bisect_right(known, until, key=lambda moment: moment[0])
        return [self._occurrences[occurrence_id] for _, occurrence_id in known[first:last]]

    def all(self) -> Sequence[Occurrence]:
        """Everything that was ever planned, in the order of planning."""
        return tuple(self._occurrences.values())

    def known(self, occurrence_id: OccurrenceId) -> Occurrence | None:
        """The occurrence, or None."""
        return self._occurrences.get(occurrence_id)

    async def occurrence(self, occurrence_id: OccurrenceId) -> Occurrence | None:
        """The occurrence, or None."""
        return self._occurrences.get(occurrence_id)

    async def upsert_planned(self, clinic_id: ClinicId, planned: Sequence[Occurrence]) -> None:
        """Add what is new and move what is still planned; leave alone what has begun."""
        del clinic_id
        for occurrence in planned:
            known_id = self._identities.setdefault(_identity(occurrence), occurrence.id)
            known = self._occurrences.get(known_id)
            if known is None:
                self._put(occurrence)
            elif known.state in _MAY_BE_PLANNED_ANEW:
                self._put(replace(occurrence, id=known_id, state=OccurrenceState.PLANNED))

    async def cancel_planned(self, occurrence_ids: Sequence[OccurrenceId], *, reason: str) -> None:
        """End planned occurrences that a new plan no longer has."""
        for occurrence_id in occurrence_ids:
            if self._occurrences[occurrence_id].state is OccurrenceState.PLANNED:
                await self.move(
                    occurrence_id, state=OccurrenceState.CANCELLED, next_at=None, reason=reason
                )

    async def due(self, now: datetime, *, limit: int) -> Sequence[tuple[ClinicId, Occurrence]]:
        """Occurrences whose next step has come, the oldest first."""
        count = bisect_right(self._steps, now, key=lambda moment: moment[0])
        found = [self._occurrences[one] for _, one in self._steps[: min(count, limit)]]
        return [(self._courses[one.course_id][0], one) for one in found]

    async def next_step_at(self, after: datetime) -> datetime | None:
        """When the first step after `after` comes; None: nothing is planned."""
        first = bisect_right(self._steps, after, key=lambda moment: moment[0])
        return self._steps[first][0] if first < len(self._steps) else None

    async def move(
        self,
        occurrence_id: OccurrenceId,
        *,
        state: OccurrenceState,
        next_at: datetime | None,
        reason: str | None,
    ) -> None:
        """A new state and next step."""
        known = self._occurrences[occurrence_id]
        self._put(replace(known, state=state, next_at=next_at, reason=reason))

    async def log_dose(
        self, clinic_id: ClinicId, patient_id: PatientId, log: LogDose, *, at: datetime
    ) -> None:
        """One more word about a dose."""
        del clinic_id, at
        self._words[patient_id][log.day, log.slot] = log

    async def add_answer(
        self, clinic_id: ClinicId, patient_id: PatientId, answer: RecordAnswer, *, at: datetime
    ) -> None:
        """One more answer of a check-in."""
        del clinic_id, at
        self._answers[answer.occurrence_id][answer.question] = answer.value or ""
        self._latest[patient_id][answer.question] = answer.value or ""

    async def answers(self, occurrence_id: OccurrenceId) -> Mapping[str, str]:
        """The latest coded value of each question of a check-in."""
        return self.answered(occurrence_id)

    def answered(self, occurrence_id: OccurrenceId) -> Mapping[str, str]:
        """The latest coded value of each question of a check-in."""
        return dict(self._answers.get(occurrence_id, {}))

    def _put(self, occurrence: Occurrence) -> None:
        known = self._occurrences.get(occurrence.id)
        if known is None or known.due_at != occurrence.due_at:
            by_due = self._by_due[occurrence.patient_id]
            if known is not None:
                by_due.remove((known.due_at, known.id))
            insort(by_due, (occurrence.due_at, occurrence.id))
        if known is not None and known.next_at is not None:
            self._steps.remove((known.next_at, known.id))
        if occurrence.next_at is not None:
            insort(self._steps, (occurrence.next_at, occurrence.id))
        self._occurrences[occurrence.id] = occurrence
