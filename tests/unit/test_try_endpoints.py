"""What does the try-it page let a visitor, a test, or another web site do?"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.identity import PATIENT_CHANNELS, ClinicId
from bot.domain.inbound import Inbound
from bot.web.app import create_app
from bot.web.simulator import mount_try
from bot.web.simulator.clock import FURTHEST, BadRequest, tomorrow, wanted_instant
from bot.web.simulator.routes import Demonstration
from tests.fakes.console import NOW, MadeUpConsole
from tests.fakes.demo_clinic import EchoBot, MovableClock, PaperInvitations
from tests.unit.test_simulator import switched_on


class Try:
    """The page's server, with everything behind it in reach."""

    def __init__(self, folder: Path) -> None:
        self.simulator = switched_on(folder / "phones.jsonl")
        self.bot = EchoBot(self.simulator)
        self.clock = MovableClock(NOW)
        demo = Demonstration(
            clinic_id=ClinicId("clinic"),
            clinic_zone="America/New_York",
            phones=self.simulator,
            invitations=PaperInvitations(),
            accept=self.bot.accept,
            clock=self.clock,
            reader=MadeUpConsole(),
        )
        app = create_app(report=lambda name: None)
        mount_try(app, demo)
        transport = httpx.ASGITransport(app=app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Try]:
    built = Try(tmp_path)
    async with built.client:
        yield built


async def test_the_clock_moves_by_seconds_and_answers_when_done(served: Try) -> None:
    answer = await served.client.post("/try/clock", json={"advance_s": 3600})
    assert answer.status_code == 200
    assert datetime.fromisoformat(answer.json()["now"]) == NOW + timedelta(hours=1)
    assert (await served.client.get("/try/clock")).json() == answer.json()


async def test_the_clock_moves_to_an_instant_with_its_offset(served: Try) -> None:
    await served.client.post("/try/clock", json={"to": "2026-12-01T20:00:00-05:00"})
    assert served.clock.now() == datetime(2026, 12, 2, 1, 0, tzinfo=UTC)


async def test_the_clock_moves_to_a_local_time_of_a_zone(served: Try) -> None:
    body = {"to": "2026-12-01T20:00", "zone": "Asia/Kolkata"}
    await served.client.post("/try/clock", json=body)
    assert served.clock.now() == datetime(2026, 12, 1, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"advance_s": 1, "to": "2026-12-01T20:00:00Z"}',
        b'{"advance_s": "soon"}',
        b'{"advance_s": true}',
        b'{"advance_s": -1}',
        b'{"advance_s": NaN}',
        b'{"advance_s": 1e300}',
        b'{"advance_s": 34560001}',
        b'{"to": "2026-12-01T20:00:00"}',
        b'{"to": "2020-12-01T20:00:00Z"}',
        b'{"to": "2099-12-01T20:00:00Z"}',
        b'{"to": "0001-01-01T00:00:00+14:00"}',
        b'{"to": "2026-12-01T20:00", "zone": "Mars/Olympus"}',
        b'{"to": "2026-12-01T20:00", "zone": "../etc/passwd"}',
        b'{"to": 5}',
        b"\xff\xfe",
    ],
)
async def test_a_clock_that_cannot_move_says_why(served: Try, body: bytes) -> None:
    answer = await served.client.post("/try/clock", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert served.clock.now() == NOW


@given(st.integers(0, int(FURTHEST.total_seconds())))
def test_any_reachable_number_of_seconds_is_that_far_ahead(seconds: int) -> None:
    wanted = wanted_instant(b'{"advance_s": %d}' % seconds, NOW)
    assert wanted - NOW == timedelta(seconds=seconds)


@given(st.binary(max_size=60))
def test_no_body_breaks_the_clock(body: bytes) -> None:
    try:
        wanted = wanted_instant(body, NOW)
    except BadRequest:
        return
    assert NOW <= wanted <= NOW + FURTHEST


def test_tomorrow_is_tomorrow_where_the_patient_is() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert [shortcut.to for shortcut in tomorrow(late, "Asia/Kolkata")] == [
        datetime(2026, 11, 25, 2, 30, tzinfo=UTC),
        datetime(2026, 11, 25, 14, 30, tzinfo=UTC),
    ]


async def test_what_a_visitor_types_goes_through_the_common_door(served: Try) -> None:
    path = "/try/phones/ana/telegram/messages"
    await served.client.post(path, json={"text": "hello"})
    (event,) = served.bot.accepted
    assert isinstance(event, Inbound)
    assert event.text == "hello"
    news = (await served.client.get(path)).json()
    assert [bubble["text"] for bubble in news["bubbles"]] == ["hello", "You wrote: hello"]


async def test_news_holds_only_what_changed(served: Try) -> None:
    path = "/try/phones/ana/sms/messages"
    await served.client.post(path, json={"text": "one"})
    seen = (await served.client.get(path)).json()
    await served.client.post(path, json={"text": "two"})
    after = {"run": seen["run"], "after": seen["revision"] - 1}
    news = (await served.client.get(path, params=after)).json()
    assert [bubble["text"] for bubble in news["bubbles"]][-2:] == ["two", "You wrote: two"]
    assert len(news["bubbles"]) == 3


async def test_a_page_from_before_a_restart_gets_everything(served: Try) -> None:
    path = "/try/phones/ana/sms/messages"
    await served.client.post(path, json={"text": "one"})
    news = (await served.client.get(path, params={"run": "other", "after": 99})).json()
    assert len(news["bubbles"]) == 2


@pytest.mark.parametrize("text", ["", "   ", "x" * 12_001])
async def test_an_empty_or_endless_text_is_not_sent(served: Try, text: str) -> None:
    path = "/try/phones/ana/telegram/messages"
    answer = await served.client.post(path, json={"text": text})
    assert answer.status_code == 400
    assert answer.json() == {"error": "the request could not be read"}
    assert served.bot.accepted == []


@pytest.mark.parametrize(
    "path",
    ["/try/phones/nobody/sms/messages", "/try/phones/nobody/sms/clinic"],
)
async def test_an_unknown_phone_is_not_found(served: Try, path: str) -> None:
    assert (await served.client.get(path)).status_code == 404


async def test_a_button_that_is_not_there_is_not_found(served: Try) -> None:
    body = {"bubble": "x", "action": "y"}
    answer = await served.client.post("/try/phones/ana/telegram/presses", json=body)
    assert answer.status_code == 404


async def test_only_media_that_a_phone_can_send_is_sent(served: Try) -> None:
    path = "/try/phones/ana/telegram/media"
    assert (await served.client.post(path, json={"kind": "membership"})).status_code == 400
    assert (await served.client.post(path, json={"kind": "photo"})).status_code == 200
    assert len(served.bot.accepted) == 1


async def test_a_new_visitor_holds_an_invitation(served: Try) -> None:
    phone = (await served.client.post("/try/phones")).json()
    assert phone["invitation"]["code"] == "ABCD2345"
    known = (await served.client.get("/try/phones")).json()
    assert [one["id"] for one in known["phones"]] == ["ana", phone["id"]]


async def test_the_clinic_sees_a_patient_or_only_a_count(served: Try) -> None:
    patient = (await served.client.get("/try/phones/ana/telegram/clinic")).json()
    assert patient["patient"]["patient"]["name"] == "Ana Example"
    assert patient["zone"] == "America/New_York"
    visitor = (await served.client.post("/try/phones")).json()["id"]
    stranger = (await served.client.get(f"/try/phones/{visitor}/telegram/clinic")).json()
    assert stranger["patient"] is None
    assert stranger["stranger"] == {"messages": 2}


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
    ],
)
async def test_another_web_site_cannot_move_the_clock(served: Try, headers: dict[str, str]) -> None:
    answer = await served.client.post("/try/clock", json={"advance_s": 60}, headers=headers)
    assert answer.status_code == 403
    assert served.clock.now() == NOW


async def test_a_link_on_another_web_site_may_open_the_page(served: Try) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert (await served.client.get("/try", headers=headers)).status_code == 200
    moved = await served.client.post("/try/clock", json={"advance_s": 60}, headers=headers)
    assert moved.status_code == 403


async def test_a_name_pointed_at_this_machine_does_not_open_the_page(served: Try) -> None:
    answer = await served.client.get("/try", headers={"host": "evil.example"})
    assert answer.status_code == 404
    named = await served.client.get("/try", headers={"host": "localhost:8000"})
    assert named.status_code == 200


async def test_sms_is_measured_on_the_server(served: Try) -> None:
    answer = await served.client.post("/try/sms-size", json={"text": "á"})
    assert answer.json() == {"segments": 1, "alphabet": "UCS-2", "left": 69}


def test_both_channels_have_a_phone(tmp_path: Path) -> None:
    phone = switched_on(tmp_path / "phones.jsonl").phones()[0]
    assert {phone.address(channel) for channel in PATIENT_CHANNELS} == {"9001", "+12025550101"}
