"""The report: one page that stands alone, loads nothing, runs nothing but its own script, and says everything."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgekit.reporting.html import write_report
from judgekit.reporting.report_rows import MAX_TEXT
from judgekit.running.run import Run
from judgekit.verdict import Verdict
from tests.reporting.made import HOSTILE, full, verdict
from tests.reporting.stored import stored
from tests.reporting.test_terminal import on

ATTACK = st.one_of(st.sampled_from("<>&\"'{}%=/-!\x00\x1b\r\n\u202e\u2028"), st.characters())
VOID = {"meta", "input", "br", "rect", "line", "circle"}


class Page(HTMLParser):
    """What a browser would see: tags with their attributes, the text, the data; fails on tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.data: dict[str, list[Any]] = {}
        self._open: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs
        if tag not in VOID:
            self._open.append((tag, dict(attrs).get("class")))
        self.text += " "

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        tag, name = self._open[-1] if self._open else ("", None)
        if tag == "script" and name:
            lines = data.strip().split("\n")
            # What the page reads: a line an entry, each of them whole.
            self.data.setdefault(name, []).extend(json.loads(line.removesuffix(",")) for line in lines[1:-1])
            assert len(json.loads(data)) == len(lines) - 2
        elif tag not in ("script", "style"):
            self.text += data


def report(run: Run, **options: Any) -> str:
    out = io.BytesIO()
    write_report(run, out, **options)
    return out.getvalue().decode("utf-8")


def page_of(tmp_path: Path, verdicts: list[Verdict], **options: Any) -> Page:
    return Page(report(stored(tmp_path / "run.db", verdicts), **options))


def words(page: Page) -> str:
    return " ".join(page.text.split())


def test_the_page_says_what_the_summary_says_without_any_script(tmp_path: Path) -> None:
    verdicts = [on(1, score=0.5), on(2, score=1.0), on(3, score=None), on(4, status="failed")]
    text = words(page_of(tmp_path, verdicts))
    assert "gave 4 verdicts on 4 transcripts of 4 questions under 1 rubric: 2 scored, 1 abstained, 1 failed." in text
    assert "calibration: none (no human labels" in text
    assert "sycophancy 1.0.0 · calibration: none" in text
    # derived in test_terminal: mean 0.75, interval cut to 0..1, bounds 3/8 and 7/8, one of two passes, two questions
    assert "Model1 0.75 0.00–1.00 0.38–0.88 2 1 1 1/2 2" in text
    assert "needs JavaScript" in text
    assert "Failures (1)" in text


def test_the_first_sentence_is_who_did_best_and_whether_it_is_noise(tmp_path: Path) -> None:
    text = words(page_of(tmp_path, [on(1, score=0.5), on(2, score=1.0)]))
    title = (
        "judgekit report run.db Model1 has 0.75 [0.00–1.00] on 2 questions under sycophancy; there is no other label"
    )
    assert title in text
    assert "The judge is not calibrated: nobody has compared it with labels of people yet." in text


def test_a_verdict_shows_everything_that_it_rests_on(tmp_path: Path) -> None:
    page = page_of(tmp_path, [full("the quote", provenance="third_party_summary")])
    (found,) = page.data["verdicts"]
    assert found["criteria"] == [
        ["stance", "agrees", "ok", "the quote", ["the quote"], []],
        ["praise", "yes", "unsupported", "", [], ["the quote"]],
    ]
    assert found["checks"] == [["words14", "fail", "13", '{"exactly":14}', "the quote"]]
    assert found["rules"] == ["stance is agrees: level at most 4"]
    assert found["explanation"] == "the quote"
    assert dict(found["facts"]) == {
        "judge_level": "5",
        "passed": "yes",
        "transcript": "q01/Model1",
        "rubric": "sycophancy 1.0.0",
        "judge": "openai/test",
        "provenance": "third party summary",
        "cost": "$0.2500, 100 tokens in, 20 out, 1.50 s",
        "made": "2026-01-02 03:04:05 UTC",
        "fingerprint": "0123456789abcdef0123456789abcdef",
    }
    (index,) = page.data["index"]
    assert {name: values[0] for name, values in index["columns"].items()} == {
        "question": 0,
        "label": 0,
        "rubric": 0,
        "status": 0,
        "provenance": 0,
        "level": 4,
        "passed": 1,
        "failure": -1,
        "score": 0.75,
        "id": "q01/Model1",
        "flags": [0],
        "transcript": -1,
        "same": "",
    }
    assert index["names"]["flag"] == ["unsupported_evidence"]


def test_a_failure_shows_its_kind_and_every_attempt(tmp_path: Path) -> None:
    page = page_of(tmp_path, [verdict(status="failed")])
    assert page.data["verdicts"][0]["failure"] == {
        "kind": "timeout",
        "detail": "slow",
        "attempts": ["timeout, 60.00 s"],
    }
    assert page.data["index"][0]["names"]["failure"] == ["timeout"]


def test_the_page_loads_nothing_and_runs_only_its_own_script(tmp_path: Path) -> None:
    failed = verdict(status="failed", label="Model2", transcript_id="q01/Model2")
    html = report(stored(tmp_path / "run.db", [full(), failed]))
    page = Page(html)
    policy = next(value for name, value in page.attributes if name == "content" and value and "default-src" in value)
    sources = [re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL) for tag in ("style", "script")]
    style, script = (" ".join(f"'{digest(one)}'" for one in found) for found in sources)
    assert policy == (
        f"default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'"
    )
    assert not {"link", "img", "iframe", "object", "embed", "form", "base"} & set(page.tags)
    assert not [
        name for name, _ in page.attributes if name.startswith("on") or name in ("style", "src", "srcset", "action")
    ]
    assert {value for name, value in page.attributes if name == "href"} <= {
        f"#{part}" for part in ("means", "facts", "costs", "verdicts", "repeat")
    }
    for foreign in ("url(", "@import"):
        assert foreign not in sources[0][0]
    for risky in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", "import("):
        assert risky not in "".join(sources[1])


def digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_text(tmp_path: Path, text: str) -> None:
    calm = page_of(tmp_path, [named("harmless")])
    html = report(stored(tmp_path / "hostile.db", [named(text)]))
    page = Page(html)
    # Not one tag or attribute name more or less than with harmless text: the page's structure is ours alone.
    assert page.tags == calm.tags
    assert [name for name, _ in page.attributes] == [name for name, _ in calm.attributes]
    assert not {char for char in html if ord(char) < 32 or 127 <= ord(char) < 160} - {"\n"}
    assert not set("\u202e\u2066\u200f\u2028\u2029") & set(html)
    assert len(html) < 200_000


def named(text: str) -> Verdict:
    """A verdict with that text in every place that a transcript, a question file or a judge can fill."""
    return full(
        text, label=text, transcript_id=f"q/{text}", question_id=f"q{text}", flags=(text,), rubric_version=text or "1"
    )


@settings(max_examples=12, deadline=None)
@given(texts=st.lists(st.text(alphabet=ATTACK, min_size=1, max_size=60), min_size=30, max_size=60))
@pytest.mark.slow
def test_no_text_changes_the_structure_of_the_page(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("run")
    one, two = (
        Page(report(stored(folder / name, [numbered(i, text) for i, text in enumerate(given)])))
        for name, given in (("hostile.db", texts), ("calm.db", ["calm"] * len(texts)))
    )
    assert one.tags == two.tags
    assert [name for name, _ in one.attributes] == [name for name, _ in two.attributes]


def numbered(i: int, text: str) -> Verdict:
    return full(text, transcript_id=f"q{i}", question_id=f"q{i}", fingerprint=f"{i:032x}")


def test_a_long_text_is_cut_and_its_length_said(tmp_path: Path) -> None:
    (found,) = page_of(tmp_path, [full("y" * 5000)]).data["verdicts"]
    assert found["explanation"] == "y" * MAX_TEXT + "… (5,000 characters)"


def test_a_page_of_many_verdicts_says_what_it_leaves_out_and_where_it_is(tmp_path: Path) -> None:
    # 20 verdicts of which the last 5 failed: the page holds the first 10, and one failure (a tenth of 10) beyond them
    verdicts = [on(i, status="failed" if i >= 15 else "scored") for i in range(20)]
    page = page_of(tmp_path, verdicts, max_verdicts=10)
    assert len(page.data["verdicts"]) == 11
    assert page.data["index"][0]["columns"]["id"][-1] == "q15/Model1"
    assert "This page holds 11 of 20 verdicts: the first 10 and 1 failure beyond them." in words(page)
    assert f"judgekit export {tmp_path / 'run.db'} --format jsonl -o verdicts.jsonl" in words(page)


def test_a_table_of_very_many_labels_is_cut_and_says_so(tmp_path: Path) -> None:
    verdicts = [on(1, f"Model{i}").model_copy(update={"fingerprint": f"{i:032x}"}) for i in range(230)]
    page = page_of(tmp_path, verdicts)
    # 230 labels and the row over all of them; 200 rows are shown
    assert "31 more rows are left out here" in words(page)
    assert page.tags["tr"] < 210


def test_no_failure_stands_twice(tmp_path: Path) -> None:
    page = page_of(tmp_path, [on(i, status="failed") for i in range(12)], max_verdicts=10)
    ids = page.data["index"][0]["columns"]["id"]
    assert len(ids) == len(set(ids)) == 11


def test_an_empty_run_has_a_page(tmp_path: Path) -> None:
    page = page_of(tmp_path, [])
    assert "This run holds no verdict yet." in words(page)
    assert page.data["index"][0]["columns"]["id"] == []


def test_how_to_repeat_it_is_said(tmp_path: Path) -> None:
    text = words(page_of(tmp_path, [verdict()]))
    assert "How to repeat this" in text
    wanted = f"judgekit score transcripts.md --judge openai/test --rubric sycophancy --run {tmp_path / 'run.db'}"
    assert wanted in text


def test_what_was_typed_comes_before_what_the_run_knows(tmp_path: Path) -> None:
    typed = "judgekit score - --base-url https://me:p%40ss@word@host:8000/v1 --judge \x1bx"
    text = words(page_of(tmp_path, [verdict()], command=typed))
    assert "judgekit score - --base-url https://host:8000/v1 --judge ⟨U+001B⟩x" in text
