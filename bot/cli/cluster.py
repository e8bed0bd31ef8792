"""`balm web` and `balm worker`: the parts of a cluster, any number of each, on any machine."""

import asyncio
from enum import StrEnum
from typing import Annotated

import typer

from bot.cli.house import fail, settings, until_stopped
from bot.cli.run import greet
from bot.engine.cluster_wake import ClusterWake
from bot.logs import configure, event
from bot.settings import Settings
from bot.wiring.databases import worked_on
from bot.wiring.demo import ensure_clinic
from bot.wiring.house import House, open_house
from bot.wiring.running import app_of
from bot.wiring.running import run as run_process
from bot.wiring.senders import connect


def web() -> None:
    """Receive webhooks and show the console; the work is done by `balm worker`."""
    known = _cluster_settings("web")
    until_stopped(known, _web(known))


class Part(StrEnum):
    """What a worker can be kept to."""

    DELIVERY = "delivery"


def worker(
    only: Annotated[
        Part | None,
        typer.Option(help="Only send; some other worker has to answer and to plan."),
    ] = None,
) -> None:
    """Answer and send, together with all other workers; receives nothing itself."""
    known = _cluster_settings("worker")
    until_stopped(known, _worker(known, is_answering=only is None))


def _cluster_settings(command: str) -> Settings:
    known = settings()
    if known.engine != "cluster":
        fail(
            f"balm {command} is a part of a cluster: set BALM_ENGINE=cluster and "
            "BALM_DATABASE_URL=postgresql://… On SQLite one process does everything: balm run",
            code=2,
        )
    configure(is_quiet=known.env == "demo")
    known.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return known


async def _web(known: Settings) -> None:
    async with worked_on(known), open_house(known) as house:
        async with house.store.alone():
            clinic_id = await ensure_clinic(house)
            lines = await connect(house, clinic_id)
        house.connect_routes(lines.channels)
        assert isinstance(house.wake, ClusterWake)
        lines.background.append(house.wake.run_alone)
        app = await app_of(house, clinic_id, lines, None)

        async def ready() -> None:
            await greet(house, clinic_id)

        await run_process(house, lines, engine=None, app=app, ready=ready)


async def _worker(known: Settings, *, is_answering: bool) -> None:
    async with worked_on(known), open_house(known) as house:
        loading = asyncio.create_task(_load(house) if is_answering else asyncio.sleep(0))
        async with house.store.alone():
            clinic_id = await ensure_clinic(house)
            lines = await connect(house, clinic_id)
        lines.background.clear()  # webhooks are set, and names learned, by those who receive
        engine = house.worker(lines.channels, lines.senders, is_answering=is_answering)

        async def ready() -> None:
            event("worker-started")

        await run_process(house, lines, engine=engine, app=None, ready=ready)
        await loading


async def _load(house: House) -> None:
    await asyncio.to_thread(house.load_reader)
