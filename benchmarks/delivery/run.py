"""One run: a sink, workers, messages due at one instant, perhaps kills; what came of it?"""

import asyncio
import contextlib
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import func, select

from benchmarks.delivery.world import NEVER_RESENT, World, opened, soon
from bot.domain.identity import SenderId
from bot.domain.message_kind import MessageKind
from bot.ports.store import StoreBusy
from bot.store.sealing import core
from bot.store.tables import DeliveryRow

_START_S = 2.0
_LOOK_EVERY_S = 0.2
_UNSETTLED = ("queued", "leased", "sending")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one run does."""

    database: str
    messages: int
    senders: int = 50
    workers: int = 1
    pace: float = 10_000.0
    calls: int = 8
    kinds: Sequence[MessageKind] = (NEVER_RESENT,)
    chances: Mapping[str, float] = field(default_factory=dict)
    kills: int = 0
    kill_every_s: float = 0.7
    clock_jump_s: float = 0.0
    """So far the clock of the workers jumps ahead for a second, and back."""
    disk_full_s: float = 0.0
    """So long SQLite has no room for another page."""
    in_the_middle: Callable[[], None] | None = None
    """Done once while messages leave."""
    within_s: float = 300.0
    seed: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How one delivery ended."""

    id: str
    kind: str
    state: str
    reason: str | None
    due: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the sink got and what the database says."""

    rows: Sequence[Row]
    arrived: Mapping[str, Sequence[float]]
    faults: Mapping[str, int]
    cpu_s: float
    memory_mib: Sequence[float]
    """Of the largest worker, over time."""
    kills: int
    killed_at: Sequence[float]

    @property
    def seconds(self) -> float:
        """From the instant at which all was due to the last arrival."""
        times = [moment for moments in self.arrived.values() for moment in moments]
        return max(times) - min(row.due for row in self.rows)

    @property
    def per_second(self) -> float:
        """Messages a second that arrived at least once."""
        return len(self.arrived) / self.seconds

    def lateness(self, percent: int) -> float:
        """Seconds between due and first arrival that so many percent stayed below."""
        due = {row.id: row.due for row in self.rows}
        late = sorted(min(times) - due[name] for name, times in self.arrived.items())
        return late[min(len(late) - 1, len(late) * percent // 100)]

    def worst_second(self) -> int:
        """Most arrivals in any rolling second."""
        times = sorted(moment for moments in self.arrived.values() for moment in moments)
        first, worst = 0, 0
        for last, moment in enumerate(times):
            while moment - times[first] >= 1.0:
                first += 1
            worst = max(worst, last - first + 1)
        return worst

    def lost(self, kind: MessageKind | None = None) -> int:
        """Neither arrived nor ended with a reason."""
        return sum(
            row.id not in self.arrived
            and (row.state in _UNSETTLED or row.state == "sent" or row.reason is None)
            for row in self.rows
            if kind is None or row.kind == kind
        )

    def doubled(self, kind: MessageKind) -> int:
        """Arrivals beyond the first."""
        of_kind = {row.id for row in self.rows if row.kind == kind}
        return sum(len(times) - 1 for name, times in self.arrived.items() if name in of_kind)

    def states(self) -> dict[str, int]:
        """How many ended in each state."""
        return dict(sorted(Counter(row.state for row in self.rows).items()))


@asynccontextmanager
async def sink(chances: Mapping[str, float]) -> AsyncIterator[str]:
    """The address of a sink in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.delivery.sink",
        json.dumps(dict(chances)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    port = int(await process.stdout.readline())
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


async def carry_out(plan: Plan) -> Result:
    """Fill the database, let the workers deliver, and read both books."""
    async with opened(plan.database) as world, sink(plan.chances) as address:
        senders = await world.senders(plan.senders, pace=plan.pace)
        # Filling takes longer than starting: everything becomes due only when all is in place.
        await world.fill(senders, plan.messages, kinds=plan.kinds, due_at=soon(3600))
        with tempfile.TemporaryDirectory() as folder:
            crew = _Crew(plan, senders, address, Path(folder))
            await crew.start()
            await asyncio.sleep(_START_S)
            await _make_due(world)
            killed = await crew.until_done(world)
            costs = await crew.stop()
        book = await _book(address)
        return Result(
            rows=await _rows(world),
            arrived=book["arrived"],
            faults=book["faults"],
            cpu_s=sum(cost["cpu_s"] for cost in costs),
            memory_mib=max((cost["memory_mib"] for cost in costs), key=max, default=[0.0]),
            kills=len(killed),
            killed_at=killed,
        )


class _Crew:
    """The worker processes of one run."""

    def __init__(
        self, plan: Plan, senders: Sequence[SenderId], sink_address: str, folder: Path
    ) -> None:
        self._plan = plan
        self._sink = sink_address
        self._folder = folder
        self._shares = [list(senders[number :: plan.workers]) for number in range(plan.workers)]
        self._running: list[asyncio.subprocess.Process] = []
        self._dice = random.Random(plan.seed)  # noqa: S311  # which worker dies is no secret

    async def start(self) -> None:
        self._running = [await self._worker(share) for share in range(self._plan.workers)]
        for process in self._running:
            assert process.stdout is not None
            await process.stdout.readline()  # "ready": loading is not what is measured

    async def until_done(self, world: World) -> list[float]:
        """Kill as often as planned while there is work; when each kill was."""
        killed: list[float] = []
        give_up = time.monotonic() + self._plan.within_s
        next_kill = time.monotonic() + self._plan.kill_every_s
        middle = self._plan.in_the_middle
        while await _waiting(world) and time.monotonic() < give_up:
            await asyncio.sleep(_LOOK_EVERY_S)
            if middle is not None and time.monotonic() >= next_kill:
                await asyncio.to_thread(middle)
                middle = None
            if len(killed) < self._plan.kills and time.monotonic() >= next_kill:
                share = self._dice.randrange(self._plan.workers)
                self._running[share].kill()
                await self._running[share].wait()
                killed.append(time.time())
                self._running[share] = await self._worker(share)
                next_kill = time.monotonic() + self._plan.kill_every_s
        return killed

    async def stop(self) -> list[dict[str, Any]]:
        for process in self._running:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        for process in self._running:
            await process.wait()
        return [json.loads(path.read_text("utf-8")) for path in self._folder.glob("*.json")]

    async def _worker(self, share: int) -> asyncio.subprocess.Process:
        told = {
            "database": self._plan.database,
            "senders": self._shares[share],
            "sink": self._sink,
            "pace": self._plan.pace,
            "calls": self._plan.calls,
            "clock_jump_s": self._plan.clock_jump_s,
            "disk_full_s": self._plan.disk_full_s,
            "report": str(self._folder / f"{share}.json"),
        }
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "benchmarks.delivery.worker",
            json.dumps(told),
            stdout=asyncio.subprocess.PIPE,
        )


async def _make_due(world: World) -> None:
    table, now = core(DeliveryRow), world.clock.now()
    async with world.store.unit_of_work() as tx:
        session = tx.outbox._session
        await session.execute(
            table.update().where(table.c.state == "queued").values(due_at=now, next_at=now)
        )


async def _waiting(world: World) -> int:
    table = core(DeliveryRow)
    asked = select(func.count()).where(table.c.state.in_(_UNSETTLED))
    try:
        async with world.store.read() as tx:
            return int(await tx.outbox._session.scalar(asked) or 0)
    except StoreBusy:
        return 1  # the database is away: nobody knows, so nothing is over


async def _rows(world: World) -> list[Row]:
    table = core(DeliveryRow)
    asked = select(table.c.id, table.c.kind, table.c.state, table.c.reason, table.c.due_at)
    async with world.store.read() as tx:
        found = await tx.outbox._session.execute(asked)
    return [
        Row(
            id=one.id, kind=one.kind, state=one.state, reason=one.reason, due=one.due_at.timestamp()
        )
        for one in found
    ]


async def _book(address: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"{address}/book") as answer:
        known: dict[str, Any] = await answer.json()
        return known
