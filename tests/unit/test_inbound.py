"""Is text that arrives made safe to store, without losing what the person wrote?"""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.inbound import TEXT_LIMIT, InboundKind, clean_text
from bot.domain.vocabulary import fold

CLEANED = [
    ("NUL bytes", "I feel\x00 sick\x00", "I feel sick"),
    ("other controls", "a\x01b\x1bc\x7fd\x85e\x9f", "abcde"),
    ("line breaks stay", "one\ntwo\tthree", "one\ntwo\tthree"),
    ("carriage returns go", "one\r\ntwo", "one\ntwo"),
    ("a half surrogate", "ouch \ud83d", "ouch"),
    ("an emoji stays", "ok 👍🏽", "ok 👍🏽"),
    ("a family of emoji stays", "👩‍👧", "👩‍👧"),
    ("right to left stays", "\u202bمرحبا\u202c", "\u202bمرحبا\u202c"),
    ("Hindi stays", "होंठ सूखे हैं", "होंठ सूखे हैं"),
    ("outer space goes", "  hello \n", "hello"),
    ("nothing", "", ""),
    ("only controls", "\x00\x07", ""),
]


@pytest.mark.parametrize(("raw", "clean"), [c[1:] for c in CLEANED], ids=[c[0] for c in CLEANED])
def test_clean_text(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


def test_a_very_long_text_is_cut() -> None:
    assert clean_text("x" * 10_000) == "x" * TEXT_LIMIT


@given(raw=st.text(max_size=200) | st.text(alphabet=st.characters(categories=["Cc", "Cs"])))
def test_cleaned_text_can_be_stored_and_cleaned_again(raw: str) -> None:
    clean = clean_text(raw)
    assert clean.encode("utf-8").decode() == clean
    assert clean_text(clean) == clean
    assert not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in clean)


def test_what_balm_does_not_open_is_media() -> None:
    media = {kind.value for kind in InboundKind if kind.is_media}
    assert media == {"photo", "voice", "location", "contact", "other"}


FOLDED = [
    ("  Taken! ", "taken"),
    ("I  TOOK\nit.", "i took it"),
    ("don’t", "don't"),
    ("¿Sí?", "sí"),
    ("नहीं।", "नहीं"),
    ("２", "2"),
    ("(ok)", "ok"),
    ("…", ""),
]


@pytest.mark.parametrize(("text", "folded"), FOLDED)
def test_words_are_compared_folded(text: str, folded: str) -> None:
    assert fold(text) == folded
