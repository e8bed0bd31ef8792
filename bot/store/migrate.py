"""How does a database get the tables of this version, or find out that it lacks them?"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store import job_tables

_SCRIPTS = Path(__file__).parent / "migrations"


async def upgrade(engine: AsyncEngine) -> None:
    """Bring the database to the newest version; nothing happens when it is there already.

    Only one process at a time may do this.
    """
    async with engine.connect() as connection:
        if await connection.run_sync(_is_current):
            return
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade)


async def is_current(engine: AsyncEngine) -> bool:
    """Whether the database has the tables of this version."""
    async with engine.connect() as connection:
        return await connection.run_sync(_is_current)


def config() -> Config:
    """Alembic's settings for Balm's migrations."""
    settings = Config()
    settings.set_main_option("script_location", str(_SCRIPTS))
    return settings


def _upgrade(connection: Connection) -> None:
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
    if connection.dialect.name == "postgresql":
        job_tables.upgrade(connection)


def _is_current(connection: Connection) -> bool:
    head = ScriptDirectory.from_config(config()).get_current_head()
    if MigrationContext.configure(connection).get_current_revision() != head:
        return False
    return connection.dialect.name != "postgresql" or job_tables.is_current(connection)
