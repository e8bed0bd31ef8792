"""How does a provider's request become an acknowledgement, once what it holds is stored?"""

import asyncio
import time
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response

from bot.logs import failure, warning
from bot.ports.channel import Accept, Receiver, Refused, WebhookRequest
from bot.ports.store import StoreBusy

STORE_WITHIN_S = 8.0
"""Shorter than the 15 s that Twilio waits and the 60 s of Telegram."""

_SAY_REFUSALS_EVERY_S = 60.0

_PATHS = ("/telegram", "/sms/inbound", "/sms/status")
_EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def mount_webhooks(
    app: FastAPI, receivers: Mapping[str, Receiver], accept: Accept, *, public_base_url: str
) -> None:
    """Answer the providers' paths of every sender that `receivers` names, by path.

    The mapping is read at each request, so that a clinic may be added while the app runs.
    `public_base_url` is where providers reach the app: their signatures cover that address.
    """

    refusals = _Refusals()

    async def receive(request: Request) -> Response:
        path = request.url.path
        receiver = receivers.get(path)
        if receiver is None:
            return Response(status_code=404)
        read = receiver.read(await _as_received(request, public_base_url))
        if isinstance(read, Refused):
            refusals.say(path, read)
            return Response(status_code=read.status)
        try:
            async with asyncio.timeout(STORE_WITHIN_S):
                await accept(read)
        except (TimeoutError, StoreBusy) as error:
            # Nothing is lost: the provider has the message, and brings it again.
            failure("webhook-not-stored", error, path=path, status=503)
            return Response(status_code=503, headers={"retry-after": "2"})
        return _acknowledgement(path)

    for path in _PATHS:
        app.add_api_route(path, receive, methods=["POST"])
        app.add_api_route(path + "/{clinic}", receive, methods=["POST"])


class _Refusals:
    """Tells the operator of refused requests: a wrong secret or public address looks like that.

    Anybody may send anything, so there is one line a minute for each path, with the count.
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._said_at: dict[str, float] = {}

    def say(self, path: str, refused: Refused) -> None:
        """One more refusal."""
        self._counts[path] = count = self._counts.get(path, 0) + 1
        now = time.monotonic()
        if now - self._said_at.get(path, -_SAY_REFUSALS_EVERY_S) < _SAY_REFUSALS_EVERY_S:
            return
        self._said_at[path], self._counts[path] = now, 0
        warning(
            "webhook-refused", path=path, status=refused.status, reason=refused.reason, count=count
        )


async def _as_received(request: Request, public_base_url: str) -> WebhookRequest:
    path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii", "replace")
    query = f"?{request.url.query}" if request.url.query else ""
    return WebhookRequest(
        method=request.method,
        url=f"{public_base_url.rstrip('/')}{path.partition('?')[0]}{query}",
        headers=dict(request.headers),
        body=await request.body(),
    )


def _acknowledgement(path: str) -> Response:
    if path.startswith("/sms/inbound"):
        return Response(_EMPTY_TWIML, media_type="application/xml")
    return Response(status_code=204 if path.startswith("/sms/status") else 200)
