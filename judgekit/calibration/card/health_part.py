"""2. Is there anything wrong with the data?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.card.data import Data
from judgekit.calibration.card.parts import FindingRow, HealthPart, LostRow, RaterRow
from judgekit.calibration.card.words import plural
from judgekit.calibration.finding import Finding
from judgekit.calibration.pairing_lost import OTHER

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats


def health_part(data: Data, findings: Sequence[Finding]) -> HealthPart:
    """The part of the card."""
    paired = data.paired
    missing = data.beside.reasons
    abstained = missing.get("abstained", 0)
    errors = [one for one in findings if one.severity == "error"]
    warnings = [one for one in findings if one.severity == "warning"]
    lost = [LostRow(side=one.side, reason=one.reason, count=one.count, examples=one.examples) for one in paired.lost]
    raters = [
        *(_rater(name, paired.ratings[:, place], data) for place, name in enumerate(paired.annotators)),
        _rater("judge", paired.judge, data),
    ]
    return HealthPart(
        says=_says(errors, warnings),
        findings=tuple(
            FindingRow(kind=one.kind, severity=one.severity, count=one.count, detail=one.detail, items=one.items)
            for one in findings
        ),
        lost=tuple(lost),
        n_scored=int((~np.isnan(paired.judge)).sum()) + len(paired.unlabelled_items),
        n_abstained=abstained,
        n_failed=sum(missing.values()) - abstained,
        raters=tuple(raters),
        notes=_notes(missing),
    )


def _says(errors: Sequence[Finding], warnings: Sequence[Finding]) -> str:
    if errors:
        first = f"{errors[0].kind.replace('_', ' ')}: {errors[0].detail}"
        more = f"; and {plural(len(errors) - 1, 'more error')}" if len(errors) > 1 else ""
        return f"Do not trust the numbers yet: {first}{more}."
    if warnings:
        kinds = ", ".join(one.kind.replace("_", " ") for one in warnings)
        return f"The data can be used, with {plural(len(warnings), 'warning')}: {kinds}."
    return "Nothing wrong was found in the data."


def _notes(missing: Mapping[str, int]) -> tuple[str, ...]:
    if OTHER not in missing:
        return ()
    return (
        f"{plural(missing[OTHER], 'transcript')} with verdicts that contradict each other, which count for none: give "
        "repeats apart from the verdicts that count",
    )


def _rater(name: str, values: Floats, data: Data) -> RaterRow:
    known = values[~np.isnan(values)]
    n = int(known.size)
    return RaterRow(
        rater=name,
        n=n,
        mean=float(known.mean()) if n and data.ordered else float("nan"),
        shares=tuple(float((known == one).sum()) / n if n else float("nan") for one in data.paired.categories),
    )
