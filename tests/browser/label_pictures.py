"""The labelling page as the documentation shows it: the shipped transcripts, labelled by hand of a script."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.running import ROOT, process

if TYPE_CHECKING:
    from playwright.sync_api import Page

DEMO = ROOT / "judgekit" / "cli" / "demo_data"


def label(page: Page, folder: Path) -> None:
    """A transcript with a marked passage, the fourth of two dozen."""
    from playwright.sync_api import expect

    begin(page, folder / f"{secrets.token_hex(4)}.csv", "anna")
    for number, key in enumerate("425", 1):
        expect(page).to_have_title(re.compile(f"^{number} of"))
        page.keyboard.press(key)
    expect(page).to_have_title(re.compile("^4 of"))
    for key in ("e", "ArrowDown", "Enter", "Escape"):
        page.keyboard.press(key)
    expect(page.locator("#marks q")).to_have_count(1)
    page.mouse.move(0, 0)


def label_end(page: Page, folder: Path) -> None:
    """The end of all of them, with a second annotator."""
    from playwright.sync_api import expect

    labels = folder / f"{secrets.token_hex(4)}.csv"
    for name, keys in (("anna", "42531"), ("ben", "42532")):
        begin(page, labels, name)
        while page.title() != "All labelled":
            title = page.title()
            page.keyboard.press(keys[len(page.locator("#response").inner_text()) % 5])
            expect(page).not_to_have_title(title)


def begin(page: Page, labels: Path, name: str) -> None:
    """The page of an annotator; its server ends with the page."""
    from playwright.sync_api import expect

    source = ("label", str(DEMO / "transcripts.md"), "--questions", str(DEMO / "questions.yaml"))
    running = process(*source, "--rubric", "sycophancy", "--annotator", name, "-o", str(labels))
    page.on("close", lambda _: running.kill())
    assert running.stdout is not None
    page.goto(running.stdout.readline().decode().strip())
    expect(page.locator("#where")).to_be_focused()
