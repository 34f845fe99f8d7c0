"""Dawid and Skene's model: planted judges are found, and the fit solves its own equations."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from judgekit.calibration.jury_skene import dawid_skene
from judgekit.errors import UserError


def planted(n: int, right: list[float], rate: float = 0.6, seed: int = 1) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    truth = (rng.random(n) < rate).astype(int)
    return truth, np.column_stack([np.where(rng.random(n) < r, truth, 1 - truth) for r in right])


def test_planted_judges_are_found_without_labels() -> None:
    truth, x = planted(5000, [0.95, 0.8, 0.7, 0.6])
    fit = dawid_skene(x)
    assert fit.converged
    assert fit.prior[1] == pytest.approx(0.6, abs=0.03)
    # standard errors of shares of about 2,500 items are below 0.01
    assert [float(c.diagonal().mean()) for c in fit.confusion] == pytest.approx([0.95, 0.8, 0.7, 0.6], abs=0.04)
    votes = (x.mean(axis=1) > 0.5).astype(int)
    guess = fit.posterior.argmax(axis=1)
    assert (guess == truth).mean() > (votes == truth).mean() + 0.02
    assert any("taken for the truth" in note for note in fit.notes)


def test_the_fit_solves_its_equations() -> None:
    _, x = planted(60, [0.9, 0.8, 0.7], seed=2)
    fit = dawid_skene(x)
    q = fit.posterior
    for i in range(60):
        joint = [fit.prior[k] * math.prod(fit.confusion[j, k, x[i, j]] for j in range(3)) for k in range(2)]
        assert q[i] == pytest.approx([p / sum(joint) for p in joint], abs=1e-9)
    for j in range(3):
        for k in range(2):
            counts = [0.01 + sum(q[i, k] for i in range(60) if x[i, j] == answer) for answer in range(2)]
            assert fit.confusion[j, k] == pytest.approx([c / sum(counts) for c in counts], abs=1e-3)


def test_labels_are_kept_and_anchor_two_judges_who_are_wrong_together() -> None:
    # Both judges say the opposite of the truth: without labels that cannot be seen, with 30 it can.
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 400)
    x = np.column_stack([1 - truth, np.where(rng.random(400) < 0.9, 1 - truth, truth)])
    labels = [int(t) if i < 30 else None for i, t in enumerate(truth)]
    fit = dawid_skene(x, labels=labels)
    assert (fit.posterior.argmax(axis=1) == truth).all()
    assert fit.posterior[0, truth[0]] == 1.0
    assert fit.notes == ()


def test_missing_verdicts_and_items_that_nobody_judged() -> None:
    x: list[list[str | None]] = [["a", "a", "a"], ["b", "b", None], [None, None, None], ["a", None, "a"]]
    fit = dawid_skene(x * 10, categories=["b", "a", "c"])
    assert fit.categories == ("b", "a", "c")
    assert np.isnan(fit.posterior[2]).all()
    assert fit.posterior[[0, 1, 3]].argmax(axis=1).tolist() == [1, 0, 1]
    assert fit.prior.sum() == pytest.approx(1.0)


def test_names_of_categories_and_the_order_of_items_do_not_matter() -> None:
    _, x = planted(80, [0.9, 0.7, 0.7], seed=4)
    one = dawid_skene(x)
    turn = np.random.default_rng(5).permutation(80)
    two = dawid_skene(np.where(x == 1, "no", "yes")[turn])
    assert two.posterior[:, 0] == pytest.approx(one.posterior[turn, 1], abs=1e-9)


def test_steps_that_run_out_are_said() -> None:
    _, x = planted(200, [0.8, 0.7, 0.6], seed=6)
    fit = dawid_skene(x, max_iterations=2)
    assert not fit.converged
    assert "not converged after 2 steps" in fit.notes


@pytest.mark.parametrize(
    ("verdicts", "reason"),
    [
        ([[1, 0], [1, 1]], "3 judges are needed where there are no labels; there are 2"),
        ([[None, None, None]], "there is no verdict"),
    ],
)
def test_undefined_has_a_reason(verdicts: list[list[int | None]], reason: str) -> None:
    fit = dawid_skene(verdicts)
    assert fit.undefined == reason
    assert np.isnan(fit.posterior).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: dawid_skene([1, 2]), ["(2,)"]),
        (lambda: dawid_skene([]), ["(0,)"]),
        (lambda: dawid_skene([[1], [1, 2]]), ["row"]),
        (lambda: dawid_skene([np.zeros((2, 2)), np.zeros((2, 3))]), ["rows of one length"]),
        (lambda: dawid_skene([[1, 2, 3]], labels=[1, 2]), ["1 items", "2 labels"]),
        (lambda: dawid_skene([[1, 2, 9]], categories=[1, 2]), ["9", "off-scale"]),
        (lambda: dawid_skene([[1, 2, 3]], smoothing=0.0), ["smoothing"]),
    ],
)
def test_wrong_input_is_named(call: Callable[[], object], words: list[str]) -> None:
    with pytest.raises(UserError) as error:
        call()
    assert [w for w in words if w not in str(error.value)] == []


@pytest.mark.slow
def test_a_million_items_take_seconds() -> None:
    import time

    _, x = planted(1_000_000, [0.9, 0.8, 0.7], seed=7)
    started = time.process_time()
    fit = dawid_skene(x)
    assert time.process_time() - started < 30.0
    assert fit.prior[1] == pytest.approx(0.6, abs=0.02)
