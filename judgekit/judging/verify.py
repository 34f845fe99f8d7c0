"""Whether a reply's quotes stand in the response, and what to say to a judge whose reply has faults."""

from __future__ import annotations

from judgekit.judging.ask import Questions
from judgekit.judging.engines import Answered
from judgekit.judging.evidence import Haystack
from judgekit.judging.job import Job
from judgekit.judging.schema import CriterionReply, Reply
from judgekit.rubric import CANNOT_TELL, Criterion
from judgekit.verdict import CriterionResult

_MOST_QUOTES = 20
_SHOWN = 160


def verified(job: Job, questions: Questions, reply: Reply) -> dict[str, CriterionResult]:
    """The answers by criterion or constraint id, each with the quotes that were found.

    An answer that needs evidence counts only if it has a quote and every quote of it occurs in the response.
    """
    haystack = Haystack(job.transcript, job.judged)
    ids = {name: constraint.id for name, constraint in questions.constraints}
    return {
        ids.get(name, name): _verified(criterion, reply.answers[name], haystack) for name, criterion in questions.asked
    }


def _verified(criterion: Criterion, given: CriterionReply, haystack: Haystack) -> CriterionResult:
    quotes = [quote for quote in dict.fromkeys(given.evidence[:_MOST_QUOTES]) if quote.strip()]
    found = [(quote, haystack.find(quote)) for quote in quotes]
    missing = tuple(quote for quote, evidence in found if evidence is None)
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


def complaint(job: Job, questions: Questions, answered: Answered) -> str:
    """What to tell the judge about its reply: invalid fields, or quotes that are not in the response; '' if nothing."""
    if answered.reply is None:
        return f"Your reply does not fit the schema: {answered.problem}. Answer again, in the schema, completely."
    results = verified(job, questions, answered.reply)
    ids = {name: constraint.id for name, constraint in questions.constraints}
    faults = []
    for name, _ in questions.asked:
        result = results[ids.get(name, name)]
        if result.status != "unsupported":
            continue
        if result.unsupported:
            shown = "; ".join(repr(quote[:_SHOWN]) for quote in result.unsupported)
            faults.append(f"- {name}: not in the response under judgement: {shown}")
        else:
            faults.append(f"- {name}: the answer {result.answer!r} needs a quote from the response, and there is none")
    if not faults:
        return ""
    listed = "\n".join(faults)
    return (
        f"Some evidence cannot be verified:\n{listed}\n"
        "Answer all questions again. Copy each quote word for word from the response under judgement (not from the "
        "prompt, not from your memory), or answer cannot_tell."
    )
