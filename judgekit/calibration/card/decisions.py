"""The decisions that a card is made for, each with the sentence that answers it."""

from __future__ import annotations

import math
from typing import Literal

from judgekit.calibration.card.noun import Decision
from judgekit.calibration.card.parts import (
    AgreementPart,
    BiasPart,
    CeilingPart,
    CorrectedPart,
    HealthPart,
    JuryPart,
    NextPart,
    ReplacementPart,
    SelectivePart,
)
from judgekit.calibration.card.words import spoken, turned
from judgekit.calibration.names import statistic

Answer = Literal["yes", "no", "number", "unknown"]


def decisions(
    health: HealthPart,
    agreement: AgreementPart,
    replacement: ReplacementPart,
    ceiling: CeilingPart,
    biases: BiasPart,
    corrected: CorrectedPart,
    selective: SelectivePart,
    next_labels: NextPart,
    jury: JuryPart,
) -> tuple[Decision, ...]:
    """The answers, in the order in which people ask."""
    found = [_data(health)]
    head = agreement.headline
    told = head is not None and not math.isnan(head.value)
    found.append(
        _one(
            "How far does the judge agree with the labels?",
            "number" if told else "unknown",
            agreement.says,
            "agreement",
        )
    )
    found.append(_replace(replacement, ceiling))
    found += _better(jury)
    refused = corrected.estimate is None
    said = corrected.says or _lacking("The true mean cannot be said", corrected.missing)
    found.append(_one("What is the true result?", "unknown" if refused else "number", said, "corrected"))
    found.append(_favours(biases))
    if selective.says:
        stands = not math.isnan(selective.escalation)
        found.append(
            _one("May some verdicts stand without a person?", "yes" if stands else "no", selective.says, "selective")
        )
    found.append(
        _one(
            "Is there more to label, and what first?",
            "yes" if next_labels.chosen else "no",
            next_labels.says,
            "next_labels",
        )
    )
    found.append(_changed(biases))
    return tuple(found)


def _one(question: str, answer: Answer, sentence: str, part: str) -> Decision:
    return Decision(question=question, answer=answer, sentence=sentence, part=part)


def _lacking(said: str, missing: str) -> str:
    return f"{said}: {missing}." if missing else f"{said}."


def _data(health: HealthPart) -> Decision:
    bad = any(one.severity == "error" for one in health.findings)
    return _one("May the data be trusted?", "no" if bad else "yes", health.says, "health")


def _replace(part: ReplacementPart, ceiling: CeilingPart) -> Decision:
    question = "May the judge replace people?"
    if not part.says:
        return _one(
            question,
            "unknown",
            _lacking("Whether the judge may replace people cannot be told", part.missing),
            "replacement",
        )
    answer: Answer = "unknown" if part.answer == "not enough labels" else part.answer
    said, compared = part.says, ceiling.leave_one_out
    if answer == "yes" and compared is not None and compared.difference.high < 0.0 < compared.human.value:
        said = (
            f"{said.rstrip('.')}. It agrees less than a person does all the same ({spoken(compared.judge)} beside "
            f"{spoken(compared.human)}, {statistic(ceiling.measure)}): the yes rests on the margin."
        )
    return _one(question, answer, said, "replacement")


def _better(part: JuryPart) -> list[Decision]:
    """This judge against each other one."""
    found = []
    for row in part.judges[1:]:
        gap = row.card_minus
        if gap is None:
            continue
        answer: Answer = "unknown"
        said = f"whether it is right more often than {row.judge} cannot be told: the difference is {spoken(gap)}"
        if gap.low > 0.0:
            answer, said = "yes", f"it is right more often than {row.judge}, by {spoken(gap)}"
        elif gap.high < 0.0:
            answer, said = "no", f"it is right less often than {row.judge}, by {spoken(turned(gap))}"
        found.append(_one(f"Is this judge better than {row.judge}?", answer, f"{said[:1].upper()}{said[1:]}.", "jury"))
    return found


def _favours(part: BiasPart) -> Decision:
    looked = [one for one in part.rows if one.name not in ("drift", "changed")]
    answer: Answer = "unknown"
    if any(one.verdict == "biased" for one in looked):
        answer = "yes"
    elif looked and all(one.verdict == "negligible" for one in looked):
        answer = "no"
    return _one("Does the judge favour anything?", answer, part.says, "biases")


def _changed(part: BiasPart) -> Decision:
    question = "Has the judge changed?"
    row = next((one for one in part.rows if one.name in ("drift", "changed")), None)
    if row is None:
        said = "Whether the judge has changed cannot be told: an earlier run on the same transcripts is needed."
        return _one(question, "unknown", said, "biases")
    answer: Answer = "unknown" if row.verdict == "undefined" else "yes" if row.verdict == "biased" else "no"
    others = " ".join(one.says for one in part.rows if one.name in ("drift", "changed"))
    return _one(question, answer, others, "biases")
