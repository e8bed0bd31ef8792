"""`balm bench delivery`: which figures are measured, and how are they shown?"""

import asyncio
import json
import os
import sys
import time
import warnings
from collections.abc import Awaitable, Callable
from functools import partial

from rich.console import Console
from rich.table import Table

from benchmarks.delivery import figures
from benchmarks.delivery.databases import Server, postgres_server
from benchmarks.delivery.figures import Figures, Sizes
from benchmarks.delivery.goals import NOT_MEASURED, judged, rows

_NO_POSTGRES = "no PostgreSQL: install the extra bench, or give an address with --postgres"


def run(
    sizes: Sizes, *, postgres: str | None, as_json: bool = False, as_markdown: bool = False
) -> None:
    """Measure everything and print it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = asyncio.run(measure(sizes, postgres=postgres))
    if as_json:
        print(json.dumps({**found, "goals": judged(found)}, indent=2))
    elif as_markdown:
        _show_markdown(found)
    else:
        _show(found)


async def measure(sizes: Sizes, *, postgres: str | None) -> dict[str, Figures]:
    """Every figure by name; what cannot be measured says why."""
    with postgres_server(postgres) as server:
        found = {"machine": figures.machine()}
        for name, part in _parts(sizes, server).items():
            began, load = time.monotonic(), os.getloadavg()[0]
            found[name] = await part()
            took = time.monotonic() - began
            print(f"{name}: {took:.0f} s, load before {load:.1f}", file=sys.stderr)
    return found


def _parts(sizes: Sizes, server: Server | None) -> dict[str, Callable[[], Awaitable[Figures]]]:
    parts: dict[str, Callable[[], Awaitable[Figures]]] = {
        "channels": partial(figures.channels, sizes),
        "sqlite_one_process": partial(figures.speed, None, sizes, workers=1),
        "postgres_four_workers": partial(figures.speed, server, sizes, workers=4),
        "others": partial(figures.others, server, sizes),
        "below_the_limit": figures.below_the_limit,
        "paced": partial(figures.pace, sizes, kills=0),
        "paced_under_kills": partial(figures.pace, sizes, kills=max(1, sizes.kills // 10 + 1)),
        "sqlite_kills": partial(figures.kills, None, sizes, workers=1),
        "postgres_kills": partial(figures.kills, server, sizes, workers=4),
        **{
            what: partial(figures.mishap, server, sizes, what)
            for what in ("postgres_killed", "clock_jump", "disk_full")
        },
        "delivery_only_memory": partial(figures.memory, sizes),
    }
    if server is None:
        parts |= dict.fromkeys(("postgres_four_workers", "postgres_kills"), _without_postgres)
    return parts


async def _without_postgres() -> Figures:
    return {NOT_MEASURED: _NO_POSTGRES}


def _show(found: dict[str, Figures]) -> None:
    table = Table("Measured", "Figure", "Goal", "Met")
    for row in rows(found):
        table.add_row(*row)
    Console().print(table)


def _show_markdown(found: dict[str, Figures]) -> None:
    print("| measured | figure | goal | met |\n|---|---|---|---|")
    for row in rows(found):
        print("| " + " | ".join(row) + " |")
