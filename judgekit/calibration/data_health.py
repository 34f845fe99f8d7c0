"""Data health: what is wrong with labels and verdicts, before any number is made of them.

refusal_text, failures_averaged, failure_codes    failures that stand where values should
off_scale, between_categories, unknown_answer     values that the scale does not have
duplicates_same, duplicates_other, labels_replaced, failures
reversed, one_answer, one_answer_judge, few_labels, label_kinds, no_human_labels
shifted_rows, misaligned_rows                     the right shares of answers beside the wrong transcripts
misaligned_ids, unmatched_labels, nothing_paired, foreign_criteria
few_clusters, clusters_unknown, unused_by_annotators, unused_by_judge, prevalence, undeclared_scale, leakage
skipped_rows, unread_columns                      of the file of labels
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from judgekit.calibration.finding import SEVERITIES, Finding, listed, plural
from judgekit.calibration.health_design import cluster_findings, leakage_findings, prevalence_findings
from judgekit.calibration.health_raters import kind_findings, polarity_findings, rater_findings
from judgekit.calibration.health_rows import id_findings, row_findings
from judgekit.calibration.health_values import duplicate_findings, failure_findings, value_findings
from judgekit.calibration.pairing import Paired
from judgekit.io.label_set import LabelSet
from judgekit.rubric import Rubric
from judgekit.transcript import Transcript


def health(
    paired: Paired,
    *,
    rubric: Rubric | None = None,
    transcripts: Iterable[Transcript] | None = None,
    labels: LabelSet | None = None,
) -> tuple[Finding, ...]:
    """What is wrong with the data, errors first; empty where nothing is.

    Args:
        paired: verdicts and labels side by side.
        rubric: with transcripts, to find examples of the rubric among what was labelled.
        transcripts: what was judged; read one at a time.
        labels: the file of labels, to say what in it was no label.

    >>> from judgekit.calibration.pairing import pair
    >>> from judgekit.io.scores import Score
    >>> from judgekit.label import Label
    >>> scores = [Score(f"q{i}", value=1 + i % 5, cluster=f"q{i}") for i in range(40)]
    >>> made = [Label(transcript_id=f"q{i}", rubric="r", annotator="a", value=5 - i % 5) for i in range(40)]
    >>> findings = health(pair(scores, made, categories=[1, 2, 3, 4, 5]))
    >>> [(one.kind, one.severity) for one in findings], findings[0].detail[-33:]
    ([('reversed', 'error')], 'turned? if so, replace x by 6 - x')
    """
    found = [
        *value_findings(paired),
        *duplicate_findings(paired),
        *failure_findings(paired),
        *id_findings(paired),
        *row_findings(paired),
        *polarity_findings(paired),
        *rater_findings(paired),
        *kind_findings(paired),
        *cluster_findings(paired),
        *prevalence_findings(paired),
        *_scale_findings(paired),
        *(_file_findings(labels) if labels is not None else ()),
    ]
    if rubric is not None and transcripts is not None:
        found += leakage_findings(paired, rubric, transcripts)
    return tuple(sorted(found, key=lambda one: SEVERITIES.index(one.severity)))


def _scale_findings(paired: Paired) -> Iterator[Finding]:
    if paired.foreign:
        count = sum(paired.foreign.values())
        detail = f"{plural(count, 'label')} for criteria that the rubric does not have: {listed(tuple(paired.foreign))}"
        yield Finding("foreign_criteria", "warning", count, detail)
    if paired.items and not paired.scale.declared:
        came = listed(paired.scale.answers, 10) or f"{paired.scale.low:g} to {paired.scale.high:g}"
        detail = f"nobody declared the scale: it is what occurs ({came}), so nothing can be off it; name the categories"
        yield Finding("undeclared_scale", "warning", len(paired.categories), detail)


def _file_findings(labels: LabelSet) -> Iterator[Finding]:
    if labels.skipped:
        count = sum(labels.skipped.values())
        shown = ", ".join(f"{reason} {number:,}" for reason, number in labels.skipped.items())
        yield Finding(
            "skipped_rows", "note", count, f"{labels.source or 'the labels'} also has rows that are no label: {shown}"
        )
    if labels.ignored:
        detail = f"columns that were not read: {listed(labels.ignored, 10)}; a misspelt name would be among them"
        yield Finding("unread_columns", "note", len(labels.ignored), detail)
