"""How do values become sealed columns and come back?"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy
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

    async def prepare(self, owners: Iterable[tuple[str, str | None]]) -> None:
        """Have the keys of (clinic, patient) at hand: one query instead of one for each."""
        await self.keys.prepare({_owner(clinic_id, patient_id) for clinic_id, patient_id in owners})

    async def seal(
        self, place: str, value: object, *, clinic_id: str, patient_id: str | None
    ) -> bytes:
        """`value` as JSON, sealed for its owner and bound to `place`."""
        owner = _owner(clinic_id, patient_id)
        return await self.keys.seal(owner, place, json.dumps(value, ensure_ascii=False))

    async def unseal(
        self, place: str, sealed: bytes, *, clinic_id: str, patient_id: str | None
    ) -> Any:
        """The value that `seal` was given."""
        owner = _owner(clinic_id, patient_id)
        return json.loads(await self.keys.unseal(owner, place, sealed))

    async def seal_bytes(
        self, place: str, plain: bytes, *, clinic_id: str, patient_id: str | None
    ) -> bytes:
        """`plain` as it is, sealed for its owner and bound to `place`."""
        return await self.keys.seal_bytes(_owner(clinic_id, patient_id), place, plain)

    async def unseal_bytes(
        self, place: str, sealed: bytes, *, clinic_id: str, patient_id: str | None
    ) -> bytes:
        """What `seal_bytes` was given."""
        return await self.keys.unseal_bytes(_owner(clinic_id, patient_id), place, sealed)

    async def mac(
        self, place: str, sealed: bytes, *, clinic_id: str, patient_id: str | None
    ) -> str:
        """A keyed hash of what was sealed: tells whether it is the same, and nothing else."""
        owner = _owner(clinic_id, patient_id)
        plain = await self.keys.unseal(owner, place, sealed)
        return hmac.new(await self.keys.key(owner), plain.encode(), hashlib.sha256).hexdigest()


def core(table: type[Table]) -> sqlalchemy.Table:
    """The table itself, for statements over many rows that need no objects."""
    found: sqlalchemy.Table = table.__table__  # type: ignore[attr-defined]  # SQLModel declares no such member
    return found


async def insert_once(session: AsyncSession, table: type[Table], values: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique key forbids it; whether it was inserted."""
    statement = _insert_once(table, session.get_bind().dialect.name)
    return (await session.execute(statement, dict(values))).scalar_one_or_none() is not None


@cache
def _insert_once(table: type[Table], dialect: str) -> ReturningInsert[Any]:
    """Made once: making a statement costs as much as executing it."""
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    columns = core(table)
    return make(columns).on_conflict_do_nothing().returning(columns.c.id)


def _owner(clinic_id: str, patient_id: str | None) -> str:
    return patient_key(patient_id) if patient_id else intake_key(clinic_id)


async def insert_many_once(
    session: AsyncSession, table: type[Table], rows: Sequence[Mapping[str, Any]]
) -> set[str]:
    """Insert rows unless a unique key forbids them; ids of those that were inserted.

    One statement for all, so there must not be more than about a thousand.
    """
    dialect = session.get_bind().dialect.name
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    columns = core(table)
    statement = make(columns).values(list(rows)).on_conflict_do_nothing().returning(columns.c.id)
    return set((await session.execute(statement)).scalars())
