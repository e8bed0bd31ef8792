"""Which databases does the house stand on?"""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.engine.claim import claimed
from bot.engine.local import CLOCK_OFFSET
from bot.settings import Settings
from bot.store.unit_of_work import SqlStore, libpq_url, postgres_engine, sqlite_engine

_DATABASE = "balm.db"
_KEYS = "keys.db"
_LOCK = "balm.lock"


def engines(settings: Settings) -> tuple[AsyncEngine, AsyncEngine, AsyncEngine]:
    """Writer, reader, keys."""
    url = _postgres(settings)
    if url is not None:
        engine = postgres_engine(url)
        return engine, engine, postgres_engine(url)
    path = _file(settings)
    reader = sqlite_engine(path, query_only=True)
    return sqlite_engine(path), reader, sqlite_engine(path.parent / _KEYS)


def lock_file(settings: Settings) -> Path:
    """Held by the one process that works alone on this folder, or on this SQLite file."""
    folder = settings.data_dir if _postgres(settings) else _file(settings).parent
    return folder / _LOCK


@asynccontextmanager
async def worked_on(settings: Settings) -> AsyncIterator[None]:
    """Say on PostgreSQL that this process works on the database: alone, or as part of a cluster.

    When the database came back and somebody else was faster, the process is told to stop.
    Raises DatabaseTaken, or StoreBusy when the database does not answer.
    """
    url = _postgres(settings)
    if url is None:
        yield
        return
    async with claimed(
        libpq_url(url),
        is_alone=settings.engine == "local",
        lost=lambda: signal.raise_signal(signal.SIGTERM),
    ):
        yield


def _postgres(settings: Settings) -> str | None:
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    return url if url.startswith("postgres") else None


def _file(settings: Settings) -> Path:
    if settings.database_url is None:
        return settings.data_dir / _DATABASE
    url = settings.database_url.get_secret_value()
    return Path(url.removeprefix("sqlite+aiosqlite:///").removeprefix("sqlite:///"))


async def clock_offset(store: SqlStore) -> timedelta:
    """How far the demonstration's clock was moved."""
    async with store.read() as tx:
        seconds = await tx.house.setting(CLOCK_OFFSET)
    return timedelta(seconds=float(seconds or 0))
