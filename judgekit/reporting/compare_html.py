"""Two runs as one HTML page that stands alone: what changed, why, whether it is chance, and both sides of it."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from judgekit.reporting.columns import natural
from judgekit.reporting.compare_data import MAX_PAIRS, CompareData
from judgekit.reporting.compare_words import ADJUSTED, measures, p_text
from judgekit.reporting.pages import TEMPLATES, page_environment, policy_digest
from judgekit.reporting.plain import NOT_AVAILABLE, count, number, one_line, tally
from judgekit.reporting.repeat import ingredients

if TYPE_CHECKING:
    from judgekit.question import QuestionSet
    from judgekit.running.compare import ComparedRow, RunComparison
    from judgekit.running.compare_labels import Better
    from judgekit.running.run import Run
    from judgekit.transcript import Transcript

_SCRIPTS: Final = ("report_data.js", "report_verdict.js", "list_parts.js", "compare_list.js")
_MOST: Final = 3
"""Rubrics that the leading sentence names."""


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """One rubric, or one rubric and label, as text ready to be shown and as numbers ready to be drawn."""

    name: str
    whole: bool
    """Whether it is over all labels."""
    means: tuple[str, str]
    """Of A and of B, over what both scored."""
    difference: str
    """B − A."""
    interval: str
    """Of the difference."""
    p_value: str
    """How often chance alone would make a difference as large."""
    p_adjusted: str
    """The same, corrected for the number of rows."""
    moved: str
    """How many rose and fell."""
    passed: str
    """How many now pass, and no longer; '' where nothing says what passes."""
    n: str
    """Scored in both, of how many."""
    method: str
    """How the interval was made, or why there is none."""
    plot: tuple[float, float, float]
    """Difference, low, high; nan where undefined."""


def write_comparison(
    a: Run,
    b: Run,
    found: RunComparison,
    out: BinaryIO,
    *,
    transcripts: Iterable[Transcript] | None = None,
    questions: QuestionSet | None = None,
    max_pairs: int = MAX_PAIRS,
) -> None:
    """The comparison of two runs as a page, written as it is made.

    Args:
        a: the first run.
        b: the second run.
        found: what `compare_runs` says of them.
        out: an open binary file.
        transcripts: what both judged, to be iterated over twice; None: it is read again from the files that each run
            names, where they still are.
        questions: the questions that were asked, to check fingerprints.
        max_pairs: how many changed verdicts of each rubric are shown; the page says how many there are.

    Raises:
        UserError: `transcripts` cannot be read.
    """
    css = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.css", "compare.css"))
    scripts = [(TEMPLATES / name).read_text(encoding="utf-8") for name in _SCRIPTS]
    page = (
        page_environment()
        .get_template("compare.html.j2")
        .stream(
            title=f"{one_line(a.path.name, 80)} and {one_line(b.path.name, 80)}",
            lead=lead(found),
            headline=headline(found),
            who=[
                (name, one_line(path, 200), one_line(", ".join(judges), 200))
                for name, path, judges in (("A", found.run_a, found.judges_a), ("B", found.run_b, found.judges_b))
            ],
            left_out=left_out(found),
            blocks=_blocks(found),
            level=f"{found.level * 100:g} %",
            adjust=ADJUSTED[found.adjust],
            notes=_notes(found),
            causes=[(what, n, found.changed.get(what, 0)) for what, n in found.differs.items()],
            turned=tally(found.turned),
            flips=[(row.rubric, _flips(row)) for row in found.rubric_rows if row.flips],
            better=found.better,
            better_rows=better_rows,
            skipped=found.skipped or {},
            runs=_runs(a, b),
            data=CompareData(a, b, found, transcripts, questions, max_pairs),
            command=shlex.join(["judgekit", "compare", str(a.path), str(b.path)]),
            css=css,
            css_digest=policy_digest(css),
            scripts=scripts,
            script_digests=[policy_digest(one) for one in scripts],
            math=math,
            line=one_line,
            count=count,
        )
    )
    page.enable_buffering(64)
    page.dump(out, encoding="utf-8")


def lead(found: RunComparison) -> str:
    """The sentence that a lead needs: on which rubrics B scores higher or lower than A, and whether that is chance."""
    rows = [row for row in found.rubric_rows if not math.isnan(row.difference.value)]
    if not rows:
        return "Nothing was scored in both runs, so their scores cannot be compared."
    sure = [row for row in rows if row.p_adjusted <= 1.0 - found.level]
    sure.sort(key=lambda row: -abs(row.difference.value))
    if not sure:
        if not any(row.up or row.down for row in rows):
            return "Both runs gave the same scores."
        widest = max(rows, key=lambda row: (not math.isnan(row.difference.low), abs(row.difference.value)))
        return f"No difference between the runs stands out from chance; the largest: {_said(widest)}."
    more = f", and {count(len(sure) - _MOST, 'rubric')} more" if len(sure) > _MOST else ""
    return f"{'; '.join(map(_said, sure[:_MOST]))}{more}."


def _said(row: ComparedRow) -> str:
    e = row.difference
    doubt = f"{_signed(e.low)} to {_signed(e.high)}" if not math.isnan(e.low) else "without an interval"
    if f"{abs(e.value):.2f}" == "0.00":
        return f"{one_line(row.rubric, 80)} is as high in B as in A ({doubt})"
    way = "higher" if e.value > 0 else "lower"
    return f"{one_line(row.rubric, 80)} is {abs(e.value):.2f} {way} in B than in A ({doubt})"


def headline(found: RunComparison) -> str:
    """How many verdicts both runs have, and how many of them changed."""
    n, changed = sum(row.n for row in found.rubric_rows), sum(found.changed.values())
    turned = sum(found.turned.values())
    text = f"{count(n, 'verdict')} on the same transcripts and rubrics in both runs: {changed:,} with another result"
    return f"{text}, {turned:,} with another status ({tally(found.turned)})." if turned else f"{text}."


def left_out(found: RunComparison) -> list[str]:
    """What is in one run alone, a sentence each."""
    return [
        f"Only in {name}, left out: {tally(only)}." for name, only in (("A", found.only_a), ("B", found.only_b)) if only
    ]


def _blocks(found: RunComparison) -> list[tuple[str, list[DifferenceRow]]]:
    blocks = []
    for total in found.rubric_rows:
        own = sorted(
            (row for row in found.rows if row.rubric == total.rubric), key=lambda row: natural(row.label or "")
        )
        rows = [*own, total] if len(own) > 1 else own
        blocks.append((one_line(total.rubric, 80), [_row(row) for row in rows]))
    return blocks


def _row(row: ComparedRow) -> DifferenceRow:
    e = row.difference
    return DifferenceRow(
        name="all labels" if row.label is None else one_line(row.label, 80) or "(no label)",
        whole=row.label is None,
        means=(number(row.mean_a), number(row.mean_b)),
        difference=_signed(e.value),
        interval=f"{_signed(e.low)} to {_signed(e.high)}" if not math.isnan(e.low) else NOT_AVAILABLE,
        p_value=p_text(row.p_value),
        p_adjusted=p_text(row.p_adjusted),
        moved=f"{row.up:,} / {row.down:,}",
        passed="" if math.isnan(row.p_passed) else f"{row.gained:,} / {row.lost:,}",
        n=f"{row.n_scored:,} of {row.n:,}",
        method=one_line(e.undefined or e.method, 200),
        plot=(e.value, e.low, e.high),
    )


def _notes(found: RunComparison) -> list[str]:
    said = [
        f"{one_line(row.rubric, 80)}: {row.n - row.n_scored:,} of {row.n:,} not scored in both ({tally(row.missing)}); "
        f"whatever their scores, B − A over all {row.n:,} is from {_signed(row.bounds.worst, 3)} to "
        f"{_signed(row.bounds.best, 3)}."
        for row in found.rubric_rows
        if row.missing
    ]
    reasons = (row.difference.undefined or row.difference.note for row in found.rubric_rows)
    return said + [f"{NOT_AVAILABLE}: {one_line(reason, 300)}." for reason in dict.fromkeys(filter(None, reasons))]


def better_rows(one: Better) -> list[tuple[str, str, str]]:
    """Name, value and interval of each measure by which two judges are held against labels."""
    return [
        (name, number(e.value), NOT_AVAILABLE if math.isnan(e.low) else f"{number(e.low)} to {number(e.high)}")
        for name, e in measures(one, minus="−")
    ]


def _flips(row: ComparedRow) -> str:
    shown = ", ".join(f"{move} ({n:,})" for move, n in list(row.flips.items())[:12])
    return f"{shown}{', …' if len(row.flips) > 12 else ''}"


def _runs(a: Run, b: Run) -> list[tuple[str, str, str, bool]]:
    """Name, A's text, B's text, and whether these differ, of what made the runs."""
    of_a, of_b = ingredients(a), ingredients(b)
    names = dict.fromkeys((*of_a, *of_b))
    return [(name, of_a.get(name, "–"), of_b.get(name, "–"), of_a.get(name) != of_b.get(name)) for name in names]


def _signed(value: float, digits: int = 2) -> str:
    """The number with its sign, and none before a zero."""
    if math.isnan(value):
        return NOT_AVAILABLE
    text = f"{value:+.{digits}f}"
    return f"{abs(value):.{digits}f}" if float(text) == 0.0 else text.replace("-", "−")
