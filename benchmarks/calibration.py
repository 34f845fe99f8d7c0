"""What bootstrap intervals of agreement cost, beside the usual ways to get them; and what a whole judge card costs.

    OMP_NUM_THREADS=1 python benchmarks/calibration.py [REPEATS]

CPU seconds of this process, the best of REPEATS; one core. Ways that take a minute are timed on part of their
resamples and scaled up, which the line says. `krippendorff` is compared where it is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration.agreement import cohen_kappa, krippendorff_alpha

RESAMPLES = 9999
CATEGORIES = [0, 1, 2, 3, 4]
Grades = NDArray[np.float64]


def cpu_s(job: Callable[[], Any], repeats: int) -> float:
    """CPU seconds of a job: the best of `repeats`."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        job()
        best = min(best, time.process_time() - start)
    return best


def grades(n: int, raters: int, missing: float = 0.0) -> Grades:
    rng = np.random.default_rng(n)
    truth = rng.integers(0, 5, n)
    x = np.where(rng.random((n, raters)) < 0.7, truth[:, None], rng.integers(0, 5, (n, raters))).astype(float)
    x[rng.random(x.shape) < missing] = np.nan
    return x


def vectorised_kappa(a: Any, b: Any, axis: int = -1) -> Any:
    """Cohen's kappa along an axis, as one writes it for scipy."""
    observed = (a == b).mean(axis)
    expected = sum((a == k).mean(axis) * (b == k).mean(axis) for k in CATEGORIES)
    return (observed - expected) / (1.0 - expected)


def scipy_bca(x: Grades) -> Callable[[], Any]:
    from scipy.stats import bootstrap

    a, b = x.T.astype(np.int64)
    batch = max(1, 2_000_000 // len(a))  # its fastest of 20 thousand, 200 thousand, 2 million
    return lambda: bootstrap(
        (a, b), vectorised_kappa, paired=True, vectorized=True, n_resamples=RESAMPLES, method="BCa", batch=batch, rng=0
    )


def cluster_loop(x: Grades, clusters: NDArray[np.int64], resamples: int) -> Callable[[], Any]:
    """Draw clusters, gather their items, count, compute: one resample at a time."""
    a, b = x.T.astype(np.int64)
    members = [np.flatnonzero(clusters == g) for g in range(int(clusters.max()) + 1)]

    def job() -> None:
        rng = np.random.default_rng(0)
        values = []
        for _ in range(resamples):
            rows = np.concatenate([members[g] for g in rng.integers(0, len(members), len(members))])
            table = np.bincount(a[rows] * 5 + b[rows], minlength=25).reshape(5, 5) / len(rows)
            expected = table.sum(axis=1) @ table.sum(axis=0)
            values.append((np.trace(table) - expected) / (1.0 - expected))
        np.quantile(values, [0.025, 0.975])

    return job


def alpha_loop(x: Grades, resamples: int) -> Callable[[], Any]:
    krippendorff = importlib.import_module("krippendorff")

    def job() -> None:
        rng = np.random.default_rng(0)
        for _ in range(resamples):
            rows = rng.integers(0, len(x), len(x))
            krippendorff.alpha(x[rows].T, level_of_measurement="nominal", value_domain=CATEGORIES)

    return job


def report(what: str, ours: float, theirs: float, way: str) -> None:
    print(f"{what:58} {ours * 1000:8.1f} ms  {theirs:8.2f} s  {theirs / ours:7.0f} x   {way}", flush=True)


def whole_card(n: int, raters: int) -> Callable[[], Any]:
    """Makes a judge card of n labelled items, two a question; files are read before."""
    from judgekit.calibration.card.make import make_card
    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.card.options import CardOptions
    from judgekit.io.label_set import LabelMaker, LabelSet
    from judgekit.io.scores import Score

    x = grades(n, raters + 1) + 1.0
    names = [f"q{i // 2}/Model{i % 2}" for i in range(n)]
    scores = [Score(name, value=x[i, 0], cluster=f"q{i // 2}") for i, name in enumerate(names)]
    maker = LabelMaker()
    for i, name in enumerate(names):
        for j in range(1, raters + 1):
            maker.add(name, "", "", f"person{j}", float(x[i, j]))
    labels = LabelSet(**maker.parts())
    options = CardOptions(rubric="", categories=[1, 2, 3, 4, 5], labels_are="random")
    return lambda: make_card(scores, labels, options, form=JudgeCard)


def main(repeats: int = 3) -> None:
    print(f"{RESAMPLES} resamples, 95 % interval, CPU seconds of one core")
    for n in (1_000, 10_000):
        x = grades(n, 2)
        a, b = x.T
        ours = cpu_s(lambda a=a, b=b: cohen_kappa(a, b, categories=CATEGORIES, ci="bootstrap"), repeats)  # type: ignore[misc]
        theirs = cpu_s(scipy_bca(x), 1)
        report(f"BCa of kappa, {n} items", ours, theirs, "scipy.stats.bootstrap, vectorised")

    x, clusters = grades(10_000, 2), np.repeat(np.arange(1_000), 10)
    a, b = x.T
    ours = cpu_s(lambda: cohen_kappa(a, b, categories=CATEGORIES, ci="bootstrap", clusters=clusters), repeats)
    part = 300
    theirs = cpu_s(cluster_loop(x, clusters, part), 1) * RESAMPLES / part
    report("BCa of kappa, 10000 items in 1000 clusters", ours, theirs, f"a loop (percentile), from {part} resamples")

    x = grades(10_000, 5, missing=0.1)
    ours = cpu_s(lambda: krippendorff_alpha(x, categories=CATEGORIES, ci="bootstrap"), repeats)
    if importlib.util.find_spec("krippendorff"):
        part = 30
        theirs = cpu_s(alpha_loop(x, part), 1) * RESAMPLES / part
        report(
            "BCa of alpha, 10000 items, 5 raters, 10 % missing", ours, theirs, f"krippendorff, from {part} resamples"
        )
    else:
        print(f"BCa of alpha, 10000 items, 5 raters, 10 % missing {ours * 1000:8.1f} ms; krippendorff is not installed")

    job = whole_card(10_000, 5)
    card = job()
    numbers = len(card.agreement.table) + len(card.ceiling.among_people)
    what = f"judge card, 10000 items in 5000 questions, 5 raters, {numbers} statistics"
    print(f"{what}: {cpu_s(job, repeats):.2f} s; 3 s were wanted")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
