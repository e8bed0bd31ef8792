"""At which address may a patient be written to now?"""

from collections.abc import Sequence

from bot.domain.identity import AddressIndex, PatientId
from bot.domain.patient import Address
from bot.ports.store import Transaction
from bot.services.scene import Recipient


async def patient_recipient(
    tx: Transaction, patient_id: PatientId, preferred: object
) -> Recipient | None:
    """The preferred address that may be written to, else another one of the patient.

    `preferred` is the channel that the patient chose, or None. Nobody is written to who opted out.
    """
    return preferred_of((await tx.many.reachable([patient_id]))[patient_id], preferred)


def preferred_of(
    reachable: Sequence[tuple[AddressIndex, Address]], preferred: object
) -> Recipient | None:
    """The same of addresses that were read before, the newest first."""
    found = sorted(reachable, key=lambda one: one[1].channel.value != preferred)
    return next((_recipient_of(address, index) for index, address in found), None)


def _recipient_of(address: Address, index: AddressIndex) -> Recipient:
    return Recipient(
        channel=address.channel,
        sender_id=address.sender_id,
        value=address.value,
        index=index,
        address_id=address.id,
    )
