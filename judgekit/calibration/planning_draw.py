"""How doubt about a verdict becomes a probability of being labelled next, and these become a draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.correction_ppi import sample
from judgekit.calibration.correction_strata import grades
from judgekit.calibration.inputs import scores
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats, Ints, Values


def doubt(verdicts: Values, error_sd: Values | None) -> tuple[Floats, str]:
    """(n,) how wrong each verdict is expected to be, and the words for what that rests on.

    Raises:
        UserError: text, a negative error_sd, or different lengths.
    """
    try:
        raw = np.asarray(verdicts, dtype=float)
    except (TypeError, ValueError):
        raise UserError(
            "next_to_label: numbers, one row an item, were wanted as verdicts; map answers to numbers first"
        ) from None
    if raw.ndim not in (1, 2):
        raise UserError(f"next_to_label: verdicts (n,) or (n, r) were wanted; came the shape {raw.shape}")
    table = raw[:, None] if raw.ndim == 1 else raw
    if error_sd is not None:
        s, basis = scores(error_sd, "next_to_label: error_sd"), "expected error"
        if s.size != len(table):
            raise UserError(f"next_to_label: an error_sd for each of {len(table)} items was wanted; came {s.size}")
        if bool((s < 0.0).any()):
            raise UserError("next_to_label: an error_sd of 0 or more was wanted, and a negative one came")
    elif table.shape[1] > 1:
        known = ~np.isnan(table)
        count = known.sum(axis=1)
        mean = np.where(known, table, 0.0).sum(axis=1) / np.maximum(count, 1)
        square = np.where(known, table - mean[:, None], 0.0) ** 2
        s = np.where(count > 1, np.sqrt(square.sum(axis=1) / np.maximum(count - 1, 1)), np.nan)
        basis = "disagreement"
    else:
        f = table[:, 0] if table.shape[1] else np.full(len(table), np.nan)
        inside = bool(np.all(np.isnan(f) | ((f >= 0.0) & (f <= 1.0))))
        s = np.sqrt(f * (1.0 - f)) if inside else np.where(np.isnan(f), np.nan, 0.0)
        basis = "doubt of one judge's score" if inside else "uniform: scores off 0..1 tell no doubt; give error_sd"
    unknown = np.isnan(s)
    if bool(unknown.all()):
        return np.zeros(s.size), "uniform: no verdict tells anything"
    s[unknown] = s[~unknown].mean()
    return s, basis


def inclusion(s: Floats, k: int, floor: float) -> Floats:
    """(n,), π proportional to floor/n + (1 - floor) s/Σs, at most 1, summing to k.

    What is cut off at 1 goes to the others in proportion.
    """
    n = s.size
    size = np.full(n, 1.0 / n)
    if s.sum() > 0.0:
        size = floor / n + (1.0 - floor) * s / s.sum()
    pi = np.zeros(n)
    certain = np.zeros(n, dtype=bool)
    while True:
        open_ = ~certain
        pi[certain] = 1.0
        pi[open_] = (k - certain.sum()) * size[open_] / size[open_].sum() if open_.any() else 0.0
        over = pi > 1.0
        if not over.any():
            return pi
        certain |= over


def systematic(pi: Floats, rng: np.random.Generator) -> Ints:
    """The places that are drawn: exactly Σ π of them, each with its own probability π."""
    order = rng.permutation(pi.size)
    ends = np.cumsum(pi[order])
    k = round(float(ends[-1]))
    ends[-1] = k  # the sum of the floats may stop a digit short of k
    marks = rng.random() + np.arange(k)
    return np.sort(order[np.searchsorted(ends, marks, side="right")])


def expected_error(
    labelled_y: Values, labelled_f: Values, verdicts: Values, *, low: float = 0.0, high: float = 1.0
) -> Floats:
    """The expected sd of label minus judge for each verdict: the `error_sd` of `next_to_label`.

    Items are grouped by judge score, neighbours merged until each group holds 5 labels; the variance of y - f in a
    group of m labels is (m v + 2 v̄) / (m + 2), v̄ that of all labels: a group without an error so far keeps a doubt.

    Args:
        labelled_y: (n,), labels, from low to high.
        labelled_f: (n,), the judge's scores of the same items.
        verdicts: (N,), the judge's scores for which it is wanted.
        low: the lowest value that a label can have.
        high: the highest.

    Raises:
        UserError: fewer than 5 labels, or see `ppi_mean`.

    >>> y, f = [1, 1, 1, 1, 1, 0, 0, 1, 1, 0], [1] * 5 + [0] * 5
    >>> [round(float(s), 3) for s in expected_error(y, f, [0, 1])]          # v = 0.24 and 0 in the groups, v̄ = 0.16
    [0.466, 0.214]
    """
    s = sample(labelled_y, labelled_f, verdicts, None, None, "expected_error", low=low, high=high)
    n = s.y.size
    if n < 5:
        raise UserError(f"expected_error: 5 labels or more were wanted; came {n}")
    cells = grades(s)
    off = s.y - s.f
    size = np.bincount(cells[:n], minlength=int(cells.max()) + 1)
    mean = np.bincount(cells[:n], weights=off, minlength=size.size) / size
    inside = np.bincount(cells[:n], weights=(off - mean[cells[:n]]) ** 2, minlength=size.size)
    return np.asarray(np.sqrt((inside + 2.0 * float(off.var())) / (size + 2.0))[cells[n:]])
