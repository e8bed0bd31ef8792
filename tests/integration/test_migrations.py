"""Do the migrations make exactly the tables of this version, and can they be taken back?"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.migrate import config, is_current, upgrade
from bot.store.tables import metadata
from bot.store.unit_of_work import postgres_engine, sqlite_engine
from tests.houses import DATABASES, PostgresServer


@pytest.fixture(params=DATABASES)
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """An engine over an empty database."""
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        engine = postgres_engine(server.create())
    else:
        engine = sqlite_engine(tmp_path / "empty.db")
    yield engine
    await engine.dispose()


async def tables(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        return set(await connection.run_sync(lambda c: inspect(c).get_table_names()))


def _config(connection: Connection) -> Config:
    settings = config()
    settings.attributes["connection"] = connection
    return settings


def differences(connection: Connection) -> list[object]:
    """What `alembic check` would print."""
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    found: list[object] = compare_metadata(context, metadata)
    return found


async def test_up_from_empty_gives_the_tables_of_this_version(empty: AsyncEngine) -> None:
    assert not await is_current(empty)
    await upgrade(empty)
    assert await is_current(empty)
    assert set(metadata.tables) <= await tables(empty)
    async with empty.connect() as connection:
        assert await connection.run_sync(differences) == []
        await connection.run_sync(lambda c: command.check(_config(c)))


async def test_upgrading_twice_changes_nothing(empty: AsyncEngine) -> None:
    await upgrade(empty)
    before = await tables(empty)
    await upgrade(empty)
    assert await tables(empty) == before


async def test_down_to_nothing_and_up_again(empty: AsyncEngine) -> None:
    await upgrade(empty)
    async with empty.begin() as connection:
        await connection.run_sync(lambda c: command.downgrade(_config(c), "base"))
    assert await tables(empty) <= {"alembic_version"}
    assert not await is_current(empty)
    await upgrade(empty)
    async with empty.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_missing_column_would_be_noticed(empty: AsyncEngine) -> None:
    await upgrade(empty)
    async with empty.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE occurrence DROP COLUMN reason")
    async with empty.connect() as connection:
        assert "reason" in str(await connection.run_sync(differences))
