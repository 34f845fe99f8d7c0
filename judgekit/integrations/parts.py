"""A verdict's criteria and checks, each as a thing of its own, for harnesses that list several scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from judgekit.integrations.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Part:
    """One criterion or one check."""

    name: str
    """Its id in the rubric."""
    value: float | None
    """0..1 as in `Outcome.values`; None where it has no number."""
    answer: str | None
    """The judge's answer, or the check's result; None where it does not count."""
    reason: str | None
    """Why the answer does not count, in a line; None where it does."""
    explanation: str
    """The judge's reason, or what was measured."""
    quotes: tuple[str, ...]
    """The evidence, verbatim."""
    by_code: bool
    """Whether code decided it: a check."""

    @property
    def text(self) -> str:
        """Why it does not count, the explanation and the quotes, in one text."""
        said = [self.reason or "", self.explanation, *(f"“{quote}”" for quote in self.quotes)]
        return " ".join(part for part in said if part)

    @property
    def metadata(self) -> dict[str, Any]:
        """Answer and evidence as plain JSON; the whole is in the verdict."""
        return {"answer": self.answer, "evidence": list(self.quotes), "reason": self.text}


def parts(outcome: Outcome) -> Iterator[Part]:
    """The criteria in the rubric's order, then the checks; nothing for a verdict that failed."""
    values, answers = outcome.values, outcome.answers
    for name, one in outcome.verdict.criteria.items():
        reason = None if one.status == "ok" else f"{one.status}: {one.answer}"
        quotes = tuple(evidence.quote for evidence in one.evidence)
        yield Part(name, values.get(name), answers.get(name), reason, one.reason, quotes, by_code=False)
    for name, check in outcome.verdict.checks.items():
        reason = None if check.result in ("pass", "fail") else f"{check.result}: {check.detail}"
        yield Part(name, values.get(name), answers.get(name), reason, check.detail, (), by_code=True)
