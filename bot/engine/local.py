"""How does one process do everything? APScheduler ticks, one drain per sender, one answering loop.

Ticks hold no truth: rows do. Losing a tick loses nothing, the next one finds the same rows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import (  # type: ignore[import-untyped]  # ships no types
    AsyncIOScheduler,
)

from bot.clock import OffsetClock
from bot.domain.identity import ClinicId, Lane
from bot.engine.clock_watch import watch_clock
from bot.engine.services import Services
from bot.logs import failure
from bot.ports.store import Store
from bot.services.drain import Drain

CLOCK_OFFSET = "clock-offset-seconds"
LONGEST_JUMP = timedelta(days=400)
_LONGEST_STEP = timedelta(hours=6)
_IDLE_ROUNDS = 200
_ALREADY_PASSED = timedelta(seconds=30)
"""Asked for the present, which passed while the request was on its way."""


class LocalWake:
    """Tells the loops of this process that there is work."""

    def __init__(self) -> None:
        """Nothing to do yet."""
        self.inbound_waits = asyncio.Event()
        self._drains: list[asyncio.Event] = []

    def listen(self) -> asyncio.Event:
        """An event of its own for one drain: set whenever a delivery was queued."""
        waits = asyncio.Event()
        waits.set()
        self._drains.append(waits)
        return waits

    def inbound(self, lanes: Collection[tuple[ClinicId, Lane]] = ()) -> None:
        """Messages were stored; one loop answers all lanes, so it need not know which."""
        del lanes
        self.inbound_waits.set()

    def outbox(self) -> None:
        """A delivery was queued."""
        for waits in self._drains:
            waits.set()


class LocalEngine:
    """Everything in one process; also moves the clock of a demonstration."""

    def __init__(
        self,
        store: Store,
        clock: OffsetClock,
        services: Services,
        *,
        drains: Sequence[Drain],
        wake: LocalWake,
    ) -> None:
        """Drains are started by `run`."""
        self._store = store
        self._clock = clock
        self._services = services
        self._drains = drains
        self._wake = wake
        self._one_tick = asyncio.Lock()
        self._is_stopping = False

    async def run(self) -> None:
        """Run until `stop`, and then until what is in flight is finished; or until cancelled."""
        for drain in self._drains:
            await drain.start()
        scheduler = self._scheduler()
        scheduler.start()
        watching = asyncio.create_task(watch_clock(lambda: _tick_now(scheduler)))
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._answer_forever())
                for drain in self._drains:
                    group.create_task(self._drain_forever(drain))
        finally:
            watching.cancel()
            scheduler.shutdown(wait=False)

    def stop(self) -> None:
        """Begin nothing more: whatever waits is found at the next start."""
        self._is_stopping = True
        self._wake.inbound()
        self._wake.outbox()

    def now(self) -> datetime:
        """Patient time."""
        return self._clock.now()

    async def advance(self, to: datetime) -> None:
        """Run everything that falls due on the way to `to`, in order; returns when it is done.

        Raises ValueError when `to` lies in the past or more than 400 days ahead.
        """
        distance = to - self._clock.now()
        if not -_ALREADY_PASSED <= distance <= LONGEST_JUMP:
            raise ValueError("the clock only goes forward, and at most 400 days")
        async with self._one_tick:
            await self._services.plan()
            planned_at = self._clock.now()
            await self._settle()
            while self._clock.now() < to:
                moment = min(to, await self.next_moment())
                await self._jump(moment)
                if moment - planned_at >= _LONGEST_STEP:
                    await self._services.plan()
                    planned_at = moment
                await self._settle()
            await self._services.upkeep()
            await self._services.refresh()

    async def settle(self) -> None:
        """Do everything that is due now, until nothing is left to do."""
        async with self._one_tick:
            await self._settle()

    async def _jump(self, to: datetime) -> None:
        self._clock.offset += max(to - self._clock.now(), timedelta(0))
        seconds = self._clock.offset.total_seconds()
        async with self._store.unit_of_work() as tx:
            await tx.house.set_setting(CLOCK_OFFSET, str(seconds))

    async def next_moment(self) -> datetime:
        """When something happens next by itself, at most six hours ahead."""
        now = self._clock.now()
        async with self._store.read() as tx:
            moments = [
                await tx.plan.next_step_at(now),
                await tx.outbox.next_due_at(now),
                await tx.cases.next_deadline_at(now),
                await tx.alerts.next_step_at(now),
                await tx.photos.next_step_at(now),
            ]
        return min([now + _LONGEST_STEP, *(moment for moment in moments if moment)])

    async def _settle(self) -> None:
        for _ in range(_IDLE_ROUNDS):
            worked: int | bool = await self._services.due()
            while await self._services.answer():
                worked = True
            worked = await self._services.photos() or worked
            await self._services.escalate()
            for drain in self._drains:
                worked = await drain.run_to_idle() or worked
            if not worked:
                return

    def _scheduler(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(timezone="UTC")
        for name, seconds, tick in (
            ("plan", 600, self._services.plan),
            ("due", 1, self._services.due),
            ("drain", 1, self._wake_drains),
            ("escalate", 5, self._services.escalate),
            ("upkeep", 60, self._services.upkeep),
            ("refresh", 60, self._services.refresh),
        ):
            scheduler.add_job(
                self._guarded,
                "interval",
                seconds=seconds,
                args=(name, tick),
                id=name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        # A provider may take its time over a photo, and nobody's reminder waits for it.
        scheduler.add_job(
            self._photos, "interval", seconds=1, id="photos", coalesce=True, max_instances=1
        )
        return scheduler

    async def _photos(self) -> None:
        try:
            await self._services.photos()
        except Exception as error:  # noqa: BLE001  # the next tick finds the same rows
            failure("tick-failed", error, job="photos")

    async def _guarded(self, name: str, tick: Callable[[], Awaitable[Any]]) -> None:
        try:
            async with self._one_tick:
                await tick()
        except Exception as error:  # noqa: BLE001  # the next tick finds the same rows
            failure("tick-failed", error, job=name)

    async def _wake_drains(self) -> None:
        self._wake.outbox()
        self._wake.inbound()

    async def _answer_forever(self) -> None:
        while not self._is_stopping:
            await self._wake.inbound_waits.wait()
            self._wake.inbound_waits.clear()
            try:
                while not self._is_stopping and await self._services.answer():
                    pass
            except Exception as error:  # noqa: BLE001  # the sweep tries again a second later
                failure("answering-failed", error)

    async def _drain_forever(self, drain: Drain) -> None:
        woken = self._wake.listen()
        while not self._is_stopping:
            await woken.wait()
            woken.clear()
            try:
                await drain.run_to_idle(may_go_on=lambda: not self._is_stopping)
            except Exception as error:  # noqa: BLE001  # the sweep tries again a second later
                failure("drain-failed", error, sender=drain.sender_id)


def _tick_now(scheduler: AsyncIOScheduler) -> None:
    """Every tick at once, and then as often as before: the clock was set."""
    for job in scheduler.get_jobs():
        job.modify(next_run_time=datetime.now(UTC))
