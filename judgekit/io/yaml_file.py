"""YAML files as plain data with the line of every key, and with one-line errors that say the cure.

What is read is a small, safe part of YAML: texts, numbers, truth values, lists and keyed values. What is not what it
looks like (dates, 1:30 as a number, `no` as a truth value, tags, two documents) is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import Reader

from judgekit.errors import UserError
from judgekit.io.yaml_nodes import EMPTY, FileError, Loc, Node, Problem, Step, editor_lines, line_numbers, read_nodes
from judgekit.io.yaml_scalars import short

MAX_BYTES = 32 * 1024 * 1024
"""The largest file that is read."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The data of a file and where each part of it stands."""

    path: Path
    """The file."""
    data: dict[Any, Any]
    """The keys and values at its top level."""
    root: Node
    """The same with lines."""
    text: str
    """The file as it is written."""
    problems: tuple[Problem, ...] = ()
    """What YAML reads otherwise than it looks; `load_yaml` raises the first."""

    def walk(self, loc: Sequence[Step]) -> tuple[Loc, int, Node]:
        """Path, line and value at a path; steps that the file does not have are passed over."""
        node, line, kept = self.root, self.root.line, []
        for step in loc:
            if step in node.children:
                line = node.key_lines[step]
                node = node.children[step]
                kept.append(step)
        return tuple(kept), line, node

    def line_of(self, loc: Sequence[Step]) -> int:
        """The line, from 1, of the key or list item at a path, or of the nearest one around it."""
        return self.walk(loc)[1]

    def scalars(self) -> Iterator[tuple[Loc, Node]]:
        """Every text, number and truth value with its path, in file order."""
        todo: list[tuple[Loc, Node]] = [((), self.root)]
        while todo:
            loc, node = todo.pop()
            if node.text is not None:
                yield loc, node
            todo.extend(((*loc, step), child) for step, child in reversed(node.children.items()))


def load_yaml(path: str | Path) -> YamlFile:
    """The data of a YAML file whose top level is keys and values.

    Raises:
        UserError: the file cannot be read, is not such a file, or holds what YAML reads otherwise than it looks;
            the message names file, line, key and cure.
    """
    file = read_yaml(path)
    if file.problems:
        raise FileError(path, file.problems[0], len(file.problems) - 1)
    return file


def read_yaml(path: str | Path) -> YamlFile:
    """As `load_yaml`, but misleading values are listed in `problems`, for whoever wants all of them.

    Raises:
        UserError: the file cannot be read, or is not such a file.
    """
    text = file_text(Path(path))
    root, problems = parse_yaml(path, text)
    if root.value is None:
        raise FileError(path, Problem(1, "", EMPTY))
    if not isinstance(root.value, dict):
        came = "a list" if isinstance(root.value, list) else f"`{short(root.text or '')}`"
        wanted = "wanted keys at the top level, such as `judgekit: rubric/1` or `judgekit: questions/1`"
        raise FileError(path, Problem(root.line, "", f"{wanted}; came {came}"))
    return YamlFile(Path(path), root.value, root, text, tuple(sorted(problems)))


def parse_yaml(path: object, text: str) -> tuple[Node, list[Problem]]:
    """The one document of a text, whatever it holds, and the misleading values in it.

    Raises:
        UserError: it is not YAML, or beyond the limits.
    """
    try:
        return read_nodes(path, text)
    except yaml.YAMLError as error:
        line, message = _syntax(error, text)
        raise FileError(path, Problem(line, "", message)) from error


def file_text(path: Path) -> str:
    """The file's text.

    Raises:
        UserError: it is missing, a folder, too large, or not UTF-8 text.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise UserError(f"{path} is a folder: name a YAML file in it") from None
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{str(path)!r} cannot be read: {reason}") from None
    if len(raw) > MAX_BYTES:
        raise UserError(f"{path} is larger than {MAX_BYTES // 2**20} MB: split it into several files")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileError(path, Problem(1, "", "this is UTF-16 text: save the file as UTF-8"))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The error counts from behind a byte order mark, so the line is that of the decoded part.
        line = bytes(error.object[: error.start]).count(b"\n") + 1
        wrong = f"byte 0x{error.object[error.start]:02x} is not UTF-8 text: save the file as UTF-8"
        raise FileError(path, Problem(line, "", wrong)) from None
    odd = Reader.NON_PRINTABLE.search(text)
    if odd:
        line = text.count("\n", 0, odd.start()) + 1
        raise FileError(path, Problem(line, "", f"the control character U+{ord(odd[0]):04X} stands here: remove it"))
    return text


def _syntax(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """The line of a syntax error, and what to do about it."""
    problem = str(getattr(error, "problem", None) or error)
    mark = getattr(error, "context_mark" if "end of stream" in problem else "problem_mark", None)
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    line = line_numbers(text)[line]
    source = editor_lines(text)[line - 1]
    begin = source[column : column + 1]
    if "\t" in source[: len(source) - len(source.lstrip())]:
        return line, "the line is indented with a tab: use spaces"
    if "{%" in source or "{{" in source:
        return line, "template syntax ({{ or {%) is not read, and a text that begins so needs quotes"
    if "mapping values" in problem:
        cure = 'a text with a colon and a space in it needs quotes: "a: b"'
    elif "cannot start any token" in problem and begin:
        cure = f"a text that begins with {begin} needs quotes"
    elif "escape" in problem:
        cure = "a backslash in double quotes begins an escape: write \\\\, or use single quotes"
    elif "end of stream" in problem:
        cure = "a quotation mark or bracket is not closed"
    else:
        cure = "look for a missing quotation mark, comma or bracket, and for a line indented unlike its neighbours"
    return line, f"this is not YAML ({short(problem)}): {cure}"
