"""Checks of third parties, through the entry point group `judgekit.checks`.

A plug-in is a function from a text to a result; its parameters are the function's own, and its docstring's first line
is the summary. judgekit takes `target` off and hands over the part of the response that it names:

    # polite/checks.py
    def polite(text: str, *, words: list[str] = ["please"]) -> bool | CheckResult:
        '''Tells whether one of the polite words occurs.'''
        return any(word in text.lower() for word in words)

    # pyproject.toml
    [project.entry-points."judgekit.checks"]
    polite = "polite.checks:polite"

True is `pass` and False is `fail`; a `judgekit.verdict.CheckResult` says more. An exception becomes the result `error`.
A name of judgekit's own cannot be taken over.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from judgekit.checks.definition import CheckInfo, Subject, decided, excerpt, refuse_unknown, undecided, wrong_params
from judgekit.checks.parameters import ParameterInfo, Targeted, parameters_of
from judgekit.errors import UserError
from judgekit.plugins import distribution_of, load_plugin
from judgekit.verdict import CheckResult


class PluginParams(Targeted):
    """What a plug-in is given."""

    values: dict[str, Any]
    """Its parameters, by name."""


@dataclass(frozen=True, slots=True)
class PluginCheck:
    """A check that another distribution brings."""

    name: str
    """Its name."""
    function: Callable[..., Any]
    """From the text and the parameters to a result."""
    source: str
    """The distribution."""
    parameters: tuple[ParameterInfo, ...]
    """What it takes, `target` last."""
    takes_any: bool
    """Whether it takes parameters of any name."""

    @property
    def info(self) -> CheckInfo:
        """What it is, for people."""
        summary = (inspect.getdoc(self.function) or "No description.").partition("\n")[0]
        return CheckInfo(self.name, summary, self.parameters, self.source)

    def read(self, params: Mapping[str, Any]) -> PluginParams:
        """The parameters, names checked.

        Raises:
            UserError: one is unknown or missing.
        """
        known = {parameter.name for parameter in self.parameters}
        refuse_unknown(self.info, {k: v for k, v in params.items() if not (self.takes_any and k not in known)})
        values = {name: value for name, value in params.items() if name != "target"}
        try:
            return PluginParams.model_validate({"target": params.get("target", "response"), "values": values})
        except ValidationError as error:
            raise wrong_params(self.name, error) from error

    def decide(self, subject: Subject, params: PluginParams) -> CheckResult:
        """The result for one text; a fault of the plug-in is the result `error`."""
        try:
            found = self.function(subject.text, **params.values)
        except Exception as error:  # noqa: BLE001 - code of strangers, and one bad text must not end a run
            return undecided(
                "error", f"the plug-in of {self.source} failed: {type(error).__name__}: {str(error)[:200]}"
            )
        if isinstance(found, bool):
            return decided(found)
        if isinstance(found, CheckResult):
            return found
        return undecided("error", f"the plug-in of {self.source} gave {excerpt(repr(found))}, no bool or CheckResult")


def find_plugin(name: str) -> PluginCheck | None:
    """The plug-in's check of that name, or None where no distribution offers it.

    Raises:
        UserError: the plug-in does not load, or is no function of a text; names its distribution.
    """
    try:
        return _plugin(name)
    except LookupError:
        return None


@cache  # a run asks once a response, and a look through all distributions takes milliseconds
def _plugin(name: str) -> PluginCheck:
    function = load_plugin("judgekit.checks", name)
    if function is None:
        raise LookupError(name)  # and not None, which would be kept
    source = distribution_of("judgekit.checks", name)
    try:
        _, *own = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise UserError(
            f"the plug-in {name!r} (judgekit.checks) of distribution {source!r} is no function of a text: "
            f"{excerpt(repr(function))}; update or uninstall it"
        ) from error
    named = [p for p in own if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.name != "target"]
    return PluginCheck(
        name=name,
        function=function,
        source=source,
        parameters=(*map(_parameter, named), *parameters_of(Targeted)),
        takes_any=any(p.kind is p.VAR_KEYWORD for p in own),
    )


def _parameter(parameter: inspect.Parameter) -> ParameterInfo:
    kind = "any JSON value"
    if parameter.annotation is not parameter.empty:
        kind = inspect.formatannotation(parameter.annotation)
    if parameter.default is parameter.empty:
        return ParameterInfo(parameter.name, kind, required=True)
    default = parameter.default
    is_json = default is None or isinstance(default, str | int | float | list | dict)
    return ParameterInfo(parameter.name, kind, required=False, default=default if is_json else repr(default))
