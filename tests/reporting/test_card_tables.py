"""Numbers as the tables of a card print them."""

from __future__ import annotations

import math

import pytest

from judgekit.calibration.names import statistic
from judgekit.reporting.card_tables import cell, interval, num, numbers, p_value, part_of, percent
from tests.reporting.cards import estimate, nothing


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        (num(-0.25), "−0.250"),
        (num(-0.0004), "0.000"),
        (num(math.inf), "n/a"),
        (p_value(0.00099), "< 0.001"),
        (p_value(0.001), "0.001"),
        (p_value(math.nan), "n/a"),
        (percent(0.125), "12.5 %"),
        (percent(math.nan), "n/a"),
        (part_of(1, 233), "<1%"),
        (part_of(232, 233), ">99%"),
        (part_of(233, 233), "100%"),
        (part_of(0, 233), "0%"),
        (part_of(0, 0), "0%"),
        (interval(estimate("x", -0.5, 0.25)), "[−0.750, −0.250]"),
        (interval(nothing("x")), "none"),
        (cell(""), "–"),
        (cell("a\n b\u202e"), "a b⟨U+202E⟩"),
        (statistic("gwet_ac2 (quadratic)"), "Gwet's AC2 (quadratic)"),
        (statistic("within_one"), "within one"),
    ],
)
def test_a_number_is_printed_as_papers_print_it(shown: str, wanted: str) -> None:
    assert shown == wanted


def test_an_estimate_has_its_reason_and_its_note_in_one_cell() -> None:
    assert numbers(estimate("x", 0.5, n=1200, note="a note")) == (
        "0.500",
        "[0.450, 0.550]",
        "1,200",
        "600",
        "made up; a note",
    )
    assert numbers(nothing("x", "no label")) == ("n/a", "none", "0", "0", "no label")
    assert numbers(None) == ("n/a", "none", "0", "0", "–")
