"""Does an invited person get from the code to the first reminder, and nobody else?"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.conversation import Asking, Conversation, answered, ask
from bot.domain.effect import (
    Ask,
    BindAddress,
    CloseInvite,
    CountTry,
    Effect,
    FinishEnrolment,
    RaiseAlert,
    RecordFact,
    Remember,
    Say,
    SayTopic,
)
from bot.domain.identity import PatientId
from bot.domain.inbound import InboundKind
from bot.domain.patient import FactKind, FactValue, PatientStatus
from bot.domain.reading import FaqDecision, FaqMatch, Reading
from bot.domain.turn import Turn
from handlers import answer
from tests.fakes.joining import at_step, joining
from tests.fakes.turns import (
    NOW,
    TODAY,
    conversation,
    every,
    invite,
    only,
    patient,
    templates,
    turn,
)


def facts(effects: list[Effect]) -> dict[FactKind, FactValue]:
    return {fact.kind: fact.value for fact in every(effects, RecordFact)}


def waits_for(effects: list[Effect]) -> str | None:
    asked = every(effects, Ask)
    return asked[-1].question.step if asked and asked[-1].question else None


def after(turn: Turn, effects: list[Effect]) -> Conversation:
    """The conversation as it stands after the effects."""
    now = turn.conversation
    for asked in every(effects, Ask):
        now = answered(now) if asked.question is None else ask(now, asked.question)
    return now


@pytest.mark.parametrize("text", ["JOIN ABCD2345", "/start k7Qx9ZyW2mNp", "join abcd-2345"])
def test_a_valid_code_opens_the_door(text: str) -> None:
    effects = answer(joining(text))
    assert templates(effects) == ["welcome"]
    assert waits_for(effects) == "birth-year"
    assert not every(effects, CountTry)


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("made up", {"invite": None}),
    ("used", {"invite": invite(used_at=NOW - timedelta(days=1))}),
    ("expired", {"invite": invite(expires_at=NOW)}),
    ("closed", {"invite": invite(closed_reason="identity-failed")}),
    ("throttled, though valid", {"code_tries": 5}),
    ("used, by a patient of the clinic", {"invite": invite(used_at=NOW), "patient": None}),
]


@pytest.mark.parametrize("changes", [c[1] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_every_code_that_does_not_work_gets_the_same_answer(changes: dict[str, Any]) -> None:
    effects = answer(joining("JOIN ABCD2345", **changes))
    assert effects == answer(joining("JOIN ABCD2345", invite=None))
    assert templates(effects) == ["code-refused"]
    assert every(effects, CountTry)
    assert not every(effects, Ask)


def test_the_fifth_try_of_an_hour_is_still_heard() -> None:
    assert templates(answer(joining("JOIN ABCD2345", code_tries=4))) == ["welcome"]


def test_a_phone_that_belongs_to_somebody_is_refused_kindly_and_the_clinic_told() -> None:
    somebody = replace(patient().patient, id=PatientId("ben"))
    other = patient(patient=somebody)
    effects = answer(joining("JOIN ABCD2345", patient=other, address_is_taken=True))
    assert templates(effects) == ["phone-is-taken"]
    assert only(effects, RaiseAlert).category == "second-join"


def test_joining_again_on_the_same_phone_changes_nothing() -> None:
    effects = answer(turn("JOIN ABCD2345", invite=invite(used_at=NOW), address_is_taken=True))
    assert templates(effects) == ["already-joined"]


@pytest.mark.parametrize("text", ["JOIN ABCD2345", "join"])
def test_whoever_agreed_but_never_finished_goes_on(text: str) -> None:
    unfinished = patient(PatientStatus.INVITED)
    effects = answer(turn(text, patient=unfinished, invite=invite(used_at=NOW)))
    assert templates(effects) == ["zone-question"]
    assert waits_for(effects) == "zone"


def test_a_bare_join_says_how() -> None:
    assert templates(answer(joining("join", invite=None))) == ["how-to-join"]
    assert templates(answer(joining("/start", invite=None))) == ["how-to-join"]
    assert templates(answer(turn("join"))) == ["already-joined"]


@pytest.mark.parametrize("text", ["1999", "I was born in 1999.", "17/05/1999", "१९९९"])
def test_the_right_year_shows_what_is_agreed_to(text: str) -> None:
    effects = answer(joining(text, "birth-year"))
    assert templates(effects) == ["consent"]
    assert waits_for(effects) == "consent"
    assert not every(effects, BindAddress)


def test_the_third_wrong_year_closes_the_invitation_and_tells_the_clinic() -> None:
    first = answer(joining("1998", "birth-year"))
    assert templates(first) == ["birth-year-again"]
    assert only(first, Ask).question is not None
    second = answer(joining("1997", asked=only(first, Ask).question))
    assert templates(second) == ["birth-year-again"]
    third = answer(joining("2001", asked=only(second, Ask).question))
    assert templates(third) == ["identity-failed"]
    assert only(third, CloseInvite).reason == "identity-failed"
    assert only(third, RaiseAlert).note == "patient:ana"
    assert only(third, Ask).question is None


def test_the_first_year_of_a_text_counts() -> None:
    assert templates(answer(joining("1998 or 1999", "birth-year"))) == ["birth-year-again"]


@pytest.mark.parametrize("text", ["why?", "99", "19990517", "hello"])
def test_a_text_without_a_year_is_no_try(text: str) -> None:
    effects = answer(joining(text, asked=at_step("birth-year", tries="2")))
    assert templates(effects) == ["birth-year-unclear"]
    asked = only(effects, Ask).question
    assert asked is not None
    assert asked.data["tries"] == "2"


@pytest.mark.parametrize("step", ["birth-year", "consent"])
@pytest.mark.parametrize("gone", [None, invite(expires_at=NOW), invite(used_at=NOW)])
def test_an_invitation_that_ran_out_meanwhile_ends_the_dialogue(step: str, gone: object) -> None:
    effects = answer(joining("1999", step, invite=gone))
    assert templates(effects) == ["code-refused"]
    assert only(effects, Ask).question is None


@pytest.mark.parametrize("step", ["birth-year", "consent", "zone", "dose-time", "phone"])
def test_a_picture_is_no_answer_and_the_step_stays_open(step: str) -> None:
    effects = answer(joining("", step, kind=InboundKind.PHOTO))
    assert templates(effects) == ["media-received"]
    assert not every(effects, Ask)


@pytest.mark.parametrize("step", ["birth-year", "consent", "zone", "dose-time", "phone"])
def test_a_question_with_a_sure_answer_is_answered_and_the_step_stays_open(step: str) -> None:
    sure = Reading(faq=FaqMatch(decision=FaqDecision.ANSWER, topics=("alcohol",)))
    effects = answer(joining("can I drink alcohol?", step, reading=sure))
    assert only(effects, SayTopic).topic == "alcohol"
    assert not every(effects, Ask)


AGREE = [("I agree", None), ("1", None), ("", "enrol:agree"), ("Agreed!", None)]


@pytest.mark.parametrize(("text", "press"), AGREE)
@pytest.mark.parametrize("sms", [True, False])
def test_agreeing_connects_the_phone_and_keeps_what_was_agreed(
    text: str, press: str | None, sms: bool
) -> None:
    effects = answer(joining(text, "consent", press=press, sms=sms))
    assert only(effects, BindAddress).invite_id == "invite"
    channel = "sms" if sms else "telegram"
    assert facts(effects)[FactKind.CONSENT] == {
        "given": True,
        "version": "1",
        "language": "en",
        "channel": channel,
    }
    assert facts(effects)[FactKind.CHANNEL] == {"channel": channel}
    assert templates(effects) == ["zone-question"]
    assert only(effects, Say).variables == {"time": "20:10"}
    assert waits_for(effects) == "zone"
    bound = next(i for i, one in enumerate(effects) if isinstance(one, BindAddress))
    assert not any(isinstance(one, RecordFact) for one in effects[:bound])


def test_reading_it_all_comes_before_agreeing() -> None:
    for given in (joining("2", "consent"), joining(press="enrol:all", step="consent")):
        effects = answer(given)
        assert templates(effects) == ["consent-full"]
        assert waits_for(effects) == "consent"


def test_not_agreeing_keeps_nothing() -> None:
    for given in (joining("no", "consent"), joining(press="enrol:no", step="consent")):
        effects = answer(given)
        assert templates(effects) == ["consent-declined"]
        assert not every(effects, RecordFact)
        assert only(effects, Ask).question is None


def test_an_unclear_answer_is_no_consent() -> None:
    effects = answer(joining("hm what", "consent"))
    assert templates(effects) == ["consent-again"]
    assert not every(effects, BindAddress)


def test_a_second_channel_of_an_active_patient_is_connected_at_once() -> None:
    effects = answer(joining("1", "consent", sms=True, invited=patient()))
    assert templates(effects) == ["second-channel-joined"]
    assert every(effects, BindAddress)
    assert every(effects, FinishEnrolment)
    assert not every(effects, Ask)


def test_another_language_shows_the_consent_again_in_it() -> None:
    effects = answer(joining(press="language:es", step="consent"))
    said = only(effects, Say)
    assert (said.template, said.language) == ("consent", "es")
    offered = [option.action for row in said.options for option in row]
    assert "language:en" in offered
    assert "language:es" not in offered
    asked = only(effects, Ask).question
    assert asked is not None
    assert (asked.step, asked.data["language"]) == ("consent", "es")
    assert not every(effects, RecordFact)


@pytest.mark.parametrize("sms", [True, False])
def test_another_language_by_name(sms: bool) -> None:
    welcome = answer(joining("Español", "birth-year", sms=sms))
    assert [(said.template, said.language) for said in every(welcome, Say)] == [("welcome", "es")]
    assert waits_for(welcome) == "birth-year"
    later = answer(joining("hindi", "dose-time", sms=sms))
    assert templates(later) == ["language-set"]
    assert waits_for(later) == "dose-time"
    assert facts(later) == {FactKind.LANGUAGE: {"language": "hi"}}


ZONES = [
    ("yes", "yes", "America/New_York"),
    ("1", "1", "America/New_York"),
    ("their time", "7:10 pm", "America/Chicago"),
    ("no and their time", "no, it's 5:15 p.m. here", "America/Los_Angeles"),
]


@pytest.mark.parametrize(("text", "zone"), [c[1:] for c in ZONES], ids=[c[0] for c in ZONES])
def test_the_zone_is_that_of_the_stated_time(text: str, zone: str) -> None:
    effects = answer(joining(text, "zone"))
    assert facts(effects) == {FactKind.ZONE: {"zone": zone}}
    assert templates(effects) == ["dose-time-question"]
    assert waits_for(effects) == "dose-time"


ZONE_UNCLEAR = [
    ("another time", joining(press="enrol:zone-no", step="zone"), "zone-ask-time"),
    ("no", joining("no", "zone"), "zone-ask-time"),
    ("a time of no zone here", joining("10:40 am", "zone"), "zone-not-found"),
    ("something else", joining("what do you mean", "zone"), "zone-again"),
]


@pytest.mark.parametrize(
    ("met", "template"), [c[1:] for c in ZONE_UNCLEAR], ids=[c[0] for c in ZONE_UNCLEAR]
)
def test_without_a_zone_the_step_stays_open(met: Turn, template: str) -> None:
    effects = answer(met)
    assert templates(effects) == [template]
    assert waits_for(effects) == "zone"
    assert not every(effects, RecordFact)


HOURS = [("8:30 p.m.", None, "20:30"), ("7 in the evening", None, "19:00"), ("", "13:00", "13:00")]


@pytest.mark.parametrize(("text", "press", "hour"), HOURS)
def test_the_hour_is_chosen(text: str, press: str | None, hour: str) -> None:
    action = f"enrol:at-{press}" if press else None
    effects = answer(joining(text, "dose-time", press=action))
    assert facts(effects) == {FactKind.DOSE_TIME: {"time": hour}}
    assert templates(effects) == ["phone-question"]
    assert waits_for(effects) == "phone"


@pytest.mark.parametrize("text", ["later", "whenever", "25:00"])
def test_no_hour_is_asked_for_again(text: str) -> None:
    effects = answer(joining(text, "dose-time"))
    assert templates(effects) == ["dose-time-again"]
    assert waits_for(effects) == "dose-time"


PHONES: list[tuple[str, str | None, str, str | None]] = [
    ("1", None, "nobody", None),
    ("just me", None, "nobody", None),
    ("1 nobody", None, "nobody", None),
    ("", "enrol:phone-nobody", "nobody", None),
    ("2", None, "sometimes", None),
    ("3 call me at work", None, "yes", "call me at work"),
    ("3. yes, others", None, "yes", "yes, others"),
    ("yes others", None, "yes", None),
    ("my parents", None, "yes", None),
    ("2 sometimes", None, "sometimes", None),
]


@pytest.mark.parametrize(("text", "press", "who", "how"), PHONES)
def test_who_else_sees_the_phone(text: str, press: str | None, who: str, how: str | None) -> None:
    effects = answer(joining(text, "phone", press=press))
    found = facts(effects)
    assert found[FactKind.PHONE_SHARING] == {"who": who}
    assert found.get(FactKind.PRIVATE_CONTACT) == ({"how": how} if how else None)
    assert every(effects, FinishEnrolment)
    assert only(effects, Remember).greeted
    asks_how = who != "nobody" and how is None
    assert templates(effects) == ["enrolled", *(["private-contact-question"] if asks_how else [])]


@pytest.mark.parametrize("text", ["what?", "4", "0", "my cat"])
def test_an_unclear_answer_about_the_phone_is_asked_again(text: str) -> None:
    effects = answer(joining(text, "phone"))
    assert templates(effects) == ["phone-again"]
    assert waits_for(effects) == "phone"
    assert not every(effects, FinishEnrolment)


@pytest.mark.parametrize("text", ["1", "2", "3 call me at work"])
def test_the_dialogue_is_over_when_it_is_over(text: str) -> None:
    met = joining(text, "phone")
    now = after(met, answer(met))
    waiting = [q.asking for q in (now.awaiting, now.paused) if q]
    assert Asking.ENROLMENT not in waiting
    if text == "2":
        noted = turn("only by mail", asked=now.awaiting, below=now.paused)
        effects = answer(noted)
        assert templates(effects) == ["private-contact-noted"]
        assert after(noted, effects) == conversation()


@pytest.mark.parametrize(("first_day", "shown"), [(TODAY, "2026-12-01"), (None, "")])
def test_the_first_day_is_named_when_the_clinic_has_set_it(first_day: object, shown: str) -> None:
    effects = answer(joining("1", "phone", first_day=first_day))
    assert only(effects, Say).variables == {"first_day": shown}


def test_whoever_has_agreed_may_finish_at_any_time() -> None:
    agreed = answer(joining("1", "consent"))
    asked = only(agreed, Ask).question
    assert asked is not None
    assert asked.is_open(NOW + timedelta(days=60))
    before = only(answer(joining("1999", "birth-year")), Ask).question
    assert before is not None
    assert not before.is_open(NOW + timedelta(days=1))


@pytest.mark.parametrize("step", [None, "birth-year", "consent"])
def test_a_clinic_that_may_not_take_in_anybody_says_so_and_the_invitation_stays(
    step: str | None,
) -> None:
    text = "1999" if step else "JOIN ABCD2345"
    effects = answer(joining(text, step, may_enrol=False))
    assert templates(effects) == ["enrolment-not-open"]
    assert not every(effects, CloseInvite)
    assert not every(effects, BindAddress)


def test_whoever_has_agreed_may_finish_where_nobody_new_is_taken_in() -> None:
    assert templates(answer(joining("yes", "zone", may_enrol=False))) == ["dose-time-question"]


def test_from_link_to_done_in_six_messages() -> None:
    said = [
        joining("/start k7Qx9ZyW2mNp"),
        joining("1999", "birth-year"),
        joining(press="enrol:agree", step="consent"),
        joining(press="enrol:zone-ok", step="zone"),
        joining(press="enrol:at-20:00", step="dose-time"),
        joining(press="enrol:phone-nobody", step="phone"),
    ]
    steps = [waits_for(answer(one)) for one in said]
    assert steps == ["birth-year", "consent", "zone", "dose-time", "phone", None]
    assert every(answer(said[-1]), FinishEnrolment)
