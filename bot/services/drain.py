"""How does one sender's queue leave: claimed, marked, sent, settled, as many at once as it may?"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.domain.delivery import Delivery, Outgoing
from bot.domain.identity import SenderId
from bot.domain.pacing import AddressPace, SenderPace, pause_after
from bot.ids import first_id_since
from bot.logs import event, failure, warning
from bot.ports.artist import Draws, PhotoSheets
from bot.ports.channel import Channel as ChannelPort
from bot.ports.channel import (
    LooksUp,
    Misconfigured,
    SendError,
    Throttled,
    Unavailable,
    Uncertain,
)
from bot.ports.clock import Clock
from bot.ports.outbox import Fence, Leased, Outcome
from bot.ports.store import Store
from bot.services import settling
from bot.services.leaving import still_to_send
from bot.services.recorder import Ended, Recorder
from bot.services.settling import Consequences
from bot.services.showing import Showing

LEASE = timedelta(seconds=60)
SEND_TIMEOUT_S = 20
_FEWEST_CLAIMED, _MOST_CLAIMED = 8, 256
_CLAIMED_AHEAD_S = 0.25
"""So far ahead messages are leased: an urgent one that comes now waits no longer than that."""
_OLDEST_FIRST_EACH = 8
"""Every so many claims take the oldest instead of the most urgent, so that nobody starves."""
_LOOK_AGAIN_S = 0.05
_RECORD_TRIES = 30
_RECORD_PAUSE_S = 2.0
_FINISH_WITHIN_S = 8.0
"""Longest wait, at an orderly stop, for calls that are under way."""


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
        recorder: Recorder | None = None,
        consequences: Consequences | None = None,
        artist: Draws | None = None,
        photos: PhotoSheets | None = None,
    ) -> None:
        """Sends through `channel`, at most `pace_per_second` messages a second.

        Drains of one process share a `recorder`, and so their commits. Without an `artist` every
        message leaves as its words.
        """
        can = channel.capabilities
        self._store = store
        self._clock = clock
        self._sender_id = sender_id
        self._channel = channel
        self._showing = Showing(channel, artist, photos)
        self._recorder = recorder or Recorder(store, clock)
        self._consequences = consequences or Consequences(None)
        self._pace = SenderPace(per_second=pace_per_second)
        self._chats = AddressPace(
            chat_interval=can.chat_interval_s, group_interval=can.group_interval_s
        )
        self._slots = can.calls_at_once
        ahead = max(_FEWEST_CLAIMED, self._slots, int(pace_per_second * _CLAIMED_AHEAD_S))
        self._claim_limit = min(ahead, _MOST_CLAIMED)
        self._ready: list[Delivery] = []
        self._is_queue_empty = False
        self._calls: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()
        self._fence: Fence | None = None
        self._one_round = asyncio.Lock()
        self._claims = 0
        self._failures_in_a_row = 0
        self._is_held = False

    @property
    def sender_id(self) -> SenderId:
        """Whose queue this is."""
        return self._sender_id

    async def start(self) -> None:
        """Take the right to settle, and settle what a crash left behind."""
        can_look_up = isinstance(self._channel, LooksUp)
        async with self._store.unit_of_work() as tx:
            now = self._clock.now()
            fence = await tx.outbox.take_fence(self._sender_id)
            left = await tx.outbox.left_behind(fence)
            outcomes = [settling.left_behind(one, now=now, can_look_up=can_look_up) for one in left]
            recovered = await tx.outbox.recover(fence, outcomes, at=now)
            recent = await tx.outbox.calls_since(fence, first_id=first_id_since(seconds=1))
        self._fence, self._ready = fence, []
        self._pace.take_over(recent, time.monotonic())
        for one in outcomes:
            warning("delivery-uncertain", delivery=one.delivery_id, state=one.state)
        if recovered:
            warning("outbox-recovered", sender=self._sender_id, count=recovered)

    async def run_to_idle(self, *, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Send until nothing of this sender is due; how many calls were made.

        `may_go_on` is asked before each group, so that a long queue can be left in between.
        """
        async with self._one_round:
            if self._fence is None:
                await self.start()
            try:
                sent = await self._drain_in_peace(may_go_on)
                await self._calls_end()
            except asyncio.CancelledError:
                # A call that has begun is recorded also when the process is asked to stop.
                await self._calls_end(at_most=_FINISH_WITHIN_S)
                raise
            return sent

    async def _drain_in_peace(self, may_go_on: Callable[[], bool]) -> int:
        try:
            return await self._drain(may_go_on)
        except Exception as error:  # noqa: BLE001  # calls under way are to end in peace
            failure("drain-failed", error, sender=self._sender_id)
            self._fence = None  # the next run takes a new one and so recovers the rest
            return 0

    async def _drain(self, may_go_on: Callable[[], bool]) -> int:
        sent = 0
        self._is_queue_empty = True  # as far as anybody knows who just came
        while may_go_on() and (fence := self._fence) is not None:
            if self._is_held:
                await self._calls_end()
                await self._give_back(fence)
            self._ready = self._ready or await self._claim(fence)
            await self._put_off_full_chats(fence)
            if self._ready:
                sent += await self._start_group(fence)
            elif self._calls:
                await self._calls_end(at_most=_LOOK_AGAIN_S)
            else:
                break
        return sent

    async def _start_group(self, fence: Fence) -> int:
        """Start the calls whose turn has come; how many."""
        group = await self._next_group()
        if self._is_held:  # while we waited for our turn
            self._ready = [*group, *self._ready]
            return 0
        marked = await self._recorder.start(
            [Leased(fence=fence, delivery_id=one.id) for one in group]
        )
        if not marked:
            self._fence = None  # perhaps another holder took the next one: the next run takes ours
        for delivery in group:
            if delivery.id in marked:
                call = asyncio.create_task(self._send_one(fence, delivery))
                self._calls.add(call)
                call.add_done_callback(self._call_ended)
        return len(marked)

    async def _give_back(self, fence: Fence) -> None:
        """The provider wants no more for now: what is leased waits in the queue again."""
        given_back = [settling.given_back(delivery) for delivery in self._ready]
        self._ready = []
        if given_back:
            async with self._store.unit_of_work() as tx:
                await tx.outbox.settle([(fence, one) for one in given_back], at=self._clock.now())
        self._is_held = False

    async def _put_off_full_chats(self, fence: Fence) -> None:
        """A chat that has had its share waits in the queue, so that nobody waits for it here."""
        at, now = self._clock.now(), time.monotonic()
        waits = {one.id: self._chats.wait(one.address, now) for one in self._ready}
        full = [one for one in self._ready if waits[one.id] > _LOOK_AGAIN_S]
        if not full:
            return
        outcomes = [
            settling.given_back(one, until=at + timedelta(seconds=waits[one.id])) for one in full
        ]
        self._ready = [one for one in self._ready if one not in full]
        async with self._store.unit_of_work() as tx:
            await tx.outbox.settle([(fence, one) for one in outcomes], at=at)

    async def _claim(self, fence: Fence) -> list[Delivery]:
        now = self._clock.now()
        if self._is_queue_empty:  # to look costs less than to lease nothing
            async with self._store.read() as tx:
                if not await tx.outbox.has_due(self._sender_id, now=now):
                    return []
        self._claims += 1
        async with self._store.unit_of_work() as tx:
            await tx.outbox.expire(now=now)
            claimed = await tx.outbox.claim(
                fence,
                now=now,
                limit=self._claim_limit,
                lease=LEASE,
                is_oldest_first=self._claims % _OLDEST_FIRST_EACH == 0,
            )
            leaving = await still_to_send(tx, fence, claimed, now=now)
        self._is_queue_empty = len(claimed) < self._claim_limit
        return leaving

    async def _next_group(self) -> list[Delivery]:
        """Messages whose calls start now: their turn has come and there is a slot for each."""
        while len(self._calls) >= self._slots:
            self._freed.clear()
            await self._freed.wait()
        await asyncio.sleep(self._pace.wait(time.monotonic()))
        while True:
            now = time.monotonic()
            limit = min(self._slots - len(self._calls), self._pace.allowed(now))
            may = [one for one in self._ready if not self._chats.wait(one.address, now)][:limit]
            if may:
                break
            await asyncio.sleep(min(self._chats.wait(one.address, now) for one in self._ready))
        self._pace.take(len(may), now)
        for one in may:
            self._chats.take(one.address, now)
        chosen = {one.id for one in may}
        self._ready = [one for one in self._ready if one.id not in chosen]
        return may

    async def _calls_end(self, *, at_most: float | None = None) -> None:
        """Wait until no call is under way, or `at_most` seconds."""
        if self._calls:
            await asyncio.wait(self._calls, timeout=at_most)

    def _call_ended(self, call: asyncio.Task[None]) -> None:
        self._calls.discard(call)
        self._freed.set()

    async def _send_one(self, fence: Fence, delivery: Delivery) -> None:
        try:
            await self._record(await self._call(fence, delivery))
        except Exception as error:  # noqa: BLE001  # the loop must outlive any one message
            failure("send-failed", error, delivery=delivery.id, sender=self._sender_id)
            self._fence = None  # the next run takes a new one and so recovers this message

    async def _call(self, fence: Fence, delivery: Delivery) -> Ended:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                provider_id = await self._hand_over(delivery)
        except TimeoutError:
            return self._refused(fence, delivery, Uncertain("timeout"))
        except SendError as error:
            return self._refused(fence, delivery, error)
        except Exception as error:  # noqa: BLE001  # a fault of ours: perhaps sent, perhaps not
            failure("channel-failed", error, delivery=delivery.id, sender=self._sender_id)
            return self._refused(fence, delivery, Uncertain("software-error"))
        self._failures_in_a_row = 0
        outcome = settling.taken(delivery, provider_id)
        follow_up = partial(self._consequences.of_taken, delivery=delivery, now=self._clock.now())
        return Ended(fence=fence, delivery=delivery, outcome=outcome, follow_up=follow_up)

    async def _hand_over(self, delivery: Delivery) -> str:
        message = Outgoing(
            delivery_id=delivery.id,
            address=delivery.address,
            body=delivery.body_at(self._clock.now()),
            edits=delivery.edits,
            answers_press=delivery.answers_press,
        )
        if delivery.reason == settling.LOOK_UP and isinstance(self._channel, LooksUp):
            async with self._store.read() as tx:
                since = await tx.outbox.attempt_began_at(delivery.id, delivery.attempts)
            found = await self._channel.find(message, since=since) if since else None
            if found is not None:
                return found
        return await self._showing.send(message)

    def _refused(self, fence: Fence, delivery: Delivery, error: SendError) -> Ended:
        now = self._clock.now()
        can_look_up = isinstance(self._channel, LooksUp)
        outcome = settling.refused(delivery, error, now=now, can_look_up=can_look_up)
        is_outage = isinstance(error, Unavailable | Uncertain)
        self._failures_in_a_row = self._failures_in_a_row + 1 if is_outage else 0
        rest = timedelta(seconds=pause_after(self._failures_in_a_row))
        if rest and outcome.next_at is not None:
            outcome = replace(outcome, next_at=max(outcome.next_at, now + rest))
        self._is_held = self._is_held or bool(rest) or isinstance(error, Throttled | Misconfigured)
        follow_up = partial(
            self._consequences.of_refused,
            delivery=delivery,
            error=error,
            outcome=outcome,
            rest=rest,
            now=now,
        )
        return Ended(fence=fence, delivery=delivery, outcome=outcome, follow_up=follow_up)

    async def _record(self, ended: Ended) -> None:
        """Store the result, however long the database is locked: the call cannot be undone."""
        for tries in range(1, _RECORD_TRIES + 1):
            try:
                if await self._recorder.end(ended):
                    _say(ended.outcome, ended.delivery)
            except Exception as error:
                if tries == _RECORD_TRIES:
                    raise
                failure("record-failed", error, delivery=ended.delivery.id, tries=tries)
                await asyncio.sleep(_RECORD_PAUSE_S)
            else:
                return


def _say(outcome: Outcome, delivery: Delivery) -> None:
    event(
        "delivery-settled",
        delivery=delivery.id,
        kind=delivery.kind.value,
        outcome=outcome.outcome,
        code=outcome.code,
    )
