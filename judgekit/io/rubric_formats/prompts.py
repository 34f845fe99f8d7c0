"""A rubric as one prompt with closed answers, as formats that hold a prompt want it, and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from judgekit.errors import UserError
from judgekit.io.rubric_formats.make import is_number_scale
from judgekit.io.rubric_formats.texts import PROMPT, RESPONSE, TALK
from judgekit.rubric import Rubric

_TAIL = re.compile(
    r"\n\n\[Prompt\]: \(the prompt\)(?:\n\[Given [a-z0-9_]{1,64}\]: \(the input [a-z0-9_]{1,64}\)){0,100}"
    r"\n\[Response\]: \(the response\)$"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, and what each answer is worth."""

    text: str
    """The prompt, with `(the prompt)`, `(the response)` and `(the input x)` for what is filled in."""
    scores: dict[str, float]
    """The answers with their scores: points, or the place of the level between 0 and 1."""


def asked(rubric: Rubric, wanted: str) -> Asked:
    """The rubric as one question.

    Raises:
        UserError: it asks several things whose points are added, or has no levels to choose from.
    """
    if rubric.level_from == "points":
        if len(rubric.criteria) != 1:
            raise UserError(
                f"{wanted} asks one question, and {rubric.name!r} adds the points of {len(rubric.criteria)}: choose "
                "autorubric, healthbench, rar or openai-graders"
            )
        one = rubric.criteria[0]
        return Asked(_with_data(rubric, one.ask), {answer: one.points_for(answer) for answer in one.answers})
    if rubric.level_from == "constraints":
        raise UserError(
            f"the level of {rubric.name!r} is computed from the constraints of each question, which {wanted} has no "
            "words for: there is nothing to export"
        )
    top = rubric.top
    scores = {str(level): (level - 1) / (top - 1) for level in range(1, top + 1)}
    if is_number_scale(rubric):
        return Asked(_with_data(rubric, rubric.criteria[0].ask), scores)
    lines = [f"- {criterion.ask} ({' / '.join(criterion.answers)})" for criterion in rubric.criteria]
    parts = ["First answer these questions about the response:\n" + "\n".join(lines)] if lines else []
    anchors = "\n".join(f"{level}: {rubric.levels[level]}" for level in range(top, 0, -1))
    parts.append(f"Choose the number whose words fit the response best, {top} is the best:\n{anchors}")
    return Asked(_with_data(rubric, "\n\n".join(parts)), scores)


def _with_data(rubric: Rubric, text: str) -> str:
    """The text with what has to be judged below it, unless it says itself where that goes."""
    given = [f"[Given {name}]: (the input {name})" for name in rubric.inputs if f"(the input {name})" not in text]
    if RESPONSE in text and not given:
        return text
    return "\n".join([f"{text}\n\n[Prompt]: {PROMPT}", *given, f"[Response]: {RESPONSE}"])


def without_data(text: str) -> str:
    """The text without what `asked` puts below it."""
    return _TAIL.sub("", text)


def filled(text: str, rubric: Rubric, variable: Callable[[str], str], names: tuple[str, str, str]) -> str:
    """The text with template variables for what stands in parentheses.

    Args:
        text: from `asked`.
        rubric: gives the inputs.
        variable: how a variable is written.
        names: the variables for prompt, response and conversation.
    """
    places = dict(zip((PROMPT, RESPONSE, TALK), names, strict=True))
    places |= {f"(the input {name})": name for name in rubric.inputs}
    pattern = re.compile("|".join(map(re.escape, sorted(places, key=len, reverse=True))))
    return pattern.sub(lambda match: variable(places[match[0]]), text)
