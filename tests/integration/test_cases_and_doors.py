"""Is silence somebody's job, are strangers forgotten, and do doors and invites open once?"""

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from bot.clock import FixedClock
from bot.domain.conversation import Asking, Conversation, Question
from bot.domain.identity import Channel, Lane, Region
from bot.domain.reading import Reading
from bot.ports.people import Conflict
from bot.services.door import Door
from bot.services.patients import NewPatient, NotPossible
from bot.store.tables import DeliveryRow, InboundRow, StrangerRow
from tests.household import START, Household

PERHAPS = "everyone would be better off without me"
CERTAIN = "I want to kill myself"


async def works(home: Household) -> list[tuple[str, str, str]]:
    return [(case.category, case.urgency, case.state) for case in await home.cases()]


# --- safety checks


async def test_ten_minutes_of_silence_open_the_case(home: Household) -> None:
    await home.settle_in("ada")
    await home.say("ada", PERHAPS)
    assert await works(home) == [("rf-suicide", "emergency", "checking")]
    await home.wait(timedelta(minutes=9, seconds=59))
    assert await works(home) == [("rf-suicide", "emergency", "checking")]
    await home.wait(timedelta(seconds=2))
    assert await works(home) == [("rf-suicide", "emergency", "open")]
    assert "no-answer" in ((await home.cases())[0].note or "")


async def test_ok_closes_the_check(home: Household) -> None:
    await home.settle_in("ada")
    await home.say("ada", PERHAPS)
    await home.say("ada", "OK")
    await home.wait(timedelta(hours=1))
    assert await works(home) == []


async def test_talk_opens_the_case_at_once_and_holds_the_capsules(home: Household) -> None:
    await home.settle_in("ada")
    await home.say("ada", PERHAPS)
    await home.press("ada", "safety:talk:rf-suicide")
    assert await works(home) == [("rf-suicide", "emergency", "open")]
    await home.wait(timedelta(hours=11))
    dose = next(o for o in await home.occurrences("ada") if o.reminder == "dose")
    assert (dose.state.value, dose.reason) == ("skipped", "hold")


@pytest.mark.parametrize("bare", ["yes", "no", "1", "2"])
async def test_a_bare_word_never_closes_a_check(home: Household, bare: str) -> None:
    await home.settle_in("ada")
    await home.say("ada", PERHAPS)
    await home.say("ada", bare)
    assert "TALK" in home.texts("ada")[-1]
    await home.say("ada", bare)
    await home.wait(timedelta(minutes=11))
    assert await works(home) == [("rf-suicide", "emergency", "open")]


async def test_an_ok_after_the_case_was_opened_does_not_close_it(home: Household) -> None:
    await home.settle_in("ada")
    await home.say("ada", PERHAPS)
    await home.wait(timedelta(minutes=11))
    await home.say("ada", "OK")
    assert await works(home) == [("rf-suicide", "emergency", "open")]


# --- strangers


async def test_a_stranger_is_forgotten_after_seven_days(home: Household) -> None:
    home.add_phone("sam")
    await home.say("sam", "are dry lips normal? my name is Sam Wandering", channel=Channel.SMS)
    async with home.house.store.read() as tx:
        session = tx.people._session
        assert (await session.scalars(select(col(StrangerRow.messages)))).all() == [1]
        assert (await session.scalars(select(col(InboundRow.sealed_message)))).all() == [None]
    await home.wait(timedelta(days=1))
    async with home.house.store.read() as tx:
        blanked = (await tx.people._session.scalars(select(col(DeliveryRow.sealed_message)))).all()
        assert set(blanked) == {None}
    await home.wait(timedelta(days=5, hours=23))
    await count_strangers(home, 1)
    await home.wait(timedelta(hours=2))
    await count_strangers(home, 0)


async def count_strangers(home: Household, number: int) -> None:
    await home.house.upkeep.run()
    async with home.house.store.read() as tx:
        found = (await tx.people._session.scalars(select(col(StrangerRow.id)))).all()
        kept = await tx.people._session.scalar(
            text("SELECT count(*) FROM conversation WHERE lane LIKE 'address:%'")
        )
    assert (len(found), kept) == (number, 0)


async def test_a_strangers_danger_is_kept_only_on_tell(home: Household) -> None:
    home.add_phone("sam")
    await home.say("sam", CERTAIN, channel=Channel.SMS)
    assert await works(home) == []
    assert "TELL" in home.texts("sam", Channel.SMS)[-1]
    await home.say("sam", "TELL Maria", channel=Channel.SMS)
    (case,) = await home.cases()
    assert case.category == "rf-suicide"
    assert CERTAIN in case.evidence
    assert "Maria" in case.evidence
    assert home.simulator.phone("sam").sms_address in case.evidence
    assert case.patient_id is None


async def test_an_old_tell_tells_nothing(home: Household) -> None:
    home.add_phone("sam")
    await home.say("sam", CERTAIN, channel=Channel.SMS)
    await home.wait(timedelta(hours=2))
    await home.say("sam", "TELL Maria", channel=Channel.SMS)
    assert await works(home) == []


# --- the reader or the store fails


class BrokenReader:
    """Fails at one sentence."""

    def read(self, text: str, *, language: str, region: Region, last_topic: str | None) -> Reading:
        """Raises for anything about zebras."""
        del language, region, last_topic
        if "zebra" in text:
            raise RuntimeError(text)
        return Reading()


async def test_a_message_that_breaks_the_software_is_answered_and_seen(home: Household) -> None:
    await home.settle_in("ada")
    home.house.inbound._reader = BrokenReader()
    await home.say("ada", "my zebra is sad")
    await home.say("ada", "menu")
    assert home.texts("ada") == [], "order within a conversation is kept"
    for _ in range(4):
        home.clock.offset += timedelta(seconds=10)
        await home.engine.settle()
    assert home.texts("ada")[0].startswith("Something went wrong here")
    assert home.texts("ada")[1].startswith("I could not reach"), "nobody is on call here"
    assert "What can I do" in home.texts("ada")[2]
    (case,) = await home.cases()
    assert (case.category, case.evidence) == ("not-understood-by-software", "my zebra is sad")


async def test_a_strangers_words_that_break_the_software_are_not_kept(home: Household) -> None:
    home.add_phone("sam")
    home.house.inbound._reader = BrokenReader()
    await home.say("sam", "my zebra is sad")
    for _ in range(4):
        home.clock.offset += timedelta(seconds=10)
        await home.engine.settle()
    assert len(home.texts("sam")) == 1
    (case,) = await home.cases()
    assert case.evidence == ""
    async with home.house.store.read() as tx:
        kept = (await tx.people._session.scalars(select(col(InboundRow.sealed_message)))).all()
    assert kept == [None]


async def test_a_conversation_that_cannot_be_opened_blocks_nobody_else(home: Household) -> None:
    await home.settle_in("ada")
    await home.settle_in("ben", channel=Channel.SMS)
    await home.say("ada", "pause")
    async with home.house.store.unit_of_work() as tx:
        await tx.people._session.execute(
            text("UPDATE conversation SET sealed_state = :junk"), {"junk": b"junk" * 9}
        )
    await home.say("ada", "1")
    await home.say("ben", "MENU", channel=Channel.SMS)
    assert len(home.texts("ben", Channel.SMS)) == 1
    for _ in range(4):
        home.clock.offset += timedelta(seconds=10)
        await home.engine.settle()
    assert home.texts("ada")[-1].startswith("Something went wrong here")
    assert [case.category for case in await home.cases()] == ["not-understood-by-software"]


# --- two turns at once


async def test_the_second_of_two_versions_of_a_conversation_is_refused(home: Household) -> None:
    store, lane = home.house.store, Lane("address:somebody")
    question = Question(id="q", asking=Asking.PAUSE, asked_at=START)
    fresh = Conversation(clinic_id=home.clinic_id, lane=lane, awaiting=question)
    async with store.unit_of_work() as tx:
        await tx.conversations.save(fresh, at=START)
    for _ in range(2):
        with pytest.raises(Conflict):
            async with store.unit_of_work() as tx:
                await tx.conversations.save(fresh, at=START)
    async with store.unit_of_work() as tx:
        known = await tx.conversations.get(home.clinic_id, lane)
        assert (known.version, known.awaiting) == (1, question)
        await tx.conversations.save(known, at=START)
    with pytest.raises(Conflict):
        async with store.unit_of_work() as tx:
            await tx.conversations.save(known, at=START)


async def test_one_message_accepted_many_times_is_answered_once(home: Household) -> None:
    await home.settle_in("ada")
    events = home.simulator.type_text("ada", Channel.TELEGRAM, "menu")
    await asyncio.gather(*(home.house.inbound.accept(events) for _ in range(5)))
    await asyncio.gather(*(home.house.inbound.answer_next() for _ in range(5)))
    await home.receive(events)
    assert len(home.texts("ada")) == 1


# --- doors


async def test_a_link_opens_the_console_once_and_within_its_hour(home: Household) -> None:
    clock = FixedClock(START)
    door = Door(home.house.store, clock, home.house.ids)
    first = await door.issue_link(home.clinic_id, name="First administrator", role="admin")
    late = await door.issue_link(home.clinic_id, name="First administrator", role="admin")
    used = await asyncio.gather(*(door.use_link(first) for _ in range(3)))
    assert [staff.name for staff in used if staff is not None] == ["First administrator"]
    assert await door.use_link("made up") is None
    clock.set(START + timedelta(hours=1, seconds=1))
    assert await door.use_link(late) is None


async def test_a_session_ends_after_twelve_hours_and_is_no_link(home: Household) -> None:
    clock = FixedClock(START)
    door = Door(home.house.store, clock, home.house.ids)
    link = await door.issue_link(home.clinic_id, name="Nurse", role="nurse")
    staff = await door.use_link(link)
    assert staff is not None
    token = await door.open_session(staff)
    assert await door.session(token) == staff
    assert await door.session(token) == staff
    assert await door.use_link(token) is None
    assert await door.session(link) is None
    clock.set(START + timedelta(hours=12, seconds=1))
    assert await door.session(token) is None


# --- invites


def somebody(**other: object) -> NewPatient:
    born_on = {"born_on": date(1990, 5, 5)}
    known = {"name": "Ada", "category": "x", "zone": "UTC", "language": "en", **born_on, **other}
    return NewPatient(**known)  # type: ignore[arg-type]  # as given above


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (somebody(born_on=date(2016, 1, 1)), "nobody under 12"),
        (somebody(born_on=date(2012, 1, 1)), "guardian"),
        (somebody(born_on=date(2030, 1, 1)), "date of birth"),
        (somebody(born_on=date(1880, 1, 1)), "date of birth"),
        (
            somebody(
                born_on=date(2012, 1, 1),
                guardian_name="Eva",
                guardian_consent_on=date(2027, 1, 1),
            ),
            "future",
        ),
    ],
)
async def test_who_may_not_be_enrolled_is_refused(
    home: Household, new: NewPatient, reason: str
) -> None:
    with pytest.raises(NotPossible, match=reason):
        await home.house.patients.add(home.clinic_id, new, by="test")


async def test_a_code_is_over_after_fourteen_days(home: Household) -> None:
    member = await home.invite("ada")
    assert member.invitation is not None
    home.clock.offset += timedelta(days=14, seconds=1)
    await home.say("ada", f"/start {member.invitation.link_token}")
    expired = home.texts("ada")[0]
    await home.say("ada", "/start MADEUPCODE23")
    assert home.texts("ada")[-1] == expired, "used, expired and made-up codes look the same"


async def test_guessing_codes_is_slowed_down(home: Household) -> None:
    member = await home.invite("ada")
    assert member.invitation is not None
    for number in range(5):
        await home.say("ada", f"JOIN WRNG234{number}", channel=Channel.SMS)
    right = f"JOIN {member.invitation.join_code}"
    await home.say("ada", right, channel=Channel.SMS)
    texts = home.texts("ada", Channel.SMS)
    assert texts[-1] == texts[0]
    home.clock.offset += timedelta(hours=1, seconds=1)
    await home.say("ada", right, channel=Channel.SMS)
    assert "year were you born" in home.texts("ada", Channel.SMS)[-1]


async def test_three_wrong_years_close_the_invite_and_tell_the_clinic(home: Household) -> None:
    member = await home.invite("ada")
    assert member.invitation is not None
    opening = f"/start {member.invitation.link_token}"
    for said in (opening, "1950", "1951", "1952", opening):
        await home.say("ada", said)
    assert [case.category for case in await home.cases()] == ["identity-failed"]
    assert "does not work" in home.texts("ada")[-1]


async def test_one_code_connects_one_phone(home: Household) -> None:
    member = await home.invite("ada")
    home.add_phone("thief")
    assert member.invitation is not None
    opening = f"JOIN {member.invitation.join_code}"
    for said in (opening, "2003"):
        await home.say("ada", said, channel=Channel.SMS)
        await home.say("thief", said, channel=Channel.SMS)
    await home.say("ada", "1", channel=Channel.SMS)
    await home.say("thief", "1", channel=Channel.SMS)
    assert member.patient_id is not None
    async with home.house.store.read() as tx:
        addresses = await tx.people.addresses(member.patient_id)
    assert [address.value for address in addresses] == [member.phone.sms_address]
    assert "does not work" in home.texts("thief", Channel.SMS)[-1]
