"""What is kept of messages that leave?

Each method is one statement of the open transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.delivery import Delivery, Receipt
from bot.domain.identity import AddressIndex, ClinicId, DeliveryId, PatientId, SenderId


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """One drain's right to settle: void as soon as another drain took the next number."""

    sender_id: SenderId
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one provider call ended, and when to try again if it did not end the delivery."""

    delivery_id: DeliveryId
    state: str
    """A final state of the delivery, or "queued" to try again."""
    outcome: str
    """Coded, for the attempt: sent, throttled, unavailable, …"""
    provider_id: str | None = None
    reason: str | None = None
    code: str | None = None
    next_at: datetime | None = None


class OutboxRecords(Protocol):
    """Messages that leave."""

    async def add(self, delivery: Delivery, *, index: AddressIndex, source: str) -> bool:
        """Queue a text once per (clinic, cause, part, address); False when it was there.

        `source` is the template's text before substitution, kept once by its hash.
        """
        ...

    async def take_fence(self, sender_id: SenderId) -> Fence:
        """A new right to settle, which voids the one before it."""
        ...

    async def recover(self, fence: Fence, *, now: datetime) -> int:
        """After a crash: queue leased rows again, settle rows left in `sending` by their kind."""
        ...

    async def claim(
        self, fence: Fence, *, now: datetime, limit: int, lease: timedelta
    ) -> Sequence[Delivery]:
        """Lease what is due, most urgent first; at most one message per address at a time."""
        ...

    async def mark_sending(self, fence: Fence, delivery_id: DeliveryId, *, at: datetime) -> bool:
        """Commit that the call starts now; False when the lease or the fence is gone."""
        ...

    async def settle(self, fence: Fence, outcome: Outcome, *, at: datetime) -> bool:
        """Record how the call ended; False when the fence is gone."""
        ...

    async def skip_for(
        self, clinic_id: ClinicId, index: AddressIndex, *, reason: str, at: datetime
    ) -> int:
        """End what still waits for an address; how many. Confirmations already queued stay."""
        ...

    async def skip_kind(
        self, patient_id: PatientId, kinds: Sequence[str], *, reason: str, at: datetime
    ) -> int:
        """End what still waits for a patient of these kinds; how many."""
        ...

    async def expire(self, *, now: datetime) -> int:
        """End what is past its validity; how many."""
        ...

    async def add_receipt(
        self, clinic_id: ClinicId, sender_id: SenderId, receipt: Receipt, *, at: datetime
    ) -> Delivery | None:
        """Store a report and move the delivery forward; the delivery, if the report changed it."""
        ...

    async def receipts(self, sender_id: SenderId, provider_id: str) -> Sequence[Receipt]:
        """Every report on a message, oldest first; some come before the send has returned."""
        ...

    async def move_forward(
        self, clinic_id: ClinicId, sender_id: SenderId, receipt: Receipt
    ) -> Delivery | None:
        """What the report says stands from now on; the delivery, if the report changed it."""
        ...

    async def next_due_at(self, after: datetime) -> datetime | None:
        """When the first message that waits after `after` may leave; None: nothing waits."""
        ...

    async def has_due(self, sender_id: SenderId, *, now: datetime) -> bool:
        """Whether something of this sender waits to leave now."""
        ...

    async def blank_strangers(self, *, before: datetime) -> int:
        """Remove text and address of strangers' settled messages; how many."""
        ...
