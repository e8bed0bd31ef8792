"""`balm bench delivery`: which figures are measured, and how are they shown?"""

import asyncio
import json
import sys
import time
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.delivery import figures
from benchmarks.delivery.databases import postgres_server
from benchmarks.delivery.figures import Figures, Sizes

GOALS = {
    "sqlite_one_process.per_second": ">= 1000",
    "sqlite_one_process.cpu_s_per_1000": "<= 0.8",
    "postgres_four_workers.per_second": ">= 2500",
    "postgres_four_workers.cpu_s_per_1000": "<= 0.8",
    "postgres_four_workers.lateness_p99_s": "<= 8 for 20,000",
    "sqlite_one_process.memory_mib": "<= 110",
    "paced.used_of_limit": ">= 0.9",
    "paced.worst_rolling_second": "<= 30",
    "paced_under_kills.worst_rolling_second": "<= 30",
    "paced_under_kills.doubled_per_kill": "<= 2",
    "paced_under_kills.doses_doubled": "0",
    "below_the_limit.lateness_p99_s": "<= 2",
    "channels.of_bare_httpx": ">= 0.9",
    **{
        f"{name}.{what}": "0"
        for name in ("sqlite_kills", "postgres_kills")
        for what in ("lost", "alerts_lost", "doses_doubled")
    },
}


def run(sizes: Sizes, *, postgres: str | None, as_json: bool) -> None:
    """Measure everything and print it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = asyncio.run(measure(sizes, postgres=postgres))
    if as_json:
        print(json.dumps(found, indent=2))
    else:
        _show(found)


async def measure(sizes: Sizes, *, postgres: str | None) -> dict[str, Any]:
    """Every figure by name; those of PostgreSQL are left out where there is none."""
    with postgres_server(postgres) as server:
        parts: dict[str, Callable[[], Awaitable[Figures]]] = {
            "channels": lambda: figures.channels(sizes),
            "sqlite_one_process": lambda: figures.speed(None, sizes, workers=1),
            "below_the_limit": figures.below_the_limit,
            "paced": lambda: figures.pace(sizes, kills=0),
            "paced_under_kills": lambda: figures.pace(sizes, kills=max(1, sizes.kills // 2)),
            "sqlite_kills": lambda: figures.kills(None, sizes, workers=1),
        }
        if server is not None:
            parts["postgres_four_workers"] = lambda: figures.speed(server, sizes, workers=4)
            parts["postgres_kills"] = lambda: figures.kills(server, sizes, workers=4)
        parts["others"] = lambda: figures.others(server, sizes)
        found: dict[str, Any] = {"machine": figures.machine()}
        for name, part in parts.items():
            began = time.monotonic()
            found[name] = await part()
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    return found


def _show(found: dict[str, Any]) -> None:
    console = Console()
    table = Table("Measured", "Figure", "Goal")
    for name, part in found.items():
        for what, value in part.items():
            key = f"{name}.{what}"
            table.add_row(key, json.dumps(value), GOALS.get(key, ""))
        table.add_section()
    console.print(table)
    if "postgres_four_workers" not in found:
        console.print("PostgreSQL was not measured: give its address with --postgres.")
