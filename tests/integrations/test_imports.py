"""What holds for every adapter: it imports no harness, it has a page, and its lock has a test that uses it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integrations.environment import LOCKS, ROOT

ADAPTERS = ROOT / "judgekit" / "integrations"
PAGES = ROOT / "docs" / "integrations"
NAMES = sorted(path.stem for path in ADAPTERS.glob("*.py") if path.stem != "__init__")
PAGE_OF = {"frame": "dataframes", "pytest_plugin": "pytest", "protocol": "README"}
"""The pages of the modules that are called otherwise."""
FOREIGN = (
    *("inspect_ai", "inspect_scout", "lm_eval", "deepeval", "pydantic_evals", "ragas", "promptfoo", "mlflow"),
    *("langsmith", "openevals", "langchain_core", "braintrust", "autoevals", "phoenix", "datasets", "narwhals"),
    *("pandas", "polars", "pyarrow", "openai", "instructor", "scipy", "matplotlib"),
)
# What is tried is what counts: most of these packages are not there, and an adapter might swallow that.
_LOOK = """
import importlib, json, sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in foreign:
            tried.append(name)
        return None

foreign, names = json.loads(sys.argv[1])
tried, found = [], {}
sys.meta_path.insert(0, Watch())
for name in names:
    importlib.import_module(f"judgekit.integrations.{name}")
    found[name], tried = tried, []
print(json.dumps(found))
"""


def test_importing_an_adapter_imports_no_harness_and_no_client() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _LOOK, json.dumps([FOREIGN, NAMES])], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == {name: [] for name in NAMES}


@pytest.mark.slow
def test_the_judge_costs_little_before_first_use() -> None:
    # In a process that has pydantic already, as every harness has; the median of five.
    code = (
        "import asyncio, time, pydantic\n"
        "class Model(pydantic.BaseModel): x: int\n"
        "start = time.process_time()\n"
        "from judgekit.integrations.rubric_judge import RubricJudge\n"
        "print(time.process_time() - start)"
    )
    costs = sorted(
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    )
    assert costs[2] <= 0.3


@pytest.mark.parametrize("name", NAMES)
def test_an_adapter_has_a_page(name: str) -> None:
    if (PAGES / f"{PAGE_OF.get(name, name)}.md").is_file():
        return
    users = [path for path in (ROOT / "judgekit").rglob("*.py") if path.stem != name]
    word = re.compile(rf"judgekit\.integrations\.{name}\b")
    assert any(word.search(path.read_text(encoding="utf-8")) for path in users), "no page, and nothing uses it"


def test_the_index_names_every_page() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    links = set(re.findall(r"\]\((\w+)\.md\)", index))
    pages = {path.stem for path in PAGES.glob("*.md")} - {"README"}
    assert links == pages


def test_the_index_says_for_each_harness_what_unscored_is() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in index.splitlines() if line.startswith("| ")]
    first = [cells[0] for cells in rows if ".md)" in cells[-1]]
    start = rows.index(["harness", "where there is no score", "its means"]) + 1
    assert [cells[0] for cells in rows[start : start + len(first)]] == first


def test_every_lock_has_a_test_that_uses_it() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    used = set(re.findall(r"environment\.make\(\"(\w+)\"\)", tests))
    wanted = {path.stem for path in LOCKS.glob("*.in")}
    assert {path.stem for path in LOCKS.glob("*.txt")} == wanted
    assert used == wanted


def test_every_lock_pins_its_harness() -> None:
    for path in LOCKS.glob("*.in"):
        pinned = "==" in path.read_text(encoding="utf-8") or (LOCKS / path.stem / "package-lock.json").is_file()
        assert pinned, path.name
