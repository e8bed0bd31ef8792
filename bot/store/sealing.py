"""How do values become sealed columns and come back?"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from bot.store.keys import KeyStore, intake_key, patient_key
from bot.store.tables import Table


class Sealer:
    """Seals JSON for its owner: a patient where one is known, else the clinic's intake."""

    def __init__(self, keys: KeyStore) -> None:
        """Keys come from `keys`."""
        self.keys = keys

    async def seal(
        self, place: str, value: object, *, clinic_id: str, patient_id: str | None
    ) -> bytes:
        """`value` as JSON, sealed for its owner and bound to `place`."""
        owner = patient_key(patient_id) if patient_id else intake_key(clinic_id)
        return await self.keys.seal(owner, place, json.dumps(value, ensure_ascii=False))

    async def unseal(
        self, place: str, sealed: bytes, *, clinic_id: str, patient_id: str | None
    ) -> Any:
        """The value that `seal` was given."""
        owner = patient_key(patient_id) if patient_id else intake_key(clinic_id)
        return json.loads(await self.keys.unseal(owner, place, sealed))


async def insert_once(session: AsyncSession, table: type[Table], values: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique key forbids it; whether it was inserted."""
    statement = _insert_once(table, session.get_bind().dialect.name)
    return (await session.execute(statement, dict(values))).scalar_one_or_none() is not None


@cache
def _insert_once(table: type[Table], dialect: str) -> ReturningInsert[Any]:
    """Made once: making a statement costs as much as executing it."""
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    columns = table.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
    return make(columns).on_conflict_do_nothing().returning(columns.c.id)
