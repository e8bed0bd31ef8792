"""A stored clinic for its reader: two patients, and ways to let something happen to them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from bot.domain.delivery import Body, Delivery
from bot.domain.escalation import Escalation, EscalationState, Urgency
from bot.domain.identity import (
    AddressId,
    Channel,
    ClinicId,
    CourseId,
    DeliveryId,
    Driver,
    EscalationId,
    OccurrenceId,
    PatientId,
    Region,
    SenderId,
)
from bot.domain.inbound import Inbound, InboundKind
from bot.domain.message_kind import MessageKind
from bot.domain.occurrence import DOSE_REMINDER, Occurrence, OccurrenceState
from bot.domain.patient import (
    Address,
    AddressState,
    Clinic,
    Fact,
    FactKind,
    FactValue,
    Patient,
    PatientStatus,
)
from bot.ids import TimeOrderedIds
from bot.ports.console import PatientCard, StrangerCard
from bot.ports.house import Sender
from bot.store.keys import KeyStore
from bot.store.migrate import upgrade
from bot.store.queries import ConsoleQueries
from bot.store.records import Records
from bot.store.sealing import Sealer
from bot.store.unit_of_work import SqlStore, sqlite_engine

NOW = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)
CLINIC = ClinicId("clinic")
ANA, BEN = PatientId("ana"), PatientId("ben")
SENDER = SenderId("sender")
PHONE = "+12025550101"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A store with one clinic, its reader, and its keys."""

    store: SqlStore
    keys: KeyStore
    reader: ConsoleQueries


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    """The store on SQLite, from the real migrations, with one patient who is reached by SMS."""
    writer, keys_engine = sqlite_engine(folder / "balm.db"), sqlite_engine(folder / "keys.db")
    reader = sqlite_engine(folder / "balm.db", query_only=True)
    await upgrade(writer)
    keys = KeyStore(keys_engine, b"secret")
    await keys.open(NOW)
    ids, sealer = TimeOrderedIds(), Sealer(keys)
    store = SqlStore(writer, reader, sealer, ids)
    async with store.unit_of_work() as tx:
        await _fill(tx)
    yield House(store=store, keys=keys, reader=ConsoleQueries(reader, sealer, ids))
    await store.close()
    await keys_engine.dispose()


async def _fill(tx: Records) -> None:
    clinic = Clinic(
        id=CLINIC,
        name="Rosehip Dermatology",
        phone="+12025550190",
        region=Region.US,
        zone="America/New_York",
        staffed_hours="Monday to Friday",
        out_of_hours_cover=False,
    )
    await tx.house.add_clinic(clinic, slug="rosehip", at=NOW)
    await tx.house.upsert_sender(
        Sender(
            id=SENDER,
            clinic_id=CLINIC,
            channel=Channel.SMS,
            driver=Driver.SIMULATOR,
            public_name="try-it",
            state="running",
            held_until=None,
            pace_per_second=10,
            credentials={},
        )
    )
    for patient_id, name in ((ANA, "Ana Example"), (BEN, "Ben Sample")):
        patient = Patient(
            id=patient_id,
            clinic_id=CLINIC,
            name=name,
            born_on=date(1999, 5, 4),
            status=PatientStatus.ACTIVE if patient_id is ANA else PatientStatus.INVITED,
        )
        await tx.people.add_patient(patient, at=NOW)
    await tx.people.add_address(
        CLINIC,
        Address(
            id=AddressId("address"),
            patient_id=ANA,
            channel=Channel.SMS,
            sender_id=SENDER,
            value=PHONE,
            state=AddressState.ACTIVE,
        ),
        at=NOW,
    )
    await _record(tx, FactKind.ZONE, {"zone": "Europe/Madrid"}, days=9)
    await _record(tx, FactKind.ZONE, {"zone": "Asia/Kolkata"}, days=2)
    await _record(tx, FactKind.LANGUAGE, {"language": "hi"}, days=2)
    await _record(tx, FactKind.CONSENT, {"given": True, "version": "1"}, days=9)
    await _record(tx, FactKind.HOLD, {"category": "rf-vision"}, days=1)


async def _record(tx: Records, kind: FactKind, value: FactValue, *, days: int) -> None:
    at = NOW - timedelta(days=days)
    fact = Fact(kind=kind, value=value, effective_at=at, recorded_at=at, recorded_by="test")
    await tx.people.add_fact(CLINIC, ANA, fact)


async def write(house: House, text: str, *, minutes: int, address: str = PHONE) -> None:
    """A text that reached Balm so many minutes ago."""
    message = Inbound(
        channel=Channel.SMS,
        sender_id=SENDER,
        provider_id=text,
        kind=InboundKind.TEXT,
        address=address,
        text=text,
    )
    at = NOW - timedelta(minutes=minutes)
    async with house.store.unit_of_work() as tx:
        stored = await tx.inbox.add(CLINIC, message, at=at)
        assert stored is not None
        patient_id = ANA if address == PHONE else None
        await tx.inbox.mark_applied(stored, at=at, patient_id=patient_id)


async def queue(house: House, text: str, *, minutes: int) -> None:
    """A text to Ana that became due so many minutes ago."""
    delivery = Delivery(
        id=DeliveryId(text),
        clinic_id=CLINIC,
        sender_id=SENDER,
        channel=Channel.SMS,
        kind=MessageKind.REPLY,
        cause=text,
        part=1,
        patient_id=ANA,
        address_id=AddressId("address"),
        address=PHONE,
        body=Body(text=text),
        template="reply",
        due_at=NOW - timedelta(minutes=minutes),
        expires_at=None,
    )
    async with house.store.unit_of_work() as tx:
        index = await tx.people.index_of(CLINIC, Channel.SMS, PHONE)
        await tx.outbox.add(delivery, index=index, source=text)


async def open_case(
    house: House, name: str, urgency: Urgency, *, deadline: int | None, hours: int = 1
) -> None:
    """A case about Ana, due in so many minutes."""
    case = Escalation(
        id=EscalationId(name),
        clinic_id=CLINIC,
        cause=name,
        category="rf-vision",
        urgency=urgency,
        state=EscalationState.OPEN,
        patient_id=ANA,
        opened_at=NOW - timedelta(hours=hours),
        deadline_at=NOW + timedelta(minutes=deadline) if deadline is not None else None,
        evidence=f"evidence of {name}",
    )
    async with house.store.unit_of_work() as tx:
        await tx.cases.add(case)


async def start_course(house: House, *, first_day: date) -> CourseId:
    async with house.store.unit_of_work() as tx:
        return await tx.plan.add_course(
            CLINIC, ANA, first_day=first_day, last_day=None, dose="40 mg at night", at=NOW
        )


def occurrence(course: CourseId, reminder: str, *, days: int, state: OccurrenceState) -> Occurrence:
    due_at = NOW - timedelta(days=days)
    return Occurrence(
        id=OccurrenceId(f"{reminder}-{days}"),
        patient_id=ANA,
        course_id=course,
        reminder=reminder,
        slot="evening",
        local_day=due_at.date(),
        local_time=time(20),
        zone="Asia/Kolkata",
        due_at=due_at,
        kind=MessageKind.DOSE if reminder == DOSE_REMINDER else MessageKind.CHECKIN,
        state=state,
    )


async def card_of(house: House, address: str = PHONE) -> PatientCard | StrangerCard:
    return await house.reader.card(CLINIC, Channel.SMS, address, now=NOW)
