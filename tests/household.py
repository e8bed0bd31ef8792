"""A whole house with phones: what tests do and see, through the real pipeline."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from bot.channels.simulator import Simulator
from bot.clock import OffsetClock
from bot.domain.delivery import Choice
from bot.domain.identity import AddressId, Channel, ClinicId, PatientId
from bot.domain.inbound import Inbound, InboundKind
from bot.domain.occurrence import Occurrence
from bot.domain.patient import (
    Address,
    AddressState,
    Fact,
    FactKind,
    FactValue,
    PatientStatus,
)
from bot.domain.schedule import SlotTime
from bot.engine.local import LocalEngine
from bot.ports.channel import ReceivedReceipt
from bot.ports.console import CaseLine
from bot.ports.simulator import Bubble, Phone, Side
from bot.services.patients import Invitation, NewPatient
from bot.settings import Settings
from bot.wiring.demo import ensure_clinic
from bot.wiring.house import House, open_house
from bot.wiring.senders import Lines, connect
from bot.wiring.words import Words

START = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
"""Tuesday, 10:00 in New York, where the made-up clinic is and works."""
ZONE = "America/New_York"
SECRET = "a secret of the tests"


class StillClock(OffsetClock):
    """Stands still until somebody moves it; survives the end of a house."""

    def __init__(self, start: datetime = START) -> None:
        """Shows `start`, plus the offset that an engine adds."""
        super().__init__()
        self._start = start.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it was moved to."""
        return self._start + self.offset


@dataclass(frozen=True, kw_only=True)
class Member:
    """A person of a test, and what their clinic handed them."""

    phone: Phone
    name: str
    born_on: date
    patient_id: PatientId | None = None
    invitation: Invitation | None = None


@dataclass(kw_only=True)
class Household:
    """A house, its engine and its simulated phones."""

    house: House
    clinic_id: ClinicId
    lines: Lines
    engine: LocalEngine
    clock: OffsetClock
    members: dict[str, Member] = field(default_factory=dict)

    @property
    def simulator(self) -> Simulator:
        """The phones."""
        assert self.lines.simulator is not None
        return self.lines.simulator

    # --- the clinic's work

    def add_phone(self, phone_id: str, *, name: str = "", language: str = "en") -> Phone:
        """A phone with addresses of its own."""
        number = len(self.simulator.phones())
        phone = Phone(
            id=phone_id,
            name=name or phone_id,
            note="in a test",
            telegram_address=f"95501009{number:02d}",
            sms_address=f"+155501009{number:02d}",
            language=language,
        )
        self.simulator.add_phone(phone)
        return self.simulator.phone(phone_id)

    async def invite(
        self,
        phone_id: str,
        *,
        name: str = "Ada Example",
        born_on: date = date(2003, 4, 12),
        zone: str = ZONE,
        language: str = "en",
        first_day: date | None = None,
        slots: Sequence[SlotTime] = (SlotTime(slot="evening", at=time(20, 0)),),
    ) -> Member:
        """A patient with a course (from `first_day`, today if None) and a fresh invitation."""
        patients = self.house.patients
        new = NewPatient(
            name=name,
            born_on=born_on,
            category="can-become-pregnant",
            zone=zone,
            language=language,
        )
        patient_id = await patients.add(self.clinic_id, new, by="test")
        await patients.start_course(
            self.clinic_id,
            patient_id,
            first_day=first_day or self.clock.now().astimezone(ZoneInfo(zone)).date(),
            last_day=None,
            dose="40 mg once a day",
            slots=tuple(slots),
            minimum_gap=None,
            by="test",
        )
        invitation = await patients.invite(self.clinic_id, patient_id, by="test")
        member = Member(
            phone=self.add_phone(phone_id, name=name, language=language),
            name=name,
            born_on=born_on,
            patient_id=patient_id,
            invitation=invitation,
        )
        self.members[phone_id] = member
        return member

    async def enrol(
        self, phone_id: str, *, channel: Channel = Channel.TELEGRAM, at: str = "20:00", **who: Any
    ) -> Member:
        """A patient who has joined on `channel` and chose `at`."""
        member = await self.invite(phone_id, **who)
        assert member.invitation is not None
        opening = (
            f"/start {member.invitation.link_token}"
            if channel is Channel.TELEGRAM
            else f"JOIN {member.invitation.join_code}"
        )
        for text in (opening, str(member.born_on.year), "1", "1", at, "1"):
            await self.say(phone_id, text, channel=channel)
        return member

    async def settle_in(
        self, phone_id: str, *, channel: Channel = Channel.TELEGRAM, at: str = "20:00", **who: Any
    ) -> Member:
        """A patient who joined earlier: the same rows, without playing the dialogue."""
        member = await self.invite(phone_id, **who)
        assert member.patient_id is not None
        sender = next(s for s in self.lines.senders if s.channel is channel)
        address = Address(
            id=AddressId(self.house.ids.new()),
            patient_id=member.patient_id,
            channel=channel,
            sender_id=sender.id,
            value=member.phone.address(channel),
            state=AddressState.ACTIVE,
        )
        facts: list[tuple[FactKind, FactValue]] = [
            (FactKind.CONSENT, {"given": True, "version": "1"}),
            (FactKind.CHANNEL, {"channel": channel.value}),
            (FactKind.DOSE_TIME, {"time": at}),
        ]
        now = self.clock.now()
        async with self.house.store.unit_of_work() as tx:
            await tx.people.add_address(self.clinic_id, address, at=now)
            await tx.people.set_status(member.patient_id, PatientStatus.ACTIVE)
            for kind, value in facts:
                fact = Fact(
                    kind=kind, value=value, effective_at=now, recorded_at=now, recorded_by="test"
                )
                await tx.people.add_fact(self.clinic_id, member.patient_id, fact)
            await self.house.planner.plan_patient(tx, self.clinic_id, member.patient_id)
        return member

    # --- what people do

    async def say(self, phone_id: str, text: str, *, channel: Channel = Channel.TELEGRAM) -> None:
        """The holder sends a text, and everything that follows at once happens."""
        await self.receive(self.simulator.type_text(phone_id, channel, text))

    async def press(self, phone_id: str, label: str, *, oldest: bool = False) -> None:
        """The holder presses the newest (or oldest) button with this label or action."""
        bubble, choice = self.button(phone_id, label, oldest=oldest)
        await self.receive(self.simulator.press(phone_id, bubble.id, choice.action))

    async def send(
        self, phone_id: str, kind: InboundKind, *, channel: Channel = Channel.TELEGRAM
    ) -> None:
        """The holder sends something that is not text."""
        await self.receive(self.simulator.send_media(phone_id, channel, kind))

    async def block(self, phone_id: str, *, is_blocked: bool = True) -> None:
        """The holder blocks the bot on Telegram, or lets it in again."""
        await self.receive(self.simulator.block(phone_id, is_blocked=is_blocked))

    async def receive(self, events: Sequence[Inbound | ReceivedReceipt]) -> None:
        """Something comes in, and everything that follows at once happens."""
        await self.house.inbound.accept(events)
        await self.engine.settle()

    # --- time and sight

    async def occurrences(self, phone_id: str, *, days: int = 40) -> list[Occurrence]:
        """Everything planned for a patient, past and to come, by due time."""
        patient_id = self.members[phone_id].patient_id
        assert patient_id is not None
        around = timedelta(days=days)
        now = self.clock.now()
        async with self.house.store.read() as tx:
            found = await tx.plan.occurrences(patient_id, after=now - around, until=now + around)
        return list(found)

    async def cases(self) -> Sequence[CaseLine]:
        """What staff see on the work list, most urgent first."""
        shown = await self.house.console.overview(self.clinic_id, now=self.clock.now())
        return shown.cases

    async def wait(self, duration: timedelta) -> None:
        """Time passes; everything that falls due happens on the way."""
        await self.engine.advance(self.clock.now() + duration)

    async def wait_until(self, moment: datetime) -> None:
        """Time passes until `moment`."""
        await self.engine.advance(moment)

    def bubbles(
        self, phone_id: str, channel: Channel = Channel.TELEGRAM, *, after: int = 0
    ) -> list[Bubble]:
        """What the holder did not write, in the order in which it appeared or changed."""
        thread = self.simulator.thread(phone_id, channel, after=after)
        shown = [bubble for bubble in thread.bubbles if bubble.side is not Side.PERSON]
        return sorted(shown, key=lambda bubble: bubble.revision)

    def texts(self, phone_id: str, channel: Channel = Channel.TELEGRAM) -> list[str]:
        """The texts of `bubbles`."""
        return [bubble.text for bubble in self.bubbles(phone_id, channel)]

    def button(self, phone_id: str, label: str, *, oldest: bool = False) -> tuple[Bubble, Choice]:
        """The newest (or oldest) button with this label or action. Raises LookupError."""
        bubbles = self.bubbles(phone_id)
        for bubble in bubbles if oldest else reversed(bubbles):
            for choice in (choice for row in bubble.choices for choice in row):
                if label in (choice.label, choice.action):
                    return bubble, choice
        raise LookupError(f"{phone_id} has no button {label!r}")


def settings_of(folder: Path, *, database_url: str | None = None) -> Settings:
    """Settings of a demonstration in `folder`, whatever the environment says."""
    return Settings.model_construct(
        data_dir=folder,
        database_url=SecretStr(database_url) if database_url else None,
        secret_key=SecretStr(SECRET),
    )


@asynccontextmanager
async def open_household(
    settings: Settings, words: Words, clock: OffsetClock | None = None
) -> AsyncIterator[Household]:
    """A house with one clinic and simulated phones; opening it again finds what was left."""
    clock = clock or StillClock()
    async with open_house(settings, words=words, clock=clock) as house:
        clinic_id = await ensure_clinic(house)
        lines = await connect(house, clinic_id)
        yield Household(
            house=house,
            clinic_id=clinic_id,
            lines=lines,
            engine=house.engine(lines.channels, lines.senders),
            clock=clock,
        )
