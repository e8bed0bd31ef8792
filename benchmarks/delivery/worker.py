"""One process that only delivers: the real drains, recorder and store, and the bench channel."""

import asyncio
import contextlib
import json
import resource
import signal
import sys
from pathlib import Path

from benchmarks.delivery.channel import BenchChannel, session_of
from benchmarks.delivery.mishaps import disk_full, jump
from benchmarks.delivery.world import opened
from bot.domain.identity import SenderId
from bot.logs import configure
from bot.memory import keep_loaded
from bot.services.drain import Drain
from bot.services.recorder import Recorder

_LOOK_EVERY_S = 0.5
_WEIGHED_EVERY_S = 1.0


async def work(
    database: str,
    senders: list[str],
    sink: str,
    *,
    pace: float,
    calls: int,
    clock_jump_s: float,
    disk_full_s: float,
    weighed: list[float],
) -> None:
    """Drain these senders until told to stop; `weighed` gets the memory in MiB, over time."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    async with opened(database) as world, session_of(calls * len(senders)) as session:
        recorder = Recorder(world.store, world.clock)
        drains = [
            Drain(
                world.store,
                world.clock,
                sender_id=SenderId(sender_id),
                channel=BenchChannel(session, sink, calls_at_once=calls),
                pace_per_second=pace,
                recorder=recorder,
            )
            for sender_id in senders
        ]
        keep_loaded()
        print("ready", flush=True)
        async with asyncio.TaskGroup() as group:
            for drain in drains:
                group.create_task(_drain_until(drain, stopping))
            group.create_task(_weigh_until(stopping, weighed))
            if clock_jump_s:
                group.create_task(jump(world, clock_jump_s))
            if disk_full_s:
                group.create_task(disk_full(world, disk_full_s))


def processor_s() -> float:
    """Seconds of a processor that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _memory_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * resource.getpagesize() / 2**20, 1)


async def _weigh_until(stopping: asyncio.Event, weighed: list[float]) -> None:
    while not stopping.is_set():
        weighed.append(_memory_mib())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_WEIGHED_EVERY_S):
                await stopping.wait()


async def _drain_until(drain: Drain, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        try:
            await drain.run_to_idle(may_go_on=lambda: not stopping.is_set())
        except Exception as error:  # noqa: BLE001  # as the engine does: the next round tries again
            print(type(error).__name__, file=sys.stderr)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_EVERY_S):
                await stopping.wait()


if __name__ == "__main__":
    configure(is_quiet=True)
    told = json.loads(sys.argv[1])
    report = Path(told.pop("report"))
    loading, weighed = processor_s(), list[float]()
    asyncio.run(work(**told, weighed=weighed))
    known = {"cpu_s": processor_s() - loading, "memory_mib": weighed}
    report.write_text(json.dumps(known), encoding="utf-8")
