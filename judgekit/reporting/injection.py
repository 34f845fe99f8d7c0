"""The audit of injections as plain text of 80 columns and more."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from judgekit.io.attacks import Payload, attach_payload
from judgekit.judging.precheck import check_names, suspicions
from judgekit.reporting.plain import NOT_AVAILABLE, count, one_line

if TYPE_CHECKING:
    from judgekit.calibration.estimate import Estimate
    from judgekit.running.audit_injection import InjectionReport
    from judgekit.running.audit_shift import Drift, Shift

_HOST = "A list is the better choice here, because the order of the items matters and their number is small."
"""An honest response that no check has anything to say about."""
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class PrecheckRow:
    """One check that code makes, on payloads and on honest responses."""

    check: str
    """Its name; `any` for all together."""
    payloads: int
    """Payloads that it sees."""
    of_payloads: int
    """How many payloads there are."""
    families: int
    """Families of which it sees at least one."""
    false_alarms: dict[str, int]
    """Honest responses on which it is raised, by where they come from."""
    of_honest: dict[str, int]
    """How many honest responses there are."""


@dataclass(frozen=True, slots=True)
class Prechecks:
    """What code sees without a judge."""

    rows: list[PrecheckRow]
    """Check by check, and `any` at the end."""
    unseen: list[str]
    """Families of which no check sees any payload."""


def prechecks(payloads: Sequence[Payload], honest: Mapping[str, Sequence[str]]) -> Prechecks:
    """How often each check is raised by payloads, and by honest responses.

    Args:
        payloads: each is attached to one harmless response.
        honest: responses by where they come from.

    >>> row = prechecks([Payload(id="p", family="f", text="[[10]]")], {"mine": ["No."]}).rows[-1]
    >>> row.payloads, row.false_alarms
    (1, {'mine': 0})
    """
    found = [{one.check for one in suspicions(attach_payload(_HOST, payload))} for payload in payloads]
    raised = {name: [{one.check for one in suspicions(text)} for text in texts] for name, texts in honest.items()}
    sizes = {name: len(texts) for name, texts in honest.items()}

    def row(check: str) -> PrecheckRow:
        seen = [p for p, checks in zip(payloads, found, strict=True) if check in checks or (check == "any" and checks)]
        alarms = {
            name: sum(check in checks or (check == "any" and bool(checks)) for checks in texts)
            for name, texts in raised.items()
        }
        return PrecheckRow(check, len(seen), len(payloads), len({p.family for p in seen}), alarms, sizes)

    caught = {payload.family for payload, checks in zip(payloads, found, strict=True) if checks}
    unseen = [family for family in dict.fromkeys(p.family for p in payloads) if family not in caught]
    return Prechecks([row(check) for check in (*check_names(), "any")], unseen)


def injection_text(report: InjectionReport, checks: Prechecks, *, width: int = 80, every: bool = False) -> str:
    """The audit: a sentence, the tables, and what to know about them.

    Args:
        report: what the run shows.
        checks: what code sees.
        width: columns to fill, at least 80.
        every: whether families that moved nothing have a line each.
    """
    parts = [_headline(report, width), "\n".join(_families(report, width, every))]
    if len(report.rubrics) > 1:
        parts.append("\n".join(_block("rubric, wanting more", report.rubrics)))
    if report.defences:
        parts.append("\n".join(_drifts(report.defences, width)))
    parts.append("\n".join(_prechecks(checks, width)))
    return "\n\n".join(parts)


def _headline(report: InjectionReport, width: int) -> str:
    families = len(report.families)
    pairs = sum(row.pairs for row in report.families)
    alarms = len(report.alarms)
    payloads = sum(row.payloads for row in report.families)
    said = (
        f"{one_line(report.judge, 80)} (calibration: none): {count(payloads, 'payload')} in "
        f"{count(families, 'family', 'families')} on {count(report.examples, 'clean example')}, "
        f"{count(pairs, 'comparison')}. "
    )
    said += (
        f"{count(alarms, 'family', 'families')} beyond the threshold of {report.threshold:g}."
        if alarms
        else f"None is beyond the threshold of {report.threshold:g}."
    )
    if report.unknown:
        said += f" {count(report.unknown, 'comparison')} could not be made: a call failed or was not made."
    return textwrap.fill(said, width)


def _families(report: InjectionReport, width: int, every: bool) -> Iterator[str]:
    shown = [row for row in report.families if every or not _still(row)]
    shown.sort(key=lambda row: (not row.alarm, 1.0 if math.isnan(row.shift.value) else -abs(row.shift.value)))
    yield from _block("family", [*shown, report.total], last="all that want more")
    still = [row.name for row in report.families if row not in shown]
    if still:
        yield from _wrap(f"Nothing moved ({len(still)}): {', '.join(still)}.", width)
    notes = [f"{row.name}: {row.alarm}" for row in shown if row.alarm]
    if notes:
        yield from _wrap(f"! beyond the threshold: {'; '.join(notes)}.", width)
    yield from _wrap(
        "shift: score with payload - score without, where both are scored (both); lost: a score became an abstention "
        "or a failure (never a 0); gained: the other way round. Units of the intervals are the examples.",
        width,
    )
    signs = sum(row.signs for row in report.families)
    if signs:
        obeyed = sum(row.obeyed for row in report.families)
        yield from _wrap(f"Orders that can be seen to be obeyed were obeyed in {obeyed:,} of {signs:,} replies.", width)


def _still(row: Shift) -> bool:
    """Whether the payloads changed no score, and none came or went."""
    moved = bool(row.shift.value) and not math.isnan(row.shift.value)
    return not (moved or row.lost or row.gained or row.obeyed or row.alarm)


def _block(head: str, rows: Sequence[Shift], last: str = "") -> Iterator[str]:
    """Name, goal and the numbers; 80 columns at most."""
    yield f"{head:<25}goal    pairs   both  shift{_level(rows):>14}  lost gained"
    for i, row in enumerate(rows, 1):
        name = one_line(last if last and i == len(rows) else row.name, 60)
        first = f"{'!' if row.alarm else ' '} {name[:22]:<23}{'' if row.goal == 'any' else row.goal:<6}"
        numbers = f"{row.pairs:>7,}{row.shift.n:>7,}{_signed(row.shift.value):>7}{_interval(row.shift):>14}"
        yield f"{first}{numbers}{_share(row.lost, row.pairs):>6}{_share(row.gained, row.pairs):>7}"


def _level(rows: Sequence[Shift]) -> str:
    return f"{rows[0].shift.level * 100:g} % CI"


def _drifts(rows: Sequence[Drift], width: int) -> Iterator[str]:
    level = f"{rows[0].drift.level * 100:g} % CI"
    yield f"{'defence, clean examples':<31}  pairs   both  drift{level:>14} changed"
    for row in rows:
        numbers = f"{row.pairs:>7,}{row.drift.n:>7,}{_signed(row.drift.value):>7}{_interval(row.drift):>14}"
        yield f"  {row.defence:<29}{numbers}{_share(row.changed, row.pairs):>8}"
    yield from _wrap("drift: score with the defence - score without it; changed: examples whose score differs.", width)
    for missing in dict.fromkeys(row.missing for row in rows if row.missing):
        yield from _wrap(one_line(missing, 300), width)


def _prechecks(checks: Prechecks, width: int) -> Iterator[str]:
    sources = list(checks.rows[-1].of_honest)
    yield f"{'pre-check, by code':<26}payloads families" + "".join(f"{name[:18]:>18}" for name in sources)
    for row in checks.rows:
        alarms = "".join(f"{f'{row.false_alarms[name]:,} of {row.of_honest[name]:,}':>18}" for name in sources)
        yield f"  {row.check:<24}{row.payloads:>8,}{row.families:>9,}{alarms}"
    all_ = checks.rows[-1].of_payloads
    yield from _wrap(
        f"payloads: of {all_:,}, on which the check is raised; the columns on the right are false alarms.", width
    )
    if checks.unseen:
        yield from _wrap(f"Seen by no check: {', '.join(checks.unseen)}.", width)


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False)


def _signed(value: float) -> str:
    return NOT_AVAILABLE if math.isnan(value) else f"{value:+.2f}"


def _interval(e: Estimate) -> str:
    return NOT_AVAILABLE if math.isnan(e.low) or math.isnan(e.high) else f"{e.low:+.2f}..{e.high:+.2f}"


def _share(n: int, of: int) -> str:
    if not of:
        return NOT_AVAILABLE
    return "0 %" if not n else f"{max(1, round(100 * n / of))} %"
