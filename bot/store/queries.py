"""What does the clinic see? Plain rows for reading, opened with the keys of their people."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlmodel import col

from bot.domain.escalation import EscalationState, Urgency
from bot.domain.identity import Channel, ClinicId, PatientId
from bot.domain.occurrence import DOSE_REMINDER
from bot.domain.patient import Clinic, Fact, FactKind, PatientState, current, state_at
from bot.ports.clock import Ids
from bot.ports.console import (
    AnswerLine,
    CaseLine,
    DoseLine,
    MessageLine,
    Overview,
    PatientCard,
    PatientLine,
    StrangerCard,
)
from bot.store.console_rows import Lines, dose_line, end_of
from bot.store.records import Records
from bot.store.sealing import Sealer
from bot.store.tables import (
    AnswerRow,
    CourseRow,
    DeliveryRow,
    DoseLogRow,
    EscalationRow,
    FactRow,
    InboundRow,
    OccurrenceRow,
    PatientRow,
    SenderRow,
)

_PATIENTS = 200
_MESSAGES = 30
_FAILURES = 20
_DOSES = 14
_LOOK_BACK = 60
"""Rows whose states a stamp covers; older ones no longer change in sight."""

_URGENCIES = [urgency.value for urgency in Urgency]
_NOT_CLOSED = [state.value for state in EscalationState if state is not EscalationState.CLOSED]


class ConsoleQueries:
    """Reads what the clinic sees; changes nothing."""

    def __init__(self, engine: AsyncEngine, sealer: Sealer, ids: Ids) -> None:
        """`engine` may be query-only."""
        self._engine = engine
        self._sealer = sealer
        self._ids = ids

    async def overview(self, clinic_id: ClinicId, *, now: datetime) -> Overview:
        """The clinic at `now`. Raises KeyError for an unknown clinic."""
        async with self._reading() as session:
            view = _View(session, self._sealer, self._ids)
            clinic = await view.records.house.clinic(clinic_id)
            cases = await view.cases(clinic_id)
            return Overview(
                clinic_name=clinic.name,
                clinic_zone=clinic.zone,
                cases=cases,
                patients=await view.patients(clinic, cases, now),
                messages=await view.messages(clinic_id, limit=_MESSAGES),
                failures=await view.failures(clinic_id),
                confidential_patients=await view.confidential_patients(clinic_id),
            )

    async def cases_of(self, clinic_id: ClinicId, patient_id: PatientId) -> list[CaseLine]:
        """A patient's cases that are not closed, with what was said in them."""
        async with self._reading() as session:
            return await _View(session, self._sealer, self._ids).cases(
                clinic_id, patient_id=patient_id
            )

    async def stamp(self, clinic_id: ClinicId) -> str:
        """A value that changes when the overview would; holds nothing private."""
        async with self._reading() as session:
            seen = [
                (await session.execute(statement)).all()
                for statement in (
                    select(col(InboundRow.id), col(InboundRow.state))
                    .where(col(InboundRow.clinic_id) == clinic_id)
                    .order_by(col(InboundRow.id).desc())
                    .limit(_LOOK_BACK),
                    select(col(DeliveryRow.id), col(DeliveryRow.state), col(DeliveryRow.receipt))
                    .where(col(DeliveryRow.clinic_id) == clinic_id)
                    .order_by(col(DeliveryRow.id).desc())
                    .limit(_LOOK_BACK),
                    select(col(EscalationRow.id), col(EscalationRow.state))
                    .where(
                        col(EscalationRow.clinic_id) == clinic_id,
                        col(EscalationRow.state).in_(_NOT_CLOSED),
                    )
                    .order_by(col(EscalationRow.id)),
                    select(col(PatientRow.id), col(PatientRow.status))
                    .where(col(PatientRow.clinic_id) == clinic_id)
                    .order_by(col(PatientRow.id).desc())
                    .limit(_PATIENTS),
                )
            ]
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]

    async def card(
        self, clinic_id: ClinicId, channel: Channel, address: str, *, now: datetime
    ) -> PatientCard | StrangerCard:
        """Whoever is reached at `address`."""
        async with self._reading() as session:
            view = _View(session, self._sealer, self._ids)
            people = view.records.people
            index = await people.index_of(clinic_id, channel, address)
            known = await people.address_at(clinic_id, index)
            if known is None:
                stranger = await people.stranger(clinic_id, index, now=now)
                return StrangerCard(messages=stranger.messages)
            return await view.card(clinic_id, known.patient_id, now)

    def _reading(self) -> AsyncSession:
        return AsyncSession(self._engine, expire_on_commit=False)


class _View:
    """One look; all of it in one read transaction."""

    def __init__(self, session: AsyncSession, sealer: Sealer, ids: Ids) -> None:
        self._session = session
        self._lines = Lines(session, sealer)
        self.records = Records(session, sealer, ids)

    async def cases(
        self, clinic_id: ClinicId, *, patient_id: PatientId | None = None
    ) -> list[CaseLine]:
        """Cases that are not closed: most urgent first, then by deadline and age."""
        statement = select(EscalationRow).where(
            col(EscalationRow.clinic_id) == clinic_id, col(EscalationRow.state).in_(_NOT_CLOSED)
        )
        if patient_id is not None:
            statement = statement.where(col(EscalationRow.patient_id) == patient_id)
        rows = list(await self._session.scalars(statement))
        rows.sort(key=_most_urgent_first)
        return [await self._lines.case(row) for row in rows]

    async def confidential_patients(self, clinic_id: ClinicId) -> frozenset[PatientId]:
        """Patients who have or had a confidential case."""
        rows = await self._session.scalars(
            select(col(EscalationRow.patient_id)).where(
                col(EscalationRow.clinic_id) == clinic_id, col(EscalationRow.is_confidential)
            )
        )
        return frozenset(PatientId(patient_id) for patient_id in rows if patient_id)

    async def patients(
        self, clinic: Clinic, cases: Iterable[CaseLine], now: datetime
    ) -> list[PatientLine]:
        """The newest patients of a clinic, by name."""
        rows = await self._session.scalars(
            select(PatientRow)
            .where(col(PatientRow.clinic_id) == clinic.id)
            .order_by(col(PatientRow.id).desc())
            .limit(_PATIENTS)
        )
        listed = list(rows)
        facts = await self._facts_shown([row.id for row in listed])
        open_cases = [case.patient_id for case in cases]
        lines = [
            await self._patient(
                row,
                language=_text(facts.get(row.id, []), FactKind.LANGUAGE, "en", now),
                zone=_text(facts.get(row.id, []), FactKind.ZONE, clinic.zone, now),
                open_cases=open_cases.count(PatientId(row.id)),
                now=now,
            )
            for row in listed
        ]
        return sorted(lines, key=lambda line: (-line.open_cases, line.name.casefold()))

    async def messages(
        self, clinic_id: ClinicId, *, limit: int, patient_id: PatientId | None = None
    ) -> list[MessageLine]:
        """The newest messages in both directions, newest first."""
        came = select(InboundRow).where(col(InboundRow.clinic_id) == clinic_id)
        left = select(DeliveryRow).where(col(DeliveryRow.clinic_id) == clinic_id)
        if patient_id is not None:
            came = came.where(col(InboundRow.patient_id) == patient_id)
            left = left.where(col(DeliveryRow.patient_id) == patient_id)
        came = came.order_by(col(InboundRow.id).desc()).limit(limit)
        left = left.order_by(col(DeliveryRow.id).desc()).limit(limit)
        channels = await self._channels(clinic_id)
        lines = [
            *[
                (row.id, await self._lines.came(row, channels))
                for row in await self._session.scalars(came)
            ],
            *[(row.id, await self._lines.left(row)) for row in await self._session.scalars(left)],
        ]
        lines.sort(key=lambda one: (one[1].at, one[0]), reverse=True)
        return [line for _, line in lines[:limit]]

    async def failures(self, clinic_id: ClinicId) -> list[MessageLine]:
        """Deliveries that did not arrive, or whose outcome nobody knows, newest first."""
        channels = await self._channels(clinic_id)
        rows = await self._session.scalars(
            select(DeliveryRow)
            .where(
                col(DeliveryRow.sender_id).in_(channels),
                col(DeliveryRow.state).in_(("failed", "uncertain")),
            )
            .order_by(col(DeliveryRow.id).desc())
            .limit(_FAILURES)
        )
        return [await self._lines.left(row) for row in rows]

    async def card(self, clinic_id: ClinicId, patient_id: PatientId, now: datetime) -> PatientCard:
        """All of one patient that fits beside the phone."""
        row = await self._session.get_one(PatientRow, patient_id)
        clinic = await self.records.house.clinic(clinic_id)
        patient = await self.records.people.patient(patient_id)
        assert patient is not None
        facts = await self.records.people.facts(patient_id)
        state = state_at(patient, facts, at=now, clinic=clinic)
        cases = await self.cases(clinic_id, patient_id=patient_id)
        line = await self._patient(
            row, language=state.language, zone=state.zone.key, open_cases=len(cases), now=now
        )
        return await self._filled_card(line, state, cases, now)

    async def _filled_card(
        self, line: PatientLine, state: PatientState, cases: list[CaseLine], now: datetime
    ) -> PatientCard:
        plan = self.records.plan
        course_id = await plan.running_course(line.id)
        return PatientCard(
            patient=line,
            birth_year=state.patient.born_on.year,
            category=state.category,
            has_consent=state.has_consent,
            consent_version=state.consent_version,
            dose=await plan.course_dose(course_id) if course_id else None,
            dose_time=state.dose_time,
            hold=state.hold,
            paused=sorted(state.paused_kinds),
            shares_phone=state.shares_phone,
            cases=cases,
            doses=await self._doses(line.id, now),
            answers=await self._answers(line.id),
            timeline=await self.messages(
                state.patient.clinic_id, limit=_MESSAGES, patient_id=line.id
            ),
            deliveries=await self._ends(line.id),
            is_confidential=line.id in await self.confidential_patients(state.patient.clinic_id),
        )

    async def _patient(
        self, row: PatientRow, *, language: str, zone: str, open_cases: int, now: datetime
    ) -> PatientLine:
        wrote_at = await self._session.scalar(
            select(func.max(col(InboundRow.received_at))).where(
                col(InboundRow.patient_id) == row.id
            )
        )
        return PatientLine(
            id=PatientId(row.id),
            name=await self._lines.name(row),
            status=row.status,
            language=language,
            zone=zone,
            course_week=await self._course_week(row.id, zone, now),
            last_contact_at=wrote_at,
            open_cases=open_cases,
        )

    async def _course_week(self, patient_id: str, zone: str, now: datetime) -> int | None:
        first_day = await self._session.scalar(
            select(col(CourseRow.first_day))
            .where(col(CourseRow.patient_id) == patient_id, col(CourseRow.status) == "running")
            .order_by(col(CourseRow.id).desc())
            .limit(1)
        )
        if first_day is None:
            return None
        days = (now.astimezone(ZoneInfo(zone)).date() - first_day).days
        return days // 7 + 1 if days >= 0 else None

    async def _facts_shown(self, patient_ids: Sequence[str]) -> dict[str, list[Fact]]:
        """Language and zone, ever, of many patients in one statement."""
        rows = await self._session.scalars(
            select(FactRow).where(
                col(FactRow.patient_id).in_(patient_ids),
                col(FactRow.kind).in_((FactKind.LANGUAGE.value, FactKind.ZONE.value)),
            )
        )
        facts: dict[str, list[Fact]] = {}
        for row in rows:
            fact = Fact(
                kind=FactKind(row.kind),
                value=json.loads(row.value or "{}"),
                effective_at=row.effective_at,
                recorded_at=row.recorded_at,
                recorded_by=row.recorded_by,
            )
            facts.setdefault(row.patient_id, []).append(fact)
        return facts

    async def _doses(self, patient_id: str, now: datetime) -> list[DoseLine]:
        due = await self._session.scalars(
            select(OccurrenceRow)
            .where(
                col(OccurrenceRow.patient_id) == patient_id,
                col(OccurrenceRow.reminder) == DOSE_REMINDER,
                col(OccurrenceRow.due_at) <= now,
                col(OccurrenceRow.state).not_in(("planned", "cancelled")),
            )
            .order_by(col(OccurrenceRow.due_at).desc())
            .limit(_DOSES)
        )
        said = await self._session.scalars(
            select(DoseLogRow)
            .where(col(DoseLogRow.patient_id) == patient_id)
            .order_by(col(DoseLogRow.id).desc())
            .limit(_DOSES * 4)
        )
        latest: dict[tuple[str, str], DoseLogRow] = {}
        for log in said:
            latest.setdefault((log.day.isoformat(), log.slot), log)
        return [dose_line(row, latest.get((row.local_day.isoformat(), row.slot))) for row in due]

    async def _answers(self, patient_id: str) -> list[AnswerLine]:
        """The answers of the check-in that was answered last, in the order of the questions."""
        newest = (
            select(col(AnswerRow.occurrence_id))
            .where(col(AnswerRow.patient_id) == patient_id)
            .order_by(col(AnswerRow.id).desc())
            .limit(1)
            .scalar_subquery()
        )
        rows = await self._session.scalars(
            select(AnswerRow)
            .where(col(AnswerRow.patient_id) == patient_id, col(AnswerRow.occurrence_id) == newest)
            .order_by(col(AnswerRow.id))
        )
        latest: dict[str, AnswerRow] = {}
        for row in rows:
            latest[row.question] = row
        return [await self._lines.answer(row) for row in latest.values()]

    async def _ends(self, patient_id: str) -> dict[str, int]:
        """How many texts to a patient ended in each state."""
        rows = await self._session.execute(
            select(col(DeliveryRow.state), col(DeliveryRow.receipt), func.count())
            .where(col(DeliveryRow.patient_id) == patient_id)
            .group_by(col(DeliveryRow.state), col(DeliveryRow.receipt))
        )
        counted: dict[str, int] = {}
        for state, receipt, number in rows:
            end = end_of(state, receipt)
            counted[end] = counted.get(end, 0) + number
        return counted

    async def _channels(self, clinic_id: ClinicId) -> dict[str, Channel]:
        rows = await self._session.execute(
            select(col(SenderRow.id), col(SenderRow.channel)).where(
                col(SenderRow.clinic_id) == clinic_id
            )
        )
        return {sender_id: Channel(channel) for sender_id, channel in rows}


def _most_urgent_first(row: EscalationRow) -> tuple[int, bool, datetime, datetime]:
    deadline = row.deadline_at
    return (
        _URGENCIES.index(row.urgency),
        deadline is None,
        deadline or row.opened_at,
        row.opened_at,
    )


def _text(facts: Iterable[Fact], kind: FactKind, otherwise: str, now: datetime) -> str:
    value = current(facts, kind, at=now) or {}
    return str(value.get(kind.value) or otherwise)
