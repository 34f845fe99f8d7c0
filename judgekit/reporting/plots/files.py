"""A figure as a file of its own: PDF for a paper, SVG or PNG for all else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from judgekit.errors import UserError
from judgekit.io.atomic import atomic_write
from judgekit.reporting.plots.canvas import figure_of, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DATES: Final[dict[str, dict[str, Any]]] = {
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".svg": {"Date": None, "Creator": None},
    ".png": {"Software": None},
}


def save_figure(ax: Axes, path: str | Path) -> Path:
    """The path of the file that was written, on white, without a date: the same figure gives the same bytes.

    Args:
        ax: axes of the figure.
        path: ends in .pdf (fonts embedded as TrueType), .svg, or .png (300 dots an inch).

    Raises:
        UserError: another ending, or the file cannot be written.
    """
    target = Path(path)
    metadata = _DATES.get(target.suffix.lower())
    if metadata is None:
        raise UserError(f"a figure ending in .pdf, .svg or .png was wanted; came {target.name!r}; rename it")
    with style(), atomic_write(target) as out:
        figure_of(ax).savefig(out, format=target.suffix[1:].lower(), metadata=metadata, dpi=300, facecolor="white")
    return target
