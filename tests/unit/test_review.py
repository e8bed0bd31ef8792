"""Does a signature hold for exactly the words that were read, and for nothing else?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.identity import Region, StaffId
from bot.domain.review import SignableText, Signatures, SignOff, TextKind

SIGNED_AT = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
LIPS = SignableText(
    name="dry-lips",
    language="en",
    region=Region.US,
    kind=TextKind.ROUTINE_TOPIC,
    words="Put on a plain balm.",
)


def signed(text: SignableText, *, by: str = "Dr Rao", at: datetime = SIGNED_AT) -> SignOff:
    return SignOff(
        topic=text.name,
        language=text.language,
        region=text.region,
        sha256=text.sha256,
        staff_id=StaffId(by),
        staff_name=by,
        signed_at=at,
    )


def test_a_signature_holds_for_the_words_that_were_signed() -> None:
    found = Signatures([signed(LIPS)]).of(LIPS)
    assert found is not None
    assert found.staff_name == "Dr Rao"


@pytest.mark.parametrize(
    "other",
    [
        replace(LIPS, words="Put on a plain balm!"),
        replace(LIPS, region=Region.UK),
        replace(LIPS, language="es"),
        replace(LIPS, name="dry-skin"),
    ],
    ids=["another wording", "another region", "another language", "another text"],
)
def test_a_signature_holds_for_nothing_else(other: SignableText) -> None:
    assert Signatures([signed(LIPS)]).of(other) is None


def test_an_edit_undoes_a_signature_and_says_whose_it_was() -> None:
    edited = replace(LIPS, words="Put on two balms.")
    signatures = Signatures([signed(LIPS, by="Dr Rao"), signed(LIPS, by="Dr Who")])
    before = signatures.before_edit(edited)
    assert before is not None
    assert before.staff_name == "Dr Who"
    assert signatures.before_edit(LIPS) is None
    assert Signatures().before_edit(LIPS) is None


def test_taking_an_edit_back_brings_the_signature_back() -> None:
    edited = replace(LIPS, words="Put on two balms.")
    later = signed(edited, by="Dr Who", at=SIGNED_AT + timedelta(days=1))
    found = Signatures([later, signed(LIPS)]).of(LIPS)
    assert found is not None
    assert found.staff_name == "Dr Rao"


@given(words=st.text(max_size=40), other=st.text(max_size=40))
def test_only_equal_words_have_one_hash(words: str, other: str) -> None:
    one, two = replace(LIPS, words=words), replace(LIPS, words=other)
    assert (one.sha256 == two.sha256) is (words == other)


def test_what_is_missing_keeps_its_order() -> None:
    skin = replace(LIPS, name="dry-skin")
    eyes = replace(LIPS, name="dry-eyes")
    assert Signatures([signed(skin)]).missing([eyes, skin, LIPS]) == [eyes, LIPS]


def test_whether_anything_is_signed() -> None:
    assert Signatures([signed(LIPS)]).are_any
    assert not Signatures().are_any
