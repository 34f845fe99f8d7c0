"""Labels and rubrics as the commands of calibration name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.io.label_set import LabelSet
    from judgekit.rubric import Rubric

_CLUSTERS = ("question", "none")
_BESIDE = "guideline"
"""The field of a label that no number rests on: a column of clusters is read in its place."""


def pairs(given: Iterable[str], flag: str, example: str) -> dict[str, str]:
    """What `FIELD=COLUMN,FIELD=COLUMN` spells.

    Raises:
        UserError: a part has no `=`, or a field is named twice.
    """
    found: dict[str, str] = {}
    for part in (part.strip() for one in given for part in one.split(",")):
        field, equals, name = (piece.strip() for piece in part.partition("="))
        if not (field and equals and name):
            raise UserError(f"{flag}: wanted field=column, such as {example}; came {part!r}")
        if field in found:
            raise UserError(f"{flag}: {field} is named twice, as {found[field]!r} and {name!r}; keep one")
        found[field] = name
    return found


def answers(given: str | None, flag: str = "--categories") -> list[str | float] | None:
    """The answers of a scale, parted by commas: numbers where all are numbers; `1..5` stands for 1,2,3,4,5.

    Raises:
        UserError: there is none.
    """
    if given is None:
        return None
    from judgekit.io.cells import is_number

    first, dots, last = given.partition("..")
    if dots and first.strip().lstrip("-").isdecimal() and last.strip().lstrip("-").isdecimal():
        low, high = int(first), int(last)
        if not low < high <= low + 1000:
            raise UserError(f"{flag}: wanted the lowest and the highest level, such as 1..5; came {given!r}")
        return [float(one) for one in range(low, high + 1)]
    parts = [part.strip() for part in given.split(",") if part.strip()]
    if not parts:
        raise UserError(f"{flag}: wanted the answers that are possible, such as 1..5 or no,yes; came {given!r}")
    return [float(part) for part in parts] if all(map(is_number, parts)) else list(parts)


def ends(given: str | None) -> tuple[float, float] | None:
    """The lowest and the highest value, parted by a comma.

    Raises:
        UserError: it is not two numbers.
    """
    if given is None:
        return None
    try:
        low, high = (float(part) for part in given.split(","))
    except ValueError:
        raise UserError(f"--scale: wanted the lowest and the highest value, such as 0,1; came {given!r}") from None
    return low, high


def read_labels(path: str, mapping: Mapping[str, str], cluster: str = "none") -> tuple[LabelSet, dict[str, str] | None]:
    """The labels of a file, and the independent unit of each transcript.

    Args:
        path: the file, `-` is standard input.
        mapping: as `load_labels` takes it.
        cluster: `question`: what stands in the ids before the last `/`, if every id has one; `none`; or the column or
            path in which the file names it.

    Raises:
        UserError: the file cannot be read, or has no such column; a transcript has two units.
    """
    from judgekit.calibration.raters import question_clusters
    from judgekit.io.labels import load_labels

    column = cluster not in _CLUSTERS
    names = dict(mapping) | ({_BESIDE: cluster} if column else {})
    try:
        labels = load_labels(path, mapping=names)
    except UserError as error:
        if not column or f"(for {_BESIDE})" not in str(error):
            raise
        said = str(error).partition("; name yours")[0].replace(f" (for {_BESIDE})", "")
        raise UserError(f"{said}; --cluster takes one of these, question or none") from None
    if column:
        return labels, _units(labels)
    return labels, (question_clusters(labels.transcripts.names) or None) if cluster == "question" else None


def _units(labels: LabelSet) -> dict[str, str]:
    found: dict[str, str] = {}
    for row, transcript in enumerate(labels.transcripts.codes.tolist()):
        unit, name = labels.guidelines.at(row), labels.transcripts.names[transcript]
        if unit is None:
            raise UserError(f"--cluster: a unit for every label was wanted; one of {name!r} has none")
        if found.setdefault(name, unit) != unit:
            raise UserError(f"--cluster: one unit a transcript was wanted; {name!r} is in {found[name]!r} and {unit!r}")
    return found


def read_rubric(named: str | None, there: Iterable[str]) -> tuple[str | None, dict[str, Rubric]]:
    """The name to look for, and the rubrics whose scale is known: the one that is named, else those that are shipped.

    Args:
        named: a name or a file; None: all that the labels name.
        there: the names that the labels have.

    Raises:
        UserError: the file is no rubric, or nothing has the name.
    """
    from pathlib import Path

    from judgekit.io.rubrics import load_rubric, rubric_names

    if named is None:
        known = set(rubric_names())
        return None, {name: load_rubric(name) for name in there if name in known}
    if named in set(there) and named not in rubric_names() and not Path(named).is_file():
        return named, {}
    rubric = load_rubric(named)
    return rubric.name, {rubric.name: rubric}
