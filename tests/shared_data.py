"""Where data that may not be shipped stands: beside the checkout, and where it is not, its tests are skipped."""

from __future__ import annotations

from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared"
