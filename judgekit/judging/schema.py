"""The reply's shape, built from the rubric: evidence first, then the reason, then a closed answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from judgekit.rubric import CANNOT_TELL, Criterion, Rubric

_CONFIG = ConfigDict(extra="ignore", json_schema_extra={"additionalProperties": False})
_QUOTES, _QUOTE_CHARS, _REASON_CHARS = 4, 300, 400


class CriterionReply(BaseModel):
    """What the judge says about one criterion; `answer` is narrowed to the allowed answers."""

    model_config = _CONFIG
    evidence: list[str]
    reason: str
    answer: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A judge's reply, typed."""

    answers: Mapping[str, CriterionReply]
    """By the name the judge was given."""
    level: int | None
    """1..K; None where it cannot tell or was not asked."""
    explanation: str
    """The judge's summary."""


class ReplySchema:
    """The pydantic model of a reply and how to read an instance of it.

    Args:
        rubric: gives the levels.
        asked: name and criterion of every question put to the judge.
        bounded: limit the length of texts and lists. Engines that enforce a schema by grammar need it to end;
            hosted ones refuse such keywords.
        levels: the levels in the order in which the schema lists them; by default the lowest first.
    """

    def __init__(
        self,
        rubric: Rubric,
        asked: Sequence[tuple[str, Criterion]],
        *,
        bounded: bool = False,
        levels: Sequence[int] = (),
    ) -> None:
        # Field names are prefixed: a criterion may be called `copy` or `schema`, which pydantic keeps for itself.
        self._names = {f"a_{name}": name for name, _ in asked}
        fields: dict[str, Any] = {
            f"a_{name}": (_criterion_model(name, criterion, bounded), Field(alias=name)) for name, criterion in asked
        }
        about = "What decides the result, in one or two sentences."
        fields["explanation"] = (_text(bounded), Field(alias=self._free("explanation"), description=about))
        if rubric.level_from == "judge":
            choices = (*(str(level) for level in levels or sorted(rubric.levels)), CANNOT_TELL)
            fields["level"] = (_choice(choices, str), Field(alias=self._free("level")))
        self.model: type[BaseModel] = create_model("Judgement", __config__=_CONFIG, **fields)

    def _free(self, name: str) -> str:
        """The name, or another one where a criterion has it."""
        while name in self._names.values():
            name = f"overall_{name}"
        return name

    def read(self, instance: BaseModel) -> Reply:
        """The typed reply in a validated instance of the model."""
        level = getattr(instance, "level", CANNOT_TELL)
        return Reply(
            answers={name: getattr(instance, field) for field, name in self._names.items()},
            level=None if level == CANNOT_TELL else int(level),
            explanation=getattr(instance, "explanation", ""),
        )


def _text(bounded: bool) -> Any:
    return Annotated[str, Field(max_length=_REASON_CHARS)] if bounded else str


def _criterion_model(name: str, criterion: Criterion, bounded: bool) -> type[CriterionReply]:
    quote = Annotated[str, Field(max_length=_QUOTE_CHARS)] if bounded else str
    quotes = Annotated[list[quote], Field(max_length=_QUOTES)] if bounded else list[quote]  # type: ignore[valid-type]
    choices = (*criterion.answers, CANNOT_TELL)
    fields: dict[str, Any] = {
        "evidence": (quotes, Field(description="Passages of the response, word for word; empty where none applies.")),
        "reason": (_text(bounded), Field(description="One sentence.")),
        "answer": (_choice(choices, _spoken), ...),
    }
    return create_model(f"Answer_{name}", __base__=CriterionReply, **fields)


def _choice(choices: tuple[str, ...], read: Callable[[object], object]) -> Any:
    """One of the choices, which the schema lists in this order."""
    # The choices stand beside the Literal once more because typing takes Literals of the same values in another order
    # for equal: `Annotated` would hand out the one that was made first, and the schema would depend on what was.
    return Annotated[Literal[choices], BeforeValidator(read), choices]


def _spoken(value: object) -> object:
    """`true` and `false` as the yes and no that they stand for."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
