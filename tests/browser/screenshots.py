"""The pictures of docs/images, taken anew: python -m tests.browser.screenshots [NAME…] [--folder FOLDER]

Each picture is a row of `PICTURES`: its name, and how a page comes to look like that. A new picture is a new row.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from judgekit import JudgeCard
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.browser.label_pictures import label, label_end
from tests.cli.running import ROOT, invoke

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DEMO = ROOT / "judgekit" / "cli" / "demo_data"
MOST_BYTES = 300_000


class Picture(NamedTuple):
    """One picture: what is done before it is taken."""

    prepare: Callable[[Page, Path], None]
    """Goes to a page and makes it look right; the folder is a scratch one, shared by all pictures."""
    scheme: Literal["light", "dark"] = "light"
    width: int = 1280
    height: int = 860


def report(page: Page, folder: Path) -> None:
    """The report of the shipped transcripts, judged by the built-in judge."""
    target = folder / "report.html"
    if not target.exists():
        source = ("score", DEMO / "transcripts.md", "--questions", DEMO / "questions.yaml", "--judge", "baseline")
        result = invoke(*source, "--run", folder / "run.db", "--report", target)
        assert result.exit_code == 0, result.stderr
    page.goto(target.as_uri())


def report_row(page: Page, folder: Path) -> None:
    """A verdict of it, open."""
    report(page, folder)
    page.select_option("#by-rubric", "missing_context")
    page.select_option("#by-status", "scored")
    page.click(".question > summary")
    page.click(".verdict > summary")
    page.locator("mark").first.wait_for()
    page.evaluate("document.querySelector('#app').scrollIntoView()")


def card(page: Page, folder: Path) -> None:
    """The shipped card of the built-in judge on the rubric constraint_following."""
    target = folder / "card.html"
    JudgeCard.load(ROOT / "calibration" / "cards" / "baseline@constraint_following.json").to_html(target)
    page.goto(target.as_uri())


PICTURES: Final[dict[str, Picture]] = {
    "report": Picture(report),
    "report-dark": Picture(report, scheme="dark"),
    "report-row": Picture(report_row),
    "report-narrow": Picture(report, width=400),
    "card": Picture(card, height=1000),
    "label": Picture(label, height=980),
    "label-dark": Picture(label, scheme="dark", height=980),
    "label-narrow": Picture(label, width=400),
    "label-end": Picture(label_end, height=560),
}


@contextmanager
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


def take(browser: Browser, picture: Picture, target: Path, folder: Path) -> None:
    """The picture, in a file."""
    size = {"width": picture.width, "height": picture.height}
    context = browser.new_context(viewport=size, color_scheme=picture.scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    picture.prepare(page, folder)
    page.wait_for_timeout(100)
    page.screenshot(path=target)
    context.close()
    assert target.stat().st_size < MOST_BYTES, f"{target} is larger than {MOST_BYTES:,} bytes"


def main() -> None:
    parser = argparse.ArgumentParser(description="Takes the pictures of the documentation.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(PICTURES)}; default: all")
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "images")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for name in given.names or PICTURES:
            take(browser, PICTURES[name], given.folder / f"{name}.png", Path(folder))
            print(given.folder / f"{name}.png")


if __name__ == "__main__":
    main()
