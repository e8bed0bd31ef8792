"""Is a question answered with a vetted text, an honest choice, and a way out?"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.conversation import Asking, LastQuestion
from bot.domain.effect import (
    Ask,
    CountFit,
    Effect,
    ForgetQuestions,
    KeepQuestion,
    RecordFact,
    Remember,
    Say,
    SayTopic,
    WhyKept,
)
from bot.domain.patient import PatientStatus
from bot.domain.reading import Certainty, FaqDecision, FaqMatch, Level, Reading, RedFlag
from bot.domain.turn import Turn
from handlers import answer
from tests.fakes.turns import (
    NOW,
    conversation,
    dose,
    every,
    only,
    patient,
    question,
    templates,
    turn,
)

CHOICE = ("topic:dry-lips", "topic:dry-skin", "none-of-these")


def match(decision: FaqDecision, *topics: str, **more: Any) -> Reading:
    return Reading(faq=FaqMatch(decision=decision, topics=topics, **more))


def labels(effects: list[Effect]) -> list[str]:
    return [option.label for row in only(effects, Say).options for option in row]


def choosing() -> Any:
    return question(Asking.FAQ_OPTIONS, options=CHOICE)


def below(said: SayTopic) -> list[str]:
    return [option.action for row in said.options for option in row]


def test_a_sure_match_is_answered_with_a_way_out() -> None:
    sure = match(FaqDecision.ANSWER, "dry-lips", "dry-skin", "alcohol")
    effects = answer(turn("my lips are dry", reading=sure))
    said = only(effects, SayTopic)
    assert (said.topic, said.asks_fit) == ("dry-lips", True)
    assert below(said) == ["fits:dry-lips", "misfit:dry-lips"]
    remembered = only(effects, Remember)
    assert (remembered.last_topic, remembered.answers_given) == ("dry-lips", 1)
    assert remembered.question is not None
    assert remembered.question.text == ""


def test_related_topics_stand_below_an_answer() -> None:
    sure = match(FaqDecision.ANSWER, "dry-lips")
    related = {"dry-lips": ("gone", "dry-skin", "alcohol", "starting-tips")}
    effects = answer(turn("my lips are dry", reading=sure, related=related))
    assert below(only(effects, SayTopic))[2:] == ["topic:dry-skin", "topic:alcohol"]


def after_answer(text: str = "", press: str | None = None, **changes: Any) -> Turn:
    """What somebody says to an answer about lips that was given to their question just now."""
    last = LastQuestion(
        asked_at=NOW, topics=("dry-lips", "dry-skin", "gone"), given="dry-lips", is_fit_asked=True
    )
    before = replace(conversation(), last_question=replace(last, **changes), answers_given=1)
    return turn(text, press=press, conversation=before)


@pytest.mark.parametrize("met", [after_answer(press="fits:dry-lips"), after_answer("yes")])
def test_an_answer_that_fits_is_counted(met: Turn) -> None:
    effects = answer(met)
    assert templates(effects) == ["fit-thanks"]
    assert only(effects, CountFit) == CountFit(topic="dry-lips", fits=True)
    assert only(effects, Remember).forgets_question


@pytest.mark.parametrize("met", [after_answer(press="misfit:dry-lips"), after_answer("No.")])
def test_an_answer_that_does_not_fit_brings_the_next(met: Turn) -> None:
    effects = answer(met)
    assert templates(effects) == ["faq-next"]
    assert labels(effects) == ["topic:dry-skin", "none-of-these"]
    assert only(effects, CountFit) == CountFit(topic="dry-lips", fits=False)
    assert not every(effects, KeepQuestion)


def test_without_a_next_topic_the_clinic_is_named() -> None:
    effects = answer(after_answer("no", topics=("dry-lips",)))
    assert templates(effects) == ["none-of-these"]


def test_after_a_chosen_topic_a_bare_no_is_not_about_the_answer_before_it() -> None:
    effects = answer(after_answer(press="topic:dry-skin"))
    assert only(effects, SayTopic).topic == "dry-skin"
    last = only(effects, Remember).question
    assert last is not None
    assert (last.given, last.is_fit_asked) == ("dry-lips", False)


NOT_ABOUT_THE_ANSWER = [
    after_answer("yes", asked_at=NOW - timedelta(hours=3)),
    after_answer("no", is_fit_asked=False),
    after_answer("it depends"),
]


@pytest.mark.parametrize("met", NOT_ABOUT_THE_ANSWER)
def test_other_words_are_not_about_the_answer(met: Turn) -> None:
    assert not every(answer(met), CountFit)


@pytest.mark.parametrize(
    ("press", "said"), [("fits:alcohol", "fit-thanks"), ("misfit:alcohol", "none-of-these")]
)
def test_a_word_about_an_older_answer_is_only_acknowledged(press: str, said: str) -> None:
    effects = answer(after_answer(press=press))
    assert templates(effects) == [said]
    assert not every(effects, CountFit)


def test_on_sms_the_first_answer_asks_whether_it_fits_and_later_ones_when_unsure() -> None:
    def asks(score: float, given: int) -> bool:
        sure = match(FaqDecision.ANSWER, "dry-lips", score=score)
        before = replace(conversation(), answers_given=given)
        met = turn("lips", sms=True, reading=sure, conversation=before, patient=None)
        return only(answer(met), SayTopic).asks_fit

    assert asks(0.9, 0)
    assert not asks(0.9, 1)
    assert asks(0.5, 1)


def test_on_sms_nothing_else_that_takes_a_no_may_wait() -> None:
    sure = match(FaqDecision.ANSWER, "dry-lips")
    assert not only(
        answer(turn("lips", sms=True, reading=sure, doses=(dose(),))), SayTopic
    ).asks_fit


WITHHELD = frozenset({"dry-lips", "dry-skin"})
UNSIGNED = [
    turn("lips", reading=match(FaqDecision.ANSWER, "dry-lips"), withheld=WITHHELD),
    turn("lips", reading=match(FaqDecision.CLARIFY, "dry-lips", "dry-skin"), withheld=WITHHELD),
    turn(press="topic:dry-lips", withheld=WITHHELD),
    turn(
        "more",
        sms=True,
        withheld=WITHHELD,
        conversation=replace(conversation(), last_topic="dry-lips"),
    ),
]


@pytest.mark.parametrize("met", UNSIGNED)
def test_a_topic_that_nobody_has_signed_is_not_given(met: Turn) -> None:
    effects = answer(met)
    assert templates(effects) == ["topic-withheld"]
    assert not every(effects, SayTopic)


def improving(text: str = "", press: str | None = None, **changes: Any) -> Turn:
    sure = match(FaqDecision.ANSWER, "dry-lips")
    met: dict[str, Any] = {
        "reading": sure if text == "my lips" else Reading(),
        "conversation": replace(conversation(changes.pop("asked", None)), answers_given=1),
        **changes,
    }
    return turn(text, press=press, **met)


def test_helping_to_improve_is_asked_once_after_two_answers() -> None:
    effects = answer(improving("my lips"))
    assert templates(effects) == ["improve-question"]
    assert only(effects, RecordFact).value == {"agreed": False}
    asked = only(effects, Ask).question
    assert asked is not None
    yes = answer(improving("yes", asked=asked))
    assert templates(yes) == ["improve-agreed"]
    assert only(yes, RecordFact).value == {"agreed": True}
    no = answer(improving(press="improve:no", asked=asked))
    assert templates(no) == ["improve-declined"]
    assert only(no, RecordFact).value == {"agreed": False}
    assert every(no, ForgetQuestions)


NOT_ASKED: list[tuple[str, dict[str, Any]]] = [
    ("who was asked before", {"patient": patient(was_asked_to_improve=True)}),
    ("a stranger", {"patient": None}),
    ("who has a dose open", {"doses": (dose(),)}),
    ("who is asked something", {"asked": question(Asking.CHECKIN)}),
    ("who is not active", {"patient": patient(PatientStatus.INVITED)}),
    (
        "a minor",
        {"patient": patient(patient=replace(patient().patient, born_on=date(2010, 1, 1)))},
    ),
]


@pytest.mark.parametrize("changes", [c[1] for c in NOT_ASKED], ids=[c[0] for c in NOT_ASKED])
def test_helping_to_improve_is_not_asked(changes: dict[str, Any]) -> None:
    effects = answer(improving("my lips", **changes))
    assert "improve-question" not in templates(effects)
    assert only(effects, SayTopic).topic == "dry-lips"


def test_words_are_kept_for_the_authors_only_with_consent_and_never_with_danger() -> None:
    agreed = patient(helps_improve=True)
    kept = only(answer(turn("qwertz lips", patient=agreed)), KeepQuestion)
    assert (kept.text, kept.why) == ("qwertz lips", WhyKept.ABSTAINED)
    assert not every(answer(turn("qwertz lips")), KeepQuestion)
    flag = RedFlag(
        category="rf-suicide",
        level=Level.EMERGENCY,
        certainty=Certainty.POSSIBLE,
        score=1.0,
        why="listed",
    )
    in_danger = turn("qwertz", patient=agreed, reading=Reading(red_flag=flag))
    assert not every(answer(in_danger), KeepQuestion)


def test_an_unsure_match_is_offered() -> None:
    unsure = match(FaqDecision.CLARIFY, "dry-lips", "dry-skin")
    effects = answer(turn("dry", reading=unsure))
    said = only(effects, Say)
    assert said.template == "faq-options"
    assert labels(effects) == ["topic:dry-lips", "topic:dry-skin", "none-of-these"]
    assert said.variables == {
        "topics": [
            {"letter": "A", "topic": "dry-lips"},
            {"letter": "B", "topic": "dry-skin"},
        ],
        "none_letter": "C",
    }
    asked = only(effects, Ask).question
    assert asked is not None
    assert asked.options == CHOICE


@pytest.mark.parametrize("text", ["B", "2", "b.", "two"])
def test_a_choice_by_letter_or_number(text: str) -> None:
    effects = answer(turn(text, sms=True, asked=choosing()))
    assert only(effects, SayTopic).topic == "dry-skin"
    assert not every(effects, Ask)


def test_a_choice_brings_the_interrupted_question_back() -> None:
    below = question(Asking.CHECKIN, id="checkin")
    effects = answer(turn("b", sms=True, asked=choosing(), below=below))
    assert only(effects, SayTopic).topic == "dry-skin"
    assert only(effects, Ask).question is None


def test_none_of_these() -> None:
    effects = answer(turn("c", asked=choosing()))
    assert templates(effects) == ["none-of-these"]
    assert only(effects, Ask).question is None


@pytest.mark.parametrize("press", ["topic:gone", "topic:", "thread", "what:ever"])
def test_a_button_of_something_that_is_gone(press: str) -> None:
    assert templates(answer(turn(press=press))) == ["old-button"]


def test_more_is_the_whole_answer_of_the_last_topic() -> None:
    before = replace(conversation(), last_topic="dry-lips")
    effects = answer(turn("MORE", sms=True, conversation=before))
    assert only(effects, SayTopic) == SayTopic(topic="dry-lips", is_full=True)
    assert not every(answer(turn("more", sms=True)), SayTopic)


def test_small_talk_has_its_own_reply() -> None:
    effects = answer(turn("thank you", reading=match(FaqDecision.ABSTAIN, reply="thanks")))
    assert templates(effects) == ["reply:thanks"]


def test_helping_to_improve_can_be_ended_and_taken_up_by_a_word() -> None:
    ended = answer(turn("keep my questions private"))
    assert templates(ended) == ["improve-ended"]
    assert every(ended, ForgetQuestions)
    again = answer(turn("help improve", patient=patient(was_asked_to_improve=True)))
    assert templates(again) == ["improve-question"]
    assert not every(again, RecordFact)
