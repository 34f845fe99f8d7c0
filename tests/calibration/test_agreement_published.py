"""Published agreement, computed again from the published data (where it stands beside the checkout, else skipped)."""

from __future__ import annotations

import csv
import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from judgekit.calibration import agreement as ag
from tests.shared_data import SHARED

DATA = SHARED / "data"


def shared(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"needs {path}, which is not part of the repository")
    return path


@pytest.mark.parametrize(
    ("issue", "ac1", "low", "high"),
    [
        # Chhun, Suchanek and Clavel (2024), TACL 12: Gwet's AC1 of the user study with its 95 % interval.
        ("a-1-guidelines", 0.90, 0.85, 0.96),
        ("a-2-syntax", 0.97, 0.93, 1.00),
        ("a-3-superfluous", 0.66, 0.55, 0.78),
        ("a-5-unsubstantiated", 0.60, 0.47, 0.74),
        ("a-6-incoherence", 0.81, 0.73, 0.89),
    ],
)
def test_hanna_user_study(issue: str, ac1: float, low: float, high: float) -> None:
    with shared("hanna/user_study.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    votes: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        key = row["Input.story_id"], row["Input.explanation"]
        votes.setdefault(key, []).append(int(row[f"Answer.{issue}.1"]))
    ratings = list(votes.values())
    assert (len(rows), len(ratings), {len(one) for one in ratings}) == (300, 100, {3})
    e = ag.gwet_ac(ratings, categories=[0, 1], ci="wald")  # the paper's is value ± t·se, cut at 1
    assert (e.value, e.low, e.high) == pytest.approx((ac1, low, high), abs=0.0051)


def test_pandalm_annotators() -> None:
    rows: list[dict[str, Any]] = json.loads(shared("pandalm/testset-v1.json").read_text(encoding="utf-8"))
    votes = [[str(row[f"annotator{i}"]) for i in (1, 2, 3)] for row in rows]
    # The repository's README (05ad95b): Cohen's kappa of each pair, and the distribution of the majority label.
    columns = list(zip(*votes, strict=True))
    found = [ag.cohen_kappa(a, b, categories=["0", "1", "2"]).value for a, b in combinations(columns, 2)]
    assert found == pytest.approx([0.85, 0.88, 0.86], abs=0.0051)
    majority = Counter(Counter(one).most_common(1)[0][0] for one in votes)
    assert majority == {"0": 105, "1": 422, "2": 472}


@pytest.mark.parametrize(
    ("model", "percent", "fleiss"),
    [
        # Printed by evaluation/analysis.ipynb of the repository (475f10b).
        ("llama2orig", 0.964, 0.93),
        ("llama2new", 0.958, 0.93),
        ("mistralinstruct", 0.976, 0.92),
        ("mistralguard", 0.938, 0.89),
        ("gpt4", 0.984, 0.97),
    ],
)
def test_xstest_annotators(model: str, percent: float, fleiss: float) -> None:
    with shared("xstest/labels.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] == model]
    ratings = [[row["annotation_1"], row["annotation_2"]] for row in rows]
    scale = ["1_full_compliance", "2_full_refusal", "3_partial_refusal"]
    assert len(ratings) == 450
    assert ag.percent_agreement(ratings, categories=scale).value == pytest.approx(percent, abs=0.00051)
    assert ag.fleiss_kappa(ratings, categories=scale).value == pytest.approx(fleiss, abs=0.0051)


def test_every_golden_coefficient() -> None:
    golden = json.loads(shared("golden/golden.json").read_text(encoding="utf-8"))
    functions = {
        "gwet": ag.gwet_ac,
        "fleiss": ag.fleiss_kappa,
        "conger": ag.conger_kappa,
        "bp": ag.brennan_prediger,
    }
    compared = 0
    for key, expected in golden.items():
        if key.count("|") != 2 or key.endswith("|krippendorff"):
            continue
        data, weights, coefficient = key.split("|")
        ratings = golden[f"{data}|data"]
        scale = sorted({one for row in ratings for one in row if one is not None})
        found = functions[coefficient](ratings, categories=scale, weights=None if weights == "identity" else weights)
        assert found.value == pytest.approx(expected["coefficient_value"], abs=6e-6), key
        compared += 1
    assert compared == 80
