"""What `judgekit.calibration` offers by name: every function, none of them hidden by the module that it is in."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

import pytest

from judgekit import calibration


def test_every_name_is_there_and_none_is_a_module() -> None:
    assert sorted(calibration.__all__) == dir(calibration) == sorted(set(calibration.__all__))
    for name in calibration.__all__:
        assert not isinstance(getattr(calibration, name), ModuleType)


def test_no_module_has_the_name_of_a_function() -> None:
    # Importing such a module would put it in the place of the function, depending on who came first.
    for name in calibration.__all__:
        import_module(getattr(calibration, name).__module__)
        assert f"judgekit.calibration.{name}" not in sys.modules


def test_a_name_that_is_not_there_says_so() -> None:
    with pytest.raises(AttributeError, match=r"module 'judgekit\.calibration' has no attribute 'kappa'"):
        calibration.kappa  # noqa: B018
