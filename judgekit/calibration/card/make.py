"""The way from verdicts and labels to a judge card: pair, look at the data, compute the parts, say the decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

import numpy as np

import judgekit
from judgekit.calibration.card.agreement_part import agreement_part
from judgekit.calibration.card.bias_part import bias_part
from judgekit.calibration.card.calibration_part import calibration_part
from judgekit.calibration.card.ceiling_part import ceiling_part
from judgekit.calibration.card.corrected_part import corrected_part
from judgekit.calibration.card.data import Beside, Data, card_data
from judgekit.calibration.card.decisions import decisions
from judgekit.calibration.card.gather import (
    Lengths,
    columns_of,
    failures_of,
    fingerprint,
    other_judges,
    own_values_of,
    values_of,
)
from judgekit.calibration.card.health_part import health_part
from judgekit.calibration.card.jury_part import jury_part
from judgekit.calibration.card.needs import need_own, need_pairs, need_scale, pass_mark, typed
from judgekit.calibration.card.next_part import next_part
from judgekit.calibration.card.noun import CardScale, Header, JudgeCard, Made
from judgekit.calibration.card.options import CardOptions
from judgekit.calibration.card.parts import ReproductionPart
from judgekit.calibration.card.replacement_part import replacement_part
from judgekit.calibration.card.selective_part import selective_part
from judgekit.calibration.data_health import health
from judgekit.calibration.finding import Finding
from judgekit.calibration.pairing import Paired, pair
from judgekit.calibration.pairing_verdicts import VerdictRow
from judgekit.calibration.raters import question_clusters
from judgekit.errors import UserError
from judgekit.io.label_set import LabelSet
from judgekit.label import Label
from judgekit.rubric import Rubric

_Card = TypeVar("_Card", bound=JudgeCard)


def make_card(
    verdicts: Iterable[VerdictRow],
    labels: LabelSet | Iterable[Label],
    options: CardOptions,
    *,
    form: type[_Card],
) -> _Card:
    """The card of one judge under one rubric.

    Args:
        verdicts: verdicts, rows of a run, or a `ScoreSet`; read once.
        labels: a `LabelSet`, or labels.
        options: what is to be made of them.
        form: which class of card to make.

    Raises:
        UserError: the input is wrong, or no labelled transcript has a verdict.
    """
    options.check()
    label_set = labels if isinstance(labels, LabelSet) else LabelSet.of(labels)
    rubric = options.rubric
    columns = columns_of(verdicts, rubric, options.criterion)
    paired = pair(
        columns,
        label_set,
        rubric=rubric,
        criterion=options.criterion,
        categories=options.categories,
        scale=options.scale,
        judge=options.judge,
        kind=options.kind,
    )
    paired = replace(paired, scale=typed(paired.scale, options))
    lengths = Lengths(options.transcripts or ())
    known = rubric if isinstance(rubric, Rubric) else None
    findings = health(paired, rubric=known, transcripts=lengths, labels=label_set)
    for _ in lengths:  # what health had no need of
        pass
    need_pairs(paired, findings)
    asked = replace(options, pass_at=pass_mark(options, paired))

    def values(source: Iterable[VerdictRow], judge: str | None = None) -> dict[str, float]:
        return values_of(source, rubric, options.criterion, judge, paired.scale)

    def own(source: Iterable[VerdictRow]) -> dict[str, float]:
        return own_values_of(source, rubric, options.criterion, options.judge, paired.scale)

    failed, reasons = failures_of(columns, rubric, options.criterion, options.judge, paired.scale)
    need_scale(paired)
    unit = _units(options.clusters, paired, failed)
    if unit is not None:
        failed = {name: unit.get(name, name) for name in failed}
        paired = _clustered(paired, unit)
    beside = Beside(
        lengths=lengths.found,
        confidence=options.confidence or {},
        probability=options.probability or {},
        strata=options.strata or {},
        others={
            **{name: values(columns, name) for name in (other_judges(columns, options.judge) if options.judge else ())},
            **{name: values(source) for name, source in options.others.items()},
        },
        repeats=tuple(own(one) for one in options.repeats),
        before={} if options.before is None else own(options.before),
        failed=failed,
        reasons=reasons,
        swapped={} if options.swapped is None else own(options.swapped),
    )
    data = card_data(paired, asked, beside)
    need_own(data)
    held = fingerprint(columns, rubric, options.criterion, options.judge, label_set, _plain(beside, paired))
    return _joined(data, findings, _header(data, options, held), options, form)


def _joined(data: Data, findings: Sequence[Finding], header: Header, options: CardOptions, form: type[_Card]) -> _Card:
    """All parts, and the decisions that rest on them."""
    health_, agreement, replacement = health_part(data, findings), agreement_part(data), replacement_part(data)
    biases, corrected, selective = bias_part(data), corrected_part(data), selective_part(data)
    next_labels, jury, ceiling = next_part(data), jury_part(data), ceiling_part(data)
    return form(
        header=header,
        decisions=decisions(health_, agreement, replacement, ceiling, biases, corrected, selective, next_labels, jury),
        health=health_,
        ceiling=ceiling,
        agreement=agreement,
        replacement=replacement,
        biases=biases,
        corrected=corrected,
        calibration=calibration_part(data),
        selective=selective,
        next_labels=next_labels,
        jury=jury,
        reproduction=_reproduction(data, options),
        made=_made(),
    )


def _header(data: Data, options: CardOptions, held: str) -> Header:
    paired, scale = data.paired, data.paired.scale
    known = options.rubric if isinstance(options.rubric, Rubric) else None
    return Header(
        judge=paired.judge_name,
        rubric=paired.rubric,
        rubric_version=known.version if known is not None else options.rubric_version,
        criterion=paired.criterion,
        bound_to=options.bound_to,
        data=held,
        n_items=len(paired.items),
        n_clusters=len(set(paired.clusters)),
        n_raters=len(paired.annotators),
        n_labels=int((~np.isnan(paired.ratings)).sum()),
        n_verdicts=paired.n_verdicts,
        n_unlabelled=len(paired.unlabelled_items),
        label_kind=paired.kind,
        labels_are=options.labels_are,
        scale=CardScale(
            categories=scale.categories,
            answers=scale.answers,
            low=scale.low,
            high=scale.high,
            ordered=scale.ordered,
            declared=scale.declared,
        ),
        level=options.level,
    )


def _reproduction(data: Data, options: CardOptions) -> ReproductionPart:
    asked = data.asked
    said = {
        "labels_are": asked.labels_are,
        "epsilon": asked.epsilon,
        "pass_at": asked.pass_at,
        "matters": asked.matters,
        "target": asked.target,
        "next_k": asked.next_k,
        "own": ", ".join(sorted(asked.own)) or None,
        "scale_type": options.scale_type,
        "judge": options.judge,
        "kind": options.kind,
    }
    return ReproductionPart(
        says=f"The same verdicts, labels and options with seed {asked.seed} give the same numbers, bit for bit.",
        seed=asked.seed,
        level=asked.level,
        options={name: str(value) for name, value in said.items() if value is not None},
    )


def _made() -> Made:
    from importlib.metadata import version

    return Made(
        created=datetime.now(UTC).replace(microsecond=0),
        judgekit=judgekit.__version__,
        numpy=np.__version__,
        scipy=version("scipy"),
    )


def _units(
    clusters: Mapping[str, str] | Literal["question", "none"], paired: Paired, failed: Iterable[str]
) -> Mapping[str, str] | None:
    """The independent unit of each transcript; None: what the verdicts say."""
    if isinstance(clusters, Mapping):
        return clusters
    names = (*paired.items, *paired.unlabelled_items, *failed)
    if clusters == "none":
        return dict(zip(names, names, strict=True))
    if clusters != "question":
        raise UserError(f"calibrate: clusters by transcript, 'question' or 'none' were wanted; came {clusters!r}")
    return None if paired.clusters_given else question_clusters(names) or None


def _clustered(paired: Paired, clusters: Mapping[str, str]) -> Paired:
    names = (*paired.items, *paired.unlabelled_items)
    lacking = next((name for name in names if name not in clusters), None)
    if lacking is not None:
        raise UserError(
            f"calibrate: clusters: the independent unit of each transcript was wanted; {lacking!r} has none"
        )
    return replace(
        paired,
        clusters=tuple(clusters[name] for name in paired.items),
        unlabelled_clusters=tuple(clusters[name] for name in paired.unlabelled_items),
        clusters_given=True,
    )


def _plain(beside: Beside, paired: Paired) -> dict[str, Any]:
    """What stands beside verdicts and labels, for the fingerprint of the data."""
    held = {one.name: getattr(beside, one.name) for one in fields(beside)}
    held["repeats"] = list(held["repeats"])
    return {**held, "clusters": [*paired.clusters, *paired.unlabelled_clusters]}
