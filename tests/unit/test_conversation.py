"""Which question waits for the answer, when several were asked?"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.conversation import Asking, Conversation, Question, answered, ask
from bot.domain.turn import option_meant
from tests.fakes.turns import NOW, conversation, messages, question, turn

ENGLISH = messages().vocabularies["en"]


def newer(asking: Asking, name: str = "newer") -> Question:
    return question(asking, id=name, asked_at=NOW)


def test_the_first_question_is_open() -> None:
    asked = newer(Asking.CHECKIN)
    assert ask(conversation(), asked) == conversation(asked)


def test_the_newest_question_wins_and_the_other_comes_back() -> None:
    checkin, options = question(Asking.CHECKIN), newer(Asking.FAQ_OPTIONS)
    both = ask(conversation(checkin), options)
    assert both == conversation(options, checkin)
    assert answered(both) == conversation(checkin)


def test_the_same_kind_of_question_replaces_itself() -> None:
    lips, skin = question(Asking.CHECKIN, step="lips"), newer(Asking.CHECKIN)
    below = question(Asking.PAUSE)
    assert ask(conversation(lips, below), skin) == conversation(skin, below)


def test_a_safety_check_stays_on_top() -> None:
    check, options = question(Asking.SAFETY, expires_at=None), newer(Asking.FAQ_OPTIONS)
    assert ask(conversation(check), options) == conversation(check, options)


def test_a_safety_check_comes_on_top_of_everything() -> None:
    open_now, check = question(Asking.CHECKIN), newer(Asking.SAFETY)
    assert ask(conversation(open_now), check) == conversation(check, open_now)


def test_a_question_that_is_over_does_not_come_back() -> None:
    over = question(Asking.PAUSE, expires_at=NOW - timedelta(seconds=1))
    below = question(Asking.CHECKIN)
    asked = newer(Asking.LANGUAGE)
    assert ask(conversation(over, below), asked) == conversation(asked, below)


def test_joining_goes_on_while_a_stranger_may_still_tell_the_clinic() -> None:
    joining, tell = question(Asking.ENROLMENT), newer(Asking.TELL_CLINIC)
    assert ask(conversation(joining), tell) == conversation(joining, tell)


def test_a_question_is_open_until_its_end() -> None:
    asked = question(Asking.CHECKIN, expires_at=NOW)
    assert asked.is_open(NOW - timedelta(seconds=1))
    assert not asked.is_open(NOW)
    assert replace(asked, expires_at=None).is_open(NOW + timedelta(days=400))


@given(
    steps=st.lists(st.sampled_from([*Asking, None]), max_size=12),
    start=st.sampled_from(list(Asking)),
)
def test_only_an_answer_takes_a_safety_check_away(
    steps: list[Asking | None], start: Asking
) -> None:
    now: Conversation = conversation(question(start, expires_at=None))
    for number, step in enumerate(steps):
        was_check = now.awaiting is not None and now.awaiting.asking is Asking.SAFETY
        if step is None:
            now = answered(now)
            continue
        now = ask(now, question(step, id=f"q{number}", asked_at=NOW, expires_at=None))
        assert now.awaiting is not None
        assert not was_check or now.awaiting.asking is Asking.SAFETY


OPTIONS = question(Asking.FAQ_OPTIONS, options=("topic:a", "topic:b", "none-of-these"))
MEANT = [
    ("a digit", "2", "topic:b"),
    ("a digit with a stop", "2.", "topic:b"),
    ("a word", "two", "topic:b"),
    ("a Hindi digit", "२", "topic:b"),
    ("a letter", "B", "topic:b"),
    ("a letter in brackets", "(c)", "none-of-these"),
    ("a digit too high", "4", None),
    ("zero", "0", None),
    ("a letter too far", "d", None),
    ("a letter beyond the ninth", "z", None),
    ("a sentence", "2 of them", None),
    ("nothing", "", None),
]


@pytest.mark.parametrize(("text", "action"), [c[1:] for c in MEANT], ids=[c[0] for c in MEANT])
def test_the_option_that_a_bare_answer_names(text: str, action: str | None) -> None:
    assert option_meant(text, OPTIONS, ENGLISH) == action


def test_without_options_nothing_is_meant() -> None:
    assert option_meant("1", None, ENGLISH) is None
    assert option_meant("1", question(Asking.CHECKIN), ENGLISH) is None


def test_a_digit_is_for_the_checkin_below_the_offered_topics_and_a_letter_for_the_topics() -> None:
    below = question(Asking.CHECKIN, id="checkin")
    assert turn("2", asked=OPTIONS, below=below).action is None
    assert turn("two", asked=OPTIONS, below=below).action is None
    assert turn("b", asked=OPTIONS, below=below).action == "topic:b"


def test_options_below_a_safety_check_can_be_chosen() -> None:
    check = question(Asking.SAFETY, id="check", expires_at=None)
    assert turn("b", asked=check, below=OPTIONS).action == "topic:b"
    over = replace(OPTIONS, expires_at=NOW)
    assert turn("b", asked=check, below=over).action is None


def test_an_interrupted_question_is_still_asked_until_it_is_over() -> None:
    below = question(Asking.CHECKIN, id="checkin")
    assert turn("x", asked=OPTIONS, below=below).asked(Asking.CHECKIN) == below
    over = replace(below, expires_at=NOW)
    assert turn("x", asked=OPTIONS, below=over).asked(Asking.CHECKIN) is None


def test_only_the_open_question_can_be_closed() -> None:
    check = question(Asking.SAFETY, expires_at=None)
    assert turn("x", asked=check, below=OPTIONS).closing(Asking.FAQ_OPTIONS) == []
    assert len(turn("x", asked=OPTIONS).closing(Asking.FAQ_OPTIONS)) == 1
