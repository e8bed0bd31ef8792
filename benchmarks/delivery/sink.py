"""A provider on loopback that answers after 30 ms, counts what arrived, and fails when asked.

It is a bare protocol, not a web framework: what is measured beside it must not wait for it.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

ANSWER_AFTER_S = 0.03
_HANG_S = 60.0


@dataclass(slots=True, kw_only=True)
class Book:
    """What arrived, by message id: seconds of the machine's clock."""

    arrived: dict[str, list[float]] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    chances: Mapping[str, float] = field(default_factory=dict)
    dice: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311  # no secret

    def fault(self) -> str | None:
        """Which fault befalls the next message, if any."""
        drawn, edge = self.dice.random(), 0.0
        for name, chance in self.chances.items():
            edge += chance
            if drawn < edge:
                self.faults[name] = self.faults.get(name, 0) + 1
                return name
        return None


class Sink(asyncio.Protocol):
    """One connection: `POST /m/ID` takes a message, `GET /book` tells what arrived."""

    def __init__(self, book: Book) -> None:
        """All connections share `book`."""
        self._book = book
        self._transport: asyncio.Transport | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by asyncio; answers every whole request."""
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, rest = self._buffer.partition(b"\r\n\r\n")
            length = _length(head)
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            self._request(head.split(b" ", 2)[1].decode(), rest[:length])

    def _request(self, path: str, body: bytes) -> None:
        if path == "/book":
            known = {"arrived": self._book.arrived, "faults": self._book.faults}
            self._answer(200, json.dumps(known).encode())
            return
        name = path.rpartition("/")[2]
        if name == "sendMessage":
            name = str(json.loads(body)["text"]) if body[:1] == b"{" else body[-40:].decode()
        fault = self._book.fault()
        if fault == "too-fast":
            self._answer(429, b'{"ok":false,"parameters":{"retry_after":1}}')
        elif fault == "reset-before":
            self._cut()
        else:
            self._book.arrived.setdefault(name, []).append(time.time())
            self._end(fault)

    def _end(self, fault: str | None) -> None:
        loop = asyncio.get_running_loop()
        match fault:
            case "server-error":
                loop.call_later(ANSWER_AFTER_S, self._answer, 500, b"<html>sorry</html>")
            case "reset-after":
                loop.call_later(ANSWER_AFTER_S, self._cut)
            case "hang":
                loop.call_later(_HANG_S, self._cut)
            case _:
                loop.call_later(ANSWER_AFTER_S, self._answer, 200, _TAKEN)

    def _answer(self, status: int, body: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
            self._transport.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def _cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()


_TAKEN = (
    b'{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"},"text":"x"}}'
)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        if line.lower().startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


async def serve(chances: Mapping[str, float]) -> None:
    """Serve on a free port, which is printed, until the process is ended."""
    book = Book(chances=chances)
    server = await asyncio.get_running_loop().create_server(lambda: Sink(book), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
