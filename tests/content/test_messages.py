"""Do Balm's own sentences say the same in every language, fit a text message, and read answers?"""

import re
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import liquid
import pytest
from pydantic import RootModel

from bot.content.checkins import load_checkins
from bot.content.labs import load_labs
from bot.content.messages import Messages, load_messages
from bot.content.yaml_loader import load_yaml
from bot.domain.identity import Channel
from bot.domain.sms_size import sms_size
from bot.domain.sms_text import for_sms
from bot.domain.vocabulary import fold

CONTENT = Path(__file__).parents[2] / "content"
MESSAGES: Messages = load_messages(CONTENT / "messages")
LABS = load_labs(CONTENT / "labs")
CHECKINS = load_checkins(CONTENT / "checkins")
LANGUAGES = ("en", "es", "hi")
LABEL_LIMIT = 34
"""Characters that fit on one Telegram button of a narrow phone."""

CARRIER_KEYWORDS = frozenset(
    (
        *("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"),
        *("start", "yes", "unstop", "help", "info"),
    )
)
KEYWORD_FREE = (
    *("talk", "safe", "taken", "later", "not-today", "agree"),
    *("phone-nobody", "phone-sometimes", "phone-yes", "back"),
)
STEPS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "dose": (("taken", "yes"), ("later",), ("not-today",), ("back",)),
    "safety": (("talk",), ("safe",)),
    "consent": (("agree",), ("read-all",), ("no",)),
    "phone": (("phone-nobody",), ("phone-sometimes",), ("phone-yes",)),
    "yes or no": (("yes",), ("no",), ("back",)),
    "anything else": (("nothing",), ("back",), ("yes",)),
}
"""By step of a conversation: groups of meanings that must not share a word."""

SEGMENTS = {"en": 2, "es": 2, "hi": 4}
CONSENT_SEGMENTS = {"en": 4, "es": 4, "hi": 8}
CONSENT = ("consent", "consent-full")

FILLED: Mapping[str, Mapping[str, object]] = {
    "en": {
        "crisis": "988 (call or text)",
        "staffed_hours": "Monday to Friday 9:00 to 17:00",
        "day": "Wednesday, November 25",
        "topics": ("Missed or late capsule", "Sexual function", "Side effects that last"),
    },
    "es": {
        "crisis": "988 (llamada o texto; 2 para español)",
        "staffed_hours": "lunes a viernes 9:00 a 17:00",
        "day": "sábado 28 de noviembre",
        "topics": ("Cápsula olvidada o tarde", "Función sexual", "Efectos que duran"),
    },
    "hi": {
        "crisis": "988 (फ़ोन या SMS)",
        "staffed_hours": "सोमवार से शुक्रवार 9:00 से 17:00",
        "day": "शनिवार 28 नवंबर",
        "topics": ("छूटा या देर से लिया कैप्सूल", "दूध पिलाना", "जोड़ों का दर्द"),
    },
}


def _variables(language: str) -> dict[str, object]:
    filled = FILLED[language]
    topics = filled["topics"]
    assert isinstance(topics, tuple)
    questions = CHECKINS.questionnaire("daily").questions
    label = MESSAGES.label
    shown = [label("yes", language), "10", "2", "3", "10", label("answered-text", language)]
    names = [CHECKINS.name("daily", question.id, language=language) for question in questions]
    return {
        "clinic_name": "Willow Street Dermatology",
        "clinic_phone": "+1 555 010 0100",
        "emergency": "911",
        "crisis": filled["crisis"],
        "staffed_hours": filled["staffed_hours"],
        "time": "20:00",
        "name": "Dr. Marguerite Okonkwo-Fernandez",
        "initials": "M.O.",
        "code": "K7M2",
        "urgency": "emergency",
        "link": f"https://balm.example.org/console/#case-{'0' * 32}",
        "day": filled["day"],
        "first_day": filled["day"],
        "number": 1,
        "count": len(questions),
        "minimum": 0,
        "maximum": 10,
        "title": CHECKINS.title("first-week", language=language),
        "tip": topics[0],
        "week": 3,
        "weeks": 20,
        "is_over": "",
        "days": 21,
        "answered": 18,
        "taken_days": 17,
        "streak": 5,
        "breakouts": "better",
        "breakouts_first": "6",
        "breakouts_lately": "3",
        "dryness": "worse",
        "dryness_first": "2",
        "dryness_lately": "4",
        "low": "31",
        "high": "36",
        "target_low": "120",
        "target_high": "150",
        "next": "lab",
        "next_day": filled["day"],
        "value": "4",
        "below": 2,
        "above": 3,
        "taken": "21:00",
        "prompt": CHECKINS.prompt("daily", "lips", language=language, channel=Channel.SMS),
        "answers": [{"name": n, "shown": s} for n, s in zip(names, shown, strict=True)],
        "example": "Y 2 2 2 2",
        "fix": "LIPS 5",
        "teaches": "yes",
        "topics": [{"letter": a, "title": t} for a, t in zip("ABC", topics, strict=True)],
        "more_number": "4",
        "none_letter": "D",
        "step": "appointment",
        "by": "Wed 12:00",
        "choices": [
            {"number": n, "text": f"{test.labels[language]} 4.2 mmol/L"}
            for n, test in enumerate(LABS.book.tests[:4], start=1)
        ],
        "none_number": 5,
        "waiting": [{"kind": "refill"}, {"kind": "visit"}, {"kind": "broadcast"}],
        "words": "Yes, that is all right. Please drink enough water.",
        "why": "staff-silent",
        "kept_days": 400,
        "since": filled["day"],
        "is_visit": "",
        "not_taken": 2,
        "is_unasked": "yes",
        "subject": "Dryness",
        "change": "worse",
        "before": "2",
        "lately": "4",
        "is_minor": "",
        "is_of_album": "yes",
        "left": filled["day"],
        "left_week": 1,
        "right": filled["day"],
        "right_week": 12,
    }


class _Sections(RootModel[dict[str, dict[str, object]]]):
    """A messages file as it stands, without English standing in for what is missing."""


ENVIRONMENT = liquid.Environment(undefined=liquid.StrictUndefined)


def _rendered(name: str, language: str, channel: Channel) -> str:
    source = MESSAGES.form(name, language).source(channel)
    text = ENVIRONMENT.from_string(source).render(**_variables(language)).strip()
    return for_sms(text) if channel is Channel.SMS else text


def _variables_used(source: str) -> set[str]:
    return set(ENVIRONMENT.from_string(source).analyze().globals)


def _every_form() -> list[tuple[str, str]]:
    return [(language, name) for language in LANGUAGES for name in MESSAGES.forms[language]]


def _words(language: str, meanings: tuple[str, ...]) -> frozenset[str]:
    vocabulary = MESSAGES.vocabularies[language]
    return frozenset().union(*(vocabulary.words(meaning) for meaning in meanings))


def _own_keys(language: str) -> dict[str, frozenset[str]]:
    keys: dict[str, frozenset[str]] = {}
    for path in (CONTENT / "messages" / language).glob("*.yaml"):
        for section, entries in load_yaml(path, _Sections).root.items():
            keys[section] = keys.get(section, frozenset()) | set(entries)
    return keys


def test_every_language_is_offered() -> None:
    assert MESSAGES.languages == LANGUAGES


@pytest.mark.parametrize("language", ["es", "hi"])
def test_same_keys_as_english(language: str) -> None:
    assert _own_keys(language) == _own_keys("en")


@pytest.mark.parametrize(("language", "name"), _every_form())
def test_renders_with_what_is_filled_in(language: str, name: str) -> None:
    for channel in Channel:
        text = _rendered(name, language, channel)
        assert text
        assert "{{" not in text
        assert "{%" not in text


@pytest.mark.parametrize(("language", "name"), _every_form())
def test_uses_the_same_variables_as_english(language: str, name: str) -> None:
    for channel in Channel:
        used = _variables_used(MESSAGES.form(name, language).source(channel))
        assert used == _variables_used(MESSAGES.form(name, "en").source(channel))
        assert used <= set(_variables("en"))


_PHOTOS_BY_SMS = {"photos-sms", "photos-ended"}
"""Of the words on photos only these leave as a text message."""


def _every_text() -> list[tuple[str, str]]:
    """Every message that leaves as words; what is written on a picture never does."""
    never = MESSAGES.files["pictures"] | (MESSAGES.files["photos"] - _PHOTOS_BY_SMS)
    return [form for form in _every_form() if form[1] not in never]


@pytest.mark.parametrize(("language", "name"), _every_text())
def test_fits_its_text_messages(language: str, name: str) -> None:
    limit = (CONSENT_SEGMENTS if name in CONSENT else SEGMENTS)[language]
    assert sms_size(_rendered(name, language, Channel.SMS)).segments <= limit


@pytest.mark.parametrize("first_day", ["", "x"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_enrolled_fits_with_and_without_a_first_day(language: str, first_day: str) -> None:
    source = MESSAGES.form("enrolled", language).source(Channel.SMS)
    values = {**_variables(language)}
    values["first_day"] = values["first_day"] if first_day else ""
    text = ENVIRONMENT.from_string(source).render(**values)
    assert " ." not in text
    assert " ।" not in text
    assert sms_size(for_sms(text)).segments <= SEGMENTS[language]


@pytest.mark.parametrize(("language", "name"), [f for f in _every_text() if f[0] != "hi"])
def test_no_character_forces_the_costly_alphabet(language: str, name: str) -> None:
    source = MESSAGES.form(name, language).source(Channel.SMS)
    assert sms_size(source).alphabet == "GSM-7", source


@pytest.mark.parametrize("language", ["en", "es"])
def test_check_in_questions_stay_in_the_cheap_alphabet(language: str) -> None:
    for question in CHECKINS.questionnaire("daily").questions:
        prompt = CHECKINS.prompt("daily", question.id, language=language, channel=Channel.SMS)
        assert sms_size(prompt).alphabet == "GSM-7", prompt


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("meaning", KEYWORD_FREE)
def test_no_answer_word_is_a_carrier_keyword(meaning: str, language: str) -> None:
    assert not _words(language, (meaning,)) & CARRIER_KEYWORDS


@pytest.mark.parametrize("language", LANGUAGES)
def test_safety_words_are_words_and_no_bare_yes_or_no(language: str) -> None:
    said = _words(language, ("talk", "safe"))
    assert {"talk", "ok"} <= said
    assert not any(character.isdigit() for word in said for character in word)
    assert not said & _words(language, ("no",))
    # "OK" is the word that the question itself asks for; it also means yes elsewhere.
    assert said & _words(language, ("yes",)) == {"ok"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", STEPS)
def test_meanings_of_one_step_share_no_word(step: str, language: str) -> None:
    for one, other in combinations(STEPS[step], 2):
        assert not _words(language, one) & _words(language, other), (one, other)


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_fit_a_button(language: str) -> None:
    too_long = [label for label in MESSAGES.labels[language].values() if len(label) > LABEL_LIMIT]
    assert too_long == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["safety-again"])
def test_safety_words_stand_in_latin_letters(name: str, language: str) -> None:
    for channel in Channel:
        assert {"TALK", "OK"} <= set(re.findall(r"\b[A-Z]+\b", _rendered(name, language, channel)))


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_word_in_capitals_is_understood(language: str) -> None:
    vocabulary = MESSAGES.vocabularies[language]
    known = CARRIER_KEYWORDS.union(*vocabulary.by_meaning.values(), {"join", "sms"})
    for name in MESSAGES.forms[language]:
        source = MESSAGES.form(name, language).source(Channel.SMS)
        asked = re.findall(r"\b[A-ZÑ]{2,}(?: [A-ZÑ]{2,})*\b(?!\d)", source)
        unknown = {word for word in asked if fold(word) not in known}
        assert not unknown, (name, unknown)


@pytest.mark.parametrize(
    ("name", "meaning", "word"),
    [
        ("dose-reminder", "taken", "लिया"),
        ("dose-reminder", "later", "बाद में"),
        ("dose-reminder", "not-today", "आज नहीं"),
        ("dose-nudge", "taken", "लिया"),
        ("checkin-done", "back", "पीछे"),
        ("consent-again", "no", "नहीं"),
        ("menu", "learn", "विषय"),
        ("menu", "checkin", "चेक-इन"),
        ("menu", "pause", "आराम"),
        ("menu", "language", "भाषा"),
        ("menu", "call-me", "कॉल करें"),
        ("paused", "resume", "फिर चालू"),
        ("media-received", "call-me", "कॉल करें"),
    ],
)
def test_words_that_hindi_texts_ask_for_are_understood(name: str, meaning: str, word: str) -> None:
    assert word in MESSAGES.form(name, "hi").source(Channel.SMS)
    assert fold(word) in MESSAGES.vocabularies["hi"].words(meaning)


@pytest.mark.parametrize(
    ("language", "said", "number"),
    [("es", "Tres", 3), ("es", "cero", 0), ("hi", "दस", 10), ("hi", "chhah", 6), ("hi", "२", 2)],
)
def test_number_words(language: str, said: str, number: int) -> None:
    assert MESSAGES.vocabularies[language].number(said) == number


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("said", ["Taken", "SKIP", "y", "not yet"])
def test_english_words_are_understood_in_every_language(language: str, said: str) -> None:
    assert any(fold(said) in words for words in MESSAGES.vocabularies[language].by_meaning.values())


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("Cápsula Sí, Ánimo “bajo”…", 'Capsula Si, Animo "bajo"...'),
        ("¿Mañana? é ü ¡", "¿Mañana? é ü ¡"),
        ("Sí, हाँ", "Sí, हाँ"),
    ],
    ids=["accents go", "what is in the alphabet stays", "Hindi stays whole"],
)
def test_accents_never_triple_the_cost(text: str, sent: str) -> None:
    assert for_sms(text) == sent
