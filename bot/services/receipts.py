"""What follows from a provider's report on a message?"""

from datetime import datetime, timedelta

from bot.domain.delivery import Delivery, Failure, Receipt, ReceiptStatus
from bot.domain.identity import ClinicId
from bot.domain.message_kind import MessageKind
from bot.logs import warning
from bot.ports.channel import ReceivedReceipt
from bot.ports.store import Transaction
from bot.services.fallback import Fallback
from bot.services.undelivered import mark_address_bad, stop_writing_to, tell_clinic_of_failure

_AGAIN = ":again"
_TRIED_AGAIN_AT_MOST = 2
_FIRST_WAIT = timedelta(minutes=2)
_SLOWS_DOWN_FOR = timedelta(minutes=1)
_BAD_AFTER = 2
"""So many messages to a suspect address have to fail before it is given up."""


async def apply_receipt(
    tx: Transaction,
    clinic_id: ClinicId,
    received: ReceivedReceipt,
    *,
    at: datetime,
    fallback: Fallback | None = None,
) -> None:
    """Move the delivery forward; a failure that matters becomes a case for staff.

    Receipts may come twice, late, or in any order: the case is opened once per delivery.
    `fallback` knows another way to the person; None: there is none.
    """
    delivery = await tx.outbox.add_receipt(clinic_id, received.sender_id, received.receipt, at=at)
    await _follow_up(tx, delivery, received.receipt, at=at, fallback=fallback)


async def apply_early_receipts(
    tx: Transaction,
    delivery: Delivery,
    provider_id: str,
    *,
    at: datetime,
    fallback: Fallback | None = None,
) -> None:
    """Apply the reports that overtook the provider's own answer to the send."""
    for receipt in await tx.outbox.receipts(delivery.sender_id, provider_id):
        moved = await tx.outbox.move_forward(delivery.clinic_id, delivery.sender_id, receipt)
        await _follow_up(tx, moved, receipt, at=at, fallback=fallback)


async def _follow_up(
    tx: Transaction,
    moved: Delivery | None,
    receipt: Receipt,
    *,
    at: datetime,
    fallback: Fallback | None,
) -> None:
    if moved is None or receipt.status is not ReceiptStatus.FAILED:
        return
    await _about_person_and_sender(tx, moved, receipt, at=at)
    may_pass = receipt.failure in (Failure.PASSING, Failure.TOO_FAST)
    if may_pass and await _tried_again(tx, moved, at=at):
        return
    await tell_clinic_of_failure(tx, moved, code=receipt.code, at=at)
    if fallback is not None:
        await fallback.try_another_way(tx, moved, now=at)


async def _about_person_and_sender(
    tx: Transaction, moved: Delivery, receipt: Receipt, *, at: datetime
) -> None:
    """What the failure means for other messages: of this address, or of the whole sender."""
    match receipt.failure:
        case Failure.STOPPED:
            await stop_writing_to(tx, moved, at=at)
        case Failure.BAD_ADDRESS:
            await mark_address_bad(tx, moved, at=at)
        case Failure.SUSPECT_ADDRESS:
            await _suspect(tx, moved, receipt.code or "", at=at)
        case Failure.MISCONFIGURED:
            await tx.house.stop_sender(moved.sender_id, reason=f"provider:{receipt.code}")
            warning("sender-stopped", sender=moved.sender_id, code=receipt.code)
        case Failure.TOO_FAST:
            await tx.house.hold_sender(moved.sender_id, until=at + _SLOWS_DOWN_FOR)
        case _:
            pass


async def _suspect(tx: Transaction, moved: Delivery, code: str, *, at: datetime) -> None:
    index = await tx.people.index_of(moved.clinic_id, moved.channel, moved.address)
    if await tx.outbox.failed_so(moved.clinic_id, index, code=code) >= _BAD_AFTER:
        await mark_address_bad(tx, moved, at=at)


async def _tried_again(tx: Transaction, moved: Delivery, *, at: datetime) -> bool:
    """Whether a message that surely did not arrive is sent once more, within its validity.

    Words of safety are also told to the clinic at once, so this is not enough for them.
    """
    times = moved.cause.count(_AGAIN)
    due_at = at + _FIRST_WAIT * (1 << times)
    is_over = moved.expires_at is not None and due_at >= moved.expires_at
    if times >= _TRIED_AGAIN_AT_MOST or is_over or moved.kind is MessageKind.ALERT:
        return False
    await tx.outbox.queue_again(moved, cause=f"{moved.cause}{_AGAIN}", due_at=due_at)
    return moved.kind is not MessageKind.SAFETY
