"""How do many processes share the work? Jobs of PostgreSQL say who does what; rows say what."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from procrastinate import App

from bot.domain.identity import ClinicId, Lane, SenderId
from bot.engine.clock_watch import watch_clock
from bot.engine.cluster_wake import ClusterWake
from bot.engine.jobs import (
    DRAIN,
    HEARTBEAT_S,
    STALLED_S,
    TICK,
    TURNS,
    Jobs,
    priority_of,
)
from bot.engine.services import Services
from bot.logs import failure, warning
from bot.ports.clock import Clock
from bot.ports.store import Store
from bot.services.drain import Drain

FINISH_WITHIN_S = 8.0
"""What is in flight when the process is told to stop is finished, if it takes no longer."""
_SLICE_S = 10.0
"""So long a sender's queue is sent before senders that wait for a worker have their turn."""
_MESSAGES_PER_JOB = 20
_SWEPT_LANES = 1_000
_LONGEST_HANDOVER_S = 0.1
_ANSWERED_AT_ONCE = 8
_SENDERS_AT_ONCE = 64
_AGAIN_AFTER_S = 1.0
_LONGEST_JOB_S = 60.0
_LONGEST_PLAN_S = 600.0
"""A job that takes longer is given up, so that its lock is free; the rows keep what is left."""
_REFRESH_S = 60.0
_EVERY = {
    "sweep": "* * * * * *",
    "due": "* * * * * *",
    "photos": "* * * * * *",
    "escalate": "* * * * * */5",
    "upkeep": "* * * * * 30",
    "plan": "*/10 * * * * 15",
}
"""When each tick is deferred, once for the whole cluster; the last field is the second, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderDrain:
    """A queue that this process can send."""

    drain: Drain
    pace_per_second: float


class ClusterEngine:
    """One of any number of workers; stopping it finishes what is in flight."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        services: Services,
        *,
        drains: Mapping[SenderId, SenderDrain],
        jobs: Jobs,
        wake: ClusterWake,
        is_answering: bool = True,
    ) -> None:
        """Works on the senders of `drains`, and on everybody's messages and ticks.

        Without `is_answering` it only sends; other workers answer and tick.
        """
        self._store = store
        self._clock = clock
        self._services = services
        self._drains = drains
        self._jobs = jobs
        self._wake = wake
        self._is_answering = is_answering
        self._stopped = asyncio.Event()
        self._clock_was_set = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop`, and then until what is in flight is finished; or until cancelled."""
        async with self._jobs.opened():
            hints = asyncio.create_task(self._wake.run())
            working = asyncio.create_task(self._work_on_everything())
            stopped = asyncio.create_task(self._stopped.wait())
            try:
                await asyncio.wait([working, stopped], return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._stopped.set()
                for task in (working, stopped, hints):
                    task.cancel()  # to a worker this means: finish what has begun
                await asyncio.wait([working, stopped, hints])
        if not working.cancelled() and (error := working.exception()) is not None:
            raise error

    def stop(self) -> None:
        """Begin nothing more: whatever waits is found by another worker."""
        self._stopped.set()

    async def sweep(self) -> None:
        """Make jobs for rows that wait and have none: lost jobs, lost hints, dead processes."""
        now = self._clock.now()
        async with self._store.read() as tx:
            lanes = await tx.backlog.lanes(now, limit=_SWEPT_LANES)
            senders = await tx.backlog.senders(now)
        waiting = [sender for sender in senders if sender in self._drains]
        if not lanes and not waiting:
            return
        busy = await self._jobs.busy()
        await self._jobs.defer_turns(lane for lane in lanes if lane not in busy.lanes)
        await self._jobs.defer_drains(one for one in waiting if one not in busy.senders)

    # --- jobs

    async def _turns(self, clinic: str, lane: str) -> None:
        place = (ClinicId(clinic), Lane(lane))
        for _ in range(_MESSAGES_PER_JOB):
            if self._stopped.is_set() or not await self._services.answer(place):
                return
        self._wake.inbound([place])

    async def _drain(self, sender: str) -> None:
        one = self._drains.get(SenderId(sender))
        if one is None or self._stopped.is_set():
            return
        # The worker before may have sent a moment ago: two never come closer than the pace.
        await asyncio.sleep(min(1 / one.pace_per_second, _LONGEST_HANDOVER_S))
        ends_at = time.monotonic() + _SLICE_S

        def may_go_on() -> bool:
            return not self._stopped.is_set() and time.monotonic() < ends_at

        await one.drain.start()
        await one.drain.run_to_idle(may_go_on=may_go_on)
        if not may_go_on():
            self._wake.outbox()

    async def _tick(self, timestamp: int, name: str) -> None:
        del timestamp
        match name:
            case "sweep":
                await self.sweep()
            case "due":
                await self._services.due()
            case "photos":
                await self._services.photos()
            case "escalate":
                await self._services.escalate()
            case "upkeep":
                await self._services.upkeep()
            case "plan":
                await self._services.plan()
            case _:
                warning("tick-unknown", job=name)

    # --- workers

    async def _work_on_everything(self) -> None:
        async with asyncio.TaskGroup() as group:
            if self._is_answering:
                group.create_task(self._work(self._answering(), [TICK, TURNS]))
            group.create_task(self._work(self._sending(), [DRAIN]))
            group.create_task(watch_clock(self._clock_was_set.set))
            group.create_task(self._repeat("recover", HEARTBEAT_S, self._jobs.recover))
            group.create_task(self._repeat("refresh", _REFRESH_S, self._services.refresh))

    def _answering(self) -> tuple[App, int]:
        app = self._jobs.new_app()
        app.task(name=TURNS, queue=TURNS)(self._told(TURNS, self._turns))
        tick = app.task(name=TICK, queue=TICK)(self._told(TICK, self._tick))
        for name, cron in _EVERY.items():
            lock = f"{TICK}:{name}"
            app.periodic_registry.register_task(
                task=tick,
                cron=cron,
                periodic_id=name,
                configure_kwargs={
                    "lock": lock,
                    "queueing_lock": lock,
                    "priority": priority_of(TICK),
                    "task_kwargs": {"name": name},
                },
            )
        return app, _ANSWERED_AT_ONCE

    def _sending(self) -> tuple[App, int]:
        app = self._jobs.new_app()
        app.task(name=DRAIN, queue=DRAIN)(self._told(DRAIN, self._drain))
        return app, _SENDERS_AT_ONCE

    def _told(
        self, kind: str, work: Callable[..., Awaitable[None]]
    ) -> Callable[..., Awaitable[None]]:
        """`work`, whose failure is logged without what it was about; the sweep finds it again."""

        async def do(**given: Any) -> None:
            longest = _LONGEST_PLAN_S if given.get("name") == "plan" else _LONGEST_JOB_S
            try:
                async with asyncio.timeout(longest):
                    await work(**given)
            except Exception as error:  # noqa: BLE001  # a worker must outlive any one job
                failure("job-failed", error, job=kind)

        return do

    async def _work(self, made: tuple[App, int], queues: list[str]) -> None:
        """Run a worker; when it stops by itself, as it does with the database, start it again.

        A worker that is told to stop while the database is away answers with that failure, not
        with the cancellation, so the end is asked for by name.
        """
        app, at_once = made
        while not self._stopped.is_set():
            try:
                worker = app.run_worker_async(
                    queues=queues,
                    name=queues[-1],
                    concurrency=at_once,
                    fetch_job_polling_interval=_AGAIN_AFTER_S,
                    abort_job_polling_interval=60.0,
                    shutdown_graceful_timeout=FINISH_WITHIN_S,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    update_heartbeat_interval=HEARTBEAT_S,
                    stalled_worker_timeout=STALLED_S,
                )
                await (self._until_clock_is_set(worker) if TICK in queues else worker)
                warning("worker-stopped", job=queues[-1])
            except Exception as error:  # noqa: BLE001  # the database may be away for a while
                failure("worker-stopped", error, job=queues[-1])
            await asyncio.sleep(_AGAIN_AFTER_S)

    async def _until_clock_is_set(self, worker: Coroutine[Any, Any, None]) -> None:
        """Run a worker that defers ticks: it defers none before an instant that it has seen."""
        working = asyncio.ensure_future(worker)
        was_set = asyncio.ensure_future(self._clock_was_set.wait())
        try:
            await asyncio.wait([working, was_set], return_when=asyncio.FIRST_COMPLETED)
        finally:
            was_set.cancel()
            working.cancel()
            await asyncio.wait([working])
        self._clock_was_set.clear()
        if not working.cancelled():
            await working

    async def _repeat(self, name: str, every_s: float, work: Callable[[], Awaitable[Any]]) -> None:
        while True:
            await asyncio.sleep(every_s)
            try:
                await work()
            except Exception as error:  # noqa: BLE001  # the next round does the same again
                failure("tick-failed", error, job=name)
