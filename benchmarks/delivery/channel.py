"""A way out with next to nothing in it: aiohttp and the closed set of send errors."""

import aiohttp

from bot.domain.delivery import Outgoing
from bot.ports.channel import Capabilities, Throttled, Unavailable, Uncertain


class BenchChannel:
    """Implements `bot.ports.channel.Channel` against the sink."""

    def __init__(self, session: aiohttp.ClientSession, address: str, *, calls_at_once: int) -> None:
        """Sends to the sink at `address`."""
        self._session = session
        self._address = address
        self.capabilities = Capabilities(
            has_buttons=False, can_edit=False, text_limit=4_096, calls_at_once=calls_at_once
        )

    async def send(self, message: Outgoing) -> str:
        """Hand one message to the sink. Raises SendError."""
        url = f"{self._address}/m/{message.delivery_id}"
        try:
            async with self._session.post(url, data=message.body.text.encode()) as answer:
                if answer.status == 200:
                    await answer.read()
                    return message.delivery_id
                if answer.status == 429:
                    wait = float((await answer.json())["parameters"]["retry_after"])
                    raise Throttled("too-fast", retry_after=wait, code="429")
                raise Uncertain("server-failed", code=str(answer.status))
        except aiohttp.ClientConnectorError as error:
            raise Unavailable("provider-not-reached") from error
        except aiohttp.ClientError as error:
            raise Uncertain("answer-lost") from error


def session_of(connections: int) -> aiohttp.ClientSession:
    """Connections that are kept open; hangs end before the lease does."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections),
        timeout=aiohttp.ClientTimeout(total=3.0),
    )
