"""Which lines does a message resemble in meaning? Kernel ridge regression on vectors. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bot.domain.danger.features import Floats

SHARPNESS = 3.0
"""How fast likeness falls with the angle: exp(-SHARPNESS * (1 - cosine))."""
_ROUNDS = 40
_CLOSE_ENOUGH = 1e-3
_BATCH = 512


@dataclass(frozen=True, kw_only=True)
class Resemblance:
    """The vectors of the lines and what each of them says about a message that resembles it."""

    vectors: NDArray[np.float16]
    """Unit vectors, lines x dimensions."""
    coefficients: Floats
    """Lines x columns."""

    def scores(self, vector: Floats) -> Floats:
        """A score for each column; zero for a message without a meaning vector."""
        if not vector.any():
            return np.zeros(self.coefficients.shape[1], dtype=np.float32)
        # einsum, because a BLAS product of this size wakes threads that cost more than they save.
        cosines = np.einsum("ij,j->i", self._vectors, vector)
        likeness = np.exp(SHARPNESS * (cosines - 1.0))
        scores: Floats = np.einsum("i,ij->j", likeness, self.coefficients)
        return scores

    def column_scores(self, vectors: Floats, columns: NDArray[np.intp]) -> Floats:
        """The score of each of `vectors` in its own column."""
        scores = np.empty(len(vectors), dtype=np.float32)
        for start in range(0, len(vectors), _BATCH):
            batch = slice(start, start + _BATCH)
            likeness = np.exp(SHARPNESS * (vectors[batch] @ self._vectors.T - 1.0))
            scores[batch] = np.einsum(
                "ij,ji->i", likeness, self.coefficients[:, columns[batch]], optimize=True
            )
        return scores

    def of_columns(self, count: int) -> "Resemblance":
        """The model of the first `count` columns alone."""
        return Resemblance(
            vectors=self.vectors, coefficients=np.ascontiguousarray(self.coefficients[:, :count])
        )

    @cached_property
    def _vectors(self) -> Floats:
        return self.vectors.astype(np.float32)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """The model as plain arrays."""
        return {"vectors": self.vectors, "coefficients": self.coefficients}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Resemblance":
        """The model that `to_arrays` wrote."""
        return cls(
            vectors=arrays["vectors"].astype(np.float16),
            coefficients=arrays["coefficients"].astype(np.float32),
        )


def fit_resemblance(
    vectors: Floats, targets: Floats, takes_part: NDArray[np.bool_], *, penalty: float
) -> Resemblance:
    """The model of unit `vectors` (lines x dimensions) for `targets` (lines x columns).

    Column c is fitted on the lines for which `takes_part[line, c]`.
    """
    likeness = _likeness(vectors)
    masks = takes_part.astype(np.float32)
    coefficients = _solve(likeness, targets * masks, masks, penalty)
    return Resemblance(vectors=vectors.astype(np.float16), coefficients=coefficients)


def _likeness(vectors: Floats) -> NDArray[np.float16]:
    """How alike all lines are, in half precision: the matrix is the largest thing in memory."""
    likeness = np.empty((len(vectors), len(vectors)), dtype=np.float16)
    for start in range(0, len(vectors), _BATCH):
        cosines = vectors[start : start + _BATCH] @ vectors.T
        likeness[start : start + _BATCH] = np.exp(SHARPNESS * (cosines - 1.0))
    return likeness


def _product(likeness: NDArray[np.float16], direction: Floats) -> Floats:
    product = np.empty_like(direction)
    for start in range(0, len(likeness), _BATCH):
        batch = slice(start, start + _BATCH)
        product[batch] = likeness[batch].astype(np.float32) @ direction
    return product


def _solve(likeness: NDArray[np.float16], targets: Floats, masks: Floats, penalty: float) -> Floats:
    """Solve (M K M + penalty) a = y for every column by conjugate gradients."""
    solution = np.zeros_like(targets)
    residual = targets.copy()
    direction = residual.copy()
    size = np.sum(residual**2, axis=0)
    enough = _CLOSE_ENOUGH**2 * np.maximum(size, 1e-12)
    for _ in range(_ROUNDS):
        moved = _product(likeness, direction) * masks + penalty * direction
        step = size / np.maximum(np.sum(direction * moved, axis=0), 1e-12)
        solution += step * direction
        residual -= step * moved
        following = np.sum(residual**2, axis=0)
        if np.all(following <= enough):
            break
        direction = residual + following / np.maximum(size, 1e-12) * direction
        size = following
    return solution
