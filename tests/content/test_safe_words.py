"""Do the words keep what the table of hazards promises of them?"""

import re
from pathlib import Path

import pytest

from bot.content.checkins import load_checkins
from bot.content.faq_files import Wording
from bot.content.faq_library import load_library
from bot.content.messages import load_messages
from bot.domain.identity import Channel, Region

CONTENT = Path(__file__).parents[2] / "content"
LIBRARY = load_library(CONTENT / "faq")
MESSAGES = load_messages(CONTENT / "messages")
CHECKINS = load_checkins(CONTENT / "checkins")
LANGUAGES = MESSAGES.languages

UNASKED = ("dose-reminder", "dose-nudge", "checkin-question")
"""What lights up a phone without a message before it."""
TELLING = ("acne", "acné", "akne", "मुँहासे", "मुंहासे", "pregnan", "embaraz", "गर्भ")
CLINICS_WORD = {
    "en": re.compile(r"clinic\b.*\bOK\b", re.DOTALL),
    "es": re.compile(r"cl[ií]nica\b.*visto bueno", re.DOTALL),
    "hi": re.compile(r"क्लिनिक.*मंज़ूरी", re.DOTALL),
}
"""The clinic, and its consent after it."""


def _telling_words() -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in LIBRARY.medicines.ours)
    return re.compile(rf"(?<!\w)(?:{names})(?!\w)|{'|'.join(TELLING)}", re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", list(Channel))
def test_nothing_unasked_names_the_medicine_or_why_it_is_taken(
    language: str, channel: Channel
) -> None:
    questionnaire = CHECKINS.questionnaire("daily")
    texts = [MESSAGES.form(name, language).source(channel) for name in UNASKED]
    texts += [
        CHECKINS.prompt("daily", question.id, language=language, channel=channel)
        for question in questionnaire.questions
    ]
    assert len(texts) == len(UNASKED) + len(questionnaire.questions)
    assert [text for text in texts if _telling_words().search(text)] == []


def test_a_telling_word_would_be_found() -> None:
    assert _telling_words().search("Your Roaccutane capsule")
    assert _telling_words().search("Your acne today?")
    assert not _telling_words().search("Your isolated capsule")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_end_of_contraception_is_the_clinics_word_and_no_date(language: str) -> None:
    topic = LIBRARY.languages[language].topics["when-to-stop-contraception"]
    forms: dict[str, Wording] = {"everywhere": topic}
    forms.update({str(region): form for region, form in topic.regional.items()})
    texts = {
        (place, channel): text
        for place, form in forms.items()
        for channel, text in (("chat", form.answer), ("sms", form.sms))
    }
    assert {"us", "uk", "eu", "in"} <= forms.keys()
    assert [key for key, text in texts.items() if not CLINICS_WORD[language].search(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("region", [one for one in Region if one is not Region.UNKNOWN])
def test_a_topic_of_another_region_is_never_on_offer(language: str, region: Region) -> None:
    offered = LIBRARY.topics(language, region)
    threads = LIBRARY.threads(language, region)
    elsewhere = {
        topic.id
        for files in LIBRARY.languages.values()
        for topic in files.topics.values()
        if topic.regions and region.value not in topic.regions
    }
    assert elsewhere
    assert offered & elsewhere == frozenset()
    assert {topic for topics in threads.values() for topic in topics} & elsewhere == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", list(Channel))
def test_an_answer_that_no_clinician_reviewed_says_so(language: str, channel: Channel) -> None:
    files = LIBRARY.languages[language]
    notes = files.notes
    assert notes is not None
    told = notes.not_reviewed_sms if channel is Channel.SMS else notes.not_reviewed
    unreviewed = [topic.id for topic in files.topics.values() if topic.review is None]
    assert unreviewed
    silent = [
        topic
        for topic in unreviewed
        if told
        not in LIBRARY.text(
            topic, language=language, region=Region.US, channel=channel, is_full=False
        )
    ]
    assert silent == []
