"""What is true when several judges disagree and few or no labels exist: Dawid and Skene's model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration.inputs import Category, coded
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats, Values


@dataclass(frozen=True, slots=True, eq=False)
class DawidSkene:
    """The probable answers, and how each judge errs, by maximum likelihood."""

    categories: tuple[Category, ...]
    """The scale."""
    posterior: NDArray[np.float64]
    """(n, K), the probability of each category for each item; nan for items that nobody judged."""
    prior: NDArray[np.float64]
    """(K,), how frequent each category is."""
    confusion: NDArray[np.float64]
    """(r, K, K), P(judge answers column | truth is row)."""
    iterations: int
    """Steps of the algorithm."""
    converged: bool
    """Whether the likelihood stopped rising before the steps ran out."""
    undefined: str | None = None
    """Why all is nan; None where it is not."""
    notes: tuple[str, ...] = ()
    """What to doubt."""


def dawid_skene(
    verdicts: Values,
    *,
    labels: Values | None = None,
    categories: Sequence[Category] | None = None,
    smoothing: float = 0.01,
    max_iterations: int = 1000,
) -> DawidSkene:
    """The probability of each category for each item, and each judge's confusion matrix, from the verdicts alone.

    Model: truth k has prior p_k; judge j answers l with c_jkl, independently of the other judges given the truth. EM:
    q_ik ∝ p_k Π_j c_jk,x(ij);  p_k ∝ Σ_i q_ik;  c_jkl ∝ smoothing + Σ_i q_ik [x_ij = l]. It starts from the shares of
    the votes, or from the items with a label where there are any, which keep it. It finds a local optimum.

    Language models err on the same items, so the posterior is over-confident: look at `effective_judges`, and give
    labels.

    Args:
        verdicts: (n, r), answers of r judges; None and nan are missing.
        labels: (n,), known truths, None and nan elsewhere.
        categories: the declared scale; None: what occurs.
        smoothing: added to each cell of the confusion counts.
        max_iterations: where to stop.

    Returns:
        The fit; nan with a reason for fewer than 3 judges without labels, or without any verdict.

    Raises:
        UserError: not one row an item, a value outside the categories, or smoothing that is not above 0.

    Source: Dawid and Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm.

    >>> fit = dawid_skene([["a", "a", "a"], ["b", "b", "b"], ["a", "a", "b"], ["b", "b", "b"]] * 5)
    >>> [fit.categories[k] for k in fit.posterior.argmax(axis=1)[:4]]
    ['a', 'b', 'a', 'b']
    """
    name = "dawid_skene"
    if not smoothing > 0.0 or max_iterations < 1:
        raise UserError(f"{name}: smoothing above 0 and max_iterations of 1 or more were wanted")
    table, truth, names = _codes(verdicts, labels, categories)
    n, r = table.shape
    k = len(names)
    anchored = bool((truth >= 0).any())
    why = None
    if not (table >= 0).any():
        why = "there is no verdict"
    elif r < 3 and not anchored:
        why = f"3 judges are needed where there are no labels; there are {r}"
    if why is not None:
        nan = np.full((r, k, k), np.nan)
        return DawidSkene(names, np.full((n, k), np.nan), np.full(k, np.nan), nan, 0, False, why)
    # Items with the same verdicts have the same posterior: what differs is at most (K + 1)^r patterns.
    patterns, where, counts = np.unique(
        np.column_stack([table, truth]), axis=0, return_inverse=True, return_counts=True
    )
    hot = (patterns[:, :r, None] == np.arange(k)).astype(float)
    known = patterns[:, r]
    q = _start(hot, known)
    weight = counts * (hot.any(axis=(1, 2)) | (known >= 0))
    if anchored:
        # The votes may be wrong together: the labelled items say how the judges err, the rest follows.
        prior, confusion = _rates(q, hot, (counts * (known >= 0)).astype(float), smoothing)
        q, _ = _posterior((prior + 1.0) / (1.0 + k), confusion, hot, known, weight)
    best, steps, converged = -np.inf, 0, False
    for steps in range(1, max_iterations + 1):  # noqa: B007
        prior, confusion = _rates(q, hot, weight, smoothing)
        q, likelihood = _posterior(prior, confusion, hot, known, weight)
        if likelihood - best <= 1e-8 * max(1.0, abs(likelihood)):
            converged = True
            break
        best = likelihood
    q[weight == 0] = np.nan
    notes = [] if anchored else ["no labels: what judges have in common is taken for the truth"]
    if not converged:
        notes.append(f"not converged after {max_iterations} steps")
    return DawidSkene(names, q[where.reshape(-1)], prior, confusion, steps, converged, None, tuple(notes))


def _codes(
    verdicts: Values, labels: Values | None, categories: Sequence[Category] | None
) -> tuple[NDArray[np.intp], NDArray[np.intp], tuple[Category, ...]]:
    try:
        raw: NDArray[Any] = verdicts if isinstance(verdicts, np.ndarray) else np.asarray(verdicts, dtype=object)
    except ValueError:
        raise UserError("dawid_skene: rows of one length were wanted") from None
    if raw.ndim != 2 or 0 in raw.shape:
        raise UserError(f"dawid_skene: a row an item and a column a judge were wanted; came the shape {raw.shape}")
    n, r = raw.shape
    flat = [*raw.T.reshape(-1).tolist(), *([None] * n if labels is None else list(np.asarray(labels, dtype=object)))]
    if len(flat) != n * (r + 1):
        raise UserError(
            f"dawid_skene: a label (or None) an item was wanted; came {n} items, {len(flat) - n * r} labels"
        )
    whole = np.array([x is not None and x == x for x in flat])
    there = coded(
        [x for x, w in zip(flat, whole, strict=True) if w],
        [x for x, w in zip(flat, whole, strict=True) if w],
        categories=categories,
        what="dawid_skene",
    )
    places = np.full(len(flat), -1)
    places[whole] = there.label
    columns = places.reshape(r + 1, n).T
    return columns[:, :r], columns[:, r], there.categories


def _start(hot: Floats, known: NDArray[np.intp]) -> Floats:
    votes = hot.sum(axis=1)
    size = votes.sum(axis=1, keepdims=True)
    q = np.divide(votes, size, out=np.full(votes.shape, 1.0 / votes.shape[1]), where=size > 0)
    return _anchor(q, known)


def _anchor(q: Floats, known: NDArray[np.intp]) -> Floats:
    fixed = known >= 0
    q[fixed] = np.eye(q.shape[1])[known[fixed]]
    return q


def _rates(q: Floats, hot: Floats, weight: Floats, smoothing: float) -> tuple[Floats, Floats]:
    heavy = q * weight[:, None]
    prior = heavy.sum(axis=0) / weight.sum()
    counts = np.einsum("uk,ujl->jkl", heavy, hot) + smoothing
    return prior, counts / counts.sum(axis=2, keepdims=True)


def _posterior(
    prior: Floats, confusion: Floats, hot: Floats, known: NDArray[np.intp], weight: Floats
) -> tuple[Floats, float]:
    logs = np.log(np.maximum(prior, 1e-300)) + np.einsum("ujl,jkl->uk", hot, np.log(confusion))
    top = logs.max(axis=1, keepdims=True)
    sums = np.exp(logs - top)
    total = sums.sum(axis=1, keepdims=True)
    each = np.where(known >= 0, logs[np.arange(len(logs)), np.maximum(known, 0)], (np.log(total) + top)[:, 0])
    return _anchor(sums / total, known), float(weight @ each)
