"""How a run is repeated: the command, and what has to be the same."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from judgekit.reporting.plain import visible

if TYPE_CHECKING:
    from judgekit.running.run import Run
    from judgekit.running.summary import Summary

_FLAGS: Final = (
    ("temperature", "--temperature", 0.0),
    ("max_tokens", "--max-tokens", None),
    ("mode", "--mode", "auto"),
)
"""Parameters of a judge that are flags, and what they are where the flag is not given."""
_MAX: Final = 2000
_SECRET: Final = re.compile(r"(?<=://)[^\s/]*@")


def command(run: Run, summary: Summary, questions: str | None = None) -> str:
    """The command that scores the same sources with the same judge, as far as the run knows it.

    The run does not name its question file. Where not every transcript has every rubric, the questions named them.

    Args:
        run: the run.
        summary: its numbers.
        questions: the question file, where it is known.
    """
    meta = run.meta
    parts = ["judgekit", "score", *(meta.get("sources") or ["SOURCE"]), "--judge", meta.get("judge") or "MODEL"]
    if meta.get("base_url"):
        parts += ["--base-url", meta["base_url"]]
    columns = dict.fromkeys(pair for mapping in meta.get("columns", {}).values() for pair in mapping.items())
    parts += [part for name, column in columns for part in ("--map", f"{name}={column}")]
    own = summary.verdicts != summary.transcripts * len(summary.rubrics)
    if not own:
        parts += [part for rubric in summary.rubrics for part in ("--rubric", rubric)]
    if questions or own:
        parts += ["--questions", questions or "FILE.yaml"]
    parts += _parameters(meta.get("parameters") or {})
    return visible(shlex.join([*map(str, parts), "--run", str(run.path)]), _MAX)


def typed(command: str) -> str:
    """The command that was typed, without user and password of an address in it.

    >>> typed("judgekit score a.md --base-url http://me:secret@127.0.0.1/v1")
    'judgekit score a.md --base-url http://127.0.0.1/v1'
    """
    return visible(_SECRET.sub("", command), _MAX)


def _parameters(parameters: Mapping[str, Any]) -> list[str]:
    found = []
    for name, flag, usual in _FLAGS:
        if name in parameters and parameters[name] != usual:
            value = parameters[name]
            found += [flag, "default" if value is None else f"{value:g}" if isinstance(value, float) else str(value)]
    return found


def ingredients(run: Run) -> dict[str, str]:
    """What has to be the same for the same fingerprints, as far as the run knows it."""
    import orjson

    meta = run.meta
    rubrics = (
        f"{name} {rubric['version']}, fingerprint {rubric['fingerprint']}" for name, rubric in meta["rubrics"].items()
    )
    known = {
        "judge": meta.get("judge"),
        "endpoint": meta.get("base_url"),
        "parameters": meta.get("parameters"),
        "rubrics": "\n".join(rubrics),
        "transcripts": "\n".join(meta.get("sources") or ()),
        "judgekit": meta.get("judgekit"),
        "last scored": meta.get("started"),
        "run": meta.get("path"),
    }
    return {
        name: visible(value if isinstance(value, str) else orjson.dumps(value).decode(), _MAX)
        for name, value in known.items()
        if value
    }
