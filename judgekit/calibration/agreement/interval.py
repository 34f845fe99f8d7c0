"""One value and the interval that was asked for, as an Estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration.agreement.how import How
from judgekit.calibration.agreement.sample import Sample
from judgekit.calibration.agreement.shape import Shape, wald
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.resample import Statistic, jackknife, linearised, unit_bootstrap
from judgekit.calibration.resample.resampled import too_few

FEW_UNITS = 10
"""Below this many clusters every interval is a guess."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A statistic of a sample, and all that its estimate has to say."""

    name: str
    """What is estimated."""
    value: float
    """The statistic of the whole sample; nan where undefined."""
    n: int
    """How many items count."""
    why: str
    """Why the value is nan, if it is."""
    shape: Shape
    """From a standard error to the interval."""
    floor: float
    """The lowest value that is possible."""
    note: str = ""
    """What has to stand beside the value."""
    small: bool = False
    """Whether the delta method's error is too small in small samples: the analytic one is then the jackknife's."""


def estimated(
    asked: Asked,
    how: How,
    sample: Sample,
    statistic: Statistic,
    influence: NDArray[np.float64] | None = None,
) -> Estimate:
    """The value with its interval.

    Args:
        asked: the value and what belongs to it.
        how: which interval.
        sample: the items.
        statistic: sums of features (B, D) to values (B,).
        influence: (P,), how much each distinct row moves the value; None: derived from the statistic.
    """
    units = sample.n_units
    if math.isnan(asked.value):
        return _without(asked, how, units, "none", asked.why)
    if how.ci is None:
        return _without(asked, how, units, "no interval was asked for", None)
    if units < 2:
        return _without(asked, how, units, "none", too_few(units))
    if how.ci == "bootstrap":
        return _bootstrapped(asked, how, sample, statistic)
    from scipy.special import stdtrit

    found = _error(asked, how, sample, statistic, influence)
    shape = wald(asked.floor) if how.ci == "wald" else asked.shape
    ends = shape.ends(asked.value, found.se, float(stdtrit(units - 1, how.tail)), units) if found.se >= 0.0 else None
    method = f"{shape.title}, {found.method}"
    if sample.clusters is not None and units < FEW_UNITS:
        method += f"; under {FEW_UNITS} clusters it is a guess"
    if ends is None:
        why = (
            found.undefined
            or "there is no spread to judge other items by: the standard error is 0 or the value extreme"
        )
        return _without(asked, how, units, method, why)
    return Estimate(asked.name, asked.value, *ends, how.level, asked.n, units, method, None, asked.note)


@dataclass(frozen=True, slots=True)
class _Error:
    se: float
    method: str
    undefined: str | None = None


def _error(
    asked: Asked, how: How, sample: Sample, statistic: Statistic, influence: NDArray[np.float64] | None
) -> _Error:
    units = sample.n_units
    kind = "items" if sample.clusters is None else "clusters"
    effect = ""
    if influence is None and sample.features is not None:
        influence = linearised(sample.features, statistic, counts=sample.counts).influence
    assert influence is not None, "without features the influence is given"
    square, of_items = sample.errors(influence)
    if sample.clusters is not None and of_items > 0.0:
        effect = f", design effect {square / of_items:.2f}"
    # In small samples the delta method's error is too small for moments, and for anything over few clusters.
    small = asked.small or (sample.clusters is not None and sample.features is not None)
    if how.ci == "jackknife" or (how.ci == "analytic" and small):
        sums, counts = sample.units()
        left = jackknife(sums, statistic, counts=counts, level=how.level, what=kind)
        return _Error(left.se, left.method + effect, left.undefined)
    return _Error(math.sqrt(square), f"delta method over {units} {kind}, Student t, df {units - 1}{effect}")


def _bootstrapped(asked: Asked, how: How, sample: Sample, statistic: Statistic) -> Estimate:
    sums, counts = sample.units()
    what = "items" if sample.clusters is None else "clusters"
    found = unit_bootstrap(
        sums, statistic, counts=counts, level=how.level, resamples=how.resamples, rng=how.rng, what=what
    )
    why = found.undefined and f"{found.undefined}; ci='analytic' may have an interval"
    ends = found.low, found.high
    return Estimate(asked.name, asked.value, *ends, how.level, asked.n, sample.n_units, found.method, why, asked.note)


def _without(asked: Asked, how: How, units: int, method: str, why: str | None) -> Estimate:
    nan = math.nan
    return Estimate(asked.name, asked.value, nan, nan, how.level, asked.n, units, method, why, asked.note)
