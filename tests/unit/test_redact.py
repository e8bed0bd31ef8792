"""Is everything gone from a kept question by which somebody could be recognised?"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.redact import LONGEST, redact

NAMES = ("Ana María Example", "Dr. Rao", "चित्रा नमूना", "Jean-Luc O'Brien")
PLACEHOLDERS = re.compile(r"\[(?:name|number|email|date|link)\]")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("is ana's lip balm ok?", "is [name] lip balm ok?"),
        ("ANA MARIA here, dry lips", "[name] [name] here, dry lips"),
        ("can jean-luc take 40mg", "can [name] take [number]mg"),
        ("चित्रा को क्या लेना चाहिए", "[name] को क्या लेना चाहिए"),
        ("call me on +1 (555) 010-0101 please", "call me on [number] please"),
        ("write to a.b+c@mail.example today", "write to [email] today"),
        ("started on 12/03/2026 or 3 March 2026", "started on [date] or [date]"),
        ("since March 3rd, 2026 it burns", "since [date] it burns"),
        ("desde el 3 de marzo de 2026", "desde el [date]"),
        ("see https://example.org/ana?id=4 for it", "see [link] for it"),
        ("my name is Zoe and my lips hurt", "my name is [name] and my lips hurt"),
        ("me llamo Pilar y me arde", "me llamo [name] y me arde"),
        ("mera naam Ravi hai", "mera naam [name] hai"),
        ("dr. Patel said no sun", "dr. [name] said no sun"),
        ("मुझे ४० मिग्रा मिला", "मुझे [number] मिग्रा मिला"),
        ("about ② of it", "about [number] of it"),
        ("why are my lips so dry", "why are my lips so dry"),
        ("may i drink wine", "may i drink wine"),
    ],
)
def test_what_is_kept(text: str, kept: str) -> None:
    assert " ".join(redact(text, NAMES).split()) == kept


@given(text=st.text(max_size=200), names=st.lists(st.text(max_size=12), max_size=3))
def test_no_digit_and_no_address_is_left(text: str, names: list[str]) -> None:
    kept = redact(text, names)
    assert not any(character.isdecimal() for character in kept)
    assert re.search(r"\S@\S", kept) is None
    assert len(kept) <= LONGEST


letters = st.text(alphabet="abcdefghijklmnopqrstuvwxyzéñö", min_size=2, max_size=10)


@given(
    name=letters,
    before=st.lists(letters, max_size=4),
    after=st.lists(letters, max_size=4),
    shape=st.sampled_from([str.upper, str.title, str.lower]),
    mark=st.sampled_from(["", "'s", "?", ",", ".", "!"]),
)
def test_a_known_name_never_stays(
    name: str, before: list[str], after: list[str], shape: object, mark: str
) -> None:
    assert callable(shape)
    text = " ".join([*before, shape(name) + mark, *after])
    kept = PLACEHOLDERS.sub(" ", redact(text, [f"Dr {name}"]))
    assert name.casefold() not in kept.casefold().replace("'", " ").split()


@given(text=st.text(max_size=200), names=st.lists(letters, max_size=3))
def test_redacting_twice_changes_nothing(text: str, names: list[str]) -> None:
    once = redact(text, names)
    assert redact(once, names) == once
