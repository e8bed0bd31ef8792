"""Does a call for help reach a person when it comes late, twice, or cannot even be read?"""

from datetime import timedelta

from sqlalchemy import select, update
from sqlmodel import col

from bot.domain.escalation import Outcome
from bot.domain.identity import Channel
from bot.ports.channel import Unavailable
from bot.ports.console import PatientCard
from bot.store.tables import InboundRow
from bot.web.discretion import card_without_confidential
from tests.fakes.channel import ScriptedChannel
from tests.household import Household

PERHAPS = "everyone would be better off without me"
CERTAIN = "I want to kill myself"
HIT = "he hits me when he is drunk"


async def works(home: Household) -> list[tuple[str, str, str]]:
    return [(case.category, case.urgency, case.state) for case in await home.cases()]


async def spoil(home: Household) -> None:
    """The newest message received can never be opened again."""
    async with home.house.store.unit_of_work() as tx:
        session = tx.inbox._session
        newest = await session.scalar(
            select(col(InboundRow.id)).order_by(col(InboundRow.id).desc()).limit(1)
        )
        await session.execute(
            update(InboundRow)
            .where(col(InboundRow.id) == newest)
            .values(sealed_message=b"not what was sealed here")
        )


async def settle_slowly(home: Household) -> None:
    for _ in range(4):
        home.clock.offset += timedelta(seconds=10)
        await home.engine.settle()


# --- messages that cannot be read


async def test_a_message_that_cannot_be_opened_is_set_aside_and_phoned_about(
    home: Household,
) -> None:
    await home.settle_in("ada")
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.TELEGRAM, "menu"))
    await spoil(home)
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.TELEGRAM, "menu"))
    await settle_slowly(home)
    assert await works(home) == [("message-not-readable", "now", "open")]
    assert any("What can I do" in text for text in home.texts("ada")), "the next one is answered"
    async with home.house.store.read() as tx:
        rows = (await tx.inbox._session.scalars(select(InboundRow))).all()
    kept = [row for row in rows if row.sealed_message == b"not what was sealed here"]
    assert [row.state for row in kept] == ["failed"], "kept as it is, for whoever can open it"


async def test_giving_up_that_fails_itself_blocks_nobody(home: Household) -> None:
    await home.settle_in("ada")

    class Broken:
        async def meet(self, *_args: object, **_named: object) -> None:
            raise RuntimeError("nobody can be met")

        meet_nobody = meet

    inbound = home.house.inbound
    sound, inbound._turns = inbound._turns, Broken()  # type: ignore[assignment]  # a broken one
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.TELEGRAM, "hello"))
    await settle_slowly(home)
    inbound._turns = sound
    assert await works(home) == [("message-not-readable", "now", "open")]
    await home.say("ada", "menu")
    assert any("What can I do" in text for text in home.texts("ada"))


# --- TALK


async def test_talk_after_silence_makes_the_open_case_as_urgent_as_its_category(
    home: Household,
) -> None:
    await home.settle_in("ada")
    await home.say("ada", "my chest feels a bit weird and tight")
    (case,) = await home.cases()
    assert (case.category, case.state) == ("rf-chest-stroke-clot", "checking")
    await home.wait(timedelta(minutes=11))
    assert await works(home) == [("rf-chest-stroke-clot", "urgent-same-day", "open")]
    await home.say("ada", "TALK")
    assert await works(home) == [("rf-chest-stroke-clot", "emergency", "open")]


async def test_talk_after_staff_closed_the_case_opens_a_new_one(home: Household) -> None:
    await home.settle_in("ada")
    await home.say("ada", PERHAPS)
    await home.wait(timedelta(minutes=11))
    (case,) = await home.cases()
    async with home.house.store.unit_of_work() as tx:
        await tx.alerts.close(case.id, outcome=Outcome.MISTAKEN, is_reportable=False)
    await home.say("ada", "TALK")
    assert await works(home) == [("rf-suicide", "emergency", "open")]


async def test_an_old_talk_button_keeps_the_category_it_was_about(home: Household) -> None:
    await home.settle_in("ada")
    await home.say("ada", PERHAPS)
    await home.say("ada", "OK")
    assert await works(home) == []
    await home.press("ada", "safety:talk:rf-suicide")
    assert await works(home) == [("rf-suicide", "emergency", "open")]
    assert home.texts("ada")[-2].startswith("I am glad you told me")


# --- late texts


async def test_an_emergency_text_that_waits_for_the_provider_says_that_it_is_late(
    home: Household,
) -> None:
    await home.settle_in("ada", channel=Channel.SMS)
    channel = ScriptedChannel(*[Unavailable("down")] * 40)
    senders = home.lines.senders
    engine = home.house.engine({sender.id: channel for sender in senders}, senders)
    await home.house.inbound.accept(home.simulator.type_text("ada", Channel.SMS, CERTAIN))
    await engine.settle()
    assert [text.body.text[:13] for text in channel.sent[:1]] == ["I am glad you"]
    await engine.advance(home.clock.now() + timedelta(minutes=40))
    late = [sent.body.text for sent in channel.sent if "reached us late" in sent.body.text]
    assert late, [(s.body.text[:40], s.body.late_text) for s in channel.sent]
    assert all("911" in text for text in late)


# --- confidential cases beside the phone


async def test_the_card_beside_the_phone_hides_what_is_confidential(home: Household) -> None:
    member = await home.settle_in("ada")
    await home.say("ada", HIT)
    card = await home.house.console.card(
        home.clinic_id,
        Channel.TELEGRAM,
        home.simulator.phone("ada").telegram_address,
        now=home.clock.now(),
    )
    assert isinstance(card, PatientCard)
    assert card.is_confidential
    assert card.cases
    shown = card_without_confidential(card)
    assert shown.cases == []
    assert shown.patient.open_cases == 0
    assert HIT not in repr([message.text for message in shown.timeline])
    assert member.patient_id is not None
