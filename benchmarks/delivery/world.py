"""What does the database of a measurement hold: a clinic, senders, patients, and texts now due."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import OffsetClock
from bot.domain.delivery import Body, Delivery
from bot.domain.identity import (
    AddressId,
    AddressIndex,
    Channel,
    ClinicId,
    DeliveryId,
    Driver,
    PatientId,
    Region,
    SenderId,
)
from bot.domain.message_kind import KIND_RULES, MessageKind
from bot.domain.patient import Clinic, FactKind
from bot.ids import TimeOrderedIds
from bot.ports.house import Sender
from bot.store.keys import KeyStore, patient_key
from bot.store.records.delivery_row import place_of, plain_of, values_of
from bot.store.sealing import Sealer, core
from bot.store.tables import ContentTextRow, DeliveryRow, FactRow, PatientRow
from bot.store.unit_of_work import SqlStore, postgres_engine, sqlite_engine

CLINIC = ClinicId("bench-clinic")
_SECRET = b"bench secret that protects nothing"
_TEXT = "Time for your 20:00 capsule. Reply Y once you have taken it, or N for not today."
_ROWS_AT_ONCE = 500
_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
NEVER_RESENT, RESENT, ALERT = MessageKind.DOSE, MessageKind.REPLY, MessageKind.ALERT


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """An open database with what a drain needs."""

    store: SqlStore
    sealer: Sealer
    writer: AsyncEngine
    clock: OffsetClock
    ids: TimeOrderedIds

    async def senders(self, count: int, *, pace: float) -> list[SenderId]:
        """So many senders of the one clinic, each with its own pace a second."""
        made = [SenderId(f"bench-sender-{number:03d}") for number in range(count)]
        async with self.store.unit_of_work() as tx:
            for sender_id in made:
                await tx.house.upsert_sender(_sender(sender_id, pace))
        return made

    async def fill(
        self,
        senders: Sequence[SenderId],
        count: int,
        *,
        kinds: Sequence[MessageKind] = (NEVER_RESENT,),
        due_at: datetime | None = None,
    ) -> None:
        """Queue so many texts, each for a patient of its own, spread evenly over senders."""
        now = due_at or self.clock.now()
        patients = [PatientId(self.ids.new()) for _ in range(count)]
        for start in range(0, count, _ROWS_AT_ONCE):
            some = patients[start : start + _ROWS_AT_ONCE]
            await self.sealer.keys.make_all([patient_key(one) for one in some], now)
            rows = [
                await self._row(
                    senders[(start + number) % len(senders)],
                    patient,
                    kinds[(start + number) % len(kinds)],
                    now,
                )
                for number, patient in enumerate(some)
            ]
            people = [
                {
                    "id": one,
                    "clinic_id": CLINIC,
                    "sealed_identity": await self._identity(one),
                    "birth_year": 2000,
                    "status": "active",
                    "created_at": now,
                }
                for one in some
            ]
            agreed = [
                {
                    "id": self.ids.new(),
                    "clinic_id": CLINIC,
                    "patient_id": one,
                    "kind": FactKind.CONSENT.value,
                    "value": '{"given": true, "version": "1"}',
                    "effective_at": _LONG_AGO,
                    "recorded_at": _LONG_AGO,
                    "recorded_by": "bench",
                }
                for one in some
            ]
            async with self.writer.begin() as connection:
                await connection.execute(core(PatientRow).insert(), people)
                await connection.execute(core(FactRow).insert(), agreed)
                await connection.execute(core(DeliveryRow).insert(), rows)

    async def _identity(self, patient: PatientId) -> bytes:
        who = {"name": "Ada Example", "born_on": "2000-01-01"}
        place = f"patient.identity:{patient}"
        return await self.sealer.seal(place, who, clinic_id=CLINIC, patient_id=patient)

    async def _row(
        self, sender_id: SenderId, patient: PatientId, kind: MessageKind, now: datetime
    ) -> dict[str, object]:
        validity = KIND_RULES[kind].validity
        delivery = Delivery(
            id=DeliveryId(self.ids.new()),
            clinic_id=CLINIC,
            sender_id=sender_id,
            channel=Channel.TELEGRAM,
            kind=kind,
            cause=f"bench:{patient}",
            part=0,
            patient_id=patient,
            address_id=AddressId(f"address-{patient}"),
            address=str(int(patient[:15], 16)),
            body=Body(text=_TEXT),
            template="dose-reminder",
            due_at=now,
            expires_at=now + validity if validity else None,
        )
        sealed = await self.sealer.seal(
            place_of(delivery.id), plain_of(delivery), clinic_id=CLINIC, patient_id=patient
        )
        index = AddressIndex(f"index-{patient}")
        return values_of(delivery, sealed, index=index, text_hash=_text_hash())


@asynccontextmanager
async def opened(database: str) -> AsyncIterator[World]:
    """The world in a PostgreSQL database by its address, or in an SQLite folder."""
    if database.startswith("postgres"):
        writer = reader = postgres_engine(database)
        keys = KeyStore(postgres_engine(database), _SECRET)
    else:
        folder = Path(database)
        writer = sqlite_engine(folder / "balm.db")
        reader = sqlite_engine(folder / "balm.db", query_only=True)
        keys = KeyStore(sqlite_engine(folder / "keys.db"), _SECRET)
    clock, ids, sealer = OffsetClock(), TimeOrderedIds(), Sealer(keys)
    store = SqlStore(writer, reader, sealer, ids)
    try:
        yield World(store=store, sealer=sealer, writer=writer, clock=clock, ids=ids)
    finally:
        await store.close()
        await keys.close()


async def found(database: str) -> None:
    """Make the tables, the clinic and its keys."""
    from bot.store.migrate import upgrade  # the workers of a measurement need none of it

    async with opened(database) as world:
        await upgrade(world.writer)
        now = world.clock.now()
        await world.sealer.keys.open(now)
        clinic = Clinic(
            id=CLINIC,
            name="Bench",
            phone="+15550100100",
            region=Region.US,
            zone="America/New_York",
            staffed_hours="Monday to Friday 9:00 to 17:00",
            out_of_hours_cover=False,
        )
        async with world.store.unit_of_work() as tx:
            await tx.house.add_clinic(clinic, slug="bench", at=now)
        async with world.writer.begin() as connection:
            row = {"hash": _text_hash(), "body": _TEXT}
            await connection.execute(core(ContentTextRow).insert(), row)


def soon(seconds: float) -> datetime:
    """That far ahead of now."""
    return OffsetClock().now() + timedelta(seconds=seconds)


async def wait_until(moment: datetime) -> None:
    """Sleep until `moment`."""
    await asyncio.sleep(max(0.0, (moment - OffsetClock().now()).total_seconds()))


def _sender(sender_id: SenderId, pace: float) -> Sender:
    return Sender(
        id=sender_id,
        clinic_id=CLINIC,
        channel=Channel.TELEGRAM,
        driver=Driver.TELEGRAM,
        public_name=sender_id,
        state="running",
        held_until=None,
        pace_per_second=pace,
        credentials={},
    )


def _text_hash() -> str:
    return hashlib.sha256(_TEXT.encode()).hexdigest()
