"""The comparison's page: what changed, why, both sides of it, and nothing foreign that is more than text."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from judgekit.io import load_questions
from judgekit.noun import mend_surrogates
from judgekit.reporting.compare_data import TEXT
from judgekit.reporting.compare_html import headline, lead, write_comparison
from judgekit.reporting.pages import TEMPLATES
from judgekit.running.compare import compare_runs
from judgekit.running.compare_why import INPUTS, JUDGE, NOTHING
from judgekit.running.run import Run, open_run
from judgekit.transcript import Transcript
from tests.cli.running import invoke
from tests.reporting.made import HOSTILE, full
from tests.reporting.stored import stored
from tests.running.test_compare import A, B, on, runs


def page_of(a: Run, b: Run, **options: Any) -> str:
    """The page of two runs."""
    out = io.BytesIO()
    write_comparison(a, b, compare_runs(a, b), out, **options)
    return out.getvalue().decode()


def entries(page: str, name: str) -> list[Any]:
    """What the data elements of one kind hold."""
    found = re.findall(rf'<script type="application/json" class="{name}">(.*?)</script>', page, re.DOTALL)
    return [entry for text in found for entry in json.loads(text)]


def test_each_changed_pair_has_both_rows_and_its_reasons(tmp_path: Path) -> None:
    page = page_of(*runs(tmp_path, A, B))
    (index,) = entries(page, "index")
    columns, pairs = index["columns"], index["pairs"]
    # Another result: q1/A 1 → 2, q2/A 3 → 5, q2/B 3 → 2; another status: q10/A failed → scored, q4/A scored → failed.
    assert columns["id"][::2] == columns["id"][1::2] == ["q1/A", "q2/A", "q2/B", "q10/A", "q4/A"]
    assert columns["level"][::2] == [1, 3, 3, -1, 2]
    assert columns["level"][1::2] == [2, 5, 2, 3, -1]
    assert pairs["why"] == [[JUDGE]] * 5
    assert len(entries(page, "verdicts")) == 10
    assert "3 with another result, 2 with another status (failed → scored 1, scored → failed 1)" in page
    assert "Only in A, left out: sycophancy 1." in page


def test_the_policy_names_the_scripts_and_the_style_and_nothing_else(tmp_path: Path) -> None:
    page = page_of(*runs(tmp_path, A, B))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = ["sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    own = "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    allowed = " ".join(f"'{one}'" for one in digests)
    assert policy[1].replace("&#39;", "'") == (
        f"default-src 'none'; style-src '{own}'; script-src {allowed}; base-uri 'none'; form-action 'none'"
    )
    rest = page
    for file in sorted(TEMPLATES.iterdir()):
        rest = rest.replace(file.read_text(encoding="utf-8"), "")
    assert not re.search(r"\son\w+=|\sstyle=|\ssrc=|https?://", rest.replace("http-equiv", ""))


@pytest.mark.parametrize("kind", [kind for kind in HOSTILE if kind != "long"])
def test_hostile_text_stays_text(tmp_path: Path, kind: str) -> None:
    text = HOSTILE[kind]
    who = {"transcript_id": f"q/{mend_surrogates(text)}", "question_id": "q"}
    a = stored(tmp_path / "a.db", [full(text, **who, level=5, score=1.0)])
    b = stored(tmp_path / "b.db", [full(text, **who, judge=text, fingerprint="f")], judge="x/new")
    page = page_of(a, b, transcripts=[Transcript.from_text(text, f"so {text}", label=text, question_id="q")])
    bare = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    assert "<script>alert" not in page and 'onmouseover="' not in page
    assert not set("\x1b\x07\x00\x9b\u202e\u2066\u200f\ud800") & set(bare)
    assert page.count("</script>") == page.count("<script")
    assert len(entries(page, "verdicts")) == len(entries(page, "messages")) == 2


def source(folder: Path, name: str, responses: Mapping[str, str]) -> Path:
    """Transcripts of one question each."""
    path = folder / name
    rows = [
        {"question_id": question, "label": "M", "prompt": "Say it in 3 words.", "response": response}
        for question, response in responses.items()
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def asked(folder: Path, name: str, words: Mapping[str, int]) -> Path:
    """A question file that wants so many words."""
    path = folder / name
    entry = (
        "  - id: {id}\n    rubrics:\n      constraint_following:\n        constraints:\n"
        "          - {{id: n, quote: in 3 words, check: word_count, with: {{exactly: {n}}}}}\n"
    )
    text = "".join(entry.format(id=question, n=n) for question, n in words.items())
    path.write_text(f"judgekit: questions/1\nquestions:\n{text}", encoding="utf-8")
    return path


def scored(folder: Path, name: str, transcripts: Path, questions: Path) -> Run:
    result = invoke("score", transcripts, "--questions", questions, "--judge", "baseline", "--run", folder / name)
    assert result.exit_code == 0, result.stderr
    return open_run(folder / name)


def test_where_the_texts_are_at_hand_text_and_inputs_are_told_apart(tmp_path: Path) -> None:
    """A judge of code alone: q1's response is another, q2's demand is another; q3 is as it was."""
    first = source(tmp_path, "a.jsonl", {"q1": "one two three", "q2": "one two three", "q3": "one two three"})
    second = source(tmp_path, "b.jsonl", {"q1": "one two", "q2": "one two three", "q3": "one two three"})
    before = asked(tmp_path, "a.yaml", {"q1": 3, "q2": 3, "q3": 3})
    after = asked(tmp_path, "b.yaml", {"q1": 3, "q2": 4, "q3": 3})
    a, b = scored(tmp_path, "a.db", first, before), scored(tmp_path, "b.db", second, after)
    found = compare_runs(a, b)
    assert (found.differs, found.changed) == ({INPUTS: 2, NOTHING: 1}, {INPUTS: 2})
    # Without the question files nothing tells that the texts are those that were judged: code quotes nothing.
    (unsure,) = entries(page_of(a, b), "index")
    assert unsure["pairs"]["why"] == [[INPUTS]] * 2
    # With those of A: q1's are known on both sides, for its inputs did not change; q2's in B are not.
    (index,) = entries(page_of(a, b, questions=load_questions(before)), "index")
    assert index["pairs"]["why"] == [[TEXT], [INPUTS]]
    assert index["columns"]["same"] == ["fingerprint", "fingerprint", "fingerprint", "unknown"]
    messages = [text for text, _ in entries(page_of(a, b), "messages")]
    assert sorted(messages) == ["Say it in 3 words.", "one two", "one two three"]  # each once


def test_another_text_is_said_beside_another_judge(tmp_path: Path) -> None:
    """Both quotes stand where they stood, so both texts are those that were judged; and they differ."""
    quote = {"level": 4}
    a = stored(tmp_path / "a.db", [full("blue", **quote)])
    b = stored(tmp_path / "b.db", [full("blue", level=3, score=0.5, judge="x/new", fingerprint="f")], judge="x/new")
    texts = {path: Transcript.from_text("p", f"is blue{path}", label="Model1", question_id="q01") for path in "ab"}
    (same,) = entries(page_of(a, b, transcripts=[texts["a"]]), "index")
    assert same["pairs"]["why"] == [[JUDGE]]
    assert same["columns"]["same"] == ["quotes", "quotes"]
    page = page_of(a, b, transcripts=Turns([texts["a"]], [texts["b"]]))
    (index,) = entries(page, "index")
    assert index["pairs"]["why"] == [[JUDGE, TEXT]]
    assert index["columns"]["transcript"] == [0, 1]
    marks = [one["marks"] for one in entries(page, "transcripts")]
    assert marks == [[[0, 0, 0, 1, 3, 7]], [[1, 0, 0, 1, 3, 7]]]


class Turns:
    """One list the first time, another the second: what two runs read."""

    def __init__(self, *lists: Iterable[Transcript]) -> None:
        self._lists = iter(lists)

    def __iter__(self) -> Any:
        return iter(next(self._lists))


def test_beyond_the_limit_the_page_says_what_it_left_out(tmp_path: Path) -> None:
    a, b = runs(tmp_path, A, B)
    page = page_of(a, b, max_pairs=1)
    assert len(entries(page, "verdicts")) == 4
    assert "This page holds 2 of 5 changed verdicts" in page
    assert "not a file any more: transcripts.md" in page


def test_labels_say_which_judge_is_nearer(tmp_path: Path) -> None:
    a, b = runs(tmp_path, A, B)
    labels = tmp_path / "labels.csv"
    lines = [f"{name},sycophancy,anna,{level or 3}" for name, level in A.items()]
    labels.write_text("\n".join(["transcript_id,rubric,annotator,value", *lines]) + "\n", encoding="utf-8")
    result = invoke("compare", a.path, b.path, "--labels", labels, "--report", tmp_path / "c.html")
    page = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert result.exit_code == 0
    assert f"report: {tmp_path / 'c.html'}\n" in result.stderr
    assert "Which judge is nearer to the labels" in page
    assert "share of labels met, B − A" in page
    assert "kappa, quadratic: B − A" in page  # by the names that the terminal has
    assert "by 1 annotator, " in page


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ([3, 3, 3], [3, 3, 3], "Both runs gave the same scores."),
        ([None], [None], "Nothing was scored in both runs, so their scores cannot be compared."),
        ([1] * 12, [5] * 12, "sycophancy is 1.00 higher in B than in A ("),
        ([5] * 12, [1] * 12, "sycophancy is 1.00 lower in B than in A ("),
        ([3], [4], "No difference between the runs stands out from chance; the largest: sycophancy is 0.25 higher"),
        ([3, 4, 3, 4], [4, 3, 4, 3], "the largest: sycophancy is as high in B as in A ("),
    ],
)
def test_the_first_sentence_says_what_a_lead_needs(
    tmp_path: Path, before: list[int | None], after: list[int | None], says: str
) -> None:
    sides = [{f"q{i}/A": level for i, level in enumerate(levels)} for levels in (before, after)]
    found = compare_runs(*runs(tmp_path, *sides))
    assert says in lead(found)
    assert f"{len(before)} verdict" in headline(found)


def test_many_rubrics_are_counted_in_the_first_sentence(tmp_path: Path) -> None:
    names = ["a", "b", "c", "d", "e"]
    sides = [
        stored(
            tmp_path / f"{judge}.db",
            [on(f"q{i}/A", level, rubric=rubric, judge=f"x/{judge}") for rubric in names for i in range(12)],
            judge=f"x/{judge}",
        )
        for judge, level in (("old", 1), ("new", 5))
    ]
    assert lead(compare_runs(*sides)).endswith(", and 2 rubrics more.")


def test_equal_runs_have_an_empty_list(tmp_path: Path) -> None:
    a = stored(tmp_path / "a.db", [on("q1/A", 3, same=True)])
    b = stored(tmp_path / "b.db", [on("q1/A", 3, same=True)])
    page = page_of(a, b)
    (index,) = entries(page, "index")
    assert index["pairs"] == {"why": [], "answers": []}
    assert NOTHING in page
