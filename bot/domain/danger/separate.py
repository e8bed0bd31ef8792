"""Which weights separate the labels? Ridge regression, one line at a time. Pure.

Dual coordinate ascent reaches the exact ridge solution without ever forming the matrix of all
pairs of lines, so that fitting needs little memory.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.domain.danger.features import BUCKETS, Floats, Row

ROUNDS = 12
"""Passes over the lines; after twelve, scores change by less than 0.01."""
_SEED = 20261123


def separate(
    rows: Sequence[Row], targets: Floats, takes_part: NDArray[np.bool_], *, penalties: Floats
) -> Floats:
    """Weights of every bucket for every target column (buckets x columns).

    Column c is fitted on the lines for which `takes_part[line, c]`. The smaller a line's penalty,
    the more the line counts.
    """
    weights = np.zeros((BUCKETS, targets.shape[1]), dtype=np.float32)
    coefficients = np.zeros_like(targets)
    masks = takes_part.astype(np.float32)
    lengths = [
        float(row.values @ row.values + penalty)
        for row, penalty in zip(rows, penalties, strict=True)
    ]
    order = np.random.default_rng(_SEED)
    for _ in range(ROUNDS):
        for line in order.permutation(len(rows)):
            row = rows[line]
            missing = targets[line] - np.einsum("i,ij->j", row.values, weights[row.buckets])
            step = (missing - penalties[line] * coefficients[line]) / lengths[line] * masks[line]
            coefficients[line] += step
            weights[row.buckets] += row.values[:, np.newaxis] * step
    return weights
