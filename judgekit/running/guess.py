"""How many tokens a request and its reply will have, before anybody has counted them.

No tokenizer is at hand: they fetch their vocabulary when they run. So tokens are guessed from bytes, in ranges that
were measured: `docs/money.md` has the figures. A run that has begun knows better, and a quote then goes by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import orjson

from judgekit.judging.ask import questions_of, request_of
from judgekit.judging.decide import capped_by_code, checks_of
from judgekit.judging.engines import Request
from judgekit.judging.job import Job
from judgekit.judging.prices import Price
from judgekit.judging.schema import ReplySchema
from judgekit.verdict import Usage


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the most that something is likely to be."""

    low: float
    high: float

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.high + other.high)

    def __mul__(self, other: Range) -> Range:
        return Range(self.low * other.low, self.high * other.high)

    def times(self, factor: float) -> Range:
        """Both ends so many times."""
        return Range(self.low * factor, self.high * factor)


PER_ASCII_BYTE = Range(0.18, 0.35)
"""Tokens for a byte of English, code or JSON: six vocabularies, whole requests 0.21 to 0.35, replies from 0.18 on."""
PER_OTHER_BYTE = Range(0.10, 0.65)
"""Tokens for a byte of any other character: thirteen languages and emoji in the same vocabularies."""
PER_SCHEMA_BYTE = Range(0.0, 0.35)
"""Servers that enforce a schema by grammar do not put it into the prompt; others do, as JSON at the most."""
FRAME = Range(0.0, 30.0)
"""Tokens around the messages of one request."""
REPLY = Range(25.0, 100.0)
"""Tokens of explanation, level and braces: a sentence at the least, two long ones at the most."""
PER_QUESTION = Range(25.0, 120.0)
"""Tokens of one answer with its keys: a short reason and no quote, or a reason and a quote of forty words."""
CALLS = Range(1.0, 1.25)
"""Calls for a verdict: at the most every fourth is asked again, or tried again."""
REASK = 100.0
"""Tokens of the complaint in a re-ask, which follows the first prompt and reply."""


@dataclass(frozen=True, slots=True)
class Size:
    """What the tokens of a request and its reply depend on; sizes in bytes."""

    plain: int
    """ASCII, in both messages."""
    other: int
    """The bytes of all other characters."""
    schema: int
    """The JSON schema of the reply."""
    static: int
    """The system message: the same for every transcript of a rubric."""
    asked: int
    """Questions to answer."""

    @property
    def whole(self) -> int:
        """Messages and schema."""
        return self.plain + self.other + self.schema


def size_of(job: Job) -> Size | None:
    """The size of the request that a job makes, really rendered; None where code alone decides."""
    request = _request(job)
    if request is None:
        return None
    text = request.system + request.user
    whole, ascii_only = len(text.encode()), len(text.encode("ascii", "ignore"))
    return Size(
        plain=ascii_only,
        other=whole - ascii_only,
        schema=_schema_bytes(request.schema),
        static=len(request.system.encode()),
        asked=len(request.asked),
    )


def prompt_tokens(plain: float, other: float, schema: float, calls: float) -> Range:
    """Tokens of so many first prompts with these bytes together."""
    messages = PER_ASCII_BYTE.times(plain) + PER_OTHER_BYTE.times(other)
    return messages + PER_SCHEMA_BYTE.times(schema) + FRAME.times(calls)


def reply_tokens(asked: float, calls: float, max_tokens: int | None = None) -> Range:
    """Tokens of so many replies to so many questions together; hidden reasoning comes on top."""
    found = REPLY.times(calls) + PER_QUESTION.times(asked)
    most = float("inf") if max_tokens is None else max_tokens * calls
    return Range(min(found.low, most), min(found.high, most))


def expected_usd(job: Job, *, price: Price) -> float:
    """US dollars that the verdict on a job costs at the most, unless it takes more calls than usual."""
    size = None if job.inputs.missing else size_of(job)
    if size is None:
        return 0.0
    sent = prompt_tokens(size.plain, size.other, size.schema, 1).high
    received = reply_tokens(size.asked, 1, job.plan.settings.max_tokens).high
    return price(Usage(prompt_tokens=round(sent), completion_tokens=round(received))) or 0.0


@lru_cache(maxsize=256)
def _schema_bytes(schema: ReplySchema) -> int:
    return len(orjson.dumps(schema.model.model_json_schema()))


def _request(job: Job) -> Request | None:
    """The request, as `judge_job` makes it."""
    checks = checks_of(job)
    if job.plan.settings.provider == "baseline" or capped_by_code(job, checks) is not None:
        return None
    questions = questions_of(job, checks)
    if not questions.asked and job.rubric.level_from != "judge":
        return None
    return request_of(job, questions, checks)
