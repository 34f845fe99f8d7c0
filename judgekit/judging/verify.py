"""Whether a reply's quotes stand in the response, and what to say to a judge whose reply has faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from judgekit.judging.ask import Questions
from judgekit.judging.engines import Answered
from judgekit.judging.evidence import Haystack
from judgekit.judging.job import Job
from judgekit.judging.schema import CriterionReply, Reply
from judgekit.rubric import CANNOT_TELL, Criterion
from judgekit.verdict import CriterionResult

_MOST_QUOTES = 20
_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Verified:
    """A reply after its quotes were looked up."""

    answered: Answered
    reply: Reply | None
    """None where it does not fit the schema."""
    results: Mapping[str, CriterionResult] = field(default_factory=dict)
    """By the name the judge was given."""

    @property
    def unsupported(self) -> list[str]:
        """The names of the answers that do not count, because what they quote is not in the response."""
        return [name for name, result in self.results.items() if result.status == "unsupported"]

    def by_id(self, questions: Questions) -> dict[str, CriterionResult]:
        """The answers by criterion or constraint id."""
        ids = {name: constraint.id for name, constraint in questions.constraints}
        return {ids.get(name, name): result for name, result in self.results.items()}


def verified(job: Job, questions: Questions, answered: Answered) -> Verified:
    """The reply with the quotes that were found.

    An answer that needs evidence counts only if it has a quote and every quote of it occurs in the response.
    """
    reply = answered.reply
    if reply is None:
        return Verified(answered, None)
    haystack = Haystack(job.transcript, job.judged)
    results = {name: _verified(criterion, reply.answers[name], haystack) for name, criterion in questions.asked}
    return Verified(answered, reply, results)


def _verified(criterion: Criterion, given: CriterionReply, haystack: Haystack) -> CriterionResult:
    quotes = [quote for quote in dict.fromkeys(given.evidence[:_MOST_QUOTES]) if quote.strip()]
    found = [(quote, haystack.find(quote)) for quote in quotes]
    missing = tuple(quote for quote, evidence in found if evidence is None) + tuple(given.evidence[_MOST_QUOTES:])
    evidence = tuple(evidence for _, evidence in found if evidence is not None)
    status = "ok"
    if given.answer == CANNOT_TELL:
        status = "abstained"
    elif criterion.needs_evidence(given.answer) and (missing or not evidence):
        status = "unsupported"
    return CriterionResult.model_validate(
        {
            "answer": given.answer,
            "status": status,
            "evidence": evidence,
            "unsupported": missing,
            "reason": given.reason,
        }
    )


def complaint(found: Verified) -> str:
    """What to tell the judge about its reply: invalid fields, or quotes that are not in the response; '' if nothing."""
    if found.reply is None:
        return f"Your reply does not fit the schema: {found.answered.problem}. Answer again, in the schema, completely."
    if not found.unsupported:
        return ""
    listed = "\n".join(_fault(name, found.results[name]) for name in found.unsupported)
    return (
        f"Some evidence cannot be verified:\n{listed}\n"
        "Answer all questions again. Copy each quote word for word from the response under judgement (not from the "
        "prompt, not from your memory), or answer cannot_tell."
    )


def _fault(name: str, result: CriterionResult) -> str:
    if not result.unsupported:
        return f"- {name}: the answer {result.answer!r} needs a quote from the response, and there is none"
    shown = "; ".join(repr(quote[:_SHOWN]) for quote in result.unsupported)
    return f"- {name}: not in the response under judgement: {shown}"
