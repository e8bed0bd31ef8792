"""What is known of many patients at once?

Each method costs a fixed number of statements, however many patients are asked for; everybody who
is asked for is in the answer. Nobody asks for more than `PATIENTS_AT_ONCE`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.history import CourseHistory
from bot.domain.identity import AddressIndex, ClinicId, CourseId, PatientId
from bot.domain.occurrence import Occurrence
from bot.domain.patient import Address, Fact, Patient

PATIENTS_AT_ONCE = 500


class ManyRecords(Protocol):
    """Patients page by page, and what belongs to those of a page."""

    async def active(
        self, clinic_id: ClinicId, *, after: PatientId | None, limit: int
    ) -> Sequence[Patient]:
        """Active patients of a clinic behind `after`, in the order of their ids."""
        ...

    async def to_plan(
        self, *, after: PatientId | None, limit: int
    ) -> Sequence[tuple[ClinicId, PatientId]]:
        """Active patients with a running course behind `after`, in the order of their ids."""
        ...

    async def patients(self, patient_ids: Sequence[PatientId]) -> Mapping[PatientId, Patient]:
        """Those of them who exist."""
        ...

    async def facts(self, patient_ids: Sequence[PatientId]) -> Mapping[PatientId, Sequence[Fact]]:
        """Everything ever recorded about each, in the order of recording."""
        ...

    async def running_courses(
        self, patient_ids: Sequence[PatientId]
    ) -> Mapping[PatientId, CourseId]:
        """The course that messages are planned for, of those who have one."""
        ...

    async def occurrences(
        self, patient_ids: Sequence[PatientId], *, after: datetime, until: datetime
    ) -> Mapping[PatientId, Sequence[Occurrence]]:
        """Each one's occurrences with after < due <= until, by due time."""
        ...

    async def told(
        self, patient_ids: Sequence[PatientId], *, until: datetime
    ) -> Mapping[PatientId, CourseHistory]:
        """What each told of everything that was due by `until`, by day."""
        ...

    async def reachable(
        self, patient_ids: Sequence[PatientId]
    ) -> Mapping[PatientId, Sequence[tuple[AddressIndex, Address]]]:
        """The addresses at which each may be written to: in use, not opted out; newest first."""
        ...

    async def with_open_case(self, patient_ids: Sequence[PatientId]) -> frozenset[PatientId]:
        """Those with a case that is not closed, tasks left out."""
        ...

    async def last_words(self, patient_ids: Sequence[PatientId]) -> Mapping[PatientId, datetime]:
        """When each last wrote or pressed anything, of those who did."""
        ...

    async def latest_answers(
        self, patient_ids: Sequence[PatientId]
    ) -> Mapping[PatientId, Mapping[str, str]]:
        """The latest coded answer of every check-in question."""
        ...
