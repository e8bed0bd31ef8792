"""Which texts carry a join code, and until when does it open a door?"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.invite import ALPHABET, CODE_LENGTH, VALID_FOR, code_in, normalise_code
from tests.fakes.turns import NOW, invite

CODES = [
    ("as printed", "JOIN ABCD2345", "ABCD2345"),
    ("in small letters", "join abcd2345", "ABCD2345"),
    ("with a hyphen", "Join ABCD-2345", "ABCD2345"),
    ("in two groups", "JOIN ABCD 2345", "ABCD2345"),
    ("with a colon", "Join: ABCD2345", "ABCD2345"),
    ("with a full stop and spaces", "  join  abcd2345 . ", "ABCD2345"),
    ("of a link", "/start k7Qx9ZyW2mNp4RtV", "K7QX9ZYW2MNP4RTV"),
    ("no code", "JOIN", None),
    ("only a start", "/start", None),
    ("too short", "join us", None),
    ("a sentence", "how do I join this programme", None),
    ("a question", "can I join a gym?", None),
    ("another word in front", "please JOIN ABCD2345", None),
    ("empty", "", None),
]


@pytest.mark.parametrize(("text", "code"), [c[1:] for c in CODES], ids=[c[0] for c in CODES])
def test_the_code_of_a_text(text: str, code: str | None) -> None:
    assert code_in(text) == code


@given(code=st.text(alphabet=ALPHABET, min_size=CODE_LENGTH, max_size=CODE_LENGTH))
def test_every_code_that_is_printed_is_understood(code: str) -> None:
    assert code_in(f"join {code.lower()}") == code
    assert normalise_code(f"{code[:4]}-{code[4:]} ") == code


@given(text=st.text(max_size=80))
def test_no_text_is_too_strange(text: str) -> None:
    code = code_in(text)
    assert code is None or (4 <= len(code) <= 64 and code == normalise_code(code))


def test_no_letter_of_a_code_can_be_mistaken_for_another() -> None:
    assert not set(ALPHABET) & set("01OILU")


def test_an_invite_is_usable_for_fourteen_days_once() -> None:
    fresh = invite(expires_at=NOW + VALID_FOR)
    assert fresh.is_usable(NOW)
    assert fresh.is_usable(NOW + VALID_FOR - timedelta(seconds=1))
    assert not fresh.is_usable(NOW + VALID_FOR)
    assert not invite(used_at=NOW).is_usable(NOW)
    assert not invite(closed_reason="identity-failed").is_usable(NOW)
