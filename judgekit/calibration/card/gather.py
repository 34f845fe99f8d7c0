"""What a card is made of, brought into columns and by transcript."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

import numpy as np

from judgekit.calibration.pairing_scale import Scale
from judgekit.calibration.pairing_sides import judged_by
from judgekit.calibration.pairing_verdicts import VerdictRow, given, score_columns
from judgekit.io.columns import Values
from judgekit.io.label_set import LabelSet
from judgekit.io.scores import ScoreSet
from judgekit.noun import canonical
from judgekit.rubric import Rubric
from judgekit.transcript import Transcript


def columns_of(verdicts: Iterable[VerdictRow], rubric: Rubric | str, criterion: str) -> ScoreSet:
    """The verdicts in columns, read once."""
    return verdicts if isinstance(verdicts, ScoreSet) else score_columns(verdicts, rubric, criterion)


def values_of(
    verdicts: Iterable[VerdictRow], rubric: Rubric | str, criterion: str, judge: str | None, scale: Scale
) -> dict[str, float]:
    """The judge's values by transcript; those that failed, or contradict each other, are left out."""
    judged = judged_by(given(columns_of(verdicts, rubric, criterion), rubric, criterion, judge), scale)
    return {name: value for name, value in zip(judged.names, judged.values.tolist(), strict=True) if value == value}


def own_values_of(
    verdicts: Iterable[VerdictRow], rubric: Rubric | str, criterion: str, judge: str | None, scale: Scale
) -> dict[str, float]:
    """The values of the card's own judge; where a source has one judge only, it is this one by another name."""
    columns = columns_of(verdicts, rubric, criterion)
    there = [name for name in columns.judges.names if name]
    return values_of(columns, rubric, criterion, judge if len(there) > 1 else None, scale)


def failures_of(
    verdicts: ScoreSet, rubric: Rubric | str, criterion: str, judge: str | None, scale: Scale
) -> tuple[dict[str, str], dict[str, int]]:
    """The independent unit of each transcript that was judged and has no value, and how many there are by reason."""
    judged = judged_by(given(verdicts, rubric, criterion, judge), scale)
    codes = [int(code) for code in judged.there if np.isnan(judged.values[code])]
    reasons = Counter(judged.why[code] for code in codes)
    return {judged.names[code]: judged.clusters[code] for code in codes}, dict(sorted(reasons.items()))


def other_judges(verdicts: ScoreSet, judge: str) -> list[str]:
    """Who else judged, sorted."""
    return sorted(name for name in verdicts.judges.names if name and name != judge)


def fingerprint(
    verdicts: ScoreSet,
    rubric: Rubric | str,
    criterion: str,
    judge: str | None,
    labels: LabelSet,
    beside: Mapping[str, object],
) -> str:
    """The digest of all that the numbers can depend on, whatever the order of the rows."""
    rows = given(verdicts, rubric, criterion, judge)
    parts = (rows.transcripts, rows.clusters, rows.failures, rows.values.texts)
    columns = [
        np.array([*("" if name is None else f"={name}" for name in part.names), ""])[part.codes] for part in parts
    ]
    numbers = _numbers(rows.values)
    order = np.lexsort((numbers, *columns))
    found = sha256(canonical([labels.fingerprint, beside]))
    for column in columns:
        found.update("\n".join(column[order].tolist()).encode())
    found.update(numbers[order].tobytes())
    return found.hexdigest()[:32]


def _numbers(values: Values) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.asarray(np.nan_to_num(values.numbers, nan=-9.87e300) + 0.0, dtype="<f8")


class Lengths:
    """Transcripts on their way to another reader; the words of each response are counted as they pass."""

    def __init__(self, transcripts: Iterable[Transcript]) -> None:
        self._source = iter(transcripts)
        self.found: dict[str, float] = {}
        """Words by transcript."""

    def __iter__(self) -> Iterator[Transcript]:
        for transcript in self._source:
            self.found[transcript.id] = float(len(transcript.response.split()))
            yield transcript
