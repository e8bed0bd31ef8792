"""Who is measured with? Made-up patients of one clinic, written to a database in bulk.

They differ in language, zone, channel, category, age and week of the course. Each has what two
weeks leave behind: doses taken, check-ins answered, a message.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import OffsetClock
from bot.domain.evidence import EvidenceName, EvidenceSource, evidence_fact
from bot.domain.identity import Channel, ClinicId, Driver, PatientId, SenderId
from bot.domain.patient import Fact, FactKind, FactValue
from bot.ports.house import Sender
from bot.secret import secret_of
from bot.settings import Settings
from bot.store.keys import KeyStore, patient_key
from bot.store.records.person_row import fact_values
from bot.store.sealing import Sealer, core
from bot.store.tables import (
    AddressRow,
    AnswerRow,
    CourseRow,
    DoseLogRow,
    FactRow,
    InboundRow,
    OccurrenceRow,
    PatientRow,
    Table,
)
from bot.wiring.databases import engines
from bot.wiring.house import House

START = datetime(2026, 12, 1, 15, tzinfo=UTC)
"""When it is now, for everybody."""
PROGRAMME, CATEGORY, ZONE = "us-ipledge", "can-become-pregnant", "America/New_York"
_ZONES = (ZONE, "America/Chicago", "America/Denver", "America/Los_Angeles")
_LANGUAGES = ("en", "en", "es", "hi")
_CATEGORIES = (CATEGORY, "cannot-become-pregnant")
_WEEKS, _USUAL_WEEK = 20, 3
_PAST_DAYS = 14
_ANSWERS = {"breakouts": "4", "dryness": "3", "mood": "2"}
_PER_TRANSACTION = 500
_Rows = dict[type[Table], list[dict[str, Any]]]
_TABLES = (
    *(PatientRow, FactRow, AddressRow, CourseRow, OccurrenceRow),
    *(AnswerRow, DoseLogRow, InboundRow),
)
"""In the order in which they may be written: what is referred to comes first."""


class StillClock(OffsetClock):
    """Stands at the start of the measurements, plus the offset."""

    def now(self) -> datetime:
        """The instant at which everything happens."""
        return START + self.offset


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """What tells one patient from another."""

    week: int = _USUAL_WEEK
    """Weeks since the first capsule."""
    zone: str = ZONE
    language: str = "en"
    category: str = CATEGORY
    channel: Channel = Channel.TELEGRAM
    born_on: date = date(2000, 1, 1)

    @property
    def first_day(self) -> date:
        """The day of the first capsule."""
        return START.date() - timedelta(weeks=self.week)


def made_up(number: int) -> MadeUp:
    """The patient of this number; the same number is always the same."""
    return MadeUp(
        week=number % _WEEKS,
        zone=_ZONES[number % 4],
        language=_LANGUAGES[number // 4 % 4],
        category=_CATEGORIES[number // 3 % 2],
        channel=(Channel.TELEGRAM, Channel.SMS)[number // 2 % 2],
        born_on=date(1980 + number % 30, 1 + number % 12, 1 + number % 28),
    )


def facts_of(who: MadeUp) -> list[Fact]:
    """Of a course under a programme: what was entered, shown and agreed to."""
    known: list[tuple[FactKind, FactValue]] = [
        (FactKind.CATEGORY, {"category": who.category}),
        (FactKind.PROGRAMME, {"programme": PROGRAMME}),
        (FactKind.ZONE, {"zone": who.zone}),
        (FactKind.LANGUAGE, {"language": who.language}),
        (FactKind.REGIMEN, _regimen(who.first_day)),
        (FactKind.CONSENT, {"given": True, "version": "1"}),
        *((FactKind.EVIDENCE, value) for value in _evidence(who.first_day)),
    ]
    at = datetime.combine(who.first_day, START.timetz()) - timedelta(days=40)
    return [
        Fact(kind=kind, value=value, effective_at=at, recorded_at=at, recorded_by="bench")
        for kind, value in known
    ]


def _regimen(first_day: date) -> FactValue:
    return {
        "first_day": first_day.isoformat(),
        "last_day": (first_day + timedelta(weeks=20)).isoformat(),
        "slots": "evening@20:00",
        "minimum_gap_minutes": None,
    }


def _evidence(first_day: date) -> Iterator[FactValue]:
    negative = {"result": "negative", "place": "medical"}
    for name, days, details in (
        (EvidenceName.ENROLLED, -35, {}),
        (EvidenceName.CONSENT_FORM, -35, {}),
        (EvidenceName.PREGNANCY_TEST, -35, negative),
        (EvidenceName.CONTRACEPTION_STARTED, -34, {}),
        (EvidenceName.PREGNANCY_TEST, -4, negative),
        (EvidenceName.PICKED_UP, -1, {}),
        (EvidenceName.FIRST_CAPSULE, 0, {}),
    ):
        on = first_day + timedelta(days=days)
        yield evidence_fact(name, on, EvidenceSource.CLINIC, details)


@dataclass(slots=True, kw_only=True)
class _Maker:
    """Writes patients, many at a time."""

    house: House
    clinic_id: ClinicId
    sender_id: SenderId
    keys: KeyStore
    sealer: Sealer
    rows: _Rows = field(default_factory=lambda: {table: [] for table in _TABLES})

    async def write(self, writer: AsyncEngine, people: Sequence[MadeUp]) -> list[PatientId]:
        """These people, in one transaction; their keys before them."""
        ids = [PatientId(self.house.ids.new()) for _ in people]
        await self.keys.make_all([patient_key(one) for one in ids], START)
        for patient_id, who in zip(ids, people, strict=True):
            await self._patient(patient_id, who)
            await self._course(patient_id, who)
        async with writer.begin() as connection:
            for table, rows in self.rows.items():
                if rows:
                    await connection.execute(core(table).insert(), rows)
                rows.clear()
        return ids

    def _add(self, table: type[Table], patient_id: PatientId, **values: Any) -> str:
        row_id = self.house.ids.new()
        own = {"id": row_id, "clinic_id": self.clinic_id, "patient_id": patient_id}
        self.rows[table].append({**own, **values})
        return row_id

    async def _sealed(self, place: str, value: object, patient_id: PatientId) -> bytes:
        return await self.sealer.seal(place, value, clinic_id=self.clinic_id, patient_id=patient_id)

    async def _patient(self, patient_id: PatientId, who: MadeUp) -> None:
        identity = {"name": "Pat Bench", "born_on": who.born_on.isoformat()}
        self.rows[PatientRow].append(
            {
                "id": patient_id,
                "clinic_id": self.clinic_id,
                "sealed_identity": await self._sealed(
                    f"patient.identity:{patient_id}", identity, patient_id
                ),
                "birth_year": who.born_on.year,
                "status": "active",
                "created_at": START,
            }
        )
        for fact in facts_of(who):
            self.rows[FactRow].append(
                await fact_values(
                    fact,
                    self.sealer,
                    id=self.house.ids.new(),
                    clinic_id=self.clinic_id,
                    patient_id=patient_id,
                )
            )
        await self._address(patient_id, who)

    async def _address(self, patient_id: PatientId, who: MadeUp) -> None:
        value = f"+1555{int(patient_id.replace('-', ''), 16) % 10_000_000:07d}"
        address_id = self._add(
            AddressRow,
            patient_id,
            sender_id=self.sender_id,
            channel=who.channel.value,
            address_index=f"index-{patient_id}",
            state="active",
            created_at=START,
        )
        sealed = await self._sealed(f"address.value:{address_id}", value, patient_id)
        self.rows[AddressRow][-1]["sealed_value"] = sealed

    async def _course(self, patient_id: PatientId, who: MadeUp) -> None:
        course_id = self._add(
            CourseRow,
            patient_id,
            status="running",
            first_day=who.first_day,
            last_day=None,
            created_at=START,
        )
        sealed = await self._sealed(f"course.dose:{course_id}", "40 mg", patient_id)
        self.rows[CourseRow][-1]["sealed_dose"] = sealed
        for ago in range(min(_PAST_DAYS, who.week * 7), 0, -1):
            self._past_day(patient_id, course_id, who, START - timedelta(days=ago))

    def _past_day(self, patient_id: PatientId, course_id: str, who: MadeUp, at: datetime) -> None:
        """A dose taken, a check-in answered, and the message that said so."""
        day = at.date()
        for reminder, kind, state in (
            ("dose", "dose", "taken"),
            ("checkin-daily", "checkin", "answered"),
        ):
            occurrence_id = self._add(
                OccurrenceRow,
                patient_id,
                course_id=course_id,
                reminder=reminder,
                slot="evening" if kind == "dose" else "day",
                local_day=day,
                local_time=time(20),
                zone=who.zone,
                due_at=at,
                kind=kind,
                state=state,
                message="",
                variables="{}",
            )
        said = {"occurrence_id": occurrence_id, "questionnaire": "daily", "version": "1"}
        for question, value in _ANSWERS.items():
            told = {"question": question, "value": value, "answered_at": at}
            self._add(AnswerRow, patient_id, **said, **told)
        word = {"day": day, "slot": "evening", "answer": "taken"}
        self._add(DoseLogRow, patient_id, source="reminder", said_at=at, **word)
        inbound_id = self._add(
            InboundRow,
            patient_id,
            sender_id=self.sender_id,
            lane=f"patient:{patient_id}",
            kind="button",
            received_at=at,
            next_try_at=at,
            state="applied",
            tries=0,
        )
        own = {"provider_id": inbound_id, "received_order": inbound_id}
        self.rows[InboundRow][-1] |= own


async def _sender(house: House, clinic_id: ClinicId) -> SenderId:
    sender = Sender(
        id=SenderId(house.ids.new()),
        clinic_id=clinic_id,
        channel=Channel.TELEGRAM,
        driver=Driver.SIMULATOR,
        public_name="bench",
        state="running",
        held_until=None,
        pace_per_second=1_000.0,
        credentials={},
    )
    async with house.store.unit_of_work() as tx:
        return await tx.house.upsert_sender(sender)


async def settle(
    house: House, settings: Settings, clinic_id: ClinicId, people: Sequence[MadeUp]
) -> list[PatientId]:
    """Patients who take part, in the database of `settings`; nothing is planned for them yet."""
    writer, reader, key_engine = engines(settings)
    keys = KeyStore(key_engine, secret_of(settings))
    maker = _Maker(
        clinic_id=clinic_id,
        sender_id=await _sender(house, clinic_id),
        house=house,
        keys=keys,
        sealer=Sealer(keys),
    )
    try:
        found: list[PatientId] = []
        for start in range(0, len(people), _PER_TRANSACTION):
            found += await maker.write(writer, people[start : start + _PER_TRANSACTION])
        return found
    finally:
        for engine in (writer, reader):
            await engine.dispose()
        await keys.close()
