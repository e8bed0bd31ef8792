"""Does the console open only for its link, its session, and its own pages?"""

from collections.abc import AsyncIterator

import httpx
import pytest

from bot.web.app import create_app
from bot.web.console import mount_console
from tests.fakes.console import NOW, MadeUpConsole, OpenDoor
from tests.fakes.demo_clinic import MovableClock

ENTER = "/console/enter?token=let-me-in"


class Console:
    """The console's server, with its door and clock in reach."""

    def __init__(self, *, is_https: bool) -> None:
        self.door, self.reader = OpenDoor(), MadeUpConsole()
        self.clock = MovableClock(NOW)
        app = create_app(report=lambda name: None)
        mount_console(app, reader=self.reader, door=self.door, clock=self.clock, is_https=is_https)
        scheme = "https" if is_https else "http"
        transport = httpx.ASGITransport(app=app)
        self.client = httpx.AsyncClient(transport=transport, base_url=f"{scheme}://balm.example")


@pytest.fixture
async def console() -> AsyncIterator[Console]:
    built = Console(is_https=False)
    async with built.client:
        yield built


async def test_a_link_sets_a_cookie_that_scripts_cannot_read(console: Console) -> None:
    answer = await console.client.get(ENTER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
    cookie = answer.headers["set-cookie"].casefold()
    assert cookie.startswith("balm-console=session-secret")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_over_https_the_cookie_belongs_to_this_host_alone() -> None:
    console = Console(is_https=True)
    async with console.client:
        cookie = (await console.client.get(ENTER)).headers["set-cookie"]
        assert cookie.startswith("__Host-balm-console=")
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie
        assert (await console.client.get("/console/")).status_code == 200


@pytest.mark.parametrize("path", ["/console/enter", "/console/enter?token=guess"])
async def test_no_link_opens_nothing(console: Console, path: str) -> None:
    answer = await console.client.get(path)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_a_link_works_once(console: Console) -> None:
    await console.client.get(ENTER)
    console.client.cookies.clear()
    assert (await console.client.get(ENTER)).status_code == 403


@pytest.mark.parametrize("path", ["/console/", "/console/stamp"])
async def test_without_a_session_nothing_is_shown_or_recorded(console: Console, path: str) -> None:
    console.client.cookies.set("balm-console", "guess")
    answer = await console.client.get(path)
    assert answer.status_code == 401
    assert "Ana" not in answer.text
    assert console.door.views == []


async def test_every_view_is_written_to_the_audit_trail(console: Console) -> None:
    await console.client.get(ENTER)
    await console.client.get("/console/")
    await console.client.get("/console/")
    assert console.door.views == ["console-viewed", "console-viewed"]


async def test_asking_whether_something_changed_shows_nothing_private(console: Console) -> None:
    await console.client.get(ENTER)
    first = (await console.client.get("/console/stamp")).json()["stamp"]
    console.reader.stamped = "2"
    assert (await console.client.get("/console/stamp")).json()["stamp"] != first
    assert console.door.views == []


async def test_the_page_carries_the_stamp_it_was_made_with(console: Console) -> None:
    await console.client.get(ENTER)
    stamp = (await console.client.get("/console/stamp")).json()["stamp"]
    assert f'data-stamp="{stamp}"' in (await console.client.get("/console/")).text


async def test_the_page_shows_what_nurses_ask_for(console: Console) -> None:
    await console.client.get(ENTER)
    shown = (await console.client.get("/console/")).text
    for wanted in (
        "severe low mood",
        "11 min left",
        "1 h late",
        "I cry all day",
        "Ben &lt;b&gt;Sample&lt;/b&gt;",
        "Mon 23 Nov, 14:24",
        "failed: recipient stopped",
        "America/New York",
    ):
        assert wanted in shown
