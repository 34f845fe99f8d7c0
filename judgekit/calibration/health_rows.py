"""Data health of rows: labels that stand beside the wrong verdicts, because rows or ids are out of step."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.finding import Finding, listed, plural
from judgekit.calibration.pairing import Paired
from judgekit.calibration.pairing_lost import some
from judgekit.calibration.pairing_none import why_none

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats

_FEW = 30
_NEAR_ZERO = 0.2
"""Below this, rows as they stand do not agree."""
_NO_AGREEMENT = 0.25
"""An upper bound below this says that there is no agreement to speak of."""
_ONE_SIDED = 1.645
_CLEAR = 0.4
"""A kappa that a shift has to reach, 0.3 above that of the rows as they stand."""
_CLEARLY_ABOVE = 0.3
_SURE = 5.0
"""Standard errors that it has to be above it: thousands of shifts are tried."""
_SAME_SHARES = 0.1
"""Shares of answers are the same up to this total variation."""
_BINS = 5
_MOST_IDS = 20_000


@dataclass(frozen=True, slots=True)
class Shift:
    """How one annotator agrees with the judge, as the rows stand and shifted."""

    n: int
    """Items that both answered."""
    kappa: float
    """As the rows stand; nan where undefined."""
    error: float
    """The standard error of a kappa of 0."""
    distance: float
    """Half the sum of differences between both shares of answers, 0..1."""
    best: int
    """The shift with most agreement: the label of a row fits the verdict so many rows further down."""
    best_kappa: float
    """The kappa there."""
    r: float
    """The correlation as the rows stand, 0 for answers without an order: where it is strong, the rows are in step."""


def shift_of(labels: Floats, judge: Floats, *, ordered: bool) -> Shift | None:
    """The agreement of two raters at every circular shift of the rows; None where there is too little.

    agree(k) = Σ_c Σ_i 1[label_i = c] 1[judge_{i+k} = c] for all k at once by Fourier transforms, O(q n log n).
    """
    both = ~(np.isnan(labels) | np.isnan(judge))
    n = int(both.sum())
    if n < _FEW:
        return None
    a, b = _coded(labels, judge)
    q = int(max(a.max(), b.max())) + 1
    size = len(a)
    agree, pairs = np.zeros(size), _correlate(a >= 0, b >= 0)
    for code in range(q):
        agree += _correlate(a == code, b == code)
    share_a, share_b = (np.bincount(x[x >= 0], minlength=q) / (x >= 0).sum() for x in (a, b))
    expected = float(share_a @ share_b)
    if expected > 1 - 1e-9:
        return None
    kappa = np.where(pairs >= max(_FEW, n / 2), (agree / np.maximum(pairs, 1) - expected) / (1 - expected), -np.inf)
    best = int(np.argmax(kappa[1:])) + 1 if size > 1 else 0
    error = math.sqrt(expected / ((1 - expected) * n))
    distance = float(np.abs(share_a - share_b).sum()) / 2
    signed = best if best <= size // 2 else best - size
    varied = ordered and np.ptp(labels[both]) > 0 and np.ptp(judge[both]) > 0
    r = float(np.corrcoef(labels[both], judge[both])[0, 1]) if varied else 0.0
    return Shift(n, float(kappa[0]), error, distance, signed, float(kappa[best]), r)


def _coded(labels: Floats, judge: Floats) -> tuple[np.ndarray, np.ndarray]:
    """Both as whole numbers from 0, -1 where missing; of many different numbers, the fifth that they are in."""
    seen = np.unique(np.concatenate([labels[~np.isnan(labels)], judge[~np.isnan(judge)]]))
    edges = seen
    if len(seen) > 4 * _BINS:
        pooled = np.concatenate([labels[~np.isnan(labels)], judge[~np.isnan(judge)]])
        edges = np.unique(np.quantile(pooled, np.arange(_BINS) / _BINS))
    found = [np.searchsorted(edges, np.nan_to_num(x), side="right") - 1 for x in (labels, judge)]
    return np.where(np.isnan(labels), -1, found[0]), np.where(np.isnan(judge), -1, found[1])


def _correlate(a: np.ndarray, b: np.ndarray) -> Floats:
    """Σ_i a_i b_{i+k}, for each k."""
    product = np.conj(np.fft.rfft(a.astype(float))) * np.fft.rfft(b.astype(float))
    return np.rint(np.fft.irfft(product, len(a)))


def row_findings(paired: Paired) -> Iterator[Finding]:
    """Annotators whose labels have the right shares of answers, and yet agree with the judge as chance does."""
    found = {
        name: shift
        for name, column in zip(paired.annotators, paired.ratings.T, strict=True)
        if (shift := shift_of(column, paired.judge, ordered=paired.scale.ordered)) is not None
    }
    shifted = {name: one for name, one in found.items() if _is_shifted(one)}
    for name, one in shifted.items():
        down = "down" if one.best > 0 else "up"
        detail = (
            f"the labels of {name} look shifted: kappa with the judge is {one.kappa:.2f} as the rows stand, and "
            f"{one.best_kappa:.2f} with the verdicts {plural(abs(one.best), 'row')} further {down}; check how they got "
            "their ids"
        )
        yield Finding("shifted_rows", "error", one.n, detail, (name,))
    aside = [name for name, one in found.items() if name not in shifted and _is_aside(one)]
    if aside:
        shown = listed([f"{name} {found[name].kappa:.2f}" for name in aside])
        detail = (
            f"verdicts and labels have the same shares of answers, and agree as by chance (kappa: {shown}), at every "
            "shift of the rows: do the ids belong to other transcripts? If they are right, the judge guesses"
        )
        yield Finding("misaligned_rows", "warning", max(found[name].n for name in aside), detail, tuple(aside[:5]))


def _is_shifted(one: Shift) -> bool:
    far_above = one.best_kappa - one.kappa >= max(_CLEARLY_ABOVE, _SURE * one.error)
    return max(one.kappa, abs(one.r)) < _NEAR_ZERO + one.error and one.best_kappa >= _CLEAR and far_above


def _is_aside(one: Shift) -> bool:
    upper = max(abs(one.kappa), abs(one.r)) + _ONE_SIDED * one.error
    return upper < _NO_AGREEMENT and one.distance <= _SAME_SHARES


def id_findings(paired: Paired) -> Iterator[Finding]:
    """Labelled transcripts that no verdict has, above all those whose ids are only spelt in another way."""
    unknown = paired.unknown_ids
    ids = [*paired.items, *paired.unlabelled_items]
    candidates = [(how, _matches(unknown[:_MOST_IDS], ids, key)) for how, key in _SPELLINGS.items()]
    how, matches = max(candidates, key=lambda one: len(one[1]))
    if not paired.items:
        hint = f"they fit {how}: spell ids alike" if matches else ""
        yield Finding("nothing_paired", "error", 0, why_none(paired, hint), unknown[:5])
    if not unknown:
        return
    if matches:
        first = next(iter(matches.items()))
        detail = (
            f"{plural(len(matches), 'labelled transcript')} without a verdict would have one {how}, such as "
            f"{first[0]!r} and {first[1]!r}; spell ids alike"
        )
        yield Finding("misaligned_ids", "error", len(matches), detail, some(matches))
    total = len(unknown) + len(paired.items)
    if not matches and len(unknown) > total / 2:
        detail = (
            f"{len(unknown):,} of {plural(total, 'labelled transcript')} have no verdict: are these labels of this run?"
        )
        yield Finding("unmatched_labels", "warning", len(unknown), detail, unknown[:5])


_SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "if case did not count": str.casefold,
    "if 7.0 were 7": lambda name: name.removesuffix(".0"),
    "without the zeros before numbers": lambda name: re.sub(r"(?<![0-9])0+(?=[0-9])", "", name),
    "without folders and suffixes": lambda name: re.sub(r"\.[A-Za-z]{1,5}\Z", "", name.rpartition("/")[2]),
    "if separators did not count": lambda name: re.sub(r"[\W_]", "", name).casefold(),
}


def _matches(unknown: tuple[str, ...], ids: list[str], key: Callable[[str], str]) -> dict[str, str]:
    """The unknown ids that fit exactly one id, which fits no other unknown one, once both are spelt so."""
    often = Counter(map(key, ids))
    known = {key(name): name for name in ids}
    once = Counter(map(key, unknown))
    found = {name: key(name) for name in unknown}
    return {name: known[spelt] for name, spelt in found.items() if spelt and often[spelt] == 1 == once[spelt]}
