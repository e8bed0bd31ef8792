"""Does danger come before everything, and does nobody in danger talk to a wall?"""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.conversation import Asking, Question
from bot.domain.effect import (
    Ask,
    JoinAlert,
    LogDose,
    OptOut,
    RaiseAlert,
    RecordFact,
    Say,
    SayFlag,
    SettleCheck,
)
from bot.domain.escalation import Urgency
from bot.domain.inbound import InboundKind, Keyword
from bot.domain.message_kind import MessageKind
from bot.domain.patient import FactKind
from bot.domain.reading import (
    Certainty,
    FaqDecision,
    FaqMatch,
    Level,
    Reading,
    RedFlag,
    StopAction,
    StopReading,
)
from bot.domain.turn import Turn
from handlers import answer
from tests.fakes.turns import NOW, dose, every, only, question, templates, turn

SAD = "I do not want to live any more"


def danger(
    category: str = "rf-suicide", certainty: Certainty = Certainty.CERTAIN, **more: Any
) -> Reading:
    flag = RedFlag(
        category=category, level=Level.EMERGENCY, certainty=certainty, score=1.0, why="listed"
    )
    return Reading(red_flag=flag, **more)


def check(**changes: Any) -> Question:
    given: dict[str, Any] = {
        "id": "check",
        "expires_at": None,
        "data": {"category": "rf-suicide"},
        **changes,
    }
    return question(Asking.SAFETY, **given)


def test_a_certain_danger_gets_the_fixed_text_an_alert_and_a_hold_and_nothing_else() -> None:
    effects = answer(turn(SAD, reading=danger()))
    assert only(effects, SayFlag) == SayFlag(category="rf-suicide")
    alert = only(effects, RaiseAlert)
    assert (alert.urgency, alert.evidence, alert.checking_until) == (Urgency.EMERGENCY, SAD, None)
    hold = only(effects, RecordFact)
    assert (hold.kind, hold.value) == (FactKind.HOLD, {"category": "rf-suicide"})
    assert templates(effects) == []


def test_a_danger_that_brings_no_hold() -> None:
    effects = answer(turn("my nose bleeds", reading=danger("rf-bleed-nose")))
    assert only(effects, RaiseAlert).urgency is Urgency.SAME_DAY
    assert not every(effects, RecordFact)


POSSIBLE = [("rf-suicide", Urgency.EMERGENCY), ("rf-bleed-nose", Urgency.SAME_DAY)]


@pytest.mark.parametrize(("category", "urgency"), POSSIBLE)
def test_a_possible_danger_asks_once_and_silence_becomes_somebodys_job(
    category: str, urgency: Urgency
) -> None:
    effects = answer(turn("hm", reading=danger(category, Certainty.POSSIBLE)))
    assert only(effects, SayFlag).is_check
    alert = only(effects, RaiseAlert)
    assert (alert.urgency, alert.note) == (urgency, "possible-no-answer")
    assert alert.checking_until == NOW + timedelta(minutes=10)
    asked = every(effects, Ask)[0].question
    assert asked is not None
    assert (asked.asking, asked.data) == (Asking.SAFETY, {"category": category})
    assert not every(effects, RecordFact)


def test_a_possible_danger_does_not_swallow_what_else_was_said() -> None:
    both = danger("rf-suicide", Certainty.POSSIBLE)
    effects = answer(turn("taken", reading=both, doses=(dose(),)))
    assert only(effects, SayFlag).is_check
    assert only(effects, LogDose).answer == "taken"


def test_danger_is_heard_in_the_middle_of_joining_and_in_a_button_press() -> None:
    joining = question(Asking.ENROLMENT, step="zone", data={"zone": "UTC"})
    assert every(answer(turn(SAD, asked=joining, reading=danger())), SayFlag)
    assert every(answer(turn(SAD, kind=InboundKind.PHOTO, reading=danger())), SayFlag)
    assert every(answer(turn(SAD, kind=InboundKind.EDITED, reading=danger())), SayFlag)


def test_stop_and_danger_are_both_heard() -> None:
    both = danger(stop=StopReading(action=StopAction.OPT_OUT))
    effects = answer(turn("stop, i cant do this anymore", reading=both))
    kinds = [type(effect) for effect in effects]
    assert kinds.index(OptOut) < kinds.index(SayFlag)
    assert only(effects, RaiseAlert).category == "rf-suicide"


def test_a_carrier_stop_with_danger_is_answered_by_the_flag_alone() -> None:
    effects = answer(turn("STOP", sms=True, keyword=Keyword.STOP, reading=danger()))
    assert templates(effects) == []
    assert every(effects, SayFlag)


@pytest.mark.parametrize(
    "met", [turn("TALK", asked=check()), turn(press="safety:talk", asked=check())]
)
def test_talk_opens_the_case_and_brings_the_emergency_text(met: Turn) -> None:
    effects = answer(met)
    assert only(effects, SayFlag) == SayFlag(category="rf-suicide")
    assert only(effects, SettleCheck).opens
    assert only(effects, RecordFact).kind is FactKind.HOLD
    assert not every(effects, RaiseAlert)
    assert only(effects, Ask).question is None


@pytest.mark.parametrize("met", [turn("ok", asked=check()), turn(press="safety:ok", asked=check())])
def test_ok_closes_the_check(met: Turn) -> None:
    effects = answer(met)
    assert templates(effects) == ["safety-ok"]
    assert only(effects, Say).kind is MessageKind.SAFETY
    assert not only(effects, SettleCheck).opens
    assert only(effects, Ask).question is None


def test_an_ok_to_a_safety_check_is_no_dose() -> None:
    assert not every(answer(turn("ok", asked=check(), doses=(dose(),))), LogDose)


@pytest.mark.parametrize("text", ["yes", "no", "1", "2.", "two", "y", "N", "२"])
def test_a_bare_yes_no_or_digit_is_asked_again_once_and_staff_see_it(text: str) -> None:
    effects = answer(turn(text, asked=check()))
    assert templates(effects) == ["safety-again"]
    assert only(effects, JoinAlert).note == "unclear-answer-to-check"
    assert not every(effects, SettleCheck)
    repeated = only(effects, Ask).question
    assert repeated is not None
    assert (repeated.asking, repeated.step, repeated.id) == (Asking.SAFETY, "repeated", "check")
    again = answer(turn(text, asked=repeated))
    assert only(again, JoinAlert).note == "unclear-answer-to-check"
    assert "safety-again" not in templates(again)
    assert not every(again, SettleCheck)
    assert not [one for one in every(again, Ask) if one.question is None]


def test_other_words_leave_the_check_open() -> None:
    effects = answer(turn("what do you mean", asked=check()))
    assert not every(effects, SettleCheck)
    assert not [one for one in every(effects, Ask) if one.question is None]


def test_a_new_danger_in_the_answer_counts_as_danger() -> None:
    effects = answer(turn("ok but I took 20 capsules", asked=check(), reading=danger()))
    assert only(effects, RaiseAlert).evidence == "ok but I took 20 capsules"
    assert not every(effects, SettleCheck)


@pytest.mark.parametrize("met", [turn("talk"), turn(press="safety:talk"), turn("TALK.", sms=True)])
def test_talk_is_never_too_late(met: Turn) -> None:
    effects = answer(met)
    said = only(effects, Say)
    assert (said.template, said.kind) == ("help", MessageKind.SAFETY)
    assert only(effects, RaiseAlert).urgency is Urgency.NOW


def test_a_late_ok_is_harmless() -> None:
    assert templates(answer(turn(press="safety:ok"))) == ["old-button"]


def stranger(text: str, **changes: Any) -> Turn:
    return turn(text, **{"patient": None, **changes})


def test_a_stranger_in_danger_gets_the_numbers_and_may_have_the_clinic_told() -> None:
    effects = answer(stranger(SAD, reading=danger(), is_first_contact=True))
    assert only(effects, SayFlag).to_stranger
    asked = only(effects, Ask).question
    assert asked is not None
    assert (asked.asking, asked.data["text"]) == (Asking.TELL_CLINIC, SAD)
    assert asked.expires_at == NOW + timedelta(hours=1)
    assert not every(effects, RaiseAlert)
    assert not every(effects, RecordFact)
    assert templates(effects) == []


def tell(**changes: Any) -> Question:
    given: dict[str, Any] = {
        "id": "tell",
        "data": {"category": "rf-suicide", "text": SAD},
        **changes,
    }
    return question(Asking.TELL_CLINIC, **given)


@pytest.mark.parametrize("text", ["TELL Mia", "tell: Mia", "Tell  Mia"])
def test_only_tell_tells_the_clinic(text: str) -> None:
    effects = answer(stranger(text, asked=tell()))
    alert = only(effects, RaiseAlert)
    assert (alert.category, alert.note) == ("rf-suicide", "stranger")
    assert SAD in alert.evidence
    assert "Mia" in alert.evidence
    assert "777" in alert.evidence
    assert templates(effects) == ["stranger-told"]
    assert only(effects, Ask).question is None


def test_tell_works_while_another_question_is_on_top() -> None:
    options = question(Asking.FAQ_OPTIONS, options=("none-of-these",))
    effects = answer(stranger("TELL Mia", asked=options, below=tell()))
    assert every(effects, RaiseAlert)
    assert not every(effects, Ask)


@pytest.mark.parametrize(
    "met",
    [
        stranger("tell me about acne", asked=tell(expires_at=NOW)),
        stranger("TELL Mia"),
        stranger("she is my sister", asked=tell()),
    ],
)
def test_without_an_open_offer_nothing_is_told(met: Turn) -> None:
    assert not every(answer(met), RaiseAlert)


def test_a_possible_danger_of_a_stranger_is_answered_besides_what_they_asked() -> None:
    both = danger(
        "rf-bleed-nose",
        Certainty.POSSIBLE,
        faq=FaqMatch(decision=FaqDecision.ABSTAIN, topics=("dry-skin",)),
    )
    effects = answer(stranger("my nose", reading=both))
    assert only(effects, SayFlag).to_stranger
    assert templates(effects) == ["fallback"]
