"""What third parties add, found by name through entry points on first use."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from judgekit.errors import UserError

Group = Literal["judgekit.transcripts", "judgekit.rubrics", "judgekit.checks"]


def plugin_names(group: Group) -> list[str]:
    """The names that installed distributions offer in this group, sorted."""
    return sorted({point.name for point in entry_points(group=group)})


def load_plugin(group: Group, name: str) -> Any | None:
    """The object behind a name, or None where no distribution offers it.

    Raises:
        UserError: the plug-in cannot be loaded; names its distribution.
    """
    found = _point(group, name)
    if found is None:
        return None
    try:
        return found.load()
    except Exception as error:
        raise UserError(
            f"the plug-in {name!r} ({group}) of distribution {distribution_of(group, name)!r} does not load: "
            f"{type(error).__name__}: {error}; update or uninstall it"
        ) from error


def distribution_of(group: Group, name: str) -> str:
    """The distribution that offers a name, for messages; the name itself where that is not known."""
    point = _point(group, name)
    return point.dist.name if point is not None and point.dist is not None else name


def _point(group: Group, name: str) -> EntryPoint | None:
    return next(iter(entry_points(group=group, name=name)), None)
