"""Is somebody who would rather not answer left in peace, and a plain answer taken as such?"""

from dataclasses import replace

import pytest

from bot.domain.conversation import Asking
from bot.domain.effect import RecordAnswer, Say
from bot.domain.inbound import Keyword
from bot.domain.occurrence import OccurrenceState
from bot.domain.plain_answer import is_plain_answer, reading_of
from bot.domain.reading import Certainty, Level, Reading, RedFlag, StopAction, StopReading
from bot.domain.turn import Turn
from handlers import answer
from tests.fakes.turns import CHECKINS, checkin, dose, every, only, question, turn

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
        ("hi", "honth 4 twacha 3 aankhein 2 man 1"),
        ("es", "no quiero contestar eso"),
        ("en", "skip"),
        ("en", "lips 10, mood 10"),
        ("en", "same as yesterday"),
    ],
)
def test_a_plain_answer_is_no_danger_and_no_leaving(language: str, text: str) -> None:
    assert reading_of(asked(text, language=language)) == Reading()


@pytest.mark.parametrize(
    "text",
    [
        "10, i want to die",
        "stop",
        "mood 10 i cant go on",
        "lips 4 and chest pain",
        "my mood",
        "",
        "8",
    ],
)
def test_one_word_more_and_the_reading_stands(text: str) -> None:
    met = asked(text)
    assert reading_of(met) == met.reading


def test_the_keyword_of_a_carrier_is_never_an_answer() -> None:
    met = asked("skip")
    met = replace(met, inbound=replace(met.inbound, keyword=Keyword.STOP))
    assert reading_of(met).stop == LEAVING


def test_without_a_checkin_nothing_is_plain() -> None:
    met = replace(turn("wapas"), reading=Reading(stop=LEAVING))
    assert reading_of(met).stop == LEAVING


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("hoy no, tengo náuseas", True),
        ("hoy no, me duele mucho la cabeza", False),
        ("tengo náuseas", False),
    ],
)
def test_queasiness_alone_is_no_emergency(text: str, *, is_plain: bool) -> None:
    met = turn(text, doses=(dose(OccurrenceState.ASKED),))
    assert is_plain_answer(replace(met, answer_words=CHECKINS.words["es"])) is is_plain


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
