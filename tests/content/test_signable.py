"""Does what is signed hold every word that a patient reads, and is the reviewer named?"""

from dataclasses import replace
from datetime import date

import pytest

from bot.content import load_content
from bot.content.faq_library import FaqLibrary, load_library
from bot.content.signable import Signable
from bot.content.triage_library import load as load_triage
from bot.domain.identity import Channel, Region
from bot.domain.review import Reviewed, TextKind
from bot.domain.sms_size import sms_size
from bot.domain.sms_text import for_sms
from tests.fakes.turns import CONTENT, messages

LIBRARY = load_library(CONTENT / "faq")
TRIAGE = load_triage(CONTENT / "triage")
CONTENTS = load_content(CONTENT, triage=TRIAGE, answers=LIBRARY)
LANGUAGES = ("en", "es", "hi")
RAO = Reviewed(by="Dr Rao", on=date(2026, 12, 1))


def answer_of(topic: str, *, language: str, is_full: bool, reviewed: Reviewed | None) -> str:
    return CONTENTS.topic_text(
        topic,
        language=language,
        region=Region.US,
        channel=Channel.SMS,
        is_full=is_full,
        reviewed=reviewed,
    )


@pytest.mark.parametrize("region", list(Region))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_is_signed_in_the_words_that_are_given(language: str, region: Region) -> None:
    for text in CONTENTS.signable.topics(language, region):
        entry = LIBRARY.languages[text.language].topics[text.name]
        wording = entry.regional.get(region.value, entry)  # type: ignore[call-overload]  # a region without wording of its own
        assert wording.answer in text.words
        assert wording.sms in text.words
        assert (text.kind is TextKind.ROUTINE_TOPIC) is (entry.risk == "routine")


def edited(topic: str, **changes: object) -> FaqLibrary:
    english = LIBRARY.languages["en"]
    entry = english.topics[topic].model_copy(update=changes)
    files = replace(english, topics={**english.topics, topic: entry})
    return replace(LIBRARY, languages={**LIBRARY.languages, "en": files})


@pytest.mark.parametrize(
    ("changes", "is_undone"),
    [
        ({"answer": "Something else."}, True),
        ({"sms": "Something else."}, True),
        ({"title": "Something else"}, True),
        ({"sources": ()}, True),
        ({"questions": ("one more way to ask",)}, False),
        ({"reviewer_note": "looked again"}, False),
    ],
)
def test_an_edit_of_what_patients_read_undoes_a_signature(
    changes: dict[str, object], is_undone: bool
) -> None:
    def signature_of(library: FaqLibrary) -> str:
        return library.signable("dry-lips", language="en", region=Region.US).sha256

    assert (signature_of(edited("dry-lips", **changes)) != signature_of(LIBRARY)) is is_undone


@pytest.mark.parametrize("region", list(Region))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_emergency_text_is_signed_with_its_numbers(language: str, region: Region) -> None:
    flags = CONTENTS.signable.flags(language, region)
    assert {text.name for text in flags} == {f"flag:{name}" for name in TRIAGE.rules}
    for text in flags:
        words = TRIAGE.texts[text.language].categories[text.name.removeprefix("flag:")]
        assert words.emergency in text.words
        assert words.check in text.words
        if "{{ emergency }}" in words.emergency:
            number = TRIAGE.regions[region].emergency.say[text.language]
            assert f"emergency = {number}" in text.words


def test_a_changed_number_undoes_the_signatures_of_the_texts_that_name_it() -> None:
    numbers = TRIAGE.regions[Region.US]
    emergency = numbers.emergency.model_copy(update={"say": {**numbers.emergency.say, "en": "999"}})
    regions = {**TRIAGE.regions, Region.US: numbers.model_copy(update={"emergency": emergency})}
    changed = Signable(
        messages=messages(), triage=replace(TRIAGE, regions=regions), answers=LIBRARY
    )

    def is_undone(name: str) -> bool:
        before = CONTENTS.signable.text(name, language="en", region=Region.US)
        return changed.text(name, language="en", region=Region.US).sha256 != before.sha256

    assert is_undone("flag:rf-suicide")
    assert is_undone("message:consent")
    assert not is_undone("message:fit-thanks")
    assert not is_undone("dry-lips")


def test_consent_and_joining_are_needed_to_enrol_and_a_menu_is_not() -> None:
    kinds = {text.name: text.kind for text in CONTENTS.signable.messages("en", Region.US)}
    assert kinds["message:consent"] is TextKind.ENROLMENT
    assert kinds["message:consent-full"] is TextKind.ENROLMENT
    assert kinds["message:welcome"] is TextKind.ENROLMENT
    assert kinds["message:menu"] is TextKind.MESSAGE


@pytest.mark.parametrize("name", ["nothing", "flag:nothing", "message:nothing"])
def test_there_is_nothing_to_sign_under_an_unknown_name(name: str) -> None:
    with pytest.raises(KeyError):
        CONTENTS.signable.text(name, language="en", region=Region.US)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Reviewed by Dr Rao on December 1, 2026."),
        ("es", "Revisado por Dr Rao el 1 de diciembre de 2026."),
        ("hi", "Dr Rao ने 1 दिसंबर 2026 को जाँचा।"),
    ],
)
def test_a_signed_answer_names_its_reviewer(language: str, told: str) -> None:
    full = answer_of("dry-lips", language=language, is_full=True, reviewed=RAO)
    unsigned = answer_of("dry-lips", language=language, is_full=True, reviewed=None)
    notes = LIBRARY.languages[language].notes
    assert notes is not None
    assert full.endswith(told)
    assert unsigned.endswith(notes.not_reviewed)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_below_a_short_answer_costs_no_further_message(language: str) -> None:
    notes = LIBRARY.languages[language].notes
    assert notes is not None
    for topic, entry in LIBRARY.languages[language].topics.items():
        bare = entry.regional.get("us", entry).sms
        for reviewed in (None, RAO):
            short = answer_of(topic, language=language, is_full=False, reviewed=reviewed)
            owed = bare if reviewed else f"{bare} {notes.not_reviewed_sms}"
            size = sms_size(for_sms(owed)).segments
            assert sms_size(for_sms(short)).segments <= max(size, 2)
            assert (notes.not_reviewed_sms in short) is (reviewed is None)
