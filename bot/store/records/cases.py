"""What is kept of cases for staff?"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select, update
from sqlmodel import col

from bot.domain.escalation import HANDOFF, Escalation, EscalationState, Urgency
from bot.domain.identity import ClinicId, EscalationId, PatientId
from bot.store.records.base import RecordsBase
from bot.store.records.case_row import case_of
from bot.store.sealing import insert_once
from bot.store.tables import EscalationRow

_FLAGS_SINCE = select(col(EscalationRow.id)).where(
    col(EscalationRow.patient_id) == bindparam("patient_id"),
    col(EscalationRow.opened_at) > bindparam("since"),
    col(EscalationRow.category).startswith("rf-"),
)
_IS_HANDED_OFF = and_(
    col(EscalationRow.state) == EscalationState.ACKNOWLEDGED.value,
    col(EscalationRow.category) == HANDOFF,
)


class Cases(RecordsBase):
    """Cases, one per cause, never removed."""

    async def add(self, case: Escalation) -> bool:
        """Open a case once per cause; False when it was open already."""
        place = f"escalation.evidence:{case.id}"
        sealed = await self._sealer.seal(
            place, case.evidence, clinic_id=case.clinic_id, patient_id=case.patient_id
        )
        values = {
            "id": case.id,
            "clinic_id": case.clinic_id,
            "cause": case.cause,
            "patient_id": case.patient_id,
            "category": case.category,
            "urgency": case.urgency.value,
            "state": case.state.value,
            "sealed_evidence": sealed,
            "note": case.note,
            "opened_at": case.opened_at,
            "deadline_at": case.deadline_at,
            "is_confidential": case.is_confidential,
        }
        return await insert_once(self._session, EscalationRow, values)

    async def newest_open(self, patient_id: PatientId) -> Escalation | None:
        """The patient's newest case that is not closed, tasks left out; or None."""
        return await self._newest(
            col(EscalationRow.patient_id) == patient_id,
            col(EscalationRow.state) != EscalationState.CLOSED.value,
            col(EscalationRow.urgency) != Urgency.TASK.value,
        )

    async def open_of(self, patient_id: PatientId, category: str) -> Escalation | None:
        """The patient's newest case of a category that is not closed, or None."""
        return await self._newest(
            col(EscalationRow.patient_id) == patient_id,
            col(EscalationRow.category) == category,
            col(EscalationRow.state) != EscalationState.CLOSED.value,
        )

    async def checking(self, patient_id: PatientId) -> Escalation | None:
        """The case that waits for the patient's answer to a safety check, or None."""
        return await self._newest(
            col(EscalationRow.patient_id) == patient_id,
            col(EscalationRow.state) == EscalationState.CHECKING.value,
        )

    async def move(
        self,
        case_id: EscalationId,
        *,
        state: EscalationState,
        urgency: Urgency | None = None,
        note: str | None = None,
    ) -> None:
        """A new state; a note is added to those before it.

        A new urgency has its own clock: what happens next is decided at once.
        """
        row = await self._session.get_one(EscalationRow, case_id, populate_existing=True)
        values: dict[str, object] = {"state": state.value}
        if urgency is not None:
            values |= {"urgency": urgency.value, "next_step_at": None}
        if note is not None:
            values["note"] = "; ".join(part for part in (row.note, note) if part)
        await self._session.execute(
            update(EscalationRow).where(col(EscalationRow.id) == case_id).values(**values)
        )

    async def silent_checks(self, now: datetime) -> Sequence[Escalation]:
        """Cases whose safety check stayed unanswered until now."""
        rows = await self._session.scalars(
            select(EscalationRow).where(
                col(EscalationRow.state) == EscalationState.CHECKING.value,
                col(EscalationRow.deadline_at) <= now,
            )
        )
        return [await self._case(row) for row in rows]

    async def open_handoffs(self, clinic_id: ClinicId) -> Sequence[Escalation]:
        """Conversations that a person has taken over, oldest first."""
        rows = await self._session.scalars(
            select(EscalationRow)
            .where(_IS_HANDED_OFF, col(EscalationRow.clinic_id) == clinic_id)
            .order_by(col(EscalationRow.id))
            .execution_options(populate_existing=True)
        )
        return [await self._case(row) for row in rows]

    async def due_handoffs(self, now: datetime) -> Sequence[Escalation]:
        """Conversations taken over whose staff have been silent long enough to act."""
        rows = await self._session.scalars(
            select(EscalationRow)
            .where(_IS_HANDED_OFF, col(EscalationRow.deadline_at) <= now)
            .order_by(col(EscalationRow.id))
            .execution_options(populate_existing=True)
        )
        return [await self._case(row) for row in rows]

    async def next_deadline_at(self, after: datetime) -> datetime | None:
        """When the next safety check or hand-off has waited long enough; None: none waits."""
        return await self._session.scalar(
            select(col(EscalationRow.deadline_at))
            .where(
                or_(col(EscalationRow.state) == EscalationState.CHECKING.value, _IS_HANDED_OFF),
                col(EscalationRow.deadline_at) > after,
            )
            .order_by(col(EscalationRow.deadline_at))
            .limit(1)
        )

    async def has_flag_since(self, patient_id: PatientId, *, since: datetime) -> bool:
        """Whether a red flag of the patient was raised after `since`."""
        found = await self._session.scalar(_FLAGS_SINCE, {"patient_id": patient_id, "since": since})
        return found is not None

    async def has_category_since(
        self, patient_id: PatientId, category: str, *, since: datetime
    ) -> bool:
        """Whether a case of this category was opened for the patient after `since`."""
        found = await self._session.scalar(
            select(col(EscalationRow.id)).where(
                col(EscalationRow.patient_id) == patient_id,
                col(EscalationRow.opened_at) > since,
                col(EscalationRow.category) == category,
            )
        )
        return found is not None

    async def _newest(self, *conditions: object) -> Escalation | None:
        row = await self._session.scalar(
            select(EscalationRow)
            .where(*conditions)  # type: ignore[arg-type]  # comparisons of columns
            .order_by(col(EscalationRow.id).desc())
            .limit(1)
            .execution_options(populate_existing=True)
        )
        return await self._case(row) if row is not None else None

    async def _case(self, row: EscalationRow) -> Escalation:
        evidence = ""
        if row.sealed_evidence is not None:
            evidence = await self._sealer.unseal(
                f"escalation.evidence:{row.id}",
                row.sealed_evidence,
                clinic_id=row.clinic_id,
                patient_id=row.patient_id,
            )
        return case_of(row, evidence=evidence)
