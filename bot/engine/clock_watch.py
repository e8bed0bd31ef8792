"""Was the clock of this machine set while Balm ran?

Ticks wait for an instant of that clock. After it went back an hour they would wait an hour, so
whoever waits is told.
"""

import asyncio
import time
from collections.abc import Callable

from bot.logs import warning

_LOOK_EVERY_S = 1.0
_JUMP_S = 5.0
"""A clock that is corrected slowly gains or loses far less within a second."""


async def watch_clock(tell: Callable[[], object]) -> None:
    """Say each jump, forward or back, to the log and to `tell`; until cancelled."""
    ahead = time.time() - time.monotonic()
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        before, ahead = ahead, time.time() - time.monotonic()
        jump = ahead - before
        if abs(jump) >= _JUMP_S:
            warning("clock-jumped", milliseconds=round(jump * 1_000))
            tell()
