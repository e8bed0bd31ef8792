"""What do simulated providers share: how they are served, waited for, and misbehave?"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientSession, ClientTimeout, web


class Misbehaviour(StrEnum):
    """What goes wrong with one request."""

    REFUSE = "refuse"
    """Answered with `status` and `error`; nothing is done."""
    RESET_BEFORE = "reset-before"
    """The connection is cut before anything is done."""
    RESET_AFTER = "reset-after"
    """It is done, then the connection is cut: the answer is lost."""
    SILENCE = "silence"
    """It is done, but no answer comes before the caller gives up."""
    GARBAGE = "garbage"
    """It is done, and the answer is 200 with something that is no answer."""
    HALF = "half"
    """It is done, and the answer is 200 without what it should say."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """`times` requests to `method` go wrong; None means every method."""

    kind: Misbehaviour
    method: str | None = None
    times: int = 1
    status: int = 500
    error: str = "Internal Server Error"
    code: int | None = None
    """The provider's own error code, where it has such."""
    retry_after: int | None = None


class Provider:
    """A provider that is served as long as its `async with` lasts."""

    def __init__(self) -> None:
        """Nothing is served yet."""
        self.address = ""
        self._faults: list[Fault] = []
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Serve on a free port."""
        self.address = await self._stack.enter_async_context(served(self._app()))
        self._http = await self._stack.enter_async_context(
            ClientSession(timeout=ClientTimeout(total=20))
        )
        self._working = asyncio.create_task(self._work())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving."""
        self._working.cancel()
        with suppress(asyncio.CancelledError):
            await self._working
        await self._stack.aclose()

    def fails(self, kind: Misbehaviour, **details: Any) -> None:
        """The next call goes wrong; `details` are the fields of `Fault`."""
        self._faults.append(Fault(kind=kind, **details))

    async def until(self, holds: Callable[[], object], *, within_s: float = 5.0) -> None:
        """Wait until `holds()` is true. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while not holds():  # noqa: ASYNC110 - any condition at all, which nobody signals
                await asyncio.sleep(0.01)

    def _fault(self, method: str) -> Fault | None:
        """The next fault for `method`, used up once more; None when all is well."""
        for fault in self._faults:
            if fault.times > 0 and fault.method in (None, method):
                fault.times -= 1
                return fault
        return None

    def _app(self) -> web.Application:
        """What is served."""
        raise NotImplementedError

    async def _work(self) -> None:
        """What the provider does by itself, until cancelled."""
        raise NotImplementedError


def cut(request: web.Request) -> web.Response:
    """Reset the connection of `request`; the value is only there to be returned."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def after_acting(
    fault: Fault | None, request: web.Request, response: web.Response
) -> web.Response:
    """`response` as the caller gets it, if at all."""
    match fault.kind if fault else None:
        case Misbehaviour.RESET_AFTER:
            return cut(request)
        case Misbehaviour.SILENCE:
            await asyncio.sleep(60)
            return cut(request)
        case Misbehaviour.GARBAGE:
            return web.Response(text="<html>not what you expect</html>")
        case Misbehaviour.HALF:
            return web.json_response({"ok": True, "result": {}})
        case _:
            return response


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """`app` on a free port of this machine; its address, such as "http://127.0.0.1:40123"."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
