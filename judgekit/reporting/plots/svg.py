"""A figure as SVG that may stand inside a page with a strict policy: no style, no script, no name but its own."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

from judgekit.reporting.plain import visible
from judgekit.reporting.plots.canvas import figure_of, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SVG: Final = "{http://www.w3.org/2000/svg}"
_XLINK: Final = "{http://www.w3.org/1999/xlink}href"
_FONT: Final = re.compile(r"(?:(?P<style>italic|oblique) )?(?:(?P<weight>bold|\d{3}) )?(?P<size>[\d.]+px)")


def to_svg(ax: Axes, *, name: str, title: str, description: str = "") -> str:
    """The figure of these axes as an SVG element, the same bytes each time.

    Its ink is `currentColor` and it has no background, so it takes on a light or a dark page. Colours and sizes are
    attributes, because a page that forbids inline styles drops those. Text stays text: it can be searched and read out.

    Args:
        ax: axes of the figure.
        name: begins every id, so that several figures can share a page: a letter, then letters, digits, hyphens.
        title: what the figure shows, for who does not see it.
        description: its message or its numbers.
    """
    figure = figure_of(ax)
    out = io.BytesIO()
    with style():
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    root = ElementTree.fromstring(out.getvalue())  # noqa: S314  # matplotlib wrote it just now
    _plain(root)
    _own_names(root, name)
    _announced(root, name, title, description)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
    root.set("xmlns", _SVG[1:-1])
    return re.sub(r">\s+<", "><", ElementTree.tostring(root, encoding="unicode")) + "\n"


def _plain(root: ElementTree.Element) -> None:
    for parent in root.iter():
        for child in list(parent):
            if child.tag in (f"{_SVG}metadata", f"{_SVG}style"):
                parent.remove(child)
    for element in root.iter():
        for key, value in _attributes(element.attrib.pop("style", "")):
            element.set(key, "currentColor" if value == "#000000" else value)
        if _XLINK in element.attrib:
            element.set("href", element.attrib.pop(_XLINK))
    for parent in root.iter():
        for child in list(parent):
            if child.tag == f"{_SVG}defs" and not len(child):
                parent.remove(child)


def _attributes(declarations: str) -> list[tuple[str, str]]:
    found = []
    for declaration in filter(None, (part.strip() for part in declarations.split(";"))):
        key, _, value = (part.strip() for part in declaration.partition(":"))
        if key == "font" and (font := _FONT.match(value)):  # matplotlib before 3.11
            found += [(f"font-{part}", text) for part, text in font.groupdict().items() if text]
        elif key not in ("font", "font-family"):  # the family is that of the whole figure, or of its page
            found.append((key, value))
    return found


def _own_names(root: ElementTree.Element, name: str) -> None:
    used: dict[str, str] = {}
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "href" or value.startswith("url(#"):
                used.setdefault(value.removeprefix("url(").removesuffix(")")[1:], f"{name}-{len(used)}")
    for element in root.iter():
        old = element.attrib.pop("id", None)
        if old in used:
            element.set("id", used[old])
        for key, value in element.attrib.items():
            if key == "href":
                element.set(key, f"#{used[value[1:]]}")
            elif value.startswith("url(#"):
                element.set(key, f"url(#{used[value[5:-1]]})")


def _announced(root: ElementTree.Element, name: str, title: str, description: str) -> None:
    root.attrib.pop("version", None)
    root.set("role", "img")
    root.set("fill", "currentColor")  # matplotlib leaves black out
    root.set("stroke-linejoin", "round")
    root.set("stroke-linecap", "butt")
    root.set("font-family", "DejaVu Sans, Verdana, Arial, sans-serif")
    parts = {"title": title, "desc": description}
    told = {part: text for part, text in parts.items() if text}
    for place, (part, text) in enumerate(told.items()):
        element = ElementTree.Element(f"{_SVG}{part}", {"id": f"{name}-{part}"})
        element.text = visible(text)
        root.insert(place, element)
    root.set("aria-labelledby", f"{name}-title")
    if description:
        root.set("aria-describedby", f"{name}-desc")
