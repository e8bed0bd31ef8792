"""What must be found and cut at once when an entry ends a record, or is taken back?"""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlmodel import col

from bot.domain.identity import AddressId, ClinicId, PatientId
from bot.domain.patient import AddressState
from bot.store.records.base import RecordsBase
from bot.store.tables import AddressRow, FactRow


class AddressLocks(RecordsBase):
    """Cuts and restores addresses without opening them; finds who an entry was about."""

    async def with_entry(self, clinic_id: ClinicId, mark: str) -> Sequence[PatientId]:
        """Patients with a fact whose recorder ends with `mark`."""
        found = await self._session.scalars(
            select(col(FactRow.patient_id))
            .where(
                col(FactRow.clinic_id) == clinic_id,
                col(FactRow.recorded_by).endswith(mark, autoescape=True),
            )
            .distinct()
        )
        return [PatientId(patient_id) for patient_id in found]

    async def lock_addresses(self, patient_id: PatientId) -> Sequence[AddressId]:
        """Cut every address of a patient that is in use; which ones."""
        cut = await self._session.execute(
            update(AddressRow)
            .where(
                col(AddressRow.patient_id) == patient_id,
                col(AddressRow.state) == AddressState.ACTIVE.value,
            )
            .values(state=AddressState.LOCKED.value)
            .returning(col(AddressRow.id))
        )
        return [AddressId(address_id) for address_id in cut.scalars()]

    async def unlock_addresses(self, address_ids: Sequence[AddressId]) -> None:
        """Addresses that were cut by mistake may be written to again."""
        await self._session.execute(
            update(AddressRow)
            .where(
                col(AddressRow.id).in_(address_ids),
                col(AddressRow.state) == AddressState.LOCKED.value,
            )
            .values(state=AddressState.ACTIVE.value)
        )
