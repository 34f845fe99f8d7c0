"""What a card cannot do without: pairs, a scale, names that exist; each a UserError of one line where it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from judgekit.calibration.card.data import Data
from judgekit.calibration.card.options import CardOptions
from judgekit.calibration.finding import Finding, listed, plural
from judgekit.calibration.pairing import Paired
from judgekit.calibration.pairing_none import example, scale_words
from judgekit.calibration.pairing_scale import Scale
from judgekit.errors import UserError
from judgekit.rubric import Rubric


def need_pairs(paired: Paired, findings: Sequence[Finding]) -> None:
    """Nothing.

    Raises:
        UserError: no transcript has both a value of the judge and a usable label.
    """
    if paired.items and not np.isnan(paired.judge).all():
        return
    why = next((one.detail for one in findings if one.kind == "nothing_paired"), "")
    if paired.items:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in paired.missing.items())
        strays = [one for one in paired.strays if one.rater is None]
        why = f"none of {plural(len(paired.items), 'labelled transcript')} has a value of the judge ({reasons})"
        why += f": the scale is {scale_words(paired)}, and the judge said {example(strays[0])}" if strays else ""
    raise UserError(f"calibrate: labels and verdicts of the same transcripts were wanted; {why}")


def need_scale(paired: Paired) -> None:
    """Nothing.

    Raises:
        UserError: only one answer is possible.
    """
    if not paired.scale.low < paired.scale.high:
        only = ", ".join(paired.scale.answers)
        raise UserError(
            f"calibrate: a scale of two answers or more was wanted; there is one, {only}: name the answers that are "
            "possible with categories=, or the rubric with rubric="
        )


def typed(scale: Scale, options: CardOptions) -> Scale:
    """The scale with or without an order, as it was said; winners of pairs (1, 2, 0) are no grades.

    Raises:
        UserError: every number of a range is possible, which are no categories.
    """
    wanted = options.scale_type or ("nominal" if options.swapped is not None else None)
    if wanted is None:
        return scale
    if not scale.categories:
        raise UserError(f"calibrate: {wanted} answers have to be named, with categories= or a rubric")
    return replace(scale, ordered=wanted == "ordinal")


def need_own(data: Data) -> None:
    """Nothing; a response label that is misspelt would be nobody's, and self-preference be measured on nothing.

    Raises:
        UserError: a label that is said to be of the judge's family does not occur.
    """
    own = set(data.asked.own)
    if not own:
        return
    names = data.response_labels
    if names is None:
        raise UserError(
            "calibrate: own= names response labels of the judge's family, and the ids of these transcripts have "
            "none (as Model1 in q1/Model1), or one only"
        )
    unknown = sorted(own - set(names))
    if unknown:
        there = listed(sorted(set(names)), 10)
        raise UserError(f"calibrate: own= {unknown[0]!r} is no response label of these transcripts; there are {there}")


def pass_mark(options: CardOptions, paired: Paired) -> float | None:
    """The lowest value that passes; None where nothing says so.

    Raises:
        UserError: it is not on the scale.
    """
    if options.pass_at is not None:
        if not paired.scale.low < options.pass_at <= paired.scale.high:
            raise UserError(
                f"calibrate: the lowest value that passes was wanted for pass_at=, above {paired.scale.low:g} and "
                f"up to {paired.scale.high:g}; came {options.pass_at:g}"
            )
        return options.pass_at
    if isinstance(options.rubric, Rubric) and not options.criterion and options.rubric.pass_at is not None:
        return float(options.rubric.pass_at)
    return None
