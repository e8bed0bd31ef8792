"""How does one sender's queue leave: claimed, marked, sent, settled, one message at a time each?"""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.delivery import Delivery, DeliveryState, Outgoing
from bot.domain.identity import Channel, SenderId
from bot.domain.message_kind import KIND_RULES, MessageKind, WhenUncertain
from bot.domain.patient import AddressState
from bot.logs import event, failure, warning
from bot.ports.channel import Channel as ChannelPort
from bot.ports.channel import (
    Misconfigured,
    RecipientStopped,
    Rejected,
    SendError,
    Throttled,
    Unavailable,
    Uncertain,
)
from bot.ports.clock import Clock
from bot.ports.outbox import Fence, Outcome
from bot.ports.store import Store, Transaction
from bot.services.receipts import apply_early_receipts, tell_clinic_of_failure

SLOTS = 8
LEASE = timedelta(seconds=60)
SEND_TIMEOUT_S = 20
_RESENDS = 3
_FIRST_BACKOFF = timedelta(seconds=2)
_LONGEST_BACKOFF = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    outcome: Outcome
    error: SendError | None = None


class Drain:
    """The only one who sends for its sender while its fence stands."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        sender_id: SenderId,
        channel: ChannelPort,
        pace_per_second: float,
    ) -> None:
        """Sends through `channel`, at most `pace_per_second` messages a second."""
        self._store = store
        self._clock = clock
        self._sender_id = sender_id
        self._channel = channel
        self._interval = 1 / pace_per_second
        self._next_send = 0.0
        self._fence: Fence | None = None
        self._one_round = asyncio.Lock()

    @property
    def sender_id(self) -> SenderId:
        """Whose queue this is."""
        return self._sender_id

    async def start(self) -> None:
        """Take the right to settle, and settle what a crash left behind."""
        async with self._store.unit_of_work() as tx:
            self._fence = await tx.outbox.take_fence(self._sender_id)
            recovered = await tx.outbox.recover(self._fence, now=self._clock.now())
        if recovered:
            warning("outbox-recovered", sender=self._sender_id, count=recovered)

    async def run_to_idle(self, *, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Send until nothing of this sender is due; how many calls were made.

        `may_go_on` is asked before each round, so that a long queue can be left in between.
        """
        sent = 0
        async with self._one_round:
            while may_go_on() and (count := await self._round()):
                sent += count
        return sent

    async def _round(self) -> int:
        if self._fence is None:
            await self.start()
        fence = self._fence
        assert fence is not None
        now = self._clock.now()
        async with self._store.read() as tx:
            if not await tx.outbox.has_due(self._sender_id, now=now):
                return 0
        async with self._store.unit_of_work() as tx:
            sender = await tx.house.sender(self._sender_id)
            is_held = sender.held_until is not None and sender.held_until > now
            if sender.state != "running" or is_held:
                return 0
            await tx.outbox.expire(now=now)
            claimed = await tx.outbox.claim(fence, now=now, limit=SLOTS, lease=LEASE)
        async with asyncio.TaskGroup() as group:
            for delivery in claimed:
                group.create_task(self._send_one(fence, delivery))
        return len(claimed)

    async def _send_one(self, fence: Fence, delivery: Delivery) -> None:
        try:
            await self._wait_for_turn()
            async with self._store.unit_of_work() as tx:
                at = self._clock.now()
                if not await tx.outbox.mark_sending(fence, delivery.id, at=at):
                    return
            ended = await self._call(delivery)
            async with self._store.unit_of_work() as tx:
                await self._settle(tx, fence, delivery, ended)
        except Exception as error:  # noqa: BLE001  # the loop must outlive any one message
            failure("send-failed", error, delivery=delivery.id, sender=self._sender_id)
            self._fence = None  # the next round takes a new one and so recovers this message

    async def _wait_for_turn(self) -> None:
        """Pace at the moment of sending; monotonic time, which no demonstration moves."""
        now = time.monotonic()
        start = max(now, self._next_send)
        self._next_send = start + self._interval
        if start > now:
            await asyncio.sleep(start - now)

    async def _call(self, delivery: Delivery) -> _Ended:
        message = Outgoing(
            delivery_id=delivery.id,
            address=delivery.address,
            body=delivery.body_at(self._clock.now()),
            edits=delivery.edits,
            answers_press=delivery.answers_press,
        )
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                provider_id = await self._channel.send(message)
        except TimeoutError:
            return self._failed(delivery, Uncertain("timeout"))
        except SendError as error:
            return self._failed(delivery, error)
        return _Ended(
            outcome=Outcome(
                delivery_id=delivery.id,
                state=DeliveryState.SENT,
                outcome="sent",
                provider_id=provider_id,
            )
        )

    def _failed(self, delivery: Delivery, error: SendError) -> _Ended:
        now = self._clock.now()
        name = type(error).__name__.casefold()

        def ended(state: DeliveryState, next_at: datetime | None = None) -> _Ended:
            outcome = Outcome(
                delivery_id=delivery.id,
                state=state,
                outcome=name,
                reason=error.reason,
                code=error.code,
                next_at=next_at,
            )
            return _Ended(outcome=outcome, error=error)

        match error:
            case Throttled():
                return ended(DeliveryState.QUEUED, now + timedelta(seconds=error.retry_after))
            case Unavailable() | Misconfigured():
                return ended(DeliveryState.QUEUED, now + _backoff(delivery.attempts))
            case Uncertain():
                rule = KIND_RULES[delivery.kind]
                may_resend = rule.when_uncertain is WhenUncertain.RESEND
                if may_resend and delivery.attempts < _RESENDS:
                    return ended(DeliveryState.QUEUED, now + _backoff(delivery.attempts))
                return ended(DeliveryState.UNCERTAIN)
            case _:
                return ended(DeliveryState.FAILED)

    async def _settle(
        self, tx: Transaction, fence: Fence, delivery: Delivery, ended: _Ended
    ) -> None:
        now = self._clock.now()
        if not await tx.outbox.settle(fence, ended.outcome, at=now):
            return
        event(
            "delivery-settled",
            delivery=delivery.id,
            kind=delivery.kind.value,
            outcome=ended.outcome.outcome,
            code=ended.outcome.code,
        )
        if ended.outcome.provider_id is not None:
            await self._taken(tx, delivery, ended.outcome.provider_id, now=now)
        match ended.error:
            case Throttled(retry_after=seconds):
                until = now + timedelta(seconds=seconds)
                await tx.house.hold_sender(self._sender_id, until=until)
            case Misconfigured(reason=reason):
                await tx.house.stop_sender(self._sender_id, reason=reason)
                warning("sender-stopped", sender=self._sender_id, reason=reason)
            case RecipientStopped(code=code):
                await self._recipient_stopped(tx, delivery, code, now=now)
            case Rejected(code=code):
                await tell_clinic_of_failure(tx, delivery, code=code, at=now)
            case Uncertain(code=code) if self._is_given_up(delivery, ended):
                await tell_clinic_of_failure(tx, delivery, code=code, at=now)
            case _:
                pass

    async def _taken(
        self, tx: Transaction, delivery: Delivery, provider_id: str, *, now: datetime
    ) -> None:
        if delivery.kind is MessageKind.ALERT:
            await tx.alerts.note_end(delivery, DeliveryState.SENT, at=now)
        await apply_early_receipts(tx, delivery, provider_id, at=now)

    def _is_given_up(self, delivery: Delivery, ended: _Ended) -> bool:
        """Whether words of safety may never have arrived; other kinds have their own net."""
        is_over = ended.outcome.state == DeliveryState.UNCERTAIN
        return is_over and delivery.kind in (MessageKind.SAFETY, MessageKind.ALERT)

    async def _recipient_stopped(
        self, tx: Transaction, delivery: Delivery, code: str | None, *, now: datetime
    ) -> None:
        index = await tx.people.index_of(delivery.clinic_id, delivery.channel, delivery.address)
        await tx.people.opt_out(delivery.clinic_id, index, reason="provider", at=now)
        if delivery.channel is Channel.TELEGRAM:
            await tx.people.set_address_state(delivery.clinic_id, index, AddressState.BLOCKED)
        await tx.outbox.skip_for(delivery.clinic_id, index, reason="opted-out", at=now)
        await tell_clinic_of_failure(tx, delivery, code=code, at=now)


def _backoff(attempts: int) -> timedelta:
    """Doubling, with jitter, so that many waiting messages do not come back together."""
    doublings = min(attempts, 10)
    longest = min(_FIRST_BACKOFF * (1 << doublings), _LONGEST_BACKOFF)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311  # jitter, not a secret
