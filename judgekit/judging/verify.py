"""Whether a reply's quotes stand in the response, and what to say to a judge whose reply has faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from judgekit.judging.ask import Questions
from judgekit.judging.engines import Answered
from judgekit.judging.evidence import Haystack
from judgekit.judging.invention import Prompt
from judgekit.judging.job import Job
from judgekit.judging.schema import CriterionReply, Reply
from judgekit.judging.turns import listed
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
    questions: Questions | None = None
    """What was asked; None without a reply."""

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
    prompt = Prompt(job)
    results = {}
    for name, criterion in questions.asked:
        about = None if questions.turns is None else questions.turns.places.get(name)
        stack = haystack if about is None else Haystack(job.transcript, about)
        results[name] = _verified(criterion, reply.answers[name], stack, prompt)
    return Verified(answered, reply, results, questions)


def _verified(criterion: Criterion, given: CriterionReply, haystack: Haystack, prompt: Prompt) -> CriterionResult:
    quotes = [quote for quote in dict.fromkeys(given.evidence[:_MOST_QUOTES]) if quote.strip()]
    found = [(quote, haystack.find(quote)) for quote in quotes]
    if criterion.not_in_prompt:
        found = [(quote, None if e is not None and prompt.holds(e.quote) else e) for quote, e in found]
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
    faults = "\n".join(
        _fault(name, found.results[name], _wanted_in(name, found.questions)) for name in found.unsupported
    )
    source = "the response under judgement (not from the prompt, not from your memory)"
    if found.questions is not None and found.questions.turns is not None:
        source = "the messages that the question names (not from others, not from your memory)"
    return (
        f"Some evidence cannot be verified:\n{faults}\n"
        f"Answer all questions again. Copy each quote word for word from {source}, or answer cannot_tell."
    )


def _wanted_in(name: str, questions: Questions | None) -> str:
    """Where the quotes of an answer have to stand."""
    if questions is not None and questions.turns is not None and name in questions.turns.places:
        return listed(questions.turns.places[name])
    only = questions is not None and any(asked == name and c.not_in_prompt for asked, c in questions.asked)
    return "the response under judgement" + (", or in the prompt as well" if only else "")


def _fault(name: str, result: CriterionResult, wanted_in: str) -> str:
    if not result.unsupported:
        place = "the response" if wanted_in.startswith("the response") else wanted_in
        return f"- {name}: the answer {result.answer!r} needs a quote from {place}, and there is none"
    shown = "; ".join(repr(quote[:_SHOWN]) for quote in result.unsupported)
    return f"- {name}: not in {wanted_in}: {shown}"
