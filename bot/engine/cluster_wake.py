"""How does a hint become a job, without anybody waiting for it?"""

import asyncio
from collections.abc import Collection

from bot.domain.identity import ClinicId, Lane
from bot.engine.jobs import Jobs
from bot.logs import failure
from bot.ports.clock import Clock
from bot.ports.store import Store

_AGAIN_AFTER_S = 1.0


class ClusterWake:
    """Defers jobs right after the commit of their cause; what it loses, the sweep finds."""

    def __init__(self, store: Store, clock: Clock, jobs: Jobs) -> None:
        """Nothing is deferred before `run`."""
        self._store = store
        self._clock = clock
        self.jobs = jobs
        self._lanes: dict[tuple[ClinicId, Lane], None] = {}
        self._something_leaves = False
        self._hint = asyncio.Event()

    def inbound(self, lanes: Collection[tuple[ClinicId, Lane]]) -> None:
        """Messages of these lanes were stored."""
        self._lanes.update(dict.fromkeys(lanes))
        self._hint.set()

    def outbox(self) -> None:
        """A delivery was queued; the rows know of which sender."""
        self._something_leaves = True
        self._hint.set()

    async def run_alone(self) -> None:
        """Turn hints into jobs until cancelled, in a process that works on none itself."""
        while True:
            try:
                async with self.jobs.opened():
                    await self.run()
            except Exception as error:  # noqa: BLE001  # the database may come later than we do
                failure("wake-failed", error)
                await asyncio.sleep(_AGAIN_AFTER_S)

    async def run(self) -> None:
        """Turn hints into jobs until cancelled; the queue is open."""
        while True:
            await self._hint.wait()
            self._hint.clear()
            try:
                await self._defer()
            except Exception as error:  # noqa: BLE001  # the sweep makes the same jobs
                failure("wake-failed", error)

    async def _defer(self) -> None:
        lanes, self._lanes = list(self._lanes), {}
        leaves, self._something_leaves = self._something_leaves, False
        await self.jobs.defer_turns(lanes)
        if leaves:
            async with self._store.read() as tx:
                senders = await tx.backlog.senders(self._clock.now())
            await self.jobs.defer_drains(senders)
