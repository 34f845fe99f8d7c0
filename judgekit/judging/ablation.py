"""What each question does to the level: stored answers, left out or turned, and the rules applied anew. No call."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from judgekit.judging.decide import outcome_of, settled
from judgekit.judging.examples import example_transcript
from judgekit.judging.job import Job, make_job, make_plan
from judgekit.judging.rubric_trial import Trial
from judgekit.rubric import Rubric
from judgekit.settings import Settings
from judgekit.verdict import CriterionResult, Verdict

_JUDGE_LEVEL = "judge_level"


@dataclass(frozen=True, slots=True)
class Ablation:
    """What one question does to the results of the examples."""

    criterion: str
    right: int
    """Answers that are the expected ones, among those that came where one is expected."""
    of: int
    """Those that came."""
    flips: int
    """Examples on which its answer differs between repeats."""
    repeated: int
    """Examples on which it was answered twice or more."""
    answers: int
    """Answers that count, over all verdicts with a result."""
    left_out: int
    """Of these, how often the result is another one without the answer."""
    turned: int
    """Of these, how often the result is another one for some other answer to the question."""
    shift: float
    """The mean change of the level, or score, if the answer is left out, where both are there; nan where none is."""


def ablate(rubric: Rubric, settings: Settings, trials: Sequence[Trial]) -> list[Ablation]:
    """What each question of a rubric does to the results of its examples, in the rubric's order; costs no call.

    The answer is taken out of each stored verdict, and the rules are applied to what is left: the judge's own level
    stays what it was. So this shows what a question does through the rules; what it does to the judge's mind, only
    asking again without it would show. Then it is turned to each other answer in the same way.

    Args:
        rubric: with its examples.
        settings: of the judge that was asked.
        trials: its verdicts on them.
    """
    plan = make_plan(rubric, settings)
    cases = [
        _Case(make_job(example_transcript(trial.example), plan, inputs=trial.example.inputs), verdict)
        for trial in trials
        for verdict in trial.verdicts
        if verdict.status != "failed" and verdict.criteria
    ]
    answers = {criterion.id: criterion.answers for criterion in rubric.criteria}
    for case in cases:
        asked = (constraint for constraint in case.job.inputs.constraints if constraint.ask is not None)
        answers |= {constraint.id: ("yes", "no") for constraint in asked}
    return [_ablation(name, allowed, trials, cases) for name, allowed in answers.items()]


@dataclass(frozen=True)
class _Case:
    """One stored verdict, with what it takes to compute its result anew."""

    job: Job
    verdict: Verdict

    @cached_property
    def result(self) -> float | None:
        return self.without({})

    def without(self, changed: Mapping[str, CriterionResult | None]) -> float | None:
        """The level, or the score, with these answers put in place of those that came; None: left out."""
        merged = {**self.verdict.criteria, **changed}
        given = {name: result for name, result in merged.items() if result is not None}
        chosen = self.verdict.measures.get(_JUDGE_LEVEL)
        checks, criteria = settled(self.job, self.verdict.checks, given)
        outcome = outcome_of(self.job, checks, criteria, None if chosen is None else int(chosen))
        return outcome.score if outcome.level is None else float(outcome.level)


def _ablation(name: str, answers: Sequence[str], trials: Sequence[Trial], cases: Sequence[_Case]) -> Ablation:
    counting = [case for case in cases if _counts(case.verdict.criteria.get(name))]
    left_out = [case.without({name: None}) for case in counting]
    shifts = [
        new - case.result
        for case, new in zip(counting, left_out, strict=True)
        if new is not None and case.result is not None
    ]
    turned = [
        any(case.without({name: _as(other)}) != case.result for other in answers if other != _answer(case, name))
        for case in counting
    ]
    flips = [flip for trial in trials if (flip := _flipped(trial, name)) is not None]
    hits = [hit for trial in trials for hit in trial.hits_of(name) if hit is not None]
    return Ablation(
        criterion=name,
        right=sum(hits),
        of=len(hits),
        flips=sum(flips),
        repeated=len(flips),
        answers=len(counting),
        left_out=sum(new != case.result for case, new in zip(counting, left_out, strict=True)),
        turned=sum(turned),
        shift=sum(shifts) / len(shifts) if shifts else math.nan,
    )


def _counts(result: CriterionResult | None) -> bool:
    return result is not None and result.status == "ok"


def _answer(case: _Case, name: str) -> str | None:
    return case.verdict.criteria[name].answer


def _as(answer: str) -> CriterionResult:
    return CriterionResult(answer=answer, status="ok")


def _flipped(trial: Trial, name: str) -> bool | None:
    """Whether the repeats answer differently; None where fewer than two answered."""
    given = [verdict.criteria[name].answer for verdict in trial.verdicts if name in verdict.criteria]
    return len(set(given)) > 1 if len(given) > 1 else None
