"""From the judge's scores to the labels that people would give: a map, fitted and checked on items it has not seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from judgekit.calibration.inputs import scores, unit_index
from judgekit.calibration.mapping_fits import Method, ScoreMap, fit_beta, fit_isotonic, fit_linear, fit_platt
from judgekit.calibration.mapping_ordinal import fit_ordinal
from judgekit.calibration.matrices import matrix, same_rows
from judgekit.calibration.resample import seeded
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from judgekit.calibration.inputs import Floats

_ISOTONIC_WANTS = 200
"""Below about so many items a free curve follows the noise."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedMap:
    """A map, and how well it does on items that it was not fitted on."""

    map: ScoreMap | None
    """The map fitted on all items: plain data; None where it could not be fitted."""
    cross_fitted: Floats
    """(n_items,), each item's prediction by a map that has not seen its fold; nan where there is none."""
    error_in_sample: float
    """Mean squared error on the items the map was fitted on (the Brier score for 0/1 labels): it flatters."""
    error_cross_fitted: float
    """Mean squared error of `cross_fitted`: what to expect on new items."""
    n: int
    """Items with a score and a label."""
    n_clusters: int
    """How many independent units they come from."""
    folds: int
    """How many folds; 0 where there are too few units."""
    method: str
    """How it was fitted."""
    notes: tuple[str, ...] = ()
    """What has to stand beside the map."""
    undefined: str | None = None
    """Why there is no map, or no cross-fitted error."""

    def predict(self, f: ArrayLike) -> Floats:
        """The expected label of new scores; nan where there is no map."""
        if self.map is None:
            return np.full(len(np.asarray(f)), math.nan)
        return self.map.predict(f)


def fit_map(
    f: ArrayLike,
    y: ArrayLike,
    *,
    method: Method,
    folds: int = 5,
    clusters: ArrayLike | None = None,
    clip: float = 0.01,
    rng: np.random.Generator | int | None = None,
) -> FittedMap:
    """The map from scores to expected labels, with predictions that are fair to each item.

    platt: σ(a · logit f + c). beta: σ(a ln f - b ln(1-f) + c). Both for scores 0..1 and labels 0/1. isotonic: the
    nearest rising function. linear: least squares, with several columns where f has them (such as the length). ordinal:
    the cumulative logit, E[y | f] = Σ_k k P(y = k | f). Under 100 items take platt or linear.

    Folds are dealt by cluster: two answers to one question are never on both sides.

    Args:
        f: (n_items,), the judge's scores, or (n_items, p) for linear; nan = failed.
        y: (n_items,), the labels; nan = not labelled.
        method: platt, isotonic, beta, ordinal or linear.
        folds: how many folds, at most one an independent unit.
        clusters: (n_items,), the independent unit of each item.
        clip: platt and beta keep scores this far from 0 and 1, where their logarithms are infinite.
        rng: deals the folds; a seed or a Generator; None: seed 0.

    Raises:
        UserError: text for numbers, lengths that differ, or scores and labels that the method cannot take.

    >>> m = fit_map([0.1, 0.2, 0.6, 0.8] * 5, [0, 0, 1, 1] * 5, method="isotonic")
    >>> m.predict([0.1, 0.4, 0.9]).tolist(), m.map.to_plain()["knots"]
    ([0.0, 0.5, 1.0], [0.1, 0.2, 0.6, 0.8])
    """
    what = f"fit_map {method}"
    if method not in ("platt", "isotonic", "beta", "ordinal", "linear"):
        raise UserError(f"fit_map: platt, isotonic, beta, ordinal or linear was wanted; came {method!r}")
    wide = method == "linear" and np.ndim(f) == 2
    x = matrix(f, f"{what}: f", columns="a covariate") if wide else scores(f, f"{what}: f")
    labels = scores(y, f"{what}: y")
    same_rows(what, len(x), y=labels.size)
    if folds < 2 or not 0.0 < clip < 0.5:
        raise UserError(f"{what}: 2 folds or more and a clip in (0, 0.5) were wanted; came {folds} and {clip:g}")
    whole = ~(np.isnan(labels) | (np.isnan(x).any(axis=1) if wide else np.isnan(x)))
    unit = np.unique(unit_index(clusters, labels.size, what)[whole], return_inverse=True)[1].reshape(-1)
    x, t = x[whole], labels[whole]
    units = int(unit.max()) + 1 if unit.size else 0
    cross = np.full(labels.size, math.nan)
    if not t.size:
        why = "no item has both a score and a label"
        return FittedMap(None, cross, math.nan, math.nan, 0, 0, 0, "none", (), why)
    _check(what, method, x, t)
    generator, seed = seeded(rng)
    fitted = _fit(method, x, t, clip)
    inside = float(np.mean((fitted.predict(x) - t) ** 2))
    notes = _notes(method, x, t, fitted)
    if units < 2:
        why = "cross-fitting needs 2 independent units; there is 1"
        return FittedMap(fitted, cross, inside, math.nan, t.size, units, 0, f"{method}, not cross-fitted", notes, why)
    used = min(folds, units)
    fold = (generator.permutation(units) % used)[unit]
    seen = np.empty(t.size)
    for k in range(used):
        out = fold == k
        seen[out] = _fit(method, x[~out], t[~out], clip).predict(x[out])
    cross[whole] = seen
    outside = float(np.mean((seen - t) ** 2))
    how = f"{method}, {used} folds of {'items' if clusters is None else 'clusters'}, seed {seed}"
    return FittedMap(fitted, cross, inside, outside, t.size, units, used, how, notes)


def _check(what: str, method: str, x: Floats, t: Floats) -> None:
    if method not in ("platt", "beta"):
        return
    if not bool(((x >= 0.0) & (x <= 1.0)).all()):
        wrong = x[~((x >= 0.0) & (x <= 1.0))][0]
        raise UserError(f"{what}: scores between 0 and 1 were wanted, and {wrong:g} came; rescale them, or use linear")
    if not bool(np.isin(t, (0.0, 1.0)).all()):
        wrong = t[~np.isin(t, (0.0, 1.0))][0]
        raise UserError(f"{what}: labels 0 or 1 were wanted, and {wrong:g} came; use ordinal, isotonic or linear")


def _fit(method: str, x: Floats, t: Floats, clip: float) -> ScoreMap:
    if method == "platt":
        return fit_platt(x, t, clip)
    if method == "beta":
        return fit_beta(x, t, clip)
    if method == "isotonic":
        return fit_isotonic(x, t)
    return fit_ordinal(x, t) if method == "ordinal" else fit_linear(x, t)


def _notes(method: str, x: Floats, t: Floats, fitted: ScoreMap) -> tuple[str, ...]:
    notes: list[str] = []
    if bool((t == t[0]).all()):
        notes.append(f"all labels are {t[0]:g}: the map is about constant")
    elif bool((x == x[0]).all()):
        notes.append("all scores are the same: the map is constant")
    elif x.ndim == 1:
        falling: Any = float(np.cov(x, t)[0, 1]) < 0.0
        if falling:
            notes.append("labels fall where scores rise: is the polarity of one of them reversed?")
    if method == "isotonic" and t.size < _ISOTONIC_WANTS:
        notes.append(f"isotonic wants about {_ISOTONIC_WANTS} items; there are {t.size}: platt or linear are safer")
    if method == "ordinal" and fitted.values:
        rare = [g for g in fitted.values if int((t == g).sum()) < 5]
        if rare:
            notes.append(f"fewer than 5 labels of grade {', '.join(f'{g:g}' for g in rare)}: its threshold is a guess")
    return tuple(notes)
