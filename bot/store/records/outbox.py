"""What is kept of messages that wait to leave, and how do they end without being sent?"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.identity import AddressIndex, ClinicId, PatientId, SenderId
from bot.domain.message_kind import MessageKind
from bot.store.records.delivery_row import place_of, plain_of, values_of
from bot.store.records.sending import WAITING, Sending, is_unsettled, may_send_now
from bot.store.sealing import insert_once
from bot.store.tables import ContentTextRow, DeliveryRow


class Outbox(Sending):
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
        values = values_of(delivery, sealed, index=index, text_hash=text_hash)
        return await insert_once(self._session, DeliveryRow, values)

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
                may_send_now(sender_id, now=now),
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

    async def _end(self, *conditions: Any, state: DeliveryState, reason: str, at: datetime) -> int:
        ended = await self._session.execute(
            update(DeliveryRow)
            .where(
                is_unsettled(col(DeliveryRow.state)),
                col(DeliveryRow.state).in_(WAITING),
                *conditions,
            )
            .values(state=state.value, reason=reason, settled_at=at, leased_until=None)
            .returning(col(DeliveryRow.id))
        )
        return len(ended.all())
