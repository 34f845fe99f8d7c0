"""The shape of a draft, and what of it stands: quotes are looked up in the prompt, code's demands come first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, JsonValue, create_model

from judgekit.io.demands import draft_constraints
from judgekit.io.unused import unused
from judgekit.judging.evidence import Haystack
from judgekit.judging.schema import CriterionReply, Reply, ReplySchema
from judgekit.noun import canonical
from judgekit.rubric import InputSpec, Rubric
from judgekit.transcript import Transcript
from judgekit.verdict import CriterionResult

CONSTRAINTS = "constraints"
"""The input that holds constraints, where the level is computed from them."""
_CONFIG = ConfigDict(extra="ignore", json_schema_extra={"additionalProperties": False})
_IN_ITS_WORDS = re.compile(r"\bquoted from the prompt\b|\bwords of the prompt\b", re.IGNORECASE)


class DraftedDemand(BaseModel):
    """One demand of the prompt, as a model drafts it."""

    model_config = _CONFIG
    quote: str = Field(description="Its words in the prompt, copied exactly.")
    ask: str = Field(description="A closed question about an answer; yes means that the demand was met.")
    hard: bool = Field(description="False if the prompt only wishes it.")


def draftable(rubric: Rubric) -> dict[str, InputSpec]:
    """The inputs that may be drafted: not those that decide the level by themselves, for a person decides these."""
    skipped = {"with_execution"} if rubric.level_from == CONSTRAINTS else set()
    return {name: spec for name, spec in rubric.inputs.items() if not spec.needed_for_level and name not in skipped}


def in_its_words(spec: InputSpec) -> bool:
    """Whether an input has to be in the prompt's own words, as its description says."""
    return _IN_ITS_WORDS.search(spec.about) is not None


def holds_demands(rubric: Rubric, name: str) -> bool:
    """Whether an input is the list of constraints that the level is computed from."""
    return name == CONSTRAINTS and rubric.level_from == CONSTRAINTS


class DraftSchema(ReplySchema):
    """The pydantic model of a draft; what it reads comes as one answer per input, its value as JSON."""

    def __init__(self, rubric: Rubric, wanted: Mapping[str, InputSpec]) -> None:
        self._inputs = {f"i_{name}": name for name in wanted}
        fields: dict[str, Any] = {}
        for field, name in self._inputs.items():
            spec = wanted[name]
            kind: Any = list[DraftedDemand] if holds_demands(rubric, name) else list[str]
            about = spec.about + (f" One of: {', '.join(spec.one_of)}." if spec.one_of else "")
            fields[field] = (kind, Field(alias=name, description=about))
        self.model: type[BaseModel] = create_model("Draft", __config__=_CONFIG, **fields)

    def read(self, instance: BaseModel) -> Reply:
        """The typed draft in a validated instance of the model."""
        rows = instance.model_dump(mode="json", by_alias=True)
        answers = {
            name: CriterionReply(evidence=[], reason="", answer=orjson.dumps(value).decode())
            for name, value in rows.items()
        }
        return Reply(answers=answers, level=None, explanation="")


def verified_draft(
    reply: Reply, rubric: Rubric, wanted: Mapping[str, InputSpec], transcript: Transcript
) -> dict[str, CriterionResult]:
    """What of a draft stands, by input: its value as JSON under `answer`; quotes that were not found are listed.

    Args:
        reply: as the model wrote it.
        rubric: what is drafted for.
        wanted: the inputs that were asked for.
        transcript: holds the prompt as its first message.
    """
    haystack = Haystack(transcript, (0,))
    results: dict[str, CriterionResult] = {}
    for name, spec in wanted.items():
        given = orjson.loads(reply.answers[name].answer)
        lost: list[str] = []
        value: JsonValue
        if holds_demands(rubric, name):
            value = _constraints(given, haystack, transcript.messages[0].content, rubric, lost)
        else:
            value = _texts(given, spec, haystack, lost)
        if value:
            results[name] = CriterionResult(answer=canonical(value).decode(), status="ok", unsupported=tuple(lost))
        else:
            status = "unsupported" if lost else "abstained"
            results[name] = CriterionResult(answer=None, status=status, unsupported=tuple(lost))
    return results


def _texts(given: Sequence[str], spec: InputSpec, haystack: Haystack, lost: list[str]) -> JsonValue:
    """The texts that stand; one alone without its list."""
    texts: list[JsonValue] = []
    for text in dict.fromkeys(text.strip() for text in given):
        if spec.one_of is not None and text not in spec.one_of:
            continue
        found = haystack.find(text) if in_its_words(spec) and text else None
        if in_its_words(spec) and found is None:
            lost.extend([text] if text else [])
        elif text:
            texts.append(text if found is None else found.quote)
    return texts[0] if len(texts) == 1 else texts


def _constraints(
    given: Sequence[Mapping[str, Any]], haystack: Haystack, prompt: str, rubric: Rubric, lost: list[str]
) -> JsonValue:
    """What code drafts, and behind it what the model adds to it."""
    sure = draft_constraints(prompt)
    spans = [(at, at + len(c.quote)) for c in sure if (at := prompt.find(c.quote)) >= 0]
    taken = {*rubric.inputs, *(c.id for c in rubric.criteria), *(c.id for c in rubric.checks), *(c.id for c in sure)}
    found: list[JsonValue] = [plain_constraint(c.model_dump(mode="json", by_alias=True)) for c in sure]
    for demand in given:
        evidence = haystack.find(demand["quote"]) if demand["quote"].strip() else None
        if evidence is None:
            lost.append(demand["quote"])
            continue
        if not demand["ask"].strip() or any(evidence.start < end and start < evidence.end for start, end in spans):
            continue
        spans.append((evidence.start, evidence.end))
        name = unused(_slug(evidence.quote), taken)
        found.append({"id": name, "quote": evidence.quote, "hard": demand["hard"], "ask": demand["ask"].strip()})
    return found


def plain_constraint(row: Mapping[str, Any]) -> dict[str, JsonValue]:
    """A constraint as people write it: without what is absent or empty.

    >>> plain_constraint({"id": "a", "quote": "b", "hard": True, "check": "has_code", "with": {}, "ask": None})
    {'id': 'a', 'quote': 'b', 'hard': True, 'check': 'has_code'}
    """
    return {name: value for name, value in row.items() if value not in (None, {}, [], ())}


def _slug(quote: str) -> str:
    """An id from the first words of a quote.

    >>> _slug("Keep it short, please!")
    'keep_it_short_please'
    """
    words = re.findall(r"\w+", quote.lower())[:4]
    return "_".join(words)[:40] or "demand"
