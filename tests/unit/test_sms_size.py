"""Does the counter say what a carrier would bill?"""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.sms_size import sms_size


@pytest.mark.parametrize(
    ("text", "segments", "alphabet", "left"),
    [
        ("", 0, "GSM-7", 160),
        ("a" * 160, 1, "GSM-7", 0),
        ("a" * 161, 2, "GSM-7", 145),
        ("€" * 80, 1, "GSM-7", 0),
        ("€" * 81, 2, "GSM-7", 143),
        ("í", 1, "UCS-2", 69),
        ("क" * 70, 1, "UCS-2", 0),
        ("क" * 71, 2, "UCS-2", 63),
        ("😀" * 35, 1, "UCS-2", 0),
        ("Don’t", 1, "UCS-2", 65),
    ],
    ids=lambda value: str(value)[:6],
)
def test_known_texts(text: str, segments: int, alphabet: str, left: int) -> None:
    size = sms_size(text)
    assert (size.segments, size.alphabet, size.left) == (segments, alphabet, left)


@given(st.text(alphabet="abc €é~\n", min_size=1, max_size=700))
def test_a_text_never_costs_less_than_its_units_need(text: str) -> None:
    units = sum(2 if character in "€~" else 1 for character in text)
    size = sms_size(text)
    assert size.segments >= math.ceil(units / (160 if units <= 160 else 153))
    assert 0 <= size.left < 160
    assert size.alphabet == "GSM-7"
