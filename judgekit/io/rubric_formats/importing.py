"""Rubrics from the files of other tools."""

from __future__ import annotations

import os

from judgekit.errors import UserError
from judgekit.io.rubric_formats.names import slug
from judgekit.io.rubric_formats.records import Imported, Losses
from judgekit.io.rubric_formats.registry import get_format, sniff_format
from judgekit.io.rubric_formats.source import Source, open_source
from judgekit.question import QuestionSet


def import_rubric(path: str | os.PathLike[str], format: str | None = None, *, name: str | None = None) -> Imported:
    """What a file of another tool holds, as rubrics (or, for IFEval's rows, questions), and what had no place.

    Args:
        path: the file; `-` is standard input.
        format: its format; by default told from its keys, and an error where they fit none or several.
        name: what to call the rubric; several are numbered. By default a name in the file, else the file's own.

    Raises:
        UserError: the file is wrong, or the format is not known; names file, line, key, what was wanted and the cure.

    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "polite.json"
    >>> _ = path.write_text('[{"criterion": "Stays polite.", "points": 3, "tags": ["tone"]}]')
    >>> found = import_rubric(path)
    >>> found.format, found.rubric.name, found.rubric.criteria[0].points
    ('healthbench', 'polite', 3.0)
    >>> [str(one) for one in found.dropped]
    ['[0].tags: a criterion has no place for it']
    """
    return import_source(open_source(path), format, name=name)


def import_source(source: Source, format: str | None = None, *, name: str | None = None) -> Imported:
    """The same for a file that is read."""
    if name is not None and slug(name) != name:
        raise UserError(f"the name {name!r}: wanted lower-case letters, digits and _, beginning with a letter")
    known = sniff_format(source) if format is None else get_format(format)
    losses = Losses()
    found = known.read(source, losses)
    if isinstance(found, QuestionSet):
        if name is not None:
            raise UserError(f"{known.name} rows become questions, which have ids and no name: leave {name!r} out")
        return Imported(known.name, questions=found, dropped=losses.listed())
    if name is not None:
        several = len(found) > 1
        found = [
            rubric.model_copy(update={"name": f"{name[:56]}_{place}" if several else name})
            for place, rubric in enumerate(found, 1)
        ]
    return Imported(known.name, rubrics=tuple(found), dropped=losses.listed())
