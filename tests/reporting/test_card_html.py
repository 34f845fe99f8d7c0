"""The page of a judge card: it says what the card holds, loads nothing, runs nothing, and no text is markup."""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from importlib.util import find_spec
from itertools import pairwise

import pytest

from judgekit.calibration.card.noun import JudgeCard
from judgekit.reporting.card_html import render_html
from judgekit.reporting.card_parts import card_sections
from judgekit.reporting.card_tables import num
from tests.reporting.cards import bare_card, full_card
from tests.reporting.made import HOSTILE

VOID = {"meta"}
drawing = pytest.mark.skipif(find_spec("matplotlib") is None, reason="figures need matplotlib: the extra `report`")


class Page(HTMLParser):
    """What a browser would see; fails on tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tables: list[tuple[str, list[list[str]]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self._open.append(tag)
        if tag == "table":
            self.tables.append(("", []))
        elif tag == "tr":
            self.tables[-1][1].append([])
        elif tag in ("th", "td"):
            self.tables[-1][1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "caption" in self._open:
            caption, rows = self.tables[-1]
            self.tables[-1] = (caption + data, rows)
        elif {"th", "td"} & set(self._open):
            self.tables[-1][1][-1][-1] += data

    def values(self, name: str) -> list[str]:
        return [value for _, of, value in self.attributes if of == name]


@cache
def calm_page() -> str:
    return render_html(full_card())


@cache
def calm_page_without_figures() -> str:
    """To be asked for with `no_matplotlib`."""
    return render_html(full_card())


@pytest.fixture
def no_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the extra `report` is not installed."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)


def test_it_opens_with_the_decisions() -> None:
    text = " ".join(Page(calm_page()).text.split())
    first = text.index("May the judge replace people? no calm part 5")
    assert first < text.index("What is the true mean? measured calm part 7") < text.index("1. What this card is about")
    assert "Has the judge changed? not known yet calm part 6" in text


def test_every_number_of_the_card_stands_in_a_table() -> None:
    card = full_card()
    cells = {cell for _, rows in Page(calm_page()).tables for row in rows for cell in row}
    inside = " ".join(cells)
    assert [
        x for x in numbers_of(card) if num(x) not in inside and f"{x:,}" not in inside and share(x) not in inside
    ] == []


def numbers_of(card: JudgeCard) -> list[float]:
    """Every number of the parts' JSON, but what the page says in a sentence beside the tables."""
    said = {"level", "worth", "worst", "best", "delta", "conformal_level", "repeats_for_target", "seed"}

    def walk(value: object) -> list[float]:
        if isinstance(value, dict):
            return [x for name, held in value.items() if name not in said for x in walk(held)]
        if isinstance(value, list):
            return [x for held in value for x in walk(held)]
        return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []

    parts = card.model_dump(mode="json", exclude={"header", "made", "decisions"})
    found = walk(parts)
    assert len(found) > 150
    return found


def share(x: float) -> str:
    return f"{x * 100:.1f} %"


def test_the_tables_are_those_of_the_sections() -> None:
    # the same cells as Markdown has, which are made from the same sections
    tables = Page(calm_page()).tables
    wanted = [table for section in card_sections(full_card()) for table in section.tables]
    assert [caption for caption, _ in tables] == [table.caption for table in wanted]
    for (_, rows), table in zip(tables, wanted, strict=True):
        assert rows == [[name for name, _ in table.columns], *map(list, table.rows)]


def test_headings_are_in_order_and_landmarks_are_there() -> None:
    page = Page(calm_page())
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert Counter(page.tags) >= Counter(["header", "main", "nav", "footer"] + ["section"] * 12)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    named = [*page.values("aria-labelledby"), *page.values("aria-describedby")]
    assert set(named) <= set(ids)
    links = page.values("href")
    assert {link for link in links if not link.startswith("#")} == set()
    assert {link[1:] for link in links} <= set(ids)
    assert Counter(page.tags)["caption"] == Counter(page.tags)["table"]
    assert Counter(tag for tag, name, _ in page.attributes if name == "scope")["th"] == Counter(page.tags)["th"]


def test_it_loads_nothing_and_runs_nothing() -> None:
    html = calm_page()
    page = Page(html)
    (policy,) = (value for value in page.values("content") if "default-src" in value)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not {"script", "link", "img", "image", "iframe", "object", "embed", "form", "base"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in ("style", "src", "srcset")]
    assert "url(" not in style
    assert "@import" not in style


@drawing
def test_each_figure_is_announced_and_its_numbers_are_in_tables() -> None:
    html = calm_page()
    page = Page(html)
    assert Counter(page.tags)["figure"] == Counter(page.tags)["figcaption"] == Counter(page.values("role"))["img"] == 9
    for name in ("ceiling", "confusion", "biases-1", "biases-2", "corrected", "groups", "reliability", "risk", "jury"):
        assert f"figure-{name}-title" in page.values("id")
    assert "0.52 [0.47, 0.57]" in page.text  # the judge in the figure of the ceiling; 0.520 in the table


@drawing
@pytest.mark.slow
def test_hostile_text_is_text_in_figures_too() -> None:
    every = " ".join(text[:40] for text in HOSTILE.values())
    html = render_html(full_card(every))
    check_calm(html, calm_page(), figures=True)


@pytest.mark.usefixtures("no_matplotlib")
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_text(text: str) -> None:
    check_calm(render_html(full_card(text)), calm_page_without_figures(), figures=False)


def check_calm(html: str, calm: str, *, figures: bool) -> None:
    one, two = Page(html), Page(calm)
    if not figures:  # in a figure a longer label may be wrapped into two texts
        assert one.tags == two.tags
        assert [(tag, name) for tag, name, _ in one.attributes] == [(tag, name) for tag, name, _ in two.attributes]
    assert set(one.tags) == set(two.tags)
    assert {name for _, name, _ in one.attributes} == {name for _, name, _ in two.attributes}
    assert not {char for char in html if ord(char) < 32 or 127 <= ord(char) < 160} - {"\n"}
    assert not set("\u202e\u2066\u200f") & set(html)
    assert len(html) < 400_000


@pytest.mark.usefixtures("no_matplotlib")
def test_without_matplotlib_the_page_says_which_extra_brings_figures() -> None:
    page = Page(calm_page_without_figures())
    assert render_html(full_card()) == calm_page_without_figures()
    assert "figure" not in page.tags
    assert "pip install 'llm-judgekit[report]'" in page.text


def test_a_card_without_results_says_what_is_missing() -> None:
    page = Page(render_html(bare_card()))
    text = " ".join(page.text.split())
    assert "Missing: two annotators are needed" in text
    assert "an unnamed judge under an unnamed rubric" in text
    assert "figure" not in page.tags
    assert "Health of the data" not in text
    assert [caption for caption, _ in page.tables] == ["Verdicts", "What the numbers rest on"]


def test_errors_in_the_data_are_said_before_all_else() -> None:
    text = Page(calm_page()).text
    assert text.index("Health of the data: 1 error.") < text.index("May the judge replace people?")
