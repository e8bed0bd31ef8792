"""Do the simulated phones behave as Telegram and a text message carrier do?"""

import asyncio
from pathlib import Path

import pytest

from bot.channels.simulator import Simulator
from bot.domain.delivery import Body, Choice, Outgoing
from bot.domain.identity import PATIENT_CHANNELS, Channel, DeliveryId, SenderId
from bot.domain.inbound import InboundKind, Keyword
from bot.ports.channel import RecipientStopped, Rejected
from bot.ports.simulator import Invitation, Phone, Side, UnknownPhone
from tests.fakes.console import NOW
from tests.fakes.demo_clinic import CountingIds, MovableClock

ANA = Phone(id="ana", name="Ana", note="", telegram_address="9001", sms_address="+12025550101")
TEXTS = {Keyword.STOP: "stopped", Keyword.START: "started", Keyword.HELP: "help"}
YES = Choice(label="Yes", action="q:yes")


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    return tmp_path / "phones.jsonl"


def switched_on(transcript: Path) -> Simulator:
    simulator = Simulator(
        senders={Channel.TELEGRAM: SenderId("t"), Channel.SMS: SenderId("s")},
        clock=MovableClock(NOW),
        ids=CountingIds(),
        transcript=transcript,
        carrier_replies=TEXTS,
    )
    simulator.add_phone(ANA)
    return simulator


@pytest.fixture
def simulator(transcript: Path) -> Simulator:
    return switched_on(transcript)


async def say(
    simulator: Simulator, channel: Channel, text: str, *, edits: str | None = None
) -> str:
    body = Body(text=text, choices=((YES,),))
    message = Outgoing(
        delivery_id=DeliveryId("d"), address=ANA.address(channel), body=body, edits=edits
    )
    return await simulator.channel(channel).send(message)


def texts(simulator: Simulator, channel: Channel) -> list[str]:
    return [bubble.text for bubble in simulator.thread("ana", channel, after=0).bubbles]


def test_what_is_typed_is_shown_and_reported_as_a_provider_would(simulator: Simulator) -> None:
    (inbound,) = simulator.type_text("ana", Channel.TELEGRAM, "my lips\x00 hurt")
    assert (inbound.kind, inbound.text) == (InboundKind.TEXT, "my lips hurt")
    assert (inbound.address, inbound.sender_id) == ("9001", "t")
    assert inbound.sent_at == NOW
    (bubble,) = simulator.thread("ana", Channel.TELEGRAM, after=0).bubbles
    assert bubble.side is Side.PERSON


async def test_a_telegram_message_has_buttons_and_is_edited_in_place(simulator: Simulator) -> None:
    first = await say(simulator, Channel.TELEGRAM, "How are you?")
    await say(simulator, Channel.TELEGRAM, "Later")
    seen = simulator.thread("ana", Channel.TELEGRAM, after=0)
    again = await say(simulator, Channel.TELEGRAM, "Thank you", edits=first)
    assert again == first
    assert texts(simulator, Channel.TELEGRAM) == ["Thank you", "Later"]
    news = simulator.thread("ana", Channel.TELEGRAM, after=seen.revision)
    assert [(bubble.text, bubble.is_edited) for bubble in news.bubbles] == [("Thank you", True)]


async def test_a_text_message_has_no_buttons(simulator: Simulator) -> None:
    await say(simulator, Channel.SMS, "How are you?")
    (bubble,) = simulator.thread("ana", Channel.SMS, after=0).bubbles
    assert bubble.choices == ()


async def test_a_pressed_button_names_its_message(simulator: Simulator) -> None:
    bubble = await say(simulator, Channel.TELEGRAM, "How are you?")
    (inbound,) = simulator.press("ana", bubble, "q:yes")
    assert inbound.kind is InboundKind.BUTTON
    assert (inbound.action, inbound.pressed_message) == ("q:yes", bubble)
    assert inbound.press_id


async def test_a_button_that_is_not_there_cannot_be_pressed(simulator: Simulator) -> None:
    bubble = await say(simulator, Channel.TELEGRAM, "How are you?")
    with pytest.raises(UnknownPhone):
        simulator.press("ana", bubble, "q:no")
    with pytest.raises(UnknownPhone):
        simulator.press("ana", "no-such-bubble", "q:yes")
    with pytest.raises(UnknownPhone):
        simulator.type_text("nobody", Channel.SMS, "hello")


async def test_stop_is_answered_by_the_carrier_and_blocks_until_start(simulator: Simulator) -> None:
    (inbound,) = simulator.type_text("ana", Channel.SMS, " Stop ")
    assert inbound.keyword is Keyword.STOP
    with pytest.raises(RecipientStopped):
        await say(simulator, Channel.SMS, "Hello?")
    simulator.type_text("ana", Channel.SMS, "STOP")
    assert texts(simulator, Channel.SMS) == [" Stop ", "stopped", "STOP"]
    (back,) = simulator.type_text("ana", Channel.SMS, "yes")
    assert back.keyword is Keyword.START
    await say(simulator, Channel.SMS, "Welcome back")
    assert texts(simulator, Channel.SMS)[-2:] == ["started", "Welcome back"]


def test_yes_is_an_ordinary_word_while_nothing_is_stopped(simulator: Simulator) -> None:
    (inbound,) = simulator.type_text("ana", Channel.SMS, "YES")
    assert inbound.keyword is None


def test_stop_is_an_ordinary_word_for_telegram(simulator: Simulator) -> None:
    (inbound,) = simulator.type_text("ana", Channel.TELEGRAM, "STOP")
    assert inbound.keyword is None
    assert not simulator.thread("ana", Channel.TELEGRAM, after=0).is_blocked


async def test_a_blocked_bot_reaches_nobody_until_the_holder_writes(simulator: Simulator) -> None:
    (blocked,) = simulator.block("ana", is_blocked=True)
    assert blocked.kind is InboundKind.BLOCKED
    with pytest.raises(RecipientStopped):
        await say(simulator, Channel.TELEGRAM, "Hello?")
    kinds = [event.kind for event in simulator.type_text("ana", Channel.TELEGRAM, "hi")]
    assert kinds == [InboundKind.UNBLOCKED, InboundKind.TEXT]
    await say(simulator, Channel.TELEGRAM, "Hello again")


@pytest.mark.parametrize(("channel", "limit"), [(Channel.TELEGRAM, 4_096), (Channel.SMS, 1_600)])
async def test_a_text_too_long_is_rejected(
    simulator: Simulator, channel: Channel, limit: int
) -> None:
    await say(simulator, channel, "a" * limit)
    with pytest.raises(Rejected):
        await say(simulator, channel, "a" * (limit + 1))
    with pytest.raises(Rejected):
        await say(simulator, channel, "")


async def test_marks_are_for_telegram_and_a_text_message_has_none(simulator: Simulator) -> None:
    for channel in PATIENT_CHANNELS:
        await say(simulator, channel, "**Now**:\n- rest")
    assert texts(simulator, Channel.TELEGRAM) == ["**Now**:\n• rest"]
    assert texts(simulator, Channel.SMS) == ["Now:\n- rest"]


async def test_nobody_is_reached_at_an_unknown_address(simulator: Simulator) -> None:
    stray = Outgoing(delivery_id=DeliveryId("d"), address="+12025550199", body=Body(text="Hello"))
    with pytest.raises(Rejected):
        await simulator.channel(Channel.SMS).send(stray)


async def test_a_restart_shows_what_was_there(simulator: Simulator, transcript: Path) -> None:
    simulator.type_text("ana", Channel.TELEGRAM, "नमस्ते")
    first = await say(simulator, Channel.TELEGRAM, "How are you?")
    await say(simulator, Channel.TELEGRAM, "Thank you", edits=first)
    simulator.type_text("ana", Channel.SMS, "STOP")
    paper = Invitation(name="Robin", birth_year=2001, link_token="t0k3n", code="ABCD")
    visitor = simulator.new_visitor(paper)
    before = simulator.thread("ana", Channel.TELEGRAM, after=0)
    again = switched_on(transcript)
    after = again.thread("ana", Channel.TELEGRAM, after=0)
    assert [(b.id, b.text, b.choices, b.at) for b in after.bubbles] == [
        (b.id, b.text, b.choices, b.at) for b in before.bubbles
    ]
    assert after.run != before.run
    assert again.thread("ana", Channel.SMS, after=0).is_blocked
    assert again.phone(visitor.id) == visitor


def test_a_line_that_a_crash_cut_short_costs_only_itself(
    simulator: Simulator, transcript: Path
) -> None:
    simulator.type_text("ana", Channel.SMS, "one")
    with transcript.open("a") as file:
        file.write('{"event": "message", "chan')
    second = switched_on(transcript)
    second.type_text("ana", Channel.SMS, "two")
    assert texts(switched_on(transcript), Channel.SMS) == ["one", "two"]


def test_every_visitor_has_a_number_of_their_own(simulator: Simulator) -> None:
    paper = Invitation(name="Robin", birth_year=2001, link_token="t0k3n", code="ABCD")
    visitors = [simulator.new_visitor(paper) for _ in range(150)]
    numbers = {phone.sms_address for phone in simulator.phones()}
    assert len(numbers) == len(visitors) + 1
    assert all("55501" in number for number in numbers)


async def test_waiting_ends_with_news_and_when_the_phones_are_switched_off(
    simulator: Simulator,
) -> None:
    now = simulator.thread("ana", Channel.SMS, after=0).revision
    async with asyncio.timeout(2):
        waiting = asyncio.create_task(simulator.changed(after=now))
        await asyncio.sleep(0)
        assert not waiting.done()
        simulator.type_text("ana", Channel.SMS, "hello")
        await waiting
        later = simulator.thread("ana", Channel.SMS, after=0).revision
        waiting = asyncio.create_task(simulator.changed(after=later))
        await asyncio.sleep(0)
        simulator.switch_off()
        await waiting


async def test_received_counts_what_came_and_not_what_was_written(simulator: Simulator) -> None:
    simulator.type_text("ana", Channel.SMS, "hello")
    await say(simulator, Channel.SMS, "hello Ana")
    assert simulator.received() == {"ana/telegram": 0, "ana/sms": 1}
