"""What is kept of the messages that a simulation sends?"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.delivery import Delivery, DeliveryState, Receipt
from bot.domain.identity import AddressIndex, ClinicId, DeliveryId, PatientId, SenderId
from bot.domain.message_kind import KIND_RULES, MessageKind
from bot.ports.outbox import Fence, Outcome

_WAITING = (DeliveryState.QUEUED, DeliveryState.LEASED)


@dataclass(slots=True)
class _Row:
    """One delivery that has not come to its end; what changes stands beside it."""

    delivery: Delivery
    index: AddressIndex
    next_at: datetime
    state: DeliveryState = DeliveryState.QUEUED
    attempts: int = 0
    provider_id: str | None = None

    @property
    def order(self) -> tuple[int, str]:
        """What goes before what at one address: the more urgent, then the earlier."""
        return (KIND_RULES[self.delivery.kind].priority, self.delivery.id)

    def as_delivery(self, state: DeliveryState, reason: str | None = None) -> Delivery:
        """The delivery as it is now."""
        return replace(
            self.delivery,
            state=state,
            attempts=self.attempts,
            provider_id=self.provider_id,
            reason=reason,
        )


class MemoryOutbox:
    """Deliveries, kept in one list with their end."""

    def __init__(self) -> None:
        """Nothing was sent."""
        self.ended: list[Delivery] = []
        """Every delivery that came to its end, in that order."""
        self._open: dict[DeliveryId, _Row] = {}
        self._causes: set[tuple[str, int, AddressIndex]] = set()
        self._fences: dict[SenderId, int] = defaultdict(int)

    async def add(self, delivery: Delivery, *, index: AddressIndex, source: str) -> bool:
        """Queue a text once per (cause, part, address); False when it was there."""
        del source
        key = (delivery.cause, delivery.part, index)
        if key in self._causes:
            return False
        self._causes.add(key)
        self._open[delivery.id] = _Row(delivery, index, delivery.due_at)
        return True

    async def take_fence(self, sender_id: SenderId) -> Fence:
        """A new right to settle."""
        self._fences[sender_id] += 1
        return Fence(sender_id=sender_id, number=self._fences[sender_id])

    async def recover(self, fence: Fence, *, now: datetime) -> int:
        """Nothing crashes in a simulation."""
        del fence, now
        return 0

    async def claim(
        self, fence: Fence, *, now: datetime, limit: int, lease: timedelta
    ) -> Sequence[Delivery]:
        """Lease what is due, most urgent first; at most one message per address at a time."""
        del lease
        first: dict[AddressIndex, _Row] = {}
        for row in self._open.values():
            known = first.get(row.index)
            is_ours = row.delivery.sender_id == fence.sender_id
            if is_ours and (known is None or row.order < known.order):
                first[row.index] = row
        ready = [row for row in first.values() if self._may_leave(row, now)]
        chosen = sorted(ready, key=lambda row: (row.order[0], row.next_at, row.order[1]))[:limit]
        for row in chosen:
            row.state = DeliveryState.LEASED
        return [row.as_delivery(row.state) for row in chosen]

    async def mark_sending(self, fence: Fence, delivery_id: DeliveryId, *, at: datetime) -> bool:
        """The call starts now; False when it was ended meanwhile."""
        del fence, at
        row = self._open.get(delivery_id)
        if row is None:
            return False
        row.state = DeliveryState.SENDING
        row.attempts += 1
        return True

    async def settle(self, fence: Fence, outcome: Outcome, *, at: datetime) -> bool:
        """Record how the call ended."""
        del fence, at
        row = self._open[outcome.delivery_id]
        row.provider_id = outcome.provider_id
        row.next_at = outcome.next_at or row.next_at
        row.state = DeliveryState(outcome.state)
        if row.state.is_final:
            self._end(row, row.state, outcome.reason)
        return True

    async def skip_for(
        self, clinic_id: ClinicId, index: AddressIndex, *, reason: str, at: datetime
    ) -> int:
        """End what still waits for an address; how many. Confirmations already queued stay."""
        del clinic_id, at
        return self._end_all(
            lambda row: row.index == index and row.delivery.kind is not MessageKind.CONFIRMATION,
            DeliveryState.SKIPPED,
            reason,
        )

    async def skip_kind(
        self, patient_id: PatientId, kinds: Sequence[str], *, reason: str, at: datetime
    ) -> int:
        """End what still waits for a patient of these kinds; how many."""
        del at
        return self._end_all(
            lambda row: row.delivery.patient_id == patient_id and row.delivery.kind in kinds,
            DeliveryState.SKIPPED,
            reason,
        )

    def skip_cause(self, beginning: str, *, reason: str) -> int:
        """End what still waits and whose cause begins so; how many."""
        return self._end_all(
            lambda row: row.delivery.cause.startswith(beginning), DeliveryState.SKIPPED, reason
        )

    async def expire(self, *, now: datetime) -> int:
        """End what is past its validity; how many."""
        return self._end_all(
            lambda row: row.delivery.expires_at is not None and row.delivery.expires_at <= now,
            DeliveryState.EXPIRED,
            "late",
        )

    async def add_receipt(
        self, clinic_id: ClinicId, sender_id: SenderId, receipt: Receipt, *, at: datetime
    ) -> Delivery | None:
        """Simulated phones send no reports."""
        del clinic_id, sender_id, receipt, at
        return None

    async def receipts(self, sender_id: SenderId, provider_id: str) -> Sequence[Receipt]:
        """Simulated phones send no reports."""
        del sender_id, provider_id
        return ()

    async def move_forward(
        self, clinic_id: ClinicId, sender_id: SenderId, receipt: Receipt
    ) -> Delivery | None:
        """Simulated phones send no reports."""
        del clinic_id, sender_id, receipt
        return None

    async def next_due_at(self, after: datetime) -> datetime | None:
        """When the first message that waits after `after` may leave; None: nothing waits."""
        return min(
            (row.next_at for row in self._open.values() if row.next_at > after), default=None
        )

    async def has_due(self, sender_id: SenderId, *, now: datetime) -> bool:
        """Whether something of this sender waits to leave now."""
        return any(
            row.delivery.sender_id == sender_id
            and row.state is DeliveryState.QUEUED
            and row.next_at <= now
            for row in self._open.values()
        )

    async def blank_strangers(self, *, before: datetime) -> int:
        """Nothing lasts longer than a simulation."""
        del before
        return 0

    def under_way(self, delivery_id: DeliveryId) -> Delivery:
        """A delivery that has not come to its end. Raises KeyError."""
        return self._open[delivery_id].delivery

    def is_on_its_way(self, notice: Delivery) -> bool:
        """Whether the same notice was sent, or may yet be, to another address."""
        sent = [one for one in self.ended if one.state is DeliveryState.SENT]
        others = [*sent, *(row.delivery for row in self._open.values())]
        return any(other.cause == notice.cause and other.id != notice.id for other in others)

    def _may_leave(self, row: _Row, now: datetime) -> bool:
        expires_at = row.delivery.expires_at
        is_true = expires_at is None or expires_at > now
        return row.state is DeliveryState.QUEUED and row.next_at <= now and is_true

    def _end(self, row: _Row, state: DeliveryState, reason: str | None) -> None:
        self.ended.append(row.as_delivery(state, reason))
        del self._open[row.delivery.id]

    def _end_all(self, fits: Callable[[_Row], bool], state: DeliveryState, reason: str) -> int:
        rows = [row for row in self._open.values() if row.state in _WAITING and fits(row)]
        for row in rows:
            self._end(row, state, reason)
        return len(rows)
