"""Who works on this PostgreSQL database at present: one process alone, or a cluster?

Two processes that each believe to be alone would take each other's messages for left behind, and
send them again. On SQLite a lock file says the same.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from psycopg import AsyncConnection, OperationalError

from bot.logs import failure
from bot.ports.store import StoreBusy

NUMBER = 7_227_002
"""Number of the advisory lock; a session holds it, so it ends with its process."""
_LOOK_EVERY_S = 5.0
_SILENT_AT_MOST_MS = 20_000
"""A machine that vanished holds the database no longer than this."""


class DatabaseTaken(Exception):
    """Somebody else works on this database in a way that leaves no room for this process."""


class Claim:
    """The right to work on one database, as long as this process lives."""

    def __init__(self, url: str, *, is_alone: bool) -> None:
        """`url` is as libpq reads it; `is_alone` leaves no room for anybody, else many may stand
        together.
        """
        self._url = url
        self._function = "pg_try_advisory_lock" if is_alone else "pg_try_advisory_lock_shared"
        self._session: AsyncConnection | None = None

    async def take(self) -> None:
        """Raises DatabaseTaken, or OperationalError when the database does not answer."""
        session = await AsyncConnection.connect(self._url, autocommit=True)
        try:
            await session.execute(f"SET idle_session_timeout = {_SILENT_AT_MOST_MS}".encode())
            found = await session.execute(f"SELECT {self._function}({NUMBER})".encode())
            is_ours = await found.fetchone() == (True,)
        except BaseException:
            await session.close()
            raise
        if not is_ours:
            await session.close()
            raise DatabaseTaken
        self._session = session

    async def keep(self, lost: Callable[[], None]) -> None:
        """Until cancelled: a session that broke is renewed; `lost` when somebody was faster."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                await self._renew()
            except OperationalError as error:
                failure("database-not-claimed", error)
            except DatabaseTaken as error:
                failure("database-taken", error)
                lost()
                return

    async def give_back(self) -> None:
        """Others may work on the database now."""
        if self._session is not None:
            with suppress(OperationalError):
                await self._session.close()

    async def _renew(self) -> None:
        if self._session is not None:
            try:
                await self._session.execute(b"SELECT 1")
            except OperationalError:
                await self.give_back()
                self._session = None
        if self._session is None:
            await self.take()


@asynccontextmanager
async def claimed(url: str, *, is_alone: bool, lost: Callable[[], None]) -> AsyncIterator[None]:
    """The database is ours while the context lasts.

    Raises DatabaseTaken, or StoreBusy when the database does not answer.
    """
    claim = Claim(url, is_alone=is_alone)
    try:
        await claim.take()
    except OperationalError as error:
        raise StoreBusy(type(error).__name__) from error
    keeping = asyncio.create_task(claim.keep(lost))
    try:
        yield
    finally:
        keeping.cancel()
        await claim.give_back()
