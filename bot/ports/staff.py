"""What is kept of how staff are reached, and of who is on call?

Each method is one statement of the open transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from bot.domain.identity import AddressIndex, Channel, ClinicId, ContactId, StaffId
from bot.domain.rota import Shift
from bot.ports.house import Staff


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """Where a member of staff is told of alerts."""

    id: ContactId
    staff_id: StaffId
    channel: Channel
    value: str = field(repr=False)
    """Telegram chat id, phone number (E.164), e-mail address, or the URL of a webhook."""
    index: AddressIndex
    language: str
    is_shared: bool
    """Others read it, too: a staff chat, the mailbox of the front desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """A member of staff with all their contact points."""

    staff: Staff
    contacts: Sequence[ContactPoint]


@dataclass(frozen=True, slots=True, kw_only=True)
class RotaDocument:
    """The rota as a clinic enters it; its hours and cover are the clinic's own."""

    shifts: tuple[Shift, ...] = ()
    holidays: frozenset[date] = frozenset()
    fallback: tuple[StaffId, ...] = ()


class StaffRecords(Protocol):
    """Contact points and rota."""

    async def members(self, clinic_id: ClinicId) -> Sequence[StaffMember]:
        """All staff of a clinic with their contact points, oldest first."""
        ...

    async def set_state(self, staff_id: StaffId, state: str) -> None:
        """Active or left."""
        ...

    async def add_contact(
        self, clinic_id: ClinicId, contact: ContactPoint, *, at: datetime
    ) -> bool:
        """One more contact point; False when the address is somebody's already."""
        ...

    async def remove_contacts(self, staff_id: StaffId, *, contact: ContactId | None) -> int:
        """Remove one contact point, or all of them; how many."""
        ...

    async def contact_at(self, clinic_id: ClinicId, index: AddressIndex) -> StaffMember | None:
        """Whose contact point this address is; None: nobody's, or of somebody who left."""
        ...

    async def rota(self, clinic_id: ClinicId) -> RotaDocument:
        """The rota; an empty one before the clinic has entered any."""
        ...

    async def set_rota(self, clinic_id: ClinicId, rota: RotaDocument, *, at: datetime) -> None:
        """A new rota in place of the one before."""
        ...

    async def end_access(self, staff_id: StaffId) -> None:
        """Links and sessions of somebody who left no longer open anything."""
        ...
