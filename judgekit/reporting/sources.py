"""What a calibration starts from, whatever it was named by: verdicts, labels, and the rubric that both are about."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from judgekit.calibration.pairing_verdicts import VerdictRow
from judgekit.errors import UserError
from judgekit.io.database import is_database
from judgekit.io.label_set import LabelSet
from judgekit.io.labels import load_labels
from judgekit.io.rubrics import load_rubric, rubric_names
from judgekit.io.scores import ScoreSet, load_scores
from judgekit.label import Label
from judgekit.rubric import Rubric
from judgekit.running.cards import Binding, bindings
from judgekit.running.run import Run, open_run

Source: TypeAlias = Run | ScoreSet | str | os.PathLike[str] | Iterable[VerdictRow]
"""Verdicts: a run, scores, the path of either, or verdicts and rows to iterate over."""


def opened(source: Source) -> Run | ScoreSet | list[VerdictRow]:
    """What a source of verdicts holds, whatever it was named by."""
    if isinstance(source, Run | ScoreSet):
        return source
    if not isinstance(source, str | os.PathLike):
        return list(source)
    path = Path(source)
    if str(source) == "-":
        return load_scores("-")
    if path.is_dir():
        return open_run(path)
    try:
        is_run = is_database(path)
    except OSError:  # whoever reads it says why
        is_run = False
    return open_run(path) if is_run else load_scores(path)


def rows_under(found: Run | ScoreSet | list[VerdictRow], rubric: str) -> Iterable[VerdictRow]:
    """The verdicts under a rubric, where a run tells them apart; '' stands for all of them."""
    return found.rows(rubric=rubric or None) if isinstance(found, Run) else found


def labels_of(labels: str | os.PathLike[str] | LabelSet | Iterable[Label]) -> LabelSet:
    """The label set, read where a file was named."""
    if isinstance(labels, str | os.PathLike):
        return load_labels(labels)
    return labels if isinstance(labels, LabelSet) else LabelSet.of(labels)


def rubric_of(
    found: Run | ScoreSet | list[VerdictRow], rubric: Rubric | str | os.PathLike[str] | None, people: LabelSet
) -> tuple[Rubric | str, Binding | None]:
    """The rubric, or its name where nothing declares its scale; and what a card of this run is bound to.

    Args:
        found: the verdicts.
        rubric: what the user named; None: the only one there is, or the only one of the run that the labels name.
        people: the labels.

    Raises:
        UserError: there are several and none was named, or the run has none of that name, or another one.
    """
    named = _named(rubric)
    if isinstance(found, Run):
        return _of_run(found, named, set(people.rubrics.names))
    if named is None:
        there = {name for name in _rubrics(found) if name}
        named = there.pop() if len(there) == 1 else ""
    return (load_rubric(named) if isinstance(named, str) and named in rubric_names() else named), None


def _named(rubric: Rubric | str | os.PathLike[str] | None) -> Rubric | str | None:
    if rubric is None or isinstance(rubric, Rubric):
        return rubric
    text = os.fspath(rubric)
    return load_rubric(text) if Path(text).suffix in (".yaml", ".yml") or Path(text).is_file() else text


def _rubrics(found: ScoreSet | list[VerdictRow]) -> Iterable[str]:
    if isinstance(found, ScoreSet):
        return found.rubrics.names
    return {str(one["rubric"]) if isinstance(one, Mapping) else one.rubric for one in found}


def _of_run(run: Run, named: Rubric | str | None, labelled: set[str]) -> tuple[Rubric | str, Binding | None]:
    there = bindings(run.path)
    if named is None:
        wanted = [name for name in there if name in labelled] if len(there) > 1 else list(there)
        if len(wanted) != 1:
            listed = f"labels name {', '.join(wanted)}" if wanted else f"the run has {', '.join(there) or 'none'}"
            raise UserError(f"run {run.path}: one rubric was wanted; {listed}; say which with rubric=")
        named = wanted[0]
    name = named.name if isinstance(named, Rubric) else named
    if name not in there:
        raise UserError(f"run {run.path}: it has no verdicts under the rubric {name!r}; there are {', '.join(there)}")
    binding = there[name]
    if isinstance(named, Rubric):
        if named.fingerprint != binding.rubric_fingerprint:
            raise UserError(
                f"run {run.path}: rubric {name} is not the one that its verdicts were made with (fingerprint "
                f"{named.fingerprint}, in the run {binding.rubric_fingerprint}); score again, or give that rubric"
            )
        return named, binding
    known = load_rubric(name) if name in rubric_names() else None
    return (known if known is not None and known.fingerprint == binding.rubric_fingerprint else name), binding
