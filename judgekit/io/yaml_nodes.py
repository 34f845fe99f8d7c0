"""A YAML document as a tree of values with their lines; depth, aliases and repeated keys bounded while it is read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml
from yaml.resolver import Resolver

from judgekit.errors import UserError
from judgekit.io.yaml_scalars import meaning, short, taken_for
from judgekit.noun import mend_surrogates

Step = str | int
Loc = tuple[Step, ...]

EMPTY = "the file is empty: wanted keys, such as `judgekit: rubric/1` or `judgekit: questions/1`"
_MAX_REPEATED = 1_000_000
_MAX_DEPTH = 40
_TAG = "tag:yaml.org,2002:"
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_EDITOR_BREAK = re.compile("\r\n|[\r\n]")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in a file."""

    line: int
    """Where, from 1."""
    key: str
    """The path of the key, `criteria[0].ask`; '' for the whole file."""
    message: str
    """What was wanted, what came, and the cure."""

    def at(self, path: object) -> str:
        """The problem as one line: `file:line: key: message`."""
        said = f"{self.key}: {self.message}" if self.key else self.message
        return f"{path}:{self.line}: {' '.join(said.split())}"


class FileError(UserError):
    """The user's file is wrong at a line; the message is `file:line: key: what and how to cure it`."""

    def __init__(self, path: object, problem: Problem, more: int = 0) -> None:
        super().__init__(problem.at(path) + (f" (and {more} more)" if more else ""))
        self.problem = problem


@dataclass(slots=True)
class Node:
    """A value with its place in the file."""

    line: int
    """Where it begins, from 1."""
    value: Any = None
    """Plain data: text, number, truth value, None, list or dict."""
    text: str | None = None
    """A scalar as it is written; None for lists and keyed values."""
    plain: bool = False
    """A scalar without quotes."""
    last_line: int = 0
    """Where a scalar ends."""
    children: dict[Step, Node] = field(default_factory=dict)
    """The parts of a list or keyed value."""
    key_lines: dict[Step, int] = field(default_factory=dict)
    """The line of each key or list item."""
    weight: int = 1
    """Characters and values, with those that aliases repeat."""


def show(loc: Iterable[Step]) -> str:
    """The path as people write it.

    >>> show(("criteria", 0, "answers", 1))
    'criteria[0].answers[1]'
    """
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc).lstrip(".")


def editor_lines(text: str) -> list[str]:
    """The lines of a text as editors and `grep -n` count them."""
    return _EDITOR_BREAK.split(text)


def line_numbers(text: str) -> list[int]:
    """For each line as YAML counts them, its number in an editor, from 1.

    YAML also ends a line at three rare characters, such as the line separator that comes with text from web pages.
    """
    numbers = [1]
    for match in _BREAK.finditer(text):
        numbers.append(numbers[-1] + (match[0] not in "\x85\u2028\u2029"))
    return [*numbers, numbers[-1]]  # the end of the file may be counted as a line of its own


def read_nodes(path: object, text: str) -> tuple[Node, list[Problem]]:
    """The one document of a text, and every value in it that YAML reads otherwise than it looks.

    Raises:
        FileError: it has no document or two, or is nested or repeated beyond the limits.
        yaml.YAMLError: it is not YAML.
    """
    builder = _Builder(path, text)
    return builder.document(), builder.problems


class _Builder:
    def __init__(self, path: object, text: str) -> None:
        self.problems: list[Problem] = []
        self._path = path
        self._lines = line_numbers(text)
        self._resolver = Resolver()
        self._anchors: dict[str, Node] = {}
        self._repeated = 0
        # libyaml is forty times as fast; the pure parser stands in where it was not built.
        self._events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))

    def document(self) -> Node:
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            self._stop(1, EMPTY)
        root = self._node(next(self._events), ())
        next(self._events)  # the end of the document
        event = next(self._events)
        if isinstance(event, yaml.DocumentStartEvent):
            self._stop(
                self._line(event), "a second document begins here (---): wanted one; put it into a file of its own"
            )
        return root

    def _stop(self, line: int, message: str, loc: Loc = ()) -> NoReturn:
        raise FileError(self._path, Problem(line, show(loc), message))

    def _node(self, event: Any, loc: Loc) -> Node:
        if len(loc) > _MAX_DEPTH:
            self._stop(self._line(event), f"values are nested more than {_MAX_DEPTH} deep")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, loc)
        if event.tag not in (None, "!", f"{_TAG}str"):
            self._stop(self._line(event), f"the tag `{short(event.tag)}` is not read: write a plain value", loc)
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event, loc)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._list(self._line(event), loc)
        else:
            node = self._keyed(self._line(event), loc)
        if event.anchor is not None:
            # Known only from its end on: an alias inside its own anchor would make an endless value.
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any, loc: Loc) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            self._stop(self._line(event), f"the alias *{short(event.anchor)} stands before the end of its anchor", loc)
        self._repeated += node.weight
        if self._repeated > _MAX_REPEATED:
            self._stop(
                self._line(event), f"aliases repeat more than {_MAX_REPEATED:,} characters: write the text out", loc
            )
        return node

    def _list(self, line: int, loc: Loc) -> Node:
        node = Node(line, [])
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            place = len(node.value)
            child = self._node(event, (*loc, place))
            node.value.append(child.value)
            self._hold(node, place, child, self._line(event))
        return node

    def _keyed(self, line: int, loc: Loc) -> Node:
        node = Node(line, {})
        seen: dict[str, int] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, loc)
            first = seen.get(str(key))
            if first is not None:
                self._note(
                    self._line(event), (*loc, key), f"the key stands twice, first in line {first}: keep one of them"
                )
            seen[str(key)] = self._line(event)
            child = self._node(next(self._events), (*loc, key))
            node.value[key] = child.value
            self._hold(node, key, child, self._line(event))
        return node

    def _hold(self, node: Node, step: Step, child: Node, line: int) -> None:
        node.children[step] = child
        node.key_lines[step] = line
        node.weight += child.weight + len(str(step))

    def _key(self, event: Any, loc: Loc) -> Step:
        if not isinstance(event, yaml.ScalarEvent):
            cure = "template syntax such as {{ … }} is not read, and a text that begins with { or [ needs quotes"
            self._stop(self._line(event), f"a key has to be a text: {cure}", loc)
        before = len(self.problems)
        node = self._scalar(event, loc)
        if isinstance(node.value, str) or type(node.value) is int:
            return node.value
        if len(self.problems) == before:
            self._note(node.line, loc, f"a key has to be a text: {taken_for(event.value, node.value)}")
        return event.value or "''"

    def _scalar(self, event: Any, loc: Loc) -> Node:
        # The pure parser lets half a surrogate pair through, which neither UTF-8 nor JSON can carry.
        text, plain = mend_surrogates(event.value), event.implicit[0]
        node = Node(self._line(event), text, text, plain, self._lines[event.end_mark.line], weight=1 + len(text))
        if plain:
            tag: str = self._resolver.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
            node.value, trap = meaning(text, tag.removeprefix(_TAG))
            if trap:
                self._note(node.line, loc, trap)
        return node

    def _note(self, line: int, loc: Loc, message: str) -> None:
        self.problems.append(Problem(line, show(loc), message))

    def _line(self, event: Any) -> int:
        line: int = event.start_mark.line
        return self._lines[line]
