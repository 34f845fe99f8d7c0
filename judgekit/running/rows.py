"""A verdict as a row of the store: the columns that are counted, then the whole as JSON."""

from __future__ import annotations

from typing import Any

import orjson

from judgekit.verdict import Verdict

_COLUMNS = (
    "transcript_id",
    "question_id",
    "label",
    "rubric",
    "fingerprint",
    "status",
    "failure_kind",
    "level",
    "score",
    "passed",
    "judge",
    "provenance",
    "flags",
    "reused",
    "unsupported",
    "calls",
    "prompt_tokens",
    "completion_tokens",
    "cached_tokens",
    "cost_usd",
    "latency_s",
    "created",
    "body",
)
_ALL = ("setting_id", "session_id", "live", "position", *_COLUMNS)
INSERT = f"INSERT INTO verdicts ({', '.join(_ALL)}) VALUES ({', '.join('?' * len(_ALL))})"  # noqa: S608
"""The statement that takes setting, session, live, position, and then `cells`."""


def cells(verdict: Verdict) -> tuple[Any, ...]:
    """The values of a verdict's own columns."""
    row = verdict.to_row()
    usage = verdict.usage
    return (
        verdict.transcript_id,
        verdict.question_id,
        verdict.label,
        verdict.rubric,
        verdict.fingerprint,
        verdict.status,
        row["failure_kind"],
        verdict.level,
        verdict.score,
        verdict.passed,
        verdict.judge,
        verdict.provenance,
        "\n".join(verdict.flags),
        "reused" in verdict.flags,
        sum(result.status == "unsupported" for result in verdict.criteria.values()),
        verdict.calls,
        usage.prompt_tokens,
        usage.completion_tokens,
        usage.cached_tokens,
        verdict.cost_usd,
        verdict.latency_s,
        row["created"],
        orjson.dumps(row),
    )
