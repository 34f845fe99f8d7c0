"""A verdict in the terms that harnesses share: a score or a reason, values by criterion, a text, metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from judgekit.rubric import Rubric
from judgekit.verdict import CriterionResult, Evidence, Verdict

_SHOWN_QUOTES = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an adapter hands to its harness; it holds the whole verdict, so nothing is lost on the way."""

    verdict: Verdict
    """The verdict that it stands for."""
    rubric: Rubric | None
    """What was asked; without it, answers that are worth points have no number."""

    @property
    def score(self) -> float | None:
        """0..1, 1 is best; None where the verdict is not scored: then `reason` says why."""
        return self.verdict.score

    @property
    def kind(self) -> str | None:
        """None where scored; else `abstained`, or the kind of failure, such as `refusal`."""
        if self.verdict.failure is not None:
            return self.verdict.failure.kind
        return None if self.verdict.status == "scored" else "abstained"

    @property
    def reason(self) -> str | None:
        """Why there is no score, in a line that begins with the kind; None where there is one."""
        if self.kind is None:
            return None
        failure = self.verdict.failure
        said = self.verdict.explanation or "the judge could not tell" if failure is None else failure.detail
        return f"{self.kind}: {' '.join(said.split())}".rstrip(": ")

    @property
    def values(self) -> dict[str, float]:
        """Numbers by criterion and check, 0..1: yes and pass are 1, no and fail 0, points their share of the most.

        A yes says what the answer is, not that it is good. What has no number is left out: an abstention, an answer
        without evidence, a check that does not apply, an answer that is a word.
        """
        found: dict[str, float] = {}
        for name, result in self.verdict.criteria.items():
            if (value := self._value(name, result)) is not None:
                found[name] = value
        for name, check in self.verdict.checks.items():
            if check.result in ("pass", "fail"):
                found[name] = float(check.result == "pass")
        return found

    @property
    def answers(self) -> dict[str, str]:
        """The answers by criterion and the results by check, as words; those that do not count are left out."""
        criteria = self.verdict.criteria.items()
        found = {name: one.answer for name, one in criteria if one.status == "ok" and one.answer is not None}
        return found | {name: check.result for name, check in self.verdict.checks.items() if check.result != "error"}

    @property
    def explanation(self) -> str:
        """The reason or the judge's summary, a line for each criterion with its evidence, one for each failed check."""
        return self.explained(lambda evidence: "")

    def explained(self, cite: Callable[[Evidence], str]) -> str:
        """The explanation, with what `cite` says of the place of each quote behind it."""
        lines = [self.reason or self.verdict.explanation]
        for name, result in self.verdict.criteria.items():
            quotes = "".join(f" “{one.quote}”{cite(one)}" for one in result.evidence[:_SHOWN_QUOTES])
            said = result.answer if result.status == "ok" else f"{result.answer} ({result.status})"
            lines.append(f"{name}: {said}{quotes}{f' – {result.reason}' if result.reason else ''}")
        for name, check in self.verdict.checks.items():
            if check.result != "pass":
                lines.append(f"{name}: {check.result}{f' – {check.detail}' if check.detail else ''}")
        return "\n".join(line for line in lines if line)

    @property
    def metadata(self) -> dict[str, Any]:
        """The whole verdict as an export row: plain JSON, with evidence, fingerprint, usage and failure."""
        return self.verdict.to_row()

    def to_dict(self) -> dict[str, Any]:
        """The minimal protocol: score, passed, reason, values, answers, explanation, verdict; plain JSON."""
        return {
            "score": self.score,
            "passed": self.verdict.passed,
            "reason": self.reason,
            "values": self.values,
            "answers": self.answers,
            "explanation": self.explanation,
            "verdict": self.metadata,
        }

    def _value(self, name: str, result: CriterionResult) -> float | None:
        if result.status != "ok" or result.answer is None:
            return None
        criteria = () if self.rubric is None else self.rubric.criteria
        criterion = next((one for one in criteria if one.id == name), None)
        if criterion is not None and criterion.points is not None:
            most = max(map(criterion.points_for, criterion.answers))
            return max(0.0, criterion.points_for(result.answer) / most) if most > 0 else None
        return {"yes": 1.0, "no": 0.0}.get(result.answer)
