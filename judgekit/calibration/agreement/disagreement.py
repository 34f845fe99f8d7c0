"""Coefficients of the form 1 - D/E, observed over expected disagreement, of any number of raters with missing ratings.

Notation (Gwet 2014): r_ik raters put item i into k; r_i = Σ_k r_ik; n' items have r_i ≥ 2, n⁺ have r_i ≥ 1; w_kl
weights, v_kl = 1 - w_kl; π_k = (1/n⁺) Σ_i r_ik/r_i. Observed: D = 1 - p_a = (1/n') Σ_i Σ_kl v_kl r_ik
r_il/(r_i(r_i-1)). Expected: E = 1 - p_e, which is where the coefficients differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration.agreement.data import Rated, distinct_rows
from judgekit.calibration.agreement.how import How
from judgekit.calibration.agreement.interval import Asked, estimated
from judgekit.calibration.agreement.sample import Sample
from judgekit.calibration.agreement.scale import MISSING
from judgekit.calibration.agreement.shape import score
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.resample import Statistic
from judgekit.calibration.resample.resampled import total, whole
from judgekit.errors import UserError

Parts = Callable[[NDArray[Any]], tuple[NDArray[Any], NDArray[Any]]]
"""Sums of features (B, D) to observed and expected disagreement, (B,) each."""

NOTHING = 1e-12
"""An expected disagreement below this is rounding: there is none. A single dissenter in a million gives 1e-6."""
MANY_CATEGORIES = 1000
FEW_DISSENTERS = 10
"""With fewer units that have anything but the commonest label, an interval of a kappa covers too little."""


@dataclass(frozen=True, slots=True)
class Observed:
    """The items by what they are made of: shares of the categories, and their own disagreement."""

    sample: Sample
    """Features: [r_i ≥ 2, D_i, r_i1/r_i, …, r_iq/r_i]."""
    n: int
    """Items with two ratings or more, n'."""
    note: str
    """What has to be said of the data whatever the coefficient."""


def paired(rated: Rated) -> Rated:
    """The items with two ratings or more: all that counts where chance is not estimated from the shares."""
    return rated.keep((rated.codes != MISSING).sum(axis=1) >= 2)


def observe(name: str, rated: Rated, apart: NDArray[np.float64], *, chance: bool = True) -> Observed:
    """The items as features, raters exchangeable: rows that differ by who said what are one.

    Args:
        name: the function, for messages.
        rated: the ratings.
        apart: (q, q), the disagreement v_kl of two answers.
        chance: whether the expected disagreement vanishes where one label is common: then few dissenters are noted.
    """
    q = rated.scale.size
    if q > MANY_CATEGORIES:
        cure = "use krippendorff_alpha with metric='interval', or intraclass_correlation"
        raise UserError(f"{name}: at most {MANY_CATEGORIES} categories were wanted; came {q}: for measurements {cure}")
    rows, counts, which = distinct_rows(np.sort(rated.codes, axis=1), q)
    tally = np.zeros((len(rows), q))
    for column in rows.T:
        there = np.flatnonzero(column != MISSING)
        tally[there, column[there]] += 1.0
    r = tally.sum(axis=1)
    twice = r >= 2.0
    own = ((tally @ apart) * tally).sum(axis=1) / np.where(twice, r * (r - 1.0), 1.0)
    shares = tally / np.maximum(r, 1.0)[:, None]
    sample = Sample(np.column_stack([twice, own, shares]), counts, which, rated.clusters)
    n = int(counts[twice].sum())
    notes = [dropped(rated)]
    if n < len(which):
        notes.append(f"{counted(len(which) - n, 'item')} with one rating for the shares alone")
    if n:
        margin = counts @ shares
        few = few_dissenters(sample, shares[:, int(margin.argmax())] < 1.0) if chance else ""
        notes.append(one_label(margin) or few)
    return Observed(sample, n, joined(notes))


def coefficient(
    name: str, seen: Observed, parts: Parts, how: How, *, span: float = 2.0, why: str, note: str = ""
) -> Estimate:
    """The estimate of 1 - D/E.

    Args:
        name: what is estimated.
        seen: the items.
        parts: sums of features to D and E.
        how: which interval.
        span: the length of the range below 1: 2 for coefficients, 1 for shares.
        why: why the value is nan where E is 0.
        note: what has to stand beside the value.
    """
    sample, statistic = seen.sample, one_minus(parts)
    value, expected = float("nan"), 1.0
    if seen.n:
        value = whole(sample.features, statistic, sample.counts)
        value = 0.0 if abs(value) < NOTHING else value
        expected = float(parts(total(sample.features, sample.counts)[None])[1][0])
    why = why if seen.n else "no item has two ratings"
    asked = Asked(name, value, seen.n, why, score(span, expected), 1.0 - span, joined([note, seen.note]))
    return estimated(asked, how, sample, statistic)


def one_minus(parts: Parts) -> Statistic:
    """The statistic 1 - D/E of stacked sums; nan where nothing is expected."""

    def statistic(sums: NDArray[Any]) -> NDArray[Any]:
        observed, expected = parts(sums)
        return np.where(np.abs(expected) > NOTHING, 1.0 - observed / expected, np.nan)

    return statistic


def dropped(rated: Rated) -> str:
    """How many items were left out, if any."""
    return f"{counted(rated.n_dropped, 'item')} without enough ratings left out" if rated.n_dropped else ""


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "item"), counted(2, "item")
    ('1 item', '2 items')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def undeclared(rated: Rated) -> str:
    """That the scale was taken from the data, if so: say it where the value depends on answers that nobody gave."""
    return "" if rated.scale.declared else f"scale of the {rated.scale.size} labels that occur: declare categories="


def one_label(margin: NDArray[np.float64]) -> str:
    """That only one label occurs, if so."""
    return "every rating is the same label" if np.count_nonzero(margin) == 1 else ""


def few_dissenters(sample: Sample, other: NDArray[np.bool_]) -> str:
    """That too few units have anything but the commonest label, if so: the interval rests on them."""
    if sample.clusters is None:
        number, unit = int(sample.counts[other].sum()), "item"
    else:
        number, unit = len(np.unique(sample.clusters[other[sample.which]])), "cluster"
    if not 0 < number < FEW_DISSENTERS:
        return ""
    return f"the interval may be too short: {counted(number, unit)} with a rating beside the commonest label"


def joined(notes: list[str]) -> str:
    """Notes as one text."""
    return "; ".join(note for note in notes if note)
