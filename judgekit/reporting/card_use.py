"""Parts 7 to 12 of a judge card as sections: the true mean, what a score means, what may stand, what comes next."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from judgekit.reporting.card_facts import origin
from judgekit.reporting.card_tables import Section, Table, cell, estimates, headed, num, numbers, percent, section

if TYPE_CHECKING:
    from judgekit.calibration.card.noun import JudgeCard


def corrected_section(card: JudgeCard) -> Section:
    """7. What the true mean is."""
    part, level = card.corrected, card.header.level
    rows = tuple((cell(r.title), *numbers(r.estimate), "valid here" if r.picked else "–") for r in part.rows)
    groups = tuple(
        (
            cell(g.name),
            f"{g.n:,}",
            f"{g.n_missing:,}",
            f"{g.n_labels:,}",
            *numbers(g.naive)[:2],
            *(numbers(g.corrected)[:2] if g.corrected is not None else ("refused", "none")),
            f"{num(g.worst)} to {num(g.best)}",
        )
        for g in part.groups
    )
    notes = list(part.notes)
    if part.reason:
        notes.insert(0, f"Why this estimator, or none: {part.reason}.".replace("..", "."))
    if math.isfinite(part.worth) and f"{part.worth:.2f}" != "1.00":
        notes.append(f"With the judge, one label is worth {part.worth:.2f} labels without it.")
    if math.isfinite(part.worst) and math.isfinite(part.best) and part.worst != part.best:
        notes.append(
            f"Had every verdict that is missing had the lowest or the highest value, the judge's own mean would lie "
            f"between {num(part.worst)} and {num(part.best)}."
        )
    return section(
        7,
        "corrected",
        "What is the true mean?",
        part.says,
        part.missing,
        notes,
        Table("The mean, every way side by side", ("Estimator", *headed(level), "Valid"), rows),
        Table(
            "By response label",
            (
                "Label",
                "#Verdicts",
                "#Missing",
                "#Labelled",
                "#Naive",
                headed(level)[1],
                "#Corrected",
                headed(level)[1],
                "#Naive, worst to best",
            ),
            groups,
        ),
        estimates(
            "Corrected differences of response labels", ((e.name, e) for e in part.differences), level, "Difference"
        ),
    )


def calibration_section(card: JudgeCard) -> Section:
    """8. What a score means in labels."""
    part, level = card.calibration, card.header.level
    promise = "" if math.isnan(part.conformal_level) else f", holding {percent(part.conformal_level)} of new labels"
    errors = (("in the sample", part.error_in_sample), ("cross-fitted", part.error_cross_fitted))
    of_map = tuple((name, num(x)) for name, x in errors if math.isfinite(x))
    return section(
        8,
        "calibration",
        "What does a score mean in labels?",
        part.says,
        part.missing,
        part.notes,
        Table(
            f"From score to label{promise}",
            ("Score", "#Labelled items", "#Expected label", "#From", "#To"),
            tuple((num(r.score, 2), f"{r.n:,}", num(r.expected), num(r.low), num(r.high)) for r in part.table),
        ),
        Table(f"Mean squared error of the map ({part.method or 'none'})", ("On items", "#Error"), of_map),
        estimates(
            "Errors of the probabilities",
            (("expected calibration error", part.calibration_error), ("Brier score", part.brier)),
            level,
        ),
        Table(
            "Reliability",
            ("Predicted, from and to", "#Mean prediction", *headed(level)),
            tuple((f"{num(r.low)} to {num(r.high)}", num(r.predicted), *numbers(r.observed)) for r in part.reliability),
        ),
    )


def selective_section(card: JudgeCard) -> Section:
    """9. Which verdicts may stand without a person."""
    part, level = card.selective, card.header.level
    curve = list(zip(part.threshold, part.coverage, part.risk, strict=True))
    shown = curve if len(curve) <= 20 else [curve[round(i * (len(curve) - 1) / 19)] for i in range(20)]
    thinned = "" if len(shown) == len(curve) else f" (20 of {len(curve):,} points; the card's JSON has them all)"
    chosen = (
        ("mistakes allowed", percent(part.target)),
        ("risk that the guarantee fails", percent(part.delta)),
        ("least confidence that stands", num(part.escalation)),
        ("verdicts that stand", percent(part.accepted)),
    )
    return section(
        9,
        "selective",
        "Which verdicts may stand without a person?",
        part.says,
        part.missing,
        (*((f"Confidence: {part.confidence}.",) if part.confidence else ()), *part.notes),
        Table("The threshold", ("Quantity", "#Value"), chosen if math.isfinite(part.target) else ()),
        estimates("Area under the curve", (("AURC", part.aurc),), level),
        Table(
            f"Risk and coverage{thinned}",
            ("Confidence at least", "#Verdicts kept", "#Mistakes among them"),
            tuple((num(at), percent(kept), percent(risk)) for at, kept, risk in shown),
        ),
    )


def next_section(card: JudgeCard) -> Section:
    """10. What to label next, and how many."""
    part = card.next_labels
    plan = tuple(
        (
            f"± {num(row.half_width)}",
            "not reached" if row.labels_needed is None else f"{row.labels_needed:,}",
            f"{row.labels_alone:,}",
            "–" if row.more is None else f"{row.more:,}",
        )
        for row in part.plan
    )
    return section(
        10,
        "next_labels",
        "What to label next, and how many?",
        part.says,
        part.missing,
        (*((f"How they were drawn: {part.method}.",) if part.method else ()), *part.notes),
        Table("Labels by width of the interval", ("Interval", "#Labels in all", "#Without the judge", "#More"), plan),
        Table(
            "To label next",
            ("Transcript", "#Verdict", "#Probability of being drawn"),
            tuple((cell(r.transcript_id), num(r.verdict, 2), num(r.probability)) for r in part.chosen),
        ),
    )


def jury_section(card: JudgeCard) -> Section:
    """11. Whether several judges are better than one."""
    part, level = card.jury, card.header.level
    whole = (
        ("effective judges", part.effective),
        ("correlation of errors", part.error_correlation),
        ("weighted vote", part.jury),
        ("plain majority", part.majority),
        ("best judge alone", part.best_single),
        ("weighted vote − best judge", part.difference),
    )
    rows = tuple(
        (cell(row.judge), *numbers(row.accuracy), num(row.weight, 2), *numbers(row.jury_minus)[:2])
        for row in part.judges
    )
    head = ("Judge", *headed(level), "#Weight", "#Jury − judge", headed(level)[1])
    return section(
        11,
        "jury",
        "Are several judges better than one?",
        part.says,
        part.missing,
        part.notes,
        estimates("The jury", whole, level),
        Table("Each judge: how often it says what people say", head, rows),
    )


def reproduction_section(card: JudgeCard) -> Section:
    """12. How the numbers are made again."""
    part = card.reproduction
    rows = tuple((cell(name), cell(text)) for name, text in (*origin(card), *part.options.items()))
    return section(
        12,
        "reproduction",
        "How are these numbers made again?",
        part.says,
        part.missing,
        part.notes,
        Table("What the numbers rest on", ("What", "Value"), rows),
    )
