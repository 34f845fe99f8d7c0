"""How many pairs are concordant with each pair, without comparing all with all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration.agreement.ranks import Order


def concordance(x: Order, y: Order, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each pair (P,), the weight of pairs concordant with it less that of the discordant, in O(P log P).

    With L(s, t) the weight of pairs with x below s and y below t: those below in both, above in both, less the others.
    """
    w = weights[x.order]
    heights = y.answer[x.order]
    ends = np.append(x.starts, len(w))
    first, last = ends[x.answer], ends[x.answer + 1]
    n = w.sum()
    in_x = np.append(0.0, np.cumsum(w))
    in_y = np.append(0.0, np.cumsum(np.bincount(y.answer, weights=weights)))

    def below(upto: NDArray[np.int64], under: NDArray[np.int64]) -> NDArray[np.float64]:
        return _below(heights, w, upto, under)

    both = below(first, y.answer)
    left_up = in_x[first] - below(first, y.answer + 1)
    right_down = in_y[y.answer] - below(last, y.answer)
    both_up = n - in_x[last] - in_y[y.answer + 1] + below(last, y.answer + 1)
    found: NDArray[np.float64] = both + both_up - left_up - right_down
    return found


def _below(
    heights: NDArray[np.int64], weights: NDArray[np.float64], upto: NDArray[np.int64], under: NDArray[np.int64]
) -> NDArray[np.float64]:
    """For each query, the weight among the first `upto` pairs of those whose height is less than `under`.

    A wavelet matrix: heights are sorted bit by bit from the highest, all queries follow at once.
    """
    found = np.zeros(len(upto))
    low, high = np.zeros_like(upto), upto
    for bit in range(int(heights.max()).bit_length(), -1, -1):
        zero = (heights >> bit) & 1 == 0
        position = np.append(0, np.cumsum(zero))
        lighter = np.append(0.0, np.cumsum(weights * zero))
        one = (under >> bit) & 1 == 1
        found += np.where(one, lighter[high] - lighter[low], 0.0)
        low0, high0 = position[low], position[high]
        zeros = int(position[-1])
        low = np.where(one, zeros + low - low0, low0)
        high = np.where(one, zeros + high - high0, high0)
        heights = np.concatenate([heights[zero], heights[~zero]])
        weights = np.concatenate([weights[zero], weights[~zero]])
    return found
