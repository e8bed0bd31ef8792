"""Does a simulated person live the same life twice, and another one with another seed?"""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.content.behaviours import load_behaviours
from bot.domain.behaviour import Button, Heard, Person, Press, Write
from bot.domain.message_kind import MessageKind
from bot.wiring.words import CONTENT

CAST = load_behaviours(CONTENT / "behaviours.yaml")
DOSE = (
    Button(action="taken:1", label="Taken"),
    Button(action="later:1", label="Later"),
    Button(action="not-today:1", label="Not today"),
)


def person(name: str, *, seed: int = 1) -> Person:
    return Person(behaviour=CAST.behaviours[name], lines=CAST.lines["en"], seed=seed)


def asked(day: int, kind: MessageKind = MessageKind.DOSE) -> Heard:
    return Heard(kind=kind, day=day, buttons=DOSE, is_capsule_open=True)


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


def test_by_text_message_the_whole_day_goes_in_one_line() -> None:
    heard = Heard(kind=MessageKind.CHECKIN, day=3, asks_about_day=True)
    ((_, move),) = person("perfect").answers(heard)
    assert isinstance(move, Write)
    assert len(move.text.split()) == 5
    ((_, open_too),) = person("perfect").answers(replace(heard, is_capsule_open=True))
    assert isinstance(open_too, Write)
    assert open_too.text == f"Y {move.text}"


@given(st.integers(-20, 400), st.sampled_from(("lips", "skin", "eyes", "mood")))
def test_feelings_are_answers_of_the_scale(day: int, question: str) -> None:
    scale = tuple(Button(action=f"checkin:1:{question}:{n}", label=str(n)) for n in range(11))
    heard = Heard(kind=MessageKind.REPLY, day=day, buttons=scale, asks_about_day=True)
    ((_, move),) = person("perfect").answers(heard)
    assert isinstance(move, Press)
    assert 0 <= int(move.label) <= 10
