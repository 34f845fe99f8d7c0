"""The check for SQL text that is built from values: the classic injection hole."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TypeGuard

from judgekit.checks.definition import Check, Subject
from judgekit.checks.python_code import PythonCode
from judgekit.checks.python_source import judge_sources
from judgekit.verdict import CheckResult

# Two searches, one behind the other, stay linear where one pattern with `.*` between the words would not.
_VERB = re.compile(r"\b(select|insert|update|delete)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"\b(from|into|set|where)\b", re.IGNORECASE)


def _no_interpolated_sql(subject: Subject, params: PythonCode) -> CheckResult:
    return judge_sources(subject, lambda tree: [f"line {node.lineno}" for node in interpolated(tree)], 0, count=True)


def interpolated(tree: ast.AST) -> Iterator[ast.expr]:
    """The outermost expressions that put a value into a text which reads like SQL.

    >>> tree = ast.parse('run(f"SELECT * FROM t WHERE id = {x}"); run("SELECT * FROM t WHERE id = ?", (x,))')
    >>> [ast.unparse(node) for node in interpolated(tree)]
    ["f'SELECT * FROM t WHERE id = {x}'"]
    """
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if not _builds_text(node):
            todo.extend(reversed(list(ast.iter_child_nodes(node))))
            continue
        text, values = _pieces(node)
        verb = _VERB.search(text)
        if values and verb and _CLAUSE.search(text, verb.end()):
            yield node
        else:
            # Not its operands one by one: each would be taken for a text of its own, at quadratic cost.
            todo.extend(reversed(values))


def _builds_text(node: ast.AST) -> TypeGuard[ast.expr]:
    match node:
        case ast.JoinedStr() | ast.BinOp(op=ast.Add() | ast.Mod()) | ast.Call(func=ast.Attribute(attr="format")):
            return True
        case _:
            return False


def _pieces(node: ast.expr) -> tuple[str, list[ast.expr]]:
    """The literal text of an expression that builds a text, and the values that it puts in."""
    texts: list[str] = []
    values: list[ast.expr] = []
    todo: list[ast.expr] = [node]
    while todo:
        part = todo.pop()
        match part:
            case ast.Constant(value=value):
                texts.append(value if isinstance(value, str) else "")
            case ast.JoinedStr(values=parts):
                todo.extend(reversed(parts))
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                todo += [right, left]
            case ast.BinOp(op=ast.Mod(), left=left, right=right):
                values += [] if _is_literal(right) else [right]
                todo.append(left)
            case ast.Call(func=ast.Attribute(value=template, attr="format"), args=args, keywords=keywords):
                values += [*args, *(keyword.value for keyword in keywords)]
                todo.append(template)
            case _:
                texts.append(" ")
                values.append(part)
    return "".join(texts), values


def _is_literal(node: ast.expr) -> bool:
    plain = (ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.JoinedStr, ast.UnaryOp, ast.unaryop, ast.Load)
    return all(isinstance(part, plain) for part in ast.walk(node))


CHECKS = (
    Check(
        "python_no_interpolated_sql",
        "Looks for SQL text that Python code builds from values.",
        PythonCode,
        _no_interpolated_sql,
    ),
)
