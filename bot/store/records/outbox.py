"""What is kept of messages that wait to leave, and how do they end without being sent?"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from bot.domain.delivery import Delivery, DeliveryState, to_send_again
from bot.domain.identity import AddressIndex, ClinicId, DeliveryId, PatientId, SenderId
from bot.domain.message_kind import MessageKind
from bot.store.records.delivery_row import delivery_of, place_of, plain_of, values_of
from bot.store.records.delivery_statements import WAITING, is_unsettled
from bot.store.records.sending import Sending
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

    async def said_since(
        self, patient_id: PatientId, kinds: Sequence[str], *, since: datetime
    ) -> int:
        """How many messages of these kinds a patient got, or is about to get, since then."""
        ends = (DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.SKIPPED)
        found = await self._session.scalars(
            select(col(DeliveryRow.id)).where(
                col(DeliveryRow.patient_id) == patient_id,
                col(DeliveryRow.kind).in_(kinds),
                col(DeliveryRow.due_at) >= since,
                col(DeliveryRow.state).not_in([state.value for state in ends]),
            )
        )
        return len(found.all())

    async def delivery(self, clinic_id: ClinicId, delivery_id: DeliveryId) -> Delivery | None:
        """A delivery of the clinic with its text; None when there is none or the text is gone."""
        row = await self._session.get(DeliveryRow, delivery_id, populate_existing=True)
        if row is None or row.clinic_id != clinic_id or row.sealed_message is None:
            return None
        return await delivery_of(self._sealer, row)

    async def hurry(self, delivery_id: DeliveryId, *, at: datetime) -> bool:
        """A message that waits for its next try may leave at once; False when it does not wait."""
        hurried = await self._session.scalar(
            update(DeliveryRow)
            .where(
                col(DeliveryRow.id) == delivery_id,
                col(DeliveryRow.state) == DeliveryState.QUEUED.value,
            )
            .values(next_at=at)
            .returning(col(DeliveryRow.id))
        )
        return hurried is not None

    async def queue_again(
        self, delivery: Delivery, *, cause: str, due_at: datetime
    ) -> DeliveryId | None:
        """The same words once more, under a cause of their own; None when that was done before."""
        row = await self._session.get(DeliveryRow, delivery.id)
        if row is None:
            return None
        again = to_send_again(delivery, id=DeliveryId(self._ids.new()), cause=cause, due_at=due_at)
        sealed = await self._sealer.seal(
            place_of(again.id),
            plain_of(again),
            clinic_id=again.clinic_id,
            patient_id=again.patient_id,
        )
        index = AddressIndex(row.address_index)
        values = values_of(again, sealed, index=index, text_hash=row.text_hash)
        is_new = await insert_once(self._session, DeliveryRow, values)
        return again.id if is_new else None

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
        ended = await self._session.scalars(self._statements.expire, {"now": now})
        return len(ended.all())

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
        asked = {"of_sender": sender_id, "now": now}
        return await self._session.scalar(self._statements.has_due, asked) is not None

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
