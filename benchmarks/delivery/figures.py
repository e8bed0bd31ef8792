"""Every figure of the delivery report, by name: how is each measured?"""

import os
import platform
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from benchmarks.delivery import baselines
from benchmarks.delivery.databases import postgres_database, sqlite_folder
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
    """How much is measured; the usual sizes end within two minutes."""

    messages: int = 3_000
    kills: int = 4
    paced_s: int = 10
    jobs: int = 600


@asynccontextmanager
async def database(server: str | None) -> AsyncIterator[str]:
    """A fresh database with the clinic in it."""
    async with AsyncExitStack() as stack:
        made = postgres_database(server) if server else sqlite_folder()
        address = stack.enter_context(made)
        await found(address)
        yield address


def machine() -> Figures:
    """What the figures were measured on."""
    return {
        "processors": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.release()}",
        "at": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
    }


async def speed(server: str | None, sizes: Sizes, *, workers: int) -> Figures:
    """Through claim, decrypt, decide and record, 50 senders that are not paced."""
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
        "memory_mib": round(result.memory_mib),
        "lost": result.lost(),
    }


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


async def kills(server: str | None, sizes: Sizes, *, workers: int) -> Figures:
    """Random workers killed while the provider fails in every way that it knows."""
    async with database(server) as address:
        plan = Plan(
            database=address,
            messages=sizes.messages,
            senders=20,
            workers=workers,
            pace=100.0,
            kinds=(NEVER_RESENT, RESENT, RESENT, ALERT),
            chances=FAULTS,
            kills=sizes.kills,
            within_s=max(120.0, sizes.messages / 20),
        )
        result = await carry_out(replace(plan, pace=sizes.messages / 20 / (1.2 * sizes.kills + 4)))
    return {"messages": sizes.messages, **_after_kills(result), "faults": dict(result.faults)}


async def channels(sizes: Sizes) -> Figures:
    """Our Telegram channel beside the bare clients, same sink, same run."""
    async with sink({}) as address:
        bare = await baselines.bare_httpx(address, sizes.jobs)
        ours = await baselines.telegram_channel(address, sizes.jobs)
        raw = await baselines.bare_client(address, sizes.messages)
    return {
        "bare_aiohttp_per_second": round(raw),
        "bare_httpx_per_second": round(bare),
        "telegram_channel_per_second": round(ours),
        "of_bare_httpx": round(ours / bare, 2),
    }


async def others(server: str | None, sizes: Sizes) -> Figures:
    """The same messages by other means."""
    async with sink({}) as address:
        usual = await baselines.scheduler(address, sizes.jobs, grace_s=1)
        patient = await baselines.scheduler(address, sizes.jobs, grace_s=None)
        queue: float | None = None
        if server is not None:
            with postgres_database(server) as made:
                queue = await baselines.procrastinate_jobs(made, address, sizes.jobs)
    return {
        "jobs": sizes.jobs,
        "apscheduler_job_per_reminder": {k: round(v) for k, v in usual.items()},
        "apscheduler_without_grace": {k: round(v) for k, v in patient.items()},
        "procrastinate_job_per_message": round(queue) if queue else "not measured",
    }


def _after_kills(result: Result) -> Figures:
    resent = result.doubled(RESENT) + result.doubled(ALERT)
    lost_answers = sum(result.faults.get(name, 0) for name in _UNANSWERED)
    return {
        "kills": result.kills,
        "lost": result.lost(),
        "alerts_lost": result.lost(ALERT),
        "doses_doubled": result.doubled(NEVER_RESENT),
        "resendable_doubled": resent,
        "answers_lost_by_the_provider": lost_answers,
        "doubled_per_kill": round(max(0, resent - lost_answers) / max(1, result.kills), 2),
        "uncertain": result.states().get("uncertain", 0),
        "ends": result.states(),
    }


_UNANSWERED = ("server-error", "reset-after", "hang")
