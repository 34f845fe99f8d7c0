"""Checks that would have to run code. There is no sandbox yet, so they never run anything: they are not applicable."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StrictInt

from judgekit.checks.definition import Check, Subject, undecided
from judgekit.checks.parameters import Params, Texts
from judgekit.noun import Text
from judgekit.verdict import CheckResult

EXECUTION_CHECKS = frozenset({"python_same_result", "python_own_tests_pass"})
"""The checks that stand under `exec_check`."""


class SameResult(Params):
    """What to compare."""

    reference: Text
    """Where the code to compare with is, such as `prompt block 1`."""
    function: Text | None = None
    """The function to call in both; without it, loose code with the variables below."""
    variables_in: Texts = ()
    """The variables that hold the input."""
    variable_out: Text | None = None
    """The variable that holds the result."""
    setup: Text | None = None
    """Code to run first in both."""
    cases: Annotated[StrictInt, Field(ge=1)] = 100
    """How many inputs to try."""


class OwnTests(Params):
    """What to run."""

    tests: Text
    """Where the tests are, such as `block:2`."""
    implementation: Text
    """Where the code under test is, such as `block:3`."""
    requires: Texts = ()
    """Packages that the tests import."""


def _off(subject: Subject, params: Params) -> CheckResult:
    return undecided("not_applicable", "running code is off: there is no sandbox yet")


CHECKS = (
    Check("python_same_result", "Would compare results with the prompt's code; runs nothing yet.", SameResult, _off),
    Check("python_own_tests_pass", "Would run the answer's own tests; runs nothing yet.", OwnTests, _off),
)
