"""What a test expects of a verdict, and how the verdict differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from judgekit.errors import UserError
from judgekit.integrations.outcome import Outcome
from judgekit.rubric import Rubric
from judgekit.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to hold; what is None is not looked at."""

    passed: bool | None = None
    level: float | tuple[float, float] | None = None
    """At least this, or between these two."""
    score: float | tuple[float, float] | None = None
    """The same, 0..1."""
    criteria: Mapping[str, str] | None = None
    """Answers by criterion."""
    checks: Mapping[str, str] | None = None
    """Results by check: pass, fail or not_applicable."""

    def is_empty(self) -> bool:
        """Whether nothing is expected."""
        return not (self.criteria or self.checks) and (self.passed, self.level, self.score) == (None, None, None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A verdict beside what was expected."""

    misses: tuple[str, ...]
    """What came out otherwise, a line each."""
    undecided: tuple[str, ...]
    """What cannot be told, as there is no score or no answer that counts."""


def compare(outcome: Outcome, expected: Expected) -> Comparison:
    """What differs, and what cannot be told.

    Raises:
        UserError: a criterion or check is expected that the verdict does not know, or a number that the rubric does not
            give.
    """
    verdict = outcome.verdict
    misses: list[str] = []
    undecided: list[str] = []
    numbers = (("level", verdict.level, expected.level), ("score", verdict.score, expected.score))
    for name, found, wanted in numbers:
        if wanted is not None:
            _look(name, found, wanted, verdict, misses, undecided)
    if expected.passed is not None and verdict.passed is not expected.passed:
        said = f"passed: {verdict.passed}; wanted {expected.passed}"
        (undecided if verdict.status != "scored" else misses).append(said)
    for name, answer in (expected.criteria or {}).items():
        result = verdict.criteria.get(name)
        if result is None:
            rubric = outcome.rubric
            there = [*(one.id for one in (rubric.criteria if rubric is not None else ())), *verdict.criteria]
            if there:  # else they come from the question, and none of them was asked
                _known(name, "criterion", there, verdict)
            if verdict.status == "scored":  # code decided, as of an empty response: the right answer cannot come
                misses.append(f"{name}: not asked, for code decided; wanted {answer}")
            else:
                undecided.append(f"{name}: no answer; wanted {answer}")
        elif result.answer != answer or result.status == "unsupported":
            note = "" if result.status == "ok" else f" ({result.status})"
            line = f"{name}: {result.answer}{note}; wanted {answer}"
            (misses if result.status in ("ok", "not_applicable") else undecided).append(line)
    for name, wanted_result in (expected.checks or {}).items():
        check = verdict.checks.get(name)
        if check is None:
            _known(name, "check", tuple(verdict.checks), verdict)
            undecided.append(f"{name}: not checked; wanted {wanted_result}")
        elif check.result != wanted_result:
            line = f"{name}: {check.result} ({check.detail or 'no detail'}); wanted {wanted_result}"
            (undecided if check.result == "error" else misses).append(line)
    return Comparison(tuple(misses), tuple(undecided))


def completed(expected: Expected, rubric: Rubric) -> Expected:
    """What is expected; that it passes, where nothing else is.

    Raises:
        UserError: nothing is expected of a rubric that does not say what passes.
    """
    if not expected.is_empty():
        return expected
    if rubric.pass_at is None:
        raise UserError(f"rubric {rubric.name} has no pass_at: say what is expected, such as level=3")
    return Expected(passed=True)


def _look(
    name: str,
    found: float | None,
    wanted: float | tuple[float, float],
    verdict: Verdict,
    misses: list[str],
    undecided: list[str],
) -> None:
    low, high = wanted if isinstance(wanted, tuple) else (wanted, None)
    said = f"wanted {low:g} or more" if high is None else f"wanted {low:g} to {high:g}"
    if found is None and verdict.status == "scored":
        raise UserError(f"rubric {verdict.rubric} gives no {name}: expect something else")
    if found is None:
        undecided.append(f"{name}: none; {said}")
    elif found < low or (high is not None and found > high):
        misses.append(f"{name}: {found:g}; {said}")


def _known(name: str, what: str, there: Iterable[str], verdict: Verdict) -> None:
    known = dict.fromkeys(there)
    if verdict.failure is None and name not in known:
        names = ", ".join(known) or "none"
        raise UserError(f"rubric {verdict.rubric} has no {what} {name!r}; there are: {names}")
