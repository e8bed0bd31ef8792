"""Which databases does the house stand on?"""

from datetime import timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.engine.local import CLOCK_OFFSET
from bot.settings import Settings
from bot.store.unit_of_work import SqlStore, postgres_engine, sqlite_engine

_DATABASE = "balm.db"
_KEYS = "keys.db"


def engines(settings: Settings) -> tuple[AsyncEngine, AsyncEngine, AsyncEngine]:
    """Writer, reader, keys."""
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()
        if url.startswith("postgres"):
            engine = postgres_engine(url)
            return engine, engine, postgres_engine(url)
        path = Path(url.removeprefix("sqlite+aiosqlite:///").removeprefix("sqlite:///"))
        return sqlite_engine(path), sqlite_engine(path, query_only=True), _keys(path.parent)
    path = settings.data_dir / _DATABASE
    reader = sqlite_engine(path, query_only=True)
    return sqlite_engine(path), reader, _keys(settings.data_dir)


def _keys(folder: Path) -> AsyncEngine:
    return sqlite_engine(folder / _KEYS)


async def clock_offset(store: SqlStore) -> timedelta:
    """How far the demonstration's clock was moved."""
    async with store.read() as tx:
        seconds = await tx.house.setting(CLOCK_OFFSET)
    return timedelta(seconds=float(seconds or 0))
