"""Which ways does something go through Balm, each of which a crash may cut anywhere?"""

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from bot.content.campaigns import load_campaign
from bot.domain.campaign.version import Running
from bot.domain.delivery import Receipt, ReceiptStatus
from bot.domain.identity import Channel, PatientId
from bot.domain.inbound import Inbound
from bot.domain.patient import FactKind
from bot.ports.channel import ReceivedReceipt
from tests.household import Household

PHONES = ("ada", "ben", "dana", "eve")
"""Two patients and two members of staff, in the order in which every life adds their phones."""
STAFF = {"dana": "Dana Lead", "eve": "Eve Example"}
TWENTY_PAST_EIGHT = timedelta(hours=10, minutes=20)
"""In the evening of the first day: the capsule and the check-in have been asked for."""
Work = Callable[[Household], Awaitable[None]]
events: dict[tuple[int, str], list[Inbound]] = {}
"""What was typed; forgotten at the start of a run."""
BROADCAST = """
id: closed-today
name: Closed today
purpose: clinic-closed
audience: everybody
steps:
  - id: message
    when: {broadcast: true}
    valid_for: 10 hours
    message:
      en:
        chat: "We close at noon today. In danger: {{ emergency }}."
        sms: "We close at noon today. In danger: {{ emergency }}."
        discreet: "We close at noon today. In danger: {{ emergency }}."
"""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Something that happens, and what the outside does once the process is back."""

    name: str
    prepared: Work
    happens: Work
    again: Work
    """The provider brings it again, a person does again what is not there, and time goes on."""


# --- before


async def has_joined(home: Household) -> None:
    await home.settle_in("ada", channel=Channel.SMS)


async def was_asked(home: Household) -> None:
    await has_joined(home)
    home.clock.offset += TWENTY_PAST_EIGHT
    await home.engine.settle()


async def read_the_consent(home: Household) -> None:
    member = await home.invite("ada")
    assert member.invitation is not None
    for text in (f"JOIN {member.invitation.join_code}", "2003"):
        await home.say("ada", text, channel=Channel.SMS)


async def answered_all_but_one(home: Household) -> None:
    await read_the_consent(home)
    for text in ("1", "1", "20:00"):
        await home.say("ada", text, channel=Channel.SMS)


async def has_staff(home: Household) -> None:
    await has_joined(home)
    home.add_phone("ben")
    staffing = home.house.staffing
    for phone_id, name in STAFF.items():
        phone = home.add_phone(phone_id, name=name)
        role = "lead" if phone_id == "dana" else "deputy"
        await staffing.add(home.clinic_id, name=name, role=role, by="test")
        await staffing.add_contact(
            home.clinic_id,
            name=name,
            channel=Channel.SMS,
            value=phone.address(Channel.SMS),
            language="en",
            is_shared=False,
            by="test",
        )


async def has_an_alert(home: Household) -> None:
    await has_staff(home)
    await home.say("ada", "I want to kill myself", channel=Channel.SMS)


async def has_a_broadcast(home: Household) -> None:
    for name in ("ada", "ben"):
        await home.settle_in(name, channel=Channel.SMS)
    versions = home.house.campaigns.versions
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "closed-today.yaml"
        path.write_text(BROADCAST, encoding="utf-8")
        loaded = load_campaign(path)
    new = await versions.submit(home.clinic_id, BROADCAST, loaded, author=None)
    await versions.publish(
        home.clinic_id, new.campaign, new.version, approval=None, running=Running.MOVE
    )


# --- what happens


def says(*texts: str) -> Work:
    """Ada writes; the provider brings the same messages again, because nobody confirmed them."""

    async def work(home: Household) -> None:
        for number, text in enumerate(texts):
            key = (number, text)
            if key not in events:
                events[key] = list(home.simulator.type_text("ada", Channel.SMS, text))
            await home.house.inbound.accept(events[key])
            await home.engine.settle()

    return work


def waits(duration: timedelta) -> Work:
    """Time passes, without anything on the way."""

    async def work(home: Household) -> None:
        home.clock.offset += duration
        await home.engine.settle()

    return work


def goes_on_for(duration: timedelta) -> Work:
    """Time passes, with everything that falls due on the way."""

    async def work(home: Household) -> None:
        await home.engine.settle()
        await home.engine.advance(home.clock.now() + duration)

    return work


async def is_reported_failed(home: Household) -> None:
    row_id = home.bubbles("ada", Channel.SMS)[-1].id
    sender = next(s for s in home.lines.senders if s.channel is Channel.SMS)
    receipt = Receipt(provider_id=row_id, status=ReceiptStatus.FAILED, code="30005")
    await home.house.inbound.accept([ReceivedReceipt(sender_id=sender.id, receipt=receipt)])
    await home.engine.settle()


async def is_broadcast(home: Household) -> None:
    broadcasts = home.house.campaigns.broadcasts
    await broadcasts.send(home.clinic_id, "closed-today", confirmed=2)
    await home.engine.settle()


async def is_entered(home: Household) -> None:
    """A nurse enters a positive test, unless she sees that it is there."""
    async with home.house.store.read() as tx:
        (patient,) = await tx.people.patients(home.clinic_id)
        facts = await tx.people.facts(patient.id)
    if not any(fact.kind is FactKind.EVIDENCE for fact in facts):
        await home.house.desk.results.record_test(
            home.clinic_id,
            PatientId(patient.id),
            result="positive",
            on=date(2026, 12, 1),
            place="clinic",
            by="nurse",
        )
    await home.engine.settle()


_AGREES, _FINISHES = says("1"), says("nobody")
_CHECKIN = says("Y 2 1 0 4", "no")
_AN_HOUR_LATER = goes_on_for(timedelta(hours=1, minutes=1))
_LATER = goes_on_for(timedelta(minutes=12))
_IN_DANGER, _TAKEN = says("I want to kill myself"), says("TAKEN")
_QUESTION, _STOP = says("can i drink alcohol"), says("please stop texting me")

FLOWS = (
    Flow(name="question", prepared=has_joined, happens=_QUESTION, again=_QUESTION),
    Flow(name="answer", prepared=was_asked, happens=_TAKEN, again=_TAKEN),
    Flow(name="check-in", prepared=was_asked, happens=_CHECKIN, again=_CHECKIN),
    Flow(name="danger", prepared=has_staff, happens=_IN_DANGER, again=_IN_DANGER),
    Flow(
        name="nobody-answers",
        prepared=has_an_alert,
        happens=waits(timedelta(minutes=6)),
        again=_LATER,
    ),
    Flow(name="stop", prepared=was_asked, happens=_STOP, again=_STOP),
    Flow(name="connecting", prepared=read_the_consent, happens=_AGREES, again=_AGREES),
    Flow(name="joined", prepared=answered_all_but_one, happens=_FINISHES, again=_FINISHES),
    Flow(
        name="reminder",
        prepared=has_joined,
        happens=waits(timedelta(hours=10, seconds=1)),
        again=_AN_HOUR_LATER,
    ),
    Flow(
        name="receipt",
        prepared=was_asked,
        happens=is_reported_failed,
        again=is_reported_failed,
    ),
    Flow(name="broadcast", prepared=has_a_broadcast, happens=is_broadcast, again=is_broadcast),
    Flow(name="entry", prepared=has_staff, happens=is_entered, again=is_entered),
)
