"""Where figures are drawn: size, type, colours, and text that is never read as markup.

A figure lies on its page without a background of its own. Ink is black, which an SVG for a page turns into the colour
of the text around it; the two colours are of middle brightness, so that both stand out on white and on black. Nothing
is told by colour alone: shape, line and words say it too.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from judgekit.errors import UserError
from judgekit.reporting.plain import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.text import Text

COLUMN: Final = 3.5
"""Inches: the column of a paper in two columns."""
SMALL: Final = 8.0
"""Points: the smallest type."""
INK: Final = "black"
JUDGE: Final = "#2f78bf"
"""Blue, the judge and what follows from it; contrast 4.6 with white, 4.0 with the darkest page."""
PEOPLE: Final = "#c8561b"
"""Vermilion, people; contrast 4.4 with white, 4.2 with the darkest page."""
FAINT: Final = 0.12
"""Opacity of a shaded range."""
_STYLE: Final[dict[str, Any]] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib: the same widths, so the same SVG, everywhere
    "font.size": SMALL,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": SMALL,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "text.usetex": False,
    "axes.formatter.use_mathtext": False,
    "axes.unicode_minus": True,
    "svg.fonttype": "none",
    "svg.hashsalt": "judgekit",
    "pdf.fonttype": 42,
}
_THEIRS: Final = ("backend", "interactive", "toolbar", "webagg")
"""Settings that are not about looks: changing the backend could load a window system."""


@contextmanager
def style() -> Iterator[None]:
    """A context in which matplotlib draws and writes as this package does, whatever the user's own settings.

    Those settings belong to the whole process, so figures are drawn in one thread at a time.

    Raises:
        UserError: matplotlib is not there; names the extra that brings it.
    """
    try:
        import matplotlib
    except ImportError:
        raise UserError(
            "figures need the extra `report`: pip install 'llm-judgekit[report]'; tables come without it"
        ) from None
    defaults = matplotlib.rcParamsDefault.items()
    settings: dict[Any, Any] = {name: value for name, value in defaults if not name.startswith(_THEIRS)}
    with matplotlib.rc_context(settings | _STYLE), warnings.catch_warnings():
        # What a script looks like that the measuring font lacks is guessed; the reader's own fonts show it.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from")
        yield


def axes(ax: Axes | None, height: float, *, width: float = COLUMN) -> Axes:
    """The axes that were given, or those of a new figure, in inches; call it inside `style()`."""
    if ax is not None:
        _dress(ax)
        return ax
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # Without pyplot: no window, no list of open figures, nothing to close.
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def _dress(ax: Axes) -> None:
    """Make axes that somebody else has made look like those that are made here."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for spine in ax.spines.values():
        spine.set_linewidth(_STYLE["axes.linewidth"])
    ax.tick_params(labelsize=SMALL, width=_STYLE["xtick.major.width"], length=_STYLE["xtick.major.size"])
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_fontsize(SMALL)
    ax.patch.set_alpha(0.0)


def figure_of(ax: Axes) -> Figure:
    """The whole figure that the axes belong to."""
    from matplotlib.figure import Figure

    figure = ax.get_figure()
    while figure is not None and not isinstance(figure, Figure):
        figure = figure.figure
    assert figure is not None
    return figure


def word(text: str, limit: int = 40) -> str:
    """The text on one line, hidden characters as tokens, cut with an ellipsis.

    >>> word("a" * 50, 10)
    'aaaaaaaaa…'
    """
    start = text[: 8 * limit]
    # XML cannot hold these, not even as a reference.
    line = one_line(re.sub("[\ud800-\udfff\ufffe\uffff]", "\N{REPLACEMENT CHARACTER}", start))
    return line if len(line) <= limit and start == text else f"{line[: limit - 1]}…"


def write(ax: Axes, x: float, y: float, text: str, **how: Any) -> Text:
    """The text at this place; a dollar sign is a dollar sign, never the start of a formula."""
    return ax.text(x, y, text, **{"parse_math": False, "usetex": False, **how})


def ticks(axis: Axis, places: Sequence[float], names: Sequence[str], **how: Any) -> None:
    """Name places on an axis, the names being text and never formulas."""
    axis.set_ticks(list(places), labels=list(names), parse_math=False, usetex=False, **how)


def titled(ax: Axes, title: str | None, *, pad: float = 6.0) -> None:
    """Give the axes their title, if there is one, so many points above them."""
    if title:
        ax.set_title(word(title, 60), pad=pad, parse_math=False, usetex=False)
