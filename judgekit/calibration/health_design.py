"""Data health of the design: independent units, answers that never occur, examples that are in the labelled set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from judgekit.calibration.finding import Finding, listed, plural
from judgekit.calibration.pairing import Paired
from judgekit.calibration.pairing_lost import some
from judgekit.noun import sha256_text
from judgekit.rubric import Example, Rubric
from judgekit.transcript import Transcript

FEW_CLUSTERS = 30
"""Independent units below which intervals are too narrow."""
_MOSTLY = 0.9
_LONG = 80
"""Characters from which equal responses to different prompts are no coincidence."""


def cluster_findings(paired: Paired) -> Iterator[Finding]:
    """Few independent units, or none that anybody named."""
    units = len(set(paired.clusters))
    if paired.items and units < FEW_CLUSTERS:
        detail = (
            f"{plural(units, 'independent unit')} only ({plural(len(paired.items), 'labelled transcript')}): below "
            f"{FEW_CLUSTERS}, intervals are narrower than they should be; label transcripts of more questions"
        )
        yield Finding("few_clusters", "warning", units, detail)
    before = {name.rpartition("/")[0] for name in paired.items} - {""}
    if not paired.clusters_given and before and len(before) < len(paired.items):
        detail = (
            f"the verdicts do not say what belongs together, and the ids have {plural(len(before), 'part')} before the "
            "last '/': if these are questions, give them as `cluster`, or intervals come out too narrow"
        )
        yield Finding("clusters_unknown", "warning", len(before), detail, some(before))


def prevalence_findings(paired: Paired) -> Iterator[Finding]:
    """Answers that never occur, and one that nearly always does."""
    given = paired.ratings[~np.isnan(paired.ratings)]
    judged = paired.judge[~np.isnan(paired.judge)]
    if not paired.categories or not len(given):
        return
    names = dict(zip(paired.categories, paired.scale.answers, strict=True))
    for kind, who, values in (
        ("unused_by_annotators", "no annotator", given),
        ("unused_by_judge", "the judge never", judged),
    ):
        unused = [names[code] for code in paired.categories if len(values) and code not in values]
        if unused and paired.scale.declared:
            verb = "gave" if who == "no annotator" else "gives"
            detail = f"{who} {verb} {listed(unused, 10)}: nothing can be said of {'it' if len(unused) == 1 else 'them'}"
            yield Finding(kind, "note", len(unused), detail)
    codes, often = np.unique(given, return_counts=True)
    top = int(np.argmax(often))
    if often[top] > _MOSTLY * len(given):
        detail = (
            f"{often[top] / len(given):.0%} of the labels are {names[float(codes[top])]}: kappa and alpha are low "
            "whatever the judge does; read AC1 and the errors of each kind beside them"
        )
        yield Finding("prevalence", "note", int(often[top]), detail)


def leakage_findings(paired: Paired, rubric: Rubric, transcripts: Iterable[Transcript]) -> Iterator[Finding]:
    """Labelled transcripts whose text is an example of the rubric: the judge may have been shown the answer.

    Compared by digest, white space and case aside: the response with its prompt, or a response of 80 characters alone.
    """
    shown: dict[str, str] = {}
    for example in rubric.examples:
        shown.update(dict.fromkeys(_digests(*_texts(example)), example.id))
    labelled = set(paired.items)
    found: dict[str, str] = {}
    for one in transcripts:
        if one.id in labelled:
            hit = next((shown[key] for key in _digests(one.prompt, one.response) if key in shown), None)
            if hit is not None:
                found[one.id] = hit
    if found:
        names = listed(sorted(set(found.values())))
        detail = (
            f"{plural(len(found), 'labelled transcript')} {'is' if len(found) == 1 else 'are'} also among the rubric's "
            f"examples ({names}): agreement on them is not evidence; take them out of the labels or of the rubric"
        )
        yield Finding("leakage", "error", len(found), detail, some(found))


def _texts(example: Example) -> tuple[str, str]:
    if not example.messages:
        return example.prompt, example.response
    last = max((place for place, one in enumerate(example.messages) if one.role == "assistant"), default=0)
    asked = [one.content for one in example.messages[:last] if one.role == "user"]
    return (asked or [""])[-1], example.messages[last].content


def _digests(prompt: str, response: str) -> list[str]:
    said, asked = (" ".join(text.split()).casefold() for text in (response, prompt))
    if not said:
        return []
    alone = [sha256_text(said)] if len(said) >= _LONG else []
    return [sha256_text(f"{asked}\n{said}"), *alone]
