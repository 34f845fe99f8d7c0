"""A judge's values from files: a row without one is a failure, never a score."""

from __future__ import annotations

from pathlib import Path

import pytest

from judgekit.errors import UserError
from judgekit.io.scores import Score, ScoreSet, load_scores


def load(folder: Path, text: str, mapping: dict[str, str] | None = None) -> ScoreSet:
    path = folder / "s.csv"
    path.write_text(text, encoding="utf-8")
    return load_scores(path, mapping=mapping)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("transcript_id,value\nq,3\n", Score("q", value=3.0)),
        ("transcript_id,value\nq,\n", Score("q", failure="no value")),
        ("transcript_id,value\nq,I'm sorry\n", Score("q", value="I'm sorry")),
        ("transcript_id;rubric;judge;value;cluster\n q ; r ;m;3,5;c\n", Score("q", "r", "", "m", 3.5, "c")),
        ("transcript_id,value,question_id\nq,3,7\n", Score("q", value=3.0, cluster="7")),
        ("transcript_id,value,question_id,cluster\nq,3,7,8\n", Score("q", value=3.0, cluster="8")),
        ("transcript_id,value,status\nq,3,scored\n", Score("q", value=3.0)),
        ("transcript_id,value,status\nq,3,abstained\n", Score("q", failure="abstained")),
        ("transcript_id,value,status\nq,0,failed\n", Score("q", failure="failed")),
        ("transcript_id,value,failure_kind\nq,,timeout\n", Score("q", failure="failed: timeout")),
        ('{"transcript_id": "q", "value": null}', Score("q", failure="no value")),
        ('{"transcript_id": "q", "value": 2, "question_id": 5}', Score("q", value=2.0, cluster="5")),
        ('[{"transcript_id": 3, "value": "yes", "criterion": "c"}]', Score("3", "", "c", "", "yes")),
    ],
)
def test_a_score(tmp_path: Path, text: str, wanted: Score) -> None:
    scores = load(tmp_path, text)
    assert list(scores) == [wanted]
    assert dict(scores.failed) == ({wanted.failure: 1} if wanted.failure else {})


def test_an_export_of_a_run_by_mapping(tmp_path: Path) -> None:
    kept = (
        '"transcript_id": "q", "question_id": "q", "judge": "m", "level": 4, "status": "scored", "failure_kind": null'
    )
    row = f'{{{kept}, "x": 1}}'
    scores = load(tmp_path, row, {"value": "level"})
    assert list(scores) == [Score("q", "", "", "m", 4.0, "q")]
    assert (len(scores), scores.ignored) == (1, ("question_id", "x"))
    assert repr(scores).startswith("ScoreSet(1 scores of 1 transcripts, ")


def test_a_million_digits_and_unread_columns(tmp_path: Path) -> None:
    scores = load(tmp_path, f"transcript_id,value,note\nq,{'1' * 100_000},x\n")
    assert [type(score.value) for score in scores] == [str]
    assert scores.ignored == ("note",)


@pytest.mark.parametrize(
    ("text", "mapping", "said"),
    [
        ("", {}, "s.csv is empty; wanted scores as CSV with a header, or as JSON Lines"),
        (
            "id,value\n1,2\n",
            {},
            "s.csv, line 1 (the header): no 'transcript_id'; there are id, value; name yours with "
            "--map transcript_id=COLUMN",
        ),
        (
            "transcript_id,score\n1,2\n",
            {},
            "s.csv, line 1 (the header): no 'value'; there are transcript_id, score; name yours with "
            "--map value=COLUMN",
        ),
        (
            "transcript_id,value\n,2\n",
            {},
            "s.csv, line 2: transcript_id is empty; wanted a transcript's id, as `judgekit transcripts` prints it",
        ),
        ("transcript_id,value\nq,1e999\n", {}, "s.csv, line 2: value is infinite; wanted a number or text"),
        (
            "transcript_id,value,status\nq,1,done\n",
            {},
            "s.csv, line 2: status: wanted scored, abstained or failed, came 'done'",
        ),
        (
            '{"transcript_id": "q"}',
            {},
            "s.csv, line 1: no 'value'; there are transcript_id; name yours with --map value=COLUMN",
        ),
        (
            '{"transcript_id": "q", "value": 1}\n[]',
            {},
            "s.csv, line 2: wanted an object with a score, came an empty list",
        ),
        (
            '{"transcript_id": "q", "value": 1}\n{',
            {},
            "s.csv, line 2: not JSON: Expecting property name enclosed in double quotes at column 2",
        ),
        (
            "transcript_id,value\nq,1\n",
            {"rater": "x"},
            "--map: 'rater' is not a field of a score; fields are transcript_id, rubric, criterion, judge, value, "
            "cluster, status, failure_kind",
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, text: str, mapping: dict[str, str], said: str) -> None:
    with pytest.raises(UserError) as error:
        load(tmp_path, text, mapping)
    assert str(error.value).replace(f"{tmp_path}/", "") == said
