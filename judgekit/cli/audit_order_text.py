"""What the order audit found, as plain text; foreign text cannot steer a terminal."""

from __future__ import annotations

import math

from judgekit.calibration.estimate import Estimate
from judgekit.cli.rubric_text import table, wrap
from judgekit.reporting.plain import count, dollars, number, one_line, span, tally
from judgekit.running.audit_order import OrderAudit

_WAYS = {"same": "same again", "criteria": "questions", "answers": "answers", "levels": "levels"}


def audit_text(audit: OrderAudit, threshold: float, columns: int) -> str:
    """The results by what was permuted, then the answers by criterion, then the sentence that decides."""
    head = f"{one_line(audit.judge)} on {audit.rubric}: {count(audit.items, 'item')}, calibration: none"
    results = [
        [_WAYS[row.way], str(row.orders), _share(row.changed), _signed(row.shift), str(row.lost)]
        for row in audit.results
    ]
    ways = [row.way for row in audit.results]
    changes = {(row.criterion, row.way): row.changed for row in audit.answers}
    criteria = dict.fromkeys(row.criterion for row in audit.answers)
    answers = [[one, *(_counted(changes[one, way]) for way in ways)] for one in criteria]
    lines = [wrap(head, columns), ""]
    lines += table(["order of", "orders", "results changed", "mean shift", "lost"], results, columns)
    if answers:
        lines += ["", *table(["answers changed", *(_WAYS[way] for way in ways)], answers, columns)]
    over = {way: value for way, value in audit.excess.items() if value > threshold}
    worst = max(audit.excess.items(), key=lambda pair: pair[1], default=("same", 0.0))
    verdict = (
        f"Above the threshold of {threshold:g}: "
        + ", ".join(f"{_WAYS[way]} {value:+.2f}" for way, value in over.items())
        if over
        else f"Within the threshold of {threshold:g}: at most {worst[1]:+.2f} ({_WAYS[worst[0]]})"
    )
    note = "In brackets: changed of compared, and a 95% CI over questions."
    spent = f"{count(audit.calls, 'call')}; cost: {dollars(audit.cost_usd)}."
    lines += ["", wrap(note, columns), wrap(f"{verdict} beyond the same order.", columns)]
    if audit.failed:
        why = f"; the first said: {one_line(audit.why, 300)}" if audit.why else ""
        lines.append(wrap(f"{count(audit.failed, 'verdict')} failed ({tally(audit.failures)}){why}", columns))
    lines.append(wrap(spent, columns))
    return "\n".join(lines)


def _share(found: Estimate) -> str:
    if not found.n:
        return "nothing to compare"
    return f"{number(found.value)} ({round(found.value * found.n)}/{found.n}, {span(found.low, found.high)})"


def _counted(found: Estimate) -> str:
    return f"{number(found.value)} {round(found.value * found.n)}/{found.n}" if found.n else ""


def _signed(found: Estimate) -> str:
    if not found.n:
        return "n/a"
    if math.isnan(found.low):
        return f"{found.value:+.2f} (no interval)"
    return f"{found.value:+.2f} ({number(found.low)} to {number(found.high)})"
