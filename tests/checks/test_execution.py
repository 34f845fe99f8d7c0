"""Checks that would run code: known, validated, and never run."""

from __future__ import annotations

from pathlib import Path

import pytest

from judgekit.checks import EXECUTION_CHECKS, check_names, run_check, validate_check
from judgekit.errors import UserError

PARAMS: dict[str, dict[str, object]] = {
    "python_same_result": {"reference": "prompt block 1", "function": "f", "setup": "import re", "cases": 300},
    "python_own_tests_pass": {"tests": "block:1", "implementation": "block:2", "requires": ["hypothesis"]},
}


def test_all_are_covered_here() -> None:
    assert set(PARAMS) == EXECUTION_CHECKS <= set(check_names())


@pytest.mark.parametrize("check", PARAMS)
def test_nothing_is_run(check: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    code = f"```python\nopen({str(mark)!r}, 'w').write('ran')\n```\n"
    found = run_check(check, code * 2, PARAMS[check], prompt=code)
    assert (found.result, found.measured) == ("not_applicable", None)
    assert found.detail == "running code is off: there is no sandbox yet"
    assert not mark.exists()


@pytest.mark.parametrize(
    ("check", "params"), [("python_same_result", {}), ("python_own_tests_pass", {"tests": "block:1"})]
)
def test_their_parameters_are_validated_all_the_same(check: str, params: dict[str, object]) -> None:
    with pytest.raises(UserError, match=f"^check {check} needs the parameter"):
        validate_check(check, params)
    with pytest.raises(UserError, match="has no parameter 'case'"):
        validate_check(check, {**PARAMS[check], "case": 1})
