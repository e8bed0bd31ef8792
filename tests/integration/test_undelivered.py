"""What follows for the person, the clinic and the sender when a message does not arrive?"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.domain.delivery import Failure, Outgoing, Receipt, ReceiptStatus
from bot.domain.identity import AddressId, Channel, DeliveryId
from bot.domain.message_kind import MessageKind
from bot.domain.patient import Address, AddressState
from bot.ports.channel import (
    ReceivedReceipt,
    RecipientStopped,
    Rejected,
    SendError,
    Unavailable,
    Uncertain,
)
from bot.store.tables import AttemptRow
from tests.fakes.channel import ScriptedChannel
from tests.household import Household, Member
from tests.integration.test_drain import DANGER, cases, deliveries, ends, one_text, through

ATTEMPTS = select(AttemptRow)


class LookUpChannel(ScriptedChannel):
    """A provider that can be asked what it took; also implements `LooksUp`."""

    def __init__(self, *answers: SendError | None, known: str | None) -> None:
        """`known`: what the look-up finds."""
        super().__init__(*answers)
        self.known = known
        self.asked: list[datetime] = []

    async def find(self, message: Outgoing, *, since: datetime) -> str | None:
        """What was told in advance."""
        self.asked.append(since)
        return self.known


async def report(
    home: Household, provider_id: str, failure: Failure, code: str, *, times: int = 1
) -> None:
    sender = next(one for one in home.lines.senders if one.channel is Channel.SMS)
    receipt = Receipt(
        provider_id=provider_id, status=ReceiptStatus.FAILED, code=code, failure=failure
    )
    for _ in range(times):
        await home.house.inbound.accept([ReceivedReceipt(sender_id=sender.id, receipt=receipt)])


async def states(home: Household, member: Member) -> dict[Channel, AddressState]:
    assert member.patient_id is not None
    async with home.house.store.read() as tx:
        return {one.channel: one.state for one in await tx.people.addresses(member.patient_id)}


async def second_address(home: Household, member: Member, channel: Channel) -> None:
    """The patient is reached on this channel, too."""
    assert member.patient_id is not None
    sender = next(one for one in home.lines.senders if one.channel is channel)
    address = Address(
        id=AddressId(home.house.ids.new()),
        patient_id=member.patient_id,
        channel=channel,
        sender_id=sender.id,
        value=member.phone.address(channel),
        state=AddressState.ACTIVE,
    )
    async with home.house.store.unit_of_work() as tx:
        await tx.people.add_address(home.clinic_id, address, at=home.clock.now())


async def test_a_bad_number_is_marked_and_nothing_more_is_tried(home: Household) -> None:
    error = Rejected("twilio-21211", code="21211", is_address_bad=True)
    member, channel, engine = await one_text(home, error)
    assert await states(home, member) == {Channel.SMS: AddressState.BAD}
    await engine.advance(home.clock.now() + timedelta(days=1))
    assert len(channel.sent) == 1
    assert await cases(home) == [("undeliverable", "task")]


async def test_an_opt_out_that_only_a_report_tells_of_is_kept(home: Household) -> None:
    member, channel, engine = await one_text(home)
    await report(home, "provider-1", Failure.STOPPED, "21610", times=2)
    await engine.advance(home.clock.now() + timedelta(days=1))
    assert len(channel.sent) == 1
    assert await cases(home) == [("undeliverable", "task")]
    assert member.patient_id is not None


async def test_a_phone_that_was_off_is_tried_again_and_then_the_clinic_is_told(
    home: Household,
) -> None:
    _, channel, engine = await one_text(home)
    for number in (1, 2, 3):
        assert len(channel.sent) == number
        await report(home, f"provider-{number}", Failure.PASSING, "30003", times=2)
        assert bool(await cases(home)) is (number == 3)
        await engine.advance(home.clock.now() + timedelta(minutes=10))
    assert len(channel.sent) == 3


async def test_a_suspect_number_is_bad_after_a_repeat(home: Household) -> None:
    member, _, engine = await one_text(home)
    await report(home, "provider-1", Failure.SUSPECT_ADDRESS, "30005", times=3)
    assert await states(home, member) == {Channel.SMS: AddressState.ACTIVE}
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, "MENU"))
    await engine.settle()
    await report(home, "provider-2", Failure.SUSPECT_ADDRESS, "30005")
    assert await states(home, member) == {Channel.SMS: AddressState.BAD}


async def test_a_sender_that_a_carrier_refuses_stops_and_keeps_its_queue(home: Household) -> None:
    _, channel, engine = await one_text(home)
    await report(home, "provider-1", Failure.MISCONFIGURED, "30034")
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, "MENU"))
    await engine.advance(home.clock.now() + timedelta(hours=1))
    assert len(channel.sent) == 1
    assert [state for state, _ in await ends(home)] == ["sent", "queued"]


async def test_words_of_safety_go_another_way_when_telegram_is_blocked(home: Household) -> None:
    member = await home.settle_in("ada")
    await second_address(home, member, Channel.SMS)
    channel = ScriptedChannel(RecipientStopped("blocked-by-recipient", code="403"))
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.TELEGRAM, DANGER))
    await through(home, channel).settle()
    blocked, *_, other = sorted(await deliveries(home), key=lambda one: one.channel == "sms")
    assert (blocked.channel, blocked.state) == ("telegram", "failed")
    assert (other.channel, other.state, other.kind) == ("sms", "sent", "safety")
    assert "988" in channel.sent[1].body.text
    assert "**" not in channel.sent[1].body.text
    assert ("could-not-be-answered", "now") in await cases(home)


async def test_other_words_do_not_change_the_channel_by_themselves(home: Household) -> None:
    member = await home.settle_in("ada")
    await second_address(home, member, Channel.SMS)
    channel = ScriptedChannel(RecipientStopped("blocked-by-recipient", code="403"))
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.TELEGRAM, "menu"))
    await through(home, channel).settle()
    assert [row.channel for row in await deliveries(home)] == ["telegram"]


@pytest.mark.parametrize(("known", "sends"), [("SM-found", 1), (None, 2)])
async def test_a_time_critical_text_is_looked_up_before_it_is_sent_again(
    home: Household, known: str | None, sends: int
) -> None:
    _, _, _ = await one_text(home)
    (row,) = await deliveries(home)
    async with home.house.store.unit_of_work() as tx:
        found = await tx.outbox._session.get_one(type(row), row.id)
        found.kind, found.state, found.priority = "window", "queued", 3
        found.provider_id = found.settled_at = None
        found.attempts = 0
        await tx.outbox._session.flush()
        for attempt in await tx.outbox._session.scalars(ATTEMPTS):
            await tx.outbox._session.delete(attempt)
    began = home.clock.now()
    channel = LookUpChannel(Uncertain("answer-lost"), known=known)
    engine = through(home, channel)
    await engine.settle()
    assert await ends(home) == [("queued", "look-up")]
    await engine.advance(home.clock.now() + timedelta(seconds=59))
    assert channel.asked == [], "the provider's list lags behind"
    await engine.advance(home.clock.now() + timedelta(seconds=5))
    assert channel.asked == [began]
    assert len(channel.sent) == sends
    assert await ends(home) == [("sent", None)]


async def test_a_provider_that_fails_gets_a_rest_instead_of_the_whole_queue(
    home: Household,
) -> None:
    for number in range(12):
        await home.settle_in(f"p{number}", channel=Channel.SMS)
    channel = ScriptedChannel(*[Unavailable("provider-not-reached")] * 40)
    engine = through(home, channel)
    for number in range(12):
        await home.house.inbound.accept(home.simulator.type_text(f"p{number}", Channel.SMS, "MENU"))
    await engine.settle()
    assert len(channel.sent) <= 9, "five failures, and what was under way by then"
    await engine.advance(home.clock.now() + timedelta(hours=1))
    assert {state for state, _ in await ends(home)} == {"sent"}


async def test_words_of_safety_go_another_way_when_a_report_says_they_did_not_arrive(
    home: Household,
) -> None:
    member = await home.settle_in("ada", channel=Channel.SMS)
    await second_address(home, member, Channel.TELEGRAM)
    channel = ScriptedChannel()
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, DANGER))
    engine = through(home, channel)
    await engine.settle()
    await report(home, "provider-1", Failure.REFUSED, "30004", times=2)
    await engine.settle()
    found = [row.kind for row in await deliveries(home) if row.channel == "telegram"]
    assert found == ["safety"]
    assert "988" in channel.sent[-1].body.text


async def test_what_has_a_deadline_says_on_the_other_channel_only_whom_to_call(
    home: Household,
) -> None:
    member = await home.settle_in("ada")
    await second_address(home, member, Channel.SMS)
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.TELEGRAM, "menu"))
    await home.house.inbound.answer_next()
    async with home.house.store.unit_of_work() as tx:
        (row,) = await deliveries(home)
        delivery = await tx.outbox.delivery(home.clinic_id, DeliveryId(row.id))
        assert delivery is not None
        failed = replace(delivery, kind=MessageKind.WINDOW)
        assert await home.house.front.fallback.try_another_way(tx, failed, now=home.clock.now())
        assert not await home.house.front.fallback.try_another_way(
            tx, replace(delivery, kind=MessageKind.VISIT), now=home.clock.now()
        )
    again = next(row for row in await deliveries(home) if row.channel == "sms")
    async with home.house.store.read() as tx:
        said = await tx.outbox.delivery(home.clinic_id, DeliveryId(again.id))
    assert said is not None
    assert said.body.text.startswith("Your clinic tried to reach you in your other chat")


async def test_a_sender_that_was_too_fast_slows_down_and_sends_it_again(home: Household) -> None:
    _, channel, engine = await one_text(home)
    await report(home, "provider-1", Failure.TOO_FAST, "30022")
    async with home.house.store.read() as tx:
        held = [one.held_until for one in await tx.house.senders() if one.held_until is not None]
    assert held == [home.clock.now() + timedelta(minutes=1)]
    await engine.advance(home.clock.now() + timedelta(minutes=10))
    assert len(channel.sent) == 2
    assert await cases(home) == []


async def test_the_operator_sees_what_was_not_delivered_by_code(home: Household) -> None:
    error = Rejected("twilio-21408", code="21408")
    await one_text(home, error)
    since = home.clock.now() - timedelta(days=1)
    async with home.house.store.read() as tx:
        assert await tx.backlog.refusals(home.clinic_id, since=since) == {"sms 21408": 1}
        stopped = [one.state for one in await tx.house.senders() if one.state != "running"]
    assert stopped == []
