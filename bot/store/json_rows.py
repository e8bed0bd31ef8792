"""How do many rows reach one statement whose words never change? As JSON that it unpacks.

A statement of constant words is compiled once and prepared once, whatever the number of rows.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB

from bot.store.types import UtcDateTime

_KEPT = "%Y-%m-%d %H:%M:%S.%f"
"""How SQLite keeps an instant; PostgreSQL reads it as well."""


class JsonRows:
    """The rows in one parameter of a statement, which is given what `as_json` makes."""

    def __init__(self, dialect: str, parameter: str = "rows") -> None:
        """For statements of one database: "postgresql" or "sqlite"."""
        self._is_postgres = dialect == "postgresql"
        given = bindparam(parameter, type_=Text)
        if self._is_postgres:
            unpacked = func.jsonb_array_elements(cast(given, JSONB))
        else:
            unpacked = func.json_each(given)
        self.source = unpacked.table_valued("value", name="given")
        self._value = self.source.c.value

    def text(self, name: str) -> ColumnElement[str]:
        """A field of each row; NULL where it is null."""
        if self._is_postgres:
            return self._value.op("->>", return_type=Text())(literal_column(f"'{name}'"))
        return func.json_extract(self._value, literal_column(f"'$.{name}'"), type_=Text())

    def number(self, name: str) -> ColumnElement[int]:
        """A field of each row as a whole number."""
        return cast(self.text(name), Integer)

    def instant(self, name: str) -> ColumnElement[datetime]:
        """A field of each row as an instant; NULL where it is null."""
        kept = cast(self.text(name), DateTime) if self._is_postgres else self.text(name)
        return type_coerce(kept, UtcDateTime)


def as_json(rows: Sequence[Mapping[str, str | int | datetime | None]]) -> str:
    """The rows as the value of such a parameter; an instant has a zone."""
    return json.dumps(rows, default=_as_kept)


def _as_kept(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return value.astimezone(UTC).strftime(_KEPT)
