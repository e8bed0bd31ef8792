"""The clock of the machine is set while Balm runs: does everything go on?"""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from types import SimpleNamespace
from typing import Self

import pytest

from bot.clock import OffsetClock
from bot.engine.local import LocalEngine, LocalWake
from tests.household import Household
from tests.integration.test_cluster import Services, engine_of, home, until

__all__ = ["home"]
HOUR = timedelta(hours=1)


class Wall:
    """The clock on the wall, which may be set."""

    ahead = timedelta(0)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    """The clock that the schedulers read; steady time goes on."""
    clock = Wall()

    class Shown(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            shown = datetime.now(tz) + clock.ahead
            return cls.fromtimestamp(shown.timestamp(), tz)

    def seconds() -> float:
        return time.time() + clock.ahead.total_seconds()

    shown = SimpleNamespace(time=seconds, monotonic=time.monotonic)
    monkeypatch.setattr("bot.engine.clock_watch.time", shown)
    monkeypatch.setattr("procrastinate.periodic.time", shown)
    monkeypatch.setattr("bot.engine.local.datetime", Shown)
    for reader in ("schedulers.base", "triggers.interval"):
        monkeypatch.setattr(f"apscheduler.{reader}.datetime", Shown)
    return clock


async def go_on(wall: Wall, services: Services, *, stop: Callable[[], None]) -> None:
    """Ticks come before and after the clock is set, forward and back."""
    try:
        for ahead in (HOUR, -HOUR, timedelta(0)):
            await until(lambda: services.asked["due"] >= 2)
            wall.ahead = ahead
            await asyncio.sleep(1.1)  # what was about to happen has happened
            services.asked.clear()
        await until(lambda: services.asked["due"] >= 2)
    finally:
        stop()


async def test_one_process_goes_on_when_its_clock_is_set(home: Household, wall: Wall) -> None:
    services = Services()
    engine = LocalEngine(home.house.store, OffsetClock(), services, drains=(), wake=LocalWake())
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.run())
        await go_on(wall, services, stop=engine.stop)


async def test_a_cluster_goes_on_when_the_clock_of_its_machine_is_set(
    home: Household, wall: Wall
) -> None:
    services = Services()
    engine = engine_of(home, services)
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.run())
        await go_on(wall, services, stop=engine.stop)
