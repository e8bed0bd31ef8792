"""Does the clinic see what is stored, in the right order, and nothing that was erased?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.domain.delivery import Body, Delivery
from bot.domain.effect import LogDose, RecordAnswer
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
from bot.domain.occurrence import DAILY_CHECKIN, DOSE_REMINDER, Occurrence, OccurrenceState
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
from bot.ports.outbox import Outcome
from bot.store.console_rows import UNREADABLE
from bot.store.keys import KeyStore, patient_key
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


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    writer, keys_engine = sqlite_engine(tmp_path / "balm.db"), sqlite_engine(tmp_path / "keys.db")
    reader = sqlite_engine(tmp_path / "balm.db", query_only=True)
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
        inbound_id = await tx.inbox.add(CLINIC, message, at=at)
        assert inbound_id is not None
        patient_id = ANA if address == PHONE else None
        await tx.inbox.mark_applied(inbound_id, at=at, patient_id=patient_id)


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
        state=state,
    )


async def card_of(house: House, address: str = PHONE) -> PatientCard | StrangerCard:
    return await house.reader.card(CLINIC, Channel.SMS, address, now=NOW)


async def test_the_most_urgent_case_stands_first(house: House) -> None:
    await open_case(house, "task", Urgency.TASK, deadline=1)
    await open_case(house, "calm", Urgency.SAME_DAY, deadline=600)
    await open_case(house, "late", Urgency.EMERGENCY, deadline=-30)
    await open_case(house, "soon", Urgency.EMERGENCY, deadline=30)
    await open_case(house, "timeless", Urgency.EMERGENCY, deadline=None)
    await open_case(house, "phone", Urgency.NOW, deadline=900)
    async with house.store.unit_of_work() as tx:
        await tx.cases.move(EscalationId("calm"), state=EscalationState.CLOSED)
    seen = await house.reader.overview(CLINIC, now=NOW)
    assert [case.id for case in seen.cases] == ["phone", "late", "soon", "timeless", "task"]
    assert seen.cases[0].evidence == "evidence of phone"
    assert seen.cases[0].patient_name == "Ana Example"


async def test_patients_are_listed_with_what_holds_now(house: House) -> None:
    await write(house, "hello", minutes=5)
    await start_course(house, first_day=NOW.date() - timedelta(days=14))
    ana, ben = (await house.reader.overview(CLINIC, now=NOW)).patients
    assert (ana.name, ana.status, ana.zone, ana.language) == (
        "Ana Example",
        "active",
        "Asia/Kolkata",
        "hi",
    )
    assert ana.course_week == 3
    assert ana.last_contact_at == NOW - timedelta(minutes=5)
    assert (ben.zone, ben.course_week, ben.last_contact_at) == ("America/New_York", None, None)


async def test_a_course_that_begins_tomorrow_has_no_week(house: House) -> None:
    await start_course(house, first_day=NOW.date() + timedelta(days=2))
    ana = (await house.reader.overview(CLINIC, now=NOW)).patients[0]
    assert ana.course_week is None


async def test_messages_of_both_directions_stand_in_one_order(house: House) -> None:
    await write(house, "first", minutes=30)
    await queue(house, "second", minutes=20)
    await write(house, "third", minutes=10)
    seen = (await house.reader.overview(CLINIC, now=NOW)).messages
    assert [(line.text, line.is_from_patient) for line in seen] == [
        ("third", True),
        ("second", False),
        ("first", True),
    ]
    assert seen[1].state == "queued"


async def test_what_a_stranger_wrote_is_not_there_to_be_read(house: House) -> None:
    await write(house, "my secret", minutes=3, address="+12025550177")
    seen = await house.reader.overview(CLINIC, now=NOW)
    (line,) = seen.messages
    assert (line.patient_name, line.text) == (None, "")


async def test_a_pressed_button_reads_as_what_it_means(house: House) -> None:
    press = Inbound(
        channel=Channel.SMS,
        sender_id=SENDER,
        provider_id="press",
        kind=InboundKind.BUTTON,
        address=PHONE,
        action=f"checkin:{TimeOrderedIds().new()}:lips:4",
    )
    async with house.store.unit_of_work() as tx:
        await tx.inbox.add(CLINIC, press, at=NOW)
    (line,) = (await house.reader.overview(CLINIC, now=NOW)).messages
    assert line.text == "checkin lips 4"


async def test_what_did_not_arrive_is_listed(house: House) -> None:
    await queue(house, "lost", minutes=20)
    async with house.store.unit_of_work() as tx:
        fence = await tx.outbox.take_fence(SENDER)
        (claimed,) = await tx.outbox.claim(fence, now=NOW, limit=5, lease=timedelta(minutes=1))
        assert await tx.outbox.mark_sending(fence, claimed.id, at=NOW)
        outcome = Outcome(
            delivery_id=claimed.id, state="failed", outcome="rejected", reason="bad-number"
        )
        assert await tx.outbox.settle(fence, outcome, at=NOW)
    (failure,) = (await house.reader.overview(CLINIC, now=NOW)).failures
    assert (failure.text, failure.state, failure.reason) == ("lost", "failed", "bad-number")


async def test_an_erased_person_leaves_no_readable_word(house: House) -> None:
    await write(house, "my lips", minutes=3)
    await open_case(house, "case", Urgency.TASK, deadline=None)
    await house.keys.erase(patient_key(ANA))
    seen = await house.reader.overview(CLINIC, now=NOW)
    assert "Ana Example" not in [patient.name for patient in seen.patients]
    assert seen.messages[0].text == seen.cases[0].evidence == UNREADABLE
    assert seen.cases[0].patient_name == UNREADABLE


async def test_the_card_shows_the_patient_of_an_address(house: House) -> None:
    await start_course(house, first_day=NOW.date())
    await open_case(house, "case", Urgency.EMERGENCY, deadline=5)
    await queue(house, "hello", minutes=2)
    card = await card_of(house)
    assert isinstance(card, PatientCard)
    assert (card.patient.name, card.birth_year, card.dose) == (
        "Ana Example",
        1999,
        "40 mg at night",
    )
    assert (card.has_consent, card.consent_version, card.hold) == (True, "1", "rf-vision")
    assert [case.id for case in card.cases] == ["case"]
    assert card.deliveries == {"queued": 1}
    assert [line.text for line in card.timeline] == ["hello"]


async def test_the_card_shows_the_latest_word_about_each_dose(house: House) -> None:
    course = await start_course(house, first_day=NOW.date() - timedelta(days=9))
    states = {
        1: OccurrenceState.MISSED,
        2: OccurrenceState.TAKEN,
        3: OccurrenceState.CANCELLED,
        -1: OccurrenceState.PLANNED,
    }
    async with house.store.unit_of_work() as tx:
        planned = [
            occurrence(course, DOSE_REMINDER, days=days, state=state)
            for days, state in states.items()
        ]
        await tx.plan.upsert_planned(CLINIC, planned)
        for answer, reason in (("later", None), ("not-today", "forgot")):
            log = LogDose(
                occurrence_id=None,
                day=(NOW - timedelta(days=2)).date(),
                slot="evening",
                answer=answer,
                reason=reason,
            )
            await tx.plan.log_dose(CLINIC, ANA, log, at=NOW)
    card = await card_of(house)
    assert isinstance(card, PatientCard)
    assert [(dose.day, dose.answer, dose.reason) for dose in card.doses] == [
        ("2026-11-22", "missed", None),
        ("2026-11-21", "not-today", "forgot"),
    ]


async def test_the_card_shows_the_latest_check_in_as_corrected(house: House) -> None:
    course = await start_course(house, first_day=NOW.date() - timedelta(days=9))
    async with house.store.unit_of_work() as tx:
        asked = [
            occurrence(course, DAILY_CHECKIN, days=days, state=OccurrenceState.ANSWERED)
            for days in (2, 1)
        ]
        await tx.plan.upsert_planned(CLINIC, asked)
        said = [
            (asked[0], "lips", "9", None),
            (asked[1], "lips", "4", None),
            (asked[1], "other", "text", "Sore elbow"),
            (asked[1], "lips", "3", None),
        ]
        for one, question, value, text in said:
            answer = RecordAnswer(
                occurrence_id=one.id,
                questionnaire="daily",
                version="1",
                question=question,
                value=value,
                text=text,
            )
            await tx.plan.add_answer(CLINIC, ANA, answer, at=NOW)
    card = await card_of(house)
    assert isinstance(card, PatientCard)
    assert [(line.question, line.value) for line in card.answers] == [
        ("lips", "3"),
        ("other", "Sore elbow"),
    ]


async def test_of_a_stranger_only_a_count_is_known(house: House) -> None:
    async with house.store.unit_of_work() as tx:
        index = await tx.people.index_of(CLINIC, Channel.SMS, "+12025550177")
        await tx.people.count_stranger(CLINIC, index, now=NOW, is_try=False)
    assert await card_of(house, "+12025550177") == StrangerCard(messages=1)
    assert await card_of(house, "+12025550178") == StrangerCard(messages=0)


async def test_the_stamp_changes_with_every_change_that_is_shown(house: House) -> None:
    stamps = [await house.reader.stamp(CLINIC)]
    assert await house.reader.stamp(CLINIC) == stamps[0]
    await write(house, "hello", minutes=1)
    stamps.append(await house.reader.stamp(CLINIC))
    await queue(house, "hello Ana", minutes=0)
    stamps.append(await house.reader.stamp(CLINIC))
    await open_case(house, "case", Urgency.TASK, deadline=None)
    stamps.append(await house.reader.stamp(CLINIC))
    async with house.store.unit_of_work() as tx:
        await tx.people.set_status(BEN, PatientStatus.ACTIVE)
    stamps.append(await house.reader.stamp(CLINIC))
    assert len(set(stamps)) == len(stamps)


async def test_an_unknown_clinic_has_no_overview(house: House) -> None:
    with pytest.raises(KeyError):
        await house.reader.overview(ClinicId("other"), now=NOW)
    assert await house.reader.stamp(ClinicId("other")) != await house.reader.stamp(CLINIC)


async def test_one_clinic_never_sees_another(house: House) -> None:
    await write(house, "hello", minutes=1)
    other = Clinic(
        id=ClinicId("other"),
        name="Other",
        phone="+12025550191",
        region=Region.UK,
        zone="Europe/London",
        staffed_hours="Monday",
        out_of_hours_cover=False,
    )
    async with house.store.unit_of_work() as tx:
        await tx.house.add_clinic(other, slug="other", at=NOW)
    seen = await house.reader.overview(other.id, now=NOW)
    assert (seen.patients, seen.messages, seen.cases, seen.failures) == ([], [], [], [])
