"""What was meant by a message? All matchers behind one call, loaded from the content."""

from dataclasses import dataclass
from pathlib import Path

from bot.content import triage_library
from bot.content.checkins import load_checkins
from bot.content.faq_cache import Encoder, fitted_model
from bot.content.faq_library import FaqLibrary, load_library
from bot.content.messages import load_messages
from bot.content.stop_library import fitted_stop, load_stop
from bot.content.triage_library import TriageLibrary
from bot.content.triage_model import fitted_triage, invited_words, ordinary_questions
from bot.content.word_table import TABLE_FOLDER, load_table
from bot.domain import faq, stop_intent, triage
from bot.domain.faq import FaqModel
from bot.domain.identity import Region
from bot.domain.lexical.groups import Floats
from bot.domain.reading import Reading
from bot.domain.stop_intent import Meaning, StopModel
from bot.domain.triage import TriageModel
from bot.encoder import EncoderUnusable, OnnxEncoder
from bot.logs import event, warning
from bot.ports.encoder import SentenceEncoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads a message once for danger, a wish to stop, and a topic; threads may share it."""

    faq: FaqModel
    triage: TriageModel
    stop: StopModel
    encoder: SentenceEncoder | None = None

    def read(
        self, text: str, *, language: str, region: Region, last_topic: str | None = None
    ) -> Reading:
        """What was understood of `text`; never raises, whatever the text."""
        vector = self.vector(text)
        return Reading(
            stop=stop_intent.read(text, self.stop),
            red_flag=triage.read(text, self.triage, language=language, vector=vector),
            faq=faq.match(
                text,
                self.faq,
                language=language,
                region=region,
                last_topic=last_topic,
                vector=vector,
            ),
        )

    def stop_meaning(self, text: str, *, language: str) -> Meaning:
        """What an opt-out-like message means, danger included."""
        vector = self.vector(text)
        red_flag = triage.read(text, self.triage, language=language, vector=vector)
        return stop_intent.meaning(text, self.stop, red_flag=red_flag)

    def vector(self, text: str) -> Floats | None:
        """The unit vector of `text` by the sentence encoder, or None without one."""
        if self.encoder is None or not text.strip():
            return None
        vector: Floats = self.encoder.embed([text])[0]
        return vector


def load_reader(
    content: Path,
    *,
    cache: Path | None = None,
    semantic_model: Path | None = None,
    semantic_sha256: str | None = None,
    faq_folder: Path | None = None,
) -> tuple[FaqLibrary, TriageLibrary, Reader]:
    """The libraries of `content` and the reader fitted from them.

    Takes about half a second when `cache` holds the fitted models, else up to a minute: callers in
    an event loop use a thread. `faq_folder` replaces the FAQ of `content` by another one.

    Raises:
        ContentError: a file of the content is wrong.
    """
    encoder = load_encoder(semantic_model, sha256=semantic_sha256)
    fitting = Encoder(name=encoder.name, embed=encoder.embed) if encoder else None
    library, matcher = load_matcher(content, cache=cache, encoder=fitting, faq_folder=faq_folder)
    dangers = triage_library.load(content / "triage")
    ordinary = ordinary_lines(content, library, dangers)
    reader = Reader(
        faq=matcher,
        triage=load_triage(content, library, cache=cache, encoder=fitting, dangers=dangers),
        stop=fitted_stop(
            load_stop(content / "triage" / "stop"),
            harmless=[*dangers.harmless(), *ordinary],
            flags=dangers.flags(),
            cache=cache,
        ),
        encoder=encoder,
    )
    return library, dangers, reader


def load_matcher(
    content: Path,
    *,
    cache: Path | None = None,
    encoder: Encoder | None = None,
    faq_folder: Path | None = None,
) -> tuple[FaqLibrary, FaqModel]:
    """The answers of `content` and their matcher alone, without the red flags.

    Raises:
        ContentError: a file of the content is wrong.
    """
    library = load_library(faq_folder or content / "faq")
    tables = content / "faq" / TABLE_FOLDER
    return library, fitted_model(library, cache=cache, encoder=encoder, tables=tables)


def load_triage(
    content: Path,
    library: FaqLibrary,
    *,
    cache: Path | None = None,
    encoder: Encoder | None = None,
    dangers: TriageLibrary | None = None,
) -> TriageModel:
    """The red flags of `content`, or of `dangers` that were read from it before.

    Raises:
        ContentError: a file of the content is wrong.
    """
    dangers = dangers or triage_library.load(content / "triage")
    return fitted_triage(
        dangers,
        ordinary=ordinary_lines(content, library, dangers),
        table=load_table(content / "faq" / TABLE_FOLDER, "en"),
        encoder=encoder,
        cache=cache,
    )


def ordinary_lines(content: Path, library: FaqLibrary, dangers: TriageLibrary) -> list[str]:
    """Messages that tell of no danger: everyday questions, and the words that Balm asks for."""
    asked = ordinary_questions(library, dangers.policy)
    messages, checkins = load_messages(content / "messages"), load_checkins(content / "checkins")
    invited = invited_words(messages, checkins, dangers.policy)
    return list(dict.fromkeys([*asked, *invited]))


def load_encoder(folder: Path | None, *, sha256: str | None = None) -> SentenceEncoder | None:
    """The sentence encoder in `folder`; None, with a line in the log, when there is none.

    Its model must have the SHA-256 `sha256`, or else the one recorded beside it, if there is one.
    """
    if folder is None:
        event("encoder", state="lexical-only", reason="not-configured")
        return None
    try:
        encoder = OnnxEncoder(folder, sha256=sha256)
    except EncoderUnusable:
        warning("encoder", state="lexical-only", reason="unusable", path=str(folder))
        return None
    event("encoder", state="loaded", version=encoder.name[:12])
    return encoder
