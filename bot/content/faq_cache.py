"""Where is the fitted matcher kept between starts? One file of plain arrays for each language."""

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from bot.content.faq_library import FaqLibrary
from bot.content.word_table import TABLE_FOLDER, load_table
from bot.domain import faq_fit, faq_model, lexical
from bot.domain.faq import FaqModel
from bot.domain.faq_fit import Embed, about_medicines, fit_language
from bot.domain.faq_model import LanguageModel, Risk, Thresholds
from bot.domain.lexical import LexicalModel
from bot.domain.lexical.dense import DenseModel
from bot.domain.lexical.meaning import WordTable

_LEXICAL, _TABLE, _ENCODER = "lexical.", "table.", "encoder."
_KEPT = 4
"""Fitted models of one language that stay: with and without an encoder, and other content."""
Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    """A sentence encoder as fitting needs it."""

    name: str
    """Changes when the encoder's files do."""
    embed: Embed


def fitted_model(
    library: FaqLibrary, *, cache: Path | None = None, encoder: Encoder | None = None
) -> FaqModel:
    """The matcher of every language of `library`, read from `cache` where nothing has changed.

    A cache file that cannot be read is fitted anew and replaced.
    """
    return FaqModel(
        languages={
            language: _language(library, language, cache=cache, encoder=encoder)
            for language in library.languages
        }
    )


def _language(
    library: FaqLibrary, language: str, *, cache: Path | None, encoder: Encoder | None
) -> LanguageModel:
    table = load_table(library.folder / TABLE_FOLDER, language)
    if cache is None:
        return _fit(library, language, table, encoder)
    path = cache / f"faq-{language}-{content_key(library, language, encoder)}.npz"
    kept = _read(path, library, language, table)
    if kept is not None:
        return kept
    fitted = _fit(library, language, table, encoder)
    with contextlib.suppress(OSError):
        _write(path, fitted, language)
    # What was read back is smaller: the left-out scores stay on the disk until somebody asks.
    return _read(path, library, language, table) or fitted


def content_key(library: FaqLibrary, language: str, encoder: Encoder | None) -> str:
    """A digest of everything that a language's fit depends on: files, encoder, and our code."""
    digest = hashlib.sha256((encoder.name if encoder else "").encode())
    code = [
        Path(faq_fit.__file__),
        Path(faq_model.__file__),
        *Path(lexical.__file__).parent.glob("*.py"),
    ]
    content = [
        *library.folder.glob("_*.yaml"),
        *(library.folder / language).glob("*.yaml"),
        *(library.folder / TABLE_FOLDER).glob(f"words-{language}.npz"),
    ]
    for path in (*sorted(code), *sorted(content)):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:24]


def _fit(
    library: FaqLibrary, language: str, table: WordTable | None, encoder: Encoder | None
) -> LanguageModel:
    embed = encoder.embed if encoder else None
    return fit_language(library.source(language), table=table, embed=embed)


def _read(
    path: Path, library: FaqLibrary, language: str, table: WordTable | None
) -> LanguageModel | None:
    """The model kept in `path`; None when there is none or it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        left_out = np.load(_beside(path), mmap_mode="r", allow_pickle=False)
        return _from_arrays(arrays, library, language, table=table, left_out=left_out)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def _write(path: Path, model: LanguageModel, language: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _put(_beside(path), lambda file: np.save(file, model.left_out.astype(np.float16)))
    _put(path, lambda file: np.savez(file, **_to_arrays(model)))  # type: ignore[arg-type]  # numpy's stub takes its own keyword for one of ours
    kept = sorted(path.parent.glob(f"faq-{language}-*.npz"), key=_written_at, reverse=True)
    for old in kept[_KEPT:]:
        old.unlink(missing_ok=True)
        _beside(old).unlink(missing_ok=True)


def _put(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write a whole file or nothing, also when another process writes the same one."""
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        write(file)  # type: ignore[arg-type]  # a temporary file is a binary file
    Path(file.name).replace(path)


def _beside(path: Path) -> Path:
    return path.with_suffix(".left-out.npy")


def _written_at(path: Path) -> float:
    return path.stat().st_mtime


def _to_arrays(model: LanguageModel) -> dict[str, NDArray[np.generic]]:
    parts = {_LEXICAL: model.lexical, _TABLE: model.table_model, _ENCODER: model.encoder_model}
    limits = model.thresholds
    scalars = [*(limits.answer[risk] for risk in Risk), limits.answer_scope, limits.offer_scope]
    return {
        "thresholds": np.array(scalars, dtype=np.float64),
        **{
            f"{prefix}{name}": array
            for prefix, part in parts.items()
            if part is not None
            for name, array in part.to_arrays().items()
            if name != "left_out_ridge"
        },
    }


def _from_arrays(
    arrays: Arrays,
    library: FaqLibrary,
    language: str,
    *,
    table: WordTable | None,
    left_out: NDArray[np.floating[Any]],
) -> LanguageModel:
    source = library.source(language)
    *answer, answer_scope, offer_scope = arrays["thresholds"].astype(np.float64).tolist()
    known = frozenset(table.index) if table is not None else frozenset()
    return LanguageModel(
        language=language,
        topics=source.bare_topics(),
        about_medicines=about_medicines(source),
        phrasebook=source.phrasebook,
        lexical=LexicalModel.from_arrays(_part(arrays, _LEXICAL), also_known=known),
        table=table,
        table_model=_dense(arrays, _TABLE),
        encoder_model=_dense(arrays, _ENCODER),
        left_out=left_out,
        thresholds=Thresholds(
            answer=dict(zip(Risk, answer, strict=True)),
            answer_scope=answer_scope,
            offer_scope=offer_scope,
        ),
    )


def _part(arrays: Arrays, prefix: str) -> Arrays:
    return {
        name.removeprefix(prefix): array
        for name, array in arrays.items()
        if name.startswith(prefix)
    }


def _dense(arrays: Arrays, prefix: str) -> DenseModel | None:
    part = _part(arrays, prefix)
    return DenseModel.from_arrays(part) if part else None
