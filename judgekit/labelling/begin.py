"""From what the user named to a labelling task: begun anew, or gone on with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from judgekit.errors import UserError
from judgekit.io.database import is_database
from judgekit.labelling.about import Choices, about_of, check_same
from judgekit.labelling.asks import Ask
from judgekit.labelling.desk import Desk
from judgekit.labelling.draw import Drawn, deal, sample
from judgekit.labelling.items import Pile
from judgekit.labelling.state import LabelState, annotator_name, state_path
from judgekit.rubric import Rubric

if TYPE_CHECKING:
    from judgekit.io.label_set import LabelSet
    from judgekit.running.run import Run


@dataclass(frozen=True, slots=True)
class Selection:
    """Transcripts that were chosen, and what their probabilities rest on."""

    drawn: list[Drawn]
    """The transcripts, in the order of the source."""
    method: str = ""
    """Empty where each was as likely."""


def select(
    pile: Pile,
    rubric: Rubric,
    chosen: Choices,
    *,
    annotators: Sequence[str] = (),
    run: Run | None = None,
    labels: LabelSet | None = None,
) -> Selection:
    """The transcripts that are to be labelled, and by whom.

    Args:
        pile: the source.
        rubric: what they are labelled under.
        chosen: how they are chosen.
        annotators: to whom what not everyone labels is dealt.
        run: the verdicts that `next_k` draws by.
        labels: what has been labelled: `next_k` leaves it out, and learns from it where the judge errs.

    Raises:
        UserError: too few transcripts, no run for `next_k`, or a transcript of the run that the source lacks.
    """
    seed = chosen.seed or 0
    ids, probability, method = sample(list(pile.items), chosen.sample, seed=seed), dict[str, float](), ""
    if chosen.next_k is not None:
        if run is None:
            raise UserError("--next draws by the judge's verdicts: name the run with --run RUN.db")
        if chosen.sample is not None:
            raise UserError("--sample and --next both choose transcripts: give one of them")
        from judgekit.running.next_labels import next_labels, read_judged

        found = next_labels(read_judged(run, rubric=rubric, labels=labels), chosen.next_k, seed=seed)
        if lost := [name for name in found.transcripts if name not in pile.items]:
            raise UserError(
                f"--next: {len(lost)} of {chosen.next_k} drawn transcripts are not in the source, such as {lost[0]!r}; "
                "name the files that the run was made of"
            )
        probability = dict(zip(found.transcripts, found.probability, strict=True))
        ids, method = [name for name in pile.items if name in probability], found.method
    return Selection(deal(ids, annotators, chosen.overlap or "all", seed=seed, probability=probability), method)


def open_task(
    labels_path: Path,
    pile: Pile,
    rubric: Rubric,
    asks: tuple[Ask, ...],
    chosen: Choices,
    *,
    annotators: Sequence[str] = (),
    run: Run | None = None,
    labels: LabelSet | None = None,
) -> Desk:
    """The labelling task of a labels file: gone on with where it has begun, else begun.

    Args:
        labels_path: where the labels go; the state of the task stands beside it.
        pile: the source.
        rubric: what they are labelled under.
        asks: what is asked.
        chosen: how the transcripts are chosen.
        annotators: who labels, where that is known.
        run: the judge's verdicts, for `next_k`.
        labels: what has been labelled elsewhere.

    Raises:
        UserError: the files are another's, or the task is another than the one that was begun.
        JudgeError: the disk failed.
    """
    if labels_path.suffix.lower() != ".csv":
        raise UserError(f"--out {str(labels_path)!r}: labels are written as CSV; name a file such as labels.csv")
    if labels_path.is_file() and is_database(labels_path):
        raise UserError(f"--out {str(labels_path)!r} is a database, such as a run; name a file such as labels.csv")
    if labels_path.exists() and not (
        labels_path.is_file() or labels_path.is_dir()
    ):  # a pipe would be waited for without an end
        raise UserError(f"--out {str(labels_path)!r} is no ordinary file; name a file such as labels.csv")
    named: dict[str, str] = {}
    for one in map(annotator_name, annotators):  # who is named twice gets no second share
        named.setdefault(one.casefold(), one)
    names = list(named.values())
    state = LabelState(state_path(labels_path), labels_path)
    try:
        if state.about is None:
            selection = select(pile, rubric, chosen, annotators=names, run=run, labels=labels)
            dealt = names if any(one.owner for one in selection.drawn) else ()
            digests = {one.transcript_id: pile.items[one.transcript_id].digest for one in selection.drawn}
            state.begin(about_of(rubric, asks, chosen, dealt, selection.method), selection.drawn, digests)
        held = state.about
        assert held is not None
        check_same(held, rubric, asks, chosen, labels_path)
        _check_texts(state, pile, labels_path)
        state.names_of(names)
        desk = Desk(rubric, asks, pile.items, state)
        if state.labels() and (warning := state.write_labels()):
            raise UserError(warning)
    except BaseException:
        is_new = state.is_new and state.about is None
        state.close()
        if is_new:
            state.path.unlink(missing_ok=True)
        raise
    return desk


def _check_texts(state: LabelState, pile: Pile, labels: Path) -> None:
    """Nothing, where every transcript of the task still reads as it did."""
    changed = [name for _, name, digest in state.items if name not in pile.items or pile.items[name].digest != digest]
    if changed:
        gone = "is not in the source" if changed[0] not in pile.items else "reads otherwise now, or its inputs do"
        raise UserError(
            f"{len(changed)} of the transcripts that {str(labels)!r} was begun with are not the same: {changed[0]!r} "
            f"{gone}; restore the source and --questions, or begin anew with another --out"
        )
