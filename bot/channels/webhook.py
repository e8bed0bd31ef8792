"""How does one outgoing message become a signed request to a program of the clinic?"""

import hashlib
import hmac
import json

import httpx

from bot.channels.transport import from_transport
from bot.domain.delivery import Outgoing
from bot.domain.light_markup import plain
from bot.ports.channel import (
    Capabilities,
    Misconfigured,
    Rejected,
    Throttled,
    Uncertain,
)
from bot.ports.clock import Clock

TEXT_LIMIT = 4_000
SIGNATURE_HEADER = "x-balm-signature"
TIME_HEADER = "x-balm-time"

_CONNECT_S = 5.0
_ANSWER_S = 10.0
_WAIT_WHEN_UNSAID_S = 5.0
_CAPABILITIES = Capabilities(has_buttons=False, can_edit=False, text_limit=TEXT_LIMIT)


class WebhookChannel:
    """The way out to programs of the clinic; implements `bot.ports.channel.Channel`.

    The receiver checks the signature and refuses a time that is minutes old, so that nobody can
    send an old alert again; `id` stays the same when a request is repeated.
    """

    def __init__(self, *, secret: str, clock: Clock) -> None:
        """`secret` signs every request; `clock` shows real time."""
        self._secret = secret.encode()
        self._clock = clock
        timeout = httpx.Timeout(_ANSWER_S, connect=_CONNECT_S)
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False)

    @property
    def capabilities(self) -> Capabilities:
        """Plain text."""
        return _CAPABILITIES

    async def send(self, message: Outgoing) -> str:
        """Post the message; its own id, which the receiver knows it by. Raises SendError."""
        text = plain(message.body.text)
        if not 0 < len(text) <= TEXT_LIMIT:
            raise Rejected("text-too-long" if text else "text-empty")
        body = json.dumps({"id": message.delivery_id, "event": "alert", "text": text}).encode()
        moment = str(int(self._clock.now().timestamp()))
        headers = {
            "content-type": "application/json",
            TIME_HEADER: moment,
            SIGNATURE_HEADER: f"sha256={signature(self._secret, moment, body)}",
        }
        try:
            answer = await self._client.post(message.address, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            known = from_transport(error)
            # One wrong address is no reason to stop all others of the sender.
            is_address = isinstance(known, Misconfigured)
            raise (Rejected(known.reason) if is_address else known) from error
        _check(answer)
        return message.delivery_id

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()


def signature(secret: bytes, moment: str, body: bytes) -> str:
    """HMAC-SHA256, in hexadecimal, of the Unix time, a full stop and the body."""
    return hmac.new(secret, f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def _check(answer: httpx.Response) -> None:
    """Raises SendError unless the receiver has taken the message (2xx)."""
    code = str(answer.status_code)
    if answer.is_success:
        return
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        wait = answer.headers.get("retry-after", "")
        seconds = float(wait) if wait.isdecimal() else _WAIT_WHEN_UNSAID_S
        raise Throttled("too-fast", retry_after=seconds, code=code)
    if answer.is_server_error:
        raise Uncertain("server-failed", code=code)
    raise Rejected("moved" if answer.is_redirect else "refused", code=code)
