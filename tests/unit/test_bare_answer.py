"""Is an answer to Balm told from a sentence, so that no matcher takes it for a cry for help?"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.bare_answer import is_bare_answer
from bot.domain.conversation import Asking, Conversation, Question
from bot.domain.identity import ClinicId, Lane
from tests.fakes.turns import messages

QUIET = Conversation(clinic_id=ClinicId("c"), lane=Lane("patient:p"))
IN_CHECKIN = replace(
    QUIET,
    awaiting=Question(
        id="q",
        asking=Asking.CHECKIN,
        asked_at=datetime(2026, 12, 1, 20, tzinfo=UTC),
        expires_at=None,
    ),
)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "TAKEN"),
        ("en", "took"),
        ("en", "Not today."),
        ("hi", "ले लिया"),
        ("hi", "आज नहीं"),
        ("hi", "वापस"),
        ("en", "READY"),
        ("es", "LISTO"),
        ("es", "lista"),
        ("hi", "तैयार"),
        ("en", "STARTED"),
        ("en", "TIP"),
        ("en", "no tips"),
        ("es", "tomada"),
        ("en", "7"),
        ("hi", "२"),
        ("en", "JOIN QZZ2XANQ"),
        ("en", "/start DSHV2GQFYPKS45YT4Q48W5A4QC"),
    ],
)
def test_a_lone_answer_is_one(language: str, text: str) -> None:
    assert is_bare_answer(text, messages().vocabularies[language], QUIET)


@pytest.mark.parametrize(
    "text",
    [
        "took 10",
        "taken 5 today",
        "911",
        "988",
        "yes I want to die",
        "no more",
        "nothing",
        "stop",
        "help",
        "",
        "JOIN me in hell tonight please",
        "2 1 0 4",
    ],
)
def test_everything_else_is_read_for_danger(text: str) -> None:
    assert not is_bare_answer(text, messages().vocabularies["en"], QUIET)


@pytest.mark.parametrize("text", ["Y 2 1 0 1 no", "2 1 0 4", "nothing"])
def test_a_line_of_answers_is_one_while_a_checkin_is_open(text: str) -> None:
    words = messages().vocabularies["en"]
    assert is_bare_answer(text, words, IN_CHECKIN)


@pytest.mark.parametrize("text", ["took 10", "taken taken", "2 1 0 i feel like dying"])
def test_a_line_with_anything_else_is_not(text: str) -> None:
    assert not is_bare_answer(text, messages().vocabularies["en"], IN_CHECKIN)
