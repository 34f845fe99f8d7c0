"""The maps from a judge's score to what people would say, and how each is fitted.

A map is plain data (names and numbers): it can stand in a judge card and predict without the labels it came from.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from judgekit.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from judgekit.calibration.inputs import Floats

Method = Literal["platt", "isotonic", "beta", "ordinal", "linear"]


@dataclass(frozen=True, slots=True)
class ScoreMap:
    """A fitted map from scores to expected labels; plain data."""

    method: Method
    """Which curve it is."""
    coefficients: tuple[float, ...] = ()
    """platt: slope, intercept; beta: a, b, c; linear: intercept, slopes; ordinal: slope, then rising thresholds."""
    knots: tuple[float, ...] = ()
    """isotonic: the scores between which the map is linear."""
    values: tuple[float, ...] = ()
    """isotonic: the labels at the knots; ordinal: the categories, rising; linear: the lowest and highest label seen."""
    clip: float = 0.0
    """platt, beta: scores are kept this far from 0 and 1, where the logarithm is infinite."""

    def predict(self, f: ArrayLike) -> Floats:
        """The expected label (n,) of scores (n,), or of rows (n, p) for a linear map of p columns; nan gives nan.

        >>> ScoreMap("platt", coefficients=(1.0, 0.0)).predict([0.25, 0.5]).round(3).tolist()
        [0.25, 0.5]
        """
        x = np.asarray(f, dtype=float)
        if self.method == "linear":
            x = x[:, None] if x.ndim == 1 else x
            raw = self.coefficients[0] + x @ np.array(self.coefficients[1:])
            return np.asarray(np.clip(raw, self.values[0], self.values[1]), dtype=float)
        if self.method == "isotonic":
            return np.asarray(np.interp(x, self.knots, self.values), dtype=float)
        if self.method == "ordinal":
            return np.asarray(self.probabilities(x) @ np.array(self.values))
        from scipy.special import expit

        return np.asarray(expit(columns(self.method, x, self.clip) @ np.array(self.coefficients)))

    def probabilities(self, f: ArrayLike) -> Floats:
        """(n, K), the probability of each category of an ordinal map.

        Raises:
            UserError: the map is not ordinal.
        """
        from scipy.special import expit

        if self.method != "ordinal":
            raise UserError(f"probabilities of categories come from an ordinal map; this one is {self.method}")
        x = np.asarray(f, dtype=float)
        below = expit(np.array(self.coefficients[1:]) - self.coefficients[0] * x[:, None])
        ends = np.zeros((x.size, 1)) * x[:, None], np.ones((x.size, 1))
        return np.diff(np.concatenate([ends[0], below, ends[1]], axis=1), axis=1)

    def to_plain(self) -> dict[str, Any]:
        """The map as names, text and lists of numbers, ready for JSON.

        >>> ScoreMap("isotonic", knots=(0.0, 1.0), values=(0.2, 0.8)).to_plain()["values"]
        [0.2, 0.8]
        """
        return {name: list(x) if isinstance(x, tuple) else x for name, x in asdict(self).items()}

    @classmethod
    def from_plain(cls, data: Mapping[str, Any]) -> ScoreMap:
        """The map that `to_plain` wrote.

        Raises:
            UserError: a part is missing, unknown, or no number.

        >>> ScoreMap.from_plain(ScoreMap("platt", coefficients=(1.0, 0.0)).to_plain()).method
        'platt'
        """
        names = {field.name for field in fields(cls)}
        methods = ("platt", "isotonic", "beta", "ordinal", "linear")
        if set(data) != names or data["method"] not in methods:
            raise UserError(
                f"score map: {', '.join(sorted(names))} were wanted; came {', '.join(sorted(map(str, data)))}"
            )
        try:
            lists = {name: tuple(float(x) for x in data[name]) for name in ("coefficients", "knots", "values")}
            return cls(method=data["method"], clip=float(data["clip"]), **lists)
        except (TypeError, ValueError) as error:
            raise UserError(f"score map: lists of numbers were wanted; {error}") from None


def columns(method: str, f: Floats, clip: float) -> Floats:
    """What the logistic curve is linear in: logit f (platt), or ln s and -ln(1-s) (beta); then a 1."""
    s = np.clip(f, clip, 1.0 - clip)
    with np.errstate(divide="ignore"):
        up, down = np.log(s), -np.log1p(-s)
    ones = np.ones_like(s)
    return np.stack([up + down, ones] if method == "platt" else [up, down, ones], axis=-1)


def fit_platt(f: Floats, y: Floats, clip: float) -> ScoreMap:
    """P(y = 1) = σ(a · logit f + c), by maximum likelihood against Platt's targets.

    The targets are (N₁ + 1)/(N₁ + 2) for yes and 1/(N₀ + 2) for no: with them the maximum is finite even where scores
    separate the labels.

    Source: Platt (1999), Probabilistic outputs for support vector machines, section 2.2.
    """
    x, yes, no = merged("platt", f, y, clip)
    return ScoreMap("platt", coefficients=logistic(x, yes, no), clip=clip)


def fit_beta(f: Floats, y: Floats, clip: float) -> ScoreMap:
    """P(y = 1) = σ(a ln f - b ln(1-f) + c) with a, b >= 0, against Platt's targets; a negative one is set to 0.

    Source: Kull, Silva Filho and Flach (2017), Beta calibration, section 3 and its appendix.
    """
    x, yes, no = merged("beta", f, y, clip)
    kept = [0, 1]
    while True:
        fitted = logistic(x[:, [*kept, 2]], yes, no)
        wrong = [k for k, a in zip(kept, fitted, strict=False) if a < 0.0]
        if not wrong:
            break
        # With both negative, dropping the worse one first lets the other recover.
        kept.remove(min(wrong, key=lambda k: fitted[kept.index(k)]))
    full = [0.0, 0.0, fitted[-1]]
    for k, a in zip(kept, fitted, strict=False):
        full[k] = a
    return ScoreMap("beta", coefficients=tuple(full), clip=clip)


def fit_isotonic(f: Floats, y: Floats) -> ScoreMap:
    """The rising step function nearest to the labels; equal scores are one point; linear between the points.

    Source: Zadrozny and Elkan (2002), Transforming classifier scores into accurate multiclass probability estimates.
    """
    from scipy.optimize import isotonic_regression

    knots, place, often = np.unique(f, return_inverse=True, return_counts=True)
    means = np.bincount(place.reshape(-1), y) / often
    level = isotonic_regression(means, weights=often.astype(float)).x
    # Inside a flat stretch a knot changes nothing.
    turn = np.ones(level.size, dtype=bool)
    turn[1:-1] = (level[1:-1] != level[:-2]) | (level[1:-1] != level[2:])
    return ScoreMap("isotonic", knots=tuple(knots[turn].tolist()), values=tuple(level[turn].tolist()))


def fit_linear(f: Floats, y: Floats) -> ScoreMap:
    """The least-squares line (or plane), kept within the labels that were seen."""
    x = f.reshape(len(y), -1)
    middle = x.mean(axis=0)
    slopes = np.linalg.lstsq(x - middle, y - y.mean(), rcond=None)[0]
    first = float(y.mean() - middle @ slopes)
    return ScoreMap("linear", (first, *slopes.tolist()), values=(float(y.min()), float(y.max())))


def targets(y: Floats) -> Floats:
    """Platt's targets of 0/1 labels."""
    ones = float(y.sum())
    return np.where(y > 0.5, (ones + 1.0) / (ones + 2.0), 1.0 / (y.size - ones + 2.0))


def merged(method: str, f: Floats, y: Floats, clip: float) -> tuple[Floats, Floats, Floats]:
    """The columns (m, p) of each distinct score, and the weights (m,) of yes and no there."""
    seen, place = np.unique(np.clip(f, clip, 1.0 - clip), return_inverse=True)
    t = targets(y)
    at = place.reshape(-1)
    return columns(method, seen, clip), np.bincount(at, t).astype(float), np.bincount(at, 1.0 - t).astype(float)


def logistic(x: Floats, yes: Floats, no: Floats) -> tuple[float, ...]:
    """The coefficients that maximise Σ yes · ln σ(xβ) + no · ln(1 - σ(xβ)), by Newton's method.

    Args:
        x: (m, p), its last column 1.
        yes: (m,), how much each row is a yes; both positive, so that the maximum is finite.
        no: (m,), how much it is a no.
    """
    from scipy.special import expit, log_expit

    beta = np.zeros(x.shape[1])

    def loss(b: Floats) -> float:
        z = x @ b
        return -float(yes @ log_expit(z) + no @ log_expit(-z))

    now = loss(beta)
    for _ in range(100):
        p = expit(x @ beta)
        slope = x.T @ (yes - (yes + no) * p)
        bend = (x * ((yes + no) * p * (1.0 - p))[:, None]).T @ x
        step = np.linalg.lstsq(bend, slope, rcond=None)[0]  # a constant score leaves its slope at 0
        size = 1.0
        while size > 1e-6 and loss(beta + size * step) > now:
            size /= 2.0
        beta, before = beta + size * step, now
        now = loss(beta)
        if before - now <= 1e-11 * max(1.0, abs(now)):  # Newton squares the error: the next gain is rounding
            break
    return tuple(beta.tolist())
