"""The check on a function's signature: is it still called as it was?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator

from judgekit.checks.definition import Check, Subject, decided, excerpt, undecided
from judgekit.checks.python_code import PythonCode
from judgekit.checks.python_source import no_python, parse_python, python_sources
from judgekit.noun import Text
from judgekit.verdict import CheckResult

Function = ast.FunctionDef | ast.AsyncFunctionDef


def read_signature(signature: str) -> Function:
    """The function that a signature line begins, its body a `pass`.

    Raises:
        ValueError: the line is not the head of one function.

    >>> read_signature("def f(x, *, y=1)").name
    'f'
    """
    head = signature.strip().removesuffix("...").rstrip().removesuffix(":")
    source = parse_python(f"{head}: pass")
    body = source.tree.body if source.tree else []
    if len(body) != 1 or not isinstance(body[0], Function):
        raise ValueError(f"{excerpt(signature)} is not the head of a function, such as 'def f(x, y=1):'")
    return body[0]


def _is_head(signature: str) -> str:
    head(read_signature(signature))
    return signature


class Signature(PythonCode):
    """The wanted signature, and where the code is."""

    signature: Annotated[Text, AfterValidator(_is_head)]
    """The head of the function, such as `def fetch_all(urls):`."""


def _signature(subject: Subject, params: Signature) -> CheckResult:
    wanted = read_signature(params.signature)
    expected = head(wanted)
    sources = python_sources(subject)
    if not sources:
        return no_python()
    found = [f for source in sources if source.tree for f in _functions(source.tree) if f.name == wanted.name]
    if found:
        return _compared(found, wanted)
    broken = [source.problem for source in sources if source.tree is None]
    if broken:
        return undecided("error", f"not decided, for the code cannot be read: {broken[0]}", expected=expected)
    return decided(False, None, expected, f"there is no function {wanted.name}")


def _compared(found: list[Function], wanted: Function) -> CheckResult:
    try:
        differing = [function for function in found if _shape(function, wanted) != _shape(wanted, wanted)]
        shown = head((differing or found)[0])
    except ValueError:  # Python writes no number of more than 4300 digits, and a default may hold one
        return undecided("error", "a default value is too large a number to be compared", expected=head(wanted))
    return decided(not differing, shown, head(wanted), "the signature differs" if differing else "")


def _functions(tree: ast.Module) -> Iterator[Function]:
    """The functions that callers can reach: at the top and in classes, not inside other functions."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, Function):
            yield node
        elif not isinstance(node, ast.expr):
            todo.extend(reversed(list(ast.iter_child_nodes(node))))


def head(function: Function) -> str:
    """The signature as a line of code."""
    kind = "async def" if isinstance(function, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    return f"{kind} {function.name}({ast.unparse(function.args)}){returns}:"


def _shape(function: Function, wanted: Function) -> list[object]:
    """What a caller depends on: kind, parameters in order with their kinds and defaults.

    Annotations count only where the wanted signature has them.
    """
    asks = {arg.arg for arg in _all_args(wanted.args) if arg.annotation}
    args = function.args
    parameters = [(arg.arg, _dump(arg.annotation) if arg.arg in asks else None) for arg in _all_args(args)]
    kinds = [len(args.posonlyargs), len(args.args), len(args.kwonlyargs), bool(args.vararg), bool(args.kwarg)]
    defaults = [_dump(default) for default in [*args.defaults, None, *args.kw_defaults]]
    returns = _dump(function.returns) if wanted.returns else None
    return [isinstance(function, ast.AsyncFunctionDef), parameters, kinds, defaults, returns]


def _all_args(args: ast.arguments) -> list[ast.arg]:
    several = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
    return [arg for arg in several if arg is not None]


def _dump(node: ast.expr | None) -> str | None:
    return ast.dump(node) if node is not None else None


CHECKS = (Check("python_signature", "Compares a function's signature with the wanted one.", Signature, _signature),)
