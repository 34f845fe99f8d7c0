"""Inspect: a scorer that asks a rubric's questions about each sample.

    from judgekit.integrations.inspect import rubric_scorer
    Task(dataset=…, solver=…, scorer=rubric_scorer("sycophancy", judge="openai/gpt-5-mini"))

or, on a log that there is: `inspect score log.eval --scorer judgekit/rubric_scorer -S rubric=sycophancy -S judge=…`
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from judgekit.integrations.harness import needed

if TYPE_CHECKING:
    rubric_scorer: Any

PACKAGE = "inspect-ai"
"""What pip calls Inspect."""


def _rubric_scorer(
    rubric: Any,
    judge: Any = None,
    questions: Path | str | None = None,
    inputs: dict[str, Any] | None = None,
    **options: Any,
) -> Any:
    """Scores by a rubric: a value with `score` and a number by criterion and check, and evidence in the explanation.

    The rubric's inputs come from the question file, and by name from the sample's metadata. What the judge cannot tell
    and what fails is unscored with a reason, and not part of any metric. The whole verdict is the score's metadata.

    Args:
        rubric: the name of a shipped rubric, a file, or a rubric.
        judge: `provider/model` or a judge, by default JUDGEKIT_JUDGE; or `inspect/ROLE`, such as `inspect/grader`: the
            model of that role, called by Inspect, with its cache, limits and logs.
        questions: a question file, found by sample id or prompt.
        inputs: the same for every sample.
        **options: further arguments of `judgekit.Judge`, such as base_url.

    Raises:
        UserError: rubric, judge or questions are wrong.
    """
    from judgekit.integrations.inspect_judges import Judges, scorer_of

    return scorer_of(Judges(rubric, judge, questions, inputs, options))


@cache
def _registered() -> Any:
    scorers = needed("inspect_ai.scorer", PACKAGE)
    metrics = {"*": [scorers.mean(), scorers.stderr()]}
    return scorers.scorer(metrics=metrics, name="judgekit/rubric_scorer")(without_module(_rubric_scorer))


def without_module(made: Any) -> Any:
    """The function, of which Inspect does not know where it comes from.

    It would put the package's name before that of a function in site-packages, and not before any other: so that our
    names are the same however judgekit is installed.
    """
    made.__module__ = ""
    return made


def __getattr__(name: str) -> Any:
    if name == "rubric_scorer":  # also the entry point: Inspect loads it where a name begins with judgekit/
        return _registered()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
