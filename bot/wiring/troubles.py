"""What keeps a bot from hearing anything, and how does `balm doctor` learn of it?"""

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.logs import failure, warning
from bot.wiring.house import House

if TYPE_CHECKING:
    from bot.channels.telegram.trouble import Trouble

_SETTING = "telegram-trouble"
_AT_MOST_EVERY_S = 10.0
_PRESENT = timedelta(minutes=5)
"""The longest pause between two tries is a minute: what is older has passed."""


class Troubles:
    """Says each trouble to the log, and keeps the last one where other processes can read it."""

    def __init__(self, house: House) -> None:
        """Nothing is kept before `keep` runs."""
        self._house = house
        self._code: str | None = None
        self._is_new = asyncio.Event()

    def report(self, trouble: "Trouble") -> None:
        """One failed try."""
        warning("telegram-trouble", code=trouble.code, reason=trouble.advice, error=trouble.cause)
        self._code = trouble.code
        self._is_new.set()

    async def keep(self) -> None:
        """Write down what is reported, until cancelled."""
        while True:
            await self._is_new.wait()
            self._is_new.clear()
            try:
                async with self._house.store.unit_of_work() as tx:
                    at = self._house.real_clock.now().isoformat()
                    await tx.house.set_setting(_SETTING, f"{at} {self._code}")
            except Exception as error:  # noqa: BLE001  # the log has said it already
                failure("trouble-not-kept", error)
            await asyncio.sleep(_AT_MOST_EVERY_S)


async def present_trouble(house: House) -> str | None:
    """Advice on what keeps the bot from hearing at present; None: nothing that is known."""
    from bot.channels.telegram.trouble import advice_on

    async with house.store.read() as tx:
        kept = await tx.house.setting(_SETTING)
    if kept is None:
        return None
    at, _, code = kept.partition(" ")
    is_past = house.real_clock.now() - datetime.fromisoformat(at) > _PRESENT
    return None if is_past else advice_on(code)
