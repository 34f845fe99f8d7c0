"""The pictures of the documentation: those of the report can be taken anew, and all are small."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.screenshots import MOST_BYTES, PICTURES, take
from tests.cli.running import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scratch folder that all pictures share."""
    return tmp_path_factory.mktemp("pictures")


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PICTURES if name.startswith("report")])
def test_it_can_be_taken(browser: Browser, folder: Path, name: str) -> None:
    take(browser, PICTURES[name], folder / f"{name}.png", folder)
    assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_each_is_in_the_documentation_and_small() -> None:
    there = {path.stem: path.stat().st_size for path in (ROOT / "docs" / "images").glob("*.png")}
    assert set(there) >= set(PICTURES)
    assert {name for name, size in there.items() if size >= MOST_BYTES} == set()
