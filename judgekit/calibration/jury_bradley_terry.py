"""Who is how strong, from who beat whom: Bradley and Terry's model, with ties and the advantage of the first place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from judgekit.calibration.bounded import normal, student, undefined
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import check_level, same_length, scores, unit_index
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from judgekit.calibration.inputs import Floats, Ints

_DISCONNECTED_RIDGE = 0.1
"""Holds abilities finite where the results do not: about as much as a tenth of a drawn game against the mean."""


@dataclass(frozen=True, slots=True)
class BradleyTerry:
    """The strengths of competitors on a log-odds scale."""

    competitors: tuple[Any, ...]
    """The names, sorted."""
    ability: tuple[Estimate, ...]
    """The strength of each, as a difference to the reference, or to the mean."""
    tie: Estimate
    """ν: how frequent ties are; 0 where there are none."""
    first: Estimate
    """The log-odds that the first place adds; undefined where it was not asked for."""
    log_likelihood: float
    """Of the results, at the estimates, without the ridge."""
    ridge: float
    """What held the strengths together; 0 for the plain maximum of the likelihood."""
    n_left_out: int
    """Comparisons without a result."""
    notes: tuple[str, ...] = ()
    """What has to stand beside the estimates."""

    def win_probability(self, one: Any, other: Any) -> float:
        """P(one beats other), ties and the first place left aside: e^a/(e^a + e^b).

        Raises:
            UserError: a competitor that is not known.
        """
        for name in (one, other):
            if name not in self.competitors:
                raise UserError(
                    f"win_probability: one of {', '.join(map(str, self.competitors))} was wanted; came {name!r}"
                )
        a, b = (self.ability[self.competitors.index(name)].value for name in (one, other))
        return 1.0 / (1.0 + math.exp(b - a))


def bradley_terry(
    first: ArrayLike,
    second: ArrayLike,
    winner: ArrayLike,
    *,
    reference: Any = None,
    order: bool = False,
    ridge: float | None = None,
    clusters: ArrayLike | None = None,
    level: float = 0.95,
) -> BradleyTerry:
    """The strengths that make these results most likely.

    For i in the first place P(i wins) ∝ e^(a_i + h), P(j wins) ∝ e^(a_j), P(tie) ∝ ν e^((a_i + a_j + h)/2), as Davidson
    has it; ν = 0 where nothing is tied, h = 0 unless `order`. Newton's method; the log-likelihood is concave. Strengths
    sum to 0, or are differences to `reference`. Intervals: normal from the inverse information; with clusters Student's
    from the sandwich G/(G-1)·I⁻¹ (Σ_g s_g s_gᵀ) I⁻¹, s_g the score of a cluster, such as a question that all answered.

    A finite maximum needs that no group of competitors only ever loses against the others (Ford). Where one does, or
    where groups never meet, a ridge ½λΣa² with λ = 0.1 keeps strengths finite, and a note says so: what then separates
    the groups is the ridge. No Elo: its numbers depend on the order of the games.

    Args:
        first: (n,), the competitor in the first place, numbers or text.
        second: (n,), the one in the second.
        winner: (n,), 1, 2, or 0 for a tie; nan = no result.
        reference: the competitor whose strength is 0; None: the mean of all is.
        order: whether the advantage h of the first place is estimated.
        ridge: λ; None: 0 where the maximum is finite, else 0.1.
        clusters: (n,), the independent unit of each comparison.
        level: confidence of the intervals.

    Raises:
        UserError: a winner other than 0, 1, 2, someone compared with themselves, an unknown reference, a negative
            ridge, or lengths that differ.

    Source: Bradley and Terry (1952), Rank analysis of incomplete block designs; Davidson (1970), On extending the
    Bradley-Terry model to accommodate ties; Davidson and Beaver (1977), the order; Ford (1957), when it is finite.

    >>> found = bradley_terry(["a"] * 4, ["b"] * 4, [1, 1, 1, 2], reference="b")
    >>> found.competitors, round(found.ability[0].value, 6), round(found.win_probability("a", "b"), 6)    # ln 3
    (('a', 'b'), 1.098612, 0.75)
    """
    what = "bradley_terry"
    check_level(level, what)
    one, two, result = _names(what, first), _names(what, second), scores(winner, f"{what}: winner")
    same_length(what, first=one, second=two, winner=result)
    there = ~np.isnan(result)
    if not bool(np.isin(result[there], (0.0, 1.0, 2.0)).all()):
        wrong = result[there][~np.isin(result[there], (0.0, 1.0, 2.0))][0]
        raise UserError(f"{what}: a winner 1, 2 or 0 (tie) was wanted, and {wrong:g} came")
    if ridge is not None and not ridge >= 0.0:
        raise UserError(f"{what}: a ridge of 0 or more was wanted; came {ridge:g}")
    unit = np.unique(unit_index(clusters, result.size, what)[there], return_inverse=True)[1].reshape(-1)
    one, two, result = [one[i] for i in np.flatnonzero(there)], [two[i] for i in np.flatnonzero(there)], result[there]
    names = sorted(set(one) | set(two), key=lambda x: (str(type(x)), x))
    at = {name: i for i, name in enumerate(names)}
    i, j = (np.array([at[x] for x in side], dtype=np.intp) for side in (one, two))
    if bool((i == j).any()):
        raise UserError(
            f"{what}: two different competitors were wanted; {one[int(np.flatnonzero(i == j)[0])]!r} met itself"
        )
    if reference is not None and reference not in at:
        raise UserError(f"{what}: a reference among the competitors was wanted; came {reference!r}")
    lost = int((~there).sum())
    if not names:
        nothing = undefined("tie", "there is no comparison", level=level)
        return BradleyTerry((), (), nothing, nothing, math.nan, 0.0, lost)
    ties = bool((result == 0.0).any())
    notes = _weak_spots(i, j, result.astype(np.intp), len(names))
    used = ridge if ridge is not None else (_DISCONNECTED_RIDGE if notes else 0.0)
    fit = _Model(i, j, result.astype(np.intp), len(names), ties, order)
    theta, likelihood = fit.maximum(used)
    spread, df = fit.covariance(theta, used, None if clusters is None else unit)
    if notes and used == 0.0:
        notes.append("and there is no ridge: the strengths are as far as the iteration came")
    quantile = student(df, level) if math.isfinite(df) else normal(level)
    how = "inverse information" if clusters is None else f"sandwich over {df + 1:.0f} clusters"
    if used:
        how += f", ridge {used:g}"

    def estimate(name: str, row: Floats, exp: bool = False) -> Estimate:
        value, variance = float(row @ theta), float(row @ spread @ row)
        units = result.size if clusters is None else int(df) + 1
        if math.isnan(variance):
            why = "a sandwich needs 2 clusters; there is 1"
            return undefined(name, why, level=level, n=result.size, units=1, value=math.exp(value) if exp else value)
        half = quantile * math.sqrt(max(variance, 0.0))
        ends = [value, value - half, value + half]
        ends = [math.exp(min(x, 700.0)) for x in ends] if exp else ends
        return Estimate(name, ends[0], ends[1], ends[2], level, result.size, units, how)

    k = len(names)
    rows = np.zeros((k, theta.size))
    rows[:, :k] = np.eye(k) - (1.0 / k if reference is None else np.eye(k)[at[reference]])
    tie = Estimate("tie", 0.0, math.nan, math.nan, level, result.size, 0, "none", "there is no tie")
    if ties:
        tie = estimate("tie", np.eye(theta.size)[k], exp=True)
    place = undefined("first", "the advantage of the first place was not asked for (order=True)", level=level)
    if order:
        place = estimate("first", np.eye(theta.size)[-1])
    ability = tuple(estimate(str(name), row) for name, row in zip(names, rows, strict=True))
    return BradleyTerry(tuple(names), ability, tie, place, likelihood, used, lost, tuple(notes))


class _Model:
    """Three outcomes, each with a linear predictor in (strengths, ln ν, h); equal comparisons merged."""

    def __init__(self, i: Ints, j: Ints, result: Ints, k: int, ties: bool, order: bool) -> None:
        self.k, self.ties, self.order = k, ties, order
        self.size = k + ties + order
        cells, self.which = np.unique((i * k + j) * 3 + result, return_inverse=True)
        self.often = np.bincount(self.which.reshape(-1)).astype(float)
        self.result = cells % 3
        self.i, self.j = cells // 3 // k, cells // 3 % k

    def predictors(self, outcome: int) -> Any:
        """(cells, size), sparse: the derivative of the predictor of 0 a tie, 1 the first wins, 2 the second wins."""
        from scipy.sparse import csr_matrix

        rows = np.arange(self.i.size)
        a, b = (0.5, 0.5) if outcome == 0 else ((1.0, 0.0) if outcome == 1 else (0.0, 1.0))
        parts = [(self.i, a), (self.j, b)]
        if outcome == 0:
            parts.append((np.full(rows.size, self.k), 1.0))
        if self.order:
            parts.append((np.full(rows.size, self.size - 1), a))
        values = np.concatenate([np.full(rows.size, weight) for _, weight in parts])
        places = (np.tile(rows, len(parts)), np.concatenate([column for column, _ in parts]))
        return csr_matrix((values, places), shape=(rows.size, self.size))

    def parts(self, theta: Floats) -> tuple[float, Any, Floats]:
        """The log-likelihood, the score of each cell (cells, size), sparse, and the information (size, size)."""
        from scipy.sparse import diags

        outcomes = [0, 1, 2] if self.ties else [1, 2]
        x = [self.predictors(outcome) for outcome in outcomes]
        z = np.stack([part @ theta for part in x])
        z -= z.max(axis=0)
        p = np.exp(z) / np.exp(z).sum(axis=0)
        mean = sum(diags(chance) @ part for chance, part in zip(p, x, strict=True))
        which = np.searchsorted(outcomes, self.result)
        seen = sum(diags((which == o).astype(float)) @ part for o, part in enumerate(x))
        likelihood = float(self.often @ (z - np.log(np.exp(z).sum(axis=0)))[which, np.arange(which.size)])
        information = sum(part.T @ diags(chance * self.often) @ part for chance, part in zip(p, x, strict=True))
        information = information - mean.T @ diags(self.often) @ mean
        return likelihood, seen - mean, information.toarray()

    def penalty(self, ridge: float) -> Floats:
        """The ridge, and a hold on the sum of strengths, which the results say nothing about."""
        hold = np.zeros((self.size, self.size))
        hold[: self.k, : self.k] = ridge * np.eye(self.k) + 1.0 / self.k
        return hold

    def maximum(self, ridge: float) -> tuple[Floats, float]:
        hold = self.penalty(ridge)
        theta = np.zeros(self.size)
        likelihood, score, information = self.parts(theta)
        for _ in range(200):
            slope = score.T @ self.often - hold @ theta
            step = np.linalg.lstsq(information + hold, slope, rcond=None)[0]
            now = likelihood - 0.5 * float(theta @ hold @ theta)
            size = 1.0
            while True:
                moved = theta + size * step
                likelihood, score, information = self.parts(moved)
                gained = likelihood - 0.5 * float(moved @ hold @ moved) - now
                if gained >= -1e-12 * max(1.0, abs(now)) or size < 1e-8:
                    break
                size /= 2.0
            theta = moved
            if gained <= 1e-13 * max(1.0, abs(now)):
                break
        return theta, likelihood

    def covariance(self, theta: Floats, ridge: float, unit: Ints | None) -> tuple[Floats, float]:
        _, score, information = self.parts(theta)
        inverse = np.asarray(np.linalg.pinv(information + self.penalty(ridge), hermitian=True), dtype=float)
        if unit is None:
            return inverse, math.inf
        units = int(unit.max()) + 1
        if units < 2:
            return np.full_like(inverse, math.nan), 1.0
        from scipy.sparse import csr_matrix

        member = csr_matrix((np.ones(unit.size), (unit, self.which.reshape(-1))), shape=(units, self.often.size))
        sums = member @ score
        meat = units / (units - 1) * (sums.T @ sums).toarray()
        return inverse @ meat @ inverse, float(units - 1)


def _weak_spots(i: Ints, j: Ints, result: Ints, k: int) -> list[str]:
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    beats = (np.concatenate([i[result != 2], j[result != 1]]), np.concatenate([j[result != 2], i[result != 1]]))
    graph = csr_matrix((np.ones(beats[0].size), beats), shape=(k, k))
    groups = int(connected_components(graph, directed=False)[0])
    if groups > 1:
        return [f"{groups} groups of competitors never meet: strengths compare within a group only"]
    if int(connected_components(graph, directed=True, connection="strong")[0]) > 1:
        return ["some competitors only ever win, or only lose, against the rest: how far they are apart is the ridge's"]
    return []


def _names(what: str, values: ArrayLike) -> list[Any]:
    raw = np.asarray(values, dtype=object)
    if raw.ndim != 1:
        raise UserError(f"{what}: one competitor a comparison was wanted; came the shape {raw.shape}")
    names: list[Any] = raw.tolist()
    if any(x is None or x != x for x in names):
        raise UserError(f"{what}: a competitor for every comparison was wanted, and one is missing")
    return names
