"""Alembic's entry: runs migrations on the connection that `bot.store.migrate` hands in."""

from typing import Literal

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from bot.store.tables import metadata


def render(kind: str, value: object, _context: object) -> str | Literal[False]:
    """Text columns as plain SQLAlchemy, so that a migration does not depend on SQLModel."""
    return "sa.String()" if kind == "type" and isinstance(value, AutoString) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
