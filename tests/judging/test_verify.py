"""Which answers count, and what a judge is told about those that do not."""

from __future__ import annotations

from typing import Any

import pytest

from judgekit.judging.ask import Questions, questions_of
from judgekit.judging.decide import checks_of
from judgekit.judging.engines import Answered
from judgekit.judging.job import Job
from judgekit.judging.schema import CriterionReply, Reply
from judgekit.judging.verify import Verified, complaint, verified
from judgekit.verdict import Usage
from tests.judging.made import PROMPT, RESPONSE, constraint, constraint_rubric, job_of, transcript


def answered(answers: dict[str, tuple[str, list[str]]] | None, problem: str = "") -> Answered:
    replies = {
        name: CriterionReply(evidence=quotes, reason="so", answer=answer)
        for name, (answer, quotes) in (answers or {}).items()
    }
    reply = None if answers is None else Reply(replies, 4, "e")
    return Answered(reply, problem, None, Usage(), 0.0, 0.0)


def stance_job() -> tuple[Job, Questions]:
    job = job_of(transcript())
    return job, questions_of(job, checks_of(job))


def check(**answers: tuple[str, list[str]]) -> Verified:
    usual: dict[str, tuple[str, list[str]]] = {"stance": ("disagrees", ["not right"]), "praise": ("no", [])}
    return verified(*stance_job(), answered({**usual, "tone": ("cold", []), **answers}))


THERE, PROMPTS, NOWHERE = "hides its end", "best loop", "all loops are evil"
# criterion, answer, quotes → status, quotes found, quotes not found
STATUSES: dict[str, tuple[str, str, list[str], str, int, int]] = {
    "required and there": ("stance", "agrees", [THERE], "ok", 1, 0),
    "required, none given": ("stance", "agrees", [], "unsupported", 0, 0),
    "required, only blanks given": ("stance", "agrees", ["", "  "], "unsupported", 0, 0),
    "required, nowhere": ("stance", "agrees", [NOWHERE], "unsupported", 0, 1),
    "required, from the prompt": ("stance", "agrees", [PROMPTS], "unsupported", 0, 1),
    "required, one of two": ("stance", "agrees", [THERE, NOWHERE], "unsupported", 1, 1),
    "required, too short": ("stance", "agrees", ["it"], "unsupported", 0, 1),
    "required, cannot tell": ("stance", "cannot_tell", [], "abstained", 0, 0),
    "cannot tell with a wrong quote": ("stance", "cannot_tell", [NOWHERE], "abstained", 0, 1),
    "if yes, and yes": ("praise", "yes", [THERE], "ok", 1, 0),
    "if yes, yes without one": ("praise", "yes", [], "unsupported", 0, 0),
    "if yes, and no": ("praise", "no", [], "ok", 0, 0),
    "if yes, no with a wrong quote": ("praise", "no", [NOWHERE], "ok", 0, 1),
    "none needed": ("tone", "warm", [], "ok", 0, 0),
    "none needed, one given": ("tone", "warm", [THERE], "ok", 1, 0),
    "the same twice": ("stance", "agrees", [THERE, THERE], "ok", 1, 0),
}


@pytest.mark.parametrize(
    ("criterion", "answer", "quotes", "status", "there", "missing"), STATUSES.values(), ids=STATUSES.keys()
)
def test_an_answer_counts_only_with_the_evidence_it_needs(
    criterion: str, answer: str, quotes: list[str], status: str, there: int, missing: int
) -> None:
    result = check(**{criterion: (answer, quotes)}).results[criterion]
    assert (result.status, len(result.evidence), len(result.unsupported)) == (status, there, missing)
    assert (result.answer, result.reason) == (answer, "so")
    for evidence in result.evidence:
        assert RESPONSE[evidence.start : evidence.end] == evidence.quote
        assert PROMPT not in evidence.quote


def test_quotes_beyond_twenty_are_not_looked_up_and_support_nothing() -> None:
    result = check(stance=("agrees", [THERE + " " * i for i in range(21)])).results["stance"]
    assert (result.status, len(result.evidence), result.unsupported) == ("unsupported", 20, (THERE + " " * 20,))


def test_constraints_go_by_their_own_ids() -> None:
    constraints: list[dict[str, Any]] = [constraint(name).model_dump(by_alias=True) for name in ("brief", "kind")]
    job = job_of(transcript(), constraint_rubric(), {"constraints": constraints})
    questions = questions_of(job, checks_of(job))
    found = verified(job, questions, answered({"c1": ("yes", [THERE]), "c2": ("no", [])}))
    assert {name: r.answer for name, r in found.by_id(questions).items()} == {"brief": "yes", "kind": "no"}


# Complaints


def test_nothing_is_said_about_a_reply_without_faults() -> None:
    assert complaint(check()) == ""
    assert complaint(check(stance=("cannot_tell", []), praise=("no", [NOWHERE]))) == ""


def test_each_fault_is_named_with_its_quote() -> None:
    said = complaint(check(stance=("agrees", [PROMPTS, THERE, NOWHERE]), praise=("yes", [])))
    assert said.split("\n")[1:3] == [
        f"- stance: not in the response under judgement: '{PROMPTS}'; '{NOWHERE}'",
        "- praise: the answer 'yes' needs a quote from the response, and there is none",
    ]
    assert THERE not in said


def test_a_long_quote_is_shortened_and_kept_on_its_line() -> None:
    said = complaint(check(stance=("agrees", ["x\ny" * 500])))
    assert len(said.split("\n")) == 3
    assert len(said) < 600


def test_an_invalid_reply_is_told_what_does_not_fit() -> None:
    found = verified(*stance_job(), answered(None, "stance.answer: Input should be 'agrees'"))
    assert complaint(found).startswith("Your reply does not fit the schema: stance.answer: Input should be 'agrees'.")
    assert (found.reply, found.results, found.unsupported) == (None, {}, [])
