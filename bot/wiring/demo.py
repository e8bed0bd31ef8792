"""Who lives in a demonstration? One made-up clinic, made-up patients, and visitors."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.channels.simulator import Simulator
from bot.domain.identity import Channel, ClinicId, PatientId, Region
from bot.domain.patient import Clinic
from bot.domain.schedule import SlotTime, instant
from bot.engine.local import LocalEngine
from bot.ports.simulator import Invitation, Phone, Side
from bot.services.patients import NewPatient
from bot.wiring.house import House

CLINIC = Clinic(
    id=ClinicId(""),
    name="Willow Street Dermatology (made up)",
    phone="+1 555 010 0100",
    region=Region.US,
    zone="America/New_York",
    staffed_hours="Monday to Friday 9:00 to 17:00",
    out_of_hours_cover=False,
)
_SLUG = "willow-street"
_BY = "demonstration"
_MORNING = timedelta(hours=6)
_VISITOR_NAMES = ("Robin Visitor", "Alex Visitor", "Sam Visitor", "Kim Visitor", "Jo Visitor")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    phone_id: str
    name: str
    note: str
    born_on: date
    category: str
    language: str
    zone: str
    channel: Channel
    telegram: str
    sms: str
    at: time
    weeks: int
    """Since the first capsule."""
    days: int
    """With Balm."""
    answers: tuple[tuple[str, ...], ...]
    """To the check-in, a line a day in turn, question by question."""


_PEOPLE = (
    _Person(
        phone_id="ada",
        name="Ada Example",
        note="on Telegram, lips are her trouble",
        born_on=date(2003, 4, 12),
        category="can-become-pregnant",
        language="en",
        zone="America/New_York",
        channel=Channel.TELEGRAM,
        telegram="9550100101",
        sms="+15550100101",
        at=time(20, 0),
        weeks=1,
        days=9,
        answers=(
            ("3", "2", "1", "1"),
            ("4", "3", "1", "2"),
            ("6", "3", "2", "1"),
            ("5", "4", "2", "1"),
            ("4", "4", "1", "1"),
        ),
    ),
    _Person(
        phone_id="ben",
        name="Ben Sample",
        note="texts by SMS, short answers",
        born_on=date(1981, 9, 3),
        category="cannot-become-pregnant",
        language="en",
        zone="America/Chicago",
        channel=Channel.SMS,
        telegram="9550100102",
        sms="+15550100102",
        at=time(8, 0),
        weeks=11,
        days=3,
        answers=(("2", "1", "0", "1"),),
    ),
    _Person(
        phone_id="chitra",
        name="Chitra Namuna",
        note="writes Hindi on Telegram",
        born_on=date(1999, 1, 26),
        category="can-become-pregnant",
        language="hi",
        zone="America/New_York",
        channel=Channel.TELEGRAM,
        telegram="9550100103",
        sms="+15550100103",
        at=time(21, 30),
        weeks=3,
        days=3,
        answers=(("4", "5", "1", "2"),),
    ),
)


class DemoInvitations:
    """Makes up one more patient and invites them, as a clinic would."""

    def __init__(self, house: House, clinic_id: ClinicId) -> None:
        """Visitors are adults who cannot be mistaken for anybody."""
        self._house = house
        self._clinic_id = clinic_id

    async def invite(self) -> Invitation:
        """A fresh invitation with a course that starts tomorrow."""
        patients = self._house.patients
        name = random.choice(_VISITOR_NAMES)  # noqa: S311  # a made-up name, not a secret
        born_on = date(random.randint(1975, 2004), 6, 15)  # noqa: S311  # made up
        patient_id = await patients.add(
            self._clinic_id,
            NewPatient(
                name=name,
                born_on=born_on,
                category="cannot-become-pregnant",
                zone=CLINIC.zone,
                language="en",
            ),
            by=_BY,
        )
        today = self._house.clock.now().astimezone(ZoneInfo(CLINIC.zone)).date()
        await _start_course(self._house, self._clinic_id, patient_id, today, time(20, 0))
        invitation = await patients.invite(self._clinic_id, patient_id, by=_BY)
        return Invitation(
            name=name,
            birth_year=born_on.year,
            link_token=invitation.link_token,
            code=invitation.join_code,
        )


async def ensure_clinic(house: House) -> ClinicId:
    """The first clinic; made up on the first run of a demonstration."""
    async with house.store.read() as tx:
        clinics = await tx.house.clinics()
    if clinics:
        return clinics[0].id
    clinic = Clinic(
        id=ClinicId(house.ids.new()),
        name=CLINIC.name,
        phone=CLINIC.phone,
        region=CLINIC.region,
        zone=CLINIC.zone,
        staffed_hours=CLINIC.staffed_hours,
        out_of_hours_cover=CLINIC.out_of_hours_cover,
    )
    async with house.store.unit_of_work() as tx:
        await tx.house.add_clinic(clinic, slug=_SLUG, at=house.real_clock.now())
    return clinic.id


def add_phones(simulator: Simulator) -> None:
    """The phones of the made-up patients."""
    for person in _PEOPLE:
        simulator.add_phone(
            Phone(
                id=person.phone_id,
                name=person.name,
                note=person.note,
                telegram_address=person.telegram,
                sms_address=person.sms,
                language=person.language,
            )
        )


async def live_through_history(
    house: House, clinic_id: ClinicId, simulator: Simulator, engine: LocalEngine
) -> None:
    """Let the made-up patients join and live their last days, through the real pipeline.

    Nothing is written past the services: the clock is set back, each answer is a message, and
    the clock comes back to the present.
    """
    present = house.real_clock.now()
    joining = [present - timedelta(days=person.days) - _MORNING for person in _PEOPLE]
    house.clock.offset = min(joining) - present
    moments = sorted(
        (due, index, day)
        for index, person in enumerate(_PEOPLE)
        for day, due in enumerate([joining[index], *_checkins(person, joining[index], present)])
    )
    for due, index, day in moments:
        await engine.advance(max(due, house.clock.now()))
        if day == 0:
            await _join(house, clinic_id, simulator, engine, _PEOPLE[index])
        else:
            await _answer_the_day(house, simulator, engine, _PEOPLE[index], day)
    await engine.advance(max(present, house.clock.now()))
    house.clock.offset = timedelta(0)
    await engine.settle()


async def _join(
    house: House,
    clinic_id: ClinicId,
    simulator: Simulator,
    engine: LocalEngine,
    person: _Person,
) -> None:
    patient_id = await house.patients.add(
        clinic_id,
        NewPatient(
            name=person.name,
            born_on=person.born_on,
            category=person.category,
            zone=person.zone,
            language=person.language,
        ),
        by=_BY,
    )
    today = house.clock.now().astimezone(ZoneInfo(person.zone)).date()
    first_day = today - timedelta(weeks=person.weeks)
    await _start_course(house, clinic_id, patient_id, first_day, person.at)
    invitation = await house.patients.invite(clinic_id, patient_id, by=_BY)
    opening = (
        f"JOIN {invitation.join_code}"
        if person.channel is Channel.SMS
        else f"/start {invitation.link_token}"
    )
    agree = "1"
    texts = (opening, str(person.born_on.year), agree, "1", f"{person.at:%H:%M}", "1")
    for text in texts:
        await _say(house, simulator, engine, person, text)


async def _start_course(
    house: House, clinic_id: ClinicId, patient_id: PatientId, first_day: date, at: time
) -> None:
    await house.patients.start_course(
        clinic_id,
        patient_id,
        first_day=first_day,
        last_day=first_day + timedelta(weeks=20),
        dose="40 mg once a day (made up)",
        slots=(SlotTime(slot="daily", at=at, capsules=(40,)),),
        minimum_gap=None,
        by=_BY,
        daily_mg=Decimal(40),
    )


async def _answer_the_day(
    house: House, simulator: Simulator, engine: LocalEngine, person: _Person, day: int
) -> None:
    """Taken, then the check-in if one was asked: by buttons on Telegram, in two texts by SMS."""
    answers = person.answers[day % len(person.answers)]
    if person.channel is Channel.SMS:
        before = simulator.thread(person.phone_id, person.channel, after=0).revision
        await _say(house, simulator, engine, person, "TAKEN")
        news = simulator.thread(person.phone_id, person.channel, after=before).bubbles
        if sum(bubble.side is Side.BALM for bubble in news) > 1:
            named = zip(("lips", "skin", "eyes", "mood"), answers, strict=True)
            told = ", ".join(f"{name} {value}" for name, value in named)
            await _say(house, simulator, engine, person, told)
            await _say(house, simulator, engine, person, "all good")
        return
    await _press(house, simulator, engine, person, "taken:")
    for value in answers:
        await _press(house, simulator, engine, person, f":{value}")
    await _press(house, simulator, engine, person, ":none")


async def _say(
    house: House, simulator: Simulator, engine: LocalEngine, person: _Person, text: str
) -> None:
    await house.inbound.accept(simulator.type_text(person.phone_id, person.channel, text))
    await engine.settle()


async def _press(
    house: House, simulator: Simulator, engine: LocalEngine, person: _Person, action: str
) -> None:
    """Press the newest button whose action begins or ends with `action`, if there is one."""
    thread = simulator.thread(person.phone_id, person.channel, after=0)
    for bubble in reversed(thread.bubbles):
        for choice in (c for row in bubble.choices for c in row if bubble.side is Side.BALM):
            if choice.action.startswith(action) or choice.action.endswith(action):
                pressed = simulator.press(person.phone_id, bubble.id, choice.action)
                await house.inbound.accept(pressed)
                await engine.settle()
                return


def _checkins(person: _Person, start: datetime, end: datetime) -> Sequence[datetime]:
    zone = ZoneInfo(person.zone)
    days = range((end - start).days + 2)
    first = start.astimezone(zone).date()
    moments = [instant(first + timedelta(days=n), person.at, zone) for n in days]
    return [moment + timedelta(minutes=2) for moment in moments if start < moment < end]
