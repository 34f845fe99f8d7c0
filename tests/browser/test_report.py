"""The run report in Chromium: it opens in silence, can be filtered and read, and no transcript does anything to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from judgekit.reporting.html import write_report
from judgekit.running.run import Run
from judgekit.transcript import Transcript
from judgekit.verdict import Verdict
from tests.browser.axe import serious
from tests.browser.conftest import Watch
from tests.cli.running import ROOT, invoke
from tests.reporting.made import HOSTILE, full, verdict
from tests.reporting.stored import stored
from tests.reporting.test_report_texts import quoting, transcript
from tests.reporting.test_terminal import on

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow
DEMO = ROOT / "judgekit" / "cli" / "demo_data"


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the shipped transcripts, judged by the built-in judge."""
    folder = tmp_path_factory.mktemp("seed")
    result = invoke(
        *("score", DEMO / "transcripts.md", "--questions", DEMO / "questions.yaml", "--judge", "baseline"),
        *("--run", folder / "run.db", "--report", folder / "report.html"),
    )
    assert result.exit_code == 0, result.stderr
    return folder / "report.html"


def written(run: Run, transcripts: list[Transcript]) -> str:
    """The address of the run's report."""
    path = run.path.with_suffix(".html")
    with path.open("wb") as out:
        write_report(run, out, transcripts=transcripts)
    return path.as_uri()


def found(page: Page) -> str:
    return page.inner_text("#found")


def test_the_seed_run_opens_without_a_word_and_without_a_request(page: Page, seed: Path, watch: Watch) -> None:
    page.goto(seed.as_uri())
    assert found(page) == "213 verdicts of 30 questions"
    assert page.locator("#list > details").count() == 30
    assert watch.requests == [seed.as_uri()]
    assert not page.is_visible("noscript")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 400)])
def test_nobody_is_left_out(page: Page, seed: Path, scheme: Literal["light", "dark"], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(seed.as_uri())
    assert serious(page, scheme) == []
    page.click("#tab-verdicts")
    page.select_option("#by-rubric", "sycophancy")
    page.select_option("#by-label", "Model1")
    page.locator(".verdict", has_text="q16-p1").locator("summary").first.click()
    page.locator("mark").first.wait_for()
    assert serious(page, scheme) == []
    # Nothing but what may scroll is wider than the window.
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_filters_say_how_many_are_left_and_stay_in_the_address(page: Page, seed: Path) -> None:
    page.goto(seed.as_uri())
    page.select_option("#by-rubric", "sycophancy")
    page.select_option("#by-status", "scored")
    page.select_option("#by-label", "Model2")
    assert found(page) == "4 verdicts of 4 questions"
    page.goto(page.url)
    page.reload()
    assert found(page) == "4 verdicts of 4 questions"
    assert page.input_value("#by-rubric") == "sycophancy"
    page.select_option("#by-passed", "no")
    assert found(page) == "0 verdicts of 0 questions"
    assert "Nothing passes these filters." in page.inner_text("#list")
    page.click("#clear")
    assert found(page) == "213 verdicts of 30 questions"
    assert "#" not in page.url


def test_text_is_found_in_transcripts_reasons_and_names(page: Page, tmp_path: Path) -> None:
    verdicts = [
        quoting("needle", 4, fingerprint="a" * 32),
        on(2, explanation="Here is a <needle> & more."),
        on(3, explanation="criteria"),
        on(4),
    ]
    texts = [transcript("The needle."), *(transcript("Hay.", question_id=f"q0{i}") for i in (2, 3, 4))]
    texts[3] = transcript("Hay.", question_id="q04", title="Needles")
    page.goto(written(stored(tmp_path / "run.db", verdicts), texts))
    for text, wanted in {"NEEDLE": 3, "<needle> & more": 1, "hay": 3, "criteria": 1, "explanation": 0, "": 4}.items():
        page.keyboard.press("/")
        page.fill("#by-text", text)
        page.wait_for_url(re.compile("text=" if text else r"html$"))
        page.wait_for_timeout(250)
        assert found(page).split()[0] == str(wanted), text


def test_the_list_can_be_ordered(page: Page, tmp_path: Path) -> None:
    scores = {1: (0.5, 0.5), 2: (0.0, 1.0), 3: (None, None), 4: (0.75, 1.0)}
    verdicts = [on(i, label, score) for i, pair in scores.items() for label, score in zip("AB", pair, strict=True)]
    page.goto(written(stored(tmp_path / "run.db", verdicts), []))

    def order() -> list[int]:
        return [int(text[1:3]) for text in page.locator("#list > details > summary b").all_inner_texts()]

    assert order() == [1, 2, 3, 4]
    # means 0.5, 0.5, none, 0.875; within a question the labels lie 0, 1, none, 0.25 apart
    for way, wanted in {"low": [1, 2, 4, 3], "high": [4, 1, 2, 3], "apart": [2, 4, 1, 3], "name": [1, 2, 3, 4]}.items():
        page.select_option("#order", way)
        assert order() == wanted, way
    page.click("#tab-verdicts")
    page.select_option("#order", "low")
    assert page.locator("#list .score").all_inner_texts() == ["0.00", "0.50", "0.50", "0.75", "1.00", "1.00", "–", "–"]


def test_evidence_is_marked_where_it_stands_and_can_be_reached_by_keyboard(page: Page, tmp_path: Path) -> None:
    quote = "You are\u200b right"
    page.goto(written(stored(tmp_path / "run.db", [quoting(quote, 6)]), [transcript()]))
    page.locator("#list > details > summary").focus()
    page.keyboard.press("Enter")
    page.locator(".verdict > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator(".judged .text").text_content() == "No. 😀 evidence for 1You are⟨U+200B⟩ right about that."
    page.locator(".show").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.textContent") == "evidence for 1You are⟨U+200B⟩ right"


def test_passages_that_overlap_are_both_marked(page: Page, tmp_path: Path) -> None:
    one, two = quoting("You are", 0), quoting("are right", 4)
    both = {"a": one.criteria["stance"], "b": two.criteria["stance"]}
    run = stored(tmp_path / "run.db", [verdict(criteria=both)])
    page.goto(written(run, [transcript("You are right.")]) + "#view=verdicts")
    page.click(".verdict > summary")
    pieces = page.locator("mark").evaluate_all("nodes => nodes.map((n) => [n.dataset.of, n.lastChild.data])")
    assert pieces == [["0-0", "You "], ["0-0 1-0", "are"], ["1-0", " right"]]
    page.locator(".show").nth(1).click()
    assert page.locator("mark.now").all_text_contents() == ["evidence for 2are", " right"]


def test_failures_have_a_list_of_their_own(page: Page, tmp_path: Path) -> None:
    verdicts = [on(1), on(2, status="failed"), on(3, status="failed")]
    page.goto(written(stored(tmp_path / "run.db", verdicts), []))
    page.locator("#tab-questions").focus()
    page.keyboard.press("ArrowLeft")  # round to the last one
    assert page.get_attribute("#tab-failures", "aria-selected") == "true"
    assert found(page) == "2 verdicts"
    page.click(".verdict >> nth=0")
    assert "attempt 1: timeout, 60.00 s" in page.inner_text(".findings")


def test_a_long_list_comes_in_pages(page: Page, tmp_path: Path) -> None:
    page.goto(written(stored(tmp_path / "run.db", [on(i) for i in range(1, 121)]), []))
    # 120 questions, 50 a page
    assert page.inner_text("#place") == "page 1 of 3"
    page.click("#after")
    page.click("#after")
    assert page.locator("#list > details").count() == 20
    assert page.is_disabled("#after")
    assert page.inner_text("#list > details:last-child b") == "q120"
    page.click("#before")
    assert page.inner_text("#place") == "page 2 of 3"


HARMFUL = {
    **HOSTILE,
    "script, closed": "</script><script>document.title='gone'</script>",
    "comment": "<!--<script>",
    "link": "javascript:document.title='gone'",
    "image": "<img src=x onerror=\"document.title='gone'\">",
    "separator": "a\u2028b\u2029c",
    "hebrew": "\u05e9\u05dc\u05d5\u05dd (1) \u202eabc",
    "many": "\u0301" * 5000,
}


def test_hostile_transcripts_do_nothing(page: Page, tmp_path: Path) -> None:
    verdicts, texts = [], []
    for i, text in enumerate(HARMFUL.values()):
        question = f"{i}{text[:500]}"
        made = transcript(f"no: {text}", question_id=question, title=text[:500])
        verdicts.append(hostile(text, made, f"{i:032x}"))
        texts.append(made)
    page.goto(written(stored(tmp_path / "run.db", verdicts), texts) + "#view=verdicts")
    assert found(page) == f"{len(HARMFUL)} verdicts"
    page.click("#open-all")
    page.locator("mark").nth(len(HARMFUL) - 3).wait_for()
    assert "gone" not in page.title()
    assert page.locator("#list script, #list img, #list a, #list iframe, #list [onerror]").count() == 0
    shown = page.locator("#list").inner_text()
    for part in ("<script>alert(1)</script>", "javascript:document.title='gone'", "a⟨U+2028⟩b", "⟨U+001B⟩[31mred"):
        assert part in shown
    assert not set("\u202e\u2066\u2028\x1b\x00") & set(page.content())


def hostile(text: str, made: Transcript, fingerprint: str) -> Verdict:
    """A verdict that quotes the whole of it, with the text in every other place too."""
    response = made.response
    given = quoting(response, 0, label=made.label).criteria
    return full(
        text,
        criteria=given,
        transcript_id=made.id,
        question_id=made.question_id,
        label=text[:500],
        flags=(text[:100],),
        fingerprint=fingerprint,
    )


@pytest.mark.parametrize(
    "address",
    ["order=constructor", "view=toString&level=99&label=__proto__", "text=%3Cscript%3Ealert(1)%3C/script%3E", "%"],
)
def test_an_address_of_somebody_else_does_nothing(page: Page, seed: Path, address: str) -> None:
    page.goto(f"{seed.as_uri()}#{address}")
    wanted = "0 verdicts of 0 questions" if address.startswith("text") else "213 verdicts of 30 questions"
    assert found(page) == wanted


def test_text_of_ten_megabytes_is_cut_and_says_so(page: Page, tmp_path: Path) -> None:
    response = "\u202e<script>" * 1_000_000 + "the quote" + "x" * 1_000_000
    run = stored(tmp_path / "run.db", [quoting("the quote", 9_000_000)])
    page.goto(written(run, [transcript(response)]) + "#view=verdicts")
    page.click(".verdict > summary")
    assert page.locator("mark").text_content() == "evidence for 1the quote"
    # 10,000,009 characters; shown are 20,000 and 400 on each side of the quote
    gaps = page.locator(".judged .gap").all_inner_texts()
    assert gaps == ["8,979,600 characters left out here", "999,600 characters left out here"]


def test_without_script_means_and_facts_are_there(page: Page, seed: Path) -> None:
    browser = page.context.browser
    assert browser is not None
    with browser.new_context(java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto(seed.as_uri())
        text = plain.inner_text("main")
        assert "needs JavaScript" in text
        assert "sycophancy 1.1.0 · calibration: none" in text
        assert not plain.is_visible("#app")


def test_it_prints_dark_on_white_without_controls(page: Page, seed: Path) -> None:
    page.goto(seed.as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 33, 38)"
    assert not page.is_visible(".filters")
    assert page.pdf().startswith(b"%PDF")
