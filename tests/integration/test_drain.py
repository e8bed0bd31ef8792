"""What follows when a provider refuses, stalls, loses its answer, or the database fails?"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.domain.delivery import Receipt, ReceiptStatus
from bot.domain.identity import Channel
from bot.domain.message_kind import MessageKind
from bot.domain.patient import AddressState
from bot.engine.local import LocalEngine
from bot.ports.channel import (
    Misconfigured,
    ReceivedReceipt,
    RecipientStopped,
    Rejected,
    SendError,
    Throttled,
    Unavailable,
    Uncertain,
)
from bot.store.tables import DeliveryRow
from bot.wiring.senders import connect
from tests.fakes.channel import ScriptedChannel
from tests.household import Household, Member

DANGER = "I want to kill myself"


def through(home: Household, channel: ScriptedChannel) -> LocalEngine:
    """An engine whose every sender sends through `channel`."""
    senders = home.lines.senders
    return home.house.engine({sender.id: channel for sender in senders}, senders)


async def one_text(
    home: Household, *answers: SendError | Exception | None, text: str = "MENU"
) -> tuple[Member, ScriptedChannel, LocalEngine]:
    """A patient writes by SMS; the provider gives these answers to Balm's reply."""
    member = await home.settle_in("ada", channel=Channel.SMS)
    channel = ScriptedChannel(*answers)
    engine = through(home, channel)
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, text))
    await engine.settle()
    return member, channel, engine


async def deliveries(home: Household) -> Sequence[DeliveryRow]:
    async with home.house.store.read() as tx:
        found = await tx.outbox._session.scalars(select(DeliveryRow).order_by(col(DeliveryRow.id)))
        return found.all()


async def ends(home: Household) -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in await deliveries(home)]


async def cases(home: Household) -> list[tuple[str, str]]:
    return [(case.category, case.urgency) for case in await home.cases()]


async def test_a_number_that_cannot_be_reached_becomes_work_for_the_day(home: Household) -> None:
    _, channel, _ = await one_text(home, Rejected("invalid-number", code="21211"))
    assert await ends(home) == [("failed", "invalid-number")]
    assert await cases(home) == [("undeliverable", "task")]
    assert len(channel.sent) == 1


async def test_somebody_who_stopped_at_the_provider_gets_nothing_more(home: Household) -> None:
    member, channel, engine = await one_text(home, RecipientStopped("stopped", code="21610"))
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, "MENU"))
    await engine.advance(home.clock.now() + timedelta(days=2))
    assert len(channel.sent) == 1
    assert await ends(home) == [("failed", "stopped")]
    assert await cases(home) == [("undeliverable", "task")]
    found = await home.occurrences("ada")
    doses = [o for o in found if o.reminder == "dose" and o.due_at < home.clock.now()]
    assert {(o.state.value, o.reason) for o in doses} == {("skipped", "opted-out")}
    assert member.patient_id is not None


async def test_a_telegram_block_marks_the_address(home: Household) -> None:
    member = await home.settle_in("ada")
    channel = ScriptedChannel(RecipientStopped("blocked", code="403"))
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.TELEGRAM, "menu"))
    await through(home, channel).settle()
    assert member.patient_id is not None
    async with home.house.store.read() as tx:
        (address,) = await tx.people.addresses(member.patient_id)
    assert address.state is AddressState.BLOCKED


@pytest.mark.parametrize(
    "error", [RecipientStopped("stopped", code="21610"), Rejected("landline", code="30006")]
)
async def test_safety_words_that_cannot_arrive_are_somebodys_job_now(
    home: Household, error: SendError
) -> None:
    await one_text(home, error, text=DANGER)
    assert ("could-not-be-answered", "now") in await cases(home)
    first = (await home.cases())[0]
    assert first.category == "could-not-be-answered"
    assert first.note is not None


async def test_safety_words_that_may_be_lost_are_resent_and_then_somebodys_job(
    home: Household,
) -> None:
    lost = [Uncertain("timeout")] * 4
    _, channel, engine = await one_text(home, *lost, text=DANGER)
    assert ("could-not-be-answered", "now") not in await cases(home)
    await engine.advance(home.clock.now() + timedelta(minutes=4))
    texts = [message.body.text for message in channel.sent if "988" in message.body.text]
    assert Counter(texts)[channel.sent[0].body.text] == 4
    assert (await ends(home))[0] == ("uncertain", "timeout")
    assert ("could-not-be-answered", "now") in await cases(home)


async def test_a_dose_reminder_that_may_have_arrived_is_never_resent(home: Household) -> None:
    await home.settle_in("ada", channel=Channel.SMS)
    channel = ScriptedChannel(Uncertain("timeout"))
    engine = through(home, channel)
    await engine.advance(home.clock.now() + timedelta(hours=10, minutes=5))
    assert [row.kind for row in await deliveries(home)] == [MessageKind.DOSE.value]
    await engine.advance(home.clock.now() + timedelta(hours=1))
    kinds = [row.kind for row in await deliveries(home)]
    assert kinds.count("dose") == 1
    assert kinds.count("nudge") == 1, "the ordinary nudge follows"
    assert (await ends(home))[0] == ("uncertain", "timeout")


async def test_a_wrong_account_stops_the_sender_and_keeps_its_queue(home: Household) -> None:
    _, channel, engine = await one_text(home, Misconfigured("wrong-token", code="20003"))
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, "HELP ME PLEASE"))
    await engine.advance(home.clock.now() + timedelta(hours=1))
    assert len(channel.sent) == 1
    assert [state for state, _ in await ends(home)] == ["queued", "queued"]
    await connect(home.house, home.clinic_id)
    await engine.advance(home.clock.now() + timedelta(minutes=10))
    assert [state for state, _ in await ends(home)] == ["sent", "sent"]
    assert len(channel.sent) == 3


async def test_too_fast_holds_the_whole_sender_for_as_long_as_asked(home: Household) -> None:
    _, channel, engine = await one_text(home, Throttled("slow-down", retry_after=90.0))
    await home.settle_in("ben", channel=Channel.SMS)
    await home.house.inbound.accept(home.simulator.type_text("ben", Channel.SMS, "MENU"))
    await engine.advance(home.clock.now() + timedelta(seconds=60))
    assert len(channel.sent) == 1
    await engine.advance(home.clock.now() + timedelta(minutes=5))
    assert [state for state, _ in await ends(home)] == ["sent", "sent"]
    assert len(channel.sent) == 3


async def test_an_outage_is_waited_out_with_growing_pauses(home: Household) -> None:
    calls: list[datetime] = []
    member = await home.settle_in("ada", channel=Channel.SMS)
    channel = ScriptedChannel(*[Unavailable("provider-not-reached")] * 5)
    channel.on_send = lambda _message: calls.append(home.clock.now())
    engine = through(home, channel)
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, "MENU"))
    await engine.advance(home.clock.now() + timedelta(minutes=30))
    assert await ends(home) == [("sent", None)]
    pauses = [after - before for before, after in pairwise(calls)]
    assert len(pauses) == 5
    assert pauses[-1] > 4 * pauses[0]
    assert max(pauses) <= timedelta(minutes=5)
    assert member.patient_id is not None


async def test_a_reply_that_may_be_lost_is_resent_a_few_times(home: Household) -> None:
    _, channel, engine = await one_text(home, *[Uncertain("reset")] * 9)
    await engine.advance(home.clock.now() + timedelta(hours=1))
    assert len(channel.sent) == 4
    assert await ends(home) == [("uncertain", "reset")]


async def test_an_outage_before_it_takes_no_try_from_a_doubt(home: Household) -> None:
    down = [Unavailable("down")] * 3
    _, channel, engine = await one_text(home, *down, Uncertain("timeout"))
    await engine.advance(home.clock.now() + timedelta(hours=2))
    assert (await ends(home))[0][0] == "sent"
    assert len(channel.sent) >= len(down) + 2


async def test_a_fault_of_the_program_does_not_block_a_phone_for_ever(home: Household) -> None:
    _, channel, engine = await one_text(home, RuntimeError("a fault"))
    await engine.advance(home.clock.now() + timedelta(minutes=1))
    assert await ends(home) == [("sent", None)]
    assert len(channel.sent) == 2


async def test_a_fault_that_stays_does_not_spin(home: Household) -> None:
    _, channel, engine = await one_text(home, *[RuntimeError("a fault")] * 50)
    assert len(channel.sent) == 1
    await engine.advance(home.clock.now() + timedelta(hours=8))
    assert len(channel.sent) == 4
    assert await ends(home) == [("uncertain", "software-error")]


async def test_a_dose_reminder_hit_by_a_fault_is_not_resent(home: Household) -> None:
    await home.settle_in("ada", channel=Channel.SMS)
    channel = ScriptedChannel(RuntimeError("a fault"))
    engine = through(home, channel)
    await engine.advance(home.clock.now() + timedelta(hours=10, minutes=5))
    assert (await ends(home))[0] == ("uncertain", "software-error")
    assert len(channel.sent) == 1


async def test_a_failure_report_that_overtakes_the_answer_is_not_lost(home: Household) -> None:
    await home.settle_in("ada", channel=Channel.SMS)
    sender = next(s for s in home.lines.senders if s.channel is Channel.SMS)
    early = Receipt(provider_id="provider-1", status=ReceiptStatus.FAILED, code="30005")
    await home.house.inbound.accept([ReceivedReceipt(sender_id=sender.id, receipt=early)])
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, "MENU"))
    await through(home, ScriptedChannel()).settle()
    (row,) = await deliveries(home)
    assert (row.state, row.receipt, row.reason) == ("sent", "failed", "provider:30005")
    assert await cases(home) == [("undeliverable", "task")]


async def test_what_is_queued_for_somebody_who_opts_out_is_skipped(home: Household) -> None:
    _, channel, engine = await one_text(home, Unavailable("down"))
    await home.house.inbound.accept(
        home.simulator.type_text("ada", Channel.SMS, "Please stop texting me")
    )
    await engine.advance(home.clock.now() + timedelta(hours=1))
    assert ("skipped", "opted-out") in await ends(home)
    sent = [message.body.text for message in channel.sent[1:]]
    assert len(sent) == 1
    assert sent[0].startswith("Done: no more messages")


async def test_a_hold_skips_a_dose_reminder_that_still_waits_in_the_queue(home: Household) -> None:
    await home.settle_in("ada", channel=Channel.SMS)
    channel = ScriptedChannel(Unavailable("down"))
    engine = through(home, channel)
    await engine.advance(home.clock.now() + timedelta(hours=10))
    assert await ends(home) == [("queued", "down")]
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, DANGER))
    await engine.settle()
    dose, safety, *_ = await deliveries(home)
    assert (dose.kind, dose.state, dose.reason) == ("dose", "skipped", "hold")
    assert (safety.kind, safety.state) == ("safety", "sent")
