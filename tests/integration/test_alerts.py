"""Does an open alert reach a person, and does the patient hear nothing but the truth?"""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.domain.escalation import (
    Entry,
    EntryKind,
    Escalation,
    EscalationState,
    Outcome,
    Urgency,
)
from bot.domain.identity import Channel, EscalationId, StaffId
from bot.ports.house import Staff
from bot.services.alert_answers import Answer
from bot.services.confidential import is_confidential
from bot.services.staffing import Declared
from tests.household import Household

DANGER = "I want to kill myself"
UNREACHED = "I could not reach the clinic"
FIVE_MINUTES = timedelta(minutes=5)
"""How soon somebody must have seen this category: content/triage/categories.yaml."""


async def hire(
    home: Household,
    phone_id: str,
    name: str,
    *,
    role: str = "nurse",
    channel: Channel = Channel.TELEGRAM,
    is_shared: bool = False,
) -> Staff:
    """A member of staff who is reached on a simulated phone."""
    phone = home.add_phone(phone_id, name=name)
    staffing = home.house.staffing
    staff_id = await staffing.add(home.clinic_id, name=name, role=role, by="test")
    await staffing.add_contact(
        home.clinic_id,
        name=name,
        channel=channel,
        value=phone.address(channel),
        language="en",
        is_shared=is_shared,
        by="test",
    )
    return Staff(id=staff_id, clinic_id=home.clinic_id, name=name, role=role, state="active")


async def entries(home: Household) -> Sequence[Entry]:
    """What happened to the one open or closed alert."""
    (case_id,) = await case_ids(home)
    async with home.house.store.read() as tx:
        return await tx.alerts.entries(case_id)


async def case_ids(home: Household) -> list[EscalationId]:
    async with home.house.store.read() as tx:
        return [case.id for case in await tx.alerts.open_cases(home.clinic_id)]


async def told(home: Household) -> list[str]:
    """Who was told, in order."""
    return [e.actor for e in await entries(home) if e.kind is EntryKind.NOTIFIED]


async def in_danger(home: Household, text: str = DANGER, **who: object) -> None:
    await home.settle_in("ada", **who)  # type: ignore[arg-type]  # fields of an invitation
    await home.say("ada", text)


async def test_the_first_person_is_told_at_once_without_a_word_of_illness(home: Household) -> None:
    await hire(home, "dana", "Dana Lead", role="lead")
    await in_danger(home)
    (notice,) = home.texts("dana")
    assert "A.E." in notice
    assert "/console/#case-" in notice
    for private in ("Ada", "Example", "kill", "suicide", "self"):
        assert private not in notice


async def test_silence_goes_from_owner_to_next_to_everybody_to_operator_and_patient(
    home: Household,
) -> None:
    dana = await hire(home, "dana", "Dana Lead", role="lead")
    ben = await hire(home, "ben", "Ben Deputy", role="deputy")
    cleo = await hire(home, "cleo", "Cleo Nurse")
    await hire(home, "olga", "Olga Operator", role="operator")
    await in_danger(home)
    await home.wait(FIVE_MINUTES - timedelta(seconds=1))
    assert await told(home) == [dana.id, dana.id, ben.id, cleo.id]
    assert home.texts("dana")[1].startswith("(2nd time)")
    assert home.texts("olga") == []
    said = len(home.texts("ada"))
    await home.wait(timedelta(seconds=2))
    assert "Nobody at" in home.texts("olga")[0]
    (unreached,) = home.texts("ada")[said:]
    assert unreached.startswith("I could not reach the clinic. Call +1 555 010 0100.")
    await home.wait(timedelta(hours=6))
    assert len(home.texts("cleo")) > 3, "everybody is told again and again"
    assert len(home.texts("ada")) == said + 1, "the patient is told once"


async def test_a_button_settles_it_for_everybody_and_the_patient_is_told_who(
    home: Household,
) -> None:
    dana = await hire(home, "dana", "Dana Lead", role="lead")
    await hire(home, "ben", "Ben Deputy", role="deputy")
    await in_danger(home)
    await home.wait(timedelta(minutes=3))
    said = len(home.texts("ada"))
    await home.press("ben", "I have seen it")
    assert "Ben Deputy at the clinic saw this at 10:03" in home.texts("ada")[said]
    assert "Ben Deputy has seen it" in home.texts("dana")[-1]
    assert "is yours" in home.texts("ben")[-1]
    count = len(home.texts("dana"))
    await home.press("dana", "I have seen it", oldest=True)
    assert len(home.texts("ada")) == said + 1, "told once, whoever answers later"
    assert any("Ben Deputy has seen it" in text for text in home.texts("dana")[count - 1 :])
    owner = (await home.cases())[0]
    assert owner.state == "acknowledged"
    assert dana.id in await told(home)


@pytest.mark.parametrize("reply", ["ACK {code}", "ack {code}.", "Seen", "ack"])
async def test_a_word_by_sms_acknowledges(home: Household, reply: str) -> None:
    await hire(home, "dana", "Dana Lead", role="lead", channel=Channel.SMS)
    await in_danger(home)
    notice = home.texts("dana", Channel.SMS)[0]
    code = notice.split("Reply ACK ")[1][:4]
    await home.say("dana", reply.format(code=code), channel=Channel.SMS)
    assert "is yours" in home.texts("dana", Channel.SMS)[-1]
    assert (await home.cases())[0].state == "acknowledged"


async def test_an_unknown_code_changes_nothing(home: Household) -> None:
    await hire(home, "dana", "Dana Lead", role="lead", channel=Channel.SMS)
    await in_danger(home)
    await home.say("dana", "ACK ZZZZ", channel=Channel.SMS)
    assert "no open alert" in home.texts("dana", Channel.SMS)[-1]
    assert (await home.cases())[0].state == "delivered"


async def test_a_stranger_who_writes_ack_is_answered_like_everybody(home: Household) -> None:
    await hire(home, "dana", "Dana Lead", role="lead")
    await in_danger(home)
    home.add_phone("zoe")
    await home.say("zoe", "ACK")
    assert (await home.cases())[0].state == "delivered"


async def test_danger_in_the_words_of_staff_is_seen_too(home: Household) -> None:
    await hire(home, "dana", "Dana Lead", role="lead")
    await home.say("dana", DANGER)
    assert "911" in home.texts("dana")[-1]


async def test_no_contact_in_time_hands_the_alert_on(home: Household) -> None:
    dana = await hire(home, "dana", "Dana Lead", role="lead")
    ben = await hire(home, "ben", "Ben Deputy", role="deputy")
    await in_danger(home)
    await home.press("dana", "I have seen it")
    await home.wait(timedelta(minutes=14))
    assert await told(home) == [dana.id]
    await home.wait(timedelta(minutes=2))
    assert await told(home) == [dana.id, ben.id]
    assert (await home.cases())[0].state in ("handed-on", "delivered")


async def test_not_reached_asks_the_next_person_at_once_and_spoke_ends_the_search(
    home: Household,
) -> None:
    dana = await hire(home, "dana", "Dana Lead", role="lead")
    ben = await hire(home, "ben", "Ben Deputy", role="deputy")
    await in_danger(home)
    await home.press("dana", "I have seen it")
    await home.press("dana", "Not reached")
    assert await told(home) == [dana.id, ben.id]
    await home.press("ben", "I have seen it")
    await home.press("ben", "I spoke with them")
    assert (await home.cases())[0].state == "contacted"
    await home.wait(timedelta(hours=3))
    assert len(await told(home)) == 2
    await home.wait(timedelta(days=1))
    assert "still open" in home.texts("ben")[-1]


async def test_closing_asks_for_an_outcome_and_tells_the_patient(home: Household) -> None:
    dana = await hire(home, "dana", "Dana Lead", role="lead")
    await in_danger(home)
    answers = home.house.alert_answers
    (case_id,) = await case_ids(home)
    async with home.house.store.unit_of_work() as tx:
        room = await answers.room(tx, dana, now=home.clock.now())
        done = await answers.close(room, case_id, dana, outcome=Outcome.SPOKE, is_reportable=True)
    assert done.answer is Answer.DONE
    assert done.case is not None
    assert (done.case.outcome, done.case.is_reportable) == (Outcome.SPOKE, True)
    await home.engine.settle()
    assert "closed this" in home.texts("ada")[-1]
    count = len(home.texts("dana"))
    await home.wait(timedelta(days=2))
    assert len(home.texts("dana")) == count, "a closed alert alerts nobody"


async def test_closing_as_not_reached_goes_to_the_next_person(home: Household) -> None:
    dana = await hire(home, "dana", "Dana Lead", role="lead")
    ben = await hire(home, "ben", "Ben Deputy", role="deputy")
    await in_danger(home)
    answers = home.house.alert_answers
    (case_id,) = await case_ids(home)
    for person, expected in ((dana, Answer.HANDED_ON), (ben, Answer.DONE)):
        async with home.house.store.unit_of_work() as tx:
            room = await answers.room(tx, person, now=home.clock.now())
            done = await answers.close(
                room, case_id, person, outcome=Outcome.NOT_REACHED, is_reportable=False
            )
        assert done.answer is expected
    assert await case_ids(home) == []


async def test_an_address_that_cannot_be_reached_does_not_hold_the_alert_up(
    home: Household,
) -> None:
    await hire(home, "dana", "Dana Lead", role="lead")
    ben = await hire(home, "ben", "Ben Deputy", role="deputy")
    home.simulator.block("dana", is_blocked=True)
    await in_danger(home)
    assert ben.id in await told(home), "at once, without waiting for a person who cannot know"
    assert len(home.texts("ben")) == 1


async def test_what_the_patient_writes_meanwhile_is_kept_with_the_alert(home: Household) -> None:
    await hire(home, "dana", "Dana Lead", role="lead")
    await in_danger(home)
    await home.say("ada", "my lips are dry too")
    kinds = [entry.kind for entry in await entries(home)]
    assert kinds.count(EntryKind.SAID) == 1


async def test_a_confidential_alert_stays_on_its_list(home: Household) -> None:
    await hire(home, "dana", "Dana Lead", role="lead")
    await hire(home, "cleo", "Cleo Nurse")
    await hire(home, "chat", "Staff chat", role="team")
    await home.settle_in("ada")
    await open_confidential(home)
    said = len(home.texts("ada"))
    await home.wait(timedelta(hours=8))
    assert len(home.texts("dana")) > 2
    assert home.texts("cleo") == []
    assert home.texts("chat") == []
    assert len(home.texts("ada")) == said, "nothing unprompted on the patient's phone"


async def open_confidential(home: Household) -> None:
    patient_id = home.members["ada"].patient_id
    async with home.house.store.unit_of_work() as tx:
        await tx.cases.add(
            Escalation(
                id=EscalationId(home.house.ids.new()),
                clinic_id=home.clinic_id,
                cause="test",
                category="rf-abuse-coercion",
                urgency=Urgency.EMERGENCY,
                state=EscalationState.OPEN,
                patient_id=patient_id,
                opened_at=home.clock.now(),
                deadline_at=None,
                is_confidential=True,
            )
        )
    await home.engine.settle()


async def test_a_nurse_cannot_take_a_confidential_alert(home: Household) -> None:
    await hire(home, "dana", "Dana Lead", role="lead")
    cleo = await hire(home, "cleo", "Cleo Nurse")
    await home.settle_in("ada")
    await open_confidential(home)
    (case_id,) = await case_ids(home)
    answers = home.house.alert_answers
    async with home.house.store.unit_of_work() as tx:
        room = await answers.room(tx, cleo, now=home.clock.now())
        refused = await answers.acknowledge(room, case_id, cleo)
    assert refused.answer is Answer.UNKNOWN


@pytest.mark.parametrize(("year", "expected"), [(2019, True), (2026, False)])
async def test_pregnancy_words_of_a_minor_are_confidential(
    home: Household, year: int, expected: bool
) -> None:
    rule = home.house.words.triage.rules["rf-pregnant"]
    born_in_2003 = await home.settle_in("ada")
    async with home.house.store.read() as tx:
        clinic = await tx.house.clinic(home.clinic_id)
        now = home.clock.now().replace(year=year)
        found = await is_confidential(tx, clinic, born_in_2003.patient_id, rule, now=now)
    assert found is expected


async def test_clocks_stand_still_while_the_clinic_declares_that_nobody_reads(
    home: Household,
) -> None:
    dana = await hire(home, "dana", "Dana Lead", role="lead")
    await home.wait(timedelta(hours=6, minutes=58))
    await in_danger(home)
    await home.wait(timedelta(hours=12))
    assert not any(UNREACHED in text for text in home.texts("ada")), "16:58 + 5 min is 9:03"
    assert set(await told(home)) == {dana.id}
    await home.wait(timedelta(hours=4, minutes=10))
    assert UNREACHED in home.texts("ada")[-1]


async def test_somebody_on_call_at_night_keeps_the_clocks_running(home: Household) -> None:
    await hire(home, "dana", "Dana Lead", role="lead")
    await home.house.staffing.declare(home.clinic_id, Declared(has_cover=True), by="test")
    await home.wait(timedelta(hours=8))
    await in_danger(home)
    await home.wait(timedelta(minutes=6))
    assert UNREACHED in home.texts("ada")[-1]


async def test_nobody_to_tell_alarms_at_once_and_never_stops_the_engine(home: Household) -> None:
    await in_danger(home)
    kinds = [entry.kind for entry in await entries(home)]
    assert kinds == [EntryKind.OPERATOR_ALARMED, EntryKind.PATIENT_TOLD]
    assert home.texts("ada")[-1].startswith("I could not reach")
    await home.wait(timedelta(days=3))
    late = await hire(home, "dana", "Dana Lead", role="lead")
    await home.wait(timedelta(days=1))
    assert StaffId(late.id) in await told(home)
