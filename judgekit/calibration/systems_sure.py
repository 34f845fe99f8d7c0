"""Which pairs of systems are surely ordered: a band over all differences at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import student
from judgekit.calibration.ceiling_references import grouped
from judgekit.calibration.systems_pairs import SAME, Pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from judgekit.calibration.inputs import Floats


def sure_signs(pairs: Pairs, *, level: float, resamples: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(2, pairs), whether the order of each pair is sure, for people and for the judge; all at once at this level.

    Step-down: of the differences that are not sure yet, those whose |t| exceeds the level's quantile of the largest t*
    among them are sure; repeated until none is added. t* = ± Σ_g ξ_g r_g / √Σ r_g², r_g what the unit adds to the
    mean's deviation, ξ normal; the sign is that of the difference, for only one of the two orders is wrong.
    """
    from scipy.special import ndtr

    sums = np.concatenate([pairs.human, pairs.judge], axis=1)
    counts = np.tile(pairs.counts, 2)
    mean = sums.sum(axis=0) / counts.sum(axis=0)
    parts = _dealt((sums - counts * mean) / counts.sum(axis=0), rng)
    error = np.sqrt((parts**2).sum(axis=0) * len(parts) / (len(parts) - 1))
    width = pairs.human.shape[1]
    slack = np.repeat(pairs.slack, width)
    still = error <= slack
    # What never varied: by `mean_from_sums` a share p0 of units is like these, and the rest may be a whole range away.
    p0 = ((1.0 - level) / 2.0) ** (1.0 / len(parts))
    sure: NDArray[np.bool_] = still & (np.abs(mean) * p0 > slack / SAME * (1.0 - p0))
    error = np.where(still, 1.0, error)
    seen = np.where(still, 0.0, np.abs(mean) / error)
    drawn = rng.standard_normal((resamples, len(parts))) @ (parts / error * np.sign(mean))
    while not (sure | still).all():
        bound = float(np.quantile(drawn[:, ~(sure | still)].max(axis=1), level))
        bound = student(len(parts) - 1, 2.0 * float(ndtr(bound)) - 1.0)
        more = ~sure & (seen > bound)
        if not more.any():
            break
        sure |= more
    return np.stack([sure[:width], sure[width:]])


def _dealt(columns: Floats, rng: np.random.Generator) -> Floats:
    """The sums of the units, or of 2,000 random groups of them where they are more."""
    group, n_groups = grouped(np.arange(len(columns)), len(columns), rng)
    return np.stack([np.bincount(group, c, n_groups) for c in columns.T], axis=1)
