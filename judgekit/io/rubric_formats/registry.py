"""The formats by name: which functions read, write and recognise them."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from judgekit.errors import UserError
from judgekit.io.rubric_formats.records import Losses
from judgekit.io.rubric_formats.source import Source
from judgekit.io.yaml_errors import did_you_mean
from judgekit.question import QuestionSet
from judgekit.rubric import Rubric


@dataclass(frozen=True, slots=True)
class Format:
    """One format of another tool."""

    name: str
    """As `--from` and `--to` call it."""
    recognises: Callable[[Source], bool]
    """Whether a file is in it, by its keys."""
    read: Callable[[Source, Losses], list[Rubric] | QuestionSet]
    """What a file holds."""
    write: Callable[[Rubric, str, Losses], str]
    """A rubric as the text of such a file."""


_MODULES = MappingProxyType(
    {
        "prometheus": ("prometheus", ""),
        "promptfoo": ("promptfoo", ""),
        "healthbench": ("healthbench", ""),
        "rar": ("rar", ""),
        "autorubric": ("autorubric", ""),
        "autoevals": ("choice_scores", "_autoevals"),
        "openai-evals": ("choice_scores", "_evals"),
        "openai-graders": ("openai_graders", ""),
        "mlflow": ("mlflow", ""),
        "petri": ("petri", ""),
        "ifeval": ("ifeval_rows", ""),
    }
)
"""Each name with its module, and what its functions' names end in where a module holds two."""


def format_names() -> tuple[str, ...]:
    """The names of all formats."""
    return tuple(_MODULES)


def get_format(name: str) -> Format:
    """The format of that name.

    Raises:
        UserError: there is none; lists those there are.
    """
    if name not in _MODULES:
        raise UserError(f"there is no format {name!r}{did_you_mean(name, _MODULES)}")
    module_name, ending = _MODULES[name]
    module = importlib.import_module(f"{__package__}.{module_name}")
    return Format(name, *(getattr(module, f"{verb}{ending}") for verb in ("recognises", "read", "write")))


def sniff_format(source: Source) -> Format:
    """The format that a file is in, by its keys; never a guess.

    Raises:
        UserError: none or several of them fit, or the file is a rubric or a question file of judgekit's own.
    """
    if isinstance(source.data, dict) and "judgekit" in source.data:
        source.stop(("judgekit",), "this is a file of judgekit's own already: there is nothing to import")
    found = [one for one in map(get_format, _MODULES) if one.recognises(source)]
    if len(found) != 1:
        named = " and ".join(one.name for one in found) or "none of the formats"
        cure = f"say which it is with format=: {'|'.join(one.name for one in found) or '|'.join(_MODULES)}"
        source.stop((), f"the keys fit {named}: {cure}")
    return found[0]
