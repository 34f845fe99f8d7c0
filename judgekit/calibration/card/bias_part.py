"""6. What does the judge favour?"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from judgekit.calibration.bias_length import length_slope
from judgekit.calibration.bias_position import position_audit
from judgekit.calibration.bias_repeat import drift_test, test_retest
from judgekit.calibration.bias_scores import compression, family_gap, severity
from judgekit.calibration.card.data import Data, attempt
from judgekit.calibration.card.parts import BiasPart, BiasRow, ShareTable
from judgekit.calibration.card.words import number, percent, plural, spoken
from judgekit.calibration.estimate import Estimate

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats

Unit = Literal["points", "ratio", "share", "log-odds"]
Verdict = Literal["biased", "negligible", "none found", "undefined"]

_AFTER: Final[dict[Unit, str]] = {"points": " points", "ratio": "", "share": "", "log-odds": " log-odds"}
FEWEST_UNITS = 20
"""Independent units below which a bias that is not seen may well be there."""


def bias_part(data: Data) -> BiasPart:
    """The part of the card."""
    rows = [row for row in (_severity(data), _spread(data), _length(data), _family(data)) if row is not None]
    rows += [*_position(data), *_drift(data)]
    notes: list[str] = []
    slope, shares = None, None
    if data.categories is not None or data.ordered:
        used = compression(
            data.label, data.judge, categories=data.categories, clusters=data.units, level=data.asked.level
        )
        slope = used.slope if data.ordered else None
        if data.categories is not None:
            shares = ShareTable(
                answers=data.paired.scale.answers, labels=used.label_shares, verdicts=used.verdict_shares
            )
        if used.unused and data.categories is not None:
            named = dict(zip(data.paired.categories, data.paired.scale.answers, strict=True))
            listed = ", ".join(named.get(one, number(one)) for one in used.unused)
            notes.append(f"answers that the judge hardly uses, and people do: {listed}")
    repeats, for_target, said = _repeats(data)
    return BiasPart(
        says=_says(rows, said),
        missing=_missing(data),
        notes=tuple(notes),
        rows=tuple(rows),
        slope=slope,
        shares=shares,
        repeats=repeats,
        repeats_for_target=for_target,
    )


def _says(rows: list[BiasRow], repeats: str) -> str:
    there = {row.name: row.verdict for row in rows}
    if "position" in there and there["position"] == there["first_shown"]:
        rows = [row for row in rows if row.name != "first_shown"]  # the same bias on another scale
    found = [row.says.rstrip(".") for row in rows if row.verdict == "biased"]
    parts = [one[:1].lower() + one[1:] for one in found]
    small, none, untold = (
        ", ".join(row.title for row in rows if row.verdict == verdict and row.name != "changed")
        for verdict in ("negligible", "none found", "undefined")
    )
    parts += [f"too small to matter: {small}"] * bool(small)
    parts += [f"none found, though it may be there within the interval: {none}"] * bool(none)
    parts += [f"cannot be told: {untold}"] * bool(untold)
    said = "; ".join(parts) or "no bias could be measured"
    return f"{said[:1].upper()}{said[1:]}{repeats}."


def _missing(data: Data) -> str:
    beside = data.beside
    wanted = [
        (bool(beside.lengths), "length: the transcripts"),
        (bool(data.asked.own), "own family: which response labels are of the judge's family"),
        (bool(beside.swapped), "position: pairs judged in the other order"),
        (bool(beside.repeats), "test-retest: a second run of the same judge"),
        (bool(beside.before), "drift: verdicts of the judge as it was before"),
    ]
    lacking = [what for there, what in wanted if not there]
    return f"not measured, for want of data: {'; '.join(lacking)}" if lacking else ""


def _minimal(unit: Unit, data: Data) -> float:
    """The smallest distance from neutral that matters: a share of the scale, in the unit of the row."""
    share = data.asked.matters
    low, high = data.ends
    # Around even chances a log-odds of 4 x moves a share by about x; a spread is a share of itself, seen on both sides.
    return {"points": share * (high - low), "share": share, "log-odds": 4.0 * share, "ratio": 2.0 * share}[unit]


def _row(
    name: str,
    title: str,
    unit: Unit,
    estimate: Estimate,
    neutral: float,
    said: tuple[str, str],
    data: Data,
    *,
    times: float = 1.0,
) -> BiasRow:
    """A row; `said` is what holds above and below the neutral value, `times` how often these data have the effect."""
    estimate, least = replace(estimate, name=name), _minimal(unit, data) / times
    verdict: Verdict = "none found"
    if math.isnan(estimate.value) or math.isnan(estimate.low):
        verdict, text = "undefined", f"{title}: {estimate.undefined or 'no interval'}"
    elif neutral - least < estimate.low and estimate.high < neutral + least:
        verdict = "negligible"
        text = (
            f"{title}: {spoken(estimate)}, surely less than {number(least)} from {number(neutral)}: too small to matter"
        )
    elif not estimate.low <= neutral <= estimate.high:
        verdict, text = "biased", f"{said[0] if estimate.low > neutral else said[1]} ({spoken(estimate)}{_AFTER[unit]})"
    elif estimate.n_clusters < FEWEST_UNITS:
        verdict = "undefined"
        text = (
            f"{title}: {spoken(estimate)} cannot be told from none ({number(neutral)}) with "
            f"{plural(estimate.n_clusters, 'independent unit')}; {FEWEST_UNITS} are needed"
        )
    else:
        text = f"{title}: none found, {spoken(estimate)}, neutral is {number(neutral)}"
    return BiasRow(
        name=name,
        title=title,
        unit=unit,
        estimate=estimate,
        neutral=neutral,
        minimal=least,
        verdict=verdict,
        says=f"{text[:1].upper()}{text[1:]}.",
    )


def _bare(data: Data) -> dict[str, Any]:
    return {"clusters": data.units, "level": data.asked.level}


def _severity(data: Data) -> BiasRow | None:
    if not data.ordered:
        return None
    found = attempt(
        "severity", lambda: severity(data.mean, data.judge, scale=data.ends, **_bare(data)), data.asked.level
    )
    said = ("the judge is lenient: it gives more points than people", "the judge is severe: it gives fewer points")
    return _row("severity", "leniency", "points", found, 0.0, said, data)


def _spread(data: Data) -> BiasRow | None:
    if not data.ordered or data.binary:
        return None
    found = compression(data.label, data.judge, categories=data.categories, **_bare(data)).sd_ratio
    said = ("the judge spreads its answers wider than people", "the judge squeezes the scale")
    return _row("sd_ratio", "use of the scale", "ratio", found, 1.0, said, data)


def _length(data: Data) -> BiasRow | None:
    if not data.beside.lengths or not data.ordered:
        return None
    lengths = data.of_items(data.beside.lengths)
    lengths[lengths <= 0.0] = np.nan
    found = attempt(
        "length", lambda: length_slope(data.mean, data.judge, lengths, **_bare(data)).excess, data.asked.level
    )
    said = (
        "the judge rewards length beyond what people do, for each doubling",
        "the judge punishes length beyond what people do, for each doubling",
    )
    return _row("length", "length", "points", found, 0.0, said, data, times=_doublings(lengths))


def _doublings(lengths: Floats) -> float:
    """From a short response (the 10th percentile) to a long one (the 90th), in doublings; at least one."""
    there = lengths[~np.isnan(lengths)]
    if not there.size:
        return 1.0
    short, long = np.percentile(np.log2(there), [10, 90])
    return max(1.0, float(long - short))


def _family(data: Data) -> BiasRow | None:
    names = data.response_labels
    if not data.asked.own or names is None or not data.ordered:
        return None
    own = [name in data.asked.own for name in names[: len(data.paired.items)]]
    found = attempt("family", lambda: family_gap(data.mean, data.judge, own, **_bare(data)), data.asked.level)
    said = ("the judge favours its own family", "the judge is harder on its own family")
    return _row("family", "own family", "points", found, 0.0, said, data)


def _position(data: Data) -> list[BiasRow]:
    swapped = data.of_items(data.beside.swapped)
    if np.isnan(swapped).all():
        return []
    found = position_audit(data.judge, swapped, gold=data.label, **_bare(data))
    said = ("the judge prefers what it is shown first", "the judge prefers what it is shown second")
    return [
        _row("position", "position", "log-odds", found.log_odds, 0.0, said, data),
        _row("first_shown", "first place wins", "share", found.first_shown, 0.5, said, data),
    ]


def _drift(data: Data) -> list[BiasRow]:
    if not data.beside.before:
        return []
    names = [*data.paired.items, *data.paired.unlabelled_items]
    new = np.concatenate([data.judge, data.paired.unlabelled_judge])
    old = np.array([data.beside.before.get(name, np.nan) for name in names])
    found = drift_test(old, new, scale=data.ends, clusters=data.all_units, level=data.asked.level)
    said = ("the judge gives more than it did before", "the judge gives less than it did before")
    rows = [_row("drift", "drift", "points", found.shift, 0.0, said, data)] if data.ordered else []
    changed = replace(found.changed, name="changed")
    text = f"Answers other than before: {spoken(changed)}."
    verdict: Literal["none found", "undefined"] = "undefined" if math.isnan(changed.value) else "none found"
    return [
        *rows,
        BiasRow(
            name="changed",
            title="answers changed",
            unit="share",
            estimate=changed,
            neutral=0.0,
            verdict=verdict,
            says=text,
        ),
    ]


def _repeats(data: Data) -> tuple[tuple[Estimate, ...], int | None, str]:
    if not data.beside.repeats:
        return (), None, ""
    again = [data.of_items(one) for one in data.beside.repeats]
    found = test_retest(np.stack([data.judge, *again], axis=1), **_bare(data))
    estimates = (found.within_sd, found.identical, found.reliability)
    same = found.identical
    said = "" if math.isnan(same.value) else f"; repeats give the same answer on {percent(same.value)} of items"
    if found.repeats_for_target and found.repeats_for_target > 1:
        said += f", and {plural(found.repeats_for_target, 'repeat')} would be reliable to 0.9"
    return estimates, found.repeats_for_target, said
