"""What is kept of messages that leave, and who may settle them?"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.identity import AddressIndex, ClinicId, DeliveryId, PatientId, SenderId
from bot.domain.message_kind import KIND_RULES, MessageKind, WhenUncertain
from bot.ports.outbox import Fence, Outcome
from bot.store.records.delivery_row import delivery_of, place_of, plain_of
from bot.store.records.receipts import Receipts
from bot.store.sealing import insert_once
from bot.store.tables import AttemptRow, ContentTextRow, DeliveryRow, SenderRow

_WAITING = (DeliveryState.QUEUED.value, DeliveryState.LEASED.value)
_IN_FLIGHT = (DeliveryState.LEASED.value, DeliveryState.SENDING.value)
_LEFT_BEHIND_OFTEN = 3
_REST = timedelta(minutes=5)
"""A text that was left behind in `sending` more often than that rests before it is tried again."""


class Outbox(Receipts):
    """Deliveries, attempts and receipts."""

    async def add(self, delivery: Delivery, *, index: AddressIndex, source: str) -> bool:
        """Queue a text once per (clinic, cause, part, address); False when it was there."""
        text_hash = hashlib.sha256(source.encode()).hexdigest()
        if await self._session.get(ContentTextRow, text_hash) is None:
            self._session.add(ContentTextRow(hash=text_hash, body=source))
            await self._session.flush()
        sealed = await self._sealer.seal(
            place_of(delivery.id),
            plain_of(delivery),
            clinic_id=delivery.clinic_id,
            patient_id=delivery.patient_id,
        )
        values = {
            "id": delivery.id,
            "clinic_id": delivery.clinic_id,
            "sender_id": delivery.sender_id,
            "channel": delivery.channel.value,
            "kind": delivery.kind.value,
            "cause": delivery.cause,
            "part": delivery.part,
            "patient_id": delivery.patient_id,
            "address_id": delivery.address_id,
            "address_index": index,
            "sealed_message": sealed,
            "text_hash": text_hash,
            "template": delivery.template,
            "priority": KIND_RULES[delivery.kind].priority,
            "due_at": delivery.due_at,
            "expires_at": delivery.expires_at,
            "next_at": delivery.due_at,
            "state": delivery.state.value,
            "attempts": 0,
            "fence": 0,
        }
        return await insert_once(self._session, DeliveryRow, values)

    async def take_fence(self, sender_id: SenderId) -> Fence:
        """A new right to settle, which voids the one before it."""
        number = await self._session.scalar(
            update(SenderRow)
            .where(col(SenderRow.id) == sender_id)
            .values(fence=col(SenderRow.fence) + 1)
            .returning(col(SenderRow.fence))
        )
        if number is None:
            raise KeyError(sender_id)
        return Fence(sender_id=sender_id, number=number)

    async def recover(self, fence: Fence, *, now: datetime) -> int:
        """After a crash: queue leased rows again, settle rows left in `sending` by their kind."""
        rows = await self._session.scalars(
            select(DeliveryRow).where(
                col(DeliveryRow.sender_id) == fence.sender_id,
                col(DeliveryRow.state).in_(_IN_FLIGHT),
                col(DeliveryRow.fence) < fence.number,
            )
        )
        recovered = 0
        for row in rows.all():
            recovered += 1
            await self._recover_one(row, now)
        return recovered

    async def claim(
        self, fence: Fence, *, now: datetime, limit: int, lease: timedelta
    ) -> Sequence[Delivery]:
        """Lease what is due, most urgent first; at most one message per address at a time.

        A message waits for every other of its address that is not settled and goes before it: a
        more urgent one, or an earlier one of its own priority. So a conversation arrives in order.
        """
        other = aliased(DeliveryRow)
        goes_before = or_(
            col(other.priority) < col(DeliveryRow.priority),
            and_(
                col(other.priority) == col(DeliveryRow.priority),
                col(other.id) < col(DeliveryRow.id),
            ),
        )
        is_first = ~exists().where(
            col(other.sender_id) == col(DeliveryRow.sender_id),
            col(other.address_index) == col(DeliveryRow.address_index),
            col(other.state).in_((*_WAITING, DeliveryState.SENDING.value)),
            goes_before,
        )
        chosen = (
            select(col(DeliveryRow.id))
            .where(
                col(DeliveryRow.sender_id) == fence.sender_id,
                col(DeliveryRow.state) == DeliveryState.QUEUED.value,
                col(DeliveryRow.next_at) <= now,
                or_(col(DeliveryRow.expires_at).is_(None), col(DeliveryRow.expires_at) > now),
                is_first,
            )
            .order_by(col(DeliveryRow.priority), col(DeliveryRow.next_at), col(DeliveryRow.id))
            .limit(limit)
        )
        if self._is_postgres:
            chosen = chosen.with_for_update(skip_locked=True)
        leased = await self._session.scalars(
            update(DeliveryRow)
            .where(
                col(DeliveryRow.id).in_(chosen),
                col(DeliveryRow.state) == DeliveryState.QUEUED.value,
            )
            .values(state=DeliveryState.LEASED.value, leased_until=now + lease, fence=fence.number)
            .returning(DeliveryRow)
            .execution_options(populate_existing=True)
        )
        rows = sorted(leased.all(), key=lambda row: (row.priority, row.next_at, row.id))
        return [await delivery_of(self._sealer, row) for row in rows]

    async def mark_sending(self, fence: Fence, delivery_id: DeliveryId, *, at: datetime) -> bool:
        """Commit that the call starts now; False when the lease or the fence is gone."""
        attempts = await self._session.scalar(
            update(DeliveryRow)
            .where(
                col(DeliveryRow.id) == delivery_id,
                col(DeliveryRow.state) == DeliveryState.LEASED.value,
                col(DeliveryRow.fence) == fence.number,
                self._fence_stands(fence),
            )
            .values(state=DeliveryState.SENDING.value, attempts=col(DeliveryRow.attempts) + 1)
            .returning(col(DeliveryRow.attempts))
        )
        if attempts is None:
            return False
        self._session.add(
            AttemptRow(id=self._ids.new(), delivery_id=delivery_id, number=attempts, started_at=at)
        )
        await self._session.flush()
        return True

    async def settle(self, fence: Fence, outcome: Outcome, *, at: datetime) -> bool:
        """Record how the call ended; False when the fence is gone."""
        is_final = DeliveryState(outcome.state).is_final
        values: dict[str, Any] = {
            "state": outcome.state,
            "provider_id": outcome.provider_id,
            "reason": outcome.reason,
            "leased_until": None,
            "settled_at": at if is_final else None,
        }
        if outcome.next_at is not None:
            values["next_at"] = outcome.next_at
        number = await self._session.scalar(
            update(DeliveryRow)
            .where(
                col(DeliveryRow.id) == outcome.delivery_id,
                col(DeliveryRow.state).in_(_IN_FLIGHT),
                col(DeliveryRow.fence) == fence.number,
                self._fence_stands(fence),
            )
            .values(**values)
            .returning(col(DeliveryRow.attempts))
        )
        if number is None:
            return False
        await self._session.execute(
            update(AttemptRow)
            .where(
                col(AttemptRow.delivery_id) == outcome.delivery_id, col(AttemptRow.number) == number
            )
            .values(ended_at=at, outcome=outcome.outcome, code=outcome.code)
        )
        return True

    async def skip_for(
        self, clinic_id: ClinicId, index: AddressIndex, *, reason: str, at: datetime
    ) -> int:
        """End what still waits for an address; how many. Confirmations already queued stay."""
        return await self._end(
            col(DeliveryRow.clinic_id) == clinic_id,
            col(DeliveryRow.address_index) == index,
            col(DeliveryRow.kind) != MessageKind.CONFIRMATION.value,
            state=DeliveryState.SKIPPED,
            reason=reason,
            at=at,
        )

    async def skip_kind(
        self, patient_id: PatientId, kinds: Sequence[str], *, reason: str, at: datetime
    ) -> int:
        """End what still waits for a patient of these kinds; how many."""
        return await self._end(
            col(DeliveryRow.patient_id) == patient_id,
            col(DeliveryRow.kind).in_(kinds),
            state=DeliveryState.SKIPPED,
            reason=reason,
            at=at,
        )

    async def expire(self, *, now: datetime) -> int:
        """End what is past its validity; how many."""
        return await self._end(
            col(DeliveryRow.expires_at) <= now,
            state=DeliveryState.EXPIRED,
            reason="late",
            at=now,
        )

    async def next_due_at(self, after: datetime) -> datetime | None:
        """When the first message that waits may leave; None: nothing waits after `after`."""
        return await self._session.scalar(
            select(col(DeliveryRow.next_at))
            .where(
                col(DeliveryRow.state) == DeliveryState.QUEUED.value,
                col(DeliveryRow.next_at) > after,
            )
            .order_by(col(DeliveryRow.next_at))
            .limit(1)
        )

    async def has_due(self, sender_id: SenderId, *, now: datetime) -> bool:
        """Whether something of this sender waits to leave now."""
        found = await self._session.scalar(
            select(col(DeliveryRow.id))
            .where(
                col(DeliveryRow.sender_id) == sender_id,
                col(DeliveryRow.state) == DeliveryState.QUEUED.value,
                col(DeliveryRow.next_at) <= now,
            )
            .limit(1)
        )
        return found is not None

    async def blank_strangers(self, *, before: datetime) -> int:
        """Remove text and address of strangers' settled messages; how many."""
        gone = await self._session.execute(
            update(DeliveryRow)
            .where(
                col(DeliveryRow.patient_id).is_(None),
                col(DeliveryRow.sealed_message).is_not(None),
                col(DeliveryRow.settled_at) <= before,
            )
            .values(sealed_message=None)
            .returning(col(DeliveryRow.id))
        )
        return len(gone.all())

    def _fence_stands(self, fence: Fence) -> Any:
        return exists().where(
            col(SenderRow.id) == fence.sender_id, col(SenderRow.fence) == fence.number
        )

    async def _recover_one(self, row: DeliveryRow, now: datetime) -> None:
        rule = KIND_RULES[MessageKind(row.kind)]
        if row.state == DeliveryState.LEASED.value:
            row.state, row.leased_until = DeliveryState.QUEUED.value, None
        elif rule.when_uncertain is WhenUncertain.RESEND:
            rest = _REST if row.attempts > _LEFT_BEHIND_OFTEN else timedelta(0)
            row.state, row.leased_until, row.next_at = DeliveryState.QUEUED.value, None, now + rest
            row.reason = "resent-after-uncertain"
        else:
            row.state, row.settled_at = DeliveryState.UNCERTAIN.value, now
            row.reason = "stopped-while-sending"
        await self._session.flush()

    async def _end(self, *conditions: Any, state: DeliveryState, reason: str, at: datetime) -> int:
        ended = await self._session.execute(
            update(DeliveryRow)
            .where(col(DeliveryRow.state).in_(_WAITING), *conditions)
            .values(state=state.value, reason=reason, settled_at=at, leased_until=None)
            .returning(col(DeliveryRow.id))
        )
        return len(ended.all())
