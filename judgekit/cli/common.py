"""What the commands share: writing where the user said, JSON, and lines for people."""

from __future__ import annotations

import codecs
import io
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import typer

from judgekit.errors import UserError

if TYPE_CHECKING:
    from judgekit.calibration.card.noun import JudgeCard


PLAIN: dict[str, Any] = {
    "add_completion": False,
    "rich_markup_mode": None,
    "pretty_exceptions_enable": False,
    "context_settings": {"help_option_names": ["-h", "--help"]},
}
"""How every command and group is made."""


def say(message: str) -> None:
    """One line for people, on standard error; nothing in it can steer a terminal."""
    from judgekit.reporting.plain import one_line

    typer.echo(one_line(message), err=True)


def width() -> int:
    """Columns to fill: those of the terminal, 80 to 120; 80 where the output is piped."""
    return min(max(shutil.get_terminal_size().columns, 80), 120) if sys.stdout.isatty() else 80


@contextmanager
def output(target: str | None, *, binary: bool = False) -> Iterator[BinaryIO]:
    """Where results go: standard output for None and `-`, else a file that is there whole or not at all.

    Raises:
        UserError: the file is a run store, which no result may replace; or bytes were to go to a terminal.
    """
    if target in (None, "-"):
        if binary and sys.stdout.isatty():
            raise UserError("this format is not text and would go to the terminal: name a file with -o FILE")
        sys.stdout.flush()
        # io.export wants bytes; on a terminal they pass through `visible`, for they hold foreign text
        yield cast(BinaryIO, _Terminal()) if sys.stdout.isatty() else sys.stdout.buffer
        sys.stdout.flush()
        sys.stdout.buffer.flush()
        return
    from judgekit.io.atomic import atomic_write

    path = check_target(target)
    with atomic_write(path) as out:
        yield out


def check_target(target: str, reads: Iterable[str | None] = ()) -> Path:
    """The path of a file that may be written; asked before long work, so that the work is not lost.

    Raises:
        UserError: it is a folder, its folder is missing, it is a run store, which no result may replace, or it is among
            the files that the command uses.
    """
    path = Path(target)
    if not target:
        raise UserError("cannot write '': no file was named")
    if path.is_dir():
        raise UserError(f"cannot write {target!r}: it is a folder; name a file in it")
    if not path.parent.is_dir():
        raise UserError(f"cannot write {target!r}: the folder {str(path.parent)!r} does not exist; make it first")
    from judgekit.io.database import is_database

    if path.is_file() and is_database(path):
        raise UserError(f"{target!r} is a database, such as a run: it is not overwritten; choose another name")
    for one in map(Path, filter(None, reads)):
        if path.absolute() == one.absolute() or (path.exists() and one.exists() and path.samefile(one)):
            raise UserError(
                f"{target!r} would replace the source: it is read by this command, and would be lost; "
                "choose another name"
            )
    return path


def check_choice(flag: str, given: str | None, known: Sequence[str]) -> None:
    """Nothing; a flag that was not given is right.

    Raises:
        UserError: what was given is none of the known words.
    """
    if given is not None and given not in known:
        raise UserError(f"{flag} {given!r} is not known: choose {', '.join(known[:-1])} or {known[-1]}")


def load_cards(paths: Iterable[str]) -> list[JudgeCard]:
    """The judge cards in these files.

    Raises:
        UserError: one cannot be read, or is no card.
    """
    named = list(paths)
    if not named:
        return []
    from judgekit.calibration.card.noun import JudgeCard

    return [JudgeCard.load(path) for path in named]


def print_json(value: Any) -> None:
    """The value as indented JSON on standard output; what is undefined is null."""
    import orjson

    option = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE
    with output(None) as out:
        out.write(orjson.dumps(value, option=option))


class _Terminal(io.RawIOBase):
    """UTF-8 in, and on the terminal the text without anything that could steer it."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        from judgekit.reporting.plain import visible

        sys.stdout.write(visible(self._decode(bytes(data)).replace("\r\n", "\n")))
        return len(data)
