"""A real browser for tests: Debian's Chromium, one a module, a fresh context each test, and nothing goes unseen.

A test takes `page`. At its end it fails if the page wrote an error to the console, raised one, or asked for anything
that is not `file:`, `data:` or one of `origins`; a test or a server fixture that serves pages adds its own origin there
(`origins.append("http://127.0.0.1:8765")`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_LOCAL = ("file:", "data:", "blob:", "about:")


@dataclass
class Watch:
    """What a page did that a test would not see."""

    errors: list[str] = field(default_factory=list)
    """Errors on the console and exceptions; a test that expects one takes it out."""
    requests: list[str] = field(default_factory=list)
    """Every address that was asked for."""

    def console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url')})")


@pytest.fixture(scope="module")  # not the session: its event loop would be in the way of tests that start their own
def browser() -> Iterator[Browser]:
    """Chromium; where it or playwright is not there, the test is skipped and says so."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (extra dev)")
    if not CHROMIUM.exists():
        pytest.skip(f"needs {CHROMIUM} (apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def origins() -> list[str]:
    """Origins on loopback that the page may speak to, such as `http://127.0.0.1:8765`."""
    return []


@pytest.fixture
def watch() -> Watch:
    """What the page did, for tests that look at it themselves."""
    return Watch()


@pytest.fixture
def page(browser: Browser, watch: Watch, origins: list[str]) -> Iterator[Page]:
    """A page in a fresh context, 1280 × 800."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    opened = context.new_page()
    opened.on("console", watch.console)
    opened.on("pageerror", lambda error: watch.errors.append(f"uncaught: {error}"))
    opened.on("request", lambda request: watch.requests.append(request.url))
    yield opened
    context.close()
    allowed = (*_LOCAL, *(f"{origin}/" for origin in origins))
    assert [url for url in watch.requests if not url.startswith(allowed)] == []
    assert watch.errors == []
