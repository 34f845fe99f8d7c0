"""Does the judge reward length beyond what the labels grant it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import jackknife_estimate, noted, unit_sums
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level, left_out, same_length, scores, unit_index
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats, Values


@dataclass(frozen=True, slots=True)
class LengthSlope:
    """What a doubling of the length does to a score, in points."""

    excess: Estimate
    """The judge's slope less that of the labels, the slope of judge - human: the length bias; 0 is neutral."""
    judge: Estimate
    """The judge's slope: bias and quality together."""
    human: Estimate
    """The slope of the labels: longer answers may be better."""
    given_label: Estimate
    """The judge's slope among answers with the same label; labels with noise leave a part of quality in it."""


def length_slope(
    labels: Values,
    verdicts: Values,
    lengths: Values,
    *,
    clusters: Values | None = None,
    level: float = 0.95,
) -> LengthSlope:
    """How many points a doubling of the length adds to the judge's score beyond what it adds to the label.

    Least squares on log2(length); intervals are Student's over leaving out one item or one cluster, which holds where
    the spread differs between short and long answers. `excess` is the bias where judge and labels use the scale alike:
    a judge that squeezes it (see `compression`) has a smaller slope on everything, length too.

    Args:
        labels: (n,), the reference scores; nan is missing.
        verdicts: (n,), the judge's scores.
        lengths: (n,), of the answers, above 0, in any unit.
        clusters: (n,), the independent unit of each item, such as its question.
        level: confidence of the intervals.

    Raises:
        UserError: a length that is not above 0, text, or different lengths.

    Source: least squares; MacKinnon and White (1985) for the jackknife (HC3).

    >>> found = length_slope([3, 3, 3, 3], [2, 3, 4, 5], [100, 200, 400, 800])
    >>> round(found.excess.value, 6), found.human.value
    (1.0, 0.0)
    """
    name = "length_slope"
    check_level(level, name)
    y, f = scores(labels, f"{name}: labels"), scores(verdicts, f"{name}: verdicts")
    x = scores(lengths, f"{name}: lengths")
    same_length(name, labels=y, verdicts=f, lengths=x)
    if bool((x <= 0.0).any()):
        raise UserError(f"{name}: lengths above 0 were wanted; came {x[x <= 0.0][0]:g}")
    unit = unit_index(clusters, y.size, name)
    there = ~(np.isnan(y) | np.isnan(f) | np.isnan(x))
    y, f, x = y[there], f[there], np.log2(x[there])
    if y.size:
        # Centred sums of squares keep their digits; a slope does not see the shift.
        y, f, x = y - y.mean(), f - f.mean(), x - x.mean()
        x[np.abs(x) < 1e-12] = 0.0
    index = np.unique(unit[there], return_inverse=True)[1].reshape(-1)
    one = np.ones(y.size)
    sums = unit_sums(index, one, x, y, f, x * x, x * y, x * f, y * y, y * f)
    note = left_out(int((~there).sum()))

    def slope(what: str, of: str) -> Estimate:
        kind = {"excess": _excess, "judge": _judge, "human": _human, "given_label": _given}[of]
        nothing = "all answers have the same length" if of != "given_label" else "length or label does not vary apart"
        e = jackknife_estimate(what, kind, sums, n=y.size, level=level, nothing=nothing)
        return noted(e, note)

    return LengthSlope(
        slope("length_slope", "excess"),
        slope("judge_length_slope", "judge"),
        slope("human_length_slope", "human"),
        slope("length_slope_given_label", "given_label"),
    )


def _cross(s: Floats, product: int, a: int, b: int) -> Floats:
    return s[:, product] - s[:, a] * s[:, b] / s[:, 0]


def _judge(s: Floats) -> Floats:
    return _cross(s, 6, 1, 3) / _cross(s, 4, 1, 1)


def _human(s: Floats) -> Floats:
    return _cross(s, 5, 1, 2) / _cross(s, 4, 1, 1)


def _excess(s: Floats) -> Floats:
    return _judge(s) - _human(s)


def _given(s: Floats) -> Floats:
    xx, xy, yy = _cross(s, 4, 1, 1), _cross(s, 5, 1, 2), _cross(s, 7, 2, 2)
    free = xx * yy - xy * xy
    # Length and label on one line leave nothing of the one when the other is held.
    free = np.where(free > 1e-10 * xx * yy, free, np.nan)
    return (_cross(s, 6, 1, 3) * yy - _cross(s, 8, 2, 3) * xy) / free
