"""The summary as text: every mean with its counts, interval and bounds; 80 columns; nothing that steers a terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from rich.cells import cell_len

from judgekit.reporting.terminal import summary_lines, summary_text
from judgekit.verdict import Usage, Verdict
from tests.reporting.made import HOSTILE, full, verdict
from tests.reporting.stored import stored


def on(question: int, label: str = "Model1", score: float | None = 0.75, **fields: object) -> Verdict:
    """A verdict on that question and label; no score: abstained."""
    status = fields.pop("status", "abstained" if score is None else "scored")
    if status == "scored":
        fields |= {"score": score, "level": round(4 * (score or 0)) + 1, "passed": (score or 0) >= 0.75}
    key = f"q{question:02d}"
    return verdict(
        transcript_id=f"{key}/{label}",
        question_id=key,
        label=label,
        status=status,
        fingerprint=f"{question:030x}{label[-2:].encode().hex()[:2]}",
        **fields,
    )


def text_of(path: Path, verdicts: list[Verdict], width: int = 80) -> str:
    return summary_text(stored(path / "run.db", verdicts).summary(), width=width)


def test_a_row_holds_mean_interval_counts_bounds_and_passes(tmp_path: Path) -> None:
    text = text_of(tmp_path, [on(1, score=0.5), on(2, score=1.0), on(3, score=None), on(4, status="failed")])
    # Scored 0.5 and 1.0: mean 0.75; with t(1) = 12.706 and a standard error of 0.25 the interval is cut to 0..1.
    # Of 4: worst (0.5 + 1 + 0 + 0) / 4 = 0.375, best (0.5 + 1 + 1 + 1) / 4 = 0.875. One of two passes (1.0 >= 0.75).
    row = next(line for line in text.splitlines() if line.startswith("  Model1"))
    assert row.split() == ["Model1", "0.75", "0.00–1.00", "2", "1", "1", "0.38–0.88", "1/2"]
    assert "openai/test gave 4 verdicts on 4 transcripts of 4 questions under 1 rubric: 2" in text
    assert "failed:       timeout 1; a failure counts in no mean" in text
    assert "sycophancy 1.0.0 · calibration: none" in text
    assert "calibration:  none (no human labels" in text


def test_a_mean_over_all_labels_stands_below_the_labels(tmp_path: Path) -> None:
    text = text_of(tmp_path, [on(i, label, i / 10) for i in (1, 2, 3) for label in ("Model1", "Model2")])
    rows = [line.split()[:2] for line in text.splitlines() if line.startswith("  ") and line[2] != " "]
    assert rows == [["Model1", "0.20"], ["Model2", "0.20"], ["all", "labels"]]


def test_what_is_undefined_says_why_and_is_never_nan(tmp_path: Path) -> None:
    text = text_of(tmp_path, [on(1, "Model1", None), on(1, "Model2", 0.5)])
    cells = {line.split()[0]: line.split()[1:3] for line in text.splitlines() if line.startswith("  Model")}
    assert cells == {"Model1": ["n/a", "n/a"], "Model2": ["0.50", "n/a"]}
    assert "n/a: nothing was scored. n/a: an interval needs 2 independent units" in text.replace("\n", " ")
    assert "nan" not in text


def test_facts_that_a_reader_needs_are_said(tmp_path: Path) -> None:
    made = full(flags=("unsupported_evidence", "reused"), provenance="third_party_summary")
    text = " ".join(text_of(tmp_path, [made]).split())
    assert "evidence: 1 answer rested on a quote that is not in the response, and did not count" in text
    assert "flags: reused 1, unsupported_evidence 1" in text
    assert "provenance: third_party_summary 1; 1 may not be the model's own words" in text
    assert "reused: 1 verdict with the same fingerprint" in text


@pytest.mark.parametrize(
    ("usage", "cost", "wanted"),
    [
        (
            Usage(prompt_tokens=1000, completion_tokens=20, cached_tokens=5),
            0.25,
            "1,000 tokens in (0.5 % of them cached), 20 out, $0.2500 ($0.2500 for a scored verdict)",
        ),
        (Usage(prompt_tokens=7, completion_tokens=1), None, "7 tokens in, 1 out, price unknown"),
        (
            Usage(prompt_tokens=8, completion_tokens=1, cached_tokens=0),
            0.0,
            "8 tokens in (0 % of them cached), 1 out, $0",
        ),
        (Usage(), 0.0, "$0"),
    ],
)
def test_the_cost_is_said_and_an_unknown_one_is_not_zero(
    tmp_path: Path, usage: Usage, cost: float | None, wanted: str
) -> None:
    text = " ".join(text_of(tmp_path, [verdict(usage=usage, cost_usd=cost)]).split())
    assert f"{wanted} calibration:" in text


def test_the_baseline_is_called_what_it_is(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", [verdict(judge="baseline", samples=0, calls=0)], judge="baseline")
    assert "is a null model" in summary_text(run.summary())


@pytest.mark.parametrize(
    ("states", "wanted"),
    [
        ({"a × sycophancy": "valid"}, ("calibration: valid (human labels were compared", "1.0.0 · calibration: valid")),
        (
            {"a × sycophancy": "stale", "b × sycophancy": "none"},
            ("calibration: a × sycophancy: stale; b × sycophancy: none", "1.0.0 · calibration: none / stale"),
        ),
    ],
)
def test_the_calibration_is_named_for_each_judge_and_rubric(
    tmp_path: Path, states: dict[str, Literal["none", "valid", "stale"]], wanted: tuple[str, str]
) -> None:
    summary = replace(stored(tmp_path / "run.db", [verdict()]).summary(), calibration=states)
    text = " ".join(summary_text(summary).split())
    assert all(part in text for part in wanted)


def test_an_empty_run_is_a_sentence(tmp_path: Path) -> None:
    text = text_of(tmp_path, [])
    assert text.startswith("This run holds no verdict yet.")
    assert "calibration:  none" in text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_neither_steer_nor_break_the_table(tmp_path: Path, text: str) -> None:
    made = verdict(label=text, transcript_id=f"q01/{text}", flags=(text,), rubric="r" * 64, rubric_version=text)
    shown = text_of(tmp_path, [made, on(2, score=None)])
    assert not {char for char in shown if ord(char) < 32 or 127 <= ord(char) < 160} - {"\n"}
    assert "\u202e" not in shown
    assert max(cell_len(line) for line in shown.splitlines()) <= 80


@pytest.mark.parametrize(
    "label", ["gpt-4o-mini-2024-07-18-with-a-long-name", "模型一号模型一号模型一号模型一号", "m " * 60]
)
@pytest.mark.parametrize("width", [80, 120])
def test_a_long_label_is_whole_and_the_table_fits(tmp_path: Path, label: str, width: int) -> None:
    shown = text_of(tmp_path, [on(1, label, 0.5), on(2, label, 0.5)], width)
    assert max(cell_len(line) for line in shown.splitlines()) <= width
    if len(label) <= 80:
        assert label in shown


@pytest.mark.parametrize("width", [80, 120])
def test_names_of_any_length_and_script_are_whole_and_in_order(tmp_path: Path, width: int) -> None:
    names = ["Model10", "Model2", "模型一号测试版本" * 6, "🤖🚀 gpt-😀", "a-very-long-name-of-a-model-" * 2]
    text = text_of(tmp_path, [on(1, name, 0.5) for name in names], width)
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert all(name in "".join(line.strip() for line in text.splitlines()) for name in names)
    assert text.index("Model2") < text.index("Model10")


def test_a_run_without_a_verdict_has_no_table(tmp_path: Path) -> None:
    text = text_of(tmp_path, [])
    assert text.startswith("This run holds no verdict yet.\n\ncost:")
    assert "mean" not in text.split("calibration:")[0]


def test_emphasis_changes_no_word(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", [on(1), on(2, "Model2", None), on(3, "Model2", status="failed")])
    lines = summary_lines(run.summary())
    assert "\n".join(line.text for line in lines) == summary_text(run.summary())
    styles = {line.text.split(":")[0]: line.style for line in lines if ": " in line.text}
    assert (styles["failed"], styles["calibration"]) == ("red", "yellow")
