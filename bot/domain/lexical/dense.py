"""How alike are texts by what they mean? Vectors of the examples, and the nearest of each. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bot.domain.lexical.groups import Floats, Groups, Integers

WIDTH = np.float32(0.2)
"""How fast likeness falls with the cosine: at 1 - WIDTH it is 1/e. Narrow enough that only near
meanings count, wide enough that rephrased questions still meet; 0.15 to 0.25 is flat."""


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """The meanings of a model's examples; the labels are those of the lexical model beside it."""

    label_of: Integers
    """Label number of each example."""
    vectors: Floats
    """Unit vectors of the examples, examples x dimensions."""
    weight: float
    """What full likeness counts, that of equal words and letters being 1."""

    def of(self, cosines: Floats) -> Floats:
        """The weighted likeness for `cosines` with the examples: `weight` for equal meanings."""
        likeness: Floats = np.exp((cosines - np.float32(1.0)) / WIDTH)
        likeness *= np.float32(self.weight)
        return likeness

    def cosines(self, vectors: Floats) -> Floats:
        """Cosines of unit `vectors` with the examples, texts x examples."""
        return vectors @ self.vectors.T

    def nearest(self, cosines: Floats) -> Floats:
        """The best of `cosines` per label, texts x labels."""
        return self._groups.best(cosines)

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """The vectors as half floats, and what belongs to them."""
        return {
            "label_of": self.label_of,
            "vectors": self.vectors.astype(np.float16),
            "weight": np.array([self.weight], dtype=np.float64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> "Likeness":
        """What `to_arrays` wrote, up to the rounding of half floats."""
        return cls(
            label_of=arrays["label_of"].astype(np.int32),
            vectors=arrays["vectors"].astype(np.float32),
            weight=float(arrays["weight"].astype(np.float64)[0]),
        )

    @cached_property
    def _groups(self) -> Groups:
        return Groups.of(self.label_of, int(self.label_of.max()) + 1)
