"""At which address may a patient be written to now?"""

from bot.domain.identity import AddressIndex, ClinicId, PatientId
from bot.domain.patient import Address, AddressState
from bot.ports.store import Transaction
from bot.services.scene import Recipient


async def patient_recipient(
    tx: Transaction, clinic_id: ClinicId, patient_id: PatientId, preferred: object
) -> Recipient | None:
    """The preferred address that may be written to, else another one of the patient.

    `preferred` is the channel that the patient chose, or None. Nobody is written to who opted out.
    """
    addresses = await tx.people.addresses(patient_id)
    usable = [a for a in addresses if a.state is AddressState.ACTIVE]
    for address in sorted(usable, key=lambda a: a.channel.value != preferred):
        index = await tx.people.index_of(clinic_id, address.channel, address.value)
        if not await tx.people.is_opted_out(clinic_id, index):
            return _recipient_of(address, index)
    return None


def _recipient_of(address: Address, index: AddressIndex) -> Recipient:
    return Recipient(
        channel=address.channel,
        sender_id=address.sender_id,
        value=address.value,
        index=index,
        address_id=address.id,
    )
