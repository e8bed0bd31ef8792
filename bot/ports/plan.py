"""What is kept of courses, planned messages and answers?

Each method is one statement of the open transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from bot.domain.course import Course, CourseStatus
from bot.domain.cumulative import DoseWord
from bot.domain.effect import LogDose, RecordAnswer
from bot.domain.identity import ClinicId, CourseId, OccurrenceId, PatientId
from bot.domain.occurrence import Occurrence, OccurrenceState


class PlanRecords(Protocol):
    """Courses, what is planned, and what patients said about it."""

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
        """A new running course; `dose` is the prescriber's own words and kept encrypted."""
        ...

    async def running_course(self, patient_id: PatientId) -> CourseId | None:
        """The course that messages are planned for: running, or in the time after; or None."""
        ...

    async def course(self, patient_id: PatientId) -> Course | None:
        """The patient's newest course, whatever its status; or None."""
        ...

    async def course_dose(self, course_id: CourseId) -> str:
        """The dose of a course as the clinic entered it."""
        ...

    async def move_course(
        self, course_id: CourseId, *, status: CourseStatus, last_day: date | None
    ) -> None:
        """Where the course stands from now on."""
        ...

    async def end_open(self, patient_id: PatientId, *, reason: str) -> int:
        """End everything that is planned or waits for an answer; how many."""
        ...

    async def dose_words(self, patient_id: PatientId) -> Sequence[DoseWord]:
        """The latest word about every dose that anything was said of."""
        ...

    async def occurrences(
        self, patient_id: PatientId, *, after: datetime, until: datetime
    ) -> Sequence[Occurrence]:
        """Occurrences with after < due <= until, by due time."""
        ...

    async def occurrence(self, occurrence_id: OccurrenceId) -> Occurrence | None:
        """The occurrence, or None; nobody else moves it before this transaction ends."""
        ...

    async def upsert_planned(self, clinic_id: ClinicId, planned: Sequence[Occurrence]) -> None:
        """Add what is new and move what is still planned; leave alone what has begun."""
        ...

    async def cancel_planned(self, occurrence_ids: Sequence[OccurrenceId], *, reason: str) -> None:
        """End planned occurrences that a new plan no longer has."""
        ...

    async def due(self, now: datetime, *, limit: int) -> Sequence[tuple[ClinicId, Occurrence]]:
        """Occurrences whose next step has come, the oldest first."""
        ...

    async def next_step_at(self, after: datetime) -> datetime | None:
        """When the first step after `after` comes; None: nothing is planned."""
        ...

    async def move(
        self,
        occurrence_id: OccurrenceId,
        *,
        state: OccurrenceState,
        next_at: datetime | None,
        reason: str | None,
    ) -> None:
        """A new state and next step."""
        ...

    async def log_dose(
        self, clinic_id: ClinicId, patient_id: PatientId, log: LogDose, *, at: datetime
    ) -> None:
        """One more word about a dose."""
        ...

    async def add_answer(
        self, clinic_id: ClinicId, patient_id: PatientId, answer: RecordAnswer, *, at: datetime
    ) -> None:
        """One more answer of a check-in."""
        ...

    async def answers(self, occurrence_id: OccurrenceId) -> Mapping[str, str]:
        """The latest coded value of each question of a check-in."""
        ...
