"""4. How far does the judge agree with people?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from judgekit.calibration import agreement as ag
from judgekit.calibration import classification as cl
from judgekit.calibration import classification_macro as macro
from judgekit.calibration import error as er
from judgekit.calibration.attenuation import disattenuated_correlation
from judgekit.calibration.card.data import Data, attempt
from judgekit.calibration.card.parts import AgreementPart, ClassRow, ConfusionTable, SliceRow
from judgekit.calibration.card.words import measure_name, plural, spoken, why
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.inputs import unit_index
from judgekit.calibration.paired_tests import benjamini_hochberg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from judgekit.calibration.inputs import Floats, Ints

_FEWEST_IN_SLICE = 10


def agreement_part(data: Data) -> AgreementPart:
    """The part of the card."""
    rows, level = [*_measures(data)], data.asked.level
    if data.ordered and data.people > 1:
        rows.append(("disattenuated_correlation", lambda: _disattenuated(data)))
    table = tuple(replace(attempt(name, compute, level), name=name) for name, compute in rows)
    head = table[0]
    return AgreementPart(
        says=_says(head, data),
        missing=why(head),
        notes=_notes(data),
        reference=data.reference,
        headline=head,
        table=table,
        confusion=_confusion(data),
        per_class=_per_class(data),
        slices=_slices(data),
    )


def _disattenuated(data: Data) -> Estimate:
    return disattenuated_correlation(data.paired.ratings, data.judge, clusters=data.units, level=data.asked.level)


def _says(head: Estimate, data: Data) -> str:
    if np.isnan(head.value):
        return f"How far the judge agrees with people cannot be told: {head.undefined}."
    whose = {"human": "people", "author": "the author's labels", "script": "labels made by code"}[data.paired.kind]
    said = f"{measure_name(head.name)} of judge and {whose} is {spoken(head)} on {plural(head.n, 'item')}."
    if tied := int(data.tied.sum()):
        said += f" On {tied} more the annotators are tied, so this is about the easier ones and may be too high."
    return said


def _notes(data: Data) -> tuple[str, ...]:
    tied = int(data.tied.sum())
    where = "held against one annotator at a time, the judge is measured on them too: see the ceiling"
    return (f"{plural(tied, 'item')} left out here, where the annotators are tied; {where}",) if tied else ()


def _measures(data: Data) -> list[tuple[str, Callable[[], Estimate]]]:
    """Each measure that the scale allows, where the annotators are not tied; the headline first."""
    told, ends = ~data.tied, data.ends
    y, f = data.label[told], data.judge[told]
    both = np.stack([y, f], axis=1)
    bare: dict[str, Any] = {"clusters": None if data.units is None else data.units[told], "level": data.asked.level}
    kappa: dict[str, Any] = {"categories": data.categories, **bare}
    points = {"scale": ends, **bare}
    distance: list[tuple[str, Callable[[], Estimate]]] = [
        ("mean_absolute_error", lambda: er.mean_absolute_error(y, f, **points)),
        ("root_mean_squared_error", lambda: er.root_mean_squared_error(y, f, **points)),
        ("mean_bias", lambda: er.mean_bias(y, f, **points)),
    ]
    ranks: list[tuple[str, Callable[[], Estimate]]] = [
        ("spearman", lambda: ag.spearman(y, f, **bare)),
        ("kendall_tau_b", lambda: ag.kendall_tau(y, f, **bare)),
    ]
    if data.categories is None:
        return [
            ("concordance_correlation", lambda: ag.concordance_correlation(y, f, **bare)),
            ("pearson", lambda: ag.pearson(y, f, **bare)),
            *ranks,
            ("intraclass_correlation (2,1)", lambda: ag.intraclass_correlation(both, form="2,1", **bare)),
            ("krippendorff_alpha (interval)", lambda: ag.krippendorff_alpha(both, metric="interval", **bare)),
            *distance,
        ]
    plain: list[tuple[str, Callable[[], Estimate]]] = [
        ("cohen_kappa", lambda: ag.cohen_kappa(y, f, **kappa)),
        ("accuracy", lambda: cl.accuracy(y, f, **kappa)),
        ("balanced_accuracy", lambda: macro.balanced_accuracy(y, f, **kappa)),
        ("macro_f1", lambda: macro.macro_average(y, f, measure="f1", **kappa)),
        ("matthews_correlation", lambda: macro.matthews_correlation(y, f, **kappa)),
    ]
    if data.graded:
        return [
            ("cohen_kappa (quadratic)", lambda: ag.cohen_kappa(y, f, weights="quadratic", **kappa)),
            ("gwet_ac2 (quadratic)", lambda: ag.gwet_ac(both, weights="quadratic", **kappa)),
            ("krippendorff_alpha (ordinal)", lambda: ag.krippendorff_alpha(both, metric="ordinal", **kappa)),
            *ranks,
            *plain,
            ("within_one", lambda: er.within_one(y, f, **bare)),
            *distance,
        ]
    more: list[tuple[str, Callable[[], Estimate]]] = [
        ("gwet_ac1", lambda: ag.gwet_ac(both, **kappa)),
        ("krippendorff_alpha (nominal)", lambda: ag.krippendorff_alpha(both, metric="nominal", **kappa)),
    ]
    if not data.binary:
        return [plain[0], *more, *plain[1:]]
    positive = {"positive": data.paired.categories[1], **kappa}
    rates: list[tuple[str, Callable[[], Estimate]]] = [
        ("sensitivity", lambda: cl.sensitivity(y, f, **positive)),
        ("specificity", lambda: cl.specificity(y, f, **positive)),
        ("precision", lambda: cl.precision(y, f, **positive)),
        ("f1", lambda: cl.f1(y, f, **positive)),
    ]
    return [plain[0], *more, *plain[1:3], plain[4], *rates]


def _confusion(data: Data) -> ConfusionTable | None:
    if data.categories is None:
        return None
    found = cl.confusion_matrix(data.label, data.judge, categories=data.categories)
    return ConfusionTable(answers=data.paired.scale.answers, counts=found.counts)


def _per_class(data: Data) -> tuple[ClassRow, ...]:
    if data.categories is None:
        return ()
    found = cl.per_class(
        data.label, data.judge, categories=data.categories, clusters=data.units, level=data.asked.level
    )
    return tuple(
        ClassRow(
            answer=answer,
            n_labels=one.n_labels,
            n_verdicts=one.n_verdicts,
            precision=one.precision,
            recall=one.recall,
            f1=one.f1,
        )
        for answer, one in zip(data.paired.scale.answers, found, strict=True)
    )


def _slices(data: Data) -> tuple[SliceRow, ...]:
    """By response label; whether the judge errs more on one than on the others, after Benjamini and Hochberg."""
    names = data.response_labels
    if names is None:
        return ()
    mine = np.array(names[: len(data.paired.items)])
    known = ~(np.isnan(data.label) | np.isnan(data.judge))
    wrong = np.abs(data.label - data.judge) if data.categories is None else 1.0 * (data.label != data.judge)
    unit = unit_index(data.units, wrong.size, "slices")
    found: list[tuple[str, Estimate, float]] = []
    for name in sorted(set(mine.tolist())):
        rows = (mine == name) & known
        if rows.sum() < _FEWEST_IN_SLICE:
            continue
        units = None if data.units is None else data.units[rows]
        y, f, level = data.label[rows], data.judge[rows], data.asked.level
        if data.categories is None:
            one = er.mean_absolute_error(y, f, scale=data.ends, clusters=units, level=level)
        else:
            one = cl.accuracy(y, f, categories=data.categories, clusters=units, level=level)
        found.append((name, one, _p_value(wrong[known], (mine == name)[known], unit[known])))
    adjusted = benjamini_hochberg([p for _, _, p in found]).tolist()
    return tuple(
        SliceRow(name=name, agreement=one, adjusted_p=p) for (name, one, _), p in zip(found, adjusted, strict=True)
    )


def _p_value(wrong: Floats, inside: NDArray[np.bool_], unit: Ints) -> float:
    """Of no difference between the items inside and the others; items of one unit are added first."""
    from scipy.special import ndtr

    n, m = int(inside.sum()), int((~inside).sum())
    if min(n, m) < 2:
        return float("nan")
    gap = float(wrong[inside].mean() - wrong[~inside].mean())
    off = np.where(inside, (wrong - wrong[inside].mean()) / n, -(wrong - wrong[~inside].mean()) / m)
    sums = np.bincount(unit, weights=off)
    variance = float(sums @ sums) * sums.size / max(sums.size - 1, 1)
    return float(2.0 * ndtr(-abs(gap) / variance**0.5)) if variance > 0.0 else float("nan")
