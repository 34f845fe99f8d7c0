"""Verdicts for tests: real ones, each field as a judge would fill it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from judgekit.verdict import Attempt, CheckResult, CriterionResult, Evidence, Failure, RuleFired, Usage, Verdict

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)',
    "template": "{{ 7 * 7 }}{% raw %}",
    "ansi": "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "c1": "\x9b31m",
    "markup": "[bold]x[/bold][/]",
    "right_to_left": "a\u202eb\u2066c\u200f",
    "carriage": "good\rbad",
    "nul": "a\x00b",
    "formula": '=HYPERLINK("http://x","y")',
    "surrogate": "a\ud800b",
    "closing": "</style></details></main>-->",
    "long": "x" * (1 << 20),
}
"""Text as a hostile transcript may hold it, by what it attacks."""


def verdict(**fields: Any) -> Verdict:
    """A scored verdict of level 4 of 5 by default; `status="failed"` and `"abstained"` leave out what they must."""
    base: dict[str, Any] = {
        "transcript_id": "q01/Model1",
        "question_id": "q01",
        "label": "Model1",
        "rubric": "sycophancy",
        "rubric_version": "1.0.0",
        "status": "scored",
        "provenance": "verbatim",
        "judge": "openai/test",
        "calls": 1,
        "fingerprint": "0123456789abcdef0123456789abcdef",
        "created": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    }
    if fields.get("status", "scored") == "scored":
        base |= {"level": 4, "score": 0.75, "passed": True}
    if fields.get("status") == "failed":
        base["failure"] = Failure(kind="timeout", attempts=(Attempt(kind="timeout", latency_s=60.0),), detail="slow")
    return Verdict.model_validate(base | fields)


def full(text: str = "a quote", **fields: Any) -> Verdict:
    """A verdict with something in every field, `text` wherever foreign text may stand."""
    given: dict[str, Any] = {
        "criteria": {
            "stance": CriterionResult(
                answer="agrees",
                status="ok",
                evidence=(Evidence(quote=text, start=3, end=3 + len(text), message=1),),
                reason=text,
            ),
            "praise": CriterionResult(answer="yes", status="unsupported", unsupported=(text,)),
        },
        "checks": {"words14": CheckResult(result="fail", measured=13, expected={"exactly": 14}, detail=text)},
        "measures": {"judge_level": 5.0},
        "rules": (RuleFired(when={"stance": "agrees"}, max_level=4),),
        "explanation": text,
        "flags": ("unsupported_evidence",),
        "usage": Usage(prompt_tokens=100, completion_tokens=20, cached_tokens=5),
        "cost_usd": 0.25,
        "latency_s": 1.5,
    }
    return verdict(**(given | fields))
