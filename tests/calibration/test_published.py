"""Published results, computed again from the published data (where it stands beside the checkout, else skipped)."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from judgekit.calibration import agreement as ag
from judgekit.calibration.bias_position import position_audit
from judgekit.calibration.classification import accuracy
from judgekit.calibration.raters import agreement_among
from judgekit.label import Label
from tests.shared_data import SHARED

DATA = SHARED / "data"


def shared(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"needs {path}, which is not part of the repository")
    return path


@pytest.mark.parametrize(
    ("evaluator", "strategy", "first", "second", "both", "equal", "kappa"),
    [
        # Zeng et al. (2024), LLMBar, Natural: statistics.json of each run (900616b), of 100 pairs: right in either
        # order, right in both, the same winner in both, and kappa of the orders. Their kappas with the gold label map
        # winner 2 to 0 and are not these numbers; that of the two orders does not depend on names.
        ("GPT-4", "Vanilla", 95, 96, 93, 95, 0.897708674304419),
        ("GPT-4", "Metrics_Reference", 95, 97, 94, 96, 0.9179318834632745),
        ("ChatGPT", "Vanilla", 80, 83, 67, 71, 0.4286840031520883),
        ("LLaMA2", "Vanilla", 79, 82, 70, 79, 0.5731707317073171),
        (
            "PaLM2",
            "Vanilla",
            78,
            88,
            73,
            80,
            None,
        ),  # two failures in both orders: they count them as wrong, and as equal
    ],
)
def test_llmbar(
    evaluator: str, strategy: str, first: int, second: int, both: int, equal: int, kappa: float | None
) -> None:
    with shared("llmbar/verdicts.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if (row["evaluator"], row["strategy"]) == (evaluator, strategy)]
    gold, plain, swapped = (
        [float(row[name] or "nan") for row in rows] for name in ("label", "winner_orig", "winner_swap")
    )
    assert len(rows) == 100
    for said, right in ((plain, first), (swapped, second)):
        e = accuracy(gold, said, categories=[0, 1, 2])
        assert round(e.value * e.n, 9) == right
    audit = position_audit(plain, swapped, gold=gold)
    assert round(audit.consistency.value * audit.consistency.n, 9) + audit.n_failed == equal
    assert round(audit.accuracy_decided.value * audit.accuracy_decided.n, 9) == both
    if kappa is not None:
        assert audit.accuracy.value == pytest.approx((first + second) / 200)
        assert ag.cohen_kappa(plain, swapped, ci=None).value == pytest.approx(kappa, abs=1e-9)


def test_pandalm_as_a_file_of_labels() -> None:
    rows: list[dict[str, Any]] = json.loads(shared("pandalm/testset-v1.json").read_text(encoding="utf-8"))
    labels = [
        Label(
            transcript_id=f"{row['idx']}", rubric="better", annotator=f"annotator{i}", value=str(row[f"annotator{i}"])
        )
        for row in rows
        for i in (1, 2, 3)
    ]
    (task,) = agreement_among(labels, categories=["0", "1", "2"], scale_type="nominal").tasks
    # The README of the repository (05ad95b) prints the three kappas.
    assert [one.coefficient for one in task.pairs] == pytest.approx([0.85, 0.88, 0.86], abs=0.0051)
    assert (task.n_items, task.n_labels) == (999, 2997)


def test_pandalm_failures_are_no_ties() -> None:
    # Of 999 pairs its paper counts 25, for which the GPT-3.5 judge wrote neither winner nor tie, with the ties.
    rows = json.loads(shared("pandalm/gpt-3.5-turbo-testset-v1.json").read_text(encoding="utf-8"))
    assert Counter(str(row["gpt_result"]) for row in rows)["garbage"] == 25


def test_alpha_of_the_textbook_tables() -> None:
    golden = json.loads(shared("golden/golden.json").read_text(encoding="utf-8"))
    found = {
        key: ag.krippendorff_alpha(_numbers(golden[f"{key.partition('|')[0]}|data"]), ci=None).value
        for key in golden
        if key.endswith("|identity|krippendorff")
    }
    assert len(found) == 5
    assert found == pytest.approx({key: golden[key]["coefficient_value"] for key in found}, abs=6e-6)


def _numbers(ratings: list[list[Any]]) -> list[list[Any]]:
    """Text as places, missing as nan."""
    flat = [one for row in ratings for one in row if one is not None]
    if any(isinstance(one, str) for one in flat):
        place = {word: float(i) for i, word in enumerate(sorted(set(flat)))}
        return [[math.nan if one is None else place[one] for one in row] for row in ratings]
    return [[math.nan if one is None else float(one) for one in row] for row in ratings]
