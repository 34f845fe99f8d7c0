"""The report: one page that stands alone, loads nothing, runs nothing, and says everything."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgekit.reporting.html import MAX_TEXT, write_report
from judgekit.running.run import Run
from judgekit.verdict import Verdict
from tests.reporting.made import HOSTILE, full, verdict
from tests.reporting.stored import stored
from tests.reporting.test_terminal import on

ATTACK = st.one_of(st.sampled_from("<>&\"'{}%=/-!\x00\x1b\r\n\u202e"), st.characters())
VOID = {"meta", "input", "br", "rect", "line", "circle"}


class Page(HTMLParser):
    """What a browser would see: tags with their attributes, and the text; fails on tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)
        self.text += " "

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def report(run: Run, **options: Any) -> str:
    out = io.BytesIO()
    write_report(run, out, **options)
    return out.getvalue().decode("utf-8")


def page_of(tmp_path: Path, verdicts: list[Verdict]) -> Page:
    return Page(report(stored(tmp_path / "run.db", verdicts)))


def test_the_page_says_what_the_summary_says(tmp_path: Path) -> None:
    verdicts = [on(1, score=0.5), on(2, score=1.0), on(3, score=None), on(4, status="failed")]
    text = " ".join(page_of(tmp_path, verdicts).text.split())
    assert "gave 4 verdicts on 4 transcripts of 4 questions under 1 rubric: 2 scored, 1 abstained, 1 failed." in text
    assert "calibration: none (no human labels" in text
    assert "sycophancy 1.0.0 · calibration: none" in text
    # derived in test_terminal: mean 0.75, interval cut to 0..1, bounds 3/8 and 7/8, one of two passes, two questions
    assert "Model1 0.75 0.00–1.00 0.38–0.88 2 1 1 1/2 2" in text


def test_a_verdict_shows_everything_that_it_rests_on(tmp_path: Path) -> None:
    page = page_of(tmp_path, [full("the quote", provenance="third_party_summary")])
    for wanted in (
        *("q01/Model1", "the quote", "third party summary", "unsupported evidence", "stance", "agrees", "counts"),
        *("words14", "fail", "13", '{"exactly":14}', "level at most 4", "openai/test", "judge_level"),
        *("0123456789abcdef0123456789abcdef", "$0.2500", "100 tokens in, 20 out", "2026-01-02 03:04:05 UTC"),
    ):
        assert wanted in page.text.replace("_evidence", " evidence"), wanted
    titles = [value for name, value in page.attributes if name == "title"]
    assert "message 1, characters 3 to 12" in titles  # 3 + the 9 letters of "the quote"
    assert "not in the response" in titles


def test_failures_have_their_own_table_with_the_reason(tmp_path: Path) -> None:
    page = page_of(tmp_path, [verdict(status="failed")])
    assert "Failures" in page.text
    assert "attempt 1: timeout, 60.00 s" in " ".join(page.text.split())


def test_without_failures_there_is_no_such_section(tmp_path: Path) -> None:
    assert "A failure is not a score" not in page_of(tmp_path, [verdict()]).text


def test_the_page_loads_nothing_and_runs_nothing(tmp_path: Path) -> None:
    html = report(
        stored(tmp_path / "run.db", [full(), verdict(status="failed", label="Model2", transcript_id="q01/Model2")])
    )
    page = Page(html)
    policy = next(value for name, value in page.attributes if name == "content" and value and "default-src" in value)
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "base"} & set(page.tags)
    assert not [
        name for name, _ in page.attributes if name.startswith("on") or name in ("style", "src", "href", "srcset")
    ]
    assert "url(" not in style[1]
    assert "@import" not in style[1]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_text(tmp_path: Path, text: str) -> None:
    calm = page_of(tmp_path, [named("harmless")])
    html = report(stored(tmp_path / "hostile.db", [named(text)]))
    page = Page(html)
    # Not one tag or attribute name more or less than with harmless text: the page's structure is ours alone.
    assert page.tags == calm.tags
    assert [name for name, _ in page.attributes] == [name for name, _ in calm.attributes]
    assert not {char for char in html if ord(char) < 32 or 127 <= ord(char) < 160} - {"\n"}
    assert not set("\u202e\u2066\u200f") & set(html)
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
    page = page_of(tmp_path, [full("y" * 5000)])
    assert "y" * MAX_TEXT + "… (5,000 characters)" in page.text
    assert "y" * (MAX_TEXT + 1) not in page.text


def test_a_page_of_many_verdicts_says_how_many_it_leaves_out(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", [on(i, status="failed") for i in range(7)])
    page = Page(report(run, max_verdicts=5))
    assert page.tags["details"] == 5
    assert "The first 5 of 7 are shown" in page.text
    assert page.text.count("The first 5 of 7") == 2


def test_how_to_repeat_it_is_said(tmp_path: Path) -> None:
    text = " ".join(page_of(tmp_path, [verdict()]).text.split())
    assert "How to repeat this" in text
    assert "transcripts.md" in text
