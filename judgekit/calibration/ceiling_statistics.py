"""Agreement of two raters as a function of sums: what lets one bootstrap serve all pairs of raters at once.

A statistic of a table sees counts of (answer of a, answer of b); a statistic of moments sees Σ1, Σa, Σb, Σab, Σa², Σb²,
Σ|a-b|. Both add up over items, so the value in a resample needs only the weights and the sums of each unit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats, Ints

OfTable = Literal["percent_agreement", "cohen_kappa", "scott_pi", "brennan_prediger", "gwet_ac"]
OfMoments = Literal["pearson", "concordance_correlation", "mean_absolute_error", "root_mean_squared_error"]
TABLES: tuple[str, ...] = get_args(OfTable)
MOMENTS: tuple[str, ...] = get_args(OfMoments)


def limits(name: str) -> tuple[float, float]:
    """The lowest and the highest value that a statistic can have."""
    if name in ("mean_absolute_error", "root_mean_squared_error"):
        return 0.0, math.inf
    return (0.0 if name == "percent_agreement" else -1.0), 1.0


_TINY = 1e-12
"""A chance-corrected range, or a variance, below this share is 0 but for rounding."""


def of_table(name: str, weights: Floats) -> Callable[[Floats], Floats]:
    """The statistic of stacked tables (B, q, q) of counts, values (B,); nan where it is 0/0.

    With p = counts/n and w the weights: percent_agreement Σ w p; otherwise (p_o - p_e)/(1 - p_e) with p_o the same and
    p_e: cohen Σ w_kl p_k. p_.l; scott Σ w_kl π_k π_l, π the mean of the two margins; brennan_prediger Σ w/q²;
    gwet Σ w · Σ π_k (1 - π_k) / (q(q-1)).
    """
    q = len(weights)

    def value(tables: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            p = tables / tables.sum(axis=(1, 2), keepdims=True)
            seen = np.einsum("bkl,kl->b", p, weights)
            if name == "percent_agreement":
                return np.asarray(seen)
            rows, columns = p.sum(axis=2), p.sum(axis=1)
            margin = (rows + columns) / 2.0
            if name == "cohen_kappa":
                chance = np.einsum("bk,kl,bl->b", rows, weights, columns)
            elif name == "scott_pi":
                chance = np.einsum("bk,kl,bl->b", margin, weights, margin)
            elif name == "brennan_prediger":
                chance = np.full(len(p), weights.sum() / (q * q))
            else:
                chance = weights.sum() * (margin * (1.0 - margin)).sum(axis=1) / max(q * (q - 1), 1)
            return np.where(1.0 - chance > _TINY, (seen - chance) / (1.0 - chance), np.nan)

    return value


def of_moments(name: str) -> Callable[[Floats], Floats]:
    """The statistic of stacked sums (B, 7) as in `moments`, values (B,); nan where it is 0/0.

    pearson s_ab/√(s_aa s_bb); concordance_correlation 2 s_ab/(s_aa + s_bb + (ā - b̄)²), all with 1/n;
    mean_absolute_error Σ|a-b|/n; root_mean_squared_error √(Σ(a-b)²/n).
    """

    def value(sums: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            n, a, b, ab, aa, bb, off = (sums[:, k] / np.where(k == 0, 1.0, sums[:, 0]) for k in range(7))
            if name == "mean_absolute_error":
                return np.where(n > 0, off, np.nan)
            if name == "root_mean_squared_error":
                return np.where(n > 0, np.sqrt(np.maximum(aa + bb - 2.0 * ab, 0.0)), np.nan)
            cov, var_a, var_b = ab - a * b, aa - a * a, bb - b * b
            scale = _TINY * (aa + bb)
            if name == "pearson":
                return np.where((var_a > scale) & (var_b > scale), cov / np.sqrt(var_a * var_b), np.nan)
            spread = var_a + var_b + (a - b) ** 2
            return np.where(spread > scale, 2.0 * cov / spread, np.nan)

    return value


def tables(a: Ints, reference: Floats, unit: Ints, units: int) -> Floats:
    """(units, q·q), the counts of (a, reference) within each unit; a reference may be shared between answers.

    Args:
        a: (n,), positions on the scale.
        reference: (n, q), how much each answer is the reference; rows sum to 1.
        unit: (n,), the unit of each item.
        units: how many units there are.
    """
    q = reference.shape[1]
    out = np.zeros((units, q, q))
    for answer in range(q):
        some = np.flatnonzero(reference[:, answer])
        cell = unit[some] * q + a[some]
        out[:, :, answer] = np.bincount(cell, reference[some, answer], units * q).reshape(units, q)
    return out.reshape(units, q * q)


def moments(a: Floats, b: Floats, unit: Ints, units: int) -> Floats:
    """(units, 7), the sums of 1, a, b, ab, a², b², |a-b| within each unit."""
    columns = (np.ones(a.size), a, b, a * b, a * a, b * b, np.abs(a - b))
    return np.column_stack([np.bincount(unit, c, units) for c in columns])
