"""`judgekit demo`: the main job from end to end, on shipped data, with nothing to set up."""

from __future__ import annotations

import shlex
import sys
from contextlib import redirect_stdout
from pathlib import Path

import typer

from judgekit.errors import UserError

_DATA = Path(__file__).parent / "demo_data"
_MARK = "ABOUT.txt"
_ABOUT = "Written by 'judgekit demo'. It may be deleted, and running the demo again writes it again.\n"


def command(
    folder: str = typer.Argument("judgekit-demo", metavar="[DIR]", help="Where the demo puts its files; a new folder."),
) -> None:
    """Do the main job on shipped data with the built-in judge.

    Reads 90 transcripts, scores them, and writes a report and an export. Every command is printed before it runs:
    they are the same for your own transcripts. Nothing leaves this machine.
    """
    place = _prepared(Path(folder))
    transcripts, questions = place / "transcripts.md", place / "questions.yaml"
    run = place / "run.db"
    typer.echo(
        "The built-in judge 'baseline' is a null model: code and word lists, no language\n"
        "model, no network. It decides what code can decide and abstains elsewhere: a\n"
        "real judge has to beat it."
    )
    codes = [
        _typed("transcripts", transcripts, "--format", "jsonl", into=place / "transcripts.jsonl"),
        _typed("score", transcripts, "--questions", questions, "--judge", "baseline", "--run", run),
        _typed("summary", run, "--json", into=place / "summary.json"),
        _typed("export", run, "--format", "csv", "-o", place / "verdicts.csv"),
        _typed("report", run, "-o", place / "report.html"),
    ]
    typer.echo(
        f"\nOpen {place / 'report.html'} in a browser.\n"
        "Your own transcripts, with a model as the judge:\n"
        "  judgekit score FILE --questions FILE.yaml --judge openai/gpt-5-mini\n"
        "What can be asked:\n"
        "  judgekit rubric list"
    )
    raise typer.Exit(max(codes))


def _prepared(place: Path) -> Path:
    """The folder with the shipped files in it; what somebody else put there is never touched."""
    if place.exists() and not place.is_dir():
        raise UserError(f"{str(place)!r} is not a folder: name a new one, judgekit demo DIR")
    if place.is_dir() and any(place.iterdir()) and not (place / _MARK).is_file():
        raise UserError(f"the folder {str(place)!r} holds other files: name a new one, judgekit demo DIR")
    try:
        place.mkdir(parents=True, exist_ok=True)
        (place / _MARK).write_text(_ABOUT, encoding="utf-8")
        for source in sorted(_DATA.iterdir()):
            target, text = place / source.name, source.read_bytes()
            if not target.exists():
                target.write_bytes(text)
            elif target.read_bytes() != text:
                raise UserError(
                    f"{str(target)!r} was changed and is not overwritten: name a new folder, judgekit demo DIR"
                )
    except OSError as error:
        raise UserError(f"cannot write to {str(place)!r}: {error.strerror}; name another folder") from error
    return place


def _typed(*parts: str | Path, into: Path | None = None) -> int:
    """The exit code of a command that is printed as a user would type it, and then run."""
    from judgekit.cli.main import app

    arguments = [str(part) for part in parts]
    typer.echo(f"\n$ {shlex.join(['judgekit', *arguments])}" + (f" > {shlex.quote(str(into))}" if into else ""))
    sys.stdout.flush()
    if into is None:
        code = app(arguments, standalone_mode=False)
    else:
        with into.open("w", encoding="utf-8") as out, redirect_stdout(out):
            code = app(arguments, standalone_mode=False)
    return code if isinstance(code, int) else 0
