"""Is a slip of the fingers guessed, and nothing else?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.near_words import is_one_slip, meant_word

KNOWN = ("lips", "skin", "eyes", "mood", "taken")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("lisp", "lips"), ("skni", "skin"), ("eys", "eyes"), ("mod", "mood"), ("takn", "taken")],
)
def test_one_slip_is_guessed(typed: str, meant: str) -> None:
    assert meant_word(typed, KNOWN) == meant


@pytest.mark.parametrize("typed", ["lips", "li", "food", "tken5", "banana", ""])
def test_everything_else_is_not(typed: str) -> None:
    assert meant_word(typed, KNOWN) is None


def test_two_that_are_near_are_none() -> None:
    assert meant_word("lipe", ("lips", "lipo")) is None


@given(st.sampled_from(KNOWN), st.integers(1, 4), st.characters(categories=["Ll"]))
def test_an_added_letter_is_one_slip(known: str, at: int, letter: str) -> None:
    typed = known[:at] + letter + known[at:]
    assert is_one_slip(typed, known)
