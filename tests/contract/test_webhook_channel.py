"""Does an alert reach a clinic's own program, signed, and is every failure named truly?"""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web

from bot.channels.webhook import WebhookChannel
from bot.clock import FixedClock
from bot.domain.delivery import Body, Outgoing
from bot.domain.identity import DeliveryId
from bot.ports.channel import (
    Capabilities,
    Channel,
    Rejected,
    SendError,
    Throttled,
    Unavailable,
    Uncertain,
)
from tests.simulators.provider import served

SECRET = "known to both sides"
NOW = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)


class Receiver:
    """A clinic's program that keeps what it got and answers as told."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.app = web.Application()
        self.app.router.add_post("/{path:.*}", self._take)

    async def _take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        return web.Response(status=self.status, headers=self.headers)


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    program = Receiver()
    async with served(program.app) as address:
        yield program, address


@pytest.fixture
async def channel() -> AsyncIterator[WebhookChannel]:
    made = WebhookChannel(secret=SECRET, clock=FixedClock(NOW))
    yield made
    await made.close()


def notice(address: str, text: str = "Alert K7M2, **A.E.**") -> Outgoing:
    return Outgoing(delivery_id=DeliveryId("d1"), address=address, body=Body(text=text))


async def test_the_receiver_can_prove_where_it_came_from(
    receiver: tuple[Receiver, str], channel: WebhookChannel
) -> None:
    program, address = receiver
    sent: Channel = channel
    assert sent.capabilities == Capabilities(has_buttons=False, can_edit=False, text_limit=4_000)
    assert await sent.send(notice(f"{address}/alerts")) == "d1"
    ((headers, body),) = program.got
    assert json.loads(body) == {"id": "d1", "event": "alert", "text": "Alert K7M2, A.E."}
    moment = headers["x-balm-time"]
    assert moment == str(int(NOW.timestamp()))
    proof = hmac.new(SECRET.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["x-balm-signature"] == f"sha256={proof}"


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, Rejected), (404, Rejected), (429, Throttled), (500, Uncertain), (503, Uncertain)],
)
async def test_every_refusal_is_named(
    receiver: tuple[Receiver, str], channel: WebhookChannel, status: int, error: type[SendError]
) -> None:
    receiver[0].status = status
    with pytest.raises(error):
        await channel.send(notice(receiver[1]))


async def test_no_redirect_is_followed(
    receiver: tuple[Receiver, str], channel: WebhookChannel
) -> None:
    program, address = receiver
    program.status, program.headers = 307, {"location": f"{address}/elsewhere"}
    with pytest.raises(Rejected):
        await channel.send(notice(address))
    assert len(program.got) == 1


async def test_a_receiver_that_is_down_has_surely_not_got_it(channel: WebhookChannel) -> None:
    async with served(web.Application()) as address:
        gone = address
    with pytest.raises(Unavailable):
        await channel.send(notice(gone))


@pytest.mark.parametrize("address", ["nonsense://x", "alerts.example"])
async def test_one_wrong_address_does_not_stop_the_others(
    channel: WebhookChannel, address: str
) -> None:
    with pytest.raises(Rejected):
        await channel.send(notice(address))
