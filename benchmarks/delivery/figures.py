"""Every figure of the delivery report, by name: how is each measured?"""

import importlib.util
import os
import platform
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version

from benchmarks.delivery import baselines
from benchmarks.delivery.databases import Server, postgres_database, sqlite_folder
from benchmarks.delivery.run import Plan, Result, carry_out, sink
from benchmarks.delivery.world import ALERT, NEVER_RESENT, RESENT, found

FAULTS: Mapping[str, float] = {
    "too-fast": 0.002,
    "server-error": 0.005,
    "reset-before": 0.005,
    "reset-after": 0.005,
    "hang": 0.001,
}
PROVIDER_PACE, PROVIDER_LIMIT = 28.0, 30
Figures = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much is measured; the usual sizes end within three minutes on a quiet machine."""

    messages: int = 3_000
    kills: int = 4
    kills_on_sqlite: int = 4
    for_memory: int = 3_000
    paced_s: int = 10
    jobs: int = 600


LONG = Sizes(
    messages=20_000, kills=50, kills_on_sqlite=20, for_memory=200_000, paced_s=60, jobs=2_000
)
"""What the report is made of; about a quarter of an hour on a quiet machine."""


@asynccontextmanager
async def database(server: Server | None) -> AsyncIterator[str]:
    """A fresh database with the clinic in it."""
    async with AsyncExitStack() as stack:
        made = postgres_database(server.address) if server else sqlite_folder()
        address = stack.enter_context(made)
        await found(address)
        yield address


def machine() -> Figures:
    """What the figures were measured on."""
    return {
        "processors": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": sys.version.split()[0],
        "versions": {name: version(name) for name in _NAMED},
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.release()}",
        "at": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
    }


async def speed(server: Server | None, sizes: Sizes, *, workers: int) -> Figures:
    """Through claim, decrypt, decide and record, 50 senders that are not paced."""
    load = os.getloadavg()[0]
    async with database(server) as address:
        plan = Plan(database=address, messages=sizes.messages, workers=workers)
        result = await carry_out(plan)
    return {
        "messages": sizes.messages,
        "workers": workers,
        "per_second": round(result.per_second),
        "cpu_s_per_1000": round(result.cpu_s / sizes.messages * 1_000, 2),
        "lateness_p50_s": round(result.lateness(50), 2),
        "lateness_p99_s": round(result.lateness(99), 2),
        "load_before": round(load, 2),
        "lost": result.lost(),
    }


async def memory(sizes: Sizes) -> Figures:
    """One process that only delivers: what it holds after a quarter, and at the end."""
    async with database(None) as address:
        plan = Plan(database=address, messages=sizes.for_memory, within_s=1_800.0)
        result = await carry_out(plan)
    held = result.memory_mib
    return {
        "messages": sizes.for_memory,
        "memory_mb": round(max(held) * 2**20 / 1e6, 1),
        "memory_mb_after_a_quarter": round(held[len(held) // 4] * 2**20 / 1e6, 1),
        "growth_after_a_quarter_mb": round((max(held) - held[len(held) // 4]) * 2**20 / 1e6, 1),
        "lost": result.lost(),
    }


async def mishap(server: Server | None, sizes: Sizes, what: str) -> Figures:
    """One thing goes wrong in the middle: the clock, the disk, or the database."""
    if what == "postgres_killed" and (server is None or server.kill_and_start is None):
        return {"not_measured": "needs a PostgreSQL of our own (extra bench, without --postgres)"}
    on = server if what == "postgres_killed" else None
    async with database(on) as address:
        plan = Plan(
            database=address,
            messages=max(2_000, sizes.messages // 4),
            workers=2 if on else 1,
            pace=20.0,
            kinds=(NEVER_RESENT, RESENT, RESENT, ALERT),
            clock_jump_s=3_600.0 if what == "clock_jump" else 0.0,
            disk_full_s=3.0 if what == "disk_full" else 0.0,
            in_the_middle=on.kill_and_start if on else None,
            kill_every_s=1.0,
        )
        result = await carry_out(plan)
    return {"messages": plan.messages, "seconds": round(result.seconds, 1), **_ends(result)}


async def pace(sizes: Sizes, *, kills: int) -> Figures:
    """One sender that is paced as Telegram wants it, with more due than it can take."""
    async with database(None) as address:
        messages = int(PROVIDER_PACE * sizes.paced_s)
        plan = Plan(
            database=address,
            messages=messages,
            senders=1,
            pace=PROVIDER_PACE,
            kinds=(RESENT, NEVER_RESENT),
            kills=kills,
            kill_every_s=2.5,
        )
        result = await carry_out(plan)
    return {
        "limit_per_second": PROVIDER_LIMIT,
        "used_of_limit": round(len(result.arrived) / result.seconds / PROVIDER_LIMIT, 3),
        "worst_rolling_second": result.worst_second(),
        **(_after_kills(result) if kills else {}),
    }


async def below_the_limit() -> Figures:
    """A sender with less due than its pace allows: how late is each?"""
    async with database(None) as address:
        plan = Plan(database=address, messages=20, senders=1, pace=PROVIDER_PACE)
        result = await carry_out(plan)
    return {"lateness_p99_s": round(result.lateness(99), 2)}


async def kills(server: Server | None, sizes: Sizes, *, workers: int) -> Figures:
    """Random workers killed while the provider fails in every way that it knows."""
    wanted = sizes.kills if server else sizes.kills_on_sqlite
    async with database(server) as address:
        plan = Plan(
            database=address,
            messages=sizes.messages,
            senders=20,
            workers=workers,
            pace=100.0,
            kinds=(NEVER_RESENT, RESENT, RESENT, ALERT),
            chances=FAULTS,
            kills=wanted,
            within_s=max(120.0, sizes.messages / 20),
        )
        result = await carry_out(replace(plan, pace=sizes.messages / 20 / (1.2 * wanted + 4)))
    return {"messages": sizes.messages, **_after_kills(result), "faults": dict(result.faults)}


async def channels(sizes: Sizes) -> Figures:
    """Our Telegram channel beside the bare clients, same sink, same run."""
    async with sink({}) as address:
        bare, ours = 0.0, 0.0
        for _ in range(_ROUNDS):  # in turn, so that a busy moment meets both
            bare += await baselines.bare_httpx(address, sizes.jobs)
            ours += await baselines.telegram_channel(address, sizes.jobs)
        bare, ours = bare / _ROUNDS, ours / _ROUNDS
        used = time.process_time()
        raw = await baselines.bare_client(address, sizes.messages)
        used = time.process_time() - used
    return {
        "bare_aiohttp_per_second": round(raw),
        "bare_aiohttp_cpu_s_per_1000": round(used / sizes.messages * 1_000, 2),
        "bare_httpx_per_second": round(bare),
        "telegram_channel_per_second": round(ours),
        "of_bare_httpx": round(ours / bare, 2),
    }


async def others(server: Server | None, sizes: Sizes) -> Figures:
    """The same messages by other means, one process each."""
    queues: dict[str, object] = dict.fromkeys(("procrastinate", "pgqueuer"), _NO_POSTGRES)
    async with sink({}) as address:
        usual = await baselines.scheduler(address, sizes.jobs, grace_s=1)
        patient = await baselines.scheduler(address, sizes.jobs, grace_s=None)
        if server is not None:
            with postgres_database(server.address) as made:
                queues["procrastinate"] = round(
                    await baselines.procrastinate_jobs(made, address, sizes.jobs)
                )
            queues["pgqueuer"] = await _pgqueuer(server, address, sizes.jobs)
    return {
        "jobs": sizes.jobs,
        "apscheduler_job_per_reminder": {k: round(v) for k, v in usual.items()},
        "apscheduler_without_grace": {k: round(v) for k, v in patient.items()},
        "procrastinate_job_per_message_per_second": queues["procrastinate"],
        "pgqueuer_job_per_message_per_second": queues["pgqueuer"],
    }


async def _pgqueuer(server: Server, sink_address: str, jobs: int) -> int | str:
    if importlib.util.find_spec("pgqueuer") is None:
        return "not measured: PgQueuer comes with the extra bench"
    with postgres_database(server.address) as made:
        return round(await baselines.pgqueuer_jobs(made, sink_address, jobs))


def _after_kills(result: Result) -> Figures:
    resent = result.doubled(RESENT) + result.doubled(ALERT)
    lost_answers = sum(result.faults.get(name, 0) for name in _UNANSWERED)
    return {
        "kills": result.kills,
        **_ends(result),
        "resendable_doubled": resent,
        "answers_lost_by_the_provider": lost_answers,
        "doubled_per_kill": round(max(0, resent - lost_answers) / max(1, result.kills), 2),
    }


def _ends(result: Result) -> Figures:
    states = result.states()
    return {
        "lost": result.lost(),
        "alerts_lost": result.lost(ALERT),
        "doses_doubled": result.doubled(NEVER_RESENT),
        "uncertain": states.get("uncertain", 0),
        "ends": states,
    }


_ROUNDS = 3
_NO_POSTGRES = "not measured: no PostgreSQL"
_NAMED = ("aiohttp", "apscheduler", "procrastinate", "psycopg", "python-telegram-bot", "sqlalchemy")
_UNANSWERED = ("server-error", "reset-after", "hang")
