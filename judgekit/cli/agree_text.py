"""The agreement of raters as plain text of 80 columns and more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from judgekit.calibration.names import statistic
from judgekit.cli.calibration_text import block, estimates, findings, paragraph
from judgekit.reporting.plain import count, number, one_line

if TYPE_CHECKING:
    from judgekit.calibration.raters import RaterAgreement, RatersReport

_MOST_NAMES, _MOST_RATERS, _MOST_ANSWERS = 8, 20, 5


def agree_text(report: RatersReport, columns: int) -> str:
    """The whole report: health first, then the numbers of each rubric and criterion."""
    parts = []
    if report.findings:
        parts.append("\n".join(findings(report.findings, columns)))
    parts += ["\n".join(_task(one, report, columns)) for one in report.tasks]
    return "\n\n".join(parts)


def _task(task: RaterAgreement, report: RatersReport, columns: int) -> Iterator[str]:
    what = one_line(" · ".join(one for one in (task.rubric or "labels", task.criterion) if one), 200)
    who = {"human": "rater", "author": "author", "script": "script"}[task.kind]
    yield from paragraph(
        f"{what}: {count(task.n_labels, 'label')} of {count(task.n_items, 'transcript')} by "
        f"{count(len(task.raters), who)}; {count(task.n_shared, 'transcript')} with two or more; "
        f"{count(task.n_clusters, 'independent unit')} ({report.clusters})",
        columns,
        0,
    )
    answers = f": {one_line(', '.join(task.answers), 200)}" if task.answers else ""
    yield from paragraph(f"{task.scale} scale{answers}", columns, 0)
    yield from findings(task.findings, columns)
    if task.lost:
        lost = ", ".join(f"{one.reason} {one.count:,}" for one in task.lost)
        yield from paragraph(f"not counted: {one_line(lost, 400)}", columns)
    if not task.n_items:
        return
    yield ""
    yield from estimates([(_name(one.name, task.scale), one) for one in task.estimates], columns)
    yield ""
    yield from _raters(task, columns)
    if len(task.raters) > 2 and task.pairs:
        yield ""
        yield from _pairs(task, columns)


def _name(name: str, scale: str) -> str:
    if name == "krippendorff_alpha":
        return statistic(f"{name} ({scale})")
    if name == "intraclass_correlation":
        return statistic(f"{name} (2,1)")
    if name == "gwet_ac":
        return statistic("gwet_ac2 (quadratic)" if scale == "ordinal" else "gwet_ac1")
    return statistic(f"{name} (quadratic)" if scale == "ordinal" and name.endswith("kappa") else name)


def _raters(task: RaterAgreement, columns: int) -> Iterator[str]:
    shown = task.raters[:_MOST_RATERS]
    answers = task.answers if len(task.answers) <= _MOST_ANSWERS else ()
    ordered = any(one.mean == one.mean for one in task.raters)
    head = ["rater", "labels", *(one_line(one, 60)[:7] for one in answers)]
    head += ["mean", "off"] if ordered else []
    leave = any(one.without == one.without for one in task.raters)
    head += ["without"] if leave else []
    rows = []
    for one in shown:
        row = [one_line(one.rater, 60), f"{one.n:,}"]
        row += [f"{share:.0%}" for share in one.shares] if answers else []
        row += [
            number(one.mean),
            f"{one.above_others:+.2f}" if one.above_others == one.above_others else "n/a",
        ] * ordered
        rows.append([*row, *([number(one.without)] if leave else [])])
    yield from block(head, rows, columns)
    if len(task.raters) > len(shown):
        yield f"  … and {len(task.raters) - len(shown):,} more: --json has all"
    said = ["off: how far above the others on the same transcripts"] * ordered
    said += ["without: alpha of the others"] * leave
    if said:
        yield from paragraph("; ".join(said), columns)


def _pairs(task: RaterAgreement, columns: int) -> Iterator[str]:
    """The matrix where it fits; else the pairs that agree least."""
    measure = "concordance" if task.scale == "interval" else "kappa"
    names = [one_line(one.rater, 60) for one in task.raters]
    if len(names) <= _MOST_NAMES:
        value = {(one.a, one.b): one.coefficient for one in task.pairs}
        rows = []
        for place, one in enumerate(task.raters):
            cells = [
                "" if other <= place else number(value[one.rater, task.raters[other].rater])
                for other in range(1, len(names))
            ]
            rows.append([names[place], *cells])
        yield from block([f"{measure} of pairs", *(name[:6] for name in names[1:])], rows[:-1], columns)
        return
    worst = sorted((one for one in task.pairs if one.coefficient == one.coefficient), key=lambda one: one.coefficient)
    rows = [[one_line(f"{one.a} – {one.b}", 60), number(one.coefficient), f"{one.n:,}"] for one in worst[:5]]
    yield from block(["the pairs that agree least", measure, "items"], rows, columns)
