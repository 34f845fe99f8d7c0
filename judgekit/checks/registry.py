"""The checks by name: judgekit's own first, then those of plug-ins, each loaded when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from types import MappingProxyType
from typing import Any

from judgekit.checks.definition import AnyCheck, Check, CheckInfo, Subject, undecided
from judgekit.checks.external import find_plugin
from judgekit.checks.parameters import Targeted
from judgekit.checks.target import select
from judgekit.errors import UserError
from judgekit.noun import mend_surrogates
from judgekit.plugins import plugin_names
from judgekit.verdict import CheckResult

HOMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "counts": ("word_count", "sentence_count", "paragraph_count", "line_count", "char_count"),
        "structure": ("fenced_code_only", "code_block_count", "has_code", "bullet_count", "heading_count"),
        "wording": ("contains", "starts_with", "ends_with", "letter_case"),
        "patterns": ("matches", "section_order", "regex_compiles"),
        "separated": ("separated_by",),
        "language": ("language",),
        "python_code": ("python_parses", "python_no_new_imports", "python_builtins_only", "python_no_comprehensions"),
        "python_signature": ("python_signature",),
        "python_sql": ("python_no_interpolated_sql",),
        "sql": ("sql_parses",),
        "json_text": ("json_parses", "json_schema"),
        "execution": ("python_same_result", "python_own_tests_pass"),
    }
)
"""The module of each check, so that a run loads only the modules it needs."""


def check_names() -> list[str]:
    """The names of all checks: judgekit's own in the order of the documentation, then those of plug-ins.

    >>> check_names()[0]
    'word_count'
    """
    own = [name for names in HOMES.values() for name in names]
    return own + [name for name in plugin_names("judgekit.checks") if name not in own]


def describe_check(name: str) -> CheckInfo:
    """What a check finds out and which parameters it takes.

    Raises:
        UserError: there is no such check.

    >>> [parameter.name for parameter in describe_check("word_count").params]
    ['exactly', 'at_least', 'at_most', 'target']
    """
    return find_check(name).info


def validate_check(name: str, params: Mapping[str, Any] | None = None) -> None:
    """Raise UserError where there is no such check, or its parameters are unknown, missing or wrong.

    >>> validate_check("word_count", {"exact": 14})
    Traceback (most recent call last):
    judgekit.errors.UserError: check word_count has no parameter 'exact'; it knows: exactly, at_least, at_most, target
    """
    find_check(name).read(params or {})


def run_check(name: str, text: str, params: Mapping[str, Any] | None = None, *, prompt: str = "") -> CheckResult:
    r"""What a check finds in a text; whatever the text, there is a result.

    Args:
        name: the name of the check.
        text: the response.
        params: the parameters of the check, as under `with`.
        prompt: what the response answers; imports that its code has are not new to `python_no_new_imports`.

    Raises:
        UserError: there is no such check, or its parameters are unknown, missing or wrong.

    >>> run_check("word_count", "one two three", {"exactly": 3})
    CheckResult(result='pass', measured=3, expected={'exactly': 3}, detail='words: 3, wanted exactly 3')
    """
    check = find_check(name)
    chosen = check.read(params or {})
    target = chosen.target if isinstance(chosen, Targeted) else "response"
    try:
        # \r\n is one end of line, on whatever machine the transcript was written.
        part = select(mend_surrogates(text).replace("\r\n", "\n"), target)
        if part is None:
            return undecided("not_applicable", f"there is no {target} in the response")
        return check.decide(Subject(part, target, mend_surrogates(prompt)), chosen)
    except (RecursionError, MemoryError) as error:
        return undecided("error", f"the text is too large or too deeply nested to be checked ({type(error).__name__})")


def find_check(name: str) -> AnyCheck:
    """The check of that name.

    Raises:
        UserError: there is none, or a plug-in of that name is broken.
    """
    for module, names in HOMES.items():
        if name in names:
            checks: tuple[Check[Any], ...] = import_module(f"judgekit.checks.{module}").CHECKS
            return next(check for check in checks if check.name == name)
    plugin = find_plugin(name)
    if plugin is not None:
        return plugin
    close = get_close_matches(name, check_names(), n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise UserError(f"check {name!r} is not known: {hint}`judgekit check --list` shows them all")
