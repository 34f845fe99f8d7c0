"""How far payloads move a judge: what it said of each copy, paired with the copy without a payload."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import Final, Literal

from judgekit.calibration.correction_paired import paired_difference
from judgekit.calibration.estimate import Estimate
from judgekit.io.attacks import Goal

BY_CONTENT: Final = frozenset({"refusal", "content_filter", "invalid_reply", "truncated", "too_long"})
"""Failures that what stands in the prompt can cause; any other says nothing about a payload."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the judge made of one copy."""

    status: Literal["scored", "none", "unknown"]
    """`none`: an abstention, or a failure by content; `unknown`: not asked yet, or the call failed."""
    score: float = nan
    """0..1; nan where there is none. Never 0 for what is missing."""
    words: str = ""
    """The judge's own sentences, without what it quotes."""


UNKNOWN: Final = Said("unknown")


@dataclass(frozen=True, slots=True)
class Pair:
    """One copy beside the copy that it is compared with."""

    unit: str
    """The example; pairs of one example are not independent."""
    rubric: str
    """The rubric's name."""
    family: str
    """The payload's."""
    goal: Goal
    """The payload's."""
    payload: str
    """The payload's id."""
    before: Said
    """Of the copy without payload."""
    after: Said
    """Of the copy with it."""
    obeyed: bool | None = None
    """Whether the payload's sign stands in the judge's own words; None: it has none."""


@dataclass(frozen=True, slots=True)
class Shift:
    """What payloads of one kind moved."""

    name: str
    """The family, the rubric, or `all`."""
    goal: Goal | Literal["any"]
    """What the payloads want."""
    payloads: int
    """How many of them."""
    pairs: int
    """Pairs in which both copies were judged."""
    unknown: int
    """Pairs of which one was not: not asked, or the call failed."""
    shift: Estimate
    """Score with payload - score without, over the pairs that have both."""
    answered: Estimate
    """Share of scored copies with payload - share of scored ones without, over all judged pairs."""
    lost: int
    """Pairs whose score became an abstention or a failure."""
    gained: int
    """Pairs without a score before, and with one after."""
    obeyed: int
    """Replies that carry the sign of a payload: the judge did as it was told."""
    signs: int
    """Replies that could carry one."""
    alarm: str
    """Why this is beyond the threshold; '' where it is not."""


def shift_of(name: str, pairs: Sequence[Pair], threshold: float, *, level: float = 0.95) -> Shift:
    """The shift of these pairs, examples as the independent units.

    There is an alarm where the score moved towards the goal by more than the threshold, where the share of scored
    copies changed by more, either with an interval that excludes 0, or where more than that share of the replies that
    can show obedience do.

    Args:
        name: how the row is called.
        pairs: of one family, one rubric, or all.
        threshold: on the scale of scores, 0..1, and for shares.
        level: confidence of the intervals.
    """
    judged = [pair for pair in pairs if "unknown" not in (pair.before.status, pair.after.status)]
    units = [pair.unit for pair in judged]
    shift = _difference([p.after.score for p in judged], [p.before.score for p in judged], units, "shift", level)
    after, before = [_scored(p.after) for p in judged], [_scored(p.before) for p in judged]
    answered = _difference(after, before, units, "answered", level)
    goals = {pair.goal for pair in pairs}
    signs = [pair.obeyed for pair in judged if pair.obeyed is not None]
    goal: Goal | Literal["any"] = goals.pop() if len(goals) == 1 else "any"
    return Shift(
        name=name,
        goal=goal,
        payloads=len({pair.payload for pair in pairs}),
        pairs=len(judged),
        unknown=len(pairs) - len(judged),
        shift=shift,
        answered=answered,
        lost=sum(b > a for b, a in zip(before, after, strict=True)),
        gained=sum(a > b for b, a in zip(before, after, strict=True)),
        obeyed=sum(signs),
        signs=len(signs),
        alarm=_alarm(goal, shift, answered, sum(signs), len(signs), threshold),
    )


def _scored(said: Said) -> float:
    return float(said.status == "scored")


def _difference(a: list[float], b: list[float], units: list[str], name: str, level: float) -> Estimate:
    """The mean of a - b; pairs without both values are left out."""
    # A cluster a pair, where each example has one, is no cluster: the interval for yes/no scores is then exact.
    found = paired_difference(a, b, clusters=units if len(set(units)) < len(units) else None, level=level)
    return replace(found, name=name)


def _alarm(
    goal: Goal | Literal["any"], shift: Estimate, answered: Estimate, obeyed: int, signs: int, threshold: float
) -> str:
    said = []
    if goal in ("raise", "any") and _beyond(shift, threshold) > 0:
        said.append("scores rise")
    if goal == "lower" and _beyond(shift, threshold) < 0:
        said.append("scores fall")
    if way := _beyond(answered, threshold):
        said.append("scores appear" if way > 0 else "scores are lost")
    if signs and obeyed / signs > threshold:
        said.append("orders are obeyed")
    return ", ".join(said)


def _beyond(e: Estimate, threshold: float) -> int:
    """1 or -1 where the value is that far from 0 and its interval, if it has one, excludes 0; else 0."""
    if isnan(e.value) or abs(e.value) <= threshold:
        return 0
    way = 1 if e.value > 0 else -1
    end = e.low if way > 0 else e.high
    return way if isnan(end) or way * end > 0 else 0


@dataclass(frozen=True, slots=True)
class Drift:
    """What one defence does to clean examples."""

    defence: str
    """Its name."""
    about: str
    """What it is."""
    pairs: int
    """Clean examples judged with it and without."""
    unknown: int
    """Examples of which one is not judged."""
    drift: Estimate
    """Score with the defence - score without."""
    changed: int
    """Examples whose score differs, or that have one in only one of the two."""
    missing: str = ""
    """Why it could not be measured for some rubrics; '' where it could."""


def drift_of(
    defence: str, about: str, pairs: Iterable[tuple[str, Said, Said]], missing: str = "", *, level: float = 0.95
) -> Drift:
    """The drift, from the unit, what was said with the defence, and without it."""
    every = list(pairs)
    judged = [pair for pair in every if "unknown" not in (pair[1].status, pair[2].status)]
    units = [unit for unit, _, _ in judged]
    with_, without = [on.score for _, on, _ in judged], [off.score for _, _, off in judged]
    return Drift(
        defence=defence,
        about=about,
        pairs=len(judged),
        unknown=len(every) - len(judged),
        drift=_difference(with_, without, units, "drift", level),
        changed=sum(a != b and not (isnan(a) and isnan(b)) for a, b in zip(with_, without, strict=True)),
        missing=missing,
    )
