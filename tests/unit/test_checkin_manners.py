"""Is somebody who would rather not answer left in peace, and a plain answer taken as such?"""

from dataclasses import replace

import pytest

from bot.domain.conversation import Asking
from bot.domain.effect import OptOut, RecordAnswer, Say
from bot.domain.inbound import Keyword
from bot.domain.reading import Certainty, Level, Reading, RedFlag, StopAction, StopReading
from bot.domain.turn import Turn
from handlers import answer
from tests.fakes.turns import CHECKINS, checkin, every, only, question, turn

DANGER = RedFlag(
    category="rf-suicide",
    level=Level.EMERGENCY,
    certainty=Certainty.CERTAIN,
    score=0.9,
    why="classifier",
)
LEAVING = StopReading(action=StopAction.OPT_OUT)


def asked(text: str, *, language: str = "en", **answers: str) -> Turn:
    """A text while a check-in waits, judged as a danger and as leaving."""
    about = checkin({"dose": "yes", **answers})
    waits = question(Asking.CHECKIN, data={"occurrence": str(about.occurrence.id)})
    met = turn(text, asked=waits, checkin=about, language=language)
    reading = Reading(red_flag=DANGER, stop=LEAVING)
    said = CHECKINS.words[language]
    return replace(met, reading=reading, answer_words=said)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("hi", "wapas"),
        ("es", "no quiero contestar eso"),
        ("en", "skip"),
        ("en", "same as yesterday"),
        ("en", "delete photos"),
    ],
)
def test_a_listed_word_is_no_leaving(language: str, text: str) -> None:
    met = asked(text, language=language)
    assert met.wish_to_stop is None
    assert met.reading.red_flag == DANGER, "nothing takes a danger away"


@pytest.mark.parametrize("text", ["leave me alone for ever", "skip, and never write again", ""])
def test_one_word_more_and_it_is_read(text: str) -> None:
    assert asked(text).wish_to_stop == LEAVING


def test_the_keyword_of_a_carrier_is_never_an_answer() -> None:
    met = asked("skip")
    met = replace(met, inbound=replace(met.inbound, keyword=Keyword.STOP))
    assert only(answer(replace(met, reading=Reading())), OptOut)


def test_without_a_checkin_its_answers_are_no_words_of_balm() -> None:
    met = replace(turn("no quiero contestar eso"), reading=Reading(stop=LEAVING))
    assert met.wish_to_stop == LEAVING


@pytest.mark.parametrize("text", ["none of your business", "I'd rather not say", "No comment."])
def test_nobody_has_to_answer(text: str) -> None:
    effects = answer(replace(asked(text), reading=Reading()))
    assert only(effects, RecordAnswer).value == "skipped"
    assert only(effects, Say).template == "checkin-declined"


def test_who_asks_why_hears_it_and_is_asked_again() -> None:
    effects = answer(replace(asked("why do you keep asking me this?"), reading=Reading()))
    assert only(effects, Say).template == "checkin-why"
    assert not every(effects, RecordAnswer)


def test_a_bare_good_in_the_midst_answers_one_question() -> None:
    effects = answer(replace(asked("good", lips="3"), reading=Reading()))
    assert only(effects, Say).template == "checkin-understood"
    assert not every(effects, RecordAnswer)
