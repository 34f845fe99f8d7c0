"""The browser fixture itself: what a page does in silence fails its test."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import serious
from tests.browser.conftest import Watch

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The origin of a server for the files of the test's folder."""
    handler = functools.partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_page_from_disk_and_one_from_an_allowed_origin_pass(
    page: Page, tmp_path: Path, served: str, origins: list[str]
) -> None:
    (tmp_path / "page.html").write_text("<!doctype html><link rel=icon href=data:,><title>t</title>", encoding="utf-8")
    page.goto((tmp_path / "page.html").as_uri())
    origins.append(served)
    page.goto(f"{served}/page.html")
    assert page.title() == "t"


def test_errors_and_requests_are_seen(page: Page, tmp_path: Path, watch: Watch, served: str) -> None:
    script = f"console.error('said'); fetch('{served}/x').catch(() => 0); throw new Error('thrown')"
    (tmp_path / "page.html").write_text(f"<!doctype html><script>{script}</script>", encoding="utf-8")
    with page.expect_request(f"{served}/x"):
        page.goto((tmp_path / "page.html").as_uri())
    page.wait_for_function("true")
    assert f"{served}/x" in watch.requests
    assert any("said" in error for error in watch.errors)
    assert "uncaught: thrown" in watch.errors
    page.close()
    watch.errors.clear()
    watch.requests.clear()


def test_axe_finds_a_field_without_a_name(page: Page) -> None:
    page.set_content("<!doctype html><html lang=en><title>t</title><main><h1>t</h1><input></main></html>")
    assert [found.split()[0] for found in serious(page, "dark")] == ["label"]
