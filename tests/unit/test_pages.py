"""Does a long text arrive whole, in pages that say that they are pages?"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.delivery import Body, Choice
from bot.domain.identity import Channel
from bot.domain.message_kind import MessageKind
from bot.domain.pages import LONGEST, pages
from bot.services.compose import Composed, paged

SENTENCE = "Drink enough water and use a lip balm often. "


def test_what_fits_is_left_as_it_is() -> None:
    assert pages("Hello\n\nthere", Channel.SMS) == ("Hello\n\nthere",)


def test_a_page_ends_with_a_sentence_and_says_which_it_is() -> None:
    first, second = pages(SENTENCE * 40, Channel.SMS)
    assert first.startswith("(1/2) Drink")
    assert first.endswith("often.")
    assert second.startswith("(2/2) Drink")


def test_a_paragraph_is_kept_together_where_that_fills_the_page() -> None:
    text = SENTENCE * 25 + "\n\n" + SENTENCE * 15
    first, second = pages(text, Channel.SMS)
    assert (first.count("Drink"), second.count("Drink")) == (25, 15)


def test_staff_channels_are_never_cut() -> None:
    assert len(pages("x" * 9_000, Channel.EMAIL)) == 1


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.TELEGRAM])
@given(text=st.text(alphabet="ab .\n😀क।", min_size=1, max_size=3_000), times=st.integers(1, 4))
def test_no_word_is_lost_and_no_page_is_too_long(channel: Channel, text: str, times: int) -> None:
    whole = text * times
    cut = pages(whole, channel)
    assert all(len(page.encode("utf-16-le")) // 2 <= LONGEST[channel] for page in cut)
    said = "".join(page.split(" ", 1)[1] for page in cut) if len(cut) > 1 else cut[0]
    assert "".join(said.split()) == "".join(whole.split())


def test_choices_stand_under_the_last_page_only() -> None:
    choice = Choice(label="Yes", action="yes")
    body = Body(text=SENTENCE * 40, choices=((choice,),))
    long = Composed(body=body, source="", template="topic:one", kind=MessageKind.REPLY)
    first, second = paged(long, Channel.SMS)
    assert (first.body.choices, second.body.choices) == ((), ((choice,),))
    assert paged(replace(long, body=Body(text="short")), Channel.SMS)[0].body.text == "short"
