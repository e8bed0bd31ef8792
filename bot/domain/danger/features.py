"""Which traits describe a message? Words, letters, sounds, concepts and its shape, hashed. Pure."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.domain.danger.concepts import Lexicon
from bot.domain.danger.words import Words, sound

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]

BUCKETS = 1 << 18
"""Traits are numbered by hash; a quarter of a million keeps collisions rare and memory small."""
CHARACTER_SIZES = (3, 4, 5)
WORD_REACH = 3
"""How many words apart two words of a pair may stand."""
CONCEPT_REACH = 5
_LENGTHS = (4, 8, 14, 25)
_SENTENCE = re.compile(r"(?<=[.!?\n\u0964])\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A kind of trait, and how much all traits of this kind weigh together."""

    share: float
    fewest: int
    """Traits that fewer training lines have are left out."""


BLOCKS: Mapping[str, Block] = {
    "word": Block(share=1.0, fewest=1),
    "letters": Block(share=1.0, fewest=2),
    "sound": Block(share=1.0, fewest=1),
    "apart": Block(share=0.5, fewest=1),
    "concept": Block(share=1.0, fewest=1),
    "together": Block(share=1.0, fewest=1),
    "shape": Block(share=0.6, fewest=1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A message as a sparse vector: bucket numbers, each once, and their weights."""

    buckets: Integers
    values: Floats


Counted = Mapping[str, tuple[Integers, Floats]]
"""Per block: bucket numbers and how often each trait occurs, damped by the logarithm."""


@dataclass(frozen=True, kw_only=True)
class TraitSpace:
    """How a message becomes a row: the lexicon, and how rare each trait is among the lines."""

    lexicon: Lexicon
    spelled: frozenset[str]
    """Words of the training lines: they are never taken for misspellings."""
    lines: int
    held: Integers
    """How many training lines have a trait of each bucket."""

    def row(self, words: Words, *, fewest: int = 1) -> Row:
        """The row of a message; empty when nothing of it was ever read before.

        Traits that fewer than `fewest` lines have are left out.
        """
        is_known = any(token in self.spelled for token in words.tokens)
        if not is_known and not self.lexicon.read(words.tokens, spelled=self.spelled):
            return _merged([], [])
        return self.row_of(count_traits(words, self.lexicon, self.spelled), fewest=fewest)

    def row_of(self, counted: Counted, *, fewest: int = 1) -> Row:
        """The row of traits already counted."""
        buckets, values = [], []
        for name, block in BLOCKS.items():
            numbers, counts = counted[name]
            held = self.held[numbers]
            known = held >= max(block.fewest, fewest)
            weights = counts[known] * (np.log((1.0 + self.lines) / (1.0 + held[known])) + 1.0)
            length = float(np.linalg.norm(weights))
            if length > 0:
                buckets.append(numbers[known])
                values.append(weights * (np.sqrt(block.share) / length))
        return _merged(buckets, values)


def count_traits(words: Words, lexicon: Lexicon, spelled: frozenset[str]) -> Counted:
    """The traits of a message, by block."""
    concepts = lexicon.read(words.tokens, spelled=spelled)
    traits: Mapping[str, Iterable[str]] = {
        "word": _with_neighbours(words.tokens),
        "letters": _letters(words.tokens),
        "sound": _with_neighbours([sound(token) for token in words.tokens]),
        "apart": _apart(words.tokens),
        "concept": _concepts(concepts),
        "together": _together(concepts),
        "shape": _shape(words),
    }
    return {block: _hashed(block, found) for block, found in traits.items()}


def trait_names(words: Words, lexicon: Lexicon, spelled: frozenset[str]) -> dict[int, str]:
    """What stands behind each bucket of a message, for explaining: "concept:blood"."""
    concepts = lexicon.read(words.tokens, spelled=spelled)
    named: dict[int, str] = {}
    traits: Mapping[str, Iterable[str]] = {
        "letters": _letters(words.tokens),
        "shape": _shape(words),
        "together": _together(concepts),
        "concept": _concepts(concepts),
        "word": _with_neighbours(words.tokens),
    }
    for block, found in traits.items():
        named.update({_bucket(block, trait): f"{block}:{trait}" for trait in found})
    return named


def _hashed(block: str, traits: Iterable[str]) -> tuple[Integers, Floats]:
    counts = Counter(_bucket(block, trait) for trait in traits)
    numbers = np.fromiter(counts.keys(), dtype=np.int32, count=len(counts))
    damped = np.array([1.0 + log(count) for count in counts.values()], dtype=np.float32)
    return numbers, damped


def _bucket(block: str, trait: str) -> int:
    return crc32(f"{block}:{trait}".encode()) % BUCKETS


def _merged(buckets: Sequence[Integers], values: Sequence[Floats]) -> Row:
    if not buckets:
        return Row(buckets=np.zeros(0, dtype=np.int32), values=np.zeros(0, dtype=np.float32))
    numbers, where = np.unique(np.concatenate(buckets), return_inverse=True)
    summed = np.bincount(where, weights=np.concatenate(values), minlength=len(numbers))
    return Row(buckets=numbers.astype(np.int32), values=summed.astype(np.float32))


def _with_neighbours(tokens: Sequence[str]) -> Iterator[str]:
    yield from tokens
    yield from map(" ".join, pairwise(tokens))


def _letters(tokens: Sequence[str]) -> Iterator[str]:
    for token in tokens:
        padded = f" {token} "
        for size in CHARACTER_SIZES:
            for at in range(len(padded) - size + 1):
                yield padded[at : at + size]


def _apart(tokens: Sequence[str]) -> Iterator[str]:
    for at, first in enumerate(tokens):
        for second in tokens[at + 2 : at + WORD_REACH + 1]:
            yield f"{first} .. {second}"


def _concepts(concepts: Sequence[str]) -> Iterator[str]:
    yield from _with_neighbours(concepts)
    for concept in concepts:
        if "|" in concept:
            yield from concept.split("|")


def _together(concepts: Sequence[str]) -> Iterator[str]:
    for at, first in enumerate(concepts):
        for second in concepts[at + 1 : at + 1 + CONCEPT_REACH]:
            if first != second:
                yield " & ".join(sorted((first, second)))


def _shape(words: Words) -> Iterator[str]:
    raw, tokens = words.raw.strip(), words.tokens
    sentences = [sentence for sentence in _SENTENCE.split(raw) if sentence]
    yield f"ends with a question: {raw.endswith('?')}"
    yield f"asks: {'?' in raw}"
    yield f"questions: {sum('?' in sentence for sentence in sentences)}"
    yield f"length: {sum(len(tokens) >= length for length in _LENGTHS)}"
    for size in (1, 2, 3):
        yield f"begins: {' '.join(tokens[:size])}"
    for size in (1, 2):
        yield f"ends: {' '.join(tokens[-size:])}"
    if raw.isupper():
        yield "capitals"
    for character in set(raw):
        if unicodedata.category(character) == "So":
            yield f"sign: {character}"
