"""The judge card in a browser: nothing is loaded, nothing fails, and it reads without eyes or mouse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from judgekit import JudgeCard
from judgekit.reporting.card_html import render_html
from judgekit.resources import shipped
from tests.browser.axe import serious
from tests.calibration.card.made import card_of, world
from tests.reporting.cards import full_card

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Watch

pytestmark = pytest.mark.slow

EVIL = "<script>document.title = 'evil'</script><img src=x onerror=alert(1)>\u202e"


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a card with every part."""
    path = tmp_path_factory.mktemp("card") / "card.html"
    path.write_text(render_html(full_card()), encoding="utf-8")
    return path


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 400)])
def test_people_who_cannot_see_it_can_read_it(
    page: Page, rich: Path, scheme: Literal["light", "dark"], width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(rich.as_uri())
    assert serious(page, scheme) == []


def test_it_opens_from_the_disk_and_asks_for_nothing_else(page: Page, watch: Watch, rich: Path) -> None:
    page.goto(rich.as_uri())
    assert page.locator("svg").count() > 0
    assert watch.requests == [rich.as_uri()]  # the page alone; its fixture looks for errors


@pytest.mark.parametrize("name", ["constraint_following", "missing_context", "sycophancy"])
def test_the_shipped_cards(page: Page, tmp_path: Path, name: str) -> None:
    card = JudgeCard.load(shipped("calibration") / "cards" / f"baseline@{name}.json")
    card.to_html(tmp_path / "card.html")
    page.goto((tmp_path / "card.html").as_uri())
    assert serious(page) == []
    assert "baseline" in page.locator("h1").inner_text()


def test_hostile_names_stay_text(page: Page, tmp_path: Path) -> None:
    made = world(120)
    ids = tuple(f"q{i // 4}/{EVIL if i % 4 == 0 else i % 4}" for i in range(120))
    (tmp_path / "card.html").write_text(render_html(card_of(replace(made, ids=ids))), encoding="utf-8")
    page.goto((tmp_path / "card.html").as_uri())
    assert page.locator("script").count() == 0
    assert page.title() != "evil"
    assert "<script>" in page.locator("body").inner_text()
