"""The library of answers over a small folder: reading, refusing, fitting and keeping."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.content import faq_cache
from bot.content.faq_cache import Encoder, content_key, fitted_model
from bot.content.faq_library import FaqLibrary, load_library
from bot.content.faq_lint import lint, reading_grade
from bot.content.word_table import load_table
from bot.content.yaml_loader import ContentError
from bot.domain.faq import match
from bot.domain.identity import Channel, Region

TOPIC = """\
id: {id}
version: "1"
tier: 2
risk: routine
title: {title}
answer: |
  Use a **thick** balm.
sms: "Use a thick balm."
{more}sources:
- {{title: "NHS", url: "https://www.nhs.uk/", read: "2026-11-23"}}
questions: [{questions}]
"""
NOTES = """\
not_reviewed: "Not reviewed."
not_reviewed_sms: "Unreviewed."
reviewed: "Reviewed by {by} on {on}."
source: "Source: {titles}"
more_sms: "Reply MORE."
other_language: "English only."
other_region: "Another country."
"""
LIPS = "my lips are dry, cracked lips, balm for lips, lips bleed when i smile"
BEER = "can i drink beer, wine at dinner, is alcohol ok, vodka at a party"
SUN = "do i need sunscreen, sunburn at the beach, tanning in the sun, sun cream for my face"


def put(folder: Path, name: str, questions: str, *, more: str = "", title: str = "Title") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = TOPIC.format(id=name, title=title, more=more, questions=questions)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    english, spanish = tmp_path / "faq" / "en", tmp_path / "faq" / "es"
    regional = "regional:\n  us: {answer: 'US words.', sms: 'US text.'}\n"
    put(english, "dry-lips", LIPS, more=regional, title="Dry lips")
    put(english, "alcohol", BEER, more="regions: [uk]\n")
    put(english, "sun", SUN, more="thread: skin-and-lips\n")
    put(spanish, "dry-lips", "labios secos, labios partidos", title="Labios secos")
    for part in (english, spanish):
        (part / "_notes.yaml").write_text(NOTES, encoding="utf-8")
    (spanish / "_glossary.yaml").write_text(
        "words:\n  beer: [cerveza]\n  can i drink: [puedo tomar]\n", encoding="utf-8"
    )
    return tmp_path / "faq"


@pytest.fixture
def library(folder: Path) -> FaqLibrary:
    return load_library(folder)


class TestTexts:
    def test_chat_form_has_sources_and_review_below(self, library: FaqLibrary) -> None:
        text = library.text(
            "dry-lips",
            language="en",
            region=Region.UNKNOWN,
            channel=Channel.TELEGRAM,
            is_full=False,
        )
        assert text == "Use a **thick** balm.\n\nSource: NHS\nNot reviewed."

    def test_sms_form_is_short_and_plain(self, library: FaqLibrary) -> None:
        how = {"language": "en", "region": Region.UNKNOWN, "channel": Channel.SMS}
        short = library.text("dry-lips", is_full=False, **how)  # type: ignore[arg-type]  # a shorthand
        whole = library.text("dry-lips", is_full=True, **how)  # type: ignore[arg-type]  # a shorthand
        assert short == "Use a thick balm. Unreviewed. Reply MORE."
        assert "**" not in whole
        assert "Source: NHS" in whole

    @pytest.mark.parametrize(
        ("region", "words"), [(Region.US, "US words."), (Region.UK, "Use a **thick** balm.")]
    )
    def test_region_chooses_the_wording(
        self, library: FaqLibrary, region: Region, words: str
    ) -> None:
        text = library.text(
            "dry-lips", language="en", region=region, channel=Channel.TELEGRAM, is_full=False
        )
        assert text.startswith(words)

    def test_a_missing_translation_is_said(self, library: FaqLibrary) -> None:
        text = library.text(
            "sun", language="es", region=Region.US, channel=Channel.TELEGRAM, is_full=False
        )
        assert text.startswith("English only.")
        assert library.title("dry-lips", language="es-MX") == "Labios secos"

    def test_topics_and_threads_follow_the_region(self, library: FaqLibrary) -> None:
        assert library.topics("es", Region.US) == {"dry-lips", "sun"}
        assert "alcohol" in library.topics("en", Region.UK)
        assert library.threads("en", Region.US) == {"skin-and-lips": ("sun",)}

    def test_unknown_names_are_errors_of_the_caller(self, library: FaqLibrary) -> None:
        with pytest.raises(KeyError):
            library.title("gone", language="en")
        with pytest.raises(KeyError):
            library.reply("gone", language="en")


class TestRefusing:
    def test_a_name_that_differs_from_its_file(self, folder: Path) -> None:
        path = folder / "en" / "sun.yaml"
        path.rename(folder / "en" / "moon.yaml")
        with pytest.raises(ContentError, match=r"moon\.yaml:1:5: the id 'sun' differs"):
            load_library(folder)

    def test_a_folder_without_english(self, tmp_path: Path) -> None:
        with pytest.raises(ContentError, match="no folder 'en'"):
            load_library(tmp_path)

    def test_a_phrase_of_two_concepts(self, folder: Path) -> None:
        path = folder / "en" / "_concepts.yaml"
        path.write_text("concepts:\n  one: [lip balm]\n  two: [Lip-Balm]\n", encoding="utf-8")
        with pytest.raises(ContentError, match=r"_concepts\.yaml:3:9"):
            load_library(folder)

    def test_a_word_table_other_than_recorded(self, tmp_path: Path) -> None:
        (tmp_path / "words-en.npz").write_bytes(b"x")
        (tmp_path / "words-en.sha256").write_text("0" * 64, encoding="ascii")
        with pytest.raises(ContentError, match="differs from its SHA-256"):
            load_table(tmp_path, "en")
        assert load_table(tmp_path, "es") is None


class TestLint:
    def test_finds_doubles_links_and_what_is_missing(self, folder: Path) -> None:
        put(folder / "en", "moon", "Cracked lips!, moonlight", more="related: [gone]\n")
        put(folder / "es", "solo", "nada")
        reasons = [one.reason for one in lint(load_library(folder), today=date(2026, 1, 1))]
        assert any("stands in 'dry-lips' too" in reason for reason in reasons)
        assert any("'gone' is no topic" in reason for reason in reasons)
        assert any("no such topic in English" in reason for reason in reasons)

    def test_finds_a_review_that_has_ended(self, folder: Path) -> None:
        put(
            folder / "en",
            "moon",
            "moonlight",
            more='review: {by: "Dr A", on: "2025-01-01", until: "2026-01-01"}\n',
        )
        library = load_library(folder)
        ended = [one for one in lint(library, today=date(2026, 1, 2)) if "ended" in one.reason]
        assert [one.path.name for one in ended] == ["moon.yaml"]
        assert not [one for one in lint(library, today=date(2026, 1, 1)) if "ended" in one.reason]

    def test_finds_what_is_too_long_or_too_hard(self, folder: Path) -> None:
        path = folder / "en" / "sun.yaml"
        hard = "Photosensitivity necessitates comprehensive dermatological precautionary measures."
        text = path.read_text(encoding="utf-8")
        text = text.replace("Use a **thick** balm.", hard)
        text = text.replace('"Use a thick balm."', f'"{"word " * 80}"')
        path.write_text(text, encoding="utf-8")
        found = {str(one) for one in lint(load_library(folder), today=date(2026, 1, 1))}
        assert any("sun.yaml:8:6: error: 3 SMS segments" in one for one in found)
        assert any("sun.yaml:6:9: error: reading grade" in one for one in found)

    def test_reading_grade_orders_texts(self) -> None:
        easy = reading_grade("Use a thick balm. Call us if it bleeds.")
        hard = reading_grade("Apply an occlusive preparation immediately following ablution.")
        assert easy is not None
        assert hard is not None
        assert easy < 4 < hard
        assert reading_grade("") == 0.0
        assert reading_grade("Absorica LD xqzt.") is not None


class TestKeeping:
    def test_what_was_kept_answers_the_same(self, library: FaqLibrary, tmp_path: Path) -> None:
        fresh = fitted_model(library)
        first = fitted_model(library, cache=tmp_path / "kept")
        again = fitted_model(library, cache=tmp_path / "kept")
        for text in ("cracked lips", "beer", "sunburn", "labios secos", "nothing of this"):
            answers = {match(text, one, language="en") for one in (fresh, first, again)}
            assert len(answers) == 1

    def test_is_read_and_not_fitted_again(
        self, library: FaqLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fitted_model(library, cache=tmp_path)

        def fit_again(*_: object, **__: object) -> None:
            raise AssertionError("fitted although nothing has changed")

        monkeypatch.setattr(faq_cache, "fit_language", fit_again)
        assert fitted_model(library, cache=tmp_path).languages.keys() == {"en", "es"}

    def test_a_damaged_file_is_made_anew(self, library: FaqLibrary, tmp_path: Path) -> None:
        fitted_model(library, cache=tmp_path)
        for path in tmp_path.glob("faq-en-*.npz"):
            path.write_bytes(path.read_bytes()[:2_000])
        model = fitted_model(library, cache=tmp_path)
        assert match("cracked lips", model, language="en").topics[0] == "dry-lips"

    def test_the_key_follows_content_and_encoder(self, folder: Path) -> None:
        before = load_library(folder)
        key = content_key(before, "en", None, tables=folder)
        assert key == content_key(load_library(folder), "en", None, tables=folder)
        assert key != content_key(before, "en", Encoder(name="a", embed=_embed), tables=folder)
        put(folder / "en", "sun", f"{SUN}, is it sunny")
        assert key != content_key(load_library(folder), "en", None, tables=folder)

    def test_only_a_few_files_are_kept(self, folder: Path, tmp_path: Path) -> None:
        for number in range(7):
            put(folder / "en", "sun", f"{SUN}, question number {number}")
            fitted_model(load_library(folder), cache=tmp_path / "kept")
        kept = list((tmp_path / "kept").iterdir())
        assert len([path for path in kept if path.name.startswith("faq-en-")]) == 8

    def test_an_encoder_is_used_where_it_helps(self, library: FaqLibrary) -> None:
        model = fitted_model(library, encoder=Encoder(name="a", embed=_embed))
        vector = _embed(["balm"])[0]
        english = model.languages["en"]
        assert english.encoded is not None
        found = match("zzz", model, language="en", vector=vector)
        assert found.topics[0] == "dry-lips"

    def test_english_helps_the_other_languages(self, library: FaqLibrary) -> None:
        model = fitted_model(library)
        found = match("puedo tomar cerveza", model, language="es")
        assert found.topics[0] == "alcohol"


def _embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """A stand-in encoder that only knows lips, drinks and the sun."""
    hints = (("lip", "balm"), ("beer", "wine", "alcohol", "vodka"), ("sun", "tan"))
    rows = [[float(any(h in text for h in group)) for group in hints] + [0.1] for text in texts]
    vectors = np.array(rows, dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors
