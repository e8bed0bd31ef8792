"""Is the character named that makes a text message dearer?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.sms_bill import bill_of


@pytest.mark.parametrize(
    ("text", "segments", "culprit", "is_dearer"),
    [
        ("Don't forget.", 1, None, False),
        ("Don’t forget.", 1, "’", False),
        ("Don’t forget." + "a" * 60, 2, "’", True),
        ("a" * 160 + "€", 2, None, False),
        ("आज की गोली खाने के साथ लें। हाँ या ना लिखें।" * 2, 2, None, False),
        ("", 0, None, False),
    ],
    ids=lambda value: str(value)[:8],
)
def test_known_texts(text: str, segments: int, culprit: str | None, is_dearer: bool) -> None:
    bill = bill_of(text)
    assert (bill.segments, bill.culprit, bill.is_dearer) == (segments, culprit, is_dearer)


def test_the_words_name_the_character_and_what_it_costs() -> None:
    said = bill_of("Don’t forget." + "a" * 60).words()
    assert said == "2 SMS segments (UCS-2 because of “’” U+2019; 1 without it)"
    assert bill_of("Hello").words() == "1 SMS segment (GSM-7)"


@given(st.text(alphabet="abc é€’–😀क", max_size=400))
def test_plain_characters_never_cost_more(text: str) -> None:
    bill = bill_of(text)
    assert bill.segments_without <= bill.segments
    assert (bill.alphabet == "GSM-7") <= (bill.culprit is None)
