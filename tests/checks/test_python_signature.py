"""The check on a function's signature."""

from __future__ import annotations

import pytest

from judgekit.checks import run_check
from judgekit.errors import UserError


def check(code: str, signature: str) -> tuple[str, object]:
    found = run_check("python_signature", f"```python\n{code}\n```", {"signature": signature})
    return found.result, found.measured


@pytest.mark.parametrize(
    ("wanted", "found", "result"),
    [
        ("def f(x):", "def f(x): ...", "pass"),
        ("def f(x)", "def f(x): ...", "pass"),
        ("def f(x): ...", "def f( x , ): ...", "pass"),
        ("def f(x):", "async def f(x): ...", "fail"),  # callers would have to await
        ("async def f(x):", "async def f(x): ...", "pass"),
        ("async def f(x):", "def f(x): ...", "fail"),
        ("def f(x, y):", "def f(y, x): ...", "fail"),
        ("def f(x):", "def f(y): ...", "fail"),  # callers may name it
        ("def f(x):", "def f(x, y=None): ...", "fail"),
        ("def f(x, y=1):", "def f(x, y=1): ...", "pass"),
        ("def f(x, y=1):", "def f(x, y=2): ...", "fail"),
        ("def f(x, y=1):", "def f(x, y): ...", "fail"),
        ("def f(x, *, y):", "def f(x, y): ...", "fail"),
        ("def f(x, /, y):", "def f(x, y): ...", "fail"),
        ("def f(*a, **k):", "def f(*a, **k): ...", "pass"),
        ("def f(*a, **k):", "def f(*a): ...", "fail"),
        ("def f(*, a=1, b):", "def f(*, a=1, b): ...", "pass"),
        ("def f(*, a=1, b):", "def f(*, a, b=1): ...", "fail"),
        ("def f(x):", "def f(x: int) -> str: ...", "pass"),  # annotations change no call
        ("def f(x: int):", "def f(x: int): ...", "pass"),
        ("def f(x: int):", "def f(x): ...", "fail"),  # unless they are wanted
        ("def f(x: int, y):", "def f(x: int, y: str): ...", "pass"),
        ("def f(x) -> int:", "def f(x) -> str: ...", "fail"),
        ("def f(x):", "@cache\ndef f(x): ...", "pass"),
        ("def f(x):", "class A:\n    def f(x): ...", "pass"),
        ("def f(x):", "if True:\n    def f(x): ...", "pass"),
    ],
)
def test_signature(wanted: str, found: str, result: str) -> None:
    assert check(found, wanted)[0] == result


def test_the_function_is_looked_up_by_its_name() -> None:
    assert check("def g(x): ...", "def f(x):") == ("fail", None)
    assert check("def g():\n    def f(x): ...", "def f(x):") == ("fail", None)  # nobody outside can call it
    assert check("f = lambda x: x", "def f(x):") == ("fail", None)


def test_the_first_that_differs_is_shown() -> None:
    assert check("def f(x): ...\nasync def f(x: int = 1) -> str: ...", "def f(x):") == (
        "fail",
        "async def f(x: int=1) -> str:",
    )
    found = run_check(
        "python_signature", "```py\ndef f(a): pass\n```\n```py\ndef f(x): pass\n```", {"signature": "def f(x):"}
    )
    assert (found.result, found.measured, found.expected) == ("fail", "def f(a):", "def f(x):")


def test_code_that_does_not_parse() -> None:
    # The first block is a bare head: the second has the function, so the question is decided.
    assert check("def f(x):\n```\n```python\ndef f(x): pass", "def f(x):") == ("pass", "def f(x):")
    assert check("def f(x):", "def f(x):") == ("error", None)


def test_a_number_that_python_cannot_write() -> None:
    huge = f"0x{'f' * 6000}"
    assert check(f"def f(x={huge}): ...", "def f(x=1):") == ("error", None)
    with pytest.raises(UserError, match="check python_signature: signature: "):
        check("def f(x): ...", f"def f(x={huge}):")


@pytest.mark.parametrize(
    "signature", ["", "f(x)", "def f(x): return 1", "class A:", "def f(x): pass\ndef g", "def (x):"]
)
def test_a_wanted_signature_that_is_none(signature: str) -> None:
    with pytest.raises(UserError, match=r"check python_signature: signature: .* is not the head of a function"):
        run_check("python_signature", "x", {"signature": signature})
