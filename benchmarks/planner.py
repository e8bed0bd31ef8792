"""How long does planning take: one patient in memory, one in a database, a nightly day, a look-up?

Beside the look-up stands what Balm does without: one APScheduler job for every reminder.
"""

import asyncio
import json
import os
import platform
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from apscheduler.jobstores.memory import MemoryJobStore  # type: ignore[import-untyped]  # no types
from apscheduler.schedulers.background import (  # type: ignore[import-untyped]  # no types
    BackgroundScheduler,
)
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.people import START, MadeUp, StillClock, facts_of, made_up, settle
from bot.domain.identity import ClinicId, PatientId
from bot.domain.patient import (
    Fact,
    FactKind,
    FactValue,
    Patient,
    PatientState,
    PatientStatus,
    state_at,
)
from bot.domain.plan import plan
from bot.logs import configure
from bot.services.planner import HORIZON
from bot.settings import Settings
from bot.wiring.databases import engines
from bot.wiring.demo import CLINIC, ensure_clinic
from bot.wiring.house import House, open_house
from bot.wiring.planning import plan_sources
from bot.wiring.words import Words, load_words

_BATCH = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Of repeated runs, in milliseconds."""

    what: str
    goal: float | None
    minimum: float
    median: float
    p99: float
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """Everybody's plan, brought up to the horizon once."""

    what: str
    patients: int
    wall_s: float
    cpu_s: float
    memory_mib: float
    """How much the process grew while everybody was planned."""

    def said(self) -> str:
        """In one line, by patient."""
        wall, cpu = (one * 1000 / self.patients for one in (self.wall_s, self.cpu_s))
        return (
            f"{self.what} of {self.patients} patients: {self.wall_s:.2f} s, {wall:.2f} ms each, "
            f"{cpu:.2f} ms of a processor (goal 1.2), memory +{self.memory_mib:.1f} MiB"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannerFigures:
    """Everything that was measured, and on what."""

    machine: str
    database: str
    times: Sequence[Times]
    nights: Sequence[Night]
    occurrences: int
    scheduler_jobs: int
    scheduler_add_s: float
    scheduler_memory_mib: float


def times(what: str, seconds: Sequence[float], *, goal: float | None) -> Times:
    """The figures of repeated runs."""
    ordered = sorted(one * 1000 for one in seconds)
    return Times(
        what=what,
        goal=goal,
        minimum=ordered[0],
        median=statistics.median(ordered),
        p99=ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
        runs=len(ordered),
    )


async def repeated(
    what: str, work: Callable[[], Awaitable[object]], *, runs: int, goal: float
) -> Times:
    """`work` again and again, timed one by one."""
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        await work()
        seconds.append(time.perf_counter() - started)
    return times(what, seconds, goal=goal)


def _state(facts: Sequence[Fact], clinic_id: ClinicId) -> PatientState:
    patient = Patient(
        id=PatientId("bench"),
        clinic_id=clinic_id,
        name="Pat Bench",
        born_on=date(2000, 1, 1),
        status=PatientStatus.ACTIVE,
    )
    return state_at(patient, facts, at=START, clinic=replace(CLINIC, id=clinic_id))


def _in_memory(house: House, clinic_id: ClinicId, *, runs: int) -> Times:
    """The pure function alone: 14 days of doses, check-ins, programme and contraception."""
    facts = facts_of(MadeUp())
    state = _state(facts, clinic_id)
    sources = plan_sources(house.content, house.programmes)
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        planned = plan(facts, state, after=START, until=START + HORIZON, sources=sources)
        seconds.append(time.perf_counter() - started)
    assert any(one.reminder.startswith("step:") for one in planned), "the programme says nothing"
    return times("plan 14 days of one patient, in memory", seconds, goal=1.0)


async def _replan(house: House, clinic_id: ClinicId, patient_id: PatientId, *, runs: int) -> Times:
    """Another hour for the capsule moves everything that has not begun."""
    hours = iter(range(1, runs + 2))

    async def work() -> None:
        value: FactValue = {"time": f"{6 + next(hours) % 17:02d}:30"}
        fact = Fact(
            kind=FactKind.DOSE_TIME,
            value=value,
            effective_at=START,
            recorded_at=house.clock.now(),
            recorded_by="bench",
        )
        async with house.store.unit_of_work() as tx:
            await tx.people.add_fact(clinic_id, patient_id, fact)
            await house.planner.plan_patient(tx, clinic_id, patient_id)

    return await repeated("re-plan one patient, with its transaction", work, runs=runs, goal=20.0)


async def _look_up(house: House, engine: AsyncEngine, count: int, *, runs: int) -> Times:
    """What is due now, among `count` occurrences that are not."""
    async with engine.begin() as connection:
        found = await connection.execute(text("SELECT * FROM occurrence LIMIT 1"))
        row = dict(found.mappings().one())
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        add = text(f"INSERT INTO occurrence ({names}) VALUES ({values})")  # noqa: S608  # own names
        for start in range(0, count, _BATCH):
            await connection.execute(
                add,
                [
                    {
                        **row,
                        "id": f"{n:032x}",
                        "slot": f"bench-{n}",
                        "next_at": row["next_at"],
                        "state": "planned",
                    }
                    for n in range(start, min(start + _BATCH, count))
                ],
            )
    soon = START + timedelta(minutes=1)

    async def work() -> None:
        async with house.store.read() as tx:
            await tx.plan.due(soon, limit=50)

    return await repeated(f"due among {count} occurrences", work, runs=runs, goal=20.0)


def _scheduler(count: int) -> tuple[float, float]:
    """The baseline: one job for every reminder; seconds to add them, and MiB that they take."""
    before, started = _memory(), time.perf_counter()
    scheduler = BackgroundScheduler(jobstores={"default": MemoryJobStore()}, timezone="UTC")
    scheduler.start(paused=True)
    for number in range(count):
        due = datetime.now(UTC) + timedelta(days=1, seconds=number)
        scheduler.add_job(len, "date", run_date=due, args=("",), id=str(number))
    taken = time.perf_counter() - started
    scheduler.shutdown(wait=False)
    return taken, _memory() - before


async def measure(
    words: Words, *, patients: int, occurrences: int, jobs: int, runs: int, database: str | None
) -> PlannerFigures:
    """One run; the machine should have nothing else to do."""
    clock = StillClock()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_construct(
            data_dir=Path(folder),
            database_url=SecretStr(database) if database else None,
            secret_key=SecretStr("bench"),
        )
        async with open_house(settings, words=words, clock=clock) as house:
            clinic_id = await ensure_clinic(house)
            await house.programmes.refresh(house.store)
            people = [MadeUp(), *map(made_up, range(patients - 1))]
            known = await settle(house, settings, clinic_id, people)
            taken = [_in_memory(house, clinic_id, runs=runs)]
            nights = [await _night(house, "first plan")]
            taken.append(await _replan(house, clinic_id, known[0], runs=runs))
            clock.offset += timedelta(days=1)
            nights.append(await _night(house, "nightly day"))
            engine = engines(settings)[0]
            taken.append(await _look_up(house, engine, occurrences, runs=runs))
            await engine.dispose()
    added_s, memory = _scheduler(jobs)
    return PlannerFigures(
        machine=f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        database="PostgreSQL" if database else f"SQLite {sqlite3.sqlite_version}",
        times=taken,
        nights=nights,
        occurrences=occurrences,
        scheduler_jobs=jobs,
        scheduler_add_s=added_s,
        scheduler_memory_mib=memory,
    )


async def _night(house: House, what: str) -> Night:
    """Everybody's plan up to the horizon."""
    before, started, worked = _memory(), time.perf_counter(), time.process_time()
    patients = await house.planner.plan_all()
    return Night(
        what=what,
        patients=patients,
        wall_s=time.perf_counter() - started,
        cpu_s=time.process_time() - worked,
        memory_mib=_memory() - before,
    )


def _memory() -> float:
    """The most that the process has held so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(
    *, patients: int, occurrences: int, jobs: int, runs: int, database: str | None, as_json: bool
) -> None:
    """Measure and print."""
    configure(is_quiet=True)
    words, load = load_words(Settings()), os.getloadavg()[0]
    figures = asyncio.run(
        measure(
            words,
            patients=patients,
            occurrences=occurrences,
            jobs=jobs,
            runs=runs,
            database=database,
        )
    )
    if as_json:
        print(json.dumps(asdict(figures)))
        return
    print(f"{figures.machine}; {figures.database}; load {load:.1f} before the start")
    for one in figures.times:
        print(
            f"{one.what}: min {one.minimum:.2f}, median {one.median:.2f}, p99 {one.p99:.2f} ms "
            f"of {one.runs} (goal {one.goal:g})"
        )
    for night in figures.nights:
        print(night.said())
    print(
        f"baseline, one APScheduler job per reminder: {figures.scheduler_jobs} jobs added in "
        f"{figures.scheduler_add_s:.2f} s, +{figures.scheduler_memory_mib:.1f} MiB, "
        "gone with the process"
    )
