"""The app on a free port, and Debian's chromium to look at it with."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright

from bot.channels.simulator import Simulator
from bot.domain.identity import PATIENT_CHANNELS, Channel, ClinicId, SenderId
from bot.domain.inbound import Keyword
from bot.ports.simulator import Phone
from bot.web.app import create_app
from bot.web.console import mount_console
from bot.web.simulator import mount_try
from bot.web.simulator.routes import Demonstration
from tests.fakes.console import NOW, MadeUpConsole, OpenDoor
from tests.fakes.demo_clinic import CountingIds, EchoBot, MovableClock, PaperInvitations

START_WITHIN_S = 20
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
CARRIER = {
    Keyword.STOP: "You are unsubscribed. Reply START to subscribe again.",
    Keyword.START: "You are subscribed again.",
    Keyword.HELP: "Reply STOP to unsubscribe.",
}


class Server(uvicorn.Server):
    """Lets waiting pages go before it stops."""

    def __init__(self, config: uvicorn.Config, simulator: Simulator) -> None:
        super().__init__(config)
        self._simulator = simulator

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._simulator.switch_off()
        await super().shutdown(sockets)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningApp:
    """Where the app answers, and a one-time link into its console."""

    url: str
    console_link: str


@pytest.fixture
def running_app(tmp_path: Path) -> Iterator[RunningApp]:
    """The whole web app, answered by a bot of fixed words."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clock = MovableClock(NOW)
    simulator = _simulator(tmp_path, clock)
    config = uvicorn.Config(
        _app(simulator, clock),
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=1,
        ws="none",
    )
    server = Server(config, simulator)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{port}"
    _wait_for(url)
    for channel in PATIENT_CHANNELS:
        httpx.post(f"{url}/try/phones/ana/{channel}/messages", json={"text": "hello"})
    yield RunningApp(url=url, console_link=f"{url}/console/enter?token=let-me-in")
    server.should_exit = True
    thread.join(timeout=START_WITHIN_S)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless chromium; left out, with the command that brings it in, where there is none.

    Playwright's event loop runs as long as the browser does: not longer than one module, or
    asynchronous tests after it could not start theirs.
    """
    chromium = shutil.which("chromium")
    if chromium is None and not os.environ.get("CI"):
        pytest.skip("browser tests left out; bring them in with: apt-get install -y chromium")
    assert chromium is not None, "chromium is missing, and CI leaves no test out"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium, args=FLAGS)


@pytest.fixture
def page(browser: Browser, running_app: RunningApp) -> Iterator[Page]:
    """A page that fails the test on any error, warning, or request to somebody else."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    complaints: list[str] = []
    ours = urlsplit(running_app.url).netloc
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None
            if urlsplit(request.url).netloc == ours
            else complaints.append(f"asked {request.url}")
        ),
    )
    yield page
    context.close()
    assert complaints == []


def _simulator(folder: Path, clock: MovableClock) -> Simulator:
    simulator = Simulator(
        senders={Channel.TELEGRAM: SenderId("telegram"), Channel.SMS: SenderId("sms")},
        clock=clock,
        ids=CountingIds(),
        transcript=folder / "phones.jsonl",
        carrier_replies=CARRIER,
    )
    for number, name in enumerate(("Ana Example", "Ben Sample"), start=1):
        phone = Phone(
            id=name.split()[0].lower(),
            name=name,
            note="made up",
            telegram_address=f"900{number}",
            sms_address=f"+1202555010{number}",
        )
        simulator.add_phone(phone)
    return simulator


def _app(simulator: Simulator, clock: MovableClock) -> FastAPI:
    bot = EchoBot(simulator)
    clock.bot = bot
    app = create_app(report=lambda name: None)
    reader = MadeUpConsole()
    demo = Demonstration(
        clinic_id=ClinicId("clinic"),
        clinic_zone="America/New_York",
        phones=simulator,
        invitations=PaperInvitations(),
        accept=bot.accept,
        clock=clock,
        reader=reader,
    )
    mount_try(app, demo)
    mount_console(app, reader=reader, door=OpenDoor(), clock=clock, is_https=False)
    return app


def _wait_for(url: str) -> None:
    until = time.monotonic() + START_WITHIN_S
    while time.monotonic() < until:
        try:
            httpx.get(f"{url}/try/clock")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(url)
