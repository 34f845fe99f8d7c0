"""The comparison's page in a browser: filters, order, both sides with their evidence marked, keyboard, hostile text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from judgekit.reporting.compare_html import write_comparison
from judgekit.running.compare import compare_runs
from judgekit.running.run import Run
from judgekit.transcript import Transcript
from judgekit.verdict import Verdict
from tests.browser.axe import serious
from tests.reporting.made import HOSTILE, full, verdict
from tests.reporting.stored import stored

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

QUOTE = "you are right"


def made(judge: str, levels: Mapping[str, int | None], **fields: Any) -> list[Verdict]:
    """Verdicts of one judge on `question/label`, each with its quote; None: it failed."""
    found = []
    for name, level in levels.items():
        question, _, label = name.partition("/")
        who: dict[str, Any] = {"transcript_id": name, "question_id": question, "label": label, "judge": judge}
        who["fingerprint"] = f"{judge} {name}"
        if level is None:
            found.append(verdict(**who, status="failed"))
        else:
            score = {"level": level, "score": (level - 1) / 4, "passed": level >= 4}
            found.append(full(QUOTE, **who, **score, **fields))
    return found


def two(folder: Path) -> tuple[Run, Run]:
    levels = {"q1/A": 1, "q1/B": 5, "q2/A": 3, "q2/B": 3, "q3/A": 4}
    later = {"q1/A": 2, "q1/B": 5, "q2/A": 5, "q2/B": None, "q3/A": 1}
    return (
        stored(folder / "a.db", made("x/old", levels), judge="x/old"),
        stored(folder / "b.db", made("x/new", later), judge="x/new"),
    )


def opened(page: Page, folder: Path, a: Run, b: Run, transcripts: list[Transcript]) -> None:
    path = folder / "page.html"
    with path.open("wb") as out:
        write_comparison(a, b, compare_runs(a, b), out, transcripts=transcripts)
    page.goto(path.as_uri())


@pytest.fixture
def texts() -> list[Transcript]:
    return [
        Transcript.from_text(f"Prompt {question}", f"So {QUOTE}, they say.", label=label, question_id=question)
        for question in ("q1", "q2", "q3")
        for label in ("A", "B")
    ]


def shown(page: Page) -> list[str]:
    return page.locator("#list .who").all_inner_texts()


def test_filters_order_and_search_narrow_the_list(page: Page, tmp_path: Path, texts: list[Transcript]) -> None:
    opened(page, tmp_path, *two(tmp_path), texts)
    assert page.inner_text("#found") == "4 changed verdicts"
    assert shown(page) == ["q1/A", "q2/A", "q3/A", "q2/B"]  # another result, then another status
    page.select_option("#order", "far")
    assert shown(page) == ["q3/A", "q2/A", "q1/A", "q2/B"]  # 0.75, 0.5, 0.25, and one without a score
    page.select_option("#order", "up")
    assert shown(page) == ["q2/A", "q1/A", "q3/A", "q2/B"]
    page.select_option("#order", "down")
    assert shown(page) == ["q3/A", "q1/A", "q2/A", "q2/B"]
    page.select_option("#order", "name")
    assert shown(page) == ["q1/A", "q2/A", "q2/B", "q3/A"]
    page.select_option("#by-way", "scored → failed")
    assert shown(page) == ["q2/B"]
    page.select_option("#by-way", "now passes")
    assert shown(page) == ["q2/A"]
    page.select_option("#by-label", "B")
    assert page.inner_text("#list") == "Nothing passes these filters."
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    assert page.input_value("#by-label") == "B"
    page.click("#clear")
    page.keyboard.press("Tab")
    page.keyboard.press("/")
    page.keyboard.type("prompt q3")
    page.locator("#found:has-text('1 changed verdict')").wait_for()  # the page waits until nobody types
    assert shown(page) == ["q3/A"]


def test_a_pair_opens_by_keyboard_to_both_sides_with_the_evidence_marked(
    page: Page, tmp_path: Path, texts: list[Transcript]
) -> None:
    opened(page, tmp_path, *two(tmp_path), texts)
    page.locator(".change summary").first.focus()
    page.keyboard.press("Enter")
    sides = page.locator(".change[open] .side")
    sides.first.wait_for()  # what it opens to is made by an event that comes after the key
    assert sides.count() == 2
    assert sides.nth(0).locator("h3").first.inner_text() == "A: level 1"
    assert sides.nth(1).locator("h3").first.inner_text() == "B: level 2"
    for i in range(2):
        assert sides.nth(i).locator("mark").all_text_contents() == [f"evidence for 1{QUOTE}"]
    sides.nth(1).locator("button.show").first.click()
    assert page.locator("mark.now").count() == 1
    page.click("#open-all")
    assert page.locator(".change[open]").count() == 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_anybody_out(
    page: Page, tmp_path: Path, texts: list[Transcript], scheme: Literal["light", "dark"]
) -> None:
    opened(page, tmp_path, *two(tmp_path), texts)
    page.click("#open-all")
    assert serious(page, scheme) == []


def test_a_narrow_page_does_not_scroll_sideways(page: Page, tmp_path: Path, texts: list[Transcript]) -> None:
    opened(page, tmp_path, *two(tmp_path), texts)
    page.set_viewport_size({"width": 380, "height": 800})
    page.click("#open-all")
    assert page.evaluate("document.documentElement.scrollWidth") <= 380


def test_hostile_text_does_nothing(page: Page, tmp_path: Path) -> None:
    text = "".join(value for kind, value in HOSTILE.items() if kind != "long") + "<img src=x onerror=alert(1)>"
    label = "<b>A</b>"
    who = {"transcript_id": f"q1/{label}", "question_id": "q1", "label": label}
    a = stored(tmp_path / "a.db", [full(text, **who, level=5, score=1.0)])
    b = stored(tmp_path / "b.db", [full(text, **who, judge=text[:50], fingerprint="f")], judge="x/new")
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    opened(page, tmp_path, a, b, [Transcript.from_text(text, f"so {text}", label=label, question_id="q1")])
    page.click("#open-all")
    assert page.locator("#list .who b").count() == 0
    assert page.locator("img").count() == 0
    assert "<img src=x onerror=alert(1)>" in page.inner_text(".side >> nth=0")


def test_two_thousand_changes_are_listed_in_under_two_seconds(page: Page, tmp_path: Path) -> None:
    levels = [{f"q{i}/A": level for i in range(2000)} for level in (2, 4)]
    a, b = (
        stored(tmp_path / f"{judge}.db", made(f"x/{judge}", one), judge=f"x/{judge}")
        for judge, one in zip(("old", "new"), levels, strict=True)
    )
    opened(page, tmp_path, a, b, [])
    assert page.inner_text("#found") == "2,000 changed verdicts"
    assert page.locator(".change").count() == 100
    assert page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart") < 2000
