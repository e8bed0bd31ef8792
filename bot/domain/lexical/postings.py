"""How similar is a text to every example? An inverted index of weighted features. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bot.domain.lexical.features import Row
from bot.domain.lexical.groups import Floats, Integers


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """For each feature the examples that contain it, and how much it weighs in them."""

    starts: NDArray[np.int64]
    """Where the examples of each feature begin; length features + 1."""
    examples: Integers
    values: Floats
    count: int
    """Number of examples."""

    @classmethod
    def of(cls, rows: Sequence[Row], *, features: int) -> "Postings":
        """The index of `rows`, one example each."""
        numbers = np.concatenate([row.indices for row in rows])
        values = np.concatenate([row.values for row in rows])
        sizes = [len(row.indices) for row in rows]
        examples = np.repeat(np.arange(len(rows), dtype=np.int32), sizes)
        order = np.argsort(numbers, kind="stable")
        starts = np.searchsorted(numbers[order], np.arange(features + 1))
        return cls(
            starts=starts.astype(np.int64),
            examples=examples[order],
            values=values[order],
            count=len(rows),
        )

    def similarity(self, indices: Integers, values: Floats) -> Floats:
        """Dot product of one sparse row with every example."""
        first = self.starts[indices]
        lengths = self.starts[indices + 1] - first
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        at = np.arange(total) + np.repeat(first - (ends - lengths), lengths)
        weights = np.repeat(values, lengths) * self.values[at]
        found = np.bincount(self.examples[at], weights=weights, minlength=self.count)
        return found.astype(np.float32)

    def kernel(self) -> Floats:
        """Dot products of all examples with all examples."""
        return np.stack([self.similarity(*row) for row in self._rows()])

    def holders(self) -> Integers:
        """How many examples contain each feature."""
        return np.diff(self.starts).astype(np.int32)

    def weight(self, feature: int, coefficients: Floats) -> float:
        """Sum of `coefficients` over the examples of a feature, weighted as it is in them."""
        span = slice(self.starts[feature], self.starts[feature + 1])
        return float(self.values[span] @ coefficients[self.examples[span]])

    def _rows(self) -> Iterator[tuple[Integers, Floats]]:
        order = np.argsort(self.examples, kind="stable")
        features = np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), self.holders())[order]
        values = self.values[order]
        ends = np.searchsorted(self.examples[order], np.arange(self.count + 1))
        for start, end in pairwise(ends):
            yield features[start:end], values[start:end]
