"""Where is the fitted matcher kept between starts? One file of plain arrays for each language."""

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from bot.content.faq_library import FALLBACK_LANGUAGE, FaqLibrary
from bot.content.word_table import TABLE_FOLDER, load_table
from bot.domain import faq_fit, faq_model, lexical
from bot.domain.faq import FaqModel
from bot.domain.faq_fit import Embed, about_medicines, fit_language
from bot.domain.faq_model import FaqSource, LanguageModel, Risk, Thresholds
from bot.domain.lexical import LexicalModel
from bot.domain.lexical.dense import Likeness
from bot.domain.lexical.meaning import WordTable

_LEXICAL, _TABLE, _ENCODER = "lexical.", "table.", "encoder."
_ENCODED = "encoded"
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
    library: FaqLibrary,
    *,
    cache: Path | None = None,
    encoder: Encoder | None = None,
    tables: Path | None = None,
) -> FaqModel:
    """The matcher of every language of `library`, read from `cache` where nothing has changed.

    A cache file that cannot be read is fitted anew and replaced. `tables` is the folder of word
    tables; by default the library's own.
    """
    folder = tables or library.folder / TABLE_FOLDER
    maker = _Maker(library=library, cache=cache, encoder=encoder, tables=folder)
    english = maker.model(FALLBACK_LANGUAGE, helper=None)
    others = {
        language: maker.model(language, helper=english)
        for language in library.languages
        if language != FALLBACK_LANGUAGE
    }
    return FaqModel(languages={FALLBACK_LANGUAGE: english, **others})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """Makes one language's model after the other, from the cache or anew."""

    library: FaqLibrary
    cache: Path | None
    encoder: Encoder | None
    tables: Path

    def model(self, language: str, *, helper: LanguageModel | None) -> LanguageModel:
        table = load_table(self.tables, language)
        if self.cache is None:
            return self._fit(language, table, helper)
        key = content_key(self.library, language, self.encoder, tables=self.tables)
        path = self.cache / f"faq-{language}-{key}.npz"
        kept = self._read(path, language, table, helper)
        if kept is not None:
            return kept
        fitted = self._fit(language, table, helper)
        with contextlib.suppress(OSError):
            _write(path, fitted, language)
        # What was read back is smaller: left-out scores stay on the disk until somebody asks.
        return self._read(path, language, table, helper) or fitted

    def _fit(
        self, language: str, table: WordTable | None, helper: LanguageModel | None
    ) -> LanguageModel:
        embed = self.encoder.embed if self.encoder else None
        source = self.library.source(language)
        return fit_language(source, table=table, embed=embed, helper=helper)

    def _read(
        self, path: Path, language: str, table: WordTable | None, helper: LanguageModel | None
    ) -> LanguageModel | None:
        """The model kept in `path`; None when there is none or it is damaged."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            left_out = np.load(_beside(path), mmap_mode="r", allow_pickle=False)
            model = _from_arrays(arrays, self.library.source(language), table)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return None
        return replace(model, left_out=left_out, helper=helper)


def content_key(
    library: FaqLibrary, language: str, encoder: Encoder | None, *, tables: Path
) -> str:
    """A digest of everything that a language's fit depends on: files, encoder, and our code."""
    digest = hashlib.sha256((encoder.name if encoder else "").encode())
    code = [
        Path(faq_fit.__file__),
        Path(faq_model.__file__),
        *Path(lexical.__file__).parent.glob("*.py"),
    ]
    content = [
        *(library.folder / name for name in ("_families.yaml", "_medicines.yaml")),
        *(library.folder / language).glob("*.yaml"),
        *(library.folder / FALLBACK_LANGUAGE).glob("*.yaml"),
        *tables.glob("words-*.npz"),
    ]
    for path in (*sorted(code), *sorted(path for path in content if path.exists())):
        digest.update(f"{path.parent.name}/{path.name}".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:24]


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
    parts = {
        _LEXICAL: model.lexical,
        _TABLE: model.table_likeness,
        _ENCODER: model.encoder_likeness,
    }
    limits = model.thresholds
    scalars = [*(limits.answer[risk] for risk in Risk), limits.answer_scope, limits.offer_scope]
    encoded = {} if model.encoded is None else {_ENCODED: model.encoded.dual}
    return {
        "thresholds": np.array(scalars, dtype=np.float64),
        **encoded,
        **{
            f"{prefix}{name}": array
            for prefix, part in parts.items()
            if part is not None
            for name, array in part.to_arrays().items()
            if name != "left_out_ridge"
        },
    }


def _from_arrays(arrays: Arrays, source: FaqSource, table: WordTable | None) -> LanguageModel:
    *answer, answer_scope, offer_scope = arrays["thresholds"].astype(np.float64).tolist()
    known = table.index.keys() if table is not None else frozenset()
    lexical = LexicalModel.from_arrays(_part(arrays, _LEXICAL), also_known=known)
    dual = arrays.get(_ENCODED)
    return LanguageModel(
        language=source.language,
        topics=source.bare_topics(),
        about_medicines=about_medicines(source),
        phrasebook=source.phrasebook,
        lexical=lexical,
        table=table,
        table_likeness=_likeness(arrays, _TABLE),
        encoded=None if dual is None else replace(lexical, dual=dual.astype(np.float32)),
        encoder_likeness=_likeness(arrays, _ENCODER),
        left_out=np.zeros((0, 0), dtype=np.float16),
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


def _likeness(arrays: Arrays, prefix: str) -> Likeness | None:
    part = _part(arrays, prefix)
    return Likeness.from_arrays(part) if part else None
