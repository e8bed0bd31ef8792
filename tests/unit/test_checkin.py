"""Is an answer to a check-in understood as it was meant, and nothing else taken for one?"""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.checkin import answered_questions
from bot.domain.checkin_answer import (
    OutOfRange,
    Parsed,
    is_value,
)
from bot.domain.checkin_answer import parse_answer as parse_with
from bot.domain.checkin_answer import parse_line as parse_line_with
from bot.domain.prompt import checkin_prompt, checkin_summary
from bot.domain.questionnaire import CheckinQuestion
from bot.domain.vocabulary import Vocabulary
from tests.fakes.turns import CHECKINS, DAILY, checkin, messages

ENGLISH = messages().vocabularies["en"]
HINDI = messages().vocabularies["hi"]
SPANISH = messages().vocabularies["es"]
SAID = CHECKINS.words["en"]


def parse_answer(text: str, question: CheckinQuestion, words: Vocabulary) -> Parsed:
    return parse_with(text, question, words, SAID)


def parse_line(
    text: str, questions: Sequence[CheckinQuestion], words: Vocabulary
) -> dict[str, str] | OutOfRange | None:
    return parse_line_with(text, questions, words, SAID)


DOSE, LIPS, SKIN, EYES, MOOD, ELSE = DAILY.questions

ANSWERS = [
    ("a digit", "5", LIPS, "5"),
    ("with a full stop", "2.", LIPS, "2"),
    ("out of ten", "5/10", LIPS, "5"),
    ("out of ten with spaces", " 5 / 10 ", LIPS, "5"),
    ("out of five is another scale", "5/5", LIPS, None),
    ("a word", "five", LIPS, "5"),
    ("a word with a capital", "Ten", LIPS, "10"),
    ("a Hindi digit", "२", LIPS, "2"),
    ("a wide digit", "７", LIPS, "7"),
    ("nothing to tell", "none", LIPS, "0"),
    ("the lowest", "0", LIPS, "0"),
    ("a sentence", "about 5 I think", LIPS, None),
    ("empty", "", LIPS, None),
    ("an emoji", "👍", LIPS, None),
    ("yes", "Yes!", DOSE, "yes"),
    ("y", "y", DOSE, "yes"),
    ("no with a curly apostrophe", "No I didn’t", DOSE, "no"),
    ("a number is no yes", "1", DOSE, None),
    ("free text", "my eyes burn", ELSE, "text"),
    ("nothing else", "Nothing else.", ELSE, "none"),
    ("no", "no", ELSE, "none"),
]


@pytest.mark.parametrize(
    ("text", "question", "value"), [case[1:] for case in ANSWERS], ids=[case[0] for case in ANSWERS]
)
def test_an_answer(text: str, question: CheckinQuestion, value: str | None) -> None:
    assert parse_answer(text, question, ENGLISH) == value


@pytest.mark.parametrize("text", ["11", "100", "99/10", "999", "११"])
def test_a_number_that_the_scale_does_not_have(text: str) -> None:
    assert parse_answer(text, LIPS, HINDI) == OutOfRange(question=LIPS)


def test_words_of_the_patients_language() -> None:
    assert parse_answer("sí", DOSE, SPANISH) == "yes"
    assert parse_answer("¡Sí!", DOSE, SPANISH) == "yes"
    assert parse_answer("हाँ", DOSE, HINDI) == "yes"
    assert parse_answer("नहीं।", DOSE, HINDI) == "no"


LINES: list[tuple[str, str, dict[str, str] | None]] = [
    (
        "the whole line",
        "Y 2 1 0 4",
        {"dose": "yes", "lips": "2", "skin": "1", "eyes": "0", "mood": "4"},
    ),
    (
        "with commas and no capitals",
        "y,2,1,0,4",
        {"dose": "yes", "lips": "2", "skin": "1", "eyes": "0", "mood": "4"},
    ),
    ("the first two", "n 7", {"dose": "no", "lips": "7"}),
    (
        "with words behind",
        "yes 2 1 0 four my nose is dry",
        {"dose": "yes", "lips": "2", "skin": "1", "eyes": "0", "mood": "4", "else": "text"},
    ),
    (
        "with nothing else",
        "Y 2 1 0 4 no",
        {"dose": "yes", "lips": "2", "skin": "1", "eyes": "0", "mood": "4", "else": "none"},
    ),
    ("one token is no line", "Y", None),
    ("a sentence is no line", "yes I took it with food", None),
    ("no line at all", "what can I do about dry lips", None),
    ("empty", "  ", None),
]


@pytest.mark.parametrize(
    ("text", "answers"), [case[1:] for case in LINES], ids=[case[0] for case in LINES]
)
def test_a_line(text: str, answers: dict[str, str] | None) -> None:
    assert parse_line(text, DAILY.questions, ENGLISH) == answers


def test_a_line_with_a_number_out_of_range_names_the_question() -> None:
    assert parse_line("Y 2 11 0 4", DAILY.questions, ENGLISH) == OutOfRange(question=SKIN)


def test_a_line_from_the_middle_on() -> None:
    assert parse_line("3 4", (EYES, MOOD), ENGLISH) == {"eyes": "3", "mood": "4"}
    assert parse_line("3 4 5", (EYES, MOOD), ENGLISH) is None


@given(text=st.text(max_size=60), question=st.sampled_from(DAILY.questions))
def test_no_text_is_too_strange(text: str, question: CheckinQuestion) -> None:
    answer = parse_answer(text, question, ENGLISH)
    if isinstance(answer, str) and answer != "text":
        assert is_value(answer, question)
    line = parse_line(text, DAILY.questions, ENGLISH)
    if isinstance(line, dict):
        assert list(line) == [question.id for question in DAILY.questions][: len(line)]


@given(
    values=st.tuples(st.booleans(), *[st.integers(0, 10)] * 4),
    separator=st.sampled_from([" ", ",", "; ", ", ", "\n"]),
)
def test_every_line_of_five_is_read_back(
    values: tuple[bool, int, int, int, int], separator: str
) -> None:
    took, *scales = values
    text = separator.join(["Y" if took else "N", *map(str, scales)])
    expected = ["yes" if took else "no", *map(str, scales)]
    line = parse_line(text, DAILY.questions, ENGLISH)
    assert isinstance(line, dict)
    assert list(line.values()) == expected


VALUES = [
    (DOSE, "yes", True),
    (DOSE, "maybe", False),
    (LIPS, "10", True),
    (LIPS, "11", False),
    (LIPS, "-1", False),
    (LIPS, "05", False),
    (ELSE, "none", True),
    (ELSE, "text", False),
]


@pytest.mark.parametrize(("question", "value", "known"), VALUES)
def test_only_values_of_its_buttons_count(
    question: CheckinQuestion, value: str, known: bool
) -> None:
    assert is_value(value, question) is known


def test_an_open_checkin_knows_where_it_stands() -> None:
    fresh = checkin()
    assert fresh.next_question() == DOSE
    assert fresh.last_answered() is None
    begun = checkin({"dose": "yes", "lips": "3"})
    assert begun.next_question() == SKIN
    assert begun.last_answered() == LIPS
    assert answered_questions(begun) == [DOSE, LIPS]
    done = checkin({question.id: "none" for question in DAILY.questions})
    assert done.next_question() is None


def test_a_checkin_that_does_not_ask_about_the_dose() -> None:
    without = checkin(asks_dose=False)
    assert DOSE not in without.asked_questions()
    assert without.next_question() == LIPS
    prompt = checkin_prompt(without, LIPS)
    assert (prompt.variables["number"], prompt.variables["count"]) == (1, 5)


def test_buttons_of_each_kind_of_question() -> None:
    yes_no = checkin_prompt(checkin(), DOSE)
    scale = checkin_prompt(checkin({"dose": "yes"}), LIPS)
    text = checkin_prompt(checkin({"dose": "yes"}), ELSE)
    assert [[option.label for option in row] for row in yes_no.options] == [
        ["yes", "no"],
        ["skip-question"],
    ]
    assert [[option.label for option in row] for row in scale.options] == [
        ["0", "1", "2", "3", "4", "5"],
        ["6", "7", "8", "9", "10"],
        ["back", "skip-question"],
    ]
    assert [[option.label for option in row] for row in text.options] == [
        ["nothing-else"],
        ["back", "skip-question"],
    ]
    assert all(len(o.action.encode()) <= 64 for row in scale.options for o in row)


def test_the_summary_shows_what_was_recorded() -> None:
    answers = {"dose": "yes", "lips": "2", "skin": "1", "eyes": "0", "mood": "4", "else": "none"}
    summary = checkin_summary(checkin(answers))
    rows = summary.variables["answers"]
    assert isinstance(rows, list)
    told = {name: value for name, value in answers.items() if name != "else"}
    assert {row["question"]: row["value"] for row in rows} == told
    assert summary.options[0][0].action == "checkin-which:checkin-1"
