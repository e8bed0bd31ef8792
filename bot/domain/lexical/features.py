"""Which weighted word and letter sequences describe a text? TF-IDF. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np
from numpy.typing import NDArray

from bot.domain.lexical.groups import Floats, Integers
from bot.domain.lexical.spelling import Speller, speller
from bot.domain.lexical.words import phrases, tokens

WORD_SIZES = (1, 2)
CHARACTER_SIZES = (3, 4, 5)
WORD_BLOCK, CHARACTER_BLOCK = "w", "c"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One text as a sparse vector: feature numbers and their weights, of Euclidean length <= 1."""

    indices: Integers
    values: Floats
    known_words: int
    """How many different content words of the text the model has seen."""
    evidence: float
    """Square root of the summed squared rarity (idf) of the known words: how much was said."""
    typed: tuple[str, ...]
    """The words in order, contractions spelled out."""
    read: tuple[str, ...]
    """The same words after correction of misspellings."""

    @property
    def corrections(self) -> tuple[tuple[str, str], ...]:
        """Words that were read otherwise than typed."""
        pairs = zip(self.typed, self.read, strict=True)
        return tuple((typed, read) for typed, read in pairs if typed != read)


@dataclass(frozen=True, kw_only=True)
class FeatureSpace:
    """The vocabulary of features with their rarity, and how a text becomes a row in it."""

    names: tuple[str, ...]
    """Block letter and n-gram of each feature: "w:dry lips", "c: lip"."""
    rarity: Floats
    """Inverse document frequency of each feature (natural logarithm, smoothed)."""
    concepts: Mapping[str, str]
    """Phrases that mean the same, as authors listed them: "accutane" -> "=isotretinoin"."""
    also_known: Set[str] = frozenset()
    """Words of the language that no example holds: never taken for misspellings."""
    character_share: float
    """Share of the squared length that the character block carries, 0 to 1."""

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Number of each feature."""
        return {name: number for number, name in enumerate(self.names)}

    @cached_property
    def _longest_phrase(self) -> int:
        return max((phrase.count(" ") + 1 for phrase in self.concepts), default=1)

    @cached_property
    def _speller(self) -> Speller:
        known = [name[2:] for name in self.names if name.startswith(WORD_BLOCK) and " " not in name]
        phrase_words = {word for phrase in self.concepts for word in phrase.split()}
        # The rarer a word, the later it is offered as a correction.
        counts = {word: -int(1000 * self.rarity[self.index[f"w:{word}"]]) for word in known}
        return speller(
            {**dict.fromkeys(phrase_words, -20_000), **counts}, also_known=self.also_known
        )

    def knows(self, word: str) -> bool:
        """Whether some example contains `word`."""
        return f"{WORD_BLOCK}:{word}" in self.index

    def row(self, text: str) -> Row:
        """The row of `text`; unknown features are left out, misspelled words are corrected."""
        typed = tokens(text)
        read = [self._speller.correct(word) for word in typed]
        counts = count_features(read, self.concepts, longest=self._longest_phrase)
        known = [(self.index[name], n) for name, n in counts.items() if name in self.index]
        indices = np.array([number for number, _ in known], dtype=np.int32)
        weights = np.array([1.0 + log(n) for _, n in known], dtype=np.float32)
        values = weights * self.rarity[indices]
        words = [self.index[f"w:{w}"] for w in set(read) if f"w:{w}" in self.index]
        return Row(
            indices=indices,
            values=self._scaled(indices, values),
            known_words=len(words),
            evidence=float(np.sqrt(np.sum(self.rarity[words] ** 2))) if words else 0.0,
            typed=tuple(typed),
            read=tuple(read),
        )

    @cached_property
    def _is_character(self) -> NDArray[np.bool_]:
        return np.array([name.startswith(CHARACTER_BLOCK) for name in self.names], dtype=np.bool_)

    def _scaled(self, indices: Integers, values: Floats) -> Floats:
        is_character = self._is_character[indices]
        scaled = values.copy()
        for block, share in (
            (is_character, self.character_share),
            (~is_character, 1.0 - self.character_share),
        ):
            length = float(np.linalg.norm(values[block]))
            if length > 0:
                scaled[block] *= np.sqrt(share) / length
        return scaled


def count_features(words: list[str], concepts: Mapping[str, str], *, longest: int) -> Counter[str]:
    """How often each word and character sequence occurs in a text of `words`."""
    counts = Counter(word_sequences(words))
    meant = phrases(words, concepts, longest=longest)
    if meant != words:
        counts |= Counter(word_sequences(meant))
    for word in words:
        counts.update(character_sequences(word))
    return counts


def word_sequences(words: Sequence[str]) -> list[str]:
    """Single words and pairs of neighbours."""
    return [
        f"{WORD_BLOCK}:{' '.join(words[at : at + size])}"
        for size in WORD_SIZES
        for at in range(len(words) - size + 1)
    ]


def character_sequences(word: str) -> list[str]:
    """Letter sequences inside one word, its two ends marked by spaces."""
    padded = f" {word} "
    return [
        f"{CHARACTER_BLOCK}:{padded[at : at + size]}"
        for size in CHARACTER_SIZES
        for at in range(len(padded) - size + 1)
    ]
