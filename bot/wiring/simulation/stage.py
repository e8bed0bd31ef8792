"""Where does a simulated life take place? A house with one clinic, one nurse and two phones."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import cast

from bot.channels.simulator import Simulator
from bot.clock import OffsetClock
from bot.content.campaigns import LoadedCampaign
from bot.domain.campaign.version import Running
from bot.domain.identity import (
    PATIENT_CHANNELS,
    AddressId,
    Channel,
    ClinicId,
    Driver,
    PatientId,
    SenderId,
)
from bot.domain.inbound import Keyword
from bot.domain.patient import Address, AddressState, Fact, FactKind, FactValue, PatientStatus
from bot.domain.rota import StaffRole
from bot.domain.simulation import CourseRequest
from bot.engine.local import LocalEngine
from bot.ports.house import Sender
from bot.ports.simulator import Phone
from bot.services.patients import NewPatient
from bot.settings import Settings
from bot.store.memory import MemoryStore
from bot.store.unit_of_work import SqlStore
from bot.wiring.demo import CLINIC
from bot.wiring.house import House, furnish
from bot.wiring.words import Words

NURSE = "Dana Demo"
BY = "simulation"
_NAME = "Pat Simulated"
_AGE_YEARS = 24
_AT_ONCE = 1e9
"""Messages a second: nobody waits in a simulation."""


class StillClock(OffsetClock):
    """Patient time that stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        """Shows `start`."""
        super().__init__()
        self._start = start.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it was moved to."""
        return self._start + self.offset

    def move(self, to: datetime) -> None:
        """Show `to` from here on; never backwards."""
        self.offset = max(self.offset, to - self._start)


class CountingIds:
    """Ids that are the same in every run, in the order of making."""

    def __init__(self) -> None:
        """The first one is 1."""
        self._numbers = count(1)

    def new(self) -> str:
        """32 hexadecimal characters."""
        return f"{next(self._numbers):032x}"


@dataclass(kw_only=True)
class Stage:
    """The house, the engine and the phones of one simulated patient."""

    house: House
    engine: LocalEngine
    clock: OffsetClock
    simulator: Simulator
    clinic_id: ClinicId
    senders: Sequence[Sender]
    channel: Channel
    phones: list[str]
    """The patient's phones, the newest last; an older one is never used again."""
    patient_id: PatientId = field(init=False)
    """Set when the patient settles in."""

    @property
    def phone(self) -> Phone:
        """The phone that the patient uses now."""
        return self.simulator.phone(self.phones[-1])


def phones_of(language: str) -> list[Phone]:
    """The patient's phone, the one that may replace it, and the nurse's."""
    numbers = (("phone-1", "0151"), ("phone-2", "0152"), ("nurse", "0159"))
    return [
        Phone(
            id=phone_id,
            name=NURSE if phone_id == "nurse" else _NAME,
            note="in a simulation",
            telegram_address=f"955010{number}",
            sms_address=f"+1555010{number}",
            language="en" if phone_id == "nurse" else language,
        )
        for phone_id, number in numbers
    ]


async def memory_house(
    request: CourseRequest, words: Words
) -> tuple[House, MemoryStore, ClinicId, list[Sender]]:
    """A house in memory on the day of joining, with its clinic and its senders."""
    start = request.begins_at
    ids, clock = CountingIds(), StillClock(start)
    store = MemoryStore(ids)
    settings = Settings.model_construct(data_dir=Path())
    # Behind the same ports; everything that reads rows of its own (console, upgrade) stays away.
    behind_ports = cast("SqlStore", store)
    house = furnish(
        settings, behind_ports, clock, clock, ids=ids, words=words, sources=request.sources
    )
    clinic_id = ClinicId(ids.new())
    clinic = replace(CLINIC, id=clinic_id, region=request.region, zone=request.zone.key)
    senders = [_sender(clinic_id, channel, ids.new()) for channel in PATIENT_CHANNELS]
    async with store.unit_of_work() as tx:
        await tx.house.add_clinic(clinic, slug="simulated", at=start)
        for sender in senders:
            await tx.house.upsert_sender(sender)
    return house, store, clinic_id, senders


def simulator_of(house: House, senders: Sequence[Sender]) -> Simulator:
    """Phones that keep nothing."""
    replies = {
        keyword: house.content.carrier_reply(keyword, CLINIC)
        for keyword in (Keyword.STOP, Keyword.START, Keyword.HELP)
    }
    return Simulator(
        senders={sender.channel: sender.id for sender in senders},
        clock=house.clock,
        ids=house.ids,
        transcript=None,
        carrier_replies=replies,
    )


async def let_out(stage: Stage, campaigns: Sequence[LoadedCampaign]) -> None:
    """The clinic's campaigns, submitted and published as in the house that they are for."""
    versions, clinic_id = stage.house.campaigns.versions, stage.clinic_id
    for loaded in campaigns:
        document = loaded.path.read_text(encoding="utf-8")
        new = await versions.submit(clinic_id, document, loaded, author=None)
        await versions.publish(
            clinic_id, new.campaign, new.version, approval=None, running=Running.MOVE
        )


async def settle_in(stage: Stage, request: CourseRequest) -> None:
    """A patient who has joined, with a nurse at the clinic and a course that will begin.

    The same rows as after the enrolment dialogue, without playing it.
    """
    house, clinic_id = stage.house, stage.clinic_id
    for phone in phones_of(request.language):
        stage.simulator.add_phone(phone)
    await _employ(stage)
    await house.programmes.refresh(house.store)
    new = NewPatient(
        name=_NAME,
        born_on=date(request.first_day.year - _AGE_YEARS, 1, 1),
        category=request.category,
        zone=request.zone.key,
        language=request.language,
        programme=request.programme,
    )
    stage.patient_id = await house.patients.add(clinic_id, new, by=BY)
    await house.patients.start_course(
        clinic_id,
        stage.patient_id,
        first_day=request.first_day,
        last_day=request.last_day,
        dose=request.dose,
        slots=request.slots,
        minimum_gap=None,
        by=BY,
    )
    await _join(stage, request)


async def record(stage: Stage, facts: Sequence[tuple[FactKind, FactValue]]) -> None:
    """What the clinic enters now; the plan follows in the same transaction."""
    house, now = stage.house, stage.clock.now()
    async with house.store.unit_of_work() as tx:
        for kind, value in facts:
            fact = Fact(kind=kind, value=value, effective_at=now, recorded_at=now, recorded_by=BY)
            await tx.people.add_fact(stage.clinic_id, stage.patient_id, fact)
        await house.planner.plan_patient(tx, stage.clinic_id, stage.patient_id)


async def _join(stage: Stage, request: CourseRequest) -> None:
    now = stage.clock.now()
    sender = next(one for one in stage.senders if one.channel is stage.channel)
    address = Address(
        id=AddressId(stage.house.ids.new()),
        patient_id=stage.patient_id,
        channel=stage.channel,
        sender_id=sender.id,
        value=stage.phone.address(stage.channel),
        state=AddressState.ACTIVE,
    )
    chosen: FactValue = {"time": f"{request.main_time:%H:%M}"}
    async with stage.house.store.unit_of_work() as tx:
        await tx.people.add_address(stage.clinic_id, address, at=now)
        await tx.people.set_status(stage.patient_id, PatientStatus.ACTIVE)
        for fact in request.facts:
            await tx.people.add_fact(stage.clinic_id, stage.patient_id, fact)
    await record(
        stage,
        [
            (FactKind.CONSENT, {"given": True, "version": "1"}),
            (FactKind.CHANNEL, {"channel": stage.channel.value}),
            *([(FactKind.DOSE_TIME, chosen)] if len(request.slots) == 1 else []),
        ],
    )


async def _employ(stage: Stage) -> None:
    staffing, clinic_id = stage.house.staffing, stage.clinic_id
    nurse = stage.simulator.phone("nurse")
    await staffing.add(clinic_id, name=NURSE, role=StaffRole.LEAD, by=BY)
    await staffing.add_contact(
        clinic_id,
        name=NURSE,
        channel=Channel.TELEGRAM,
        value=nurse.telegram_address,
        language="en",
        is_shared=False,
        by=BY,
    )


def _sender(clinic_id: ClinicId, channel: Channel, sender_id: str) -> Sender:
    return Sender(
        id=SenderId(sender_id),
        clinic_id=clinic_id,
        channel=channel,
        driver=Driver.SIMULATOR,
        public_name=f"simulated-{channel.value}",
        state="running",
        held_until=None,
        pace_per_second=_AT_ONCE,
        credentials={},
    )
