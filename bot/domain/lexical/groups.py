"""Which example of each label is the most similar one? Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Examples sorted by their label; every label has at least one."""

    order: Integers
    """Example numbers, those of the first label first."""
    starts: Integers
    """Where in `order` each label begins."""

    @classmethod
    def of(cls, label_of: Integers, labels: int) -> "Groups":
        """The groups of examples whose label numbers are `label_of`."""
        order = np.argsort(label_of, kind="stable").astype(np.int32)
        starts = np.searchsorted(label_of[order], np.arange(labels))
        return cls(order=order, starts=starts.astype(np.int32))

    def best(self, similarities: Floats) -> Floats:
        """Highest similarity per label; texts x examples becomes texts x labels."""
        return np.maximum.reduceat(similarities[:, self.order], self.starts, axis=1)

    def where(self, similarity: Floats) -> Integers:
        """For one text: the number of the most similar example of each label."""
        grouped = similarity[self.order]
        sizes = np.diff(self.starts, append=len(self.order))
        best = np.repeat(np.maximum.reduceat(grouped, self.starts), sizes)
        hits = np.flatnonzero(grouped == best)
        return self.order[hits[np.searchsorted(hits, self.starts)]]
