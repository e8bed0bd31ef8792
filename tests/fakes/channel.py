"""A way out whose every answer a test decides."""

import asyncio
from collections.abc import Callable

from bot.domain.delivery import Outgoing
from bot.ports.channel import Capabilities


class ScriptedChannel:
    """Implements the port `Channel`: records what it was given, then raises or takes it."""

    capabilities = Capabilities(has_buttons=True, can_edit=True, text_limit=4_096)

    def __init__(self, *answers: BaseException | None) -> None:
        """One answer for each call, then every call succeeds."""
        self.answers = list(answers)
        self.sent: list[Outgoing] = []
        self.on_send: Callable[[Outgoing], None] = lambda message: None

    async def send(self, message: Outgoing) -> str:
        """Take the message, or raise the next answer."""
        await asyncio.sleep(0)
        self.sent.append(message)
        self.on_send(message)
        answer = self.answers.pop(0) if self.answers else None
        if answer is not None:
            raise answer
        return f"provider-{len(self.sent)}"
