"""What is known of many simulated patients at once? They are few, so one by one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bot.domain.history import CourseHistory
from bot.domain.identity import AddressIndex, ClinicId, CourseId, PatientId
from bot.domain.occurrence import Occurrence
from bot.domain.patient import Address, AddressState, Fact, Patient

if TYPE_CHECKING:
    from bot.store.memory import MemoryRecords


class MemoryMany:
    """Reads only, what the other records keep."""

    def __init__(self, records: "MemoryRecords") -> None:
        """Reads from `records`, among which it stands."""
        self._records = records

    async def active(
        self, clinic_id: ClinicId, *, after: PatientId | None, limit: int
    ) -> Sequence[Patient]:
        """Active patients of a clinic behind `after`, in the order of their ids."""
        mine = [one for one in self._behind(after) if one.clinic_id == clinic_id]
        return mine[:limit]

    async def to_plan(
        self, *, after: PatientId | None, limit: int
    ) -> Sequence[tuple[ClinicId, PatientId]]:
        """Active patients with a running course behind `after`, in the order of their ids."""
        running = await self.running_courses([one.id for one in self._behind(after)])
        found = [(one.clinic_id, one.id) for one in self._behind(after) if one.id in running]
        return found[:limit]

    async def patients(self, patient_ids: Sequence[PatientId]) -> Mapping[PatientId, Patient]:
        """Those of them who exist."""
        found = [await self._records.people.patient(one) for one in patient_ids]
        return {one.id: one for one in found if one is not None}

    async def facts(self, patient_ids: Sequence[PatientId]) -> Mapping[PatientId, Sequence[Fact]]:
        """Everything ever recorded about each, in the order of recording."""
        return {one: await self._records.people.facts(one) for one in patient_ids}

    async def running_courses(
        self, patient_ids: Sequence[PatientId]
    ) -> Mapping[PatientId, CourseId]:
        """The course that messages are planned for, of those who have one."""
        found = {one: await self._records.plan.running_course(one) for one in patient_ids}
        return {one: course for one, course in found.items() if course is not None}

    async def occurrences(
        self, patient_ids: Sequence[PatientId], *, after: datetime, until: datetime
    ) -> Mapping[PatientId, Sequence[Occurrence]]:
        """Each one's occurrences with after < due <= until, by due time."""
        read = self._records.plan.occurrences
        return {one: await read(one, after=after, until=until) for one in patient_ids}

    async def told(
        self, patient_ids: Sequence[PatientId], *, until: datetime
    ) -> Mapping[PatientId, CourseHistory]:
        """What each told of everything that was due by `until`, by day."""
        read = self._records.history.course
        return {one: await read(one, until=until) for one in patient_ids}

    async def reachable(
        self, patient_ids: Sequence[PatientId]
    ) -> Mapping[PatientId, Sequence[tuple[AddressIndex, Address]]]:
        """The addresses at which each may be written to: in use, not opted out; newest first."""
        return {one: await self._reachable(one) for one in patient_ids}

    async def with_open_case(self, patient_ids: Sequence[PatientId]) -> frozenset[PatientId]:
        """Those with a case that is not closed, tasks left out."""
        found = [(one, await self._records.cases.newest_open(one)) for one in patient_ids]
        return frozenset(one for one, case in found if case is not None)

    async def last_words(self, patient_ids: Sequence[PatientId]) -> Mapping[PatientId, datetime]:
        """When each last wrote or pressed anything, of those who did."""
        known = self._records.inbox.last_words
        return {one: known[one] for one in patient_ids if one in known}

    async def latest_answers(
        self, patient_ids: Sequence[PatientId]
    ) -> Mapping[PatientId, Mapping[str, str]]:
        """The latest coded answer of every check-in question."""
        return {one: self._records.plan.latest_answers(one) for one in patient_ids}

    def _behind(self, after: PatientId | None) -> list[Patient]:
        mine = [one for one in self._records.people.active() if one.id > (after or "")]
        return sorted(mine, key=lambda one: one.id)

    async def _reachable(self, patient_id: PatientId) -> list[tuple[AddressIndex, Address]]:
        people = self._records.people
        patient = await people.patient(patient_id)
        found = []
        for address in await people.addresses(patient_id) if patient is not None else ():
            assert patient is not None
            index = people.index(patient.clinic_id, address.channel, address.value)
            is_out = await people.is_opted_out(patient.clinic_id, index)
            if address.state is AddressState.ACTIVE and not is_out:
                found.append((index, address))
        return found
