"""What goes wrong on the machine of a worker while it delivers: its clock, its disk?"""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from benchmarks.delivery.world import World

_AFTER_S = 2.5
"""Workers are ready two seconds before anything is due."""


async def jump(world: World, seconds: float) -> None:
    """The clock goes that far ahead, and a second later back."""
    await asyncio.sleep(_AFTER_S)
    world.clock.offset += timedelta(seconds=seconds)
    await asyncio.sleep(1.0)
    world.clock.offset -= timedelta(seconds=seconds)


async def disk_full(world: World, seconds: float) -> None:
    """SQLite finds no room for another page, as on a full disk, until somebody makes room."""
    await asyncio.sleep(_AFTER_S)

    def no_room(connection: Any) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count=1")  # no smaller than what is there

    def room(connection: Any) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count=1073741823")

    event.listen(world.writer.sync_engine, "begin", no_room)
    await asyncio.sleep(seconds)
    event.remove(world.writer.sync_engine, "begin", no_room)
    event.listen(world.writer.sync_engine, "begin", room)
