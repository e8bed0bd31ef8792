"""What was meant by a message? All matchers behind one call, loaded from the content."""

from dataclasses import dataclass
from pathlib import Path

from bot.content import triage_library
from bot.content.faq_cache import Encoder, fitted_model
from bot.content.faq_library import FaqLibrary, load_library
from bot.content.triage_library import TriageLibrary
from bot.domain import faq, triage
from bot.domain.faq import FaqModel
from bot.domain.identity import Region
from bot.domain.lexical import Example
from bot.domain.lexical.groups import Floats
from bot.domain.reading import Reading
from bot.domain.triage import NONE, TriageModel
from bot.encoder import EncoderUnusable, OnnxEncoder
from bot.logs import event, warning
from bot.ports.encoder import SentenceEncoder


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads a message once for danger and for a topic; safe to share between threads."""

    faq: FaqModel
    triage: TriageModel
    encoder: SentenceEncoder | None = None

    def read(
        self, text: str, *, language: str, region: Region, last_topic: str | None = None
    ) -> Reading:
        """What was understood of `text`; never raises, whatever the text."""
        vector = self._vector(text)
        return Reading(
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

    def _vector(self, text: str) -> Floats | None:
        if self.encoder is None or not text.strip():
            return None
        vector: Floats = self.encoder.embed([text])[0]
        return vector


def load_reader(
    content: Path, *, cache: Path | None = None, semantic_model: Path | None = None
) -> tuple[FaqLibrary, TriageLibrary, Reader]:
    """The libraries of `content` and the reader fitted from them.

    Takes about half a second when `cache` holds the fitted models, else up to a minute: callers in
    an event loop use a thread.

    Raises:
        ContentError: a file of the content is wrong.
    """
    library = load_library(content / "faq")
    dangers = triage_library.load(content / "triage")
    encoder = load_encoder(semantic_model)
    fitting = Encoder(name=encoder.name, embed=encoder.embed) if encoder else None
    reader = Reader(
        faq=fitted_model(library, cache=cache, encoder=fitting),
        triage=_triage_model(dangers),
        encoder=encoder,
    )
    return library, dangers, reader


def load_encoder(folder: Path | None) -> SentenceEncoder | None:
    """The sentence encoder in `folder`; None, with a line in the log, when there is none."""
    if folder is None:
        event("encoder", state="lexical-only", reason="not-configured")
        return None
    try:
        encoder = OnnxEncoder(folder)
    except EncoderUnusable:
        warning("encoder", state="lexical-only", reason="unusable", path=str(folder))
        return None
    event("encoder", state="loaded", version=encoder.name[:12])
    return encoder


def _triage_model(library: TriageLibrary) -> TriageModel:
    examples = [
        Example(text=text, label=label)
        for lines in library.lines
        for label, texts in ((lines.id, lines.examples), (NONE, lines.near_misses))
        for text in texts
    ]
    known = tuple(
        Example(text=one.text, label=one.label if one.label in library.levels else NONE)
        for one in examples
    )
    return triage.fit_triage(known, library.levels)
