"""The judge's typed answer for one transcript under one rubric, or why there is none."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import JsonValue, model_validator

from judgekit.noun import Noun, Text
from judgekit.transcript import Provenance

Status = Literal["scored", "abstained", "failed"]
FailureKind = Literal[
    "refusal",
    "content_filter",
    "invalid_reply",
    "truncated",
    "too_long",
    "missing_input",
    "timeout",
    "rate_limited",
    "http_error",
    "connection",
    "budget",
]
RETRYABLE: frozenset[str] = frozenset({"timeout", "rate_limited", "http_error", "connection", "budget"})
"""Kinds that another try may cure: a resumed run tries these again."""


class Evidence(Noun):
    """A verbatim quote with its place."""

    quote: Text
    """The text as it stands in the message."""
    start: int
    """Where it begins, in characters of the message."""
    end: int
    """Where it ends, exclusive."""
    message: int
    """The message it is in, counted from 0."""


class CriterionResult(Noun):
    """The answer to one criterion."""

    answer: Text | None
    """One of the allowed answers, or `cannot_tell`."""
    status: Literal["ok", "abstained", "unsupported", "not_applicable"]
    """`unsupported`: a required quote is missing or not in the response, so the answer does not count."""
    evidence: tuple[Evidence, ...] = ()
    """The quotes that were found."""
    unsupported: tuple[Text, ...] = ()
    """The quotes that were not found in the response."""
    reason: Text = ""
    """The judge's reason, in a sentence."""


class CheckResult(Noun):
    """What code found."""

    result: Literal["pass", "fail", "not_applicable", "error"]
    """`not_applicable`: there is nothing of the kind to check; `error`: the check could not be made."""
    measured: JsonValue = None
    """What was counted or found."""
    expected: JsonValue = None
    """What was wanted."""
    detail: Text = ""
    """One sentence for people."""


class RuleFired(Noun):
    """A rule or a failed check that bounded the level."""

    when: dict[str, str]
    """What was true."""
    max_level: int | None = None
    """The cap it set."""
    min_level: int | None = None
    """The floor it set."""


class Attempt(Noun):
    """One call that did not give an answer."""

    kind: FailureKind
    """What went wrong."""
    detail: Text = ""
    """What the server or the client said, shortened; never a key."""
    http_status: int | None = None
    """The status code, where there was an answer."""
    latency_s: float | None = None
    """How long the call took, in seconds."""


class Failure(Noun):
    """Why there is no verdict."""

    kind: FailureKind
    """The kind of the last attempt."""
    attempts: tuple[Attempt, ...] = ()
    """Every call that was made, in order."""
    detail: Text = ""
    """One sentence with the cure, where there is one."""


class Usage(Noun):
    """Tokens, as the server counted them; None where it did not say."""

    prompt_tokens: int | None = None
    """Tokens sent, the cached ones included."""
    completion_tokens: int | None = None
    """Tokens received."""
    cached_tokens: int | None = None
    """Tokens sent that the provider had cached."""

    def __add__(self, other: Usage) -> Usage:
        def plus(a: int | None, b: int | None) -> int | None:
            return b if a is None else a if b is None else a + b

        return Usage(
            prompt_tokens=plus(self.prompt_tokens, other.prompt_tokens),
            completion_tokens=plus(self.completion_tokens, other.completion_tokens),
            cached_tokens=plus(self.cached_tokens, other.cached_tokens),
        )


class Verdict(Noun):
    """What one judge says about one transcript under one rubric."""

    transcript_id: Text
    """The transcript that was judged."""
    question_id: Text
    """Its question."""
    label: Text
    """Whose answer it is."""
    rubric: Text
    """The rubric's name."""
    rubric_version: Text
    """The rubric's version."""
    status: Status
    """`scored`, `abstained` (a valid "cannot tell") or `failed`."""
    level: int | None = None
    """1..K, after rules; None where not scored or where the rubric has no levels."""
    score: float | None = None
    """0..1, 1 is best; None where not scored."""
    passed: bool | None = None
    """Whether the level (or the points) reach `pass_at`; None where not scored or where there is none."""
    failure: Failure | None = None
    """Why there is no verdict, where status is `failed`."""
    criteria: dict[str, CriterionResult] = {}
    """Answers by criterion, or by asked constraint."""
    checks: dict[str, CheckResult] = {}
    """Results by check, or by checked constraint."""
    measures: dict[str, float] = {}
    """Numbers beside the level: `judge_level` before rules; `strict`, `ratio` of the constraints; the rubric's own."""
    rules: tuple[RuleFired, ...] = ()
    """The bounds that applied."""
    explanation: Text = ""
    """The judge's summary, or how code came to the level."""
    flags: tuple[Text, ...] = ()
    """What a reader should know: `hidden_characters`, `unsupported_evidence`, `reused`, …"""
    provenance: Provenance = "unknown"
    """Whether the response is the model's own words."""
    judge: Text
    """`provider/model`."""
    samples: int = 1
    """How many replies the verdict rests on; 0 where code alone decided."""
    calls: int = 0
    """Calls to the judge that were made for it, failed attempts and the re-ask included."""
    usage: Usage = Usage()
    """Tokens of all calls for this verdict."""
    cost_usd: float | None = None
    """US dollars of all calls; 0 without a call, None where the price is unknown."""
    latency_s: float | None = None
    """Seconds from the first call to the last answer."""
    fingerprint: Text
    """The digest of everything that could change this verdict."""
    created: datetime
    """When it was made, UTC."""

    @model_validator(mode="after")
    def _lawful(self) -> Self:
        if (self.status == "failed") != (self.failure is not None):
            raise ValueError("a failed verdict, and only a failed one, has a failure")
        if (self.status == "scored") != (self.score is not None):
            raise ValueError("a scored verdict, and only a scored one, has a score")
        if self.level is not None and self.status != "scored":
            raise ValueError("only a scored verdict has a level")
        return self

    def to_row(self) -> dict[str, Any]:
        """The verdict as an export row: plain JSON, the failure's kind beside it."""
        row = self.model_dump(mode="json")
        row["failure_kind"] = self.failure.kind if self.failure else None
        return row

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        """The verdict of an export row."""
        return cls.model_validate({key: value for key, value in row.items() if key != "failure_kind"})
