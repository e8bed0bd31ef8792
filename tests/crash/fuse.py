"""How does a process die at one chosen commit or send, and never do anything afterwards?"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from bot.domain.delivery import Outgoing
from bot.ports.channel import Capabilities, Channel
from bot.ports.store import Transaction


class Crash(BaseException):
    """The end of the process; nothing that handles errors may catch it."""


class Fuse:
    """Counts every commit and send, from both sides; blows at one of them."""

    def __init__(self, at: int | None = None) -> None:
        """Blows at step number `at`; None: never, only counts."""
        self._at = at
        self.steps: list[str] = []
        self.is_blown = False

    def check(self) -> None:
        """A dead process does nothing. Raises Crash."""
        if self.is_blown:
            raise Crash("dead")

    def step(self, name: str) -> None:
        """One more step is reached. Raises Crash at the chosen one and ever after."""
        self.check()
        self.steps.append(name)
        if len(self.steps) == self._at:
            self.is_blown = True
            raise Crash(name)

    def around(
        self, unit_of_work: Callable[[], AbstractAsyncContextManager[Transaction]]
    ) -> Callable[[], AbstractAsyncContextManager[Transaction]]:
        """`unit_of_work` that may die right before or right after its commit."""

        @asynccontextmanager
        async def guarded() -> AsyncIterator[Transaction]:
            self.check()
            async with unit_of_work() as tx:
                yield tx
                self.step("before commit")
            self.step("after commit")

        return guarded


class FusedChannel:
    """A way out that may die right before or right after the provider took a message."""

    def __init__(self, channel: Channel, fuse: Fuse, taken: list[Outgoing]) -> None:
        """`taken` collects what the provider really got, over several lives."""
        self._channel = channel
        self._fuse = fuse
        self._taken = taken

    @property
    def capabilities(self) -> Capabilities:
        """What the channel behind can show."""
        return self._channel.capabilities

    async def send(self, message: Outgoing) -> str:
        """Send through the channel behind."""
        self._fuse.step("before send")
        provider_id = await self._channel.send(message)
        self._taken.append(message)
        self._fuse.step("after send")
        return provider_id
