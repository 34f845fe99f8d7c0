"""Rubrics by name or path: those that come with the package, those of plug-ins, and files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from judgekit.errors import UserError
from judgekit.io.yaml_errors import check_format, did_you_mean, read_record
from judgekit.io.yaml_file import YamlFile, load_yaml
from judgekit.io.yaml_nodes import FileError, Loc, Problem, editor_lines, show
from judgekit.plugins import distribution_of, load_plugin, plugin_names
from judgekit.resources import shipped
from judgekit.rubric import Rubric

_SUFFIXES = (".yaml", ".yml")
_TRANSCRIPT_KEYS = frozenset({"prompt", "response", "messages", "inputs"})


def load_rubric(name_or_path: str | Path) -> Rubric:
    """The rubric of that name, or in that file.

    Args:
        name_or_path: a name that comes with the package or a plug-in, else a YAML file.

    Raises:
        UserError: there is no such rubric, or its file is wrong; names file, line, key, what was wanted and the cure.

    >>> load_rubric("sycophancy").name
    'sycophancy'
    """
    path = find_rubric(name_or_path)
    rubric = read_rubric(load_yaml(path))
    if path != Path(name_or_path) and rubric.name != str(name_or_path):
        raise UserError(f"{path}: the rubric in it is named {rubric.name!r}: give file and rubric one name")
    return rubric


def read_rubric(file: YamlFile) -> Rubric:
    """The rubric in a file that is read.

    Raises:
        UserError: the file holds template syntax, or is not a rubric.
    """
    check_format(file, "rubric/1", "rubric")
    found = template_problems(file)
    if found:
        raise FileError(file.path, found[0], len(found) - 1)
    return read_record(file, Rubric)


def rubric_names() -> list[str]:
    """The names of all rubrics that come with the package or a plug-in, sorted.

    Raises:
        UserError: a plug-in is broken; names its distribution.
    """
    return sorted({path.stem for folder in _folders() for path in _rubric_files(folder)})


def find_rubric(name_or_path: str | Path) -> Path:
    """The file of a rubric: a shipped name first, then a plug-in's, then a path.

    Raises:
        UserError: there is none; lists the names there are.
    """
    wanted, path = str(name_or_path), Path(name_or_path)
    if isinstance(name_or_path, str) and wanted.isidentifier():
        found = next((p for folder in _folders() for p in _rubric_files(folder) if p.stem == wanted), None)
        if found is not None:
            return found
    if isinstance(name_or_path, Path) or wanted.endswith(_SUFFIXES) or "/" in wanted or "\\" in wanted:
        return path
    with suppress(OSError):  # a name too long for a file is a wrong name like any other
        if path.exists():
            return path
    cure = "write one of these, or the path of a YAML file"
    raise UserError(f"there is no rubric {wanted!r}{did_you_mean(wanted, rubric_names())} ({cure})")


def template_problems(file: YamlFile) -> list[Problem]:
    """Template syntax in the texts of a rubric, which is pure data.

    The transcripts of examples are exempt: they are what is judged, and code may well hold `{{`.
    """
    found = []
    for loc, node in file.scalars():
        mark = next((mark for mark in ("{{", "{%") if mark in (node.text or "")), None)
        if mark is None or _in_transcript(loc):
            continue
        lines = editor_lines(file.text)[node.line - 1 : node.last_line]
        line = node.line + next((i for i, text in enumerate(lines) if mark in text), 0)
        found.append(
            Problem(line, show(loc), f"template syntax {mark} is not read: a rubric is pure data; write plain text")
        )
    return found


def _in_transcript(loc: Loc) -> bool:
    return len(loc) > 2 and loc[0] == "examples" and loc[2] in _TRANSCRIPT_KEYS


def _folders() -> Iterator[Path]:
    yield shipped("rubrics")
    for name in plugin_names("judgekit.rubrics"):
        yield _plugin_folder(name)


def _rubric_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES) if folder.is_dir() else []


def _plugin_folder(name: str) -> Path:
    """The folder that a plug-in offers: a path, a package, or what a function returns."""
    offered: Any = load_plugin("judgekit.rubrics", name)
    wrong = f"the plug-in {name!r} (judgekit.rubrics) of distribution {distribution_of('judgekit.rubrics', name)!r}"
    if callable(offered):
        try:
            offered = offered()
        except Exception as error:  # a plug-in may raise anything
            raise UserError(f"{wrong} fails: {type(error).__name__}: {error}; update or uninstall it") from error
    if isinstance(offered, ModuleType):
        offered = (
            Path(offered.__file__).parent if offered.__file__ else next(iter(getattr(offered, "__path__", [])), None)
        )
    if not isinstance(offered, str | Path) or not Path(offered).is_dir():
        raise UserError(f"{wrong} offers no folder: wanted the path of a folder of rubrics; came {offered!r}")
    return Path(offered)
