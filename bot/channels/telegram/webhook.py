"""How does Telegram learn where to bring a bot's updates, or that they are fetched?"""

import asyncio
from collections.abc import Awaitable, Callable

from telegram.error import TelegramError

from bot.channels.telegram.client import ALLOWED_UPDATES, TelegramClient
from bot.channels.telegram.trouble import Trouble, trouble

_ANSWER_WITHIN_S = 20.0


async def set_webhook(
    client: TelegramClient, *, url: str, secret: str, report: Callable[[Trouble], None]
) -> None:
    """Have updates brought to `url` together with `secret`; tries until it is done.

    What waited at Telegram meanwhile is brought too.
    """

    async def call() -> object:
        return await client.bot.set_webhook(
            url, secret_token=secret, allowed_updates=ALLOWED_UPDATES
        )

    await _until_done(call, report)


async def delete_webhook(client: TelegramClient, *, report: Callable[[Trouble], None]) -> None:
    """Have updates wait at Telegram until they are fetched; tries until it is done."""

    async def call() -> object:
        return await client.bot.delete_webhook()

    await _until_done(call, report)


async def _until_done(
    call: Callable[[], Awaitable[object]], report: Callable[[Trouble], None]
) -> None:
    failures = 0
    while True:
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                await call()
        except (TelegramError, TimeoutError) as error:
            failed = trouble(error, failures=failures)
        else:
            return
        failures += 1
        report(failed)
        await asyncio.sleep(failed.pause_s)
