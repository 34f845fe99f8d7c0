"""The twelve parts of a judge card, in order, as sections that a page can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from judgekit.reporting.card_trust import (
    agreement_section,
    bias_section,
    ceiling_section,
    health_section,
    replacement_section,
)
from judgekit.reporting.card_use import (
    calibration_section,
    corrected_section,
    jury_section,
    next_section,
    reproduction_section,
    selective_section,
)

if TYPE_CHECKING:
    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.reporting.card_tables import Section


def card_sections(card: JudgeCard) -> tuple[Section, ...]:
    """Parts 2 to 12; part 1 is the header."""
    return (
        health_section(card),
        ceiling_section(card),
        agreement_section(card),
        replacement_section(card),
        bias_section(card),
        corrected_section(card),
        calibration_section(card),
        selective_section(card),
        next_section(card),
        jury_section(card),
        reproduction_section(card),
    )
