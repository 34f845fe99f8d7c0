"""From verdicts and labels to a judge card that can be read, kept and sent."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from judgekit.calibration.card.make import make_card
from judgekit.calibration.card.noun import JudgeCard as Record
from judgekit.calibration.card.noun import LabelsAre
from judgekit.calibration.card.options import CardOptions
from judgekit.calibration.pairing_verdicts import VerdictRow
from judgekit.io.atomic import atomic_write
from judgekit.io.label_set import Kind, LabelSet
from judgekit.label import Label
from judgekit.reporting.sources import Source, labels_of, opened, rows_under, rubric_of
from judgekit.rubric import Rubric
from judgekit.running.cards import keep_card
from judgekit.running.run import Run
from judgekit.transcript import Transcript

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Category


class JudgeCard(Record):
    """A judge card that can be written as a page and as Markdown."""

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """The card as one HTML page that stands alone; written to a file where a path is given.

        Without matplotlib (extra `report`) the page has no figures, and says so.

        Raises:
            UserError: the file cannot be written.
        """
        from judgekit.reporting.card_html import render_html

        return _written(render_html(self), path)

    def to_markdown(self, path: str | os.PathLike[str] | None = None) -> str:
        """The card as Markdown, for a paper's appendix; written to a file where a path is given.

        Raises:
            UserError: the file cannot be written.
        """
        from judgekit.reporting.card_markdown import render_markdown

        return _written(render_markdown(self), path)


def calibrate(
    verdicts: Source,
    labels: str | os.PathLike[str] | LabelSet | Iterable[Label],
    *,
    rubric: Rubric | str | os.PathLike[str] | None = None,
    criterion: str = "",
    categories: Sequence[Category] | None = None,
    scale: tuple[float, float] | None = None,
    scale_type: Literal["nominal", "ordinal"] | None = None,
    judge: str | None = None,
    kind: Kind | None = None,
    labels_are: LabelsAre | None = None,
    clusters: Mapping[str, str] | Literal["question", "none"] = "question",
    level: float = 0.95,
    seed: int = 0,
    epsilon: float = 0.2,
    pass_at: float | None = None,
    matters: float = 0.1,
    target: float = 0.1,
    next_k: int = 50,
    own: Collection[str] = (),
    transcripts: Iterable[Transcript] | None = None,
    probability: Mapping[str, float] | None = None,
    strata: Mapping[str, str] | None = None,
    confidence: Mapping[str, float] | None = None,
    repeats: Sequence[Source] = (),
    others: Mapping[str, Source] | None = None,
    before: Source | None = None,
    swapped: Source | None = None,
    keep: bool = True,
) -> JudgeCard:
    r"""The card of a judge on one rubric: how far it may be trusted, and the true result.

    A verdict that failed or abstained is never a value: it is counted, and means stand beside the worst and the best
    that the missing ones allow. What the data do not allow is not computed, and the card says what it would need.

    Args:
        verdicts: a run, its file or folder, a file of scores, a `ScoreSet`, or verdicts.
        labels: a file of labels, a `LabelSet`, or labels.
        rubric: its name or file; None: the only one there is, or the only one of the run that the labels name. A rubric
            declares the scale.
        criterion: one of its criteria or checks; empty for the level (or the score).
        categories: the answers that are possible, where no rubric says so.
        scale: lowest and highest value, where every number between is possible.
        scale_type: whether the answers have an order; None: numbers have one, words not, winners of pairs not.
        judge: whose verdicts, where several judges have some; the others are compared with it.
        kind: labels of `human`, `author` or `script`; None: of people where there are any.
        labels_are: how the labelled transcripts were chosen: `random`, `stratified` or `hand_picked`. None: nobody
            says, and no mean is corrected.
        clusters: the independent unit of each transcript; `question`: what the verdicts say, else what ids have before
            `/`; `none`: each transcript is one.
        level: confidence of the intervals.
        seed: of every random draw; the same data, options and seed give the same card.
        epsilon: how much worse than a person the judge may be: 0.2 beside experts, 0.15 beside skilled annotators, 0.1
            beside a crowd.
        pass_at: the lowest value that passes; None: the rubric's.
        matters: the smallest bias that matters, as a share of the scale: 0.1 is 0.4 points of 1 to 5.
        target: the share of mistakes that is allowed where a verdict stands without a person.
        next_k: how many transcripts to draw for labelling.
        own: response labels of the judge's own model family, for self-preference.
        transcripts: what was judged, for length bias and to find the rubric's own examples among it.
        probability: by transcript, with which probability it was chosen for labelling (`stratified`).
        strata: or the stratum of every transcript.
        confidence: by transcript, how sure the judge is.
        repeats: further verdicts of the same judge on the same transcripts.
        others: verdicts of other judges, by name.
        before: verdicts of the judge as it was before.
        swapped: where values are winners of pairs (1, 2, 0 for a tie): the same pairs, second response first.
        keep: whether the card is kept in the run, whose summary and report then say `calibration: valid`.

    Raises:
        UserError: the input is wrong, or no labelled transcript has a verdict.

    >>> from judgekit.io.scores import Score
    >>> made = [(f"q{i}/A", 1 + i % 2, 1 + (i % 2 + i % 7 // 6) % 2) for i in range(60)]
    >>> scores = [Score(name, value=f, cluster=name[:-2]) for name, _, f in made]
    >>> people = [Label(transcript_id=name, rubric="", annotator="anna", value=y) for name, y, _ in made]
    >>> card = calibrate(scores, people, categories=[1, 2], labels_are="random")
    >>> card.agreement.headline.name, round(card.agreement.headline.value, 3)
    ('cohen_kappa', 0.733)
    """
    found, people = opened(verdicts), labels_of(labels)
    known, binding = rubric_of(found, rubric, people)
    name = known.name if isinstance(known, Rubric) else known

    def rows(source: Source) -> Iterable[VerdictRow]:
        return rows_under(opened(source), name)

    options = CardOptions(
        rubric=known,
        criterion=criterion,
        categories=categories,
        scale=scale,
        scale_type=scale_type,
        judge=judge,
        kind=kind,
        labels_are=labels_are,
        clusters=clusters,
        level=level,
        seed=seed,
        epsilon=epsilon,
        pass_at=pass_at,
        matters=matters,
        target=target,
        next_k=next_k,
        own=own,
        transcripts=transcripts,
        probability=probability,
        strata=strata,
        confidence=confidence,
        repeats=[rows(one) for one in repeats],
        others={who: rows(one) for who, one in (others or {}).items()},
        before=None if before is None else rows(before),
        swapped=None if swapped is None else rows(swapped),
        bound_to="" if binding is None else binding.fingerprint,
        rubric_version="" if binding is None else binding.rubric_version,
    )
    card = make_card(rows_under(found, name), people, options, form=JudgeCard)
    if keep and isinstance(found, Run):
        keep_card(found.path, card, own=True)
    return card


def _written(text: str, path: str | os.PathLike[str] | None) -> str:
    if path is not None:
        with atomic_write(Path(path)) as out:
            out.write(text.encode())
    return text
