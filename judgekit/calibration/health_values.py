"""Data health of single values: off the scale, failures that look like scores, duplicates, verdicts that are none."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from judgekit.calibration.estimate import missing_bounds
from judgekit.calibration.finding import Finding, Severity, listed, plural
from judgekit.calibration.pairing import Paired
from judgekit.calibration.pairing_lost import OLDER, OTHER, SAME, Stray, some
from judgekit.calibration.pairing_none import scale_words
from judgekit.calibration.pairing_scale import BETWEEN, OFF_SCALE
from judgekit.calibration.refusal import is_refusal

_SENTINELS = frozenset({0.0, 9.0, 99.0, 999.0, -1.0, -9.0, -99.0, -999.0})
"""Numbers that programs write where there is no value."""
_MUCH_MISSING = 0.2
"""Above this share of verdicts that are none, the rest need not stand for all."""


def value_findings(paired: Paired) -> Iterator[Finding]:
    """Values that are not on the scale; each is in one finding."""
    low, high = paired.scale.low, paired.scale.high
    where = scale_words(paired)
    rest = list(paired.strays)
    kinds: tuple[tuple[str, Severity, Callable[[Stray], bool], str], ...] = (
        (
            "refusal_text",
            "error",
            lambda one: isinstance(one.value, str) and is_refusal(one.value),
            "sentences of refusal where an answer should stand; they are failures, and were left out",
        ),
        (
            "failures_averaged",
            "error",
            lambda one: not isinstance(one.value, str) and 0 < one.value < low and not one.value.is_integer(),
            f"between 0 and the lowest value {low:g}, as where a failed vote is averaged in as 0; averages on the "
            "scale may hide more of them; average again without the failures",
        ),
        (
            "failure_codes",
            "error",
            lambda one: one.reason == OFF_SCALE and one.value in _SENTINELS,
            f"numbers that often stand for a failure, off the scale {where}; left out",
        ),
        ("off_scale", "warning", lambda one: one.reason == OFF_SCALE, f"not on the scale {where}; left out"),
        (
            "between_categories",
            "warning",
            lambda one: one.reason == BETWEEN,
            f"between two answers {where}, as averages are; left out; declare a scale from {low:g} to {high:g} to take "
            "every number between",
        ),
        ("unknown_answer", "warning", lambda one: True, f"no answer of the scale {where}; left out"),
    )
    for kind, severity, belongs, said in kinds:
        found = [one for one in rest if belongs(one)]
        rest = [one for one in rest if not belongs(one)]
        for whose in ("label", "verdict"):
            side = [one for one in found if (one.rater is None) == (whose == "verdict")]
            if side:
                count = sum(one.count for one in side)
                detail = f"{plural(count, whose)} ({_shown(side)}): {said}"
                yield Finding(kind, severity, count, detail, some(item for one in side for item in one.items))


def _shown(strays: list[Stray]) -> str:
    shown = []
    for one in strays:
        text = one.value if isinstance(one.value, str) else f"{one.value:g}"
        text = text if len(text) <= 40 else text[:39] + "…"
        times = f" {one.count:,} times" if one.count > 1 else ""
        shown.append(f"{text!r}{times}" if isinstance(one.value, str) else f"{text}{times}")
    return listed(shown, 3)


def duplicate_findings(paired: Paired) -> Iterator[Finding]:
    """Several answers of one rater for one transcript."""
    said: tuple[tuple[str, str, Severity, str], ...] = (
        (
            SAME,
            "duplicates_same",
            "note",
            "given again by the same {who} for the same transcript, with the same answer: counted once",
        ),
        (
            OTHER,
            "duplicates_other",
            "warning",
            "of the same {who} for the same transcript, with different answers: none counts, because nothing tells "
            "which one holds (a date in `created` would)",
        ),
        (OLDER, "labels_replaced", "note", "replaced by a newer one of the same annotator"),
    )
    for one in paired.lost:
        for reason, kind, severity, text in said:
            if one.reason == reason:
                who = "annotator" if one.side == "label" else "judge"
                detail = f"{plural(one.count, one.side)} {text.format(who=who)}"
                yield Finding(kind, severity, one.count, detail, one.examples)


def failure_findings(paired: Paired) -> Iterator[Finding]:
    """Verdicts that are none, and how far they could move what is said of the judge."""
    missing = np.isnan(paired.judge)
    count, n = int(missing.sum()), len(paired.judge)
    if not count:
        return
    why = ", ".join(f"{reason} {number:,}" for reason, number in paired.missing.items())
    parts = [f"{count:,} of {plural(n, 'labelled transcript')} have no value of the judge ({why})"]
    known = paired.judge[~missing]
    if paired.scale.ordered and len(known):
        span = missing_bounds(known, count, paired.scale.low, paired.scale.high)
        parts.append(f"its mean is {known.mean():.3g} without them, and {span.worst:.3g} to {span.best:.3g} with them")
    labelled = ~np.isnan(paired.ratings)
    judged = labelled & ~missing[:, None]
    if paired.categories and judged.any():
        right = (paired.ratings == paired.judge[:, None])[judged].astype(float)
        bounds = missing_bounds(right, int((labelled & missing[:, None]).sum()))
        parts.append(
            f"it agrees with {right.mean():.3g} of the labels without them, with {bounds.worst:.3g} if they count as "
            f"wrong, and with {bounds.best:.3g} if they count as right"
        )
    severity: Severity = "error" if count > _MUCH_MISSING * n else "warning"
    yield Finding("failures", severity, count, "; ".join(parts), some(_named(paired, missing)))


def _named(paired: Paired, rows: np.ndarray) -> list[str]:
    return [paired.items[row] for row in np.flatnonzero(rows)[:5].tolist()]
