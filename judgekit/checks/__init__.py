"""Checks: what code can decide about a response, by name."""

from judgekit.checks.definition import CheckInfo
from judgekit.checks.execution import EXECUTION_CHECKS
from judgekit.checks.parameters import ParameterInfo
from judgekit.checks.registry import check_names, describe_check, run_check, validate_check

__all__ = [
    "EXECUTION_CHECKS",
    "CheckInfo",
    "ParameterInfo",
    "check_names",
    "describe_check",
    "run_check",
    "validate_check",
]
