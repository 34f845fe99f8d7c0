"""docs/figures.md is true: its blocks run, one after the other, as written, and every figure has its row."""

from __future__ import annotations

import re
import runpy
import shutil
from pathlib import Path

import pytest

from judgekit.reporting import plots

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")


def test_every_figure_has_its_row() -> None:
    named = set(re.findall(r"^\| `(plot_\w+)` \|", PAGE, re.MULTILINE))
    assert named == {name for name in plots.__all__ if name.startswith("plot_")}


@pytest.mark.slow
def test_the_blocks_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib", reason="figures need matplotlib: the extra `report`")
    for source in (ROOT / "judgekit" / "cli" / "demo_data").iterdir():
        shutil.copy(source, tmp_path)
    python = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "page.py").write_text("\n".join(python), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    found = runpy.run_path(str(tmp_path / "page.py"))
    assert 'aria-describedby="biases-desc"' in found["svg"]
    # means 25/8 and 24/8: 0.125; variances 83/8 - (25/8)² = 0.609 and 84/8 - 9 = 1.5: √(0.609/1.5) = 0.637
    assert [f"{e.value:.3f}" for e in found["found"]] == ["0.125", "0.637"]
    written = {"confusion.pdf", "means.pdf", "ceiling.pdf"}
    assert {name for name in written if (tmp_path / name).read_bytes().startswith(b"%PDF")} == written
    assert (tmp_path / "figures.png").read_bytes().startswith(b"\x89PNG")


def test_the_pictures_are_there() -> None:
    assert [name for name in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", PAGE) if not (ROOT / "docs" / name).is_file()] == []
