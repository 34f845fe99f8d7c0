"""`judgekit rubric import`: a file of another tool as rubric files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from judgekit.cli.common import check_target, output, print_json, say
from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.io.rubric_formats.records import Dropped, Imported
    from judgekit.rubric import Rubric


def import_(
    file: str = typer.Argument(..., metavar="FILE", help="A file of another tool; '-' is standard input."),
    format: str | None = typer.Option(
        None, "--from", metavar="FORMAT", help="Its format; by default told from its keys, never guessed."
    ),
    target: str | None = typer.Option(
        None,
        "-o",
        "--output",
        metavar="FILE|FOLDER",
        help="Where to write; '-' is standard output, the default. Several rubrics go into a folder.",
    ),
    name: str | None = typer.Option(None, metavar="NAME", help="What to call the rubric."),
    as_json: bool = typer.Option(False, "--json", help="Print the rubrics and what was dropped as JSON."),
) -> None:
    """Read a rubric of another tool; everything that has no place here is listed.

    Formats: prometheus, promptfoo, healthbench, rar, autorubric, autoevals, openai-evals, openai-graders, mlflow,
    petri, ifeval (which gives a question file).
    """
    from judgekit.io import import_rubric
    from judgekit.io.rubric_formats.write import questions_text, rubric_text

    found = import_rubric(file, format, name=name)
    if found.questions is not None:
        _write(questions_text(found.questions), target, as_json)
    elif len(found.rubrics) == 1 and not _is_folder(target):
        _write(rubric_text(found.rubrics[0]), target, as_json)
    elif not as_json or target is not None:
        _write_several(found.rubrics, target)
    if as_json:
        print_json(_facts(found))
    else:
        say_dropped(found.dropped)
        say(_summary(found, target))


def _is_folder(target: str | None) -> bool:
    return target is not None and (target.endswith("/") or Path(target).is_dir())


def _write(text: str, target: str | None, as_json: bool) -> None:
    if as_json and target in (None, "-"):
        return  # standard output is the JSON
    if target not in (None, "-") and check_target(str(target)).exists():
        raise UserError(f"{target!r} exists and is not overwritten: choose another file with -o FILE")
    with output(target) as out:
        out.write(text.encode())


def _write_several(rubrics: Sequence[Rubric], target: str | None) -> None:
    from judgekit.io.rubric_formats.write import rubric_text

    if target in (None, "-"):
        raise UserError(f"the file holds {len(rubrics)} rubrics, and a rubric has a file of its own: name -o FOLDER")
    folder = Path(str(target))
    if folder.is_file():
        raise UserError(f"{target!r} is a file, and there are {len(rubrics)} rubrics to write: name a folder")
    there = next((path for rubric in rubrics if (path := folder / f"{rubric.name}.yaml").exists()), None)
    if there is not None:
        raise UserError(f"{str(there)!r} exists and is not overwritten: choose another folder with -o FOLDER")
    if not folder.parent.is_dir():
        raise UserError(f"cannot write {target!r}: the folder {str(folder.parent)!r} does not exist; make it first")
    folder.mkdir(exist_ok=True)
    for rubric in rubrics:
        with output(str(folder / f"{rubric.name}.yaml")) as out:
            out.write(rubric_text(rubric).encode())


def say_dropped(dropped: Sequence[Dropped]) -> None:
    """One line for everything that has no place on the other side."""
    for one in dropped:
        say(f"dropped: {one}")


def _summary(found: Imported, target: str | None) -> str:
    from judgekit.reporting.plain import count

    where = "" if target in (None, "-") else f" into {target}"
    if found.questions is not None:
        return f"read as {found.format}: {count(len(found.questions), 'question')}{where}"
    n = len(found.rubrics)
    if n == 1 and where and not _is_folder(target):
        where += f"; next: judgekit rubric lint {target}"
    return f"read as {found.format}: {count(n, 'rubric')}{where}"


def _facts(found: Imported) -> dict[str, Any]:
    questions = found.questions
    return {
        "format": found.format,
        "rubrics": [rubric.model_dump(mode="json", by_alias=True) for rubric in found.rubrics],
        "questions": None if questions is None else questions.model_dump(mode="json", by_alias=True),
        "dropped": found.dropped,
    }
