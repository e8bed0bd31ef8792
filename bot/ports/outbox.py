"""What is kept of messages that leave?

Each method is one statement of the open transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.delivery import Delivery, Receipt
from bot.domain.identity import AddressIndex, ClinicId, DeliveryId, PatientId, SenderId
from bot.domain.message_kind import MessageKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """One drain's right to settle: void as soon as another drain took the next number."""

    sender_id: SenderId
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one provider call ended, and when to try again if it did not end the delivery."""

    delivery_id: DeliveryId
    attempt: int
    """Number of the call, from 1."""
    state: str
    """A final state of the delivery, or "queued" to try again."""
    outcome: str
    """Coded, for the attempt: sent, throttled, unavailable, …"""
    provider_id: str | None = None
    reason: str | None = None
    code: str | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A delivery and the right under which it was leased."""

    fence: Fence
    delivery_id: DeliveryId


DOUBTFUL = ("uncertain", "interrupted")
"""Outcomes of calls after which nobody knows whether the provider took the message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A delivery whose call began and of which nobody recorded the end."""

    delivery_id: DeliveryId
    kind: MessageKind
    attempts: int
    doubts: int = 0
    """Earlier attempts of which nobody knows how they ended."""


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

    async def left_behind(self, fence: Fence) -> Sequence[Left]:
        """What an earlier holder left in `sending`: called, and nobody knows how it ended."""
        ...

    async def recover(self, fence: Fence, outcomes: Sequence[Outcome], *, at: datetime) -> int:
        """Queue again what was only leased, and end what was left behind as `outcomes` say."""
        ...

    async def calls_since(self, fence: Fence, *, first_id: str) -> int:
        """How many calls began for this sender since the moment that `first_id` was made in."""
        ...

    async def claim(
        self,
        fence: Fence,
        *,
        now: datetime,
        limit: int,
        lease: timedelta,
        is_oldest_first: bool = False,
    ) -> Sequence[Delivery]:
        """Lease what is due, most urgent first; at most one message per address at a time.

        Nothing while the sender is held or stopped, or when the fence is void.
        """
        ...

    async def mark_sending(self, leased: Sequence[Leased], *, at: datetime) -> frozenset[str]:
        """Commit that these calls start now; ids of those whose lease and fence still stand."""
        ...

    async def settle(
        self, ended: Sequence[tuple[Fence, Outcome]], *, at: datetime
    ) -> frozenset[str]:
        """Record how calls ended; ids of those whose fence still stands, the others are left."""
        ...

    async def overtaken(self, provider_ids: Iterable[str]) -> frozenset[str]:
        """Those of the provider's ids for which a report is already there."""
        ...

    async def attempt_began_at(self, delivery_id: DeliveryId, number: int) -> datetime | None:
        """When call `number` of a delivery began."""
        ...

    async def said_since(
        self, patient_id: PatientId, kinds: Sequence[str], *, since: datetime
    ) -> int:
        """How many messages of these kinds a patient got, or is about to get, since then."""
        ...

    async def delivery(self, clinic_id: ClinicId, delivery_id: DeliveryId) -> Delivery | None:
        """A delivery of the clinic with its text; None when there is none or the text is gone."""
        ...

    async def hurry(self, delivery_id: DeliveryId, *, at: datetime) -> bool:
        """A message that waits for its next try may leave at once; False when it does not wait."""
        ...

    async def queue_again(
        self, delivery: Delivery, *, cause: str, due_at: datetime
    ) -> DeliveryId | None:
        """The same words once more, under a cause of their own; None when that was done before."""
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

    async def failed_so(self, clinic_id: ClinicId, index: AddressIndex, *, code: str) -> int:
        """How many messages to an address were reported as failed with this code."""
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
