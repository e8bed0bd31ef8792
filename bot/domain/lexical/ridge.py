"""Which coefficients separate the labels, and what would each example get without itself? Pure."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.domain.lexical.groups import Floats

_WHOLE = 256
"""Matrices up to this size are inverted whole."""
_MOST_RESIDUAL = 1e-3
"""How far the equations may be from solved; targets are 0 and 1."""


def solve_ridge(kernel: Floats, targets: Floats, *, penalty: Floats) -> tuple[Floats, Floats]:
    """Dual ridge coefficients, and the leave-one-out predictions in closed form.

    With G = (K + diag(penalty))^-1 the coefficients are G Y, and the prediction for an example by
    the model fitted without it is y - (G Y) / diag(G). What single precision loses in G is won
    back by one step of iterative refinement, or, where examples are so alike that it lost too
    much, by double precision. `kernel` is used up.
    """
    kernel[np.diag_indices_from(kernel)] += penalty
    inverse: NDArray[np.floating[Any]] = inverse_by_halves(kernel)
    dual = inverse @ targets
    dual += inverse @ (targets - kernel @ dual)
    if not np.abs(targets - kernel @ dual).max() < _MOST_RESIDUAL:
        inverse = np.linalg.inv(kernel.astype(np.float64))
        dual = inverse @ targets
    left_out = targets - dual / np.diag(inverse)[:, np.newaxis]
    return dual.astype(np.float32), left_out.astype(np.float32)


def inverse_by_halves(system: Floats) -> Floats:
    """The inverse of a symmetric positive matrix; nearly all of the work is plain products.

    Single precision is enough for well-penalised systems: a fit of the shipped FAQ differs from
    double precision by less than 1e-4 in any score.
    """
    if len(system) <= _WHOLE:
        return np.linalg.inv(system)
    half = len(system) // 2
    corner = system[:half, half:]
    upper = inverse_by_halves(system[:half, :half])
    solved = upper @ corner
    lower = inverse_by_halves(system[half:, half:] - corner.T @ solved)
    inverse = np.empty_like(system)
    inverse[half:, half:] = lower
    inverse[:half, half:] = -solved @ lower
    inverse[half:, :half] = inverse[:half, half:].T
    inverse[:half, :half] = upper - inverse[:half, half:] @ solved.T
    return inverse
