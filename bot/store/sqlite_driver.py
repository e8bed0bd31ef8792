"""How does a statement reach SQLite's thread and come back in one visit instead of four?

aiosqlite gives every connection a thread. Opening a cursor, executing, fetching and closing are a
visit each, and a visit costs more than most of our statements: all four are made in one.
"""

import sqlite3
from collections import deque
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util import EMPTY_DICT


class _Done:
    """What is left of a cursor that was closed after its statement."""

    __slots__ = ("arraysize", "description", "lastrowid", "rowcount", "rows")

    def __init__(self) -> None:
        self.arraysize = 1
        self.description: Any = None
        self.lastrowid: Any = None
        self.rowcount = -1
        self.rows: list[Any] = []

    async def close(self) -> None:
        """It is closed."""


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """Executes and fetches in one visit."""

    __slots__ = ()

    def __init__(self, adapt_connection: AsyncAdapt_aiosqlite_connection) -> None:
        self._adapt_connection = adapt_connection
        self._connection: Any = adapt_connection._connection
        self._cursor: Any = _Done()
        self._soft_closed_memoized = EMPTY_DICT
        self._rows = deque()

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._visit(_execute, operation, parameters or ())

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._visit(_execute_many, operation, seq_of_parameters)

    async def _visit(self, work: Any, operation: Any, parameters: Any) -> None:
        async with self._adapt_connection._execute_mutex:
            connection = self._connection
            done = await connection._execute(work, connection._conn, operation, parameters)
        self._cursor, self._rows = done, deque(done.rows)


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()
    _cursor_cls = _Cursor  # type: ignore[assignment]  # its type is not written down as open


class OneVisit(AsyncAdapt_aiosqlite_dbapi):
    """The driver module that `create_async_engine(module=…)` takes."""

    def __init__(self) -> None:
        """Over aiosqlite and the standard library."""
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arguments: Any, **options: Any) -> AsyncAdapt_aiosqlite_connection:
        """A connection with a thread of its own."""
        return _Connection(self, super().connect(*arguments, **options)._connection)


def _execute(connection: sqlite3.Connection, operation: str, parameters: Any) -> _Done:
    return _finish(connection.execute(operation, parameters))


def _execute_many(connection: sqlite3.Connection, operation: str, parameters: Any) -> _Done:
    return _finish(connection.executemany(operation, parameters))


def _finish(cursor: sqlite3.Cursor) -> _Done:
    done = _Done()
    done.description = cursor.description
    done.rows = cursor.fetchall() if cursor.description else []
    done.rowcount, done.lastrowid = cursor.rowcount, cursor.lastrowid
    cursor.close()
    return done
