"""Are the questionnaires in order, and is every mistake in one named with its place?"""

from pathlib import Path

import pytest

from bot.content.checkins import load_checkins, schema
from bot.content.faq_library import load_library
from bot.content.learning import load_learning
from bot.content.triage_library import load as load_triage
from bot.content.yaml_loader import ContentError
from bot.domain.identity import Channel
from bot.domain.sms_size import sms_size
from bot.domain.vocabulary import fold
from tests.content.test_messages import CARRIER_KEYWORDS

CONTENT = Path(__file__).parents[2] / "content"
CHECKINS = load_checkins(CONTENT / "checkins")
SHIPPED = {"after-course", "daily", "first-week", "monthly", "mood", "weekly"}
LANGUAGES = ("en", "es", "hi")


def test_what_is_shipped() -> None:
    assert set(CHECKINS.files) == SHIPPED


def test_the_published_schema_is_that_of_the_code() -> None:
    published = (CONTENT / "schemas" / "checkin.schema.json").read_text(encoding="utf-8")
    assert published == schema()


@pytest.mark.parametrize("name", sorted(SHIPPED))
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_fits_its_text_messages(name: str, language: str) -> None:
    for question in CHECKINS.questionnaire(name).questions:
        prompt = CHECKINS.prompt(name, question.id, language=language, channel=Channel.SMS)
        size = sms_size(prompt)
        assert size.segments <= (4 if language == "hi" else 2), prompt
        assert language == "hi" or size.alphabet == "GSM-7", prompt


def test_every_flag_is_a_category_of_the_triage() -> None:
    known = load_triage(CONTENT / "triage").rules
    flags = {
        category
        for questionnaire in CHECKINS.questionnaires
        for question in questionnaire.questions
        for category in (question.flags or {}).values()
    }
    assert flags
    assert flags <= set(known)


def test_every_topic_is_an_answer() -> None:
    topics = set(load_library(CONTENT / "faq").languages["en"].topics)
    named = {
        topic
        for questionnaire in CHECKINS.questionnaires
        for question in questionnaire.questions
        for topic in question.topics
    }
    assert named <= topics
    assert load_learning(CONTENT / "learning" / "weekly.yaml", topics).tips


def test_mood_instruments_open_only_when_somebody_is_there() -> None:
    mood = CHECKINS.questionnaire("mood")
    assert mood.is_private
    assert mood.adults_only
    assert mood.cover is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_means_two_levels_or_a_keyword(language: str) -> None:
    words = CHECKINS.words[language]
    assert not set(words.levels) & {fold(one) for one in CARRIER_KEYWORDS}
    for meaning in ("all_good", "same", "taken", "not_taken"):
        assert not words.phrases[meaning] & CARRIER_KEYWORDS
    assert not words.phrases["taken"] & words.phrases["not_taken"]


GOOD = (CONTENT / "checkins" / "mood.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("is_private: true\n", "", "opens only after READY"),
        ("cover_hours: 4\n", "", "needs cover_hours"),
        ("adults_only: true\n", "", "under 18"),
        ("name: gad-2", "name: phq-9", "real_time_cover"),
        ("    questions: [nervous, worry]", "    questions: [nervous, sleep]", "no question"),
        ("id: mood\n", "id: moods\n", "the file is called"),
        ("    kind: choice\n", "    kind: scale\n", "a choice needs choices"),
        ('  at: "10:00"', "  at: 10 o'clock", 'write the hour as "HH:MM"'),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert old in GOOD
    (tmp_path / "words").symlink_to(CONTENT / "checkins" / "words")
    path = tmp_path / "mood.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=reason) as caught:
        load_checkins(tmp_path)
    assert str(caught.value).startswith(f"{path}:")
    assert caught.value.line >= 1
