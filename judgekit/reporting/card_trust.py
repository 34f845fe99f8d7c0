"""Parts 2 to 6 of a judge card as sections: the data, people, the judge beside them, replacement, biases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from judgekit.calibration.names import statistic
from judgekit.reporting.card_tables import (
    Section,
    Table,
    cell,
    estimates,
    headed,
    num,
    numbers,
    p_value,
    part_of,
    percent,
    section,
)

if TYPE_CHECKING:
    from judgekit.calibration.card.noun import JudgeCard
    from judgekit.calibration.card.parts import ComparisonRows
    from judgekit.calibration.estimate import Estimate


def health_section(card: JudgeCard) -> Section:
    """2. What is wrong with the data, and what did not become a pair."""
    part, scale = card.health, card.header.scale
    answers = scale.answers if all(len(r.shares) == len(scale.answers) for r in part.raters) else ()
    counts = (("scored", part.n_scored), ("abstained", part.n_abstained), ("failed", part.n_failed))
    return section(
        2,
        "health",
        "Is there anything wrong with the data?",
        part.says,
        part.missing,
        part.notes,
        Table("Verdicts", ("Status", "#Verdicts"), tuple((name, f"{n:,}") for name, n in counts)),
        Table(
            "Findings, errors first",
            ("Kind", "Severity", "#Count", "What was found, and what to do", "Where"),
            tuple(
                (cell(f.kind.replace("_", " ")), f.severity, f"{f.count:,}", cell(f.detail), cell(", ".join(f.items)))
                for f in part.findings
            ),
        ),
        Table(
            "Labels and verdicts that did not become part of a pair",
            ("Reason", "Side", "#Rows", "Examples"),
            tuple((cell(r.reason), r.side, f"{r.count:,}", cell(", ".join(r.examples))) for r in part.lost),
        ),
        Table(
            "How each rater uses the scale",
            ("Rater", "#Answers", "#Mean", *(f"#{cell(answer)}" for answer in answers)),
            tuple(
                (cell(r.rater), f"{r.n:,}", num(r.mean), *(percent(share) for share in r.shares if answers))
                for r in part.raters
            ),
        ),
    )


def ceiling_section(card: JudgeCard) -> Section:
    """3. How far people agree with each other, and the judge with them."""
    part, level = card.ceiling, card.header.level
    measure = statistic(part.measure)
    matrix = part.matrix
    pairs: tuple[Table, ...] = ()
    if matrix is not None:
        names = tuple(cell(name) for name in matrix.names)
        rows = tuple((name, *(num(x) for x in row)) for name, row in zip(names, matrix.values, strict=True))
        pairs = (Table(f"{statistic(matrix.measure)} of each pair", ("Rater", *(f"#{name}" for name in names)), rows),)
    return section(
        3,
        "ceiling",
        "How far do people agree with each other?",
        part.says,
        part.missing,
        part.notes,
        estimates("Agreement among people", ((statistic(e.name), e) for e in part.among_people), level),
        estimates(f"One against one: {measure}", _compared(part.pairwise), level, "Who"),
        estimates(f"One against the others: {measure}", _compared(part.leave_one_out), level, "Who"),
        Table(
            f"Each annotator, and the judge in that place, against the others: {measure}",
            ("Annotator", "#Items", "#Annotator", "#Judge"),
            tuple((cell(r.annotator), f"{r.n:,}", num(r.human), num(r.judge)) for r in part.per_annotator),
        ),
        *pairs,
    )


def _compared(rows: ComparisonRows | None) -> Iterator[tuple[str, Estimate]]:
    if rows is not None:
        yield "a person", rows.human
        yield "the judge", rows.judge
        yield "judge − person", rows.difference
        yield "judge / person", rows.ratio


def agreement_section(card: JudgeCard) -> Section:
    """4. How far the judge agrees with people."""
    part, level = card.agreement, card.header.level
    matrix = part.confusion
    counts: tuple[Table, ...] = ()
    if matrix is not None:
        names = tuple(cell(name) for name in matrix.answers)
        rows = tuple(
            (name, *(_share(x, sum(row)) for x in row)) for name, row in zip(names, matrix.counts, strict=True)
        )
        counts = (Table("Labels (rows) by verdicts (columns)", ("Label", *(f"#{name}" for name in names)), rows),)
    table = part.table or ((part.headline,) if part.headline is not None else ())
    classes = tuple(
        (f"{cell(row.answer)}: {name}", *numbers(e))
        for row in part.per_class
        for name, e in (("precision", row.precision), ("recall", row.recall), ("F1", row.f1))
    )
    slices = tuple((cell(row.name), *numbers(row.agreement), p_value(row.adjusted_p)) for row in part.slices)
    return section(
        4,
        "agreement",
        "How far does the judge agree with people?",
        part.says,
        part.missing,
        (*((f"The judge is compared with: {part.reference}.",) if part.reference else ()), *part.notes),
        estimates("The judge against people, the headline first", ((statistic(e.name), e) for e in table), level),
        *counts,
        Table("Each answer against all others", ("Answer and measure", *headed(level)), classes),
        Table("By response label", ("Label", *headed(level), "#Adjusted p"), slices),
    )


def _share(count: int, whole: int) -> str:
    return f"{count:,} ({part_of(count, whole)})" if whole else f"{count:,}"


def replacement_section(card: JudgeCard) -> Section:
    """5. Whether the judge may replace annotators."""
    part, level = card.replacement, card.header.level
    rates = (("answer", part.answer), ("winning rate", num(part.winning_rate)), ("epsilon", num(part.epsilon, 2)))
    return section(
        5,
        "replacement",
        "May the judge replace the annotators?",
        part.says,
        part.missing,
        part.notes,
        Table(
            "The alternative annotator test",
            ("Quantity", "#Value"),
            (*rates, ("closeness", cell(part.score.replace("_", " ")))) if part.per_annotator else (),
        ),
        estimates("The judge's advantage", (("advantage", part.advantage),), level),
        Table(
            "The judge against each annotator",
            ("Annotator", "#Items", "#Judge as close or closer", "#Annotator as close or closer", "#p", "Replaceable"),
            tuple(
                (
                    cell(r.annotator),
                    f"{r.n:,}",
                    percent(r.judge_wins),
                    percent(r.annotator_wins),
                    p_value(r.p_value),
                    ("yes" if r.rejected else "no") + (f"; {cell(r.note)}" if r.note else ""),
                )
                for r in part.per_annotator
            ),
        ),
    )


def bias_section(card: JudgeCard) -> Section:
    """6. What the judge favours."""
    part, level = card.biases, card.header.level
    shares: tuple[Table, ...] = ()
    if part.shares is not None:
        names, of = part.shares.answers, part.shares
        rows = (("labels", *map(percent, of.labels)), ("verdicts", *map(percent, of.verdicts)))
        shares = (Table("How the scale is used", ("Whose", *(f"#{cell(name)}" for name in names)), rows),)
    said = tuple(
        (cell(r.title), *numbers(r.estimate)[:4], r.unit, num(r.neutral, 2), num(r.minimal, 2), r.verdict)
        for r in part.rows
    )
    words = tuple((cell(r.title), cell(r.says), numbers(r.estimate)[4]) for r in part.rows)
    repeats = tuple(part.repeats)
    needed: tuple[str, ...] = ()
    if part.repeats_for_target is not None:
        needed = (f"The mean of {part.repeats_for_target} repeats would be reliable to 0.9.",)
    return section(
        6,
        "biases",
        "What does the judge favour?",
        part.says,
        part.missing,
        (*part.notes, *needed),
        Table(
            "Biases",
            ("Bias", *headed(level)[:4], "Unit", "#Neutral", "#Smallest that matters", "Verdict"),
            said,
        ),
        Table("Biases in words", ("Bias", "In words", "Method"), words),
        *shares,
        estimates("Repeats of the same item", ((statistic(e.name), e) for e in repeats), level),
    )
