"""Does the account of messages close, and is a changed row found?"""

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.domain.identity import Channel, DeliveryId
from bot.ports.channel import Rejected, Unavailable
from bot.services.ledger import Account
from bot.services.outbox_desk import NotRetried
from bot.store.keys import patient_key
from tests.fakes.channel import ScriptedChannel
from tests.household import Household
from tests.integration.test_drain import deliveries, ends, through


@pytest.fixture
async def day(home: Household) -> Household:
    """A patient's day: a reminder, an answer, a menu, and everything sealed."""
    await home.settle_in("ada", channel=Channel.SMS)
    await home.wait(timedelta(hours=10, minutes=5))
    await home.say("ada", "TAKEN", channel=Channel.SMS)
    await home.wait(timedelta(hours=2))
    await home.house.ledger.seal()
    return home


async def verified(home: Household) -> Account:
    return await home.house.ledger.verify(home.clinic_id)


async def change(home: Household, statement: str) -> None:
    async with home.house.store.unit_of_work() as tx:
        await tx.outbox._session.execute(text(statement))


async def test_every_message_has_one_end_and_the_sum_closes(day: Household) -> None:
    account = await verified(day)
    assert account.closes, account.findings
    assert account.messages == sum(account.totals.values())
    assert account.totals["sent"] >= 2
    assert account.totals["pending"] >= 13, "the doses of the coming days"
    assert account.sealed >= 4


async def test_sealing_twice_changes_nothing(day: Household) -> None:
    before = await verified(day)
    assert await day.house.ledger.seal() == 0
    assert (await verified(day)).pages == before.pages


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE delivery SET state = 'failed' WHERE kind = 'dose'", "state, times"),
        ("UPDATE delivery SET attempts = 9 WHERE kind = 'dose'", "state, times"),
        ("UPDATE audit SET actor = 'somebody-else'", "state, times"),
        ("DELETE FROM attempt; DELETE FROM delivery WHERE kind = 'dose'", "gone"),
        ("UPDATE ledger_entry SET digest = 'another'", "changed"),
        ("UPDATE ledger_page SET digest = 'another'", "changed"),
        ("DELETE FROM ledger_page WHERE number = 1", "missing"),
    ],
)
async def test_a_changed_row_is_found(day: Household, statement: str, what: str) -> None:
    for one in statement.split("; "):
        await change(day, one)
    account = await verified(day)
    assert not account.closes
    assert any(what in finding.what for finding in account.findings)


async def test_another_text_in_the_same_place_is_found(day: Household) -> None:
    async with day.house.store.unit_of_work() as tx:
        row = (await deliveries(day))[0]
        place, who = f"delivery.message:{row.id}", row.patient_id
        other: dict[str, object] = {
            "address": "x",
            "text": "Take two.",
            "choices": [],
            "edits": None,
        }
        sealed = await tx.outbox._sealer.seal(
            place, {**other, "answers_press": None}, clinic_id=day.clinic_id, patient_id=who
        )
        found = await tx.outbox._session.get_one(type(row), row.id)
        found.sealed_message = sealed
    findings = (await verified(day)).findings
    assert [finding.what for finding in findings] == ["its text was changed"]


async def test_erasing_a_persons_key_keeps_the_chain(day: Household) -> None:
    (patient_id,) = {row.patient_id for row in await deliveries(day)}
    assert patient_id is not None
    async with day.house.store.read() as tx:
        keys = tx.outbox._sealer.keys
    await keys.erase(patient_key(patient_id))
    assert (await verified(day)).closes


async def test_an_end_without_a_reason_does_not_close(day: Household) -> None:
    await day.say("ada", "MENU", channel=Channel.SMS)
    await change(day, "UPDATE delivery SET state = 'failed', reason = NULL WHERE page IS NULL")
    account = await verified(day)
    assert any("failed without a reason" in finding.what for finding in account.findings)


async def test_why_tells_the_whole_story_without_words(day: Household) -> None:
    dose = next(row for row in await deliveries(day) if row.kind == "dose")
    story = await day.house.stories.of(day.clinic_id, dose.id, show_text=False)
    assert story is not None
    assert story.text is None
    assert story.steps[0].what == "due"
    assert {"attempt 1", "sent"} <= {step.what for step in story.steps}
    shown = await day.house.stories.of(day.clinic_id, dose.id, show_text=True)
    assert shown is not None
    assert shown.text is not None
    occurrence_id = dose.cause.split(":")[1]
    planned = await day.house.stories.of(day.clinic_id, occurrence_id, show_text=False)
    assert planned is not None
    assert [part.id for part in planned.parts] == [dose.id]
    assert await day.house.stories.of(day.clinic_id, "nothing", show_text=False) is None


async def test_a_failed_message_is_sent_again_once_and_the_old_end_stands(home: Household) -> None:
    await home.settle_in("ada", channel=Channel.SMS)
    channel = ScriptedChannel(Rejected("refused", code="30007"))
    engine = through(home, channel)
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, "MENU"))
    await engine.settle()
    (failed,) = await deliveries(home)
    desk, failed_id = home.house.outbox_desk, DeliveryId(failed.id)
    await desk.retry(home.clinic_id, failed_id, by="test")
    with pytest.raises(NotRetried, match="again before"):
        await desk.retry(home.clinic_id, failed_id, by="test")
    await engine.settle()
    assert [state for state, _ in await ends(home)] == ["failed", "sent"]
    sent = (await deliveries(home))[1]
    with pytest.raises(NotRetried, match="double"):
        await desk.retry(home.clinic_id, DeliveryId(sent.id), by="test")


async def test_a_held_sender_keeps_its_queue_until_it_is_released(home: Household) -> None:
    await home.settle_in("ada", channel=Channel.SMS)
    channel = ScriptedChannel(Unavailable("down"))
    engine = through(home, channel)
    sender = next(one for one in home.lines.senders if one.channel is Channel.SMS)
    await home.house.outbox_desk.hold(home.clinic_id, sender.id, hours=None, by="test")
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, "MENU"))
    await engine.advance(home.clock.now() + timedelta(hours=3))
    assert channel.sent == []
    await home.house.outbox_desk.release(home.clinic_id, sender.id, by="test")
    await engine.advance(home.clock.now() + timedelta(minutes=5))
    assert len(channel.sent) == 2
