"""What is kept of the messages that a simulation sends?"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.delivery import Delivery, DeliveryState, Receipt, to_send_again
from bot.domain.identity import AddressIndex, ClinicId, DeliveryId, PatientId, SenderId
from bot.domain.message_kind import KIND_RULES, MessageKind
from bot.ports.clock import Ids
from bot.ports.outbox import DOUBTFUL, Fence, Leased, Left, Outcome
from bot.store.memory.house import MemoryHouse

_WAITING = (DeliveryState.QUEUED, DeliveryState.LEASED)
_UNSAID = (DeliveryState.FAILED, DeliveryState.EXPIRED, DeliveryState.SKIPPED)
_Said = tuple[datetime, DeliveryId, str]


def _said(delivery: Delivery) -> _Said:
    return delivery.due_at, delivery.id, delivery.kind.value


@dataclass(slots=True)
class _Row:
    """One delivery that has not come to its end; what changes stands beside it."""

    delivery: Delivery
    index: AddressIndex
    next_at: datetime
    state: DeliveryState = DeliveryState.QUEUED
    attempts: int = 0
    doubts: int = 0
    provider_id: str | None = None
    reason: str | None = None
    began: list[datetime] = field(default_factory=list)
    """When each call began."""

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
            doubts=self.doubts,
            provider_id=self.provider_id,
            reason=reason or self.reason,
        )


class MemoryOutbox:
    """Deliveries, kept in one list with their end."""

    def __init__(self, ids: Ids, house: MemoryHouse) -> None:
        """Nothing was sent; the senders are those of `house`."""
        self._ids = ids
        self._house = house
        self.ended: list[Delivery] = []
        """Every delivery that came to its end, in that order."""
        self._open: dict[DeliveryId, _Row] = {}
        self._causes: set[tuple[str, int, AddressIndex]] = set()
        self._indexes: dict[DeliveryId, AddressIndex] = {}
        self._fences: dict[SenderId, int] = defaultdict(int)
        self._said: dict[PatientId, list[_Said]] = defaultdict(list)
        """What each patient got or is about to get, by when it was due."""

    async def add(self, delivery: Delivery, *, index: AddressIndex, source: str) -> bool:
        """Queue a text once per (cause, part, address); False when it was there."""
        del source
        key = (delivery.cause, delivery.part, index)
        if key in self._causes:
            return False
        self._causes.add(key)
        self._indexes[delivery.id] = index
        self._open[delivery.id] = _Row(delivery, index, delivery.due_at)
        if delivery.patient_id is not None:
            insort(self._said[delivery.patient_id], _said(delivery))
        return True

    async def take_fence(self, sender_id: SenderId) -> Fence:
        """A new right to settle."""
        self._fences[sender_id] += 1
        return Fence(sender_id=sender_id, number=self._fences[sender_id])

    async def left_behind(self, fence: Fence) -> Sequence[Left]:
        """Nothing crashes in a simulation."""
        del fence
        return ()

    async def recover(self, fence: Fence, outcomes: Sequence[Outcome], *, at: datetime) -> int:
        """Nothing crashes in a simulation."""
        del fence, outcomes, at
        return 0

    async def calls_since(self, fence: Fence, *, first_id: str) -> int:
        """Nobody sent for this sender before the simulation began."""
        del fence, first_id
        return 0

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
        del lease
        if not (self._stands(fence) and self._house.may_send(fence.sender_id, now=now)):
            return ()
        first: dict[AddressIndex, _Row] = {}
        for row in self._open.values():
            known = first.get(row.index)
            is_ours = row.delivery.sender_id == fence.sender_id
            if is_ours and (known is None or row.order < known.order):
                first[row.index] = row
        ready = [row for row in first.values() if self._may_leave(row, now)]
        if is_oldest_first:
            ready = sorted(ready, key=lambda row: (row.next_at, row.order[1]))[:limit]
        chosen = sorted(ready, key=lambda row: (row.order[0], row.next_at, row.order[1]))[:limit]
        for row in chosen:
            row.state = DeliveryState.LEASED
        return [row.as_delivery(row.state) for row in chosen]

    async def mark_sending(self, leased: Sequence[Leased], *, at: datetime) -> frozenset[str]:
        """These calls start now; ids of those that were not ended meanwhile."""
        rows = [
            row
            for one in leased
            if self._stands(one.fence)
            and (row := self._open.get(one.delivery_id)) is not None
            and row.state is DeliveryState.LEASED
        ]
        for row in rows:
            row.state = DeliveryState.SENDING
            row.attempts += 1
            row.began.append(at)
        return frozenset(row.delivery.id for row in rows)

    async def settle(
        self, ended: Sequence[tuple[Fence, Outcome]], *, at: datetime
    ) -> frozenset[str]:
        """Record how calls ended; ids of those whose fence still stands, the others are left."""
        known = [outcome for fence, outcome in ended if self._stands(fence)]
        for outcome in known:
            row = self._open.get(outcome.delivery_id)
            if row is not None:
                self._settle(row, outcome, at=at)
        return frozenset(outcome.delivery_id for outcome in known)

    async def overtaken(self, provider_ids: Iterable[str]) -> frozenset[str]:
        """Simulated phones send no reports."""
        del provider_ids
        return frozenset()

    async def attempt_began_at(self, delivery_id: DeliveryId, number: int) -> datetime | None:
        """When call `number` of a delivery that has not come to its end began."""
        row = self._open.get(delivery_id)
        is_known = row is not None and 0 < number <= len(row.began)
        return row.began[number - 1] if row is not None and is_known else None

    async def said_since(
        self, patient_id: PatientId, kinds: Sequence[str], *, since: datetime
    ) -> int:
        """How many messages of these kinds a patient got, or is about to get, since then."""
        said = self._said[patient_id]
        first = bisect_left(said, since, key=lambda one: one[0])
        return sum(kind in kinds for _, _, kind in said[first:])

    async def delivery(self, clinic_id: ClinicId, delivery_id: DeliveryId) -> Delivery | None:
        """A delivery of the clinic with its text; None when there is none."""
        row = self._open.get(delivery_id)
        found = row.as_delivery(row.state) if row is not None else self._ended(delivery_id)
        return found if found is not None and found.clinic_id == clinic_id else None

    async def hurry(self, delivery_id: DeliveryId, *, at: datetime) -> bool:
        """A message that waits for its next try may leave at once; False when it does not wait."""
        row = self._open.get(delivery_id)
        if row is None or row.state is not DeliveryState.QUEUED:
            return False
        row.next_at = at
        return True

    async def queue_again(
        self, delivery: Delivery, *, cause: str, due_at: datetime
    ) -> DeliveryId | None:
        """The same words once more, under a cause of their own; None when that was done before."""
        index = self._indexes.get(delivery.id)
        if index is None:
            return None
        again = to_send_again(delivery, id=DeliveryId(self._ids.new()), cause=cause, due_at=due_at)
        return again.id if await self.add(again, index=index, source="") else None

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

    def skip_template(self, clinic_id: ClinicId, beginning: str, *, reason: str) -> int:
        """End what still waits and whose template begins so; how many."""
        return self._end_all(
            lambda row: (
                row.delivery.clinic_id == clinic_id and row.delivery.template.startswith(beginning)
            ),
            DeliveryState.SKIPPED,
            reason,
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

    async def failed_so(self, clinic_id: ClinicId, index: AddressIndex, *, code: str) -> int:
        """Simulated phones send no reports."""
        del clinic_id, index, code
        return 0

    async def next_due_at(self, after: datetime) -> datetime | None:
        """When the first message that waits after `after` may leave; None: nothing waits."""
        waiting = (row for row in self._open.values() if row.state is DeliveryState.QUEUED)
        return min((row.next_at for row in waiting if row.next_at > after), default=None)

    async def has_due(self, sender_id: SenderId, *, now: datetime) -> bool:
        """Whether something of this sender waits to leave now."""
        return self._house.may_send(sender_id, now=now) and any(
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

    def _stands(self, fence: Fence) -> bool:
        return self._fences[fence.sender_id] == fence.number

    def _settle(self, row: _Row, outcome: Outcome, *, at: datetime) -> None:
        row.provider_id = outcome.provider_id
        row.doubts += outcome.outcome in DOUBTFUL
        row.reason = outcome.reason
        row.next_at = outcome.next_at or at
        row.state = DeliveryState(outcome.state)
        if row.state.is_final:
            self._end(row, row.state, outcome.reason)

    def _ended(self, delivery_id: DeliveryId) -> Delivery | None:
        return next((one for one in self.ended if one.id == delivery_id), None)

    def _may_leave(self, row: _Row, now: datetime) -> bool:
        expires_at = row.delivery.expires_at
        is_true = expires_at is None or expires_at > now
        return row.state is DeliveryState.QUEUED and row.next_at <= now and is_true

    def _end(self, row: _Row, state: DeliveryState, reason: str | None) -> None:
        self.ended.append(row.as_delivery(state, reason))
        del self._open[row.delivery.id]
        patient_id = row.delivery.patient_id
        if patient_id is not None and state in _UNSAID:
            self._said[patient_id].remove(_said(row.delivery))

    def _end_all(self, fits: Callable[[_Row], bool], state: DeliveryState, reason: str) -> int:
        rows = [row for row in self._open.values() if row.state in _WAITING and fits(row)]
        for row in rows:
            self._end(row, state, reason)
        return len(rows)
