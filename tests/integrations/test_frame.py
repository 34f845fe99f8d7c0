"""Data frames: the same frame comes back with the verdicts beside its own columns, and no mean is diluted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgekit import Judge, UserError, Verdict, open_run, score_frame
from judgekit.integrations.own_model import OwnModel
from judgekit.integrations.table import plain
from tests.integrations.environment import ROOT
from tests.integrations.page import blocks, judge_variables, lay_out
from tests.integrations.samples import ABSTAINED, FAILED, MEAN, N_SCORED, ON_TOPIC, PASSED, POLITE, RUBRIC, SAMPLES
from tests.servers.openai_server import OpenAIServer

COLUMNS = {"prompt": "question", "response": "answer"}
ROWS = [{"question": one.prompt, "answer": one.response, "topic": one.topic, "n": one.i} for one in SAMPLES]
NEW = [
    *("status", "score", "level", "passed", "reason", "explanation", "fingerprint"),
    *("criteria.polite", "criteria.on_topic", "checks.has_words"),
]
FRAMES: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "polars lazy": pl.LazyFrame,
    "pyarrow": pa.Table.from_pylist,
}


def rows_of(frame: Any) -> list[dict[str, Any]]:
    """Any frame as plain rows, with None for null."""
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if isinstance(frame, pl.DataFrame):
        return frame.to_dicts()
    table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


@pytest.mark.parametrize("kind", FRAMES)
def test_samples_in_every_kind_of_frame(kind: str, judge_server: OpenAIServer) -> None:
    frame = FRAMES[kind](ROWS)
    with Judge("openai/test", base_url=judge_server.base_url) as judge:
        scored = score_frame(frame, rubric=RUBRIC, columns=COLUMNS, judge=judge)
    assert type(scored) is type(frame)
    rows = rows_of(scored)
    assert list(rows[0]) == [*ROWS[0], *NEW]
    for sample, before, row in zip(SAMPLES, ROWS, rows, strict=True):
        assert {name: row[name] for name in before} == before
        assert (row["score"], row["level"]) == (sample.score, sample.level)
        assert row["passed"] == (None if sample.level is None else sample.level == 3)
        answers = {"polite": row["criteria.polite"], "on_topic": row["criteria.on_topic"]}
        wanted = {name: "yes" if value else "no" for name, value in sample.values.items()}
        assert answers == (wanted or dict.fromkeys(answers))
        assert row["checks.has_words"] == (None if sample.i == FAILED else "pass")
        assert len(row["fingerprint"]) == 32
    assert rows[ABSTAINED - 1]["status"] == "abstained"
    assert rows[ABSTAINED - 1]["reason"].startswith("abstained: ")
    assert rows[FAILED - 1]["status"] == "failed"
    assert rows[FAILED - 1]["reason"].startswith("refusal: ")
    assert "go straight on" in rows[0]["explanation"]


def test_means_of_pandas_and_polars_are_not_diluted(judge_server: OpenAIServer) -> None:
    pandas = score_frame(
        pd.DataFrame(ROWS), rubric=RUBRIC, columns=COLUMNS, judge="openai/test", base_url=judge_server.base_url
    )
    assert pandas.dtypes[NEW].astype(str).tolist() == [
        *("string", "Float64", "Int64", "boolean", "string", "string", "string"),
        *("string", "string", "string"),
    ]
    polars = pl.from_pandas(pandas)
    for frame in (pandas, polars):
        assert frame["score"].mean() == pytest.approx(MEAN)
        assert frame["passed"].mean() == pytest.approx(PASSED)
        assert (frame["criteria.polite"] == "yes").mean() == pytest.approx(POLITE)
        assert (frame["criteria.on_topic"] == "yes").mean() == pytest.approx(ON_TOPIC)
    assert pandas["score"].count() == N_SCORED


def test_an_index_of_any_kind_stays() -> None:
    index = pd.MultiIndex.from_tuples([("b", 2), ("a", 1), ("b", 2)])  # neither sorted nor unique
    frame = pd.DataFrame({"prompt": ["p"] * 3, "response": ["x", "", "x"], "topic": "t"}, index=index)
    scored = score_frame(frame, rubric=RUBRIC, judge="baseline")
    assert scored.index.equals(index)
    assert scored["checks.has_words"].tolist() == ["pass", "fail", "pass"]  # an empty answer is an answer
    assert frame.columns.tolist() == ["prompt", "response", "topic"]  # what was given is as it was


def test_a_frame_without_rows_has_the_columns() -> None:
    empty = pl.DataFrame(schema={"prompt": pl.String, "response": pl.String, "topic": pl.String})
    scored = score_frame(empty, rubric=RUBRIC, judge="baseline")
    assert scored.schema["score"] == pl.Float64
    assert scored.schema["level"] == pl.Int64
    assert scored.schema["passed"] == pl.Boolean
    assert scored.shape == (0, 3 + len(NEW))


def test_equal_rows_and_resumed_runs_cost_nothing(tmp_path: Path, judge_server: OpenAIServer) -> None:
    rows = [*ROWS[:5], ROWS[0], ROWS[4]]
    store = tmp_path / "run.db"
    with Judge("openai/test", base_url=judge_server.base_url) as judge:
        first = score_frame(pl.DataFrame(rows), rubric=RUBRIC, columns=COLUMNS, judge=judge, store=store)
        assert len(judge_server.requests) == 5
        more = [ROWS[7], *rows]  # one more in front: what was judged is found again wherever it stands
        second = score_frame(pl.DataFrame(more), rubric=RUBRIC, columns=COLUMNS, judge=judge, store=store)
        assert len(judge_server.requests) == 6
    assert second["score"].to_list() == [1.0, *first["score"].to_list()]
    assert first["fingerprint"][0] == first["fingerprint"][5]
    assert len(list(open_run(store).verdicts())) == 6


def test_one_answer_under_two_inputs_is_judged_twice(judge_server: OpenAIServer) -> None:
    rows = [ROWS[0], ROWS[0] | {"topic": "another one"}]
    scored = score_frame(
        pl.DataFrame(rows), rubric=RUBRIC, columns=COLUMNS, judge="openai/test", base_url=judge_server.base_url
    )
    assert len(judge_server.requests) == 2
    assert scored["fingerprint"].n_unique() == 2


def test_null_cells_are_data() -> None:
    rows: list[dict[str, Any]] = [
        {"prompt": "p", "response": None, "topic": "t"},
        {"prompt": float("nan"), "response": "r", "topic": "t"},
        {"prompt": "p", "response": "r", "topic": None},
        {"prompt": "p", "response": "r", "topic": pd.NA},
    ]
    scored = score_frame(pd.DataFrame(rows), rubric=RUBRIC, judge="baseline")
    assert scored["status"].tolist() == ["failed"] * 4
    assert scored["reason"][0] == "missing_input: the response (column 'response') is null"
    assert scored["reason"][1] == "missing_input: the prompt (column 'prompt') is null"
    assert scored["reason"][2].startswith("missing_input: ")
    assert "topic" in scored["reason"][3]
    assert scored["fingerprint"].notna().tolist() == [False, False, True, True]


@pytest.mark.parametrize("kind", ["lists", "JSON", "arrays"])
def test_conversations(kind: str) -> None:
    turns: Any = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Good day."}]
    if kind == "JSON":
        turns = '[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Good day."}]'
    if kind == "arrays":
        turns = np.array([turns[0] | {"tool_calls": None}, turns[1]], dtype=object)  # as pandas reads Parquet
    scored = score_frame(
        pd.DataFrame({"chat": [turns]}),
        rubric=RUBRIC,
        columns={"messages": "chat"},
        inputs={"topic": "greetings"},
        judge="baseline",
    )
    assert scored["checks.has_words"].tolist() == ["pass"]


def test_prompt_and_answer_as_messages(judge_server: OpenAIServer) -> None:
    # One conversation in three spellings is one fingerprint, and one call.
    asked = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}]
    said = [{"role": "assistant", "content": SAMPLES[0].response}]
    judge = Judge("openai/test", base_url=judge_server.base_url)
    for frame, columns in (
        (pl.DataFrame({"prompt": [asked], "response": [said]}), {}),
        (pl.DataFrame({"prompt": [asked], "response": [SAMPLES[0].response]}), {}),
        (pl.DataFrame({"s": ["Be kind."], "prompt": ["Hi"], "response": [SAMPLES[0].response]}), {"system": "s"}),
        (pl.DataFrame({"messages": [asked], "r": [SAMPLES[0].response]}), {"messages": "messages", "response": "r"}),
    ):
        scored = score_frame(frame, rubric=RUBRIC, columns=columns, inputs={"topic": "t"}, judge=judge)
        assert scored["level"].to_list() == [3]
    judge.close()
    assert len({str(request.body["messages"]) for request in judge_server.requests}) == 1


def test_names_of_transcripts(tmp_path: Path) -> None:
    rows = [
        {"prompt": "p", "response": "a", "model": 1, "q": 7.0},
        {"prompt": "p", "response": "b", "model": 1, "q": 7.0},  # a second answer of the same model
        {"prompt": "p", "response": "a", "model": 2, "q": 7.0},
    ]
    score_frame(
        pd.DataFrame(rows),
        rubric=RUBRIC,
        columns={"label": "model", "question_id": "q"},
        inputs={"topic": "t"},
        judge="baseline",
        store=tmp_path / "run.db",
    )
    found = list(open_run(tmp_path / "run.db").verdicts())
    assert [(one.question_id, one.label) for one in found] == [("7", "1"), ("7", "1"), ("7", "2")]
    assert found[0].transcript_id == "7/1"
    assert found[1].transcript_id.startswith("7/1~")
    assert found[2].transcript_id == "7/2"


def test_a_column_says_it_then_a_question_then_what_all_share(tmp_path: Path, judge_server: OpenAIServer) -> None:
    questions = tmp_path / "questions.yaml"
    entry = {"id": "q1", "prompt": "p", "rubrics": {"courtesy": {"topic": "from a file"}}}
    questions.write_text(json.dumps({"judgekit": "questions/1", "questions": [entry]}))
    answer = SAMPLES[0].response
    frame = pl.DataFrame(
        {"prompt": ["p", "p", "other"], "response": [answer] * 3, "topic": [None, "from a cell", None]},
    )
    score_frame(
        frame,
        rubric=RUBRIC,
        judge="openai/test",
        base_url=judge_server.base_url,
        questions=questions,
        inputs={"topic": "from all"},
        concurrency=1,
    )
    shown = [str(request.body) for request in judge_server.requests]
    assert ["from a file" in text for text in shown] == [True, False, False]
    assert ["from a cell" in text for text in shown] == [False, True, False]
    assert ["from all" in text for text in shown] == [False, False, True]


def test_a_prefix_and_the_whole_verdict() -> None:
    frame = pl.DataFrame({"prompt": ["p"], "response": ["r"], "topic": ["t"], "score": [3]})
    scored = score_frame(frame, rubric=RUBRIC, judge="baseline", prefix="judge_", whole=True)
    assert scored["score"].to_list() == [3]
    verdict = Verdict.from_row(json.loads(scored["judge_verdict"][0]))
    assert verdict.fingerprint == scored["judge_fingerprint"][0]


def test_constraints_have_columns_of_their_own() -> None:
    constraints = [{"id": "short", "quote": "two words", "check": "word_count", "with": {"exactly": 2}}]
    scored = score_frame(
        pd.DataFrame({"prompt": ["Say it in two words."] * 2, "response": ["Well said.", "No."]}),
        rubric="constraint_following",
        inputs={"constraints": constraints},  # type: ignore[dict-item]  # a list of mappings is JSON
        judge="baseline",
    )
    assert scored["checks.short"].tolist() == ["pass", "fail"]


FRAME = pl.DataFrame({"prompt": ["p"], "response": ["r"], "topic": ["t"], "n": [1]})


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        ([1], {}, r"a DataFrame of pandas or polars was wanted, or a pyarrow Table; came builtins.list"),
        (pd.DataFrame([["p", "q"]], columns=["prompt"] * 2), {}, r"a name stands for two columns; give each its own"),
        (FRAME.drop("response"), {}, r"no column 'response'; there are 'prompt', 'topic', 'n'; name yours with col"),
        (FRAME, {"columns": {"response": "answr"}}, r"no column 'answr' \(for response\)"),
        (FRAME, {"columns": {"reply": "response"}}, r"'reply' is neither a field of a transcript \(id, .*\) nor an in"),
        (FRAME.drop("topic"), {}, r"rubric courtesy needs the input topic: no column 'topic'"),
        (FRAME, {"columns": {"response": "n"}}, r"row 0 \(from 0\), column 'n': wanted text for the response; came in"),
        (FRAME, {"columns": {"messages": "prompt"}}, r"row 0 \(from 0\), column 'prompt': "),
        (FRAME.with_columns(score=1, level=2), {}, r"has the columns score, level already: give prefix='judge_'"),
        (FRAME, {"inputs": {"colour": "red"}}, r"inputs: rubric courtesy knows no colour; it knows: topic"),
        (FRAME, {"judge": OwnModel("harness/test", None)}, r"a harness's model has no part in"),  # type: ignore[arg-type]
        (FRAME, {"rubric": "no_such"}, r"no_such"),
    ],
)
def test_mistakes_are_one_line(frame: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        score_frame(frame, **{"rubric": RUBRIC, "judge": "baseline", **options})
    assert "\n" not in str(caught.value)


def test_a_cell_that_is_nested_without_end_is_one_line() -> None:
    cell: list[Any] = []
    cell.append(cell)
    frame = pd.DataFrame({"prompt": ["Hi?"], "topic": ["tea"], "response": pd.Series([cell], dtype=object)})
    with pytest.raises(UserError, match=r"^row 0 \(from 0\), column 'response': it is nested too deeply$"):
        score_frame(frame, rubric=RUBRIC, judge="baseline")


def test_a_value_that_an_input_cannot_have() -> None:
    frame = pl.DataFrame({"prompt": ["p"], "response": ["r"], "user_claim": ["c"], "claim_status": ["wrong"]})
    with pytest.raises(UserError, match=r"column 'claim_status': the input claim_status is 'wrong'; wanted one of"):
        score_frame(frame, rubric="sycophancy", judge="baseline")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (np.int64(3), 3),
        (np.array([1.5, np.nan]), [1.5, None]),
        ({"a": pd.NaT, "b": (True, date(2026, 1, 2))}, {"a": None, "b": [True, "2026-01-02"]}),
        (Decimal("1.5"), 1.5),
        (np.datetime64("2026-01-02"), "2026-01-02"),
    ],
)
def test_cells_as_plain_values(cell: Any, value: Any) -> None:
    assert plain(cell) == value


def test_a_cell_that_json_cannot_hold() -> None:
    with pytest.raises(ValueError, match=r"wanted text, a number, .* came bytes"):
        plain(b"x")


_TEXTS = {"prompt": pl.String, "response": pl.String}


@settings(max_examples=5)  # each is a run with a file of its own
@given(st.lists(st.tuples(st.sampled_from(["p", "q", None]), st.sampled_from(["", "a", "b", None])), max_size=8))
def test_rows_keep_their_number_order_and_verdict(cells: list[tuple[str | None, str | None]]) -> None:
    # The law: each row is judged as it would be alone; has_words fails for the empty answer only.
    frame = pl.DataFrame({"prompt": [p for p, _ in cells], "response": [r for _, r in cells]}, schema=_TEXTS)
    scored = score_frame(frame, rubric=RUBRIC, inputs={"topic": "t"}, judge="baseline")
    assert scored.select("prompt", "response").equals(frame)
    wanted = [None if p is None or r is None else "pass" if r else "fail" for p, r in cells]
    assert scored["checks.has_words"].to_list() == wanted
    assert (scored["reason"].is_null() == (scored["status"] == "scored")).all()


def test_without_narwhals_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    # A name that is None in sys.modules does not import: what an environment without the package does.
    monkeypatch.setitem(sys.modules, "narwhals", None)
    with pytest.raises(UserError, match=r"^score_frame needs narwhals: pip install 'llm-judgekit\[frame\]'$"):
        score_frame(FRAME, rubric=RUBRIC, judge="baseline")


@pytest.mark.slow
def test_the_page_as_it_is_written(tmp_path: Path, judge_server: OpenAIServer) -> None:
    lay_out(tmp_path)
    (script,) = blocks("dataframes", "python")
    (tmp_path / "score_table.py").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "score_table.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), **judge_variables(judge_server)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "0.725 {'scored': 20, 'abstained': 1, 'failed': 1}" in done.stdout
    assert "refusal: " in done.stdout
    assert len((tmp_path / "scored.jsonl").read_text().splitlines()) == len(SAMPLES)
