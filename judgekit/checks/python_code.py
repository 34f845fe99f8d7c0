"""Checks on Python code: does it parse, what does it import, which built-ins does it use."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from judgekit.checks.definition import Check, Subject, decided, undecided
from judgekit.checks.parameters import Targeted, Texts
from judgekit.checks.python_source import judge_sources, no_python, parse_python, python_blocks, python_sources
from judgekit.verdict import CheckResult


class PythonCode(Targeted):
    """Which part holds the code."""


def _parses(subject: Subject, params: PythonCode) -> CheckResult:
    sources = python_sources(subject)
    if not sources:
        return no_python()
    broken = [(number, source) for number, source in enumerate(sources, 1) if source.tree is None]
    if not broken:
        return decided(True, 0, 0, f"pieces that parse: {len(sources)}")
    number, source = next(((n, s) for n, s in broken if s.is_syntax), broken[0])
    detail = f"piece {number} of {len(sources)}, {source.problem}"
    if not source.is_syntax:
        return undecided("error", detail, expected=0)
    return decided(False, len(broken), 0, detail)


class Imports(PythonCode):
    """Which imports are free."""

    allowed: Texts = ()
    """Modules that may be imported, each with its submodules; what the prompt's own code imports is free too."""


def _no_new_imports(subject: Subject, params: Imports) -> CheckResult:
    free = {*params.allowed, *_imported_by(subject.prompt)}

    def find(tree: ast.Module) -> list[str]:
        return [names[0] for names in _imports(tree) if not all(_within(name, free) for name in names[1:])]

    return judge_sources(subject, find, {"allowed": [*sorted(free)]}, count=False)


def _imported_by(prompt: str) -> set[str]:
    trees = [source.tree for source in map(parse_python, python_blocks(prompt))]
    return {name for tree in trees if tree for names in _imports(tree) for name in names[1:] if name}


def _within(name: str, free: set[str]) -> bool:
    steps = name.split(".")
    return any(".".join(steps[:n]) in free for n in range(1, len(steps) + 1))


def _imports(tree: ast.Module) -> Iterator[list[str]]:
    """For each import: how to show it, then every module that has to be free for it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield [alias.name, alias.name]
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield [module, *(f"{module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and (caller := _import_caller(node.func)):
            named = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "name")]
            literal = named[0].value if named and isinstance(named[0], ast.Constant) else None
            # A module that only the run would name cannot be on the list.
            yield [literal, literal] if isinstance(literal, str) else [f"{caller}(…)", ""]


def _import_caller(function: ast.expr) -> str | None:
    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", None)
    return name if name in ("__import__", "import_module") else None


class Builtins(PythonCode):
    """Which built-ins are free."""

    allowed: Texts = ()
    """Built-in functions, types and exceptions that may be used."""


def _builtins_only(subject: Subject, params: Builtins) -> CheckResult:
    free = {*params.allowed}

    def find(tree: ast.Module) -> list[str]:
        own = _bound(tree)
        return sorted({name for name in _used(tree) if name in _BUILTINS and name not in free and name not in own})

    return judge_sources(subject, find, {"allowed": [*sorted(free)]}, count=False)


_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_")) | {"__import__", "__builtins__"}


def _used(tree: ast.Module) -> Iterator[str]:
    """The names that are read, annotations left out: they compute nothing."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        for field, value in ast.iter_fields(node):
            if field not in ("annotation", "returns"):
                todo.extend(child for child in (value if isinstance(value, list) else [value]) if _is_node(child))


def _is_node(value: object) -> bool:
    return isinstance(value, ast.AST)


def _bound(tree: ast.Module) -> set[str]:
    """The names that the code gives a meaning of its own, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                found.add(name)
            case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                found.add(name)
            case ast.alias(name=name, asname=asname):
                found.add(asname or name.split(".")[0])
    return found


class Comprehensions(PythonCode):
    """Which comprehensions are meant."""

    generators: bool = False
    """Whether generator expressions count as well."""


def _no_comprehensions(subject: Subject, params: Comprehensions) -> CheckResult:
    names = {ast.ListComp: "list", ast.SetComp: "set", ast.DictComp: "dict", ast.GeneratorExp: "generator"}

    def find(tree: ast.Module) -> list[str]:
        kinds = (names.get(type(node)) for node in ast.walk(tree))
        return [kind for kind in kinds if kind and (params.generators or kind != "generator")]

    return judge_sources(subject, find, 0, count=True)


CHECKS = (
    Check("python_parses", "Tells whether the Python code parses.", PythonCode, _parses),
    Check("python_no_new_imports", "Looks for imports beyond those allowed.", Imports, _no_new_imports),
    Check("python_builtins_only", "Looks for built-ins beyond those allowed.", Builtins, _builtins_only),
    Check("python_no_comprehensions", "Looks for comprehensions.", Comprehensions, _no_comprehensions),
)
