"""Whatever the text, every check has a result, soon, and the result can be stored."""

from __future__ import annotations

import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgekit.checks import check_names, describe_check, run_check

BOUNDS = {"at_least": 1, "at_most": 3}
PARAMS: dict[str, dict[str, Any]] = {
    "word_count": BOUNDS,
    "sentence_count": BOUNDS,
    "paragraph_count": BOUNDS,
    "line_count": BOUNDS,
    "char_count": BOUNDS,
    "fenced_code_only": {"blocks": 1},
    "code_block_count": BOUNDS,
    "bullet_count": {**BOUNDS, "numbered": True},
    "heading_count": BOUNDS,
    "contains": {"all": ["ab"], "any": ["c"], "none": ["x"], "ignore_case": True, "whole_words": True},
    "starts_with": {"text": ["a", "İ"], "ignore_case": True},
    "ends_with": {"text": "`"},
    "letter_case": {"case": "upper"},
    "matches": {"pattern": "`a+b"},
    "section_order": {"patterns": ["a", "(?s)b.*c"]},
    "separated_by": {"separator": ";", "outside_code": True},
    "language": {"code": "en"},
    "python_no_new_imports": {"allowed": ["os"]},
    "python_builtins_only": {"allowed": ["len"]},
    "python_no_comprehensions": {"generators": True},
    "python_signature": {"signature": "def f(x, y=1) -> int:"},
    "json_schema": {"schema": {"pattern": "^(a+)+$", "items": {"type": "string"}}},
    "python_same_result": {"reference": "prompt block 1"},
    "python_own_tests_pass": {"tests": "block:1", "implementation": "block:2"},
}
TARGETS = ["response", "code", "prose", "block:1", "inline:1"]


def try_all(text: str, target: str = "response", prompt: str = "") -> None:
    for name in check_names():
        params = dict(PARAMS.get(name, {}))
        if describe_check(name).params[-1:] and describe_check(name).params[-1].name == "target":
            params["target"] = target
        found = run_check(name, text, params, prompt=prompt)
        assert found.result in ("pass", "fail", "not_applicable", "error")
        row = orjson.loads(orjson.dumps(found.model_dump(mode="json")))
        assert row["detail"] == found.detail
        assert len(found.detail) < 1000


PIECES = [
    "```", "~~~", "```python\n", "```json\n", "\n```\n", "`", "``", "\\", "\n", "\n\n", "\r\n", "\t", " ",
    "    ", "import os", "__import__('\\ud800')", "def f(x, y=1):", " return x", "async def f(x): pass",
    "x = f'{y}'", "lambda: ", "SELECT * FROM t WHERE a = ", "f\"SELECT {x} FROM\"", "%s", "+", "-", "(", ")",
    "[", "]", "{", "}", "{{ x }}", "{% if %}", "'", '"', '"""', "'''", "#", "# ", "- ", "* * *", "1. ", "> ",
    "e.g. ", "Dr. ", "...", "。", "?!", ";", ",", ":", "=", "\x00", "\x1b[31m", "\ud800", "\udfff", "\ufeff",
    "\u200b", "\u202e", "\u0301", "İ", "ß", "ﬁ", "🙂", "\U000e0041", "null", "true", "1e999",
    "0x" + "f" * 5000, "9" * 5000, '{"a": [1, "b"]}', "[[", "(?i)", "a{9}", "*", "match x:\n case [*a]: a",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=25).map("".join), st.sampled_from(TARGETS))
@pytest.mark.slow
def test_any_text(text: str, target: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try_all(text, target, prompt=text)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.sampled_from(["python", "py", ""]))
@pytest.mark.slow
def test_any_code(code: str, tag: str) -> None:
    try_all(f"```{tag}\n{code}\n```")


LARGE = {
    "one letter": "a" * 1_000_000,
    "backticks": "`" * 100_000,
    "spans without a partner": " ".join("`" * n for n in range(1, 400)),
    "escaped backticks": "\\`" * 50_000,
    "fences": "```\n" * 40_000,
    "line ends": "\n" * 500_000,
    "spaces": " " * 500_000 + "x",
    "full stops": "." * 300_000 + "x",
    "closers": ("." + ")" * 50) * 5000,
    "abbreviations": "e.g. " * 60_000,
    "bullets": "- a\n" * 60_000,
    "rules": "* * *\n" * 50_000,
    "hashes": "#" * 300_000,
    "nul and controls": "".join(map(chr, range(32))) * 10_000,
    "combining accents": "e" + "\u0301\u0323" * 100_000,
    "right to left": "\u202e\u200b" * 100_000,
    "brackets": "[" * 300_000,
    "objects": '{"a":' * 60_000,
    "numbers": "[" + "1," * 100_000 + "1]",
    "digits": "1" * 300_000,
    "semicolons": "; " * 150_000,
    "SQL": "SELECT " + "a, " * 4900 + "a",
    "SQL brackets": "SELECT " + "(" * 7000,
    "SQL cases": "SELECT " + "CASE WHEN " * 1400,
    "quotation marks": "'\"" * 7000,
    "wide sets": "(?i)" + "[\\u0000-\\uffff]" * 99,
    "statements": "```python\n" + "a\n" * 30_000 + "```",
    "minus signs": "```python\n" + "-" * 60_000 + "1\n```",
    "open strings": "```python\n" + "'''\\" * 15_000 + "\n```",
    "verbs": "```python\nx = '" + "select " * 10_000 + "' + y\n```",
    "sums": "```python\n" + ("x = " + "'select ' + a + " * 30 + "b\n") * 100 + "```",
    "calls": "```python\n" + "f(a, " * 12_000 + "\n```",
    "addresses": "http://" * 40_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_large_texts_take_no_long_time(name: str) -> None:
    for check in check_names():
        run_check(check, "warm", PARAMS.get(check, {}))  # what is imported on first use is not measured
        start = time.process_time()
        run_check(check, LARGE[name], PARAMS.get(check, {}))
        # About a second at most on a quiet machine; quadratic time would be minutes.
        assert time.process_time() - start < 5, check


def test_checks_run_in_many_threads_at_once() -> None:
    text = "```python\nx = '\\d'\n```\n`[[a]`"
    filters = list(warnings.filters)
    calls: list[tuple[str, dict[str, Any]]] = [
        ("python_parses", {}),
        ("regex_compiles", {"target": "inline:1"}),
        ("python_no_comprehensions", {}),
    ]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda call: run_check(call[0], text, call[1]).result, calls * 60))
    assert found == ["pass"] * 180
    assert list(warnings.filters) == filters
