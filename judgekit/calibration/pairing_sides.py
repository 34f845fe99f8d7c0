"""The two sides of a pairing: one value a transcript of the judge, one a transcript and annotator of the labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.pairing_lost import NO_VERDICT, OLDER, OTHER, SAME, Lost, Side, Stray, lost, strays
from judgekit.calibration.pairing_merge import Merged, merge
from judgekit.calibration.pairing_scale import REASONS, Scale
from judgekit.calibration.pairing_verdicts import Given
from judgekit.errors import UserError
from judgekit.io.columns import Column, Values
from judgekit.io.label_set import KINDS, Kind, LabelSet, annotator_kind

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Floats, Ints


@dataclass(frozen=True, slots=True)
class KindShare:
    """How one kind of labels compares with the judge: of people, authors and scripts, never of all together."""

    kind: Kind
    """Whose labels."""
    annotators: int
    """How many gave a usable one."""
    labels: int
    """Usable labels of transcripts that the judge answered too."""
    agreeing: int
    """How many of them say the same as the judge."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What the judge says, one place a transcript; places are codes of the verdicts' transcripts."""

    names: tuple[str, ...]
    """The transcripts."""
    there: Ints
    """The places that have a verdict."""
    values: Floats
    """The value, nan where there is none."""
    clusters: tuple[str, ...]
    """The independent unit: the transcript itself where none is said."""
    clusters_given: bool
    """Whether every verdict says its independent unit."""
    why: tuple[str, ...]
    """Why there is no value, where there is a verdict; else empty."""
    lost: tuple[Lost, ...]
    """What did not become a value."""
    strays: tuple[Stray, ...]
    """Values off the scale."""

    @property
    def each(self) -> Column:
        """Each transcript once, as a column."""
        return Column(self.names, np.arange(len(self.names), dtype=np.int32))


def judged_by(given: Given, scale: Scale) -> Judged:
    """The judge's side of a pairing."""
    names, codes = given.transcripts.names, given.transcripts.codes.astype(np.intp)
    read, wrong = scale.read(given.values)
    failed = given.failures.codes >= 0
    usable = np.flatnonzero(~failed & (wrong == 0))
    merged = merge(codes[usable], read[usable], usable, {})
    values = np.full(len(names), np.nan)
    values[merged.keys] = merged.values
    reasons = [given.failures.at(row) or REASONS[wrong[row]] for row in np.flatnonzero(failed | (wrong > 0)).tolist()]
    bad = np.flatnonzero(failed | (wrong > 0))
    why = [""] * len(names)
    for row, reason in sorted(zip(codes[bad].tolist(), reasons, strict=True), reverse=True):
        why[row] = reason if values[row] != values[row] else ""
    for row in codes[merged.other].tolist():
        why[row] = OTHER
    by_reason: dict[str, list[int]] = {}
    for row, reason in zip(bad.tolist(), reasons, strict=True):
        by_reason.setdefault(reason, []).append(row)
    gone = [
        one for reason, rows in by_reason.items() for one in lost("verdict", reason, np.array(rows), given.transcripts)
    ]
    gone += _duplicates("verdict", merged, given.transcripts)
    clusters, said = _clusters(given)
    found = strays(given.values, np.where(failed, 0, wrong), given.transcripts)
    return Judged(names, np.unique(codes), values, clusters, said, tuple(why), tuple(gone), tuple(found))


def _clusters(given: Given) -> tuple[tuple[str, ...], bool]:
    clusters = list(given.transcripts.names)
    said = given.clusters.codes >= 0
    pairs = np.unique(np.column_stack([given.transcripts.codes, given.clusters.codes])[said], axis=0)
    # Where a transcript has two, the choice may not depend on the order of the rows.
    for transcript, cluster in sorted(pairs.tolist(), key=lambda one: given.clusters.names[one[1]], reverse=True):
        clusters[transcript] = given.clusters.names[cluster]
    return tuple(clusters), bool(said.all()) and len(said) > 0


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """What the annotators of one kind say."""

    kind: Kind
    """Whose labels."""
    codes: Ints
    """(n_items,), the transcripts, as places of the judge's side."""
    annotators: tuple[str, ...]
    """Who has a usable label, sorted."""
    ratings: Floats
    """(n_items, n_annotators), nan where there is no label."""
    lost: tuple[Lost, ...]
    """What did not become a rating."""
    strays: tuple[Stray, ...]
    """Values off the scale."""
    by_kind: tuple[KindShare, ...]
    """Each kind against the judge."""
    unknown_ids: tuple[str, ...]
    """Transcripts that have no verdict at all, sorted."""


def labelled_by(
    labels: LabelSet, rows: Ints, values: Values, scale: Scale, judged: Judged, kind: Kind | None
) -> Labelled:
    """The annotators' side of a pairing.

    Args:
        labels: all labels.
        rows: (n,), the rows that count.
        values: (n,), the values of these rows.
        scale: what is possible.
        judged: the judge's side.
        kind: whose labels become ratings; None: of people, else of authors, else of scripts.

    Raises:
        UserError: there are labels, and none of that kind.
    """
    read, wrong = scale.read(values)
    place = {judged.names[code]: code for code in judged.there.tolist()}
    to_judged = np.array([place.get(name, -1) for name in labels.transcripts.names], dtype=np.intp)
    item = to_judged[labels.transcripts.codes[rows]]
    rater = labels.raters.codes[rows].astype(np.intp)
    width = len(labels.raters.names) or 1
    usable = np.flatnonzero((wrong == 0) & (item >= 0))
    merged = merge(item[usable] * width + rater[usable], read[usable], rows[usable], labels.created)
    kinds = np.array([KINDS.index(annotator_kind(name)) for name in labels.raters.names], dtype=np.intp)
    taken = _kind(kinds[np.unique(rater)], kind)
    wanted = ~np.isnan(merged.values)
    mine = wanted & (kinds[merged.keys % width] == KINDS.index(taken))
    gone = [
        *(one for code, reason in enumerate(REASONS) if code for one in _labels(reason, rows[wrong == code], labels)),
        *_labels(NO_VERDICT, rows[(wrong == 0) & (item < 0)], labels),
        *_duplicates("label", merged, labels.transcripts, labels.raters),
        *_of_others(merged.keys[wanted & ~mine], width, kinds, judged, labels),
    ]
    keys = merged.keys[mine]
    codes, at = np.unique(keys // width, return_inverse=True)
    names = sorted({labels.raters.names[one] for one in np.unique(keys % width)})
    column = np.array([names.index(name) if name in names else -1 for name in labels.raters.names], dtype=np.intp)
    ratings = np.full((len(codes), len(names)), np.nan)
    ratings[at.reshape(-1), column[keys % width]] = merged.values[mine]
    unknown = np.unique(labels.transcripts.codes[rows[item < 0]])
    who, what = Column(labels.raters.names, labels.raters.codes[rows]), labels.transcripts
    return Labelled(
        kind=taken,
        codes=codes,
        annotators=tuple(names),
        ratings=ratings,
        lost=tuple(gone),
        strays=tuple(strays(values, wrong, Column(what.names, what.codes[rows]), who)),
        by_kind=tuple(_shares(merged, width, kinds, judged)),
        unknown_ids=tuple(sorted(what.names[code] for code in unknown)),
    )


def _kind(there: Ints, wanted: Kind | None) -> Kind:
    found = [kind for place, kind in enumerate(KINDS) if place in there]
    if wanted is None:
        return found[0] if found else "human"
    if found and wanted not in found:
        raise UserError(f"none of the labels is of kind {wanted!r}; there are {', '.join(found)}")
    return wanted


def _labels(reason: str, rows: Ints, labels: LabelSet) -> Iterator[Lost]:
    return lost("label", reason, rows, labels.transcripts, labels.raters)


def _duplicates(side: Side, merged: Merged, transcripts: Column, raters: Column | None = None) -> list[Lost]:
    groups = ((SAME, merged.same), (OTHER, merged.other), (OLDER, merged.older))
    return [one for reason, rows in groups for one in lost(side, reason, rows, transcripts, raters)]


def _of_others(keys: Ints, width: int, kinds: Ints, judged: Judged, labels: LabelSet) -> Iterator[Lost]:
    """Usable labels of a kind that was not asked for."""
    whose = kinds[keys % width]
    for place, kind in enumerate(KINDS):
        chosen = keys[whose == place]
        items = Column(judged.names, (chosen // width).astype(np.int32))
        raters = Column(labels.raters.names, (chosen % width).astype(np.int32))
        yield from lost("label", f"of kind {kind}", np.arange(len(chosen)), items, raters)


def _shares(merged: Merged, width: int, kinds: Ints, judged: Judged) -> Iterator[KindShare]:
    judge = judged.values[merged.keys // width]
    both = ~np.isnan(merged.values) & ~np.isnan(judge)
    for place, kind in enumerate(KINDS):
        chosen = both & (kinds[merged.keys % width] == place)
        if chosen.any():
            who = len(np.unique(merged.keys[chosen] % width))
            yield KindShare(kind, who, int(chosen.sum()), int((merged.values[chosen] == judge[chosen]).sum()))
