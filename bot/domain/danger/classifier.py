"""How dangerous does a message look, and of which category? Three fitted parts, added up. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.domain.danger.concepts import Lexicon
from bot.domain.danger.features import (
    BUCKETS,
    Floats,
    Integers,
    Row,
    TraitSpace,
    count_traits,
    trait_names,
)
from bot.domain.danger.resemble import Resemblance, fit_resemblance
from bot.domain.danger.separate import separate
from bot.domain.danger.windows import LONG_WORDS, parts_of
from bot.domain.danger.words import Words, words_of
from bot.domain.lexical.meaning import WordTable

NONE = "none"
FOLDS = 5
"""Each line is scored for the thresholds by a model that was fitted without its fifth."""
_PENALTY = 0.75
_DENSE_PENALTY = 0.2
_RESEMBLED_LINES = 12_000
"""The fit by resemblance needs a matrix of all pairs of lines: 288 MB for twelve thousand."""
_UNKNOWN = -1.0
"""Danger of a message of which nothing was ever read before."""
_PART_SHARE = 0.3
"""What the most dangerous part of a long message counts, against the whole."""
_TABLE_SHARE = 0.5
_ENCODER_SHARE = 0.7
_TABLE_SHARE_BESIDE_ENCODER = 0.2

Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledLine:
    """A message that an author wrote, with its category or NONE."""

    text: str = field(repr=False)
    label: str
    is_ordinary: bool = False
    """An everyday message that nobody could take for a red flag."""
    importance: float = 1.0
    """How much missing this line counts, relative to the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DangerScores:
    """What the fitted parts say about one message."""

    danger: float
    """About 1 for red flags, about -1 for harmless messages."""
    by_category: Floats
    """In the order of the model's categories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Danger scores of the lines, each by a model fitted without it; thresholds come from these."""

    flags: Floats
    near_misses: Floats
    ordinary: Floats
    ordinary_category: Integers
    """Number of the category that each ordinary line resembles most."""


@dataclass(frozen=True, kw_only=True)
class DangerModel:
    """The fitted parts; the same lines give the same model."""

    categories: tuple[str, ...]
    space: TraitSpace
    weights: NDArray[np.float16]
    """Buckets x (danger, categories …)."""
    table: WordTable | None
    by_table: Resemblance | None
    by_encoder: Resemblance | None
    held_out: HeldOut

    def scores(self, words: Words, vector: Floats | None = None) -> DangerScores:
        """What the parts say about a message; `vector` is the encoder's, where there is one."""
        total = self._linear(words)
        if len(words.tokens) > LONG_WORDS:
            parts = [self._linear(words_of(part)) for part in parts_of(words.raw)]
            worst = max(parts, key=lambda part: float(part[0]), default=total)
            if worst[0] > total[0]:
                total = _PART_SHARE * worst + (1.0 - _PART_SHARE) * total
        has_encoder = vector is not None and self.by_encoder is not None
        if self.by_table is not None and self.table is not None:
            glossed = self.space.lexicon.glossed(words.tokens)
            meaning = self.table.vector(words.tokens, glossed)
            share = _TABLE_SHARE_BESIDE_ENCODER if has_encoder else _TABLE_SHARE
            total = total + share * self.by_table.scores(meaning)
        if vector is not None and self.by_encoder is not None:
            total = total + _ENCODER_SHARE * self.by_encoder.scores(vector)
        return DangerScores(danger=float(total[0]), by_category=total[1:])

    def _linear(self, words: Words) -> Floats:
        """Danger and category scores by the traits alone."""
        row = self.space.row(words)
        if not len(row.buckets):
            unknown = np.zeros(self.weights.shape[1], dtype=np.float32)
            unknown[0] = _UNKNOWN
            return unknown
        weights = self.weights[row.buckets].astype(np.float32)
        scores: Floats = np.einsum("i,ij->j", row.values, weights)
        return scores

    def explain(self, words: Words, category: str, *, most: int = 5) -> list[tuple[str, float]]:
        """The traits that speak most for the category and for danger, the strongest first."""
        named = trait_names(words, self.space.lexicon, self.space.spelled)
        row = self.space.row(words)
        column = 1 + self.categories.index(category)
        pull = self.weights[row.buckets][:, (0, column)].astype(np.float32).sum(axis=1)
        parts = [
            (named[int(bucket)], float(value * weight))
            for bucket, value, weight in zip(row.buckets, row.values, pull, strict=True)
            if int(bucket) in named
        ]
        return sorted(parts, key=lambda part: -part[1])[:most]

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Everything fitted as plain arrays; lexicon and table are content, not fitted."""
        used = np.flatnonzero(np.any(self.weights != 0, axis=1)).astype(np.int32)
        arrays: dict[str, NDArray[np.generic]] = {
            "categories": _joined(self.categories),
            "spelled": _joined(sorted(self.space.spelled)),
            "lines": np.array([self.space.lines], dtype=np.int64),
            "held": self.space.held.astype(np.uint16),
            "used": used,
            "weights": self.weights[used],
            "flags": self.held_out.flags,
            "near_misses": self.held_out.near_misses,
            "ordinary": self.held_out.ordinary,
            "ordinary_category": self.held_out.ordinary_category,
        }
        for name, part in (("table", self.by_table), ("encoder", self.by_encoder)):
            if part is not None:
                arrays |= {f"{name}.{key}": value for key, value in part.to_arrays().items()}
        return arrays

    @classmethod
    def from_arrays(
        cls, arrays: Arrays, *, lexicon: Lexicon, table: WordTable | None
    ) -> "DangerModel":
        """The model that `to_arrays` wrote."""
        used = arrays["used"].astype(np.int32)
        stored = arrays["weights"].astype(np.float16)
        weights = np.zeros((BUCKETS, stored.shape[1]), dtype=np.float16)
        weights[used] = stored
        return cls(
            categories=_split(arrays["categories"]),
            space=TraitSpace(
                lexicon=lexicon,
                spelled=frozenset(_split(arrays["spelled"])),
                lines=int(arrays["lines"].astype(np.int64)[0]),
                held=arrays["held"].astype(np.int32),
            ),
            weights=weights,
            table=table,
            by_table=_part(arrays, "table"),
            by_encoder=_part(arrays, "encoder"),
            held_out=HeldOut(
                flags=arrays["flags"].astype(np.float32),
                near_misses=arrays["near_misses"].astype(np.float32),
                ordinary=arrays["ordinary"].astype(np.float32),
                ordinary_category=arrays["ordinary_category"].astype(np.int32),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Design:
    """What every part is fitted on."""

    targets: Floats
    takes_part: NDArray[np.bool_]
    fold: Integers
    first_fold_column: int
    is_ordinary: NDArray[np.bool_]


def fit(
    lines: Sequence[LabelledLine],
    *,
    categories: Sequence[str],
    lexicon: Lexicon,
    table: WordTable | None = None,
    vectors: Floats | None = None,
) -> DangerModel:
    """The model of `lines`; `vectors` are the encoder's for the same lines, where there is one."""
    read = [words_of(line.text) for line in lines]
    spelled = frozenset(token for words in read for token in words.tokens)
    counted = [count_traits(words, lexicon, spelled) for words in read]
    held = np.zeros(BUCKETS, dtype=np.int32)
    for counts in counted:
        held[np.unique(np.concatenate([numbers for numbers, _ in counts.values()]))] += 1
    space = TraitSpace(lexicon=lexicon, spelled=spelled, lines=len(lines), held=held)
    design = _design(lines, categories)
    rows = [space.row_of(counts) for counts in counted]
    penalties = np.array([_PENALTY / line.importance for line in lines], dtype=np.float32)
    weights = separate(rows, design.targets, design.takes_part, penalties=penalties)
    # A held-out line must not profit from traits that only it has: they would not be known.
    held_out = np.array(
        [
            row.values @ weights[row.buckets, design.first_fold_column + fold]
            for row, fold in zip(
                (space.row_of(counts, fewest=2) for counts in counted), design.fold, strict=True
            )
        ],
        dtype=np.float32,
    )
    by_table = by_encoder = None
    if vectors is not None:
        by_encoder, scored = _resembling(vectors, design)
        held_out += _ENCODER_SHARE * scored
    if table is not None:
        meanings = np.stack(
            [table.vector(words.tokens, lexicon.glossed(words.tokens)) for words in read]
        )
        by_table, scored = _resembling(meanings, design)
        held_out += (_TABLE_SHARE if vectors is None else _TABLE_SHARE_BESIDE_ENCODER) * scored
    return DangerModel(
        categories=tuple(categories),
        space=space,
        weights=weights[:, : design.first_fold_column].astype(np.float16),
        table=table,
        by_table=by_table,
        by_encoder=by_encoder,
        held_out=_held_out(lines, held_out, _nearest_category(rows, weights, design)),
    )


def _design(lines: Sequence[LabelledLine], categories: Sequence[str]) -> _Design:
    numbers = {category: 1 + at for at, category in enumerate(categories)}
    columns = 1 + len(categories)
    fold = np.array([crc32(line.text.encode()) % FOLDS for line in lines], dtype=np.int32)
    targets = np.zeros((len(lines), columns + FOLDS), dtype=np.float32)
    is_flag = np.array([line.label != NONE for line in lines])
    danger = np.where(is_flag, 1.0, -1.0).astype(np.float32)
    targets[:, 0] = danger
    targets[:, columns:] = danger[:, np.newaxis]
    for at, line in enumerate(lines):
        if line.label != NONE:
            targets[at, numbers[line.label]] = 1.0
    takes_part = np.ones(targets.shape, dtype=np.bool_)
    takes_part[np.arange(len(lines)), columns + fold] = False
    return _Design(
        targets=targets,
        takes_part=takes_part,
        fold=fold,
        first_fold_column=columns,
        is_ordinary=np.array([line.is_ordinary for line in lines]),
    )


def _resembling(vectors: Floats, design: _Design) -> tuple[Resemblance, Floats]:
    """The part fitted on meaning vectors, and its held-out danger scores for all lines."""
    has_meaning: NDArray[np.bool_] = np.any(vectors != 0, axis=1)
    chosen = _first(has_meaning, design.is_ordinary, most=_RESEMBLED_LINES)
    fitted = fit_resemblance(
        vectors[chosen], design.targets[chosen], design.takes_part[chosen], penalty=_DENSE_PENALTY
    )
    held_out = np.zeros(len(vectors), dtype=np.float32)
    known = np.flatnonzero(has_meaning)
    column = (design.first_fold_column + design.fold[known]).astype(np.intp)
    held_out[known] = fitted.column_scores(vectors[known], column)
    return fitted.of_columns(design.first_fold_column), held_out


def _first(
    has_meaning: NDArray[np.bool_], is_ordinary: NDArray[np.bool_], *, most: int
) -> NDArray[np.intp]:
    """Numbers of the lines to resemble: all flags and near misses, then ordinary ones."""
    telling = np.flatnonzero(has_meaning & ~is_ordinary)
    ordinary = np.flatnonzero(has_meaning & is_ordinary)
    room = max(most - len(telling), 0)
    spread = np.linspace(0, len(ordinary) - 1, min(room, len(ordinary))).astype(np.intp)
    return np.concatenate([telling, ordinary[spread]])


def _nearest_category(rows: Sequence[Row], weights: Floats, design: _Design) -> Integers:
    of_categories = weights[:, 1 : design.first_fold_column]
    return np.array(
        [
            int(np.argmax(np.einsum("i,ij->j", row.values, of_categories[row.buckets])))
            if is_ordinary
            else 0
            for row, is_ordinary in zip(rows, design.is_ordinary, strict=True)
        ],
        dtype=np.int32,
    )


def _held_out(lines: Sequence[LabelledLine], danger: Floats, category: Integers) -> HeldOut:
    is_flag = np.array([line.label != NONE for line in lines])
    is_ordinary = np.array([line.is_ordinary for line in lines])
    return HeldOut(
        flags=danger[is_flag],
        near_misses=danger[~is_flag & ~is_ordinary],
        ordinary=danger[~is_flag & is_ordinary],
        ordinary_category=category[~is_flag & is_ordinary],
    )


def _part(arrays: Arrays, name: str) -> Resemblance | None:
    prefix = f"{name}."
    found = {
        key.removeprefix(prefix): value for key, value in arrays.items() if key.startswith(prefix)
    }
    return Resemblance.from_arrays(found) if found else None


def _joined(lines: Sequence[str]) -> NDArray[np.generic]:
    return np.frombuffer("\n".join(lines).encode(), dtype=np.uint8)


def _split(blob: NDArray[np.generic]) -> tuple[str, ...]:
    text = blob.astype(np.uint8).tobytes().decode()
    return tuple(text.split("\n")) if text else ()
