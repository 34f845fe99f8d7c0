"""A harness's package, imported when it is first needed, and the subclasses that it wants."""

from __future__ import annotations

from importlib import import_module
from types import new_class
from typing import Any

from judgekit.errors import UserError


def needed(module: str, install: str) -> Any:
    """A module of a harness.

    Args:
        module: its dotted name.
        install: what to give to pip where it does not import.

    Raises:
        UserError: it does not import; says why, and the cure.

    >>> needed("json", "json").dumps([1])
    '[1]'
    """
    try:
        return import_module(module)
    except ImportError as error:
        why = " ".join(str(error).split())
        raise UserError(f"{module} was wanted and does not import ({why}): pip install {install}") from error


def subclassed(logic: type, *bases: Any) -> Any:
    """The class that joins our logic to a harness's base classes; it bears the logic's name without its underscore.

    What the logic defines goes before what the bases define.

    >>> class _Ours: says = "ours"
    >>> class Theirs: says = "theirs"
    >>> made = subclassed(_Ours, Theirs)
    >>> made.__name__, made.says, issubclass(made, Theirs)
    ('Ours', 'ours', True)
    """
    fields = {"__module__": logic.__module__, "__doc__": logic.__doc__, "__qualname__": logic.__name__.lstrip("_")}
    return new_class(logic.__name__.lstrip("_"), (logic, *bases), exec_body=lambda body: body.update(fields))
