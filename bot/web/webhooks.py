"""How does a provider's request become an acknowledgement, once what it holds is stored?"""

import asyncio
from collections.abc import Mapping

from fastapi import FastAPI, Request, Response

from bot.logs import failure
from bot.ports.channel import Accept, Receiver, Refused, WebhookRequest
from bot.ports.store import StoreBusy

STORE_WITHIN_S = 8.0
"""Shorter than the 15 s that Twilio waits and the 60 s of Telegram."""

_PATHS = ("/telegram", "/sms/inbound", "/sms/status")
_EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def mount_webhooks(
    app: FastAPI, receivers: Mapping[str, Receiver], accept: Accept, *, public_base_url: str
) -> None:
    """Answer the providers' paths of every sender that `receivers` names, by path.

    The mapping is read at each request, so that a clinic may be added while the app runs.
    `public_base_url` is where providers reach the app: their signatures cover that address.
    """

    async def receive(request: Request) -> Response:
        path = request.url.path
        receiver = receivers.get(path)
        if receiver is None:
            return Response(status_code=404)
        read = receiver.read(await _as_received(request, public_base_url))
        if isinstance(read, Refused):
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
