"""How is a transaction opened? One writer at a time on SQLite, many on PostgreSQL."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from bot.ports.clock import Ids
from bot.ports.store import StoreBusy
from bot.store.records import Records
from bot.store.sealing import Sealer
from bot.store.sqlite_driver import OneVisit
from bot.store.stories import SqlStories

_BUSY_TIMEOUT_MS = 5_000
_WAIT_FOR_CONNECTION_S = 10.0
NOTICE_SILENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""A server that vanished without a word is noticed within about ten seconds. Source: PostgreSQL,
"Database Connection Control Functions"; seconds, `tcp_user_timeout` in milliseconds."""
_SQLITE_REASONS = {
    sqlite3.SQLITE_BUSY: "database-locked",
    sqlite3.SQLITE_FULL: "database-full",
    sqlite3.SQLITE_IOERR: "disk-error",
    sqlite3.SQLITE_READONLY: "database-read-only",
    sqlite3.SQLITE_CANTOPEN: "database-not-opened",
}
"""By primary result code. Source: SQLite, "Result and Error Codes"."""
_STARTING = 7_227_001
"""Number of the advisory lock under which the processes of a cluster start one by one."""


class SqlStore:
    """Transactions over one database; commits when a context ends without an exception."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine, sealer: Sealer, ids: Ids) -> None:
        """On SQLite `reader` is a second, query-only engine on the same file."""
        self._writer = writer
        self._reader = reader
        self._sealer = sealer
        self._ids = ids
        self._one_writer = asyncio.Lock() if writer.dialect.name == "sqlite" else None

    @property
    def stories(self) -> SqlStories:
        """Reads what happened to one message."""
        return SqlStories(self._reader, self._sealer)

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[Records]:
        """One read-write transaction; rolled back on an exception."""
        if self._one_writer is None:
            async with self._transaction(self._writer) as records:
                yield records
            return
        async with self._one_writer, self._transaction(self._writer) as records:
            yield records

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Records]:
        """One read-only transaction that never waits for a writer."""
        with _translated():
            async with AsyncSession(self._reader, expire_on_commit=False) as session:
                yield Records(session, self._sealer, self._ids)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Only one process at a time is inside: for what each of them sets up at its start."""
        async with alone(self._writer):
            yield

    async def is_current(self) -> bool:
        """Whether the database answers and has the tables of this version."""
        from bot.store.migrate import is_current  # twelve megabytes: only for who asks

        return await is_current(self._reader)

    async def close(self) -> None:
        """Give all connections back."""
        await self._writer.dispose()
        await self._reader.dispose()

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine) -> AsyncIterator[Records]:
        with _translated():
            async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
                yield Records(session, self._sealer, self._ids)


@asynccontextmanager
async def alone(engine: AsyncEngine) -> AsyncIterator[None]:
    """Only one process of a PostgreSQL database at a time is inside; SQLite serves one anyway.

    Raises StoreBusy when the database does not answer.
    """
    with _translated():
        if engine.dialect.name == "sqlite":
            yield
            return
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_STARTING})"))
            yield


@contextmanager
def _translated() -> Iterator[None]:
    """What the driver says of a database that does not work becomes the port's own exception."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise StoreBusy(_reason(error)) from error


def _reason(error: Exception) -> str:
    """For the log, in words that an operator can act on; never the driver's own message."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return _SQLITE_REASONS.get((code or 0) & 0xFF, type(error).__name__)


def sqlite_engine(path: Path, *, query_only: bool = False) -> AsyncEngine:
    """An engine over one SQLite file: WAL, synchronous=FULL, foreign keys, BEGIN IMMEDIATE."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", module=OneVisit())

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")
        if query_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if query_only else "BEGIN IMMEDIATE")

    return engine


def postgres_engine(url: str) -> AsyncEngine:
    """An engine over PostgreSQL through psycopg 3."""
    return create_async_engine(
        postgres_url(url),
        pool_size=8,
        max_overflow=4,
        pool_timeout=_WAIT_FOR_CONNECTION_S,
        pool_pre_ping=True,
        connect_args=NOTICE_SILENCE,
    )


def postgres_url(url: str) -> str:
    """`url` with the one driver that Balm uses for PostgreSQL."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def libpq_url(url: str) -> str:
    """`url` as libpq reads it: without the name of a Python driver; notices a silent server."""
    noticing = {name: str(value) for name, value in NOTICE_SILENCE.items()}
    plain = make_url(url).set(drivername="postgresql").update_query_dict(noticing)
    return plain.render_as_string(hide_password=False)
