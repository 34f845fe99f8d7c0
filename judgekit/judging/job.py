"""What is to be judged: one transcript under one rubric, with its inputs and its fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from judgekit.checks import validate_check
from judgekit.errors import UserError
from judgekit.judging.prompt import PromptTemplate, prompt_template, system_text
from judgekit.judging.schema import ReplySchema
from judgekit.noun import canonical, digest, mend_json
from judgekit.question import Constraint, Question
from judgekit.resources import shipped
from judgekit.rubric import Criterion, Rubric
from judgekit.settings import Settings
from judgekit.transcript import Message, Transcript

SCORING_VERSION = "2"
"""Part of every fingerprint: raised when prompt, schema, evidence or level arithmetic change a verdict."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a question supplies to one rubric, checked."""

    values: Mapping[str, JsonValue]
    constraints: tuple[Constraint, ...]
    missing: tuple[str, ...]
    """Required inputs that are not there."""
    digest: str


@dataclass(frozen=True, slots=True)
class Job:
    """One transcript under one rubric."""

    transcript: Transcript
    plan: Plan
    inputs: Inputs
    fingerprint: str
    judged: tuple[int, ...]
    """The places of the messages under judgement."""
    flags: tuple[str, ...] = ()

    @property
    def rubric(self) -> Rubric:
        """The rubric."""
        return self.plan.rubric

    @property
    def messages(self) -> Sequence[Message]:
        """The turns up to the last one under judgement."""
        return self.transcript.messages[: self.judged[-1] + 1]


@dataclass(slots=True)
class Plan:
    """What is the same for every transcript of one rubric and judge: compiled once."""

    rubric: Rubric
    settings: Settings
    template: PromptTemplate
    system: str
    base: str
    """The digest of everything but transcript and inputs."""
    levels: tuple[int, ...] = ()
    """The levels in the order in which prompt and schema list them; empty: the usual one."""
    _inputs: dict[str, tuple[Question, Inputs]] = field(default_factory=dict)
    _no_inputs: Inputs | None = None
    _schemas: dict[tuple[str, ...], ReplySchema] = field(default_factory=dict)

    def schema(self, asked: Sequence[tuple[str, Criterion]]) -> ReplySchema:
        """The reply schema for these questions, built once per set of names."""
        names = tuple(name for name, _ in asked)
        if names not in self._schemas:
            self._schemas[names] = ReplySchema(
                self.rubric, asked, bounded=self.settings.provider == "local", levels=self.levels
            )
        return self._schemas[names]

    def inputs_of(self, question: Question | None) -> Inputs:
        """The checked inputs of a question, read once per question."""
        if question is None:
            if self._no_inputs is None:
                self._no_inputs = read_inputs(self.rubric, {}, "no question")
            return self._no_inputs
        held = self._inputs.get(question.id)
        if held is None or held[0] is not question:
            where = f"question {question.id}"
            held = (question, read_inputs(self.rubric, question.rubrics.get(self.rubric.name, {}), where))
            self._inputs[question.id] = held
        return held[1]


def make_plan(
    rubric: Rubric, settings: Settings, *, levels: tuple[int, ...] = (), template: PromptTemplate | None = None
) -> Plan:
    """The plan of one rubric and judge.

    Args:
        rubric: what is asked.
        settings: which judge, and how it is reached.
        levels: the levels in another order than the usual one; it changes the prompt, and so every fingerprint.
        template: another template than the one that the rubric names; its digest is in every fingerprint too.

    Raises:
        UserError: the rubric names an unknown check, wrong parameters or a missing template.
    """
    for spec in rubric.checks:
        try:
            validate_check(spec.check, spec.with_)
        except UserError as error:
            raise UserError(f"rubric {rubric.name}, check {spec.id}: {error}") from None
    template = template or prompt_template(rubric.template)
    whole: list[object] = [
        SCORING_VERSION,
        rubric.fingerprint,
        template.digest,
        settings.parameters(),
        _identity(settings),
    ]
    if levels:
        whole.append(["levels", *levels])
    try:
        base = digest(whole)
    except TypeError as error:
        raise UserError(f"the extra request parameters are not JSON: {error}") from None
    return Plan(rubric, settings, template, system_text(template, rubric, levels), base, levels)


def make_job(
    transcript: Transcript, plan: Plan, question: Question | None = None, inputs: Mapping[str, JsonValue] | None = None
) -> Job:
    """One transcript under one rubric, with its fingerprint.

    Args:
        transcript: what is judged.
        plan: the compiled rubric and judge.
        question: supplies the inputs, where `inputs` does not.
        inputs: the rubric's inputs by name.

    Raises:
        UserError: an input that the rubric does not know, or a value that it does not allow.
    """
    read = plan.inputs_of(question) if inputs is None else read_inputs(plan.rubric, inputs, "inputs")
    last = transcript.response_index
    fingerprint = fingerprint_of(transcript, plan.base, read.digest)
    flags = ("drafted_inputs",) if question is not None and question.drafted_by in ("model", "code") else ()
    judged: tuple[int, ...] = (last,)
    if plan.rubric.turns == "all":
        judged = tuple(i for i, message in enumerate(transcript.messages) if message.role == "assistant")
    return Job(transcript, plan, read, fingerprint, judged, flags)


def checked_job(
    transcript: Transcript,
    plan: Plan,
    question: Question | None,
    inputs: Mapping[str, JsonValue] | None,
    *,
    record_missing: bool,
) -> Job:
    """The job that a person asks for, one transcript at a time.

    Args:
        transcript: what is judged.
        plan: the compiled rubric and judge.
        question: supplies the inputs, where `inputs` does not.
        inputs: the rubric's inputs by name.
        record_missing: a required input that is missing becomes a failed verdict, as in a run.

    Raises:
        UserError: this is no transcript, a required input is missing, or as for `make_job`.
    """
    if not isinstance(transcript, Transcript):
        raise UserError(
            f"score: a Transcript was wanted; came {type(transcript).__name__}: make one with "
            "Transcript.from_text(prompt=…, response=…)"
        )
    job = make_job(transcript, plan, question, inputs)
    if job.inputs.missing and not record_missing:
        names = ", ".join(job.inputs.missing)
        raise UserError(f"rubric {job.rubric.name} needs the input {names}: give inputs={{…}} or a question")
    return job


def fingerprint_of(transcript: Transcript, base: str, inputs: str) -> str:
    """The digest of everything that could change a verdict.

    Args:
        transcript: what is judged; its turns after the judged one change nothing.
        base: the digest of judge and rubric.
        inputs: the digest of what the question supplies.
    """
    turns = [[m.role, m.content, m.tool_calls] for m in transcript.messages[: transcript.response_index + 1]]
    shown = canonical([turns, transcript.context, transcript.reference])
    return hashlib.sha256(f"{base}{inputs}".encode() + shown).hexdigest()[:32]


def read_inputs(rubric: Rubric, given: Mapping[str, JsonValue], where: str) -> Inputs:
    """The inputs of a rubric, checked against what it declares.

    Raises:
        UserError: an unknown input, a value outside `one_of`, or constraints that do not hold together.
    """
    place = f"{where}, rubric {rubric.name}"
    given = mend_json(dict(given))
    for name, value in given.items():
        spec = rubric.inputs.get(name)
        if spec is None:
            known = ", ".join(rubric.inputs) or "none"
            raise UserError(f"{place}: there is no input {name!r}; the rubric knows: {known}")
        if spec.one_of is not None and value not in spec.one_of:
            raise UserError(f"{place}: input {name} is {value!r}; wanted one of {', '.join(spec.one_of)} (in quotes)")
    missing = tuple(name for name, spec in rubric.inputs.items() if spec.required and lacks(rubric, given, name))
    constraints: tuple[Constraint, ...] = ()
    if rubric.level_from == "constraints" and "constraints" in given:
        from judgekit.io.questions import parse_constraints

        constraints = parse_constraints(given["constraints"], place)
        taken = {*rubric.inputs, *(check.id for check in rubric.checks), *(asked.id for asked in rubric.criteria)}
        for constraint in constraints:
            if constraint.id in taken:
                raise UserError(f"{place}: the rubric itself uses the id {constraint.id!r}: rename the constraint")
            if constraint.check is not None:
                try:
                    validate_check(constraint.check, constraint.with_)
                except UserError as error:
                    raise UserError(f"{place}, constraint {constraint.id}: {error}") from None
    try:
        return Inputs(given, constraints, missing, digest(given))
    except TypeError as error:
        raise UserError(f"{place}: the inputs are not JSON: {error}") from None


def lacks(rubric: Rubric, given: Mapping[str, JsonValue], name: str) -> bool:
    """Whether an input is not there, or empty; 0 and False are values, and so is an empty list of constraints: the
    prompt demands nothing.
    """
    if name == "constraints" and rubric.level_from == "constraints":
        return given.get(name) is None
    return given.get(name) in (None, "", [], {})


def _identity(settings: Settings) -> str:
    """What else tells this judge from another of the same name: the cues of the baseline, the file of a local model."""
    if settings.provider == "baseline":
        return hashlib.sha256((shipped("rubrics") / "baseline" / "cues.yaml").read_bytes()).hexdigest()
    if settings.provider == "local":
        path = Path(settings.model)
        if not path.is_file():
            raise UserError(f"judge local/{settings.model}: there is no such file; wanted the path of a GGUF file")
        with path.open("rb") as file:
            head = file.read(1 << 20)
            file.seek(max(0, path.stat().st_size - (1 << 20)))
            return hashlib.sha256(head + file.read()).hexdigest() + f" {path.stat().st_size}"
    return ""
