"""A pydantic model as a rubric: what its fields ask, and how the answers come back."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, IntEnum
from typing import Any, Literal, Optional

import pytest
from pydantic import BaseModel, Field, field_validator

from judgekit.errors import UserError
from judgekit.judging.typed import rubric_of
from tests.judging.made import INPUTS, judge_at, reply, said, stance_rubric, transcript
from tests.servers.openai_server import Fault, OpenAIServer


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


class Tone(Enum):
    """How it sounds."""

    WARM = "warm"
    COLD = "cold"


class Answers(BaseModel):
    """Three closed questions."""

    refuses: bool = Field(description="Does it refuse?")
    stance: Literal["agrees", "disagrees"] = Field(json_schema_extra={"evidence": "required"})
    tone: Tone | None = None


def test_fields_become_criteria() -> None:
    rubric = rubric_of(Answers)
    assert (rubric.name, rubric.title, rubric.level_from) == ("answers", "Answers", "points")
    asked = [(c.id, c.ask, c.answers, c.evidence, c.points) for c in rubric.criteria]
    assert asked == [
        ("refuses", "Does it refuse?", ("yes", "no"), "if_yes", None),
        ("stance", "Stance?", ("agrees", "disagrees"), "required", None),
        ("tone", "Tone?", ("warm", "cold"), "none", None),
    ]


def test_the_name_of_the_model_is_the_name_of_the_rubric() -> None:
    class My__Model2(BaseModel):  # noqa: N801
        kind: bool

    assert rubric_of(My__Model2).name == "my_model2"


class OldOptional(BaseModel):
    """`Optional` as it was written before."""

    kind: Optional[bool]  # noqa: UP045


def test_optional_may_be_written_either_way() -> None:
    assert rubric_of(OldOptional).criteria[0].answers == ("yes", "no")


class WithText(BaseModel):
    """A free text."""

    note: str


class WithNumbers(BaseModel):
    """A Literal of numbers."""

    level: Literal[1, 2]


class Stars(IntEnum):
    """Numbers."""

    ONE = 1
    TWO = 2


class WithNumberEnum(BaseModel):
    """An Enum of numbers."""

    level: Stars


class WithUnion(BaseModel):
    """Two types at once."""

    both: bool | Literal["perhaps"]


class WithOneAnswer(BaseModel):
    """No choice at all."""

    only: Literal["yes"]


class WithCannotTell(BaseModel):
    """The answer that is always allowed."""

    kind: Literal["yes", "no", "cannot_tell"]


class WithCapitals(BaseModel):
    """A name that is not snake_case."""

    isKind: bool  # noqa: N815


class WithOddEvidence(BaseModel):
    """Evidence that there is not."""

    kind: bool = Field(json_schema_extra={"evidence": "always"})


class Empty(BaseModel):
    """Nothing."""


WRONG: dict[str, tuple[type[BaseModel], str]] = {
    "text": (WithText, r"WithText\.note: wanted bool, Literal of texts or Enum of texts; came <class 'str'>"),
    "numbers": (WithNumbers, r"WithNumbers\.level: wanted bool"),
    "Enum of numbers": (WithNumberEnum, r"WithNumberEnum\.level: wanted bool"),
    "union": (WithUnion, r"WithUnion\.both: wanted bool"),
    "one answer": (WithOneAnswer, r"WithOneAnswer\.only cannot be a criterion: answers: "),
    "cannot_tell": (WithCannotTell, r"WithCannotTell\.kind cannot be a criterion: .*cannot_tell is always allowed"),
    "capitals": (WithCapitals, r"WithCapitals\.isKind cannot be a criterion: id: "),
    "evidence": (WithOddEvidence, r"WithOddEvidence\.kind cannot be a criterion: evidence: "),
    "empty": (Empty, "Empty has no fields; each field is one criterion"),
}


@pytest.mark.parametrize(("model", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_field_that_is_no_closed_question_is_a_user_error(model: type[BaseModel], message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        rubric_of(model)
    assert "\n" not in str(caught.value)


class View(BaseModel):
    """A part of the criteria of a rubric."""

    stance: Literal["agrees", "disagrees", "something_else"]
    praise: bool


class NotThere(BaseModel):
    """A criterion that the rubric does not have."""

    mood: bool


class TooNarrow(BaseModel):
    """An answer less than the rubric allows."""

    tone: Literal["warm", "hot"]


def test_a_model_may_be_a_view_of_a_rubric() -> None:
    rubric = stance_rubric()
    assert rubric_of(View, rubric) is rubric
    with pytest.raises(UserError, match=r"NotThere\.mood: rubric stance_of_answer has no such criterion; it has \["):
        rubric_of(NotThere, rubric)
    with pytest.raises(UserError, match=r"TooNarrow\.tone: the type lacks the answers \['cold'\] of stance_of_answer"):
        rubric_of(TooNarrow, rubric)


# Through the judge


def answer(**answers: dict[str, Any]) -> dict[str, Any]:
    usual = {"refuses": said("no"), "stance": said("disagrees", "not right"), "tone": said("warm")}
    return {**usual, **answers, "explanation": "e"}


def test_answers_come_back_as_the_model(server: OpenAIServer) -> None:
    server.script([answer(refuses=said("yes", "not right"))])
    with judge_at(server) as judge:
        got = judge.score_as(transcript(), Answers)
    assert got.answers == Answers(refuses=True, stance="disagrees", tone=Tone.WARM)
    assert isinstance(got.answers, Answers)
    # Nobody said which answer is the good one: there are answers, and no score.
    assert (got.verdict.status, got.verdict.score) == ("abstained", None)
    assert got.verdict.explanation.endswith("No criterion earns points: only the answers count.")
    assert got.verdict.criteria["stance"].evidence[0].quote == "not right"


class Graded(BaseModel):
    """Closed questions whose good answers are named."""

    insults: bool = Field(json_schema_extra={"points": {"no": 1}})
    helps: bool = Field(json_schema_extra={"points": 3})


def test_points_say_which_answer_is_good(server: OpenAIServer) -> None:
    server.script([{"insults": said("no"), "helps": said("no"), "explanation": "e"}])
    with judge_at(server) as judge:
        got = judge.score_as(transcript(), Graded)
    # 1 of the 1 + 3 points that can be earned
    assert (got.verdict.status, got.verdict.score) == ("scored", 0.25)
    assert got.answers == Graded(insults=False, helps=False)


OPEN: dict[str, tuple[dict[str, Any], Answers | None]] = {
    "cannot tell, optional": (
        {"tone": said("cannot_tell")},
        Answers(refuses=False, stance="disagrees", tone=None),
    ),
    "cannot tell, needed": ({"refuses": said("cannot_tell")}, None),
    "unsupported": ({"stance": said("agrees", "nowhere to be found")}, None),
}


@pytest.mark.parametrize(("changes", "wanted"), OPEN.values(), ids=OPEN.keys())
def test_an_answer_that_does_not_count_is_none_or_no_instance(
    server: OpenAIServer, changes: dict[str, Any], wanted: Answers | None
) -> None:
    server.script([answer(**changes)] * 2)
    with judge_at(server) as judge:
        assert judge.score_as(transcript(), Answers).answers == wanted


class OnlyOptional(BaseModel):
    """Every answer may be missing."""

    kind: bool | None


def test_a_failure_has_no_answers(server: OpenAIServer) -> None:
    server.script([Fault("refusal")] * 2)
    with judge_at(server) as judge:
        for model in (Answers, OnlyOptional):
            got = judge.score_as(transcript(), model)
            assert (got.verdict.status, got.answers) == ("failed", None)


def test_a_view_of_a_rubric_is_filled_from_its_verdict(server: OpenAIServer) -> None:
    server.script([reply(level="5")])
    with judge_at(server) as judge:
        got = judge.score_as(transcript(), View, rubric=stance_rubric(), inputs=INPUTS)
    assert got.answers == View(stance="disagrees", praise=False)
    assert (got.verdict.level, got.verdict.rubric) == (5, "stance_of_answer")


class Aliased(BaseModel):
    """A field that is filled by another name."""

    kind: bool = Field(alias="isKind")


class Picky(BaseModel):
    """A model with a will of its own."""

    kind: bool

    @field_validator("kind")
    @classmethod
    def _never(cls, value: bool) -> bool:
        raise ValueError("not this one")


def test_aliases_are_used(server: OpenAIServer) -> None:
    server.script([{"kind": said("yes", "not right"), "explanation": "e"}])
    with judge_at(server) as judge:
        got = judge.score_as(transcript(), Aliased)
    assert got.answers is not None
    assert got.answers.kind is True


def test_a_model_that_refuses_the_answers_is_a_user_error(server: OpenAIServer) -> None:
    server.script([{"kind": said("yes", "not right"), "explanation": "e"}])
    with judge_at(server) as judge, pytest.raises(UserError, match="Picky refuses the judge's answers: kind: not this"):
        judge.score_as(transcript(), Picky)
