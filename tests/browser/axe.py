"""What axe-core finds wrong with a page for people who cannot see it, or cannot use a mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page


def serious(page: Page, scheme: Literal["light", "dark"] = "light") -> list[str]:
    """Each serious or critical violation, with the first place where it is; axe-core is bundled, nothing is fetched."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python (extra dev)")
    page.emulate_media(color_scheme=scheme)
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {one['help']}; at {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
