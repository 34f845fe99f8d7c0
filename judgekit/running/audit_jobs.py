"""What the audit of injections puts to a judge: clean examples, and each of them with every payload."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from judgekit.errors import UserError
from judgekit.io.attacks import CLEAN, EMPTY, Payload, attach_payload
from judgekit.judging.examples import example_transcript
from judgekit.judging.job import Job, Plan, make_job
from judgekit.question import Question
from judgekit.rubric import Example, Rubric
from judgekit.running.batch import Batch
from judgekit.running.schema import reading
from judgekit.running.source import numbered
from judgekit.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Copy:
    """One example as it is, or with a payload."""

    rubric: str
    """The rubric's name."""
    unit: str
    """`<rubric>/<example>`: copies of one example are not independent."""
    payload: Payload | None
    """None: a copy without."""
    control: str
    """The label of the copy that this one is compared with: `clean` or `empty`."""
    response: str
    """The text under judgement."""
    transcript: Transcript
    """The same as a transcript."""
    question: Question
    """The example's inputs."""

    def job(self, plan: Plan) -> Job:
        """The copy under a plan."""
        return make_job(self.transcript, plan, self.question)


def copies_of(rubrics: Sequence[Rubric], payloads: Sequence[Payload], limit: int | None = None) -> list[Copy]:
    """Every example of the rubrics, clean, and with each payload; an empty one where a payload replaces the response.

    Args:
        rubrics: with their examples.
        payloads: what is attached.
        limit: only so many examples of each rubric.

    Raises:
        UserError: a rubric has no examples.
    """
    return [
        copy for rubric in rubrics for example in _some(rubric, limit) for copy in _copies(rubric, example, payloads)
    ]


def _some(rubric: Rubric, limit: int | None) -> Sequence[Example]:
    if not rubric.examples:
        raise UserError(f"rubric {rubric.name} has no examples, so there is nothing to attach a payload to: add some")
    return rubric.examples[:limit]


def _copies(rubric: Rubric, example: Example, payloads: Sequence[Payload]) -> Iterator[Copy]:
    unit = f"{rubric.name}/{example.id}"
    question = Question(id=unit, rubrics={rubric.name: dict(example.inputs)})
    whole = example_transcript(example)
    clean = whole.response

    def copy(label: str, payload: Payload | None, response: str, control: str) -> Copy:
        return Copy(rubric.name, unit, payload, control, response, _with(whole, unit, label, response), question)

    yield copy(CLEAN, None, clean, CLEAN)
    if any(payload.place == "replace" for payload in payloads):
        yield copy(EMPTY, None, "", EMPTY)
    for payload in payloads:
        control = EMPTY if payload.place == "replace" else CLEAN
        yield copy(payload.id, payload, attach_payload(clean, payload), control)


def _with(whole: Transcript, unit: str, label: str, response: str) -> Transcript:
    """The example with another response under its own id."""
    at = whole.response_index
    messages = (
        *whole.messages[:at],
        whole.messages[at].model_copy(update={"content": response}),
        *whole.messages[at + 1 :],
    )
    return Transcript(
        id=f"{unit}/{label}", question_id=unit, label=label, messages=messages, provenance="not_generated"
    )


@dataclass(frozen=True, slots=True)
class CopyBatch(Batch):
    """Copies as a batch: made jobs one by one, each under the plan of its rubric."""

    copies: Sequence[Copy] = ()
    """What is to be judged."""

    @classmethod
    def of(cls, copies: Sequence[Copy], plans: dict[str, Plan]) -> CopyBatch:
        """The batch of these copies, under the plan of each rubric's name."""
        return cls(transcripts=(), questions=None, given=None, own=plans, limit=None, copies=copies)

    def beginning_at(self, place: int) -> Iterator[tuple[int, Job]]:
        """The jobs with their places, from the given one on, then those before it."""
        return ((at, copy.job(self.own[copy.rubric])) for at, copy in numbered(self.copies, place))

    def total(self, *, roughly: bool = False) -> int | None:
        """How many copies there are."""
        return len(self.copies)

    def check_questions(self) -> None:
        """Nothing; a fault in the inputs of an example shows before the first call.

        Raises:
            UserError: an unknown input, a value that is not allowed, constraints that do not hold.
        """
        for copy in self.copies:
            if copy.payload is None:
                self.own[copy.rubric].inputs_of(copy.question)


_OTHERS = """
SELECT transcript_id FROM verdicts WHERE provenance <> 'not_generated' OR question_id NOT LIKE rubric || '/%' LIMIT 1
"""
"""A copy is made by code, and its question is named after rubric and example."""


def check_audit_run(path: Path) -> None:
    """Nothing; asked before an audit writes to a run, whose summary would mix payloads with real responses.

    Raises:
        UserError: it holds a verdict on something else than a copy of an example.
    """
    if not path.exists():
        return
    with reading(path) as db:
        other = db.execute(_OTHERS).fetchone()
    if other is not None:
        raise UserError(
            f"run {path}: it holds verdicts on other transcripts, such as {other[0]!r}, and an audit would mix with "
            "them: name a new file with --run"
        )
