"""What is kept of messages received?

Each method is one statement of the open transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.identity import AddressIndex, ClinicId, InboundId, Lane, PatientId
from bot.domain.inbound import Inbound


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInbound:
    """One stored message that waits to be answered."""

    id: InboundId
    clinic_id: ClinicId
    lane: Lane
    address_index: AddressIndex
    message: Inbound
    received_at: datetime
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableInbound:
    """A stored message that cannot be opened; its bytes are kept for whoever can."""

    id: InboundId
    clinic_id: ClinicId
    lane: Lane


class InboxRecords(Protocol):
    """Messages received."""

    async def add(
        self, clinic_id: ClinicId, message: Inbound, *, at: datetime
    ) -> StoredInbound | None:
        """Store a message once; None when it is already stored."""
        ...

    async def next_waiting(
        self, now: datetime, *, lane: tuple[ClinicId, Lane] | None = None
    ) -> StoredInbound | UnreadableInbound | None:
        """The oldest message that is the first of its lane and may be tried; None: nothing.

        `lane` looks in this one alone.
        """
        ...

    async def claim(self, inbound_id: InboundId) -> bool:
        """Hold the row for this transaction; False when somebody else answered it already."""
        ...

    async def move_lane(self, clinic_id: ClinicId, *, old: Lane, new: Lane) -> None:
        """What still waits in the old lane is answered in the new one, in its order."""
        ...

    async def mark_applied(
        self, answered: StoredInbound, *, at: datetime, patient_id: PatientId | None
    ) -> None:
        """Answered: never again. What a patient wrote is kept under the patient's own key."""
        ...

    async def mark_failed_try(self, inbound_id: InboundId, *, next_try_at: datetime) -> int:
        """One more failed try; how many there were."""
        ...

    async def set_aside(self, inbound_id: InboundId, *, at: datetime) -> None:
        """Never tried again, and nothing of it is changed or blanked: later messages go on."""
        ...

    async def mark_failed(
        self, given_up: StoredInbound, *, at: datetime, patient_id: PatientId | None
    ) -> None:
        """Given up: a person has been told. A stranger's words are blanked at once."""
        ...
