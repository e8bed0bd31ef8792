"""How do many calls that start and end at once share one commit, and none goes on before it?"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bot.domain.delivery import Delivery
from bot.logs import failure
from bot.ports.clock import Clock
from bot.ports.outbox import Fence, Leased, Outcome
from bot.ports.store import Store, Transaction
from bot.services.fallback import Fallback
from bot.services.receipts import apply_early_receipts

_GATHERED_FOR_S = 0.015
_MANY = 8
"""So many entries in one commit tell that more will come in a moment; a single one never waits."""

FollowUp = Callable[[Transaction], Awaitable[None]]


class NotRecorded(Exception):
    """The commit that should have held this entry did not come about; it may be tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """One call that ended, and what else follows in the same transaction."""

    fence: Fence
    delivery: Delivery
    outcome: Outcome
    follow_up: FollowUp | None = None


@dataclass(slots=True, eq=False)
class _Waiting:
    """Entries of one caller; `recorded` holds the ids that were."""

    starting: Sequence[Leased] = ()
    ended: Sequence[Ended] = ()
    recorded: frozenset[str] = frozenset()
    error: BaseException | None = None
    is_done: bool = False


@dataclass(slots=True)
class _Queue:
    entries: list[_Waiting] = field(default_factory=list)

    def take(self) -> list[_Waiting]:
        taken, self.entries = self.entries, []
        return taken

    def forget(self, one: _Waiting) -> None:
        if one in self.entries:
            self.entries.remove(one)


class Recorder:
    """Shared by the drains of one process: whoever comes first commits for all who wait.

    A caller returns after the commit that holds its entry, so a result is stored before its slot
    is free, and a call starts after its `sending`.
    """

    def __init__(self, store: Store, clock: Clock, fallback: Fallback | None = None) -> None:
        """Times are patient time of `clock`; `fallback` knows another way to a person."""
        self._fallback = fallback
        self._store = store
        self._clock = clock
        self._queue = _Queue()
        self._one_commit = asyncio.Lock()
        self._is_busy = False

    async def start(self, leased: Sequence[Leased]) -> frozenset[str]:
        """Mark as `sending`; ids of those whose calls may start. Raises what the store raises."""
        return await self._recorded(_Waiting(starting=leased))

    async def end(self, ended: Ended) -> bool:
        """Record a result and what follows; False when the fence is gone."""
        return bool(await self._recorded(_Waiting(ended=[ended])))

    async def _recorded(self, mine: _Waiting) -> frozenset[str]:
        self._queue.entries.append(mine)
        try:
            async with self._one_commit:
                if not mine.is_done:
                    await asyncio.sleep(_GATHERED_FOR_S if self._is_busy else 0)
                    await self._commit_all(self._queue.take())
        except asyncio.CancelledError:
            self._queue.forget(mine)  # nobody would make the call
            raise
        if mine.error is not None:
            raise mine.error
        return mine.recorded

    async def _commit_all(self, batch: list[_Waiting]) -> None:
        self._is_busy = len(batch) >= _MANY
        try:
            try:
                await self._commit(batch)
            except Exception as error:
                if len(batch) == 1:
                    raise
                failure("group-not-recorded", error, count=len(batch))
                for one in batch:  # one that cannot be stored must not take the others along
                    await self._commit_alone(one)
        except BaseException as error:
            for one in batch:
                if not one.is_done:
                    one.error = NotRecorded(type(error).__name__)
            raise
        finally:
            for one in batch:
                one.is_done = True

    async def _commit_alone(self, one: _Waiting) -> None:
        try:
            await self._commit([one])
        except Exception as error:  # noqa: BLE001  # raised again by whoever waits for this entry
            one.error = error
        one.is_done = True

    async def _commit(self, batch: list[_Waiting]) -> None:
        starting = [leased for one in batch for leased in one.starting]
        ended = [end for one in batch for end in one.ended]
        recorded: frozenset[str] = frozenset()
        async with self._store.unit_of_work() as tx:
            at = self._clock.now()
            if starting:
                recorded |= await tx.outbox.mark_sending(starting, at=at)
            if ended:
                recorded |= await self._settle(tx, ended)
        for one in batch:
            ids = {leased.delivery_id for leased in one.starting}
            ids |= {end.delivery.id for end in one.ended}
            one.recorded = recorded & ids

    async def _settle(self, tx: Transaction, ended: Sequence[Ended]) -> frozenset[str]:
        at = self._clock.now()
        settled = await tx.outbox.settle([(end.fence, end.outcome) for end in ended], at=at)
        taken = {
            end.outcome.provider_id: end
            for end in ended
            if end.outcome.provider_id is not None and end.delivery.id in settled
        }
        overtaken = await tx.outbox.overtaken(taken) if taken else ()
        for provider_id in overtaken:
            await apply_early_receipts(
                tx, taken[provider_id].delivery, provider_id, at=at, fallback=self._fallback
            )
        for end in ended:
            if end.follow_up is not None and end.delivery.id in settled:
                await end.follow_up(tx)
        return settled
