"""The Python code of a response, parsed with care: the code is data from a stranger and is never run."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import JsonValue

from judgekit.checks.definition import Subject, decided, undecided
from judgekit.checks.fences import find_fences
from judgekit.checks.guard import quiet
from judgekit.noun import mend_surrogates
from judgekit.verdict import CheckResult

PYTHON_TAGS = frozenset({"python", "py", "python3"})
"""The tags of blocks that are Python."""

MAX_CODE = 80_000
"""Characters of code in one response that are parsed: more would take longer than a second."""

MAX_PIECES = 1_000
"""Blocks of one response that are parsed."""

MAX_DEPTH = 500
"""Levels of nesting that are parsed; the parser recurses in C and overflows a small thread stack at about 1,500."""

_TOO_MUCH = f"more than {MAX_CODE} characters or {MAX_PIECES} blocks of code: not parsed"
_DEEPER = frozenset({"+", "-", "*", "/", "//", "%", "@", "&", "|", "^", "<<", ">>", "~", "**", ".", "(", "[", "{"})
_DEEPER_WORDS = frozenset({"not", "lambda", "else", "await"})


@dataclass(frozen=True, slots=True)
class Source:
    """One piece of Python code."""

    tree: ast.Module | None
    """Its syntax tree, or None where it does not parse."""
    problem: str = ""
    """Why there is no tree."""
    is_syntax: bool = False
    """Whether the problem is the code's syntax, rather than its size or depth."""


def python_sources(subject: Subject) -> list[Source]:
    """The Python code to look at, parsed; empty where there is none.

    In a whole response these are the fenced blocks tagged python, py or python3, or the untagged blocks where none is
    tagged so. A target other than the response or its prose is taken as code itself.
    """
    codes = [subject.text]
    if subject.target in ("response", "prose"):
        codes = python_blocks(subject.text)
    sources: list[Source] = []
    length = 0
    for code in codes:
        length += len(code)
        if length > MAX_CODE or len(sources) == MAX_PIECES:
            return [*sources, Source(None, _TOO_MUCH)]
        sources.append(parse_python(code))
    return sources


def python_blocks(text: str) -> list[str]:
    """The fenced blocks that hold Python: those tagged so, else the untagged ones."""
    fences = find_fences(text)
    tagged = [fence.content for fence in fences if fence.tag in PYTHON_TAGS]
    return tagged or [fence.content for fence in fences if not fence.tag]


def parse_python(code: str) -> Source:
    """The code with its syntax tree, or with the reason why there is none.

    >>> parse_python("x = = 1").problem
    'line 1: invalid syntax'
    """
    if len(code) > MAX_CODE:
        return Source(None, _TOO_MUCH)
    with quiet():
        try:
            if _too_deep(code):
                return Source(None, f"nested deeper than {MAX_DEPTH} levels: not parsed")
            return Source(ast.parse(code))
        except (SyntaxError, ValueError) as error:  # ValueError: a NUL character, in the first releases of 3.11
            line, fault = getattr(error, "lineno", None) or 1, getattr(error, "msg", None) or str(error)
            return Source(None, f"line {line}: {fault}", is_syntax=True)
        except (RecursionError, MemoryError):
            return Source(None, "nested too deeply: not parsed")


def _too_deep(code: str) -> bool:
    """Whether expressions may nest deeper than `MAX_DEPTH`: operators since the last comma, over all open brackets."""
    levels, lambdas, total = [0], [0], 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            kind, text = token.type, token.string
            if kind == tokenize.NEWLINE or (text == ";" and len(levels) == 1):
                levels, lambdas, total = [0], [0], 0
                continue
            deeper = _deeper(kind, text)
            levels[-1] += deeper
            lambdas[-1] += text == "lambda"
            total += deeper
            if total > MAX_DEPTH:
                return True
            if kind == tokenize.OP and len(levels) > 1 and text in (")", "]", "}"):
                lambdas.pop()
                total -= levels.pop()
            elif kind == tokenize.OP and len(levels) > 1 and text == ",":
                # What a comma ends is no longer nested, but a lambda goes on behind the commas of its parameters.
                total -= levels[-1] - lambdas[-1]
                levels[-1] = lambdas[-1]
            elif kind == tokenize.OP and text in ("(", "[", "{"):
                levels.append(0)
                lambdas.append(0)
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass  # the parser says it better
    return False


def _deeper(kind: int, text: str) -> int:
    """How many levels of nesting a token may open."""
    if kind == tokenize.STRING:
        # Before Python 3.12 an f-string is one token, and what stands in its braces nests as well.
        is_f = "f" in text[:2].lower() and "{" in text
        return sum(map(text.count, _DEEPER | _DEEPER_WORDS)) if is_f else 0
    return (kind == tokenize.OP and text in _DEEPER) or (kind == tokenize.NAME and text in _DEEPER_WORDS)


def judge_sources(
    subject: Subject, find: Callable[[ast.Module], list[str]], expected: JsonValue, *, count: bool
) -> CheckResult:
    """The result of a check that no code may break.

    A finding in code that parses decides; without one, code that does not parse leaves the check undecided.

    Args:
        subject: what is looked at.
        find: what it finds in one syntax tree: nothing is right.
        expected: what was wanted.
        count: whether the number of findings is measured, rather than the findings themselves.
    """
    sources = python_sources(subject)
    if not sources:
        return no_python()
    # An escape in the code can spell half a character, which no JSON could carry.
    found = [mend_surrogates(finding) for source in sources if source.tree for finding in find(source.tree)]
    measured: JsonValue = len(found) if count else list(dict.fromkeys(found))
    if found:
        return decided(False, measured, expected, "found: " + ", ".join(dict.fromkeys(found[:5])))
    broken = [source.problem for source in sources if source.tree is None]
    if broken:
        return undecided("error", f"not decided, for the code cannot be read: {broken[0]}", expected=expected)
    return decided(True, measured, expected)


def no_python() -> CheckResult:
    """The result where a response has no Python block."""
    return undecided("not_applicable", "there is no fenced block of Python")
