"""Is a provider answered 200 only for what was proved and stored?"""

import asyncio
from collections.abc import AsyncIterator, Sequence

import httpx
import pytest

from bot.domain.delivery import Receipt, ReceiptStatus
from bot.domain.identity import Channel, SenderId
from bot.domain.inbound import Inbound, InboundKind
from bot.ports.channel import ReceivedReceipt, Refused, WebhookRequest
from bot.ports.store import StoreBusy
from bot.web import webhooks
from bot.web.app import BODY_LIMIT_BYTES, create_app
from bot.web.health import mount_health
from bot.web.webhooks import mount_webhooks

PUBLIC = "https://balm.example.org/clinic"
Events = Sequence[Inbound | ReceivedReceipt]


def inbound(text: str) -> Inbound:
    return Inbound(
        channel=Channel.SMS,
        sender_id=SenderId("s"),
        provider_id="1",
        kind=InboundKind.TEXT,
        address="+12025550101",
        text=text,
    )


class Reader:
    """Reads a body as one message; "forged" is refused, "noise" holds nothing."""

    def __init__(self) -> None:
        self.requests: list[WebhookRequest] = []

    def read(self, request: WebhookRequest) -> list[Inbound | ReceivedReceipt] | Refused:
        self.requests.append(request)
        if request.body == b"forged":
            return Refused(status=403, reason="signature")
        if request.body == b"broken":
            return Refused(status=400, reason="malformed")
        if request.body == b"receipt":
            receipt = Receipt(provider_id="SM1", status=ReceiptStatus.DELIVERED)
            return [ReceivedReceipt(sender_id=SenderId("s"), receipt=receipt)]
        return [] if request.body == b"noise" else [inbound(request.body.decode())]


class Store:
    """Keeps what it is given, unless told to fail or to hang."""

    def __init__(self) -> None:
        self.kept: list[Inbound | ReceivedReceipt] = []
        self.trouble: Exception | None = None
        self.hangs = False

    async def accept(self, events: Events) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if self.trouble is not None:
            raise self.trouble
        self.kept.extend(events)


class House:
    """The app with one clinic's paths, and what it reported."""

    def __init__(self) -> None:
        self.reader, self.store = Reader(), Store()
        self.reports: list[str] = []
        self.ready = {"database": True, "queue": True}
        app = create_app(report=self.reports.append)
        paths = ("/telegram", "/sms/inbound", "/sms/status", "/sms/inbound/rosehip")
        self.receivers = dict.fromkeys(paths, self.reader)
        mount_webhooks(app, self.receivers, self.store.accept, public_base_url=PUBLIC)
        mount_health(app, {name: self._check(name) for name in self.ready})
        transport = httpx.ASGITransport(app=app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://inside:8000")

    def _check(self, name: str):  # type: ignore[no-untyped-def]  # a check of this name
        async def check() -> bool:
            return self.ready[name]

        return check


@pytest.fixture
async def house() -> AsyncIterator[House]:
    built = House()
    async with built.client:
        yield built


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/telegram", 200, ""),
        ("/sms/inbound", 200, '<?xml version="1.0" encoding="UTF-8"?><Response/>'),
        ("/sms/inbound/rosehip", 200, '<?xml version="1.0" encoding="UTF-8"?><Response/>'),
        ("/sms/status", 204, ""),
    ],
)
async def test_what_is_stored_is_acknowledged(
    house: House, path: str, status: int, body: str
) -> None:
    answer = await house.client.post(path, content=b"my lips hurt")
    assert (answer.status_code, answer.text) == (status, body)
    assert house.store.kept == [inbound("my lips hurt")]


async def test_twilio_reads_its_answer_as_xml(house: House) -> None:
    answer = await house.client.post("/sms/inbound", content=b"hello")
    assert answer.headers["content-type"].startswith("application/xml")


@pytest.mark.parametrize(("body", "status"), [(b"forged", 403), (b"broken", 400)])
async def test_what_is_refused_is_not_stored(house: House, body: bytes, status: int) -> None:
    answer = await house.client.post("/telegram", content=body)
    assert answer.status_code == status
    assert answer.text == ""
    assert house.store.kept == []


async def test_a_genuine_request_of_no_interest_is_acknowledged(house: House) -> None:
    answer = await house.client.post("/telegram", content=b"noise")
    assert answer.status_code == 200
    assert house.store.kept == []


async def test_a_report_of_the_provider_is_stored(house: House) -> None:
    await house.client.post("/sms/status", content=b"receipt")
    assert isinstance(house.store.kept[0], ReceivedReceipt)


async def test_what_could_not_be_stored_is_not_acknowledged_and_nothing_private_is_told(
    house: House,
) -> None:
    house.store.trouble = RuntimeError("INSERT ... 'my lips hurt' '+12025550101'")
    answer = await house.client.post("/telegram", content=b"my lips hurt")
    assert answer.status_code == 500
    assert "lips" not in answer.text
    assert house.reports == ["RuntimeError"]


async def test_a_store_that_takes_too_long_is_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "STORE_WITHIN_S", 0.01)
    house.store.hangs = True
    answer = await house.client.post("/sms/inbound", content=b"hello")
    assert answer.status_code == 503
    assert house.store.kept == []


async def test_while_the_database_is_away_or_locked_the_provider_is_asked_to_come_again(
    house: House,
) -> None:
    house.store.trouble = StoreBusy("OperationalError")
    answer = await house.client.post("/sms/inbound", content=b"hello")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    house.store.trouble = None
    assert (await house.client.post("/sms/inbound", content=b"hello")).status_code == 200
    assert len(house.store.kept) == 1


async def test_the_signed_address_is_the_public_one(house: House) -> None:
    await house.client.post("/sms/inbound?a=1&b=%20x", content=b"noise")
    request = house.reader.requests[0]
    assert request.url == f"{PUBLIC}/sms/inbound?a=1&b=%20x"
    assert request.method == "POST"
    assert all(name == name.lower() for name in request.headers)


async def test_the_public_address_keeps_how_the_path_was_written(house: House) -> None:
    house.receivers["/sms/inbound/r s"] = house.reader
    await house.client.post("/sms/inbound/r%20s", content=b"noise")
    assert house.reader.requests[0].url == f"{PUBLIC}/sms/inbound/r%20s"


async def test_a_clinic_that_was_added_later_is_served(house: House) -> None:
    assert (await house.client.post("/telegram/new", content=b"hello")).status_code == 404
    house.receivers["/telegram/new"] = house.reader
    assert (await house.client.post("/telegram/new", content=b"hello")).status_code == 200


async def test_a_body_of_one_megabyte_is_not_read(house: House) -> None:
    answer = await house.client.post("/telegram", content=b"x" * 1024 * 1024)
    assert answer.status_code == 413
    assert house.reader.requests == []


async def test_a_long_body_without_a_declared_length_is_cut_off(house: House) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * (BODY_LIMIT_BYTES // 8)

    answer = await house.client.post("/telegram", content=pieces())
    assert answer.status_code == 413
    assert house.reader.requests == []


async def test_a_body_at_the_limit_is_read(house: House) -> None:
    answer = await house.client.post("/telegram", content=b"x" * BODY_LIMIT_BYTES)
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/telegram", "/sms/inbound", "/sms/status"])
async def test_only_post_is_a_webhook(house: House, path: str) -> None:
    assert (await house.client.get(path)).status_code == 405


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/try", "/try/clock"])
async def test_pages_that_are_not_mounted_do_not_exist(house: House, path: str) -> None:
    assert (await house.client.get(path)).status_code == 404
    assert (await house.client.post(path, json={"advance_s": 1})).status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/assets/tokens.css"])
async def test_every_answer_is_fenced_in(house: House, path: str) -> None:
    headers = (await house.client.get(path)).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    kept = "no-cache" if path.startswith("/assets/") else "no-store"
    assert headers["cache-control"] == kept


async def test_the_answer_to_a_body_too_long_is_fenced_in_too(house: House) -> None:
    answer = await house.client.post("/telegram", content=b"x" * 1024 * 1024)
    assert answer.headers["cache-control"] == "no-store"


async def test_alive_and_ready_are_two_questions(house: House) -> None:
    assert (await house.client.get("/readyz")).json() == {"status": "ok", "failing": []}
    house.ready["queue"] = False
    answer = await house.client.get("/readyz")
    assert (answer.status_code, answer.json()["failing"]) == (503, ["queue"])
    assert (await house.client.get("/healthz")).status_code == 200
