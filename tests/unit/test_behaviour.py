"""Does a simulated person live the same life twice, and another one with another seed?"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.behaviours import load_behaviours
from bot.content.checkins import load_checkins
from bot.domain.behaviour import Button, Heard, Person, Press, Write
from bot.domain.checkin_answer import parse_answer
from bot.domain.message_kind import MessageKind
from bot.domain.questionnaire import QuestionKind
from bot.wiring.words import CONTENT
from tests.fakes.turns import messages

CAST = load_behaviours(CONTENT / "behaviours.yaml")
DOSE = (
    Button(action="taken:1", label="Taken"),
    Button(action="later:1", label="Later"),
    Button(action="not-today:1", label="Not today"),
)


def person(name: str, *, seed: int = 1) -> Person:
    return Person(behaviour=CAST.behaviours[name], lines=CAST.lines["en"], seed=seed)


def asked(day: int, kind: MessageKind = MessageKind.DOSE) -> Heard:
    return Heard(kind=kind, day=day, buttons=DOSE)


def test_the_perfect_one_takes_every_capsule_at_once() -> None:
    for day in range(60):
        ((wait, move),) = person("perfect").answers(asked(day))
        assert move == Press(purpose="taken", label="Taken")
        assert 60 <= wait.total_seconds() <= 6 * 60


def test_the_silent_one_never_answers() -> None:
    assert [person("silent").answers(asked(day)) for day in range(60)] == [[]] * 60


def test_the_forgetful_one_answers_most_days_and_not_all() -> None:
    first = [bool(person("forgetful").answers(asked(day))) for day in range(200)]
    assert 0.5 < sum(first) / len(first) < 0.9
    nudged = [
        bool(person("forgetful").answers(asked(day, MessageKind.NUDGE)))
        for day, answered in enumerate(first)
        if not answered
    ]
    assert any(nudged)
    assert not all(nudged)


@given(st.integers(0, 10_000), st.integers(-30, 400))
def test_the_same_seed_is_the_same_life(seed: int, day: int) -> None:
    one, other = person("forgetful", seed=seed), person("forgetful", seed=seed)
    assert one.answers(asked(day)) == other.answers(asked(day))


def test_another_seed_is_another_life() -> None:
    lives = {
        tuple(bool(person("forgetful", seed=seed).answers(asked(d))) for d in range(30))
        for seed in range(5)
    }
    assert len(lives) == 5


DAILY = load_checkins(CONTENT / "checkins").questionnaire("daily")


def test_by_text_message_the_whole_day_goes_in_one_line() -> None:
    lips = DAILY.questions[1:]
    heard = Heard(kind=MessageKind.CHECKIN, day=3, question=lips[0], line=lips)
    ((_, move),) = person("perfect").answers(heard)
    assert isinstance(move, Write)
    assert len(move.text.split()) == 5
    with_capsule = replace(heard, question=DAILY.questions[0], line=DAILY.questions)
    ((_, open_too),) = person("perfect").answers(with_capsule)
    assert isinstance(open_too, Write)
    assert open_too.text == f"Y {move.text}"


@given(st.integers(-20, 400), st.sampled_from(("lips", "skin", "eyes", "mood")))
def test_feelings_are_answers_of_the_scale(day: int, asked_about: str) -> None:
    scale = tuple(Button(action=f"checkin:1:{asked_about}:{n}", label=str(n)) for n in range(11))
    question = DAILY.question(asked_about)
    heard = Heard(kind=MessageKind.REPLY, day=day, buttons=scale, question=question)
    ((_, move),) = person("perfect").answers(heard)
    assert isinstance(move, Press)
    assert 0 <= int(move.label) <= 10


def test_a_private_checkin_is_opened_by_its_button_or_by_the_word() -> None:
    heard = Heard(kind=MessageKind.CHECKIN, day=3, announces_private=True)
    ((_, word),) = person("perfect").answers(heard)
    assert word == Write(text="READY")
    alone = Button(action="checkin-open:1", label="I'm alone, open it")
    ((_, press),) = person("perfect").answers(replace(heard, buttons=(alone,)))
    assert press == Press(purpose="checkin-open", label=alone.label)


@pytest.mark.parametrize("language", ["en", "es", "hi"])
@pytest.mark.parametrize("questionnaire", ["daily", "first-week", "weekly", "monthly", "mood"])
def test_every_typed_answer_is_one_that_the_checkin_takes(
    questionnaire: str, language: str
) -> None:
    checkins = load_checkins(CONTENT / "checkins")
    words, said = messages().vocabularies[language], checkins.words[language]
    typing = Person(behaviour=CAST.behaviours["perfect"], lines=CAST.lines[language], seed=1)
    for question in checkins.questionnaire(questionnaire).questions:
        if question.kind is QuestionKind.PHOTO or question.only_if is not None:
            continue
        heard = Heard(kind=MessageKind.REPLY, day=9, question=question)
        ((_, move),) = typing.answers(heard)
        assert isinstance(move, Write)
        answer = parse_answer(move.text, question, words, said)
        assert isinstance(answer, str), question.id
        assert answer not in (question.flags or {})
