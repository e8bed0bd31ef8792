"""What is kept of providers' reports on messages?"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from bot.domain.delivery import Delivery, Failure, Receipt, ReceiptStatus, later_status
from bot.domain.identity import AddressIndex, ClinicId, SenderId
from bot.store.records.base import RecordsBase
from bot.store.records.delivery_row import delivery_of
from bot.store.tables import DeliveryRow, ReceiptRow


class Receipts(RecordsBase):
    """Reports, append-only, and what they say of a delivery."""

    async def add_receipt(
        self, clinic_id: ClinicId, sender_id: SenderId, receipt: Receipt, *, at: datetime
    ) -> Delivery | None:
        """Store a report and move the delivery forward; the delivery, if the report changed it."""
        self._session.add(
            ReceiptRow(
                id=self._ids.new(),
                clinic_id=clinic_id,
                sender_id=sender_id,
                provider_id=receipt.provider_id,
                status=receipt.status.value,
                code=receipt.code,
                failure=receipt.failure.value if receipt.failure else None,
                received_at=at,
            )
        )
        await self._session.flush()
        return await self.move_forward(clinic_id, sender_id, receipt)

    async def receipts(self, sender_id: SenderId, provider_id: str) -> Sequence[Receipt]:
        """Every report on a message, oldest first; some come before the send has returned."""
        rows = await self._session.scalars(
            select(ReceiptRow)
            .where(
                col(ReceiptRow.sender_id) == sender_id, col(ReceiptRow.provider_id) == provider_id
            )
            .order_by(col(ReceiptRow.id))
        )
        return [
            Receipt(
                provider_id=row.provider_id,
                status=ReceiptStatus(row.status),
                code=row.code,
                failure=Failure(row.failure) if row.failure else None,
            )
            for row in rows
        ]

    async def move_forward(
        self, clinic_id: ClinicId, sender_id: SenderId, receipt: Receipt
    ) -> Delivery | None:
        """What the report says stands from now on; the delivery, if the report changed it."""
        row = await self._session.scalar(
            select(DeliveryRow)
            .where(
                col(DeliveryRow.clinic_id) == clinic_id,
                col(DeliveryRow.sender_id) == sender_id,
                col(DeliveryRow.provider_id) == receipt.provider_id,
            )
            .execution_options(populate_existing=True)
        )
        if row is None:
            return None
        known = ReceiptStatus(row.receipt) if row.receipt else None
        standing = later_status(known, receipt.status)
        if standing is known:
            return None
        row.receipt = standing.value
        if standing is ReceiptStatus.FAILED:
            row.reason = f"provider:{receipt.code}" if receipt.code else "provider"
        await self._session.flush()
        return await delivery_of(self._sealer, row) if row.sealed_message is not None else None

    async def failed_so(self, clinic_id: ClinicId, index: AddressIndex, *, code: str) -> int:
        """How many messages to an address were reported as failed with this code."""
        found = await self._session.scalars(
            select(col(DeliveryRow.id)).where(
                col(DeliveryRow.clinic_id) == clinic_id,
                col(DeliveryRow.address_index) == index,
                col(DeliveryRow.reason) == f"provider:{code}",
            )
        )
        return len(found.all())
