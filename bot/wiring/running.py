"""What does one running process consist of, and how does it end?"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

import uvicorn
from fastapi import FastAPI

from bot.domain.identity import ClinicId
from bot.engine.jobs import STALLED_S
from bot.logs import event, failure, warning
from bot.memory import keep_loaded
from bot.ports.demo import DemoClock
from bot.services.alert_desk import AlertDesk
from bot.web.app import create_app
from bot.web.console import mount_console
from bot.web.health import mount_health
from bot.web.metrics import mount_metrics
from bot.web.simulator import mount_try
from bot.web.simulator.routes import Demonstration
from bot.web.webhooks import mount_webhooks
from bot.wiring.demo import DemoInvitations
from bot.wiring.house import House
from bot.wiring.senders import Lines

STOP_WITHIN_S = 10
"""Longest orderly stop; deployments allow more than that before they kill."""


async def app_of(
    house: House, clinic_id: ClinicId, lines: Lines, clock: DemoClock | None
) -> FastAPI:
    """The web side: webhooks, health, console, and the try-it page in a demonstration.

    `clock` moves the time of a demonstration; only the local engine has one.
    """
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
    if lines.simulator is not None and clock is not None:
        demonstration = Demonstration(
            clinic_id=clinic_id,
            clinic_zone=clinic.zone,
            phones=lines.simulator,
            invitations=DemoInvitations(house, clinic_id),
            accept=house.inbound.accept,
            clock=clock,
            reader=house.console,
        )
        mount_try(app, demonstration)
    mount_webhooks(
        app, lines.receivers, house.inbound.accept, public_base_url=house.settings.base_url
    )
    return app


def metrics_of(house: House) -> FastAPI:
    """Counts for monitoring, and whether this process is alive."""

    async def gauges() -> dict[str, float]:
        now = house.clock.now()
        async with house.store.read() as tx:
            known = dict(await tx.backlog.gauges(now))
            if house.settings.engine == "cluster":
                known["worker_heartbeats"] = await tx.backlog.workers(within_s=STALLED_S)
        return {**known, "process_memory_bytes": _memory_bytes()}

    app = create_app(report=lambda kind: warning("request-failed", error=kind))
    mount_health(app, {"database": house.is_ready})
    mount_metrics(app, gauges)
    return app


class Engine(Protocol):
    """Who does the work of this process."""

    async def run(self) -> None:
        """Work until told to stop; what is in flight is finished."""
        ...

    def stop(self) -> None:
        """Begin nothing more."""
        ...


async def run(
    house: House,
    lines: Lines,
    *,
    engine: Engine | None,
    app: FastAPI | None,
    ready: Callable[[], Awaitable[None]],
) -> None:
    """Run until the process is told to stop; `ready` is called once everything listens.

    Without `engine` nothing is worked on here, without `app` nothing is received.
    Raises OSError when an address to listen on is taken.
    """
    settings = house.settings
    servers = [_server(app, settings.http_host, settings.http_port)] if app else []
    if settings.metrics_port is not None:
        servers.append(_server(metrics_of(house), settings.metrics_host, settings.metrics_port))
    stopping = asyncio.Event()
    keep_loaded()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    web = [asyncio.create_task(one.serve()) for one in servers]
    work = [asyncio.create_task(engine.run())] if engine else []
    beside = [asyncio.create_task(_background(job)) for job in lines.background]
    beside.append(asyncio.create_task(_when_started(servers, ready)))
    stop = asyncio.create_task(stopping.wait())
    try:
        await _until_over([*work, *web], stop)
    finally:
        if lines.simulator is not None:
            lines.simulator.switch_off()
        for one in servers:
            one.should_exit = True
        await _wait(web)  # first no new requests
        if engine is not None:
            engine.stop()
        await _wait(work)  # then what is in flight
        await _cancel([*web, *work, *beside])
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

    def __init__(self, config: uvicorn.Config, listening: socket.socket) -> None:
        super().__init__(config)
        self._listening = listening
        self.is_up = asyncio.Event()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer requests until told to exit."""
        await super().serve(sockets or [self._listening])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        self.is_up.set()

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # as uvicorn has it
        """Leave the signals alone."""
        yield


def _server(app: FastAPI, host: str, port: int) -> _Server:
    """`app` on an address that is ours from now on. Raises OSError when it is taken."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        server_header=False,
    )
    return _Server(config, _listen(host, port))


async def _until_over(main: list[asyncio.Task[None]], stop: "asyncio.Task[bool]") -> None:
    """Return when told to stop; raise what ended a part of the process before that."""
    done, _ = await asyncio.wait([*main, stop], return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    for task in done:
        if task is not stop and (error := task.exception()) is not None:
            raise error


async def _wait(tasks: list[asyncio.Task[None]]) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=STOP_WITHIN_S)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await _wait(tasks)


async def _background(job: Callable[[], Awaitable[None]]) -> None:
    try:
        await job()
    except Exception as error:  # noqa: BLE001  # what runs beside the work must not end it
        failure("background-failed", error)


async def _when_started(servers: list[_Server], ready: Callable[[], Awaitable[None]]) -> None:
    for server in servers:
        await server.is_up.wait()
    await ready()


def _memory_bytes() -> float:
    """What this process holds in memory at present; 0 where the system does not tell."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0.0
    return float(int(pages) * os.sysconf("SC_PAGE_SIZE"))
