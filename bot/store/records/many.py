"""What is kept of many patients, read a page at a time?

Statements are made once and give plain rows: of ten thousand patients nobody needs the session to
remember one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, func, select
from sqlmodel import col

from bot.domain.course import CourseStatus
from bot.domain.escalation import EscalationState, Urgency
from bot.domain.history import CourseHistory
from bot.domain.identity import AddressIndex, ClinicId, CourseId, PatientId
from bot.domain.occurrence import Occurrence
from bot.domain.patient import Address, AddressState, Fact, Patient, PatientStatus
from bot.store.records.base import RecordsBase
from bot.store.records.history import History
from bot.store.records.occurrence_row import occurrence_of
from bot.store.records.person_row import address_of, fact_of, patient_of
from bot.store.sealing import core
from bot.store.tables import (
    AddressRow,
    AnswerRow,
    CourseRow,
    EscalationRow,
    FactRow,
    InboundRow,
    OccurrenceRow,
    OptOutRow,
    PatientRow,
)

_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
_EARLIEST = ""
"""Every id comes behind it."""
_PLANNED_FOR = (CourseStatus.RUNNING.value, CourseStatus.AFTER.value)
_ACTIVE = (
    select(core(PatientRow))
    .where(
        col(PatientRow.clinic_id) == bindparam("clinic_id"),
        col(PatientRow.status) == PatientStatus.ACTIVE.value,
        col(PatientRow.id) > bindparam("after"),
    )
    .order_by(col(PatientRow.id))
    .limit(bindparam("limit"))
)
_TO_PLAN = (
    select(col(PatientRow.clinic_id), col(PatientRow.id))
    .where(
        col(PatientRow.status) == PatientStatus.ACTIVE.value,
        col(PatientRow.id) > bindparam("after"),
        select(col(CourseRow.id))
        .where(
            col(CourseRow.patient_id) == col(PatientRow.id),
            col(CourseRow.status).in_(_PLANNED_FOR),
        )
        .exists(),
    )
    .order_by(col(PatientRow.id))
    .limit(bindparam("limit"))
)
_PATIENTS = select(core(PatientRow)).where(col(PatientRow.id).in_(_IDS))
_FACTS = select(core(FactRow)).where(col(FactRow.patient_id).in_(_IDS)).order_by(col(FactRow.id))
_COURSES = (
    select(col(CourseRow.patient_id), func.max(col(CourseRow.id)))
    .where(col(CourseRow.patient_id).in_(_IDS), col(CourseRow.status).in_(_PLANNED_FOR))
    .group_by(col(CourseRow.patient_id))
)
_OCCURRENCES = (
    select(core(OccurrenceRow))
    .where(
        col(OccurrenceRow.patient_id).in_(_IDS),
        col(OccurrenceRow.due_at) > bindparam("after"),
        col(OccurrenceRow.due_at) <= bindparam("until"),
    )
    .order_by(col(OccurrenceRow.due_at), col(OccurrenceRow.id))
)
_REACHABLE = (
    select(core(AddressRow))
    .outerjoin(
        OptOutRow,
        (col(OptOutRow.clinic_id) == col(AddressRow.clinic_id))
        & (col(OptOutRow.address_index) == col(AddressRow.address_index)),
    )
    .where(
        col(AddressRow.patient_id).in_(_IDS),
        col(AddressRow.state) == AddressState.ACTIVE.value,
        col(OptOutRow.id).is_(None),
    )
    .order_by(col(AddressRow.id).desc())
)
_OPEN_CASES = (
    select(col(EscalationRow.patient_id))
    .where(
        col(EscalationRow.patient_id).in_(_IDS),
        col(EscalationRow.state) != EscalationState.CLOSED.value,
        col(EscalationRow.urgency) != Urgency.TASK.value,
    )
    .distinct()
)
_LAST_WORD = (
    select(func.max(col(InboundRow.received_at)))
    .where(col(InboundRow.patient_id) == col(PatientRow.id))
    .scalar_subquery()
)
_LAST_WORDS = select(col(PatientRow.id), _LAST_WORD).where(col(PatientRow.id).in_(_IDS))
_NEWEST_ANSWERS = (
    select(func.max(col(AnswerRow.id)))
    .where(col(AnswerRow.patient_id).in_(_IDS))
    .group_by(col(AnswerRow.patient_id), col(AnswerRow.question))
)
_ANSWERS = select(col(AnswerRow.patient_id), col(AnswerRow.question), col(AnswerRow.value)).where(
    col(AnswerRow.id).in_(_NEWEST_ANSWERS)
)


class Many(RecordsBase):
    """Reads only; a fixed number of statements for a page of patients."""

    async def active(
        self, clinic_id: ClinicId, *, after: PatientId | None, limit: int
    ) -> Sequence[Patient]:
        """Active patients of a clinic behind `after`, in the order of their ids."""
        page = {"clinic_id": clinic_id, "after": after or _EARLIEST, "limit": limit}
        rows = (await self._session.execute(_ACTIVE, page)).all()
        await self._sealer.prepare((row.clinic_id, row.id) for row in rows)
        return [await patient_of(row, self._sealer) for row in rows]

    async def to_plan(
        self, *, after: PatientId | None, limit: int
    ) -> Sequence[tuple[ClinicId, PatientId]]:
        """Active patients with a running course behind `after`, in the order of their ids."""
        page = {"after": after or _EARLIEST, "limit": limit}
        rows = await self._session.execute(_TO_PLAN, page)
        return [(ClinicId(clinic), PatientId(patient)) for clinic, patient in rows]

    async def patients(self, patient_ids: Sequence[PatientId]) -> Mapping[PatientId, Patient]:
        """Those of them who exist."""
        rows = (await self._session.execute(_PATIENTS, {"ids": patient_ids})).all()
        await self._sealer.prepare((row.clinic_id, row.id) for row in rows)
        return {PatientId(row.id): await patient_of(row, self._sealer) for row in rows}

    async def facts(self, patient_ids: Sequence[PatientId]) -> Mapping[PatientId, Sequence[Fact]]:
        """Everything ever recorded about each, in the order of recording."""
        found: dict[PatientId, list[Fact]] = {one: [] for one in patient_ids}
        for row in await self._session.execute(_FACTS, {"ids": patient_ids}):
            found[row.patient_id].append(await fact_of(row, self._sealer))
        return found

    async def running_courses(
        self, patient_ids: Sequence[PatientId]
    ) -> Mapping[PatientId, CourseId]:
        """The course that messages are planned for, of those who have one."""
        rows = await self._session.execute(_COURSES, {"ids": patient_ids})
        return {PatientId(patient): CourseId(course) for patient, course in rows}

    async def occurrences(
        self, patient_ids: Sequence[PatientId], *, after: datetime, until: datetime
    ) -> Mapping[PatientId, Sequence[Occurrence]]:
        """Each one's occurrences with after < due <= until, by due time."""
        found: dict[PatientId, list[Occurrence]] = {one: [] for one in patient_ids}
        asked = {"ids": patient_ids, "after": after, "until": until}
        for row in await self._session.execute(_OCCURRENCES, asked):
            found[row.patient_id].append(occurrence_of(row))
        return found

    async def told(
        self, patient_ids: Sequence[PatientId], *, until: datetime
    ) -> Mapping[PatientId, CourseHistory]:
        """What each told of everything that was due by `until`, by day."""
        return await History(self._session, self._sealer, self._ids).told(patient_ids, until=until)

    async def reachable(
        self, patient_ids: Sequence[PatientId]
    ) -> Mapping[PatientId, Sequence[tuple[AddressIndex, Address]]]:
        """The addresses at which each may be written to: in use, not opted out; newest first."""
        found: dict[PatientId, list[tuple[AddressIndex, Address]]]
        found = {one: [] for one in patient_ids}
        for row in await self._session.execute(_REACHABLE, {"ids": patient_ids}):
            address = await address_of(row, self._sealer)
            found[row.patient_id].append((AddressIndex(row.address_index), address))
        return found

    async def with_open_case(self, patient_ids: Sequence[PatientId]) -> frozenset[PatientId]:
        """Those with a case that is not closed, tasks left out."""
        rows = await self._session.scalars(_OPEN_CASES, {"ids": patient_ids})
        return frozenset(PatientId(row) for row in rows if row is not None)

    async def last_words(self, patient_ids: Sequence[PatientId]) -> Mapping[PatientId, datetime]:
        """When each last wrote or pressed anything, of those who did."""
        rows = await self._session.execute(_LAST_WORDS, {"ids": patient_ids})
        return {PatientId(patient): at for patient, at in rows if at is not None}

    async def latest_answers(
        self, patient_ids: Sequence[PatientId]
    ) -> Mapping[PatientId, Mapping[str, str]]:
        """The latest coded answer of every check-in question."""
        found: dict[PatientId, dict[str, str]] = defaultdict(dict)
        for patient, question, value in await self._session.execute(_ANSWERS, {"ids": patient_ids}):
            found[PatientId(patient)][question] = value or ""
        return {one: found[one] for one in patient_ids}
