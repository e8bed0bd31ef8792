"""Which label does a meaning vector resemble? Ridge classifier and nearest example. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bot.domain.lexical.groups import Floats, Groups, Integers

_NONE_LEFT_OUT = np.zeros((0, 0), dtype=np.float32)


@dataclass(frozen=True, kw_only=True)
class DenseModel:
    """A classifier of unit vectors; the labels are those of the lexical model beside it."""

    label_of: Integers
    """Label number of each example."""
    vectors: Floats
    """Unit vectors of the examples, examples x dimensions."""
    coefficients: Floats
    """Ridge weights, dimensions x labels."""
    left_out_ridge: Floats
    """Ridge scores of each example by the model fitted without it, examples x labels.

    Empty in a model that was read from arrays without them.
    """

    def ridge(self, vectors: Floats) -> Floats:
        """Ridge scores of unit `vectors`, texts x labels."""
        return vectors @ self.coefficients

    def nearest(self, vectors: Floats) -> Floats:
        """Best cosine per label of unit `vectors`, texts x labels."""
        return self._groups.best(vectors @ self.vectors.T)

    def left_out_nearest(self) -> Floats:
        """Best cosine per label of each example without itself, examples x labels."""
        similarities = self.vectors @ self.vectors.T
        np.fill_diagonal(similarities, 0.0)
        return self._groups.best(similarities)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """The model as plain arrays; the examples' vectors and left-out scores as half floats."""
        return {
            "label_of": self.label_of,
            "vectors": self.vectors.astype(np.float16),
            "coefficients": self.coefficients,
            "left_out_ridge": self.left_out_ridge.astype(np.float16),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "DenseModel":
        """The model that `to_arrays` wrote, up to the rounding of half floats."""
        return cls(
            label_of=arrays["label_of"].astype(np.int32),
            vectors=arrays["vectors"].astype(np.float32),
            coefficients=arrays["coefficients"].astype(np.float32),
            left_out_ridge=arrays.get("left_out_ridge", _NONE_LEFT_OUT).astype(np.float32),
        )

    @cached_property
    def _groups(self) -> Groups:
        return Groups.of(self.label_of, self.coefficients.shape[1])


def fit_dense(vectors: Floats, label_of: Integers, *, ridge: float) -> DenseModel:
    """The class-balanced ridge classifier of unit `vectors` (examples x dimensions).

    With A = X'WX + ridge I the leave-one-out prediction is y - (y - f) / (1 - h), where h is the
    example's own share of its prediction f.
    """
    labels = int(label_of.max()) + 1
    sizes = np.bincount(label_of, minlength=labels)
    weights = len(label_of) / (labels * sizes[label_of])
    exact = vectors.astype(np.float64)
    weighted = exact * weights[:, np.newaxis]
    inverse = np.linalg.inv(weighted.T @ exact + ridge * np.eye(exact.shape[1]))
    targets = np.eye(labels)[label_of]
    coefficients = inverse @ (weighted.T @ targets)
    predicted = exact @ coefficients
    own_share = weights * np.sum((exact @ inverse) * exact, axis=1)
    left_out = targets - (targets - predicted) / (1.0 - own_share)[:, np.newaxis]
    return DenseModel(
        label_of=label_of,
        vectors=vectors.astype(np.float32),
        coefficients=coefficients.astype(np.float32),
        left_out_ridge=left_out.astype(np.float32),
    )
