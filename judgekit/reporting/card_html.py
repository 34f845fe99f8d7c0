"""A judge card as one HTML page that stands alone: no script, no network, everything foreign escaped."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from judgekit.errors import UserError
from judgekit.reporting.card_facts import answers, header_facts, subject, trouble
from judgekit.reporting.card_parts import card_sections
from judgekit.reporting.pages import TEMPLATES, page_environment, policy_digest

if TYPE_CHECKING:
    from judgekit.calibration.card.noun import JudgeCard


@dataclass(frozen=True, slots=True)
class _Drawn:
    title: str
    caption: str
    svg: str


def render_html(card: JudgeCard) -> str:
    """The page of a card: its decisions, its header, its parts with their figures and tables.

    Without matplotlib (extra `report`) the page has no figures, and says so; their numbers stand in its tables.
    """
    css = (TEMPLATES / "card.css").read_text(encoding="utf-8")
    sections = card_sections(card)
    figures, no_figures = _figures(card)
    return (
        page_environment()
        .get_template("card.html.j2")
        .render(
            subject=subject(card),
            trouble=trouble(card),
            decisions=answers(card),
            facts=header_facts(card),
            sections=sections,
            numbers={section.key: section.number for section in sections} | {"header": 1},
            figures=figures,
            no_figures=no_figures,
            css=css,
            css_digest=policy_digest(css),
        )
    )


def _figures(card: JudgeCard) -> tuple[dict[str, list[_Drawn]], str]:
    """The figures of each part, or why there are none."""
    from judgekit.reporting.card_figures import card_figures

    drawn: dict[str, list[_Drawn]] = defaultdict(list)
    try:
        for figure in card_figures(card):
            from judgekit.reporting.plots.svg import to_svg

            told = f"{figure.caption} The numbers are in the tables of this part."
            svg = to_svg(figure.axes, name=f"figure-{figure.name}", title=figure.title, description=told)
            drawn[figure.part].append(_Drawn(figure.title, figure.caption, svg))
    except UserError as error:
        return defaultdict(list), f"This page has no figures: {error}."
    return drawn, ""
