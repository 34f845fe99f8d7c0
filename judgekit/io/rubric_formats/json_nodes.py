"""JSON as the same tree of values with lines that YAML is read into, so that an error names line and key."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from json import JSONDecodeError, JSONDecoder
from typing import Any, NoReturn

from judgekit.io.yaml_nodes import FileError, Loc, Node, Problem, Step, show
from judgekit.noun import mend_surrogates

_MAX_DEPTH = 40
_MAX_VALUES = 1_000_000
_SPACE = re.compile(r"[ \t\r\n]*")


def read_json_nodes(path: object, text: str) -> tuple[Node, list[Problem]]:
    """The value of a JSON text, or the list of the values that stand one after another (JSON Lines), and its problems.

    Raises:
        FileError: it is not JSON, or is nested deeper or holds more than the limits.
    """
    reader = _Reader(path, text)
    values = reader.all()
    return values, reader.problems


class _Reader:
    def __init__(self, path: object, text: str) -> None:
        self.problems: list[Problem] = []
        self._path, self._text, self._at = path, text, 0
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._scalar = JSONDecoder(parse_constant=self._constant, strict=False).raw_decode
        self._count = 0

    def all(self) -> Node:
        first = self._value(())
        rows = Node(1, [])
        self._hold(rows, 0, first, 1)
        while self._peek():
            place = len(rows.value)
            line = self._line()
            self._hold(rows, place, self._value((place,)), line)
        return rows if len(rows.value) > 1 else first

    def _constant(self, name: str) -> NoReturn:
        raise ValueError(f"{name} is not a number that can be used here")

    def _stop(self, message: str, loc: Loc = ()) -> NoReturn:
        raise FileError(self._path, Problem(self._line(), show(loc), message))

    def _line(self) -> int:
        return bisect_left(self._breaks, self._at) + 1

    def _peek(self) -> str:
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._text[self._at : self._at + 1]

    def _value(self, loc: Loc) -> Node:
        self._count += 1
        if len(loc) > _MAX_DEPTH:
            self._stop(f"values are nested more than {_MAX_DEPTH} deep")
        if self._count > _MAX_VALUES:
            self._stop(f"the file holds more than {_MAX_VALUES:,} values: split it into several files")
        begin = self._peek()
        node = Node(self._line())
        if begin == "{":
            self._object(node, loc)
        elif begin == "[":
            self._list(node, loc)
        else:
            node.value = self._plain(loc)
            node.text = node.value if isinstance(node.value, str) else str(node.value)
        node.last_line = self._line()
        return node

    def _plain(self, loc: Loc) -> Any:
        try:
            value, self._at = self._scalar(self._text, self._at)
        except JSONDecodeError as error:
            self._at = min(error.pos, len(self._text))
            cause = "the file ends too early" if self._at == len(self._text) else error.msg.removesuffix(" at")
            self._stop(f"this is not JSON: {cause[0].lower()}{cause[1:]}; is it cut off or written by hand?", loc)
        except ValueError as error:
            self._stop(str(error) if "is not a number" in str(error) else "a number has too many digits", loc)
        if isinstance(value, float) and not math.isfinite(value):
            self._stop("the number is too large", loc)
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            self._stop("the number is beyond 64 bits", loc)
        return mend_surrogates(value)

    def _object(self, node: Node, loc: Loc) -> None:
        node.value = {}
        self._at += 1
        while self._next("}", first=not node.value, loc=loc):
            line = self._line()
            key = (
                self._plain(loc) if self._peek() == '"' else self._stop("this is not JSON: wanted a key in quotes", loc)
            )
            if key in node.value:
                cure = f"the key stands twice, first in line {node.key_lines[key]}: keep one of them"
                self.problems.append(Problem(line, show((*loc, key)), cure))
            if self._peek() != ":":
                self._stop("this is not JSON: wanted a colon after the key", (*loc, key))
            self._at += 1
            child = self._value((*loc, key))
            node.value[key] = child.value
            self._keep(node, key, child, line)

    def _list(self, node: Node, loc: Loc) -> None:
        node.value = []
        self._at += 1
        while self._next("]", first=not node.value, loc=loc):
            line, place = self._line(), len(node.value)
            self._hold(node, place, self._value((*loc, place)), line)

    def _next(self, end: str, *, first: bool, loc: Loc) -> bool:
        """Whether another item comes; steps over the comma before it, or over the end."""
        sign = self._peek()
        if sign == end:
            self._at += 1
            return False
        if first:
            return True
        if sign != ",":
            cause = "wanted a comma" if sign else "the file ends too early"
            self._stop(f"this is not JSON: {cause}; is it cut off or written by hand?", loc)
        self._at += 1
        if self._peek() == end:
            self._stop(f"this is not JSON: there is a comma before the closing {end}", loc)
        return True

    def _hold(self, node: Node, place: int, child: Node, line: int) -> None:
        node.value.append(child.value)
        self._keep(node, place, child, line)

    def _keep(self, node: Node, step: Step, child: Node, line: int) -> None:
        node.children[step] = child
        node.key_lines[step] = line
