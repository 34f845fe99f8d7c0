"""How often the 95 % intervals of the agreement functions hold the truth, in simulations.

    python -m tests.calibration.agreement_coverage [RUNS]

prints the table that stands in the documentation. A population is a way to draw ratings; its truth is the statistic of
a very large draw.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration import agreement as ag
from judgekit.calibration.estimate import Estimate

Ratings = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, int], Ratings]
"""Generator, number of clusters, items a cluster to ratings; with one item a cluster, items are independent."""

LARGE = 400_000


def shared(rng: np.random.Generator, groups: int, each: int, share: float) -> Ratings:
    """A normal number for each item, of which `share` of the variance is its cluster's."""
    if each == 1:
        return rng.normal(size=groups)
    common = np.repeat(rng.normal(size=groups), each)
    found: Ratings = np.sqrt(share) * common + np.sqrt(1.0 - share) * rng.normal(size=groups * each)
    return found


def grades(raters: int, noise: float, shift: float = 0.0, missing: float = 0.0, cuts: int = 4) -> Draw:
    """Raters who see a normal quality through normal noise, and cut it into grades 0..cuts; the last one is lenient."""

    def draw(rng: np.random.Generator, groups: int, each: int) -> Ratings:
        quality = shared(rng, groups, each, 0.5)
        seen = np.column_stack([quality + noise * shared(rng, groups, each, 0.3) for _ in range(raters)])
        seen[:, -1] += shift
        found = np.searchsorted(np.linspace(-1.6, 1.6, cuts), seen).astype(float)
        found[rng.random(found.shape) < missing] = np.nan
        return found

    return draw


def labels(raters: int, shares: tuple[float, ...], known: float, missing: float = 0.0) -> Draw:
    """Raters who know the label with probability `known`, which varies by cluster, and else guess by the shares."""

    def draw(rng: np.random.Generator, groups: int, each: int) -> Ratings:
        n, q = groups * each, len(shares)
        own = rng.choice(q, n, p=shares)
        truth = (
            own if each == 1 else np.where(rng.random(n) < 0.4, np.repeat(rng.choice(q, groups, p=shares), each), own)
        )
        level = np.full(n, known) if each == 1 else np.repeat(rng.beta(6 * known, 6 * (1 - known), groups), each)
        guess = rng.choice(q, (n, raters), p=shares)
        found = np.where(rng.random((n, raters)) < level[:, None], truth[:, None], guess).astype(float)
        found[rng.random(found.shape) < missing] = np.nan
        return found

    return draw


def measured(raters: int, of_raters: float = 0.0) -> Draw:
    """Normal quality and noise, variance 1 each, and raters who are severe or lenient with variance `of_raters`."""

    def draw(rng: np.random.Generator, groups: int, each: int) -> Ratings:
        quality = shared(rng, groups, each, 0.5)
        severity = np.sqrt(of_raters) * rng.normal(size=raters)
        found: Ratings = quality[:, None] + severity + rng.normal(size=(groups * each, raters))
        return found

    return draw


@dataclass(frozen=True)
class Cell:
    """One statistic, one population, one size."""

    name: str
    call: Callable[..., Estimate]
    draw: Draw
    groups: int
    each: int = 1
    ci: str = "analytic"
    options: dict[str, Any] = field(default_factory=dict)
    truth: float | None = None

    @property
    def size(self) -> str:
        return f"{self.groups} items" if self.each == 1 else f"{self.groups} clusters of {self.each}"


def _pair(function: Callable[..., Estimate]) -> Callable[..., Estimate]:
    return lambda x, **options: function(x[:, 0], x[:, 1], **options)


TWO, RARE, MANY = labels(2, (0.5, 0.5), 0.75), labels(2, (0.8, 0.2), 0.85), labels(2, (0.05, 0.1, 0.15, 0.3, 0.4), 0.8)
GAPS = labels(4, (0.1, 0.2, 0.3, 0.4), 0.7, missing=0.15)
GOOD, FAIR = grades(2, 0.3), grades(2, 0.7, shift=0.3)
PANEL = grades(4, 0.6, shift=0.2, missing=0.15)

BINARY, FIVE, FOUR = {"categories": [0, 1]}, {"categories": [0, 1, 2, 3, 4]}, {"categories": [0, 1, 2, 3]}
STATISTICS: list[tuple[str, Callable[..., Estimate], Draw, dict[str, Any]]] = [
    ("percent_agreement, 2 labels", ag.percent_agreement, TWO, BINARY),
    ("percent_agreement, 20 % rare", ag.percent_agreement, RARE, BINARY),
    ("cohen_kappa, 2 labels", _pair(ag.cohen_kappa), TWO, BINARY),
    ("cohen_kappa, 20 % rare", _pair(ag.cohen_kappa), RARE, BINARY),
    ("cohen_kappa, 5 labels", _pair(ag.cohen_kappa), MANY, FIVE),
    ("cohen_kappa, quadratic, high", _pair(ag.cohen_kappa), GOOD, FIVE | {"weights": "quadratic"}),
    ("cohen_kappa, linear", _pair(ag.cohen_kappa), FAIR, FIVE | {"weights": "linear"}),
    ("scott_pi, 5 labels", _pair(ag.scott_pi), MANY, FIVE),
    ("fleiss_kappa, 4 raters, missing", ag.fleiss_kappa, GAPS, FOUR),
    ("conger_kappa, 4 raters, missing", ag.conger_kappa, GAPS, FOUR),
    ("brennan_prediger, 4 raters, missing", ag.brennan_prediger, GAPS, FOUR),
    ("gwet_ac, 20 % rare", ag.gwet_ac, RARE, BINARY),
    ("gwet_ac, 4 raters, missing", ag.gwet_ac, GAPS, FOUR),
    ("gwet_ac, quadratic", ag.gwet_ac, PANEL, FIVE | {"weights": "quadratic"}),
    ("krippendorff_alpha, nominal, missing", ag.krippendorff_alpha, GAPS, {}),
    ("krippendorff_alpha, ordinal, missing", ag.krippendorff_alpha, PANEL, {"metric": "ordinal"}),
    ("krippendorff_alpha, interval, missing", ag.krippendorff_alpha, PANEL, {"metric": "interval"}),
    ("concordance_correlation, grades", _pair(ag.concordance_correlation), FAIR, {}),
    ("concordance_correlation, normal", _pair(ag.concordance_correlation), measured(2), {}),
    ("pearson, grades", _pair(ag.pearson), FAIR, {}),
    ("pearson, normal", _pair(ag.pearson), measured(2), {}),
    ("spearman, grades", _pair(ag.spearman), FAIR, {}),
    ("spearman, normal", _pair(ag.spearman), measured(2), {}),
    ("kendall_tau b, grades", _pair(ag.kendall_tau), FAIR, {}),
    ("kendall_tau c, grades", _pair(ag.kendall_tau), FAIR, FIVE | {"variant": "c"}),
]
RESAMPLED = {
    "cohen_kappa, 5 labels",
    "gwet_ac, 4 raters, missing",
    "krippendorff_alpha, ordinal, missing",
    "concordance_correlation, grades",
    "spearman, grades",
}


def _icc(form: str, **more: Any) -> Callable[..., Estimate]:
    return lambda x, **options: ag.intraclass_correlation(x, form=form, **more, **options)  # type: ignore[arg-type]


def cells(smallest: bool = False) -> list[Cell]:
    """All that the documentation claims; or, for the test, the smallest sizes, and over clusters a third of them."""
    resampled = [one for one in STATISTICS if one[0] in RESAMPLED]
    items, groups = ((60,), (20,)) if smallest else ((60, 200), (20, 50))
    found = [Cell(n, c, d, size, options=o) for n, c, d, o in STATISTICS for size in items]
    found += [Cell(n, c, d, g, 5, options=o) for n, c, d, o in STATISTICS[:: 3 if smallest else 1] for g in groups]
    for kind, few in (("jackknife", 12), ("bootstrap", 50)):
        found += [Cell(n, c, d, few, 5, ci=kind, options=o) for n, c, d, o in resampled]
        found += [Cell(n, c, d, 100, ci=kind, options=o) for n, c, d, o in resampled if not smallest]
    # Variances 1, 1 (and 0.2 of raters): one rater 1/2 or 1/2.2; the mean of 4: 1/(1 + 1/4) or 1/(1 + 1.2/4).
    for form, of_raters, truth in (("1,1", 0, 1 / 2), ("3,1", 0.2, 1 / 2), ("2,1", 0.2, 1 / 2.2)):
        found += [Cell(f"ICC({form})", _icc(form), measured(4, of_raters), n, truth=truth) for n in (30, 100)]
    for form, of_raters, truth in (("1,k", 0, 0.8), ("3,k", 0.2, 0.8), ("2,k", 0.2, 1 / 1.3)):
        found.append(Cell(f"ICC({form})", _icc(form), measured(4, of_raters), 30, truth=truth))
    found.append(Cell("ICC(3,1)", _icc("3,1"), measured(4), 20, 5, truth=1 / 2))
    return found


def true_value(cell: Cell) -> float:
    if cell.truth is not None:
        return cell.truth
    x = cell.draw(np.random.default_rng(99), LARGE // cell.each, cell.each)
    return cell.call(x, ci=None, **cell.options).value


def coverage(cell: Cell, runs: int, seed: int = 1) -> tuple[float, float, float]:
    """The share of intervals that hold the truth, of those wholly above it and of those wholly below it."""
    truth, rng = true_value(cell), np.random.default_rng(seed)
    clusters = None if cell.each == 1 else np.repeat(np.arange(cell.groups), cell.each)
    resamples = {"resamples": 999, "rng": rng} if cell.ci == "bootstrap" else {}
    above = below = defined = 0
    for _ in range(runs):
        x = cell.draw(rng, cell.groups, cell.each)
        e = cell.call(x, ci=cell.ci, clusters=clusters, **resamples, **cell.options)
        if e.undefined is None:
            defined += 1
            above += e.low > truth
            below += e.high < truth
    return (defined - above - below) / defined, above / defined, below / defined


def main(runs: int = 2000) -> None:
    print("| statistic | size | interval | coverage | truth below | truth above |\n|---|---|---|---|---|---|")
    for cell in cells():
        start = time.process_time()
        held, above, below = coverage(cell, runs)
        mark = "" if 0.93 <= held <= 0.97 else " **"
        print(f"| {cell.name} | {cell.size} | {cell.ci} | {held:.3f}{mark} | {above:.3f} | {below:.3f} |", flush=True)
        print(f"{time.process_time() - start:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main(*(int(one) for one in sys.argv[1:2]))
