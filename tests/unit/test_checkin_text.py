"""Is a sentence understood as it was meant, and is a guess never taken for an answer?"""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.checkin_answer import NotWhole, OutOfRange, parse_answer
from bot.domain.checkin_text import Understood, is_an_answer_in_doubt, understand
from bot.domain.dose_sentence import dose_sentence, dose_sentences
from bot.domain.spoken_day import said_day
from tests.fakes.turns import CHECKINS, DAILY, messages

LIPS = DAILY.questions[1]
NOW = datetime(2026, 12, 2, 9, 0, tzinfo=ZoneInfo("America/New_York"))
"""A Wednesday morning."""

SENTENCES = [
    ("en", "lips are awful but mood ok", {"lips": "9", "mood": "2"}),
    ("en", "my lips and skin are really dry, eyes fine", {"lips": "8", "skin": "8", "eyes": "0"}),
    ("en", "dry lips and eyes", {"lips": "7", "eyes": "7"}),
    ("en", "forgot my pill, lips fine", {"dose": "no", "lips": "0"}),
    ("en", "not very dry", {"lips": "3"}),
    ("en", "about 5 I think", {"lips": "5"}),
    ("en", "🙁", {"lips": "7"}),
    ("en", "5️⃣", {"lips": "5"}),
    ("es", "los labios están fatal pero el ánimo bien", {"lips": "9", "mood": "0"}),
    ("es", "no muy bien", {"lips": "5"}),
    ("hi", "होंठ बहुत सूखे हैं लेकिन मन ठीक है", {"lips": "8", "mood": "0"}),
    ("hi", "hoth sukhe nahi hai", {"lips": "1"}),
]


@pytest.mark.parametrize(("language", "text", "values"), SENTENCES)
def test_a_sentence_is_a_guess_to_be_confirmed(
    language: str, text: str, values: dict[str, str]
) -> None:
    words = CHECKINS.words[language]
    found = understand(text, DAILY.questions, words, awaited=LIPS)
    assert isinstance(found, Understood)
    assert found.values == values
    assert not found.is_exact


def test_the_capsule_and_a_number_need_no_yes() -> None:
    found = understand("took it, lips 6", DAILY.questions, CHECKINS.words["en"])
    assert found == Understood(values={"dose": "yes", "lips": "6"}, is_exact=True, is_whole=True)


@pytest.mark.parametrize("text", ["lips 7 skin 3", "skin: 3, lips = 7", "होंठ ७, त्वचा ३"])
def test_names_with_numbers_need_no_yes(text: str) -> None:
    found = understand(text, DAILY.questions, CHECKINS.words["hi"], awaited=LIPS)
    assert found == Understood(values={"lips": "7", "skin": "3"}, is_exact=True, is_whole=True)


def test_the_rest_is_what_is_not_answered_yet() -> None:
    words = CHECKINS.words["en"]
    found = understand("all good except my lips which are awful", DAILY.questions, words)
    assert isinstance(found, Understood)
    assert found.values == {"lips": "9", "skin": "0", "eyes": "0", "mood": "0"}
    later = understand("rest fine", DAILY.questions, words, answered={"lips": "9", "skin": "8"})
    assert isinstance(later, Understood)
    assert later.values == {"eyes": "0", "mood": "0"}


@pytest.mark.parametrize("text", ["what is the capital of France", "maybe 6 or 7", "", "…"])
def test_what_says_nothing_is_nothing(text: str) -> None:
    assert understand(text, DAILY.questions, CHECKINS.words["en"], awaited=LIPS) is None


def test_a_number_that_the_scale_does_not_have() -> None:
    found = understand("lips 15", DAILY.questions, CHECKINS.words["en"])
    assert found == OutOfRange(question=LIPS)


@given(st.text(max_size=60), st.sampled_from(["en", "es", "hi"]))
def test_any_text_is_read_without_harm(text: str, language: str) -> None:
    words = CHECKINS.words[language]
    found = understand(text, DAILY.questions, words, awaited=LIPS)
    if isinstance(found, Understood):
        numbers = [value for name, value in found.values.items() if name != "dose"]
        assert all(0 <= int(value) <= 10 for value in numbers)
    dose_sentence(text, words, NOW)


@pytest.mark.parametrize(
    ("language", "text", "day", "at"),
    [
        ("en", "took it at 9 last night", date(2026, 12, 1), time(21)),
        ("en", "took it at 8:30", date(2026, 12, 2), time(8, 30)),
        ("en", "took it at 10", date(2026, 12, 1), time(10)),
        ("en", "forgot on Monday", date(2026, 11, 30), None),
        ("en", "took it two days ago", date(2026, 11, 30), None),
        ("es", "me la tomé anoche a las 9", date(2026, 12, 1), time(21)),
        ("hi", "कल रात 9 बजे ले लिया", date(2026, 12, 1), time(21)),
    ],
)
def test_which_day_and_hour_are_meant(language: str, text: str, day: date, at: time | None) -> None:
    found = said_day(text, CHECKINS.words[language], NOW)
    assert found is not None
    assert (found.day, found.at) == (day, at)


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "took it, same as yesterday"), ("es", "ya me la tomé, todo igual que ayer")],
)
def test_the_same_as_yesterday_is_about_today(language: str, text: str) -> None:
    assert said_day(text, CHECKINS.words[language], NOW) is None


def test_took_two_names_no_hour() -> None:
    assert said_day("took 2", CHECKINS.words["en"], NOW) is None


@pytest.mark.parametrize(
    ("text", "is_taken"), [("took it at 9 last night", True), ("forgot yesterday", False)]
)
def test_a_sentence_tells_of_an_intake_or_of_none(text: str, *, is_taken: bool) -> None:
    found = dose_sentence(text, CHECKINS.words["en"], NOW)
    assert found is not None
    assert found.is_taken is is_taken


@pytest.mark.parametrize(
    "text", ["took it?", "should I take it", "took ibuprofen last night", "I took the bus at 9"]
)
def test_no_report_of_the_capsule(text: str) -> None:
    assert dose_sentence(text, CHECKINS.words["en"], NOW) is None


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        ("en", "my lips are pretty dry, like a 6, skin fine", {"lips": "6", "skin": "0"}),
        ("en", "6 lips 4 skin", {"lips": "6", "skin": "4"}),
        ("hi", "honth 4 kuchh 2 man 1", {"lips": "4", "mood": "1"}),
        ("en", "lisp 6", {"lips": "6"}),
        ("en", "a little", {"lips": "3"}),
        ("es", "mucho", {"lips": "7"}),
    ],
)
def test_a_number_goes_to_the_name_it_stands_with(
    language: str, text: str, values: dict[str, str]
) -> None:
    found = understand(text, DAILY.questions, CHECKINS.words[language], awaited=LIPS)
    assert isinstance(found, Understood)
    assert found.values == values


def test_a_mistyped_name_has_to_be_confirmed() -> None:
    found = understand("skni 3", DAILY.questions, CHECKINS.words["en"])
    assert isinstance(found, Understood)
    assert not found.is_exact


@pytest.mark.parametrize(
    ("language", "text", "between"),
    [
        ("en", "between 3 and 4", (3, 4)),
        ("en", "6 or 7", (6, 7)),
        ("en", "3-4", (3, 4)),
        ("en", "two and a half", (2, 3)),
        ("es", "dos y medio", (2, 3)),
        ("es", "entre 3 y 4", (3, 4)),
    ],
)
def test_of_two_numbers_one_is_asked_for(
    language: str, text: str, between: tuple[int, int]
) -> None:
    words, said = messages().vocabularies[language], CHECKINS.words[language]
    found = parse_answer(text, LIPS, words, said)
    assert isinstance(found, NotWhole)
    assert (found.below, found.above) == between


@pytest.mark.parametrize(
    ("text", "is_one"), [("maybe a 4?", True), ("4?", True), ("is 4 bad?", False), ("why?", False)]
)
def test_a_question_mark_may_be_only_a_doubt(text: str, *, is_one: bool) -> None:
    assert is_an_answer_in_doubt(text, DAILY.questions, CHECKINS.words["en"]) is is_one


def test_forgot_yesterday_but_took_todays_are_two() -> None:
    said = CHECKINS.words["en"]
    found = dose_sentences("i forgot to take it yesterday but took todays", said, NOW)
    assert [(one.is_taken, one.when and one.when.day.day) for one in found] == [
        (False, 1),
        (True, 2),
    ]
    assert found[0].reason == "forgot"
