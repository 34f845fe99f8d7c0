"""Warnings of Python's parsers kept away from the user: they are about the judged code, not about theirs."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# The warning filters belong to the whole process: two checks in two threads must not restore each other's.
_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def quiet() -> Iterator[None]:
    """No warning gets out of this block, nor becomes an error in it."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
