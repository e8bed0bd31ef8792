"""What is read from the content folder, and when?"""

import os
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from bot.content import Content, load_content, triage_library
from bot.content.faq_library import load_library
from bot.content.triage_library import TriageLibrary
from bot.domain.identity import Region
from bot.domain.reading import Reading
from bot.ports.reader import TextReader
from bot.reader import Reader, load_reader
from bot.settings import Settings

CONTENT = Path(__file__).parents[2] / "content"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All words of the content folder; read once, never changed."""

    content: Content = field(repr=False)
    triage: TriageLibrary = field(repr=False)
    reader: TextReader = field(repr=False)


class LazyReader:
    """The matchers, loaded at the first message or by `load`, whichever comes first.

    Commands that read no message never load them, and a first start that still has to fit them
    stores messages meanwhile.
    """

    def __init__(self, settings: Settings) -> None:
        """Nothing is loaded yet."""
        self._settings = settings
        self._loading = threading.Lock()
        self._reader: Reader | None = None

    def load(self) -> Reader:
        """The matchers; blocks for half a second, or up to a minute on the very first start."""
        with self._loading:
            if self._reader is None:
                _, _, self._reader = load_reader(
                    CONTENT,
                    cache=cache_folder(self._settings),
                    semantic_model=self._settings.semantic_model_dir,
                    semantic_sha256=self._settings.semantic_model_sha256,
                )
            return self._reader

    def read(self, text: str, *, language: str, region: Region, last_topic: str | None) -> Reading:
        """What was understood of `text`."""
        return self.load().read(text, language=language, region=region, last_topic=last_topic)


def load_words(settings: Settings) -> Words:
    """Everything of the content folder. Raises ContentError where a file is wrong."""
    triage = triage_library.load(CONTENT / "triage")
    content = load_content(CONTENT, triage=triage, answers=load_library(CONTENT / "faq"))
    return Words(content=content, triage=triage, reader=LazyReader(settings))


def cache_folder(settings: Settings) -> Path:
    """Where fitted models are kept: with the environment, so that a new data folder starts fast."""
    shared = Path(sys.prefix) / "var" / "balm"
    try:
        shared.mkdir(parents=True, exist_ok=True)
    except OSError:
        return settings.data_dir / "cache"
    return shared if os.access(shared, os.W_OK) else settings.data_dir / "cache"
