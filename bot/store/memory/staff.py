"""What is kept of how the staff of a simulated clinic are reached?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.identity import AddressIndex, ClinicId, ContactId, StaffId
from bot.ports.staff import ContactPoint, RotaDocument, StaffMember
from bot.store.memory.house import MemoryHouse


class MemoryStaff:
    """Contact points and rota."""

    def __init__(self, house: MemoryHouse) -> None:
        """The people are those of `house`."""
        self._house = house
        self._contacts: list[ContactPoint] = []
        self._rotas: dict[ClinicId, RotaDocument] = {}

    async def members(self, clinic_id: ClinicId) -> Sequence[StaffMember]:
        """All staff of a clinic with their contact points, oldest first."""
        return [
            StaffMember(staff=staff, contacts=[c for c in self._contacts if c.staff_id == staff.id])
            for staff in self._house.people
            if staff.clinic_id == clinic_id
        ]

    async def set_state(self, staff_id: StaffId, state: str) -> None:
        """Active or left."""
        people = self._house.people
        people[:] = [replace(one, state=state) if one.id == staff_id else one for one in people]

    async def add_contact(
        self, clinic_id: ClinicId, contact: ContactPoint, *, at: datetime
    ) -> bool:
        """One more contact point; False when the address is somebody's already."""
        if await self.contact_at(clinic_id, contact.index) is not None:
            return False
        del at
        self._contacts.append(contact)
        return True

    async def remove_contacts(self, staff_id: StaffId, *, contact: ContactId | None) -> int:
        """Remove one contact point, or all of them; how many."""
        kept = [
            one
            for one in self._contacts
            if one.staff_id != staff_id or contact not in (None, one.id)
        ]
        count = len(self._contacts) - len(kept)
        self._contacts = kept
        return count

    async def end_access(self, staff_id: StaffId) -> None:
        """Links and sessions of somebody who left no longer open anything."""
        self._house.end_access(staff_id)

    async def contact_at(self, clinic_id: ClinicId, index: AddressIndex) -> StaffMember | None:
        """Whose contact point this address is; None: nobody's, or of somebody who left."""
        contact = next((c for c in self._contacts if c.index == index), None)
        if contact is None:
            return None
        people = self._house.people
        staff = next(s for s in people if s.id == contact.staff_id and s.clinic_id == clinic_id)
        return StaffMember(staff=staff, contacts=[contact]) if staff.state == "active" else None

    async def rota(self, clinic_id: ClinicId) -> RotaDocument:
        """The rota; an empty one before the clinic has entered any."""
        return self._rotas.get(clinic_id, RotaDocument())

    async def set_rota(self, clinic_id: ClinicId, rota: RotaDocument, *, at: datetime) -> None:
        """A new rota in place of the one before."""
        del at
        self._rotas[clinic_id] = rota
