"""What follows, for the person and the clinic, when a message does not arrive?"""

from datetime import datetime

from bot.domain.delivery import Delivery, DeliveryState
from bot.domain.escalation import Escalation, EscalationState, Urgency
from bot.domain.identity import Channel, EscalationId
from bot.domain.message_kind import MessageKind
from bot.domain.patient import AddressState
from bot.ports.store import Transaction


async def stop_writing_to(tx: Transaction, delivery: Delivery, *, at: datetime) -> None:
    """The person stopped us at the provider: that holds here too, also for what waits."""
    index = await tx.people.index_of(delivery.clinic_id, delivery.channel, delivery.address)
    await tx.people.opt_out(delivery.clinic_id, index, reason="provider", at=at)
    if delivery.channel is Channel.TELEGRAM:
        await tx.people.set_address_state(delivery.clinic_id, index, AddressState.BLOCKED)
    await tx.outbox.skip_for(delivery.clinic_id, index, reason="opted-out", at=at)


async def mark_address_bad(tx: Transaction, delivery: Delivery, *, at: datetime) -> None:
    """Nothing can arrive there: nothing more is tried until the address is renewed."""
    index = await tx.people.index_of(delivery.clinic_id, delivery.channel, delivery.address)
    await tx.people.set_address_state(delivery.clinic_id, index, AddressState.BAD)
    await tx.outbox.skip_for(delivery.clinic_id, index, reason="address-bad", at=at)


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
