"""May a person answer instead of Balm, without danger being missed or anybody being forgotten?"""

from datetime import timedelta

import pytest

from bot.domain.identity import Channel, PatientId
from bot.services.handoff_desk import HandoffDesk
from bot.services.patients import NotPossible
from tests.household import START, Household
from tests.integration.test_alerts import DANGER, hire

FOUR_HOURS = timedelta(hours=4)
UNTIL_EVENING = timedelta(hours=9, minutes=50)
"""To 19:50 in New York: ten minutes before the capsule, and nobody at the clinic any more."""


async def begin(home: Household, *, after: timedelta = timedelta(0)) -> PatientId:
    """Ada is a patient, and Cleo, a nurse with a phone, has taken her conversation."""
    await hire(home, "cleo", "Cleo Nurse")
    member = await home.settle_in("ada")
    assert member.patient_id is not None
    await home.wait(after)
    await desk(home).take(home.clinic_id, member.patient_id, by="Cleo Nurse")
    await home.engine.settle()
    return member.patient_id


def desk(home: Household) -> HandoffDesk:
    return home.house.conversations


async def test_the_patient_reads_who_answers_and_balm_stays_silent(home: Household) -> None:
    await begin(home)
    assert home.texts("ada")[-1].startswith("Cleo Nurse from Willow Street")
    said = len(home.texts("ada"))
    await home.say("ada", "my lips are dry")
    assert home.texts("ada")[said:] == [], "into a talk that goes on nothing is said"
    await home.wait(timedelta(minutes=45))
    await home.say("ada", "are you there?")
    await home.say("ada", "hello?")
    (reassured,) = home.texts("ada")[said:]
    assert reassured.startswith("Your message is waiting for Cleo Nurse")


async def test_staff_are_told_once_and_without_her_words(home: Household) -> None:
    await begin(home)
    for text in ("my lips bleed a little", "and my eyes are dry"):
        await home.say("ada", text)
    (notice,) = home.texts("cleo")
    assert "A.E." in notice
    assert "lips" not in notice


async def test_words_of_staff_reach_her_and_both_stand_in_the_thread(home: Household) -> None:
    patient_id = await begin(home)
    await home.say("ada", "can I swim?")
    await desk(home).say(home.clinic_id, patient_id, "Yes, with sun cream.", by="cleo nurse")
    await home.engine.settle()
    assert home.texts("ada")[-1] == "Cleo Nurse: Yes, with sun cream."
    (case,) = await home.house.console.cases_of(home.clinic_id, patient_id)
    assert [(line.by, line.text) for line in case.thread] == [
        ("patient", "can I swim?"),
        ("Cleo Nurse", "Yes, with sun cream."),
    ]


async def test_danger_is_still_seen_answered_and_alerted(home: Household) -> None:
    await begin(home)
    said = len(home.texts("ada"))
    await home.say("ada", DANGER)
    assert "988" in home.texts("ada")[said]
    assert any(case.category == "rf-suicide" for case in await home.cases())


async def test_stop_is_obeyed_and_then_nobody_can_write(home: Household) -> None:
    patient_id = await begin(home)
    await home.say("ada", "STOP")
    assert home.texts("ada")[-1].startswith("Done: no more messages")
    with pytest.raises(NotPossible, match="please phone"):
        await desk(home).say(home.clinic_id, patient_id, "hello", by="Cleo Nurse")


async def test_a_reminder_waits_for_the_talk_and_is_not_lost(home: Household) -> None:
    patient_id = await begin(home, after=UNTIL_EVENING)
    await home.wait(timedelta(minutes=20))
    assert not any("20:00" in text for text in home.texts("ada"))
    await desk(home).give_back(home.clinic_id, patient_id, by="Cleo Nurse")
    await home.wait(timedelta(minutes=31))
    assert sum("20:00" in text for text in home.texts("ada")) == 1


async def test_a_reminder_that_waited_two_hours_is_said_all_the_same(home: Household) -> None:
    await begin(home, after=UNTIL_EVENING)
    await home.wait(timedelta(hours=2, minutes=9))
    assert not any("20:00" in text for text in home.texts("ada"))
    await home.wait(timedelta(minutes=2))
    assert sum("20:00" in text for text in home.texts("ada")) == 1


async def test_silence_of_staff_is_asked_about_and_then_ends_it(home: Household) -> None:
    await begin(home)
    await home.say("ada", "my knee hurts")
    await home.wait(FOUR_HOURS + timedelta(minutes=1))
    assert "do you still answer them?" in home.texts("cleo")[-1]
    await home.wait(timedelta(hours=1, minutes=1))
    assert any(text.startswith("Balm here: I answer you again") for text in home.texts("ada"))
    assert "Balm answers them again, as nobody wrote" in home.texts("cleo")[-1]
    ended = [case for case in await home.cases() if case.category == "handoff-ended"]
    assert [case.note for case in ended] == ["patient-had-the-last-word"]
    await home.say("ada", "can I drink alcohol?")
    assert "lcohol" in home.texts("ada")[-1], "Balm answers again"


async def test_a_word_of_staff_starts_the_clock_anew(home: Household) -> None:
    patient_id = await begin(home)
    await home.wait(timedelta(hours=3))
    await desk(home).say(home.clinic_id, patient_id, "I look it up.", by="Cleo Nurse")
    await home.wait(timedelta(hours=2))
    assert not any("do you still" in text for text in home.texts("cleo"))
    assert len(await desk(home).open_ones(home.clinic_id)) == 1


async def test_she_may_have_balm_back(home: Household) -> None:
    patient_id = await begin(home)
    await home.say("ada", "Balm")
    assert home.texts("ada")[-1].startswith("Balm here: I answer you again")
    assert "as they asked for it" in home.texts("cleo")[-1]
    assert await desk(home).open_ones(home.clinic_id) == []
    with pytest.raises(NotPossible, match="nobody has taken"):
        await desk(home).give_back(home.clinic_id, patient_id, by="Cleo Nurse")


async def test_another_person_takes_over_and_the_first_is_told(home: Household) -> None:
    patient_id = await begin(home)
    await hire(home, "dana", "Dana Lead", role="lead")
    await desk(home).take(home.clinic_id, patient_id, by="Dana Lead")
    await home.engine.settle()
    assert "Dana Lead answers them from now on" in home.texts("cleo")[-1]
    assert home.texts("ada")[-1].startswith("Dana Lead from")
    with pytest.raises(NotPossible, match="Dana Lead answers this patient"):
        await desk(home).say(home.clinic_id, patient_id, "hello", by="Cleo Nurse")


async def test_taking_twice_says_it_once(home: Household) -> None:
    patient_id = await begin(home)
    said = home.texts("ada")
    await desk(home).take(home.clinic_id, patient_id, by="Cleo Nurse")
    await home.engine.settle()
    assert home.texts("ada") == said


async def test_from_the_phone_of_staff_by_the_code_of_an_alert(home: Household) -> None:
    await hire(home, "cleo", "Cleo Nurse")
    await home.settle_in("ada")
    await home.say("ada", DANGER)
    code = (await home.cases())[0].code
    await home.say("cleo", f"take {code.lower()}")
    assert "you answer them now" in home.texts("cleo")[-1]
    own = next(case.code for case in await home.cases() if case.category == "handoff")
    await home.say("cleo", f"SAY {own} I am calling you now, please pick up.")
    assert home.texts("ada")[-1] == "Cleo Nurse: I am calling you now, please pick up."
    await home.say("cleo", f"BACK {own}")
    assert home.texts("ada")[-1].startswith("Balm here")
    await home.say("cleo", f"SAY {own} hello")
    assert "no open case" in home.texts("cleo")[-1]


async def test_a_plain_word_for_a_capsule_is_noted_and_a_bare_yes_is_not(home: Household) -> None:
    await hire(home, "cleo", "Cleo Nurse")
    member = await home.settle_in("ada", channel=Channel.SMS)
    assert member.patient_id is not None
    await home.wait_until(home.clock.now().replace(hour=1, minute=1) + timedelta(days=1))
    await desk(home).take(home.clinic_id, member.patient_id, by="Cleo Nurse")
    await home.say("ada", "yes", channel=Channel.SMS)
    (dose,) = [o for o in await home.occurrences("ada") if o.state.value == "asked"]
    await home.say("ada", "taken", channel=Channel.SMS)
    assert next(o.state.value for o in await home.occurrences("ada") if o.id == dose.id) == "taken"


@pytest.mark.parametrize(
    ("who", "reason"),
    [("Nobody Known", "there are: "), ("Olga Operator", "answers no patient")],
)
async def test_only_staff_who_answer_patients_may_take_one(
    home: Household, who: str, reason: str
) -> None:
    await hire(home, "olga", "Olga Operator", role="operator")
    member = await home.settle_in("ada")
    assert member.patient_id is not None
    with pytest.raises(NotPossible, match=reason):
        await desk(home).take(home.clinic_id, member.patient_id, by=who)


async def test_what_is_confidential_is_for_the_few(home: Household) -> None:
    await hire(home, "dana", "Dana Lead", role="lead")
    await hire(home, "cleo", "Cleo Nurse")
    member = await home.settle_in("ada")
    assert member.patient_id is not None
    await home.say("ada", "he hits me")
    with pytest.raises(NotPossible, match="the lead, the deputy"):
        await desk(home).take(home.clinic_id, member.patient_id, by="Cleo Nurse")
    taken = await desk(home).take(home.clinic_id, member.patient_id, by="Dana Lead")
    assert taken.owner == "Dana Lead"


async def test_every_act_stands_in_the_audit_trail(home: Household) -> None:
    patient_id = await begin(home)
    await desk(home).say(home.clinic_id, patient_id, "Good day.", by="Cleo Nurse")
    await desk(home).give_back(home.clinic_id, patient_id, by="Cleo Nurse")
    async with home.house.store.read() as tx:
        counted = [
            await tx.reviews.count_audits(
                home.clinic_id, verb=verb, subject=patient_id, since=START - FOUR_HOURS
            )
            for verb in ("handoff-begun", "handoff-said", "handoff-ended:given-back")
        ]
    assert counted == [1, 1, 1]


async def test_who_may_not_know_takes_nobody_by_phone_either(home: Household) -> None:
    await hire(home, "dana", "Dana Lead", role="lead")
    await hire(home, "cleo", "Cleo Nurse")
    await home.settle_in("ada")
    await home.say("ada", DANGER)
    code = (await home.cases())[0].code
    await home.say("ada", "he hits me")
    await home.say("cleo", f"TAKE {code}")
    async with home.house.store.read() as tx:
        assert await tx.cases.open_handoffs(home.clinic_id) == []
    assert "Cleo" not in home.texts("ada")[-1]


async def test_what_turns_confidential_is_read_by_nobody_else(home: Household) -> None:
    patient_id = await begin(home)
    await hire(home, "mona", "Mona Manager", role="manager")
    await desk(home).reader(home.clinic_id, patient_id, by="Mona Manager")
    await home.say("ada", "he hits me")
    with pytest.raises(NotPossible):
        await desk(home).reader(home.clinic_id, patient_id, by="Mona Manager")


async def test_a_button_is_no_word_to_the_person(home: Household) -> None:
    await hire(home, "cleo", "Cleo Nurse")
    member = await home.settle_in("ada")
    assert member.patient_id is not None
    await home.wait_until(START.replace(hour=1, minute=1) + timedelta(days=1))
    await desk(home).take(home.clinic_id, member.patient_id, by="Cleo Nurse")
    await home.engine.settle()
    told = len(home.texts("cleo"))
    actions = [c.action for one in home.bubbles("ada") for row in one.choices for c in row]
    assert actions
    await home.press("ada", next(one for one in actions if one.startswith("taken:")))
    assert home.texts("cleo")[told:] == []
