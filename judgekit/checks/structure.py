"""Checks on the Markdown structure: fenced blocks, bullets, headings."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, JsonValue, StrictInt

from judgekit.checks.counts import Bounds, TextBounds
from judgekit.checks.definition import Check, Subject, decided, excerpt
from judgekit.checks.fences import find_fences, outside, prose
from judgekit.checks.parameters import Params
from judgekit.verdict import CheckResult

_BULLET = re.compile(r"^[ \t]*+[-*+•][ \t]++(?=\S)[^\n]*+", re.MULTILINE)
_NUMBERED = re.compile(r"^[ \t]*+[0-9]{1,9}[.)][ \t]++(?=\S)", re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}#{1,6}(?:[ \t]|$)", re.MULTILINE)


class FencedCodeOnly(Params):
    """How many blocks the answer consists of."""

    blocks: Annotated[StrictInt, Field(ge=1)] | None = None
    """This many; without it, one or more."""


def _fenced_code_only(subject: Subject, params: FencedCodeOnly) -> CheckResult:
    fences = find_fences(subject.text)
    beside = [part.strip() for _, part in outside(subject.text, fences) if part.strip()]
    expected: dict[str, JsonValue] = {"blocks": params.blocks or "one or more", "outside": 0}
    measured: dict[str, JsonValue] = {"blocks": len(fences), "outside": sum(map(len, beside))}
    if beside:
        return decided(False, measured, expected, f"outside of fenced blocks: {excerpt(beside[0])}")
    if fences and not fences[-1].closed:
        return decided(False, measured, expected, "the last fence is not closed")
    right = len(fences) == params.blocks if params.blocks is not None else bool(fences)
    return decided(right, measured, expected, f"fenced blocks: {len(fences)}")


class BlockBounds(Bounds):
    """How many blocks there have to be."""


def _code_block_count(subject: Subject, params: BlockBounds) -> CheckResult:
    return params.judge(len(find_fences(subject.text)), "fenced blocks")


class HasCode(Params):
    """Nothing to set."""


def _has_code(subject: Subject, params: HasCode) -> CheckResult:
    count = sum(1 for fence in find_fences(subject.text) if fence.content.strip())
    return decided(count > 0, count, {"at_least": 1}, f"fenced blocks with something in them: {count}")


class Bullets(TextBounds):
    """How many list items there have to be."""

    numbered: bool = False
    """Whether numbered items count as well."""


def _bullet_count(subject: Subject, params: Bullets) -> CheckResult:
    text = prose(subject.text)
    # A line such as `* * *` is a rule across the page, not an item.
    count = sum(1 for line in _BULLET.findall(text) if not _is_rule(line))
    if params.numbered:
        count += sum(1 for _ in _NUMBERED.finditer(text))
    return params.judge(count, "list items")


def _is_rule(line: str) -> bool:
    marks = "".join(line.split())
    return len(marks) >= 3 and len(set(marks)) == 1 and marks[0] in "-*"


def _heading_count(subject: Subject, params: TextBounds) -> CheckResult:
    return params.judge(sum(1 for _ in _HEADING.finditer(prose(subject.text))), "headings")


CHECKS = (
    Check("fenced_code_only", "Tells whether fenced blocks are all there is.", FencedCodeOnly, _fenced_code_only),
    Check("code_block_count", "Counts the fenced blocks.", BlockBounds, _code_block_count),
    Check("has_code", "Tells whether there is a fenced block with something in it.", HasCode, _has_code),
    Check("bullet_count", "Counts the list items outside fenced blocks.", Bullets, _bullet_count),
    Check("heading_count", "Counts the headings (`#` to `######`) outside fenced blocks.", TextBounds, _heading_count),
)
