"""What follows from a provider's report on a message?"""

from datetime import datetime

from bot.domain.delivery import Delivery, DeliveryState, Receipt, ReceiptStatus
from bot.domain.escalation import Escalation, EscalationState, Urgency
from bot.domain.identity import ClinicId, EscalationId
from bot.domain.message_kind import MessageKind
from bot.ports.channel import ReceivedReceipt
from bot.ports.store import Transaction


async def apply_receipt(
    tx: Transaction, clinic_id: ClinicId, received: ReceivedReceipt, *, at: datetime
) -> None:
    """Move the delivery forward; a failure that matters becomes a case for staff.

    Receipts may come twice, late, or in any order: the case is opened once per delivery.
    """
    delivery = await tx.outbox.add_receipt(clinic_id, received.sender_id, received.receipt, at=at)
    await _follow_up(tx, delivery, received.receipt, at=at)


async def apply_early_receipts(
    tx: Transaction, delivery: Delivery, provider_id: str, *, at: datetime
) -> None:
    """Apply the reports that overtook the provider's own answer to the send."""
    for receipt in await tx.outbox.receipts(delivery.sender_id, provider_id):
        moved = await tx.outbox.move_forward(delivery.clinic_id, delivery.sender_id, receipt)
        await _follow_up(tx, moved, receipt, at=at)


async def _follow_up(
    tx: Transaction, moved: Delivery | None, receipt: Receipt, *, at: datetime
) -> None:
    if moved is not None and receipt.status is ReceiptStatus.FAILED:
        await tell_clinic_of_failure(tx, moved, code=receipt.code, at=at)


async def tell_clinic_of_failure(
    tx: Transaction, delivery: Delivery, *, code: str | None, at: datetime
) -> None:
    """A message that cannot reach its patient: phone now for safety, else work for the day.

    A notice to staff that does not arrive makes its alert go to the next person at once.
    """
    if delivery.kind is MessageKind.ALERT:
        await tx.alerts.note_end(delivery, DeliveryState.FAILED, at=at)
    if delivery.patient_id is None:
        return
    is_safety = delivery.kind is MessageKind.SAFETY
    await tx.cases.add(
        Escalation(
            id=EscalationId(f"{delivery.id}"),
            clinic_id=delivery.clinic_id,
            cause=f"undeliverable:{delivery.id}",
            category="could-not-be-answered" if is_safety else "undeliverable",
            urgency=Urgency.NOW if is_safety else Urgency.TASK,
            state=EscalationState.OPEN,
            patient_id=delivery.patient_id,
            opened_at=at,
            deadline_at=at if is_safety else None,
            note=f"provider:{code}" if code else "phone-now" if is_safety else None,
            is_confidential=await tx.alerts.has_confidential(delivery.patient_id),
        )
    )
