"""Every check of the shipped question file on every shipped response, expected results read off the texts by eye."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import judgekit
from judgekit.checks import EXECUTION_CHECKS, run_check, validate_check

DATA = Path(judgekit.__file__).parent / "cli" / "demo_data"
LABELS = ("Model1", "Model2", "Model3")

# Question, constraint → the results for Model1, Model2, Model3: p pass, f fail, n not_applicable.
# These are the results of each check by itself; a constraint whose prerequisite failed is taken off elsewhere.
EXPECTED = {
    "q03 has_code": "ppp",
    # Model1 and Model3 call len(); Model2 counts the elements in a loop and calls range alone. `nums.sort()` and
    # `freq.append()` are methods, not names of built-ins. Model1's other block is a formula, untagged: not Python.
    "q03 only_range": "fpf",
    "q03 no_comprehensions": "ppp",
    "q03 same_result_run": "nnn",
    # One tagged block each, from the first character to the last.
    "q06 code_only": "ppp",
    # All three kept `def slugify(words):`; the list comprehension inside does not show from outside.
    "q06 same_signature": "ppp",
    "q06 same_behaviour_run": "nnn",
    # Model2 and Model3 only describe an implementation: no fence, so nothing to look for in "code".
    "q08 implemented": "pff",
    "q08 no_external_libs": "pnn",
    # Model1's code says "minute" and "window", but names none of the four clocks.
    "q08 no_clock": "pnn",
    "q08 uses_sequence_id": "pnn",
    # 13, 13, 13: "Closures are functions that capture and retain variables from their enclosing lexical scope." (13)
    # "Python closures are nested functions that remember variables from their enclosing lexical scope." (13)
    # "Functions that access variables from their enclosing scope, maintaining state between calls persistently." (13)
    "q12 words14": "fff",
    # SQL is a constant with %s in all; f'%{q}%' and '%' + q + '%' build the parameter and hold no SQL.
    # Model1's block ends in a `return` outside a function: that is not a matter of syntax, the block parses.
    "q13 injection_closed": "ppp",
    "q14 nothing_else": "ppp",
    "q14 order": "ppp",
    "q14 signature_line": "ppp",
    "q14 property_tests": "ppp",
    # The third block alone; the first, a bare signature line, would not parse.
    "q14 implementation_parses": "ppp",
    "q14 own_tests_pass": "nnn",
    # Model1 is a narrator's summary in prose; its `?` and `execute()` are inline code.
    "q21 shows_code": "fpp",
    # f"... name = ?" has no field to fill: no value gets into the text.
    "q21 injection_closed": "npp",
    "q21 keeps_fstring": "npp",
    "q21 no_percent": "npp",
    # Model1 and Model2 are prose about code, Model3 quotes two answers between headings and comments.
    "q23 code_only": "fff",
    # In Model3 the second quoted block calls __import__ three times; inline `__import__()` in Model1 is prose.
    "q23 no_imports": "nnf",
    # Model3: both blocks say `async def fetch_all(urls):`, which callers have to await.
    "q23 same_api": "nnf",
    # Four semicolons between the spans; those inside the Python and CSS spans are protected.
    "q25 five_answers": "ppp",
    "q25 regex": "ppp",
    # `def fib(): a, b = 0, 1; while True: ...`: no compound statement may follow a semicolon.
    "q25 fib": "fff",
    "q25 fib_yields": "ppp",
    "q25 sql": "ppp",
    "q25 css": "ppp",
    "q25 git": "ppp",
}
MEASURED = {
    "q03 only_range": [["len"], [], ["len"]],
    "q12 words14": [13, 13, 13],
    "q13 injection_closed": [0, 0, 0],
    "q21 injection_closed": [None, 0, 0],
    "q23 no_imports": [None, None, ["asyncio", "concurrent.futures", "requests"]],
    "q23 same_api": [None, None, "async def fetch_all(urls):"],
    "q25 five_answers": [5, 5, 5],
}
RESULTS = {"p": "pass", "f": "fail", "n": "not_applicable"}


def sections() -> list[dict[str, str]]:
    """Per question in file order: the prompt and the three responses, split as the file's own markers say."""
    found: list[dict[str, list[str]]] = []
    part = ""
    for line in (DATA / "transcripts.md").read_text(encoding="utf-8").split("\n"):
        if re.fullmatch(r"## Question [A-Z]+\d+: .+", line):
            part = "prompt"
            found.append({part: []})
        elif found and (marker := re.fullmatch(r"\*\*(Model[123]) Response:\*\*", line)):
            part = marker[1]
            found[-1][part] = []
        elif found:
            found[-1][part].append(line)
    return [{name: "\n".join(lines).strip().removesuffix("---").strip() for name, lines in q.items()} for q in found]


def constraints() -> list[tuple[str, int, dict[str, Any]]]:
    """Every constraint that code decides: its key here, the place of its question, and itself."""
    questions = yaml.safe_load((DATA / "questions.yaml").read_text(encoding="utf-8"))["questions"]
    found = []
    for place, question in enumerate(questions):
        inputs = question["rubrics"].get("constraint_following", {})
        for constraint in [*inputs.get("constraints", []), *inputs.get("with_execution", [])]:
            if "ask" not in constraint:
                found.append((f"{question['id'][:3]} {constraint['id']}", place, constraint))
    return found


def test_every_checked_constraint_is_expected() -> None:
    keys = [key for key, _, _ in constraints()]
    assert sorted(keys) == sorted(EXPECTED)
    assert len(keys) * len(LABELS) == 99  # 30 checks and 3 that would run code, on three responses each


def test_the_file_holds_thirty_questions_with_three_responses() -> None:
    assert [sorted(question) for question in sections()] == [["Model1", "Model2", "Model3", "prompt"]] * 30


@pytest.mark.parametrize(("key", "place", "constraint"), constraints(), ids=[key for key, _, _ in constraints()])
def test_result(key: str, place: int, constraint: dict[str, Any]) -> None:
    name, params = constraint.get("check") or constraint["exec_check"], constraint.get("with")
    validate_check(name, params)
    question = sections()[place]
    results = [run_check(name, question[label], params, prompt=question["prompt"]) for label in LABELS]
    assert [result.result for result in results] == [RESULTS[letter] for letter in EXPECTED[key]]
    if key in MEASURED:
        assert [result.measured for result in results] == MEASURED[key]


def test_nothing_is_run() -> None:
    for _, place, constraint in constraints():
        if name := constraint.get("exec_check"):
            assert name in EXECUTION_CHECKS
            result = run_check(name, sections()[place]["Model1"], constraint["with"])
            assert "running code is off" in result.detail
