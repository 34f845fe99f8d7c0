"""What to label next, from the verdicts of a run: a draw with known probabilities, and a file for the annotators."""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from judgekit.calibration.pairing import Paired, pair
from judgekit.calibration.planning import LabelPlan, next_to_label, plan_labels
from judgekit.calibration.planning_draw import expected_error
from judgekit.errors import UserError
from judgekit.io.export import guard
from judgekit.io.scores import Score
from judgekit.running.compare_rows import rubrics_of
from judgekit.running.schema import reading

if TYPE_CHECKING:
    from judgekit.io.label_set import LabelSet
    from judgekit.rubric import Rubric
    from judgekit.running.run import Run

COLUMNS = ("transcript_id", "rubric", "criterion", "annotator", "value", "probability")
"""A file of labels with the answers left open, and the probability with which each transcript had to be drawn."""
_VERDICTS = """
SELECT transcript_id, question_id, status, score, level, failure_kind FROM current WHERE rubric = ?
ORDER BY transcript_id
"""
_FEWEST = 20
"""Labels from which the errors of the judge say where it will err."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One rubric of a run, and the labels there are of it."""

    rubric: str
    """The rubric."""
    transcripts: tuple[str, ...]
    """All that have a verdict, sorted."""
    scores: array[float]
    """(n,), 0..1; nan where there is none."""
    paired: Paired | None
    """The labels beside the verdicts; None without labels."""

    @property
    def labelled_y(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """(m,), the mean label of each transcript that has one and a verdict, mapped to 0..1."""
        return self._mapped(np.nanmean(self._both.ratings[self._answered], axis=1)) if self.paired else np.zeros(0)

    @property
    def labelled_f(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """(m,), the verdicts of the same, mapped to 0..1."""
        return self._mapped(self._both.judge[self._answered]) if self.paired else np.zeros(0)

    @property
    def unlabelled_f(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """(N,), the verdicts of the others, mapped to 0..1."""
        if self.paired is None:
            scores = np.asarray(self.scores)
            return np.asarray(scores[~np.isnan(scores)])
        return self._mapped(self._both.unlabelled_judge)

    @property
    def clusters(self) -> np.ndarray[Any, Any]:
        """(m + N,), the questions of the labelled ones, then of the others."""
        both = self._both
        labelled = [name for name, there in zip(both.clusters, self._answered, strict=True) if there]
        return np.array([*labelled, *both.unlabelled_clusters])

    @property
    def _both(self) -> Paired:
        assert self.paired is not None
        return self.paired

    @property
    def _answered(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return ~np.isnan(self._both.judge)

    def _mapped(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
        scale = self._both.scale
        return np.asarray((values - scale.low) / (scale.high - scale.low))


@dataclass(frozen=True, slots=True)
class NextLabels:
    """Transcripts to label next."""

    rubric: str
    """The rubric."""
    transcripts: tuple[str, ...]
    """In random order: who stops early has then labelled a random part of them."""
    probability: tuple[float, ...]
    """Of each: with which probability it had to be drawn. An estimate weighs its label by 1 / probability."""
    n_items: int
    """Transcripts that could be drawn."""
    n_labelled: int
    """Transcripts that have a label, and were left out."""
    method: str
    """What the probabilities rest on, and the seed."""


def read_judged(run: Run, *, rubric: Rubric | str | None = None, labels: LabelSet | None = None) -> Judged:
    """The verdicts of one rubric of a run, and its labels beside them.

    Args:
        run: the run.
        rubric: which; None: the only one.
        labels: of people, where there are some.

    Raises:
        UserError: the run has several rubrics and none is named, or not this one; labels that are for another.
    """
    with reading(run.path) as db:
        there = rubrics_of(db)
        name = rubric if isinstance(rubric, str) else rubric.name if rubric is not None else None
        if name is None and len(there) != 1:
            raise UserError(
                f"{run.path} has {len(there)} rubrics: {', '.join(there) or 'none'}; say which with rubric="
            )
        name = name or there[0]
        if name not in there:
            raise UserError(f"{run.path} has no verdicts under {name!r}; there are {', '.join(there) or 'none'}")
        names: list[str] = []
        scores, verdicts = array("d"), list[Score]()
        for transcript, question, status, score, level, failure in db.execute(_VERDICTS, (name,)):
            names.append(transcript)
            scores.append(float("nan") if score is None else score)
            if labels is not None:
                why = None if status == "scored" else f"failed: {failure}" if failure else status
                value = None if why else float(score if level is None else level)
                verdicts.append(Score(transcript, value=value, cluster=question, failure=why))
    paired = pair(verdicts, labels, rubric=rubric or name) if labels is not None else None
    return Judged(name, tuple(names), scores, paired)


def next_labels(judged: Judged, k: int, *, seed: int = 0, floor: float = 0.2) -> NextLabels:
    """The k transcripts to label next: mostly those on which the judge is expected to err.

    With 20 labels or more, the judge's errors on them say where; else the distance of its score from 0 and 1.

    Args:
        judged: from `read_judged`.
        k: how many.
        seed: of the draw.
        floor: the share that is drawn uniformly, 0.2..1.

    Raises:
        UserError: fewer than k transcripts have no label, or see `next_to_label`.
    """
    scores = np.asarray(judged.scores)
    labelled = np.isin(judged.transcripts, judged.paired.items) if judged.paired else np.zeros(len(scores), dtype=bool)
    if not 1 <= k <= (free := int((~labelled).sum())):
        raise UserError(
            f"1 to {free} was wanted for k=, the transcripts without a label under {judged.rubric}; came {k}"
        )
    error = None
    if judged.labelled_y.size >= _FEWEST:
        error = np.full(len(scores), np.nan)
        there = ~np.isnan(scores)
        error[there] = expected_error(judged.labelled_y, judged.labelled_f, scores[there])
    choice = next_to_label(scores, k, error_sd=error, labelled=labelled, floor=floor, rng=seed)
    order = np.random.default_rng(seed).permutation(np.array(choice.chosen))
    return NextLabels(
        rubric=judged.rubric,
        transcripts=tuple(judged.transcripts[place] for place in order),
        probability=tuple(choice.probability[place] for place in order),
        n_items=free,
        n_labelled=int(labelled.sum()),
        method=choice.method,
    )


def plan_from(judged: Judged, target_half_width: float, *, level: float = 0.95) -> LabelPlan:
    """How many labels the wanted width needs, from the labels that are there: a random sample of the run.

    Raises:
        UserError: fewer than 10 labels, or see `plan_labels`.
    """
    return plan_labels(
        target_half_width,
        labelled_y=judged.labelled_y,
        labelled_f=judged.labelled_f,
        unlabelled_f=judged.unlabelled_f,
        clusters=judged.clusters,
        level=level,
    )


def write_next(found: NextLabels, stream: BinaryIO) -> int:
    """How many rows were written: a CSV file of labels with `annotator` and `value` left open.

    The judge's verdict is not in it: who labels has to be blind to it.
    """
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows(_rows(found.rubric, found.transcripts, found.probability))
    finally:
        text.detach()
    return len(found.transcripts)


def _rows(rubric: str, transcripts: Sequence[str], probability: Sequence[float]) -> Iterator[list[str]]:
    for name, pi in zip(transcripts, probability, strict=True):
        yield [guard(name), guard(rubric), "", "", "", f"{pi:.12g}"]
