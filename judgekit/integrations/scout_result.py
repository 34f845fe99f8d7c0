"""What Scout's scanners are given as a transcript, and an outcome as Scout's `Result`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from judgekit.errors import CallError
from judgekit.integrations.harness import needed
from judgekit.integrations.inspect_judges import Judges
from judgekit.integrations.outcome import Outcome
from judgekit.integrations.scout import PACKAGE
from judgekit.io.build import Builder
from judgekit.io.inspect_sample import sample_row
from judgekit.transcript import Transcript
from judgekit.verdict import RETRYABLE


def scan_of(judges: Judges) -> Any:
    """The function that Scout calls with each transcript."""
    scout = needed("inspect_scout", PACKAGE)

    async def scan(transcript: Any) -> Any:
        try:
            judged = transcript_of(transcript)
        except ValueError as error:
            return scout.Result(value=None, explanation=f"no_response: {error}")
        outcome = await judges.now().ascore(judged, {"target": judged.reference, **judged.metadata})
        verdict = outcome.verdict
        if verdict.failure is not None and verdict.failure.kind in RETRYABLE:
            raise CallError(verdict.failure, verdict.usage, verdict.cost_usd)
        return result_of(outcome, transcript.messages)

    # Scout reads here what a scanner wants to be given, and takes no strings.
    scan.__annotations__ = {"transcript": scout.Transcript, "return": scout.Result}
    return scan


def result_of(outcome: Outcome, messages: Sequence[Any]) -> Any:
    """Scout's result: null where there is no score; the messages that hold evidence are cited as `[M2]`.

    Args:
        outcome: what the judge said.
        messages: Scout's, in order: message 0 of the verdict is the first of them.
    """
    scout = needed("inspect_scout", PACKAGE)
    verdict = outcome.verdict
    quoted = sorted({one.message for result in verdict.criteria.values() for one in result.evidence})
    return scout.Result(
        value=outcome.score,
        answer=None if verdict.level is None else f"level {verdict.level}",
        explanation=outcome.explained(lambda evidence: f" {_cite(evidence.message)}"),
        metadata={"values": outcome.values, **outcome.metadata},
        references=[
            scout.Reference(type="message", cite=_cite(i), id=messages[i].id)
            for i in quoted
            if i < len(messages) and messages[i].id
        ],
        label=verdict.rubric,
    )


def transcript_of(given: Any) -> Transcript:
    """The transcript that a log of this sample is read as.

    Raises:
        ValueError: nothing was answered in it; one line.
    """
    held: Mapping[str, Any] = given.metadata or {}
    sample = {
        "id": given.task_id or held.get("id") or given.transcript_id,
        "epoch": given.task_repeat or held.get("epoch") or 1,
        "messages": [one.model_dump() for one in given.messages],
        "target": held.get("target"),
        "metadata": held.get("sample_metadata", held),
        "uuid": given.transcript_id,
    }
    return Builder({}).build(sample_row(sample, model=given.model or ""))


def _cite(place: int) -> str:
    """How a message is cited; Scout's view makes a link of it."""
    return f"[M{place + 1}]"
