"""Which key opens what? Per-patient keys, kept apart from the data and wrapped by one secret.

The secret (`BALM_SECRET_KEY`) only wraps; erasing a patient's key makes every sealed value of
theirs unreadable, in backups of the data as well.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from datetime import datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.schema import CreateSchema

from bot.store.types import UtcDateTime

_KEY_BYTES = 32
_NONCE_BYTES = 12
_BLIND_INDEX = "blind-index"
_SCHEMA = "keys"
_KEYS_AT_ONCE = 500
_KEYS_REMEMBERED = 20_000
"""So that memory does not grow with the number of patients."""


class WrongSecret(Exception):
    """The secret does not open the stored keys; the operator has to give the right one."""


class SealBroken(Exception):
    """A sealed value does not belong where it was found, or was changed."""


class KeyStore:
    """Keys by name ("patient:ID", "intake:CLINIC"); made on first use, unwrapped once, cached."""

    def __init__(self, engine: AsyncEngine, secret: bytes) -> None:
        """Keys in the database of `engine`, wrapped by a key derived from `secret`."""
        self._engine = engine
        self._wrapping = _derive(secret)
        self._cache: dict[str, bytes] = {}
        schema = _SCHEMA if engine.dialect.name == "postgresql" else None
        self._table = Table(
            "wrapped_key",
            MetaData(schema=schema),
            Column("name", String, primary_key=True),
            Column("wrapped", LargeBinary, nullable=False),
            Column("created_at", UtcDateTime, nullable=False),
        )

    async def open(self, now: datetime) -> None:
        """Make the table and the index key if missing, and check the secret.

        Raises WrongSecret when the stored keys were wrapped by another secret.
        """
        async with self._engine.begin() as connection:
            if self._engine.dialect.name == "postgresql":
                await connection.execute(CreateSchema(_SCHEMA, if_not_exists=True))
            await connection.run_sync(self._table.metadata.create_all)
        await self.make(_BLIND_INDEX, now)
        await self.key(_BLIND_INDEX)

    async def make(self, name: str, now: datetime) -> None:
        """Store a new random key under `name` unless there is one; committed on return."""
        await self.make_all([name], now)

    async def make_all(self, names: Collection[str], now: datetime) -> None:
        """`make` for many names, in one commit."""
        asked = select(self._table.c.name).where(self._table.c.name.in_(names))
        async with self._engine.begin() as connection:
            known = set((await connection.scalars(asked)).all())
            rows = [
                {
                    "name": name,
                    "wrapped": aes_key_wrap(self._wrapping, secrets.token_bytes(_KEY_BYTES)),
                    "created_at": now,
                }
                for name in names
                if name not in known
            ]
            if rows:
                await connection.execute(insert(self._table), rows)

    async def key(self, name: str) -> bytes:
        """The key of `name`. Raises KeyError when it was erased or never made."""
        if name not in self._cache:
            async with self._engine.connect() as connection:
                wrapped = await connection.scalar(
                    select(self._table.c.wrapped).where(self._table.c.name == name)
                )
            if wrapped is None:
                raise KeyError(name)
            self._remember(name, wrapped)
        return self._cache[name]

    async def prepare(self, names: Collection[str]) -> None:
        """Have the keys of `names` at hand; those that are gone are left out."""
        missing = [name for name in names if name not in self._cache]
        for start in range(0, len(missing), _KEYS_AT_ONCE):
            asked = select(self._table.c.name, self._table.c.wrapped).where(
                self._table.c.name.in_(missing[start : start + _KEYS_AT_ONCE])
            )
            async with self._engine.connect() as connection:
                found = (await connection.execute(asked)).all()
            for name, wrapped in found:
                self._remember(name, wrapped)

    async def close(self) -> None:
        """Give all connections back."""
        await self._engine.dispose()

    async def erase(self, name: str) -> None:
        """Forget the key of `name` for good."""
        self._cache.pop(name, None)
        async with self._engine.begin() as connection:
            await connection.execute(delete(self._table).where(self._table.c.name == name))

    async def blind_index(self, *parts: str) -> str:
        """Keyed hash of `parts`: finds equal values without revealing them."""
        key = await self.key(_BLIND_INDEX)
        return hmac.new(key, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()

    async def seal(self, name: str, place: str, plain: str) -> bytes:
        """`plain` encrypted under the key of `name`, bound to `place` (table.column:row)."""
        return await self.seal_bytes(name, place, plain.encode())

    async def unseal(self, name: str, place: str, sealed: bytes) -> str:
        """The text sealed at `place`.

        Raises KeyError when its key was erased, and SealBroken when it belongs elsewhere.
        """
        return (await self.unseal_bytes(name, place, sealed)).decode()

    async def seal_bytes(self, name: str, place: str, plain: bytes) -> bytes:
        """The same for what is no text."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(await self.key(name)).encrypt(nonce, plain, place.encode())

    async def unseal_bytes(self, name: str, place: str, sealed: bytes) -> bytes:
        """What `seal_bytes` was given. Raises KeyError and SealBroken as `unseal` does."""
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        key = await self.key(name)
        try:
            return AESGCM(key).decrypt(nonce, body, place.encode())
        except Exception as error:
            raise SealBroken(place) from error

    def _remember(self, name: str, wrapped: bytes) -> None:
        try:
            key = aes_key_unwrap(self._wrapping, wrapped)
        except InvalidUnwrap as error:
            raise WrongSecret("BALM_SECRET_KEY does not open the stored keys") from error
        while len(self._cache) >= _KEYS_REMEMBERED:
            self._cache.pop(next(iter(self._cache)))  # the oldest; it can be read again
        self._cache[name] = key


def patient_key(patient_id: str) -> str:
    """Name of a patient's key."""
    return f"patient:{patient_id}"


def intake_key(clinic_id: str) -> str:
    """Name of a clinic's key for what strangers send."""
    return f"intake:{clinic_id}"


def _derive(secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"balm key wrap").derive(
        secret
    )
