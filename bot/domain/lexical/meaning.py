"""What does a text mean, roughly? A static table of word vectors, added up by rarity. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np
from numpy.typing import NDArray

from bot.domain.lexical.groups import Floats


@dataclass(frozen=True, kw_only=True)
class WordTable:
    """Vectors of common words, distilled once from a sentence encoder; int8 with a scale each."""

    words: tuple[str, ...]
    vectors: NDArray[np.int8]
    """Words x dimensions."""
    scales: Floats
    """What one unit of each word's vector is worth."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    @cached_property
    def index(self) -> Mapping[str, int]:
        """Number of each word."""
        return {word: number for number, word in enumerate(self.words)}

    def vector(self, typed: Sequence[str], read: Sequence[str]) -> Floats:
        """The unit vector of a text; all zero when the table knows none of its words.

        A word that the table knows counts as `typed`, any other as it was `read` after correction.
        """
        index = self.index
        words = (t if t in index else r for t, r in zip(typed, read, strict=True))
        counts = Counter(index[word] for word in words if word in index)
        if not counts:
            return np.zeros(self.dimensions, dtype=np.float32)
        numbers = list(counts)
        weights = np.array([1.0 + log(n) for n in counts.values()], dtype=np.float32)
        total = (weights * self.scales[numbers]) @ self.vectors[numbers].astype(np.float32)
        length = float(np.linalg.norm(total))
        return (total / length if length > 0 else total).astype(np.float32)
