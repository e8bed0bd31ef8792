"""Who turns sentences into vectors of meaning?"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class SentenceEncoder(Protocol):
    """An optional sentence encoder; slow enough to run in a thread, safe to share between them."""

    @property
    def name(self) -> str:
        """Changes whenever the encoder's answers may change: the hash of its file."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of `texts`, texts x dimensions; all zero for a text without words."""
        ...
