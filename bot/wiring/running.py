"""What does one running process consist of, and how does it end?"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Awaitable, Callable

import uvicorn
from fastapi import FastAPI

from bot.domain.identity import ClinicId
from bot.engine.local import LocalEngine
from bot.logs import event, warning
from bot.services.alert_desk import AlertDesk
from bot.web.app import create_app
from bot.web.console import mount_console
from bot.web.health import mount_health
from bot.web.simulator import mount_try
from bot.web.simulator.routes import Demonstration
from bot.web.webhooks import mount_webhooks
from bot.wiring.demo import DemoInvitations
from bot.wiring.house import House
from bot.wiring.senders import Lines

STOP_WITHIN_S = 10
"""Longest orderly stop; deployments allow more than that before they kill."""


async def app_of(house: House, clinic_id: ClinicId, lines: Lines, engine: LocalEngine) -> FastAPI:
    """The web side: webhooks, health, console, and the try-it page in a demonstration."""
    async with house.store.read() as tx:
        clinic = await tx.house.clinic(clinic_id)
    app = create_app(report=lambda kind: warning("request-failed", error=kind))
    mount_health(app, {"database": house.is_ready})
    mount_console(
        app,
        reader=house.console,
        door=house.door,
        clock=house.clock,
        is_https=house.settings.base_url.startswith("https://"),
        alerts=AlertDesk(house.store, house.clock, house.alert_answers, house.wake),
    )
    if lines.simulator is not None:
        demonstration = Demonstration(
            clinic_id=clinic_id,
            clinic_zone=clinic.zone,
            phones=lines.simulator,
            invitations=DemoInvitations(house, clinic_id),
            accept=house.inbound.accept,
            clock=engine,
            reader=house.console,
        )
        mount_try(app, demonstration)
    mount_webhooks(
        app, lines.receivers, house.inbound.accept, public_base_url=house.settings.base_url
    )
    return app


async def run(
    house: House,
    lines: Lines,
    engine: LocalEngine,
    app: FastAPI,
    *,
    ready: Callable[[], Awaitable[None]],
) -> None:
    """Run until the process is told to stop; `ready` is called once the web answers.

    Raises OSError when the address to listen on is taken.
    """
    settings = house.settings
    listening = _listen(settings.http_host, settings.http_port)
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=STOP_WITHIN_S,
            server_header=False,
        )
    )
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    tasks = [asyncio.create_task(engine.run()), asyncio.create_task(server.serve([listening]))]
    tasks += [asyncio.create_task(_background(job)) for job in lines.background]
    tasks.append(asyncio.create_task(_when_started(server, ready)))
    stop = asyncio.create_task(stopping.wait())
    try:
        await _until_over(tasks[:2], stop)
    finally:
        if lines.simulator is not None:
            lines.simulator.switch_off()
        server.should_exit = True
        await _end(tasks[1:2], tasks)
        for close in lines.closing:
            await close()
        event("stopped")


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises OSError when the address is taken, before anything else has begun."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    return listening


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: this module decides the order of stopping."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        self.is_up.set()

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # as uvicorn has it
        """Leave the signals alone."""
        yield


async def _until_over(main: list[asyncio.Task[None]], stop: "asyncio.Task[bool]") -> None:
    """Return when told to stop; raise what ended the engine or the web before that."""
    done, _ = await asyncio.wait([*main, stop], return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    for task in done:
        if task is not stop and (error := task.exception()) is not None:
            raise error


async def _end(web: list[asyncio.Task[None]], tasks: list[asyncio.Task[None]]) -> None:
    """First no new requests, then everything else."""
    await asyncio.wait(web, timeout=STOP_WITHIN_S)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=STOP_WITHIN_S)


async def _background(job: Callable[[], Awaitable[None]]) -> None:
    await job()


async def _when_started(server: _Server, ready: Callable[[], Awaitable[None]]) -> None:
    await server.is_up.wait()
    await ready()
