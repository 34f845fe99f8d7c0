"""What a check is: a name, typed parameters, and a function from text to a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

from pydantic import JsonValue, ValidationError

from judgekit.checks.parameters import ParameterInfo, Params, parameters_of
from judgekit.errors import UserError
from judgekit.noun import explain
from judgekit.verdict import CheckResult


@dataclass(frozen=True, slots=True)
class Subject:
    """What a check looks at."""

    text: str
    """The part of the response that `target` names."""
    target: str = "response"
    """Which part that is."""
    prompt: str = ""
    """The prompt that the response answers, where it is known."""


@dataclass(frozen=True, slots=True)
class CheckInfo:
    """A check, for people."""

    name: str
    """As it is written in rubrics and question files."""
    summary: str
    """What it finds out, in a sentence."""
    params: tuple[ParameterInfo, ...]
    """What it takes, `target` last."""
    source: str = "judgekit"
    """The distribution that brings it."""


class AnyCheck(Protocol):
    """What the registry hands out: a check of judgekit's own, or one from a plug-in."""

    @property
    def info(self) -> CheckInfo:
        """What it is."""
        ...

    def read(self, params: Mapping[str, Any]) -> Any:
        """The parameters, validated; raises UserError."""
        ...

    def decide(self, subject: Subject, params: Any) -> CheckResult:
        """The result for one text."""
        ...


P = TypeVar("P", bound=Params)


@dataclass(frozen=True, slots=True)
class Check(Generic[P]):
    """A check of judgekit's own."""

    name: str
    """As it is written in rubrics and question files."""
    summary: str
    """What it finds out, in a sentence."""
    params: type[P]
    """The model of its parameters."""
    run: Callable[[Subject, P], CheckResult]
    """From the text and the parameters to the result; raises nothing but RecursionError and MemoryError."""

    @property
    def info(self) -> CheckInfo:
        """What it is, for people."""
        return CheckInfo(self.name, self.summary, parameters_of(self.params))

    def read(self, params: Mapping[str, Any]) -> P:
        """The parameters, validated.

        Raises:
            UserError: one is unknown, missing or wrong.
        """
        refuse_unknown(self.info, params)
        try:
            return self.params.model_validate(dict(params))
        except ValidationError as error:
            raise wrong_params(self.name, error) from error

    def decide(self, subject: Subject, params: P) -> CheckResult:
        """The result for one text."""
        return self.run(subject, params)


def refuse_unknown(info: CheckInfo, params: Mapping[str, Any]) -> None:
    """Raise UserError where a parameter is unknown or a required one is missing."""
    known = [parameter.name for parameter in info.params]
    for name in params:
        if name not in known:
            knows = f"it knows: {', '.join(known)}" if known else "it takes none"
            raise UserError(f"check {info.name} has no parameter {name!r}; {knows}")
    for parameter in info.params:
        if parameter.required and parameter.name not in params:
            raise UserError(f"check {info.name} needs the parameter {parameter.name!r}: {parameter.about}")


def wrong_params(name: str, error: ValidationError) -> UserError:
    """The error to raise where parameters of a check are wrong."""
    return UserError(f"check {name}: {explain(error).removeprefix('the record: ')}")


def decided(ok: bool, measured: JsonValue = None, expected: JsonValue = None, detail: str = "") -> CheckResult:
    """The result pass or fail, with what was measured and wanted."""
    return CheckResult(result="pass" if ok else "fail", measured=measured, expected=expected, detail=detail)


def undecided(
    result: Literal["not_applicable", "error"], detail: str, measured: JsonValue = None, expected: JsonValue = None
) -> CheckResult:
    """The result of a check that found nothing to look at, or could not be made."""
    return CheckResult(result=result, measured=measured, expected=expected, detail=detail)


def excerpt(text: str, limit: int = 60) -> str:
    """The beginning of a text on one line, in quotation marks."""
    flat = " ".join(text[: 4 * limit].split())
    return repr(flat if len(flat) <= limit and len(text) <= 4 * limit else flat[: limit - 1] + "…")
