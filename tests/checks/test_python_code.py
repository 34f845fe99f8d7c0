"""Checks on Python code: parsing, imports, built-ins, comprehensions."""

from __future__ import annotations

import ast
import threading
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.checks import run_check
from judgekit.checks.python_source import MAX_CODE, MAX_DEPTH, MAX_PIECES

CHECKS = {
    "python_parses": {},
    "python_no_new_imports": {},
    "python_builtins_only": {},
    "python_no_comprehensions": {},
    "python_no_interpolated_sql": {},
    "python_signature": {"signature": "def f(x):"},
}
FORBIDDING = ["python_no_new_imports", "python_builtins_only", "python_no_comprehensions", "python_no_interpolated_sql"]


def fenced(*codes: str, tag: str = "python") -> str:
    return "\n\n".join(f"```{tag}\n{code}\n```" for code in codes)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("text", ["", "x = 1", "Use `import os`.", fenced("import os", tag="js"), "    import os"])
def test_without_a_python_block_nothing_applies(check: str, text: str) -> None:
    assert run_check(check, text, CHECKS[check]).result == "not_applicable"
    assert run_check(check, fenced("x"), {**CHECKS[check], "target": "prose"}).result == "not_applicable"


@pytest.mark.parametrize(
    ("text", "result", "measured"),
    [
        (fenced("x = 1"), "pass", 0),
        (fenced("x = = 1"), "fail", 1),
        (fenced("x = 1", "def f(:", "1 +"), "fail", 2),
        (fenced("x = = 1", tag="py"), "fail", 1),
        (fenced("x = = 1", tag="Python3 title=a"), "fail", 1),
        (fenced("x = = 1", tag=""), "fail", 1),  # untagged blocks count where none is tagged
        (fenced("x = 1") + "\n" + fenced("x = = 1", tag=""), "pass", 0),
        (fenced("x = 1") + "\n" + fenced("not python", tag="text"), "pass", 0),
        (fenced("return await x"), "pass", 0),  # it parses; that it cannot be compiled is another question
        (fenced("def fib(): a, b = 0, 1; while True: yield a"), "fail", 1),
        (fenced(""), "pass", 0),
        (fenced(">>> x"), "fail", 1),
        (fenced("x = '\\d'"), "pass", 0),
        (fenced("a\0b"), "fail", 1),
        (fenced("if x:\npass"), "fail", 1),
        (fenced("x = (1"), "fail", 1),
        (fenced("(" * 150), "fail", 1),
    ],
)
def test_parses(text: str, result: str, measured: int) -> None:
    found = run_check("python_parses", text)
    assert (found.result, found.measured, found.expected) == (result, measured, 0)


def test_the_detail_names_the_piece_and_the_line() -> None:
    assert run_check("python_parses", fenced("x", "y\nz z")).detail == "piece 2 of 2, line 2: invalid syntax"


def test_a_target_is_code_itself() -> None:
    text = "Run `1 +` or\n" + fenced("x = 1", tag="") + "\n" + fenced("y = = 2", tag="sh")
    assert run_check("python_parses", text, {"target": "inline:1"}).result == "fail"
    assert run_check("python_parses", text, {"target": "block:1"}).result == "pass"
    assert run_check("python_parses", text, {"target": "block:2"}).result == "fail"
    assert run_check("python_parses", text, {"target": "code"}).result == "fail"


@pytest.mark.parametrize(
    ("code", "measured"),
    [
        ("x = 1", []),
        ("import os", ["os"]),
        ("import os, sys as s", ["os", "sys"]),
        ("import os.path", ["os.path"]),
        ("from os import path", ["os"]),
        ("from . import a", ["."]),
        ("from .a import b", [".a"]),
        ("def f():\n    import os", ["os"]),
        ("__import__('os')", ["os"]),
        ("m = __import__(name='os')", ["os"]),
        ("importlib.import_module('os.path')", ["os.path"]),
        ("import_module('os')", ["os"]),
        ("builtins.__import__('os')", ["os"]),
        ("__import__(name)", ["__import__(…)"]),  # only the run would tell
        ("import_module()", ["import_module(…)"]),
        ("from __future__ import annotations", ["__future__"]),
        ("'import os'  # import sys", []),
        ("obj.imported('os')", []),
        ("__import__('\\ud800')", ["\ufffd"]),  # half a character, which no JSON can carry
    ],
)
def test_imports(code: str, measured: list[str]) -> None:
    found = run_check("python_no_new_imports", fenced(code))
    assert (found.result, found.measured) == ("fail" if measured else "pass", measured)


@pytest.mark.parametrize(
    ("code", "allowed", "result"),
    [
        ("import os", ["os"], "pass"),
        ("import os.path", ["os"], "pass"),  # a submodule comes with its module
        ("import os", ["os.path"], "fail"),
        ("from os import path", ["os.path"], "pass"),
        ("from os import path, sep", ["os.path"], "fail"),
        ("import osx", ["os"], "fail"),
        ("from collections.abc import Iterator", ["collections"], "pass"),
        ("__import__('json')", ["json"], "pass"),
        ("__import__(name)", ["json"], "fail"),
        ("import os", "os", "pass"),
    ],
)
def test_allowed_imports(code: str, allowed: object, result: str) -> None:
    assert run_check("python_no_new_imports", fenced(code), {"allowed": allowed}).result == result


def test_what_the_prompt_imports_is_not_new() -> None:
    prompt = "Speed this up:\n" + fenced("import re\nfrom os import path\nre.sub(path)")
    answer = fenced("import re\nfrom os import path\nimport json")
    assert run_check("python_no_new_imports", answer, prompt=prompt).measured == ["json"]
    assert run_check("python_no_new_imports", answer).measured == ["re", "os", "json"]
    dynamic = fenced("m = __import__(name)")
    assert run_check("python_no_new_imports", dynamic, prompt=dynamic).measured == ["__import__(…)"]
    for unreadable in ("import re, (", "import re\n" * MAX_CODE):
        found = run_check("python_no_new_imports", answer, prompt=fenced(unreadable))
        assert found.measured == ["re", "os", "json"]


@pytest.mark.parametrize(
    ("code", "measured"),
    [
        ("for i in range(3): pass", []),
        ("len(x)", ["len"]),
        ("sum(map(abs, xs))", ["abs", "map", "sum"]),
        ("xs.sort(); xs.index(2)", []),  # methods are no names of built-ins
        ("sum = 0\nsum += 1", []),  # a name of the code's own
        ("def abs(x): return x\nabs(1)", []),
        ("class list: pass\nlist()", []),
        ("from numpy import sum, abs as a\nsum(a)", []),
        ("def f(len, *max, **min): return len + max + min", []),
        ("try: pass\nexcept E as id: id", []),
        ("match x:\n case [*all]: all\n case {**any}: any\n case int(): pass\n case str: str", ["int"]),
        ("def f(x: int) -> list[str]:\n    y: dict = x\n    return y", []),  # annotations compute nothing
        ("raise ValueError", ["ValueError"]),
        ("print(__name__, True, None)", ["print"]),
        ("__import__('os')", ["__import__"]),
        ("[int for int in xs]", []),
    ],
)
def test_builtins(code: str, measured: list[str]) -> None:
    found = run_check("python_builtins_only", fenced(code), {"allowed": ["range"]})
    assert (found.result, found.measured) == ("fail" if measured else "pass", measured)
    assert found.expected == {"allowed": ["range"]}


@pytest.mark.parametrize(
    ("code", "plain", "with_generators"),
    [
        ("xs = []", 0, 0),
        ("[x for x in y]", 1, 1),
        ("{x for x in y}; {x: 1 for x in y}", 2, 2),
        ("sum(x for x in y)", 0, 1),
        ("[[a for a in b] for b in c]", 2, 2),
        ("for x in y: pass", 0, 0),
        ("'[x for x in y]'", 0, 0),
    ],
)
def test_comprehensions(code: str, plain: int, with_generators: int) -> None:
    for params, count in (({}, plain), ({"generators": True}, with_generators)):
        found = run_check("python_no_comprehensions", fenced(code), params)
        assert (found.result, found.measured) == ("fail" if count else "pass", count)


@pytest.mark.parametrize("check", FORBIDDING)
def test_code_that_does_not_parse_leaves_the_check_undecided(check: str) -> None:
    found = run_check(check, fenced("x = 1", "x = = 1"))
    assert found.result == "error"
    assert "line 1: invalid syntax" in found.detail


@pytest.mark.parametrize("check", FORBIDDING)
def test_a_finding_decides_even_beside_code_that_does_not_parse(check: str) -> None:
    bad = "import os; len(x); [y for y in z]; run(f'SELECT a FROM t WHERE b = {c}')"
    assert run_check(check, fenced("x = = 1", bad)).result == "fail"


@pytest.mark.parametrize(
    "code",
    [
        "-" * 3000 + "1",
        "not " * 3000 + "x",
        "(" + "lambda a, b: " * 2000 + "1)",
        "f(" + "[" * 90 + "-" * 600 + "1" + "]" * 90 + ")",
        "x = f'{" + "-" * 3000 + "1}'",
        "1" + "+1" * 3000,
        "a" + ".b" * 3000,
        "x = 1\n" * (MAX_CODE // 6 + 1),
    ],
)
@pytest.mark.parametrize("check", CHECKS)
def test_code_too_deep_or_too_long_is_not_parsed(check: str, code: str) -> None:
    found = run_check(check, fenced(code), CHECKS[check])
    assert found.result == "error"
    assert str(MAX_DEPTH) in found.detail or str(MAX_CODE) in found.detail


def test_a_chain_of_statements_too_long_for_the_parser() -> None:
    # Python's parser gives up at 6,000 levels; each elif stands inside the one before.
    found = run_check("python_parses", fenced("if a: b\n" + "elif a: b\n" * 7000))
    assert (found.result, found.detail) == ("error", "piece 1 of 1, nested too deeply: not parsed")


def test_deep_code_does_not_overflow_a_small_stack() -> None:
    # 512 kB is what a second thread has on macOS; ast.parse dies there of what follows, without an exception.
    results: list[str] = []
    deep = fenced("-" * 20_000 + "1", "lambda: " * 9000 + "1", "[" + "f(-a," * 4000)
    old = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=lambda: results.append(run_check("python_parses", deep).result))
        thread.start()
    finally:
        threading.stack_size(old)
    thread.join()
    assert results == ["error"]


def test_long_but_flat_code_is_parsed() -> None:
    flat = "xs = [" + "-1.5, " * 2000 + "]\n" + "f(a.b, c.d)\n" * 1000 + "s = '" + "(-" * 1000 + "'"
    assert run_check("python_parses", fenced(flat)).result == "pass"


def test_only_so_many_blocks_are_parsed() -> None:
    assert run_check("python_parses", fenced(*["x"] * MAX_PIECES)).result == "pass"
    assert run_check("python_parses", fenced(*["x"] * (MAX_PIECES + 1))).result == "error"


def test_no_warning_about_the_judged_code_gets_out() -> None:
    text = fenced("x = '\\d' + '\\w'\n1if x else 2\nx is 'a'")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert run_check("python_parses", text).result == "pass"
    assert seen == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run_check("python_parses", text).result == "pass"


NAMES = st.sampled_from(["a", "b", "len", "range"])
EXPRESSIONS = st.recursive(
    NAMES.map(lambda name: ast.Name(name, ast.Load())) | st.integers(0, 9).map(ast.Constant),
    lambda inner: st.one_of(
        st.builds(lambda x, y: ast.BinOp(x, ast.Add(), y), inner, inner),
        st.builds(lambda f, x: ast.Call(ast.Name(f, ast.Load()), [x], []), NAMES, inner),
        st.builds(lambda xs: ast.List(xs, ast.Load()), st.lists(inner, max_size=3)),
    ),
    max_leaves=12,
)


@given(st.lists(EXPRESSIONS, max_size=4))
def test_what_python_writes_it_reads(expressions: list[ast.expr]) -> None:
    code = "\n".join(ast.unparse(expression) for expression in expressions)
    assert run_check("python_parses", fenced(code)).result == "pass"
    used = {node.id for expression in expressions for node in ast.walk(expression) if isinstance(node, ast.Name)}
    found = run_check("python_builtins_only", fenced(code), {"allowed": ["range"]})
    assert found.measured == (["len"] if "len" in used else [])


@given(st.lists(st.sampled_from(["os", "sys", "json", "a.b"]), max_size=5, unique=True), st.data())
def test_imports_are_those_that_were_written(modules: list[str], data: st.DataObject) -> None:
    allowed = [module for module in modules if data.draw(st.booleans())]
    ways = ["import {}", "from {} import x", "__import__('{}')"]
    code = "\n".join(data.draw(st.sampled_from(ways)).format(module) for module in modules)
    found = run_check("python_no_new_imports", fenced(code), {"allowed": allowed})
    assert sorted(str(name) for name in found.measured) == sorted(set(modules) - set(allowed))  # type: ignore[union-attr]
