"""What Inspect's tests share: the log of the samples, made by the page's own task, and questions for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.integrations.environment import Harness
from tests.integrations.page import blocks, lay_out
from tests.integrations.samples import SAMPLES

_READ = """
import sys
from inspect_ai.log import read_eval_log
print(read_eval_log(sys.argv[1]).model_dump_json(exclude={"samples": {"__all__": {"events"}}}))
"""


def lay_out_task(folder: Path) -> None:
    """The page's files: task, rubric, samples, and the samples' inputs as a question file."""
    lay_out(folder)
    (folder / "stations.py").write_text(blocks("inspect", "python")[0], encoding="utf-8")
    questions = [{"id": one.id, "rubrics": {"courtesy": {"topic": one.topic}}} for one in SAMPLES]
    text = json.dumps({"judgekit": "questions/1", "questions": questions})
    (folder / "questions.yaml").write_text(text, encoding="utf-8")


def unscored_log(harness: Harness, folder: Path) -> Path:
    """A log of the samples without any score."""
    harness.run(
        *("inspect", "eval", "stations.py", "--model", "mockllm/model", "--log-dir", "logs", "--no-score"),
        *("--display", "none"),
        cwd=folder,
        env={"JUDGEKIT_JUDGE": "baseline"},
    )
    (found,) = (folder / "logs").glob("*.eval")
    return found


def read_log(harness: Harness, path: Path) -> dict[str, Any]:
    """What Inspect reads in a log, as JSON."""
    done = harness.run("python", "-c", _READ, path, cwd=path.parent)
    log: dict[str, Any] = json.loads(done.stdout)
    return log
