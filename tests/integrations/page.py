"""A harness's page in docs/integrations: its blocks as files and commands, beside the rubric and the samples."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from shutil import copy
from statistics import median
from types import ModuleType

from tests.integrations.environment import ROOT, Harness
from tests.integrations.samples import RUBRIC, SAMPLES
from tests.servers.openai_server import OpenAIServer

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MOST_S = 0.3
"""What the first import of an adapter may cost, in CPU seconds."""
_COST = """
import os, sys, time
import {harness}
before = set(sys.modules)
for _ in range(3):
    if os.fork() == 0:
        start = time.process_time()
        import judgekit.integrations.{adapter}
        loaded = sorted({{"openai", "instructor"}} & (set(sys.modules) - before))
        print("cost", time.process_time() - start, *loaded, flush=True)
        os._exit(0)
    os.wait()
"""


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language, in order."""
    text = (ROOT / "docs" / "integrations" / f"{name}.md").read_text(encoding="utf-8")
    return [body for found, body in _BLOCK.findall(text) if found == language]


def lay_out(folder: Path) -> None:
    """The files that every page counts on: `courtesy.yaml`, and `samples.jsonl` with all samples."""
    copy(RUBRIC, folder / "courtesy.yaml")
    rows = ({"id": one.id, "prompt": one.prompt, "response": one.response, "topic": one.topic} for one in SAMPLES)
    (folder / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def judge_variables(server: OpenAIServer) -> Mapping[str, str]:
    """The variables that name the judge."""
    return {"JUDGEKIT_JUDGE": "openai/test", "JUDGEKIT_BASE_URL": server.base_url}


def import_cost_s(harness: Harness, folder: Path, *, adapter: str, of: str | None = None) -> float:
    """What the import of an adapter costs where its harness is imported already: the median of three, in CPU seconds.

    Args:
        harness: the environment.
        folder: where to run.
        adapter: its module in `judgekit.integrations`.
        of: the harness's module; by default it is named like the adapter.
    """
    done = harness.run("python", "-c", _COST.format(harness=of or adapter, adapter=adapter), cwd=folder)
    found = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("cost ")]
    assert [rest for _, *rest in found] == [[], [], []]  # no client is loaded
    return median(float(seconds) for seconds, *_ in found)


@contextmanager
def beside_a_stand_in(folder: Path, adapter: str, modules: Mapping[str, str]) -> Iterator[ModuleType]:
    """A copy of an adapter in a process that finds these few lines for its harness; what is real is tested elsewhere.

    Args:
        folder: where the stand-in is written.
        adapter: the adapter's module in `judgekit.integrations`.
        modules: source texts by dotted name; packages before what is in them.
    """
    roots = {name.partition(".")[0] for name in modules}
    for name, source in modules.items():
        path = folder / Path(*name.split(".")) / "__init__.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")
    spec = spec_from_file_location(f"copy_of_{adapter}", ROOT / "judgekit" / "integrations" / f"{adapter}.py")
    assert spec is not None and spec.loader is not None
    made = module_from_spec(spec)
    sys.path.insert(0, str(folder))
    sys.modules[spec.name] = made
    try:
        spec.loader.exec_module(made)
        yield made
    finally:
        sys.path.remove(str(folder))
        for name in [one for one in sys.modules if one.partition(".")[0] in (*roots, spec.name)]:
            del sys.modules[name]
