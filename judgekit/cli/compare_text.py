"""Two runs side by side, as plain text of 80 columns and more."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from judgekit.cli.calibration_text import block, estimates, findings, paragraph
from judgekit.reporting.columns import natural
from judgekit.reporting.compare_words import ADJUSTED, measures, p_text
from judgekit.reporting.plain import NOT_AVAILABLE, count, one_line, tally

if TYPE_CHECKING:
    from judgekit.running.compare import ComparedRow, RunComparison
    from judgekit.running.compare_labels import Better
    from judgekit.running.compare_why import Changed


def compare_text(found: RunComparison, columns: int) -> str:
    """The whole comparison: what differs, the table, what changed and why, and which judge is better."""
    parts = [list(_head(found, columns)), list(_table(found, columns))]
    parts += [list(_changes(row, columns)) for row in found.rubric_rows if row.up or row.down or row.gained or row.lost]
    if found.examples:
        parts.append([line for one in found.examples for line in _example(one, columns)])
    parts += [list(_better(one, columns)) for one in found.better]
    if found.skipped:
        parts.append([line for name, why in found.skipped.items() for line in paragraph(f"{name}: {why}", columns)])
    return "\n\n".join("\n".join(lines) for lines in parts)


def _head(found: RunComparison, columns: int) -> Iterator[str]:
    n = sum(row.n for row in found.rubric_rows)
    yield from paragraph(
        one_line(f"A: {found.run_a} ({', '.join(found.judges_a)}). B: {found.run_b} ({', '.join(found.judges_b)})."),
        columns,
        0,
    )
    yield from paragraph(f"{count(n, 'verdict')} on the same transcripts and rubrics in both.", columns, 0)
    for name, only in (("A", found.only_a), ("B", found.only_b)):
        if only:
            yield from paragraph(f"only in {name}, left out: {tally(only)}", columns)
    for what, n in found.differs.items():
        changed = found.changed.get(what, 0)
        yield from paragraph(f"what differs: {what}: {count(n, 'verdict')}, {changed:,} changed", columns)
    if found.turned:
        yield from paragraph(f"with another status: {tally(found.turned)}", columns)


def _table(found: RunComparison, columns: int) -> Iterator[str]:
    head = ["", "A", "B", "B - A", f"{found.level * 100:g} % CI", "p", "adj. p", "n"]
    lines: list[list[str]] = []
    for total in found.rubric_rows:
        own = sorted(
            (row for row in found.rows if row.rubric == total.rubric), key=lambda row: natural(row.label or "")
        )
        lines.append([one_line(total.rubric, 80), *_cells(total)])
        lines += [[f"  {one_line(row.label or '(no label)', 80)}", *_cells(row)] for row in own if len(own) > 1]
    yield from block(head, lines, columns)
    several = max(len(found.rows), len(found.rubric_rows)) > 1
    yield from paragraph("n: scored in both; questions are the independent units.", columns)
    if several:
        yield from paragraph(f"adj. p: {ADJUSTED[found.adjust]}.", columns)
    for row in found.rubric_rows:
        if row.missing:
            yield from paragraph(
                f"{one_line(row.rubric, 60)}: {row.n - row.n_scored:,} of {row.n:,} not scored in both "
                f"({tally(row.missing)}); whatever their scores, B - A over all {row.n:,} is from "
                f"{row.bounds.worst:+.3f} to {row.bounds.best:+.3f}",
                columns,
            )
    for reason in dict.fromkeys(row.difference.undefined or row.difference.note for row in found.rubric_rows):
        if reason:
            yield from paragraph(one_line(reason, 300), columns)


def _cells(row: ComparedRow) -> list[str]:
    e = row.difference
    interval = f"{e.low:+.2f} to {e.high:+.2f}" if not math.isnan(e.low) else NOT_AVAILABLE
    value = f"{e.value:+.3f}" if not math.isnan(e.value) else NOT_AVAILABLE
    means = [f"{x:.2f}" if not math.isnan(x) else NOT_AVAILABLE for x in (row.mean_a, row.mean_b)]
    return [*means, value, interval, p_text(row.p_value), p_text(row.p_adjusted), f"{row.n_scored:,}"]


def _changes(row: ComparedRow, columns: int) -> Iterator[str]:
    said = f"{one_line(row.rubric, 60)}: {row.up:,} scores rose and {row.down:,} fell of {row.n_scored:,}"
    if not math.isnan(row.p_passed):
        said += f"; {row.gained:,} now pass and {row.lost:,} no longer (McNemar p {p_text(row.p_passed)})"
    yield from paragraph(said, columns, 0)
    if row.flips:
        shown = ", ".join(f"{move} ({n:,})" for move, n in list(row.flips.items())[:8])
        yield from paragraph(f"levels: {shown}{', …' if len(row.flips) > 8 else ''}", columns)


def _example(one: Changed, columns: int) -> Iterator[str]:
    move = f"{one.level_a} → {one.level_b}" if one.level_a is not None else f"{one.score_a:.2f} → {one.score_b:.2f}"
    yield from paragraph(one_line(f"{one.transcript_id} under {one.rubric}: {move}", 300), columns, 0)
    yield from paragraph(f"differs: {', '.join(one.differs)}", columns)
    for answer in one.answers[:6]:
        yield from paragraph(one_line(answer, 200), columns)


def _better(one: Better, columns: int) -> Iterator[str]:
    yield from paragraph(f"{one_line(one.rubric, 60)}: {one.says}", columns, 0)
    yield from paragraph(
        f"{count(one.n_labels, 'label')} of {count(one.n_items, 'transcript')} by "
        f"{count(one.n_annotators, 'annotator')}, {count(one.n_clusters, 'independent unit')}",
        columns,
    )
    if one.missing and one.accuracy_bounds is not None:
        bounds = f"{one.accuracy_bounds.worst:+.3f} to {one.accuracy_bounds.best:+.3f}"
        yield from paragraph(
            f"without an answer: {tally(one.missing)}; B - A is {bounds} whatever they would have been", columns
        )
    yield from findings(one.findings, columns)
    yield from estimates(measures(one, minus="-"), columns)
