"""What code and judges make of a rubric's examples, as plain text and as plain data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from judgekit.calibration.estimate import mean_from_sums
from judgekit.cli.rubric_text import level_span, table, wrap
from judgekit.judging.ablation import Ablation
from judgekit.judging.rubric_test import ExampleResult
from judgekit.judging.rubric_trial import Agreement, Hits, Trial, agreement, cost_usd
from judgekit.reporting.plain import count, dollars, number, one_line, span
from judgekit.rubric import Rubric
from judgekit.verdict import CheckResult, Verdict


def examples_text(rubric: Rubric, results: Sequence[ExampleResult], columns: int) -> str:
    """What code says of the examples: one line each, and the problems below."""
    fit = sum(not result.problems for result in results)
    lines = [wrap(f"{rubric.name} {one_line(rubric.version)}: {fit} of {count(len(results), 'example')} fit", columns)]
    if results:
        lines += ["", *table(["example", "expected", "possible", "checks"], [_row(r) for r in results], columns)]
    for result in results:
        if result.problems:
            lines += ["", wrap(f"{one_line(result.example)} does not fit:", columns)]
            lines += [wrap(one_line(problem), columns, 2) for problem in result.problems]
    return "\n".join(lines)


def _row(result: ExampleResult) -> list[str]:
    levels = ["" if level is None else level_span(level) for level in (result.expected, result.allowed)]
    checks = ", ".join(f"{one_line(name)} {_found(check)}" for name, check in result.checks.items())
    return [one_line(result.example), *levels, checks]


def _found(check: CheckResult) -> str:
    measured = check.measured
    return (
        f"{check.result} ({one_line(str(measured), 40)})" if isinstance(measured, int | float | str) else check.result
    )


def trials_text(judge: str, trials: Sequence[Trial], ablations: Sequence[Ablation], columns: int) -> str:
    """What a judge made of the examples, which of them fail, what each question does, its flips and its price."""
    rows = []
    for trial in trials:
        expected = trial.example.expect.level
        rows.append(
            [
                one_line(trial.example.id),
                trial.example.labelled_by.kind,
                "" if expected is None else level_span(expected),
                _answers(trial.answer_hits()),
                " ".join(map(_got, trial.verdicts)),
            ]
        )
    lines = [wrap(f"{one_line(judge)}, calibration: none", columns), ""]
    lines += table(["example", "label by", "expected", "answers", "got"], rows, columns)
    for kind in agreement(trials):
        first, *details = _agreement(kind)
        lines += ["", wrap(first, columns), *(wrap(line, columns, 2) for line in details)]
    lines += _failing(trials, columns)
    lines += _questions(ablations, columns)
    lines += ["", *(wrap(line, columns) for line in _stability(trials))]
    return "\n".join(lines)


def _failing(trials: Sequence[Trial], columns: int) -> list[str]:
    """The examples on which something is wrong."""
    found = [(trial.example.id, wrong) for trial in trials if (wrong := trial.failing())]
    lines = ["", wrap(f"{len(found)} of {count(len(trials), 'example')} fail{':' if found else '.'}", columns)]
    return lines + [wrap(f"{one_line(name)}: {wrong}", columns, 2) for name, wrong in found]


def _questions(ablations: Sequence[Ablation], columns: int) -> list[str]:
    """What each question does: right answers, flips, and how often it decides the result through the rules."""
    if not ablations:
        return []
    rows = [
        [
            one_line(one.criterion),
            f"{one.right}/{one.of}" if one.of else "",
            f"{one.flips}/{one.repeated}" if one.repeated else "",
            f"{one.left_out}/{one.answers}" if one.answers else "",
            "" if math.isnan(one.shift) else f"{one.shift:+.2f}",
            f"{one.turned}/{one.answers}" if one.answers else "",
        ]
        for one in ablations
    ]
    if not any(any(row[1:]) for row in rows):
        return ["", wrap("No question was answered, so what each of them does to the result cannot be told.", columns)]
    note = (
        "What each question does to the result through the rules, from the stored answers: how often another result "
        "comes out if its answer is left out, by how much on average, and how often if it were another answer."
    )
    return [
        "",
        *table(["question", "right", "flips", "left out", "shift", "turned"], rows, columns),
        wrap(note, columns),
    ]


def _answers(hits: Sequence[bool | None]) -> str:
    """Right ones of those that came, and how many did not come."""
    silent = sum(hit is None for hit in hits)
    given = f"{sum(hit is True for hit in hits)}/{len(hits) - silent}" if len(hits) > silent else ""
    return f"{given} {silent} silent".strip() if silent else given


def _got(verdict: Verdict) -> str:
    if verdict.failure is not None:
        return f"failed:{verdict.failure.kind}"
    if verdict.status == "abstained":
        return "abstained"
    return str(verdict.level) if verdict.level is not None else number(verdict.score)


def _agreement(of: Agreement) -> Iterator[str]:
    yield (
        f"Labelled by {of.kind}: {count(of.examples, 'example')}, {count(of.scored, 'verdict')} scored, "
        f"{of.abstained} abstained, {of.failed} failed."
    )
    yield f"Levels right: {_share(of.levels)}."
    yield f"Answers right: {_share(of.answers)}; {of.unanswered} expected ones did not come."


def _share(hits: Hits) -> str:
    if not hits.of:
        return "nothing to compare"
    found = mean_from_sums(hits.right, hits.of, name="agreement")
    rests_on = (
        found.undefined or f"95% CI {span(found.low, found.high)}, {count(found.n_clusters, 'example')}, {found.method}"
    )
    return f"{sum(hits.right)} of {sum(hits.of)} = {number(found.value)} ({rests_on})"


def _stability(trials: Sequence[Trial]) -> Iterator[str]:
    repeats = max((len(trial.verdicts) for trial in trials), default=0)
    if repeats > 1:
        flips = [flip for trial in trials for flip in trial.answer_flips()]
        results = sum(trial.result_flipped() for trial in trials)
        yield (
            f"Flips in {repeats} repeats: the result of {results} of {count(len(trials), 'example')}, "
            f"{sum(flips)} of {count(len(flips), 'answer')}."
        )
    yield f"Cost: {dollars(cost_usd(trials))}."


def trials_row(judge: str, trials: Sequence[Trial]) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "judge": judge,
        "calibration": "none",
        "examples": [
            {
                "example": trial.example.id,
                "labelled_by": trial.example.labelled_by.kind,
                "expected": trial.example.expect.level,
                "verdicts": [verdict.to_row() for verdict in trial.verdicts],
                "answers_right": trial.answer_hits(),
                "result_flipped": trial.result_flipped(),
                "failing": trial.failing(),
            }
            for trial in trials
        ],
        "agreement": [_agreement_row(of) for of in agreement(trials)],
        "cost_usd": cost_usd(trials),
    }


def _agreement_row(of: Agreement) -> dict[str, Any]:
    return {
        "labelled_by": of.kind,
        "examples": of.examples,
        "scored": of.scored,
        "abstained": of.abstained,
        "failed": of.failed,
        "levels": mean_from_sums(of.levels.right, of.levels.of, name="levels right"),
        "answers": mean_from_sums(of.answers.right, of.answers.of, name="answers right"),
        "unanswered": of.unanswered,
    }


def fell_short(trials: Sequence[Trial]) -> bool:
    """Whether a call failed or a level or answer is wrong; an abstention is neither."""
    return any(of.failed or _wrong(of.levels) or _wrong(of.answers) for of in agreement(trials))


def _wrong(hits: Hits) -> bool:
    return sum(hits.right) < sum(hits.of)
