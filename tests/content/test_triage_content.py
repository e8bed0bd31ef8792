"""Is every emergency text complete, short, true, and in every language; are the lines sound?"""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.content.messages import load_messages
from bot.content.stop_library import load_stop
from bot.content.triage_library import FlagMessage, load
from bot.content.yaml_loader import ContentError
from bot.domain.identity import ClinicId, Region
from bot.domain.patient import Clinic
from bot.domain.sms_size import sms_size
from bot.domain.vocabulary import fold

CONTENT = Path(__file__).parents[2] / "content"
LIBRARY = load(CONTENT / "triage")
STOP = load_stop(CONTENT / "triage" / "stop")
CATEGORIES = [
    "rf-suicide",
    "rf-selfharm",
    "rf-psychosis-mania",
    "rf-severe-low-mood",
    "rf-pregnant",
    "rf-contraception-failure",
    "rf-head-pressure",
    "rf-abdomen-pancreas",
    "rf-jaundice",
    "rf-bowel-bleed",
    "rf-chest-stroke-clot",
    "rf-anaphylaxis",
    "rf-severe-skin",
    "rf-rhabdo",
    "rf-vision",
    "rf-hearing",
    "rf-seizure-faint",
    "rf-overdose",
    "rf-child-took",
    "rf-other-person-took",
    "rf-pregnant-contact",
    "rf-abuse-coercion",
    "rf-sepsis-fulminans",
    "rf-tetracycline-mix",
    "rf-violence-others",
    "rf-bleed-nose",
]
LANGUAGES = ("en", "es", "hi")
SEGMENTS = {"en": 2, "es": 2, "hi": 4}
PHONE = "+1 555 010 0199"
SATURDAY = datetime(2026, 11, 21, 15, tzinfo=UTC)
SHORT_OF_ONE = {"GSM-7": 153, "UCS-2": 67}
"""Units of the first of several segments."""
NOT_HELD = {
    "rf-child-took",
    "rf-other-person-took",
    "rf-pregnant-contact",
    "rf-abuse-coercion",
    "rf-tetracycline-mix",  # the new medicine waits, not this one
    "rf-bleed-nose",
}
PROMISES = re.compile(
    r"have told|will call you|will contact you|was told|he avisado|te llamar|बता दिया|फ़ोन करेगा",
    re.IGNORECASE,
)


def clinic_in(region: Region, *, has_cover: bool = True, hours: str = "") -> Clinic:
    return Clinic(
        id=ClinicId("clinic"),
        name="Hill Clinic",
        phone=PHONE,
        region=region,
        zone="America/New_York",
        staffed_hours=hours or "Monday to Friday 9:00 to 17:00",
        out_of_hours_cover=has_cover,
    )


def message(
    language: str,
    region: Region,
    *,
    is_sms: bool = True,
    is_check: bool = False,
    to_stranger: bool = False,
    has_cover: bool = True,
    hours: str = "",
) -> FlagMessage:
    return FlagMessage(
        language=language,
        region=region,
        clinic=clinic_in(region, has_cover=has_cover, hours=hours),
        now=SATURDAY,
        is_check=is_check,
        to_stranger=to_stranger,
        is_sms=is_sms,
    )


def numbers_of(region: Region) -> set[str]:
    found = LIBRARY.regions[region].by_name().values()
    return {number for kind in found for number in kind.numbers} | {PHONE}


def test_the_categories_are_those_of_the_fact_sheet() -> None:
    assert sorted(LIBRARY.rules) == sorted(CATEGORIES)
    assert {c for c, rule in LIBRARY.rules.items() if not rule.holds} == NOT_HELD
    assert [c for c, rule in LIBRARY.rules.items() if rule.is_confidential] == ["rf-abuse-coercion"]
    silent = {c for c, rule in LIBRARY.rules.items() if rule.silence_opens}
    assert silent == {
        "rf-suicide",
        "rf-selfharm",
        "rf-overdose",
        "rf-child-took",
        "rf-abuse-coercion",
    }
    assert LIBRARY.confidential_under_18 == {"rf-pregnant", "rf-contraception-failure"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_category_has_its_texts(language: str) -> None:
    assert sorted(LIBRARY.texts[language].categories) == sorted(CATEGORIES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("region", list(Region))
@pytest.mark.parametrize("form", ["emergency", "no-cover", "stranger", "check"])
def test_every_text_fits_its_segments_and_begins_with_help(
    language: str, region: Region, form: str
) -> None:
    for category in CATEGORIES:
        text = LIBRARY.render_flag(
            category,
            message(
                language,
                region,
                is_check=form == "check",
                to_stranger=form == "stranger",
                has_cover=form != "no-cover",
            ),
        )
        size = sms_size(text)
        first = text[: SHORT_OF_ONE[size.alphabet]] if size.segments > 1 else text
        assert size.segments <= SEGMENTS[language], (category, text)
        assert "{{" not in text
        assert PROMISES.search(text) is None, (category, text)
        if form != "check":
            assert any(number in first for number in numbers_of(region)), (category, first)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("is_sms", [True, False])
def test_only_held_categories_say_to_take_no_more(language: str, *, is_sms: bool) -> None:
    hold = LIBRARY.texts[language].hold
    plain = message(language, Region.UK, is_sms=False)
    says_so = {c for c in CATEGORIES if hold in LIBRARY.render_flag(c, plain)}
    assert says_so == set(CATEGORIES) - NOT_HELD
    stranger = message(language, Region.UK, is_sms=is_sms, to_stranger=True)
    assert all(hold not in LIBRARY.render_flag(c, stranger) for c in CATEGORIES)


@pytest.mark.parametrize("category", CATEGORIES)
def test_an_unknown_region_shows_all_emergency_numbers_where_one_is_named(category: str) -> None:
    text = LIBRARY.render_flag(category, message("en", Region.UNKNOWN, is_sms=False))
    shown = {number for number in ("911", "999", "112") if number in text}
    named = "{{ emergency }}" in "".join(
        (
            LIBRARY.texts["en"].categories[category].emergency,
            LIBRARY.texts["en"].categories[category].more,
        )
    )
    assert shown == {"911", "999", "112"} if named else True


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_check_ends_in_the_words_of_the_one_safety_vocabulary(language: str) -> None:
    words = load_messages(CONTENT / "messages").vocabularies[language]
    for category in CATEGORIES:
        text = LIBRARY.render_flag(category, message(language, Region.INDIA, is_check=True))
        assert re.search(r"TALK\b.*\bOK\b", text), text
    assert "talk" in words.words("talk")
    assert "ok" in words.words("safe")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_answer_word_is_a_carrier_keyword(language: str) -> None:
    vocabulary = load_messages(CONTENT / "messages").vocabularies[language]
    answers = {
        fold(word) for meaning in ("talk", "safe", "tell") for word in vocabulary.words(meaning)
    }
    assert answers
    assert answers & STOP.words.keywords == set()


def test_without_cover_the_text_says_when_somebody_reads() -> None:
    told = LIBRARY.render_flag("rf-jaundice", message("en", Region.US, has_cover=False))
    assert told.endswith("Nobody at the clinic reads this before Mon 9:00.")
    assert "alerting" not in told
    unclear = message("en", Region.US, has_cover=False, hours="mornings, mostly")
    assert LIBRARY.render_flag("rf-jaundice", unclear).endswith("in its hours: mornings, mostly.")


def test_the_text_on_abuse_is_discreet() -> None:
    for language in LANGUAGES:
        text = LIBRARY.render_flag("rf-abuse-coercion", message(language, Region.US))
        assert sms_size(text).segments <= SEGMENTS[language]
        assert not re.search(r"clinic|cl[ií]nica|क्लिनिक|capsule|acne|rape|abuse", text, re.I), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_on_a_late_period_does_not_name_pregnancy_on_sms(language: str) -> None:
    text = LIBRARY.render_flag("rf-pregnant", message(language, Region.US))
    assert not re.search(r"pregnan|embaraz|गर्भ", text, re.IGNORECASE)


def test_a_late_text_says_when_the_message_was_sent() -> None:
    sent = datetime(2026, 11, 17, 2, 10, tzinfo=UTC)
    text = LIBRARY.render_late(message("en", Region.US), sent_at=sent)
    assert text == ("Your message of Mon 21:10 reached us late. If you still need help now: 911.")


def test_the_numbers_must_be_checked_again_after_six_months() -> None:
    assert LIBRARY.numbers_due_on == date(2027, 5, 23)
    for numbers in LIBRARY.regions.values():
        assert all(kind.source for kind in numbers.by_name().values())
        assert all(set(kind.say) == set(LANGUAGES) for kind in numbers.by_name().values())


def test_no_held_out_line_is_learned_from() -> None:
    held_out = [
        json.loads(line)["text"].strip().casefold()
        for line in (CONTENT / "triage" / "held_out" / "lines.jsonl")
        .read_text("utf-8")
        .splitlines()
    ]
    learned = {
        text.strip().casefold()
        for lines in LIBRARY.lines
        for text in (*lines.examples, *lines.near_misses)
    }
    assert len(held_out) > 1_000
    assert [text for text in held_out if text in learned] == []


def test_there_are_enough_lines_and_none_stands_twice() -> None:
    examples = [text for lines in LIBRARY.lines for text in lines.examples]
    near_misses = [text for lines in LIBRARY.lines for text in lines.near_misses]
    assert len(examples) >= 2500
    assert len(near_misses) >= 1500
    lines = [text.casefold() for text in examples + near_misses]
    folded = [re.sub(r"\W+", " ", text).strip() or text for text in lines]
    assert len(folded) - len(set(folded)) == 0


@pytest.mark.parametrize(
    ("language", "fewest"), [("en", 40), ("es", 12), ("hi", 12), ("hi-Latn", 12)]
)
def test_every_category_is_taught_in_every_language(language: str, fewest: int) -> None:
    taught = {
        lines.id: len(lines.examples) for lines in LIBRARY.lines if lines.language == language
    }
    assert {c: taught.get(c, 0) for c in CATEGORIES if taught.get(c, 0) < fewest} == {}


def test_every_phrase_belongs_to_a_category() -> None:
    for book in LIBRARY.books:
        assert {pattern.category for pattern in book.patterns} == set(CATEGORIES)


@pytest.mark.parametrize("language", sorted(STOP.languages))
def test_every_meaning_of_stop_is_taught(language: str) -> None:
    file = STOP.languages[language]
    fewest = 150 if language == "en" else 40
    for meaning in ("opt_out", "pause_topic", "question"):
        assert len(getattr(file, meaning)) >= fewest, meaning
    assert len(file.clarify) >= 40


def test_a_wrong_key_is_refused_with_its_place(tmp_path: Path) -> None:
    for name in ("categories.yaml", "regions.yaml", "policy.yaml", "lexicon.yaml"):
        (tmp_path / name).write_text((CONTENT / "triage" / name).read_text(encoding="utf-8"))
    broken = (tmp_path / "regions.yaml").read_text(encoding="utf-8")
    (tmp_path / "regions.yaml").write_text(broken.replace("checked_on:", "chekced_on:", 1))
    with pytest.raises(ContentError, match=r"regions\.yaml:\d+:\d+: "):
        load(tmp_path)
