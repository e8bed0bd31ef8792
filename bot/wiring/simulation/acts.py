"""What do the people of a simulation do, and how is it done in any house?

The same acts can be carried out again in a house with a real database: a test does, and compares.
"""

from dataclasses import dataclass, field

from bot.domain.behaviour import Press, Write
from bot.domain.conversation import Asking
from bot.domain.escalation import Outcome
from bot.domain.identity import Channel, Lane
from bot.domain.inbound import Inbound
from bot.domain.patient import AddressState, FactKind, FactValue
from bot.ports.simulator import Bubble, Side
from bot.wiring.simulation.stage import BY, NURSE, Stage, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Block the bot on Telegram; a text message phone can only write STOP."""

    stop_word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeNumber:
    """The clinic locks the old number and hands out a fresh code; the old phone is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Type the code of the newest invitation into the newest phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The clinic enters facts."""

    word: str
    """What it was, coded, for whoever reads the simulation."""
    facts: tuple[tuple[FactKind, FactValue], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAlerts:
    """The nurse says that she has seen every open alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAlerts:
    """The nurse has spoken with the patient, and closes every open alert."""


Act = Press | Write | Block | ChangeNumber | Join | Record | TakeAlerts | CloseAlerts


def said(act: Act) -> tuple[str, str]:
    """Who did it, and what it was, for whoever reads the simulation."""
    match act:
        case Press(label=label):
            return "patient", f"[{label}]"
        case Write(text=text):
            return "patient", text
        case Record(word=word):
            return "clinic", f"({word})"
        case _:
            return _DONE[type(act)]


_DONE: dict[type, tuple[str, str]] = {
    Block: ("patient", "(blocks the bot)"),
    ChangeNumber: ("clinic", "(new number: the old one is locked)"),
    Join: ("patient", "(joins with a fresh code)"),
    TakeAlerts: ("clinic", "(sees the alert)"),
    CloseAlerts: ("clinic", "(has spoken with the patient, closes the alert)"),
}


async def perform(stage: Stage, act: Act) -> bool:
    """Carry the act out; False when there is nothing to press any more."""
    match act:
        case Press():
            return await _press(stage, act)
        case Write(text=text):
            await _accept(stage, _typed(stage, text))
        case Block(stop_word=word):
            await _block(stage, word)
        case ChangeNumber():
            await _change_number(stage)
        case Join():
            await _join(stage)
        case Record(facts=facts):
            await record(stage, facts)
        case TakeAlerts() | CloseAlerts():
            await _answer_alerts(stage, closes=isinstance(act, CloseAlerts))
    return True


def button(stage: Stage, act: Press) -> tuple[Bubble, str] | None:
    """The newest message with the button that is meant, and the button's action; or None."""
    shown = stage.simulator.thread(stage.phone.id, stage.channel, after=0).bubbles
    for bubble in reversed(shown):
        for choice in (choice for row in bubble.choices for choice in row):
            is_meant = choice.action.partition(":")[0] == act.purpose
            if bubble.side is Side.BALM and is_meant and choice.label == act.label:
                return bubble, choice.action
    return None


async def _press(stage: Stage, act: Press) -> bool:
    found = button(stage, act)
    if found is None:
        return False
    bubble, action = found
    await _accept(stage, stage.simulator.press(stage.phone.id, bubble.id, action))
    return True


def _typed(stage: Stage, text: str) -> list[Inbound]:
    return stage.simulator.type_text(stage.phone.id, stage.channel, text)


async def _accept(stage: Stage, events: list[Inbound]) -> None:
    await stage.house.inbound.accept(events)


async def _block(stage: Stage, stop_word: str) -> None:
    if stage.channel is Channel.SMS:
        await _accept(stage, _typed(stage, stop_word))
    else:
        await _accept(stage, stage.simulator.block(stage.phone.id, is_blocked=True))


async def _change_number(stage: Stage) -> None:
    old = stage.phone.address(stage.channel)
    async with stage.house.store.unit_of_work() as tx:
        index = await tx.people.index_of(stage.clinic_id, stage.channel, old)
        await tx.people.set_address_state(stage.clinic_id, index, AddressState.LOCKED)
    stage.phones.append("phone-2")


async def _join(stage: Stage) -> None:
    """A fresh code, typed into the newest phone, then the answers of the enrolment dialogue."""
    house = stage.house
    invitation = await house.patients.invite(stage.clinic_id, stage.patient_id, by=BY)
    async with house.store.read() as tx:
        patient = await tx.people.patient(stage.patient_id)
        facts = await tx.people.facts(stage.patient_id)
    assert patient is not None
    chosen = [str(f.value["time"]) for f in facts if f.kind is FactKind.DOSE_TIME]
    is_sms = stage.channel is Channel.SMS
    opening = f"JOIN {invitation.join_code}" if is_sms else f"/start {invitation.link_token}"
    at = chosen[-1] if chosen else "20:00"
    for text in (opening, str(patient.born_on.year), "1", "1", at, "1"):
        await _accept(stage, _typed(stage, text))
        await stage.engine.settle()
        if text != opening and not await _is_asked(stage):
            return


async def _is_asked(stage: Stage) -> bool:
    """Whether the enrolment dialogue goes on: whoever has joined before is asked less."""
    address = stage.phone.address(stage.channel)
    async with stage.house.store.read() as tx:
        index = await tx.people.index_of(stage.clinic_id, stage.channel, address)
        lanes = (Lane(f"patient:{stage.patient_id}"), Lane(f"address:{index}"))
        found = [await tx.conversations.get(stage.clinic_id, lane) for lane in lanes]
    return any(one.awaiting and one.awaiting.asking is Asking.ENROLMENT for one in found)


async def _answer_alerts(stage: Stage, *, closes: bool) -> None:
    house, clinic_id = stage.house, stage.clinic_id
    answers, now = house.alert_answers, stage.clock.now()
    async with house.store.unit_of_work() as tx:
        staff = next(one for one in await tx.house.staff(clinic_id) if one.name == NURSE)
        room = await answers.room(tx, staff, now=now)
        for case in await tx.alerts.open_cases(clinic_id):
            if closes:
                await answers.contacted(room, case.id, staff)
                await answers.close(
                    room, case.id, staff, outcome=Outcome.SPOKE, is_reportable=False
                )
            else:
                await answers.acknowledge(room, case.id, staff)
