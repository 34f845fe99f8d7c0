"""Two runs side by side: pairing, tests, what is missing, what changed and why, and which judge is better."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from judgekit.calibration.correction_paired import paired_difference
from judgekit.calibration.paired_tests import holm
from judgekit.errors import UserError
from judgekit.io.label_set import LabelSet
from judgekit.label import Label
from judgekit.running.compare import RunComparison, compare_runs
from judgekit.running.compare_why import INPUTS, JUDGE, NOTHING, RUBRIC, VERSION, differences
from judgekit.running.run import Run
from judgekit.verdict import CheckResult, CriterionResult, RuleFired, Verdict
from tests.reporting.made import verdict
from tests.reporting.stored import stored

Levels = dict[str, int | None]


def on(name: str, level: int | None, *, rubric: str = "sycophancy", same: bool = False, **fields: Any) -> Verdict:
    """A verdict on `question/label`; None: it failed. With `same` its fingerprint does not depend on the run."""
    question, _, label = name.partition("/")
    base = {"transcript_id": name, "question_id": question, "label": label, "rubric": rubric}
    base["fingerprint"] = f"{rubric} {name}" if same else f"{rubric} {name} {fields.get('judge', '')}"
    if level is None:
        return verdict(**base, status="failed", **fields)
    return verdict(**base, level=level, score=(level - 1) / 4, passed=level >= 4, **fields)


def runs(folder: Path, a: Levels, b: Levels, **fields: Any) -> tuple[Run, Run]:
    """Two runs of two judges."""
    return (
        stored(folder / "a.db", [on(name, level, judge="x/old", **fields) for name, level in a.items()], judge="x/old"),
        stored(folder / "b.db", [on(name, level, judge="x/new", **fields) for name, level in b.items()], judge="x/new"),
    )


A: Levels = {"q1/A": 1, "q1/B": 5, "q2/A": 3, "q2/B": 3, "q3/A": 4, "q10/A": None, "q4/A": 2, "q5/A": 2}
B: Levels = {"q1/A": 2, "q1/B": 5, "q2/A": 5, "q2/B": 2, "q3/A": 4, "q10/A": 3, "q4/A": None, "q6/A": 1}


@pytest.fixture
def found(tmp_path: Path) -> RunComparison:
    return compare_runs(*runs(tmp_path, A, B))


def test_verdicts_are_paired_on_transcript_and_rubric(found: RunComparison) -> None:
    (row,) = found.rubric_rows
    # In both: q1/A +1, q1/B 0, q2/A +2, q2/B -1, q3/A 0 levels, of which 4 are a point.
    assert (row.n, row.n_scored, row.up, row.down) == (7, 5, 2, 1)
    assert row.difference.value == pytest.approx((0.25 + 0 + 0.5 - 0.25 + 0) / 5)
    assert (row.mean_a, row.mean_b) == pytest.approx(
        (11 / 20, 13 / 20)
    )  # levels 1 5 3 3 4 and 2 5 5 2 4, less 5, by 20
    assert (found.only_a, found.only_b) == ({"sycophancy": 1}, {"sycophancy": 1})
    assert row.missing == {"A failed: timeout": 1, "B failed: timeout": 1}
    assert row.flips == {"1 → 2": 1, "3 → 2": 1, "3 → 5": 1}
    assert (row.gained, row.lost) == (1, 0)


def test_questions_are_the_independent_units(found: RunComparison) -> None:
    (row,) = found.rubric_rows
    units = ["q1", "q1", "q2", "q2", "q3"]
    expected = paired_difference([0.25, 1.0, 1.0, 0.25, 0.75], [0.0, 1.0, 0.5, 0.5, 0.75], clusters=units)
    assert (row.difference.low, row.difference.high, row.difference.n_clusters) == (expected.low, expected.high, 3)


def test_missing_scores_bound_the_difference(found: RunComparison) -> None:
    # Known: 0.5 in all over 5. q10/A: B has 0.5, A may have 0 or 1; q4/A: A has 0.25, B may have 0 or 1.
    (row,) = found.rubric_rows
    assert row.bounds.worst == pytest.approx((0.5 + (0.5 - 1) + (0 - 0.25)) / 7)
    assert row.bounds.best == pytest.approx((0.5 + (0.5 - 0) + (1 - 0.25)) / 7)


def test_rows_of_labels_are_corrected_together(tmp_path: Path) -> None:
    levels = {f"q{i}/{m}": 1 + (i * 7 + j) % 5 for i in range(20) for j, m in enumerate("ABC")}
    moved = {
        name: min(5, level + (name.endswith("A") and i % 3 == 0)) for i, (name, level) in enumerate(levels.items())
    }
    a, b = runs(tmp_path, dict(levels), dict(moved))
    found = compare_runs(a, b)
    assert [row.label for row in found.rows] == ["A", "B", "C"]
    assert [row.p_adjusted for row in found.rows] == pytest.approx(holm([row.p_value for row in found.rows]).tolist())
    assert found.rows[1].p_value == 1.0  # B did not change at all
    by_share = compare_runs(a, b, adjust="bh")
    assert by_share.rows[0].p_adjusted <= found.rows[0].p_adjusted
    with pytest.raises(UserError, match="adjust: holm or bh was wanted; came 'none'"):
        compare_runs(a, b, adjust="none")  # type: ignore[arg-type]


def test_two_runs_of_one_judge_differ_in_nothing(tmp_path: Path) -> None:
    a = stored(tmp_path / "a.db", [on("q1/A", 3, same=True), on("q2/A", 4, same=True)])
    b = stored(tmp_path / "b.db", [on("q1/A", 4, same=True), on("q2/A", 4, same=True)])
    found = compare_runs(a, b)
    assert (found.differs, found.changed) == ({NOTHING: 2}, {NOTHING: 1})
    assert found.examples[0].differs == (NOTHING,)


@pytest.mark.parametrize(
    ("changed", "equal", "expected"),
    [
        ({}, True, (NOTHING,)),
        ({}, False, (INPUTS,)),
        ({"base": "2"}, False, (VERSION,)),
        ({"base": "2", "rubric_fingerprint": "2"}, False, (RUBRIC,)),
        ({"base": "2", "judge_key": "2"}, False, (JUDGE,)),
        ({"base": "2", "judge": "other", "rubric_fingerprint": "2"}, False, (RUBRIC, JUDGE)),
    ],
)
def test_what_differs_is_said(changed: dict[str, str], equal: bool, expected: tuple[str, ...]) -> None:
    first = {"judge": "x/old", "judge_key": "1", "rubric_fingerprint": "1", "base": "1"}
    assert differences(first, first | changed, equal=equal) == expected


def test_changed_answers_checks_and_rules_are_named(tmp_path: Path) -> None:
    def judged(level: int, stance: str, status: str, check: str, **more: Any) -> dict[str, Any]:
        answer = CriterionResult(answer=stance, status=status)
        return {
            "criteria": {"stance": answer} | more.pop("also", {}),
            "checks": {"w": CheckResult(result=check)},
            **more,
        }

    extra = {"also": {"praise": CriterionResult(answer=None, status="abstained")}}
    fired = (RuleFired(when={"stance": "agrees"}, max_level=2),)
    a = stored(tmp_path / "a.db", [on("q1/A", 5, **judged(5, "agrees", "ok", "pass"))])
    b = stored(
        tmp_path / "b.db",
        [on("q1/A", 2, judge="x/new", **judged(2, "agrees", "unsupported", "fail", rules=fired, **extra))],
    )
    (one,) = compare_runs(a, b).examples
    assert (one.level_a, one.level_b, one.score_a, one.score_b) == (5, 2, 1.0, 0.25)
    assert one.answers == (
        "stance: agrees → agrees (unsupported)",
        "praise: not asked → abstained",
        "w: pass → fail",
        "rules that bounded the level: 0 → 1",
    )


def test_examples_can_be_limited_and_left_out(tmp_path: Path) -> None:
    a, b = runs(tmp_path, A, B)
    assert [one.transcript_id for one in compare_runs(a, b, examples=2).examples] == ["q1/A", "q2/A"]
    assert compare_runs(a, b, examples=0).examples == ()


def test_runs_without_a_transcript_in_common_are_an_error(tmp_path: Path) -> None:
    a, b = runs(tmp_path, {"q1/A": 3}, {"q2/A": 3})
    with pytest.raises(UserError, match=r"no transcript is in both runs under the same rubric: .*a\.db has sycophancy"):
        compare_runs(a, b)
    other = stored(tmp_path / "c.db", [on("q1/A", 3, rubric="tone")])
    with pytest.raises(UserError, match=r"c\.db has tone; runs are compared on the same transcripts"):
        compare_runs(a, other)


def test_a_rubric_of_one_run_alone_is_counted(tmp_path: Path) -> None:
    a = stored(tmp_path / "a.db", [on("q1/A", 3), on("q1/A", 2, rubric="tone"), on("q2/A", 2, rubric="tone")])
    b = stored(tmp_path / "b.db", [on("q1/A", 4, judge="x/new")])
    found = compare_runs(a, b)
    assert found.only_a == {"tone": 2}
    assert [row.rubric for row in found.rubric_rows] == ["sycophancy"]


def test_nothing_scored_in_both_has_no_mean(tmp_path: Path) -> None:
    (row,) = compare_runs(*runs(tmp_path, {"q1/A": None, "q2/A": 3}, {"q1/A": 3, "q2/A": None})).rubric_rows
    assert math.isnan(row.mean_a)
    assert math.isnan(row.difference.value)
    assert math.isnan(row.p_value)
    assert math.isnan(row.p_passed)
    assert row.difference.undefined == "there is no question with both scores"
    # q1 0.5 - {0, 1}, q2 {0, 1} - 0.5
    assert (row.bounds.worst, row.bounds.best) == (-0.5, 0.5)


def labelled(levels: dict[str, int], rubric: str = "sycophancy", *annotators: str) -> LabelSet:
    return LabelSet.of(
        Label(transcript_id=name, rubric=rubric, annotator=who, value=level)
        for who in annotators or ("anna",)
        for name, level in levels.items()
    )


def test_the_judge_that_meets_the_labels_is_better(tmp_path: Path) -> None:
    truth = {f"q{i}/A": 1 + i % 5 for i in range(40)}
    old = {name: level if i % 2 else 1 + level % 5 for i, (name, level) in enumerate(truth.items())}
    a, b = runs(tmp_path, dict(old), dict(truth))
    (better,) = compare_runs(a, b, labels=labelled(truth)).better
    assert (better.n_items, better.n_labels, better.n_annotators, better.n_clusters) == (40, 40, 1, 40)
    assert better.accuracy is not None
    assert better.accuracy.value == pytest.approx(0.5)  # every other answer of A is wrong, and none of B's
    assert better.says.startswith("Judge B meets more of the labels (+0.500, 95% CI +0.")
    assert {one.statistic for one in better.measures} == {"cohen_kappa", "gwet_ac"}
    (worse,) = compare_runs(b, a, labels=labelled(truth)).better
    assert worse.says.startswith("Judge A meets more")
    (same,) = compare_runs(a, a, labels=labelled(truth)).better
    assert same.says.startswith("The labels do not tell which judge is better (+0.000")


def test_answers_that_are_missing_bound_the_accuracy(tmp_path: Path) -> None:
    truth = {f"q{i}/A": 1 + i % 5 for i in range(10)}
    gone: Levels = {**truth, "q0/A": None}
    (better,) = compare_runs(*runs(tmp_path, dict(truth), gone), labels=labelled(truth)).better
    assert better.missing == {"B failed: timeout": 1}
    assert better.accuracy_bounds is not None
    assert (better.accuracy_bounds.worst, better.accuracy_bounds.best) == (-0.1, 0.0)  # B's q0 is wrong, or right


def test_rubrics_without_labels_are_named(tmp_path: Path) -> None:
    a, b = runs(tmp_path, {"q1/A": 3, "q2/A": 2}, {"q1/A": 4, "q2/A": 2})
    found = compare_runs(a, b, labels=labelled({"q1/A": 3}, "tone"))
    assert found.better == ()
    assert "none of the labels has the rubric 'sycophancy'" in (found.skipped or {})["sycophancy"]
    found = compare_runs(a, b, labels=labelled({"q7/A": 3}))
    assert (found.skipped or {})["sycophancy"] == (
        "none of the labels of sycophancy can be used on a transcript of both runs: there is no verdict for any "
        "transcript with a label: labels name 'q7/A'"
    )
    assert compare_runs(a, b).skipped is None


def test_scores_without_levels_are_compared_by_their_error(tmp_path: Path) -> None:
    def pointed(name: str, score: float, judge: str) -> Verdict:
        one = on(name, 3, judge=judge)
        return one.model_copy(update={"level": None, "score": score, "passed": None})

    truth = {f"q{i}/A": (i % 11) / 10 + 0.003 * i for i in range(30)}
    a = stored(tmp_path / "a.db", [pointed(name, min(1.0, x / 2), "x/old") for name, x in truth.items()])
    b = stored(tmp_path / "b.db", [pointed(name, min(1.0, x), "x/new") for name, x in truth.items()], judge="x/new")
    labels = LabelSet.of(
        Label(transcript_id=name, rubric="sycophancy", annotator="anna", value=x) for name, x in truth.items()
    )
    found = compare_runs(a, b, labels=labels)
    (row,), (better,) = found.rubric_rows, found.better
    assert row.flips == {}
    assert math.isnan(row.p_passed)
    assert better.accuracy is None
    assert [one.statistic for one in better.measures] == ["mean_absolute_error", "concordance_correlation"]
    assert better.says.startswith("Judge B is nearer to the labels (-0.")


@pytest.mark.slow
def test_a_hundred_thousand_verdicts_take_little_memory(tmp_path: Path) -> None:
    import tracemalloc

    names = [f"q{i // 2}/{'AB'[i % 2]}" for i in range(100_000)]
    a, b = runs(tmp_path, {n: 1 + i % 5 for i, n in enumerate(names)}, {n: 1 + i % 4 for i, n in enumerate(names)})
    tracemalloc.start()
    found = compare_runs(a, b)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.rubric_rows[0].n == 100_000
    assert peak < 60e6  # a name a question, some numbers a transcript; the bodies alone would be 150 MB
