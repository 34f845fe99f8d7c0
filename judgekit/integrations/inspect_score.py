"""An outcome as Inspect's `Score`, and what Inspect's scorers are given as a transcript."""

from __future__ import annotations

from collections.abc import Iterable
from math import nan
from typing import Any

from judgekit.integrations.harness import needed
from judgekit.integrations.inspect import PACKAGE
from judgekit.integrations.outcome import Outcome
from judgekit.io.build import Builder
from judgekit.io.inspect_sample import sample_row
from judgekit.transcript import Transcript

TOTAL = "score"
"""The key of the rubric's own score, beside those of its criteria and checks."""
_NOT_ASKED = frozenset({"missing_input", "too_long", "budget"})


def keys_of(names: Iterable[str]) -> tuple[str, ...]:
    """The keys of a value: Inspect's metrics want the same ones in every sample."""
    return (TOTAL, *(name for name in dict.fromkeys(names) if name != TOTAL))


def score_of(outcome: Outcome, keys: Iterable[str], *, answer: str | None = None) -> Any:
    """Inspect's score: a number by key, nan where there is none; unscored with a reason where the verdict is.

    Inspect leaves out of its metrics what is nan or unscored, and counts it as `unscored_samples`.

    Args:
        outcome: what the judge said.
        keys: the keys of the value.
        answer: what was judged.
    """
    score = needed("inspect_ai.scorer", PACKAGE).Score
    said = {"answer": answer, "explanation": outcome.explanation, "metadata": outcome.metadata}
    if outcome.kind is not None:
        return score.unscored(reason=reason_of(outcome.kind), **said)
    values = {**outcome.values, TOTAL: outcome.score}
    return score(value={key: values.get(key, nan) for key in keys}, **said)


def reason_of(kind: str) -> str:
    """Inspect's word for why there is no score; the kind itself begins the explanation.

    Inspect's own `refusal` says that the model under test refused, which is another matter.

    >>> reason_of("refusal"), reason_of("missing_input"), reason_of("abstained")
    ('grader_failed', 'scoring_failed', 'abstained')
    """
    if kind == "abstained":
        return kind
    return "scoring_failed" if kind in _NOT_ASKED else "grader_failed"


def transcript_of(state: Any, target: Iterable[str]) -> Transcript:
    """The transcript that a log of this sample is read as.

    Raises:
        ValueError: the sample has no answer; one line.
    """
    output = state.output.choices[0].message.model_dump() if state.output and state.output.choices else None
    sample = {
        "id": state.sample_id,
        "epoch": state.epoch,
        "input": state.input if isinstance(state.input, str) else [one.model_dump() for one in state.input],
        "messages": [one.model_dump() for one in state.messages],
        "output": {"choices": [{"message": output}]} if output else None,
        "target": list(target),
        "metadata": state.metadata,
    }
    return Builder({}).build(sample_row(sample, model=f"{state.model.api}/{state.model.name}"))
