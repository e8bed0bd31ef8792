"""What is kept of an alert on its way to a person?"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlmodel import col

from bot.domain.alert import Notice, notice_of
from bot.domain.delivery import Delivery, DeliveryState, ReceiptStatus
from bot.domain.escalation import (
    Entry,
    EntryKind,
    Escalation,
    EscalationState,
    Outcome,
    Urgency,
)
from bot.domain.identity import ClinicId, EscalationId, PatientId, StaffId
from bot.store.records.base import RecordsBase
from bot.store.records.case_row import case_of
from bot.store.sealing import insert_once
from bot.store.tables import DeliveryRow, EscalationEntryRow, EscalationRow

_ALERTING = tuple(
    state.value
    for state in EscalationState
    if state not in (EscalationState.CHECKING, EscalationState.CLOSED)
)
_BATCH = 50
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_WAITING = (DeliveryState.QUEUED.value, DeliveryState.LEASED.value)
_ON_ITS_WAY = (*_WAITING, DeliveryState.SENDING.value, DeliveryState.SENT.value)


class Alerts(RecordsBase):
    """Cases that a person has to be told of, and what happened to them."""

    async def due(self, now: datetime) -> Sequence[EscalationId]:
        """Cases whose next step has come, the oldest first."""
        step = col(EscalationRow.next_step_at)
        rows = await self._session.scalars(
            select(col(EscalationRow.id))
            .where(*_is_alerting(), or_(step.is_(None), step <= now))
            .order_by(col(EscalationRow.opened_at), col(EscalationRow.id))
            .limit(_BATCH)
        )
        return [EscalationId(case_id) for case_id in rows]

    async def next_step_at(self, after: datetime) -> datetime | None:
        """When the first step after `after` comes; None: nothing waits."""
        return await self._session.scalar(
            select(col(EscalationRow.next_step_at))
            .where(*_is_alerting(), col(EscalationRow.next_step_at) > after)
            .order_by(col(EscalationRow.next_step_at))
            .limit(1)
        )

    async def case(self, case_id: EscalationId) -> Escalation | None:
        """The case, held for this transaction; or None."""
        row = await self._held(col(EscalationRow.id) == case_id)
        return case_of(row) if row is not None else None

    async def by_code(self, clinic_id: ClinicId, code: str) -> Escalation | None:
        """The newest case with this short code that is not closed, held; or None."""
        named = [case for case in await self.open_cases(clinic_id) if case.code == code]
        return await self.case(named[-1].id) if named else None

    async def open_cases(self, clinic_id: ClinicId) -> Sequence[Escalation]:
        """Every case that alerts somebody and is not closed, oldest first."""
        rows = await self._session.scalars(
            select(EscalationRow)
            .where(*_is_alerting(), col(EscalationRow.clinic_id) == clinic_id)
            .order_by(col(EscalationRow.opened_at), col(EscalationRow.id))
            .execution_options(populate_existing=True)
        )
        return [case_of(row) for row in rows]

    async def entries(self, case_id: EscalationId) -> Sequence[Entry]:
        """Everything that happened to a case, oldest first."""
        rows = await self._session.scalars(
            select(EscalationEntryRow)
            .where(col(EscalationEntryRow.escalation_id) == case_id)
            .order_by(col(EscalationEntryRow.at), col(EscalationEntryRow.id))
        )
        return [
            Entry(kind=EntryKind(row.kind), actor=row.actor, number=row.number, at=row.at)
            for row in rows
        ]

    async def add_entry(
        self,
        case: Escalation,
        kind: EntryKind,
        *,
        actor: str,
        number: int,
        at: datetime,
        text: str | None = None,
    ) -> bool:
        """One more thing that happened; False when it was written before."""
        entry_id = self._ids.new()
        sealed = None
        if text is not None:
            sealed = await self._sealer.seal(
                f"escalation_entry.text:{entry_id}",
                text,
                clinic_id=case.clinic_id,
                patient_id=case.patient_id,
            )
        values = {
            "id": entry_id,
            "clinic_id": case.clinic_id,
            "escalation_id": case.id,
            "kind": kind.value,
            "actor": actor,
            "number": number,
            "sealed_text": sealed,
            "at": at,
        }
        return await insert_once(self._session, EscalationEntryRow, values)

    async def wait(self, case_id: EscalationId, *, until: datetime | None) -> None:
        """The next step comes then; None: never by itself."""
        await self._change(case_id, next_step_at=until or _NEVER)

    async def set_owner(
        self,
        case_id: EscalationId,
        *,
        owner: StaffId | None,
        state: EscalationState,
        deadline_at: datetime | None,
    ) -> None:
        """A new owner and state; the deadline is that of the clock which runs now."""
        await self._change(
            case_id,
            owner_id=owner,
            state=state.value,
            deadline_at=deadline_at,
            next_step_at=None,
        )

    async def close(
        self, case_id: EscalationId, *, outcome: Outcome, is_reportable: bool | None
    ) -> None:
        """Closed by a person."""
        await self._change(
            case_id,
            state=EscalationState.CLOSED.value,
            outcome=outcome.value,
            is_reportable=is_reportable,
        )

    async def note_end(self, notice: Delivery, state: DeliveryState, *, at: datetime) -> None:
        """What became of a notice to staff; a failed one is looked at again at once."""
        named = notice_of(notice.cause)
        case = await self.case(named.case_id) if named is not None else None
        if named is None or case is None:
            return
        if state is DeliveryState.SENT:
            await self._end(case, EntryKind.DELIVERED, named, at=at)
            if case.state is EscalationState.OPEN:
                await self._change(case.id, state=EscalationState.DELIVERED.value)
        elif not await self._is_on_its_way(notice):
            await self._end(case, EntryKind.FAILED, named, at=at)
            await self._change(case.id, next_step_at=None)

    async def skip_notices(self, case_id: EscalationId, *, at: datetime) -> int:
        """End notices of a case that still wait in the queue; how many."""
        ended = await self._session.execute(
            update(DeliveryRow)
            .where(
                col(DeliveryRow.cause).startswith(f"alert:{case_id}:", autoescape=True),
                col(DeliveryRow.state).in_(_WAITING),
            )
            .values(
                state=DeliveryState.SKIPPED.value,
                reason="settled",
                settled_at=at,
                leased_until=None,
            )
            .returning(col(DeliveryRow.id))
        )
        return len(ended.all())

    async def alerting(self, patient_id: PatientId) -> Escalation | None:
        """The patient's newest case that alerts somebody and is not closed, or None."""
        row = await self._session.scalar(
            select(EscalationRow)
            .where(*_is_alerting(), col(EscalationRow.patient_id) == patient_id)
            .order_by(col(EscalationRow.opened_at).desc(), col(EscalationRow.id).desc())
            .limit(1)
            .execution_options(populate_existing=True)
        )
        return case_of(row) if row is not None else None

    async def has_confidential(self, patient_id: PatientId) -> bool:
        """Whether a confidential case of the patient is open."""
        found = await self._session.scalar(
            select(col(EscalationRow.id))
            .where(
                col(EscalationRow.patient_id) == patient_id,
                col(EscalationRow.is_confidential),
                col(EscalationRow.state) != EscalationState.CLOSED.value,
            )
            .limit(1)
        )
        return found is not None

    async def _end(self, case: Escalation, kind: EntryKind, named: Notice, *, at: datetime) -> None:
        await self.add_entry(case, kind, actor=named.staff_id, number=named.number, at=at)

    async def _is_on_its_way(self, notice: Delivery) -> bool:
        """Whether the same notice may still reach its person at another contact point."""
        other = await self._session.scalar(
            select(col(DeliveryRow.id))
            .where(
                col(DeliveryRow.clinic_id) == notice.clinic_id,
                col(DeliveryRow.cause) == notice.cause,
                col(DeliveryRow.id) != notice.id,
                col(DeliveryRow.state).in_(_ON_ITS_WAY),
                col(DeliveryRow.receipt).is_distinct_from(ReceiptStatus.FAILED.value),
            )
            .limit(1)
        )
        return other is not None

    async def _held(self, condition: Any) -> EscalationRow | None:
        statement = select(EscalationRow).where(condition).execution_options(populate_existing=True)
        if self._is_postgres:
            statement = statement.with_for_update()
        return await self._session.scalar(statement)

    async def _change(self, case_id: EscalationId, **values: Any) -> None:
        await self._session.execute(
            update(EscalationRow).where(col(EscalationRow.id) == case_id).values(**values)
        )


def _is_alerting() -> tuple[Any, ...]:
    return (
        col(EscalationRow.state).in_(_ALERTING),
        col(EscalationRow.urgency) != Urgency.TASK.value,
    )
