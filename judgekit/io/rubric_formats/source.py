"""A foreign file as plain data with the line of every key: YAML, JSON, JSON Lines or text, told by content."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from judgekit.io.rubric_formats.json_nodes import read_json_nodes
from judgekit.io.rubric_formats.records import Losses
from judgekit.io.source import open_inputs
from judgekit.io.yaml_errors import read_record
from judgekit.io.yaml_file import YamlFile, file_text, parse_yaml
from judgekit.io.yaml_nodes import FileError, Loc, Node, Problem, show

_YAML = (".yaml", ".yml")


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A number, and neither a text that looks like one nor a truth value."""


class Foreign(BaseModel):
    """A record of another tool: keys that are not used here are kept apart, so that they can be listed."""

    model_config = ConfigDict(extra="allow", frozen=True, protected_namespaces=())


Record = TypeVar("Record", bound=Foreign)


@dataclass(frozen=True, slots=True)
class Source:
    """A foreign file that is read."""

    file: YamlFile
    """Its data with lines."""
    stem: str
    """The file's name without suffix, for the name of a rubric that has none."""

    @property
    def data(self) -> Any:
        """The value at the top: keys with values, a list, or a text."""
        return self.file.data

    def record(self, model: type[Record], loc: Loc, losses: Losses, why: str = "there is no place for it") -> Record:
        """The part at a path as a typed record; keys that it does not know are listed.

        Raises:
            FileError: it is not such a record; names line, key, what was wanted and what came.
        """
        record = read_record(self.file, model, self.at(loc), loc)
        for key in record.model_extra or {}:
            losses.add((*loc, key), why)
        return record

    def at(self, loc: Loc) -> Any:
        """The plain value at a path that exists."""
        value = self.data
        for step in loc:
            value = value[step]
        return value

    def items(self, loc: Loc, what: str) -> Iterator[tuple[Loc, dict[str, Any]]]:
        """Path and value of each item of the list at a path.

        Raises:
            FileError: there is no list, it is empty, or an item is not keys with values.
        """
        items = self.at(loc)
        if not isinstance(items, list) or not items:
            self.stop(loc, f"wanted a list of {what}; came {'an empty list' if items == [] else _kind(items)}")
        for place, item in enumerate(items):
            if not isinstance(item, dict):
                self.stop((*loc, place), f"wanted keys with values; came {_kind(item)}")
            yield (*loc, place), item

    def stop(self, loc: Loc, message: str) -> NoReturn:
        """Raises the error for a place in the file."""
        raise FileError(self.file.path, Problem(self.file.line_of(loc), show(loc), message))


def open_source(path: str | os.PathLike[str]) -> Source:
    """A foreign file, read.

    Args:
        path: the file; `-` is standard input.

    Raises:
        UserError: it is missing, too large, not text, broken, nested too deeply, or a key stands twice; names the
            line, the key and the cure.
    """
    found = open_inputs(path, what="rubrics")[0]
    text = file_text(found.path)
    stem = "imported" if os.fspath(path) == "-" else Path(found.name).stem
    return source_from_text(text, name=found.name, stem=stem)


def source_from_text(text: str, *, name: str, stem: str = "imported") -> Source:
    """The same for a text; `name` is what messages call it."""
    if not text.strip():
        raise FileError(name, Problem(1, "", "the file is empty: wanted a rubric"))
    problems: list[Problem] = []
    if is_score_text(text):
        root = Node(1, text, text)
    elif text.lstrip()[0] in "{[" and not name.endswith(_YAML):
        root, problems = read_json_nodes(name, text)
    else:
        root, problems = parse_yaml(name, text)
    if problems:
        raise FileError(name, sorted(problems)[0], len(problems) - 1)
    return Source(YamlFile(Path(name), root.value, root, text), stem)


def is_score_text(text: str) -> bool:
    """Whether a text is a rubric as Prometheus prints it: a line in brackets, then `Score 1: …`."""
    lines = [line.strip() for line in text.strip()[:200_000].split("\n", 2)]
    return len(lines) > 1 and lines[0][:1] == "[" and lines[0][-1:] == "]" and lines[1].startswith("Score 1:")


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    return {dict: "keys with values", list: "a list", str: "a text", bool: "a truth value"}.get(type(value), "a number")


def has(value: object, *keys: str) -> bool:
    """Whether a value has all these keys."""
    return isinstance(value, dict) and all(key in value for key in keys)


def first(value: object) -> object:
    """The first item of a list, else None."""
    return value[0] if isinstance(value, list) and value else None


def join_texts(values: Sequence[str]) -> str:
    """Several texts as paragraphs of one."""
    return "\n\n".join(value.strip() for value in values if value.strip())
