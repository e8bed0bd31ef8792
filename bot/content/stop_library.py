"""What does content/triage/stop say, and what classifier follows from it?"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bot.content.fitted_file import Arrays, read_arrays, write_arrays
from bot.content.triage_files import read_lexicon
from bot.content.yaml_loader import load_yaml
from bot.domain import danger, stop_model
from bot.domain.danger import Lexicon
from bot.domain.reading import StopAction
from bot.domain.stop_intent import StopModel, StopWords
from bot.domain.stop_model import OTHER, StopClassifier, StopLine, fit_stop

Lines = Annotated[tuple[str, ...], Field(min_length=1)]
_BORROWED_EVERY = 4
"""Of the lines of other files, every fourth shows what is no wish to hear less."""


class StopFile(BaseModel):
    """Lines of one language, by what they mean."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    opt_out: Lines
    pause_topic: Lines
    question: Lines
    clarify: Lines
    redflag: Lines


class WordsFile(BaseModel):
    """_words.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keywords: frozenset[str]
    also_stop: frozenset[str]
    polite: frozenset[str]
    kinds: Mapping[str, frozenset[str]]
    only: frozenset[str]
    days: Mapping[str, int]
    numbers: Mapping[str, int]
    weekdays: Mapping[str, int]
    until: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLibrary:
    """Everything of content/triage/stop, checked."""

    languages: Mapping[str, StopFile]
    words: StopWords
    lexicon: Lexicon


def load_stop(folder: Path) -> StopLibrary:
    """The library of `folder` (content/triage/stop). Raises ContentError."""
    files = [load_yaml(path, StopFile) for path in sorted(folder.glob("[!_]*.yaml"))]
    return StopLibrary(
        languages={file.language: file for file in files},
        words=load_stop_words(folder),
        lexicon=read_lexicon(folder / "_lexicon.yaml"),
    )


def load_stop_words(folder: Path) -> StopWords:
    """The words of `folder` alone, without any line. Raises ContentError."""
    words = load_yaml(folder / "_words.yaml", WordsFile)
    return StopWords(**{name: getattr(words, name) for name in WordsFile.model_fields})


def fitted_stop(
    library: StopLibrary,
    *,
    harmless: Sequence[str] = (),
    flags: Sequence[str] = (),
    cache: Path | None = None,
) -> StopModel:
    """The reader of `library`, from `cache` where nothing has changed; else fitted in seconds.

    `harmless` and `flags` are lines written for other readers; some of them show this one what is
    no wish to hear less.
    """
    lines = stop_lines(library, harmless=harmless, flags=flags)
    path = cache / f"stop-{_key(library, lines)}.npz" if cache else None
    kept = read_arrays(path) if path else None
    classifier = _from(kept, library) if kept is not None else None
    if classifier is None:
        classifier = fit_stop(lines, lexicon=library.lexicon)
        if path:
            write_arrays(path, classifier.to_arrays(), replaces="stop-*.npz")
    return StopModel(words=library.words, classifier=classifier)


def stop_lines(
    library: StopLibrary, *, harmless: Sequence[str] = (), flags: Sequence[str] = ()
) -> list[StopLine]:
    """Every line that the reader learns from, in a fixed order."""
    own = [
        StopLine(text=text, meaning=OTHER if meaning is StopAction.QUESTION else meaning.value)
        for file in library.languages.values()
        for meaning in StopAction
        for text in getattr(file, meaning.value)
    ]
    borrowed = [
        StopLine(text=text, meaning=meaning, is_about_stopping=False)
        for meaning, texts in ((OTHER, harmless), (StopAction.RED_FLAG.value, flags))
        for text in texts[::_BORROWED_EVERY]
    ]
    return own + borrowed


def _from(kept: Arrays, library: StopLibrary) -> StopClassifier:
    return StopClassifier.from_arrays(kept, lexicon=library.lexicon)


def _key(library: StopLibrary, lines: Sequence[StopLine]) -> str:
    digest = hashlib.sha256(repr(sorted(library.lexicon.words.items())).encode())
    digest.update(repr(sorted(library.lexicon.phrases.items())).encode())
    for line in lines:
        digest.update(f"{line.meaning}\t{line.is_about_stopping}\t{line.text}\n".encode())
    code = [Path(stop_model.__file__), *Path(danger.__file__).parent.glob("*.py")]
    for path in sorted(code):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]
