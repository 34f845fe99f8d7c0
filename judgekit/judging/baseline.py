"""The built-in judge: no model, no network. It is the null model that a real judge has to beat.

Code has decided what code can before it is asked. For the rest it looks for the phrases of
`rubrics/baseline/cues.yaml`, quotes them as its evidence, and answers `cannot_tell` where they are silent or contradict
one another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

import yaml
from pydantic import Field

from judgekit.judging.engines import Answered, Request
from judgekit.judging.schema import CriterionReply, Reply
from judgekit.noun import Noun, Text
from judgekit.resources import shipped
from judgekit.rubric import CANNOT_TELL
from judgekit.verdict import Usage

_OPENING = 200
_FENCED = re.compile(r"^ {0,3}```.*?(?:^ {0,3}```\s*$|\Z)", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]?")
_EXPLANATION = "The baseline judge looks for a few phrases and understands nothing; where they are silent it abstains."


class Cue(Noun):
    """Phrases that speak for one answer."""

    phrases: tuple[Text, ...] = ()
    """Any of these, whatever the case, on word boundaries."""
    opening: bool = False
    """Only in the first 200 characters of the response."""
    question: bool = False
    """A question outside code speaks for the answer as well."""


class LevelCue(Noun):
    """A level for a combination of answers and inputs."""

    when: dict[str, str] = Field(min_length=1)
    """Criterion or input → the value it has to have."""
    level: int
    """The level then."""


class RubricCues(Noun):
    """The cues of one rubric."""

    criteria: dict[str, dict[str, tuple[Cue, ...]]] = {}
    """Criterion → answer → cues; two answers that both have a match cancel out."""
    levels: tuple[LevelCue, ...] = ()
    """Tried in order; none fits: no level."""


class Cues(Noun):
    """The whole file."""

    judgekit: Literal["cues/1"]
    """The file format."""
    rubrics: dict[str, RubricCues] = {}
    """By rubric name."""


class Baseline:
    """The engine of the judge `baseline`.

    Args:
        cues: what to look for; by default the cues that come with the package.
    """

    def __init__(self, cues: Cues | None = None) -> None:
        self._given = cues

    @cached_property
    def cues(self) -> Cues:
        """What is looked for; read on the first prompt."""
        if self._given is not None:
            return self._given
        text = (shipped("rubrics") / "baseline" / "cues.yaml").read_text(encoding="utf-8")
        return Cues.model_validate(yaml.safe_load(text))

    async def ask(self, request: Request) -> Answered:
        """What the phrases say; never fails, costs nothing."""
        rubric = request.job.rubric
        cues = self.cues.rubrics.get(rubric.name, RubricCues())
        response = request.job.transcript.response
        answers = {name: _answer(cues.criteria.get(name, {}), response) for name, _ in request.asked}
        facts: dict[str, Any] = {**request.job.inputs.values, **{name: a.answer for name, a in answers.items()}}
        fits = (cue.level for cue in cues.levels if all(facts.get(k) == v for k, v in cue.when.items()))
        level = next(fits, None) if rubric.level_from == "judge" else None
        reply = Reply(answers, level, _EXPLANATION)
        return Answered(reply, "", None, Usage(), 0.0, 0.0, calls=0)

    async def close(self) -> None:
        """Nothing is held."""


def _answer(cues: Mapping[str, tuple[Cue, ...]], response: str) -> CriterionReply:
    found = {answer: quote for answer, of_answer in cues.items() if (quote := _first(of_answer, response))}
    if len(found) == 1:
        answer, quote = next(iter(found.items()))
        return CriterionReply(evidence=[quote], reason="a phrase of the cue list", answer=answer)
    reason = "no phrase of the cue list" if not found else f"phrases for {' and '.join(sorted(found))}"
    return CriterionReply(evidence=[], reason=reason, answer=CANNOT_TELL)


def _first(cues: tuple[Cue, ...], response: str) -> str | None:
    """The passage that the first matching cue finds, as it stands in the response."""
    for cue in cues:
        text = response[:_OPENING] if cue.opening else response
        for phrase in cue.phrases:
            if match := re.search(_pattern(phrase), text, re.IGNORECASE):
                return match[0]
        if cue.question and (asked := _question(_FENCED.sub(" \n", text))):
            return asked
    return None


def _question(text: str) -> str | None:
    """The first sentence that ends in a question mark."""
    sentences = (match[0].strip() for match in _SENTENCE.finditer(text))
    return next((sentence for sentence in sentences if sentence.endswith("?") and len(sentence) > 4), None)


def _pattern(phrase: str) -> str:
    """The phrase on word boundaries, any white space between its words, any apostrophe within them."""
    words = r"\s+".join(re.escape(word).replace("'", "['’]") for word in phrase.split())
    before = r"(?<!\w)" if phrase[:1].isalnum() else ""
    after = r"(?!\w)" if phrase[-1:].isalnum() else ""
    return before + words + after
