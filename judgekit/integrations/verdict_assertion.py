"""How a test asks for a verdict and fails: with the criteria, the quotes, the bounds and the reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import JsonValue

from judgekit.errors import UserError
from judgekit.integrations.expected import Expected, compare, completed
from judgekit.integrations.outcome import Outcome
from judgekit.integrations.rubric_judge import RubricJudge
from judgekit.judging.hidden import show_hidden
from judgekit.rubric import Rubric
from judgekit.running.judge import Judge
from judgekit.transcript import Message, Transcript
from judgekit.verdict import Verdict

_LONGEST_LINE = 400


class AssertVerdict:
    """Asks the judge and compares; what it finds is noted in the test's properties, which the JUnit file shows."""

    def __init__(self, judge: Judge, note: list[tuple[str, object]]) -> None:
        self._judge, self._note = judge, note

    def __call__(
        self,
        transcript: Transcript | None = None,
        *,
        rubric: Rubric | str | Path,
        prompt: str = "",
        response: str | None = None,
        messages: Iterable[Message | Mapping[str, Any]] | None = None,
        inputs: Mapping[str, JsonValue] | None = None,
        passed: bool | None = None,
        level: float | tuple[float, float] | None = None,
        score: float | tuple[float, float] | None = None,
        criteria: Mapping[str, str] | None = None,
        checks: Mapping[str, str] | None = None,
        unscored: Literal["fail", "skip"] = "fail",
        name: str | None = None,
    ) -> Verdict:
        """The verdict, where it is as expected; else the test fails, and shows why.

        Args:
            transcript: what is judged; or give prompt and response, or messages.
            rubric: a rubric, the name of a shipped one, or a file.
            prompt: what the user said.
            response: what is judged.
            messages: a conversation in OpenAI's chat form, instead of prompt and response.
            inputs: what the rubric needs to know about the prompt.
            passed: whether it has to pass; True where nothing else is expected.
            level: the lowest level that is right, or the lowest and the highest.
            score: the same for the score, 0..1.
            criteria: the right answers by criterion; those left out are not looked at.
            checks: the right results by check: pass, fail, not_applicable.
            unscored: what becomes of the test where the judge cannot tell, or its call fails.
            name: what the properties are called by; by default the rubric's name.

        Raises:
            AssertionError: the verdict is another one.
            UserError: nothing that can be judged was given, or something is expected that there is not.
        """
        __tracebackhide__ = True
        import pytest

        try:
            rubric_judge = RubricJudge(rubric, judge=self._judge)
            expected = completed(Expected(passed, level, score, criteria, checks), rubric_judge.rubric)
            outcome = rubric_judge.score(_transcript(transcript, prompt, response, messages), inputs)
            self._note.extend(_properties(outcome, self._free(name or rubric_judge.rubric.name)))
            found = compare(outcome, expected)
        except UserError as error:
            raise UserError(str(error)) from None  # from here, so that the test's own line is what pytest shows
        if found.misses:
            raise AssertionError(_told("not as expected", outcome, found.misses))
        if found.undecided:
            text = _told("cannot be told", outcome, found.undecided)
            if unscored == "skip":
                pytest.skip(outcome.reason or text)
            raise AssertionError(text)
        return outcome.verdict

    def _free(self, name: str) -> str:
        """A name that no earlier verdict of this test has."""
        taken = {key for key, _ in self._note}
        names = (f"judgekit.{name}" if n == 1 else f"judgekit.{name}.{n}" for n in range(1, len(taken) + 2))
        return next(one for one in names if f"{one}.status" not in taken)


def _transcript(
    given: Transcript | None,
    prompt: str,
    response: str | None,
    messages: Iterable[Message | Mapping[str, Any]] | None,
) -> Transcript:
    if (given is not None) + (response is not None) + (messages is not None) != 1:
        raise UserError("assert_verdict: give one of a transcript, response= (with prompt=), and messages=")
    if given is not None:
        return given
    return Transcript.from_text(prompt, response) if response is not None else Transcript.from_messages(messages or ())


def _told(how: str, outcome: Outcome, lines: Iterable[str]) -> str:
    verdict = outcome.verdict
    first = f"{verdict.rubric} {verdict.rubric_version} by {verdict.judge}: {how}"
    rules = [
        f"{' and '.join(f'{name} is {value}' for name, value in rule.when.items())}, so the level is "
        + (f"at most {rule.max_level}" if rule.max_level is not None else f"at least {rule.min_level}")
        for rule in verdict.rules
    ]
    shown = [f"  {line}" for part in (*lines,) for line in _clean(part)]
    found = [f"    {line}" for part in (outcome.explanation, *rules) for line in _clean(part)]
    return "\n".join([first, *shown, "  found:", *found, f"  fingerprint: {verdict.fingerprint}"])


def _clean(text: str) -> Iterator[str]:
    """The lines of a text as a terminal may show them: quotes come from what is judged."""
    for line in text.splitlines():
        shown = show_hidden(" ".join(line.split()))
        if shown:
            yield shown if len(shown) <= _LONGEST_LINE else shown[: _LONGEST_LINE - 1] + "…"


def _properties(outcome: Outcome, name: str) -> Iterator[tuple[str, object]]:
    verdict = outcome.verdict
    facts: dict[str, object] = {
        "status": verdict.status,
        "level": verdict.level,
        "score": verdict.score,
        "passed": verdict.passed,
        "reason": outcome.reason,
        "judge": verdict.judge,
        "fingerprint": verdict.fingerprint,
        **{f"answers.{one}": answer for one, answer in outcome.answers.items()},
    }
    return ((f"{name}.{key}", str(value)) for key, value in facts.items() if value is not None)
