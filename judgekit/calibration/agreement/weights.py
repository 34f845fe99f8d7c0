"""How much of an agreement two different answers are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from judgekit.errors import UserError

Weights = Literal["linear", "quadratic", "ordinal"] | ArrayLike | Sequence[Any] | None


def agreement_weights(name: str, weights: Weights, q: int) -> NDArray[np.float64]:
    """The weights (q, q), 1 on the diagonal: how far answers k and l agree, by their positions on the scale.

    None: 1[k = l]; linear: 1 - |k-l|/(q-1); quadratic: 1 - (k-l)²/(q-1)²; ordinal: 1 - C(|k-l|+1, 2)/C(q, 2); a matrix:
    as given.

    Args:
        name: the function, for messages.
        weights: a name, a symmetric matrix with 1 on its diagonal and values between 0 and 1, or None.
        q: how many answers the scale has.

    Raises:
        UserError: the name is unknown or the matrix is not as wanted.

    Source: Gwet (2014), Handbook of inter-rater reliability, 4th ed., chapter 3.5.

    >>> agreement_weights("kappa", "quadratic", 3)
    array([[1.  , 0.75, 0.  ],
           [0.75, 1.  , 0.75],
           [0.  , 0.75, 1.  ]])
    """
    if weights is None:
        return np.eye(q)
    if isinstance(weights, str):
        apart: NDArray[np.float64] = np.abs(np.subtract.outer(np.arange(q), np.arange(q))).astype(float)
        most = max(q - 1, 1)
        match weights:
            case "linear":
                return 1.0 - apart / most
            case "quadratic":
                return 1.0 - (apart / most) ** 2
            case "ordinal":
                return 1.0 - apart * (apart + 1) / (most * (most + 1))
        raise UserError(f"{name}: weights= wants linear, quadratic, ordinal, a matrix or None; came {weights!r}")
    matrix: NDArray[np.float64]
    try:
        matrix = np.asarray(weights, dtype=float)
    except (TypeError, ValueError):
        raise UserError(f"{name}: weights= wants linear, quadratic, ordinal, a matrix of numbers or None") from None
    if matrix.shape != (q, q):
        raise UserError(f"{name}: weights= wants one row and column for each of {q} categories; came {matrix.shape}")
    if not (
        np.all((matrix >= 0) & (matrix <= 1)) and np.all(np.diag(matrix) == 1) and np.array_equal(matrix, matrix.T)
    ):
        raise UserError(f"{name}: weights= wants a symmetric matrix from 0 to 1 with 1 on the diagonal")
    return matrix
