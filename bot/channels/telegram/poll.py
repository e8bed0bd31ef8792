"""How are a bot's updates fetched so that none is lost when Balm stops at any moment?"""

import asyncio
from collections.abc import Callable, Sequence

from telegram.error import TelegramError

from bot.channels.telegram.client import TelegramClient
from bot.channels.telegram.receive import read_update, update_id
from bot.channels.telegram.trouble import Trouble, trouble
from bot.domain.identity import SenderId
from bot.ports.channel import Accept

_WAIT_S = 25
"""How long Telegram holds an empty answer back; a message arrives at once all the same."""
_GIVE_UP_S = 45.0


class TelegramPoller:
    """One bot's way in where no public address exists."""

    def __init__(
        self,
        client: TelegramClient,
        *,
        sender_id: SenderId,
        accept: Accept,
        report: Callable[[Trouble], None],
    ) -> None:
        """`report` hears of every failed try; it must not raise."""
        self._client = client
        self._sender_id = sender_id
        self._accept = accept
        self._report = report
        self._offset: int | None = None

    async def run(self) -> None:
        """Fetch and store until cancelled."""
        failures = 0
        while True:
            failed = await self._fetch_and_store(failures)
            if failed is None:
                failures = 0
                continue
            failures += 1
            self._report(failed)
            await asyncio.sleep(failed.pause_s)

    async def _fetch_and_store(self, failures: int) -> Trouble | None:
        try:
            async with asyncio.timeout(_GIVE_UP_S):
                updates = await self._client.updates(offset=self._offset, wait_s=_WAIT_S)
        except (TelegramError, TimeoutError) as error:
            return trouble(error, failures=failures)
        try:
            await self._store(updates)
        except Exception as error:  # noqa: BLE001 - whatever the store raises: try again, report
            return trouble(error, failures=failures, is_ours=True)
        return None

    async def _store(self, updates: Sequence[object]) -> None:
        """Store one by one; the offset moves past an update only once it is stored.

        Telegram forgets what lies before the offset of the next request, and gives everything
        else again: to another copy of Balm, or to this one after a crash.
        """
        for update in updates:
            number = update_id(update)
            if number is None:
                continue
            events = read_update(update, sender_id=self._sender_id)
            if events:
                await self._accept(events)
            self._offset = number + 1
