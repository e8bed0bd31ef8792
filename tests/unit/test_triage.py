"""Do the layers of triage check each other as they should?"""

from dataclasses import replace

import numpy as np
import pytest

from bot.domain.danger import LabelledLine, Lexicon, fit
from bot.domain.danger.classifier import NONE, HeldOut
from bot.domain.danger.patterns import Hit, PatternBook, Scope
from bot.domain.reading import Certainty, Level
from bot.domain.triage import (
    Thresholds,
    TriageModel,
    TriagePolicy,
    decide,
    read,
    thresholds_of,
)

LINES = (
    LabelledLine(text="i want to die", label="rf-suicide"),
    LabelledLine(text="want to kill myself tonight", label="rf-suicide"),
    LabelledLine(text="ringing in my ears all day", label="rf-hearing"),
    LabelledLine(text="cannot hear on one side", label="rf-hearing"),
    LabelledLine(text="dying for a burger", label=NONE),
    LabelledLine(text="did not hear the alarm", label=NONE),
    LabelledLine(text="which lip balm?", label=NONE, is_ordinary=True),
    LabelledLine(text="when is my visit?", label=NONE, is_ordinary=True),
)
BOOK = PatternBook.of(
    "en",
    {"rf-suicide": ["want to die"], "rf-hearing": ["ringing ... ears"]},
    {Scope.NEGATION: ["not"], Scope.JOKE: ["lol"]},
)
LIMITS = Thresholds(grave_margin=0.25, doubted=-0.5, possible=0.0, certain=0.8)


@pytest.fixture(scope="module")
def model() -> TriageModel:
    return TriageModel(
        danger=fit(LINES, categories=("rf-hearing", "rf-suicide"), lexicon=Lexicon.of({})),
        books=(BOOK,),
        levels={"rf-suicide": Level.EMERGENCY, "rf-hearing": Level.SAME_DAY},
        never_cancelled=frozenset({"rf-suicide"}),
        asked_in_doubt=frozenset({"rf-suicide"}),
        thresholds=LIMITS,
    )


def hit(category: str, taken_back_by: Scope | None = None) -> Hit:
    return Hit(category=category, phrase="words", taken_back_by=taken_back_by)


@pytest.mark.parametrize(
    ("danger", "hits", "certainty"),
    [
        (0.9, [], Certainty.CERTAIN),
        (0.4, [], Certainty.POSSIBLE),
        (-0.2, [], None),
        (0.4, [hit("rf-hearing")], Certainty.CERTAIN),
        (-0.2, [hit("rf-hearing")], Certainty.POSSIBLE),
        (-0.6, [hit("rf-hearing")], None),
        (0.4, [hit("rf-hearing", Scope.JOKE)], Certainty.POSSIBLE),
        (-0.2, [hit("rf-hearing", Scope.JOKE)], None),
        (-0.2, [hit("rf-suicide", Scope.JOKE)], Certainty.POSSIBLE),
        (0.4, [hit("rf-suicide", Scope.JOKE)], Certainty.POSSIBLE),
        (-0.6, [hit("rf-suicide", Scope.JOKE)], None),
    ],
)
def test_how_sure_the_layers_are_together(
    model: TriageModel, danger: float, hits: list[Hit], certainty: Certainty | None
) -> None:
    assert decide(danger, hits, model) is certainty


@pytest.mark.parametrize(
    ("danger", "certainty"),
    [(0.9, Certainty.CERTAIN), (0.4, Certainty.POSSIBLE), (-0.2, Certainty.POSSIBLE), (-0.3, None)],
)
def test_a_doubt_about_self_harm_is_asked_about_sooner(
    model: TriageModel, danger: float, certainty: Certainty | None
) -> None:
    assert decide(danger, [], model, is_asked_in_doubt=True) is certainty


def test_a_flag_names_category_level_and_why(model: TriageModel) -> None:
    flag = read("i want to die", model, language="en")
    assert flag is not None
    assert (flag.category, flag.level) == ("rf-suicide", Level.EMERGENCY)
    assert flag.certainty is Certainty.CERTAIN
    assert 'phrase "want to die"' in flag.why
    assert "classifier" in flag.why
    assert "die" not in repr(flag)


def test_what_was_taken_back_is_told(model: TriageModel) -> None:
    doubtful = replace(model, thresholds=replace(LIMITS, doubted=-9.0, possible=5.0, certain=9.0))
    flag = read("i want to die lol", doubtful, language="en")
    assert flag is not None
    assert flag.certainty is Certainty.POSSIBLE
    assert "a joke" in flag.why


@pytest.mark.parametrize("text", ["", "   ", "🙂🙃", "...", "\u200f\u200e"])
def test_a_message_without_words_is_no_flag(model: TriageModel, text: str) -> None:
    assert read(text, model, language="en") is None


def test_thresholds_keep_the_policy_on_held_out_lines() -> None:
    held_out = HeldOut(
        flags=np.linspace(-1, 2, 50, dtype=np.float32),
        near_misses=np.linspace(-1.5, 0.9, 100, dtype=np.float32),
        ordinary=np.linspace(-2, 0.5, 1000, dtype=np.float32),
        ordinary_category=np.zeros(1000, dtype=np.int32),
    )
    limits = thresholds_of(
        held_out,
        TriagePolicy(
            possible_ordinary=0.05,
            doubted_ordinary=0.2,
            certain_ordinary=0.01,
            certain_near_misses=0.04,
            grave_margin=0.0,
        ),
        asked_in_doubt=np.zeros(1000, dtype=np.bool_),
    )
    assert limits.doubted < limits.possible < limits.certain
    assert np.mean(held_out.ordinary >= limits.possible) == pytest.approx(0.05, abs=0.002)
    assert np.mean(held_out.near_misses >= limits.certain) == pytest.approx(0.04, abs=0.011)


def test_asking_sooner_in_some_categories_costs_the_others() -> None:
    ordinary = np.linspace(-2, 0.5, 1000, dtype=np.float32)
    held_out = HeldOut(
        flags=ordinary,
        near_misses=ordinary,
        ordinary=ordinary,
        ordinary_category=np.zeros(1000, dtype=np.int32),
    )
    policy = TriagePolicy(
        possible_ordinary=0.05,
        doubted_ordinary=0.2,
        certain_ordinary=0.01,
        certain_near_misses=0.04,
        grave_margin=0.2,
    )
    every_fifth = np.arange(1000) % 5 == 0
    limits = thresholds_of(held_out, policy, asked_in_doubt=every_fifth)
    alarmed = ordinary + 0.2 * every_fifth >= limits.possible
    assert np.mean(alarmed) == pytest.approx(0.05, abs=0.002)
    assert np.mean(ordinary >= limits.possible) < 0.05


def test_thresholds_stay_in_order_however_the_scores_lie() -> None:
    flat = np.zeros(10, dtype=np.float32)
    limits = thresholds_of(
        HeldOut(
            flags=flat,
            near_misses=flat - 5,
            ordinary=flat,
            ordinary_category=np.zeros(10, dtype=np.int32),
        ),
        TriagePolicy(
            possible_ordinary=0.05,
            doubted_ordinary=0.01,
            certain_ordinary=0.5,
            certain_near_misses=0.5,
            grave_margin=0.1,
        ),
        asked_in_doubt=np.ones(10, dtype=np.bool_),
    )
    assert limits.doubted <= limits.possible <= limits.certain
