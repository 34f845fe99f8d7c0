"""Where transcripts come from: files, and streams that are kept in a temporary file because they are read twice."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from judgekit.errors import UserError

Source = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
"""A path, `-` for standard input, or several of them."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Input:
    """One file to read."""

    name: str
    """What to call it in messages."""
    path: Path
    """Where its bytes are."""


def open_inputs(source: Source, *, what: str = "transcripts") -> list[Input]:
    """The files behind a source, each of which can be read as often as needed.

    Args:
        source: paths, and `-` for standard input.
        what: what the files hold, for messages.

    Raises:
        UserError: there is none, one does not exist, is a directory, or may not be read.
    """
    names = [os.fspath(source)] if isinstance(source, str | os.PathLike) else [os.fspath(item) for item in source]
    if not names:
        raise UserError(f"no {what}: wanted at least one file, or '-' for standard input")
    if names.count("-") > 1:
        raise UserError("standard input ('-') is named twice, and can be read only once")
    return [_open_stdin() if name == "-" else _open_file(name, what) for name in names]


def _open_file(name: str, what: str) -> Input:
    shown = name if name.isprintable() and name else repr(name)
    path = Path(name)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            kind = what.removesuffix("s")
            raise UserError(f"{shown} is a directory: name the {kind} files in it, such as {shown.rstrip('/')}/*.jsonl")
        with path.open("rb") as stream:
            if not stat.S_ISREG(mode):  # a pipe, such as <(zcat file.gz)
                return _keep(stream, shown)
    except FileNotFoundError:
        raise UserError(f"{shown}: no such file; wanted a file of {what}, or '-' for standard input") from None
    except ValueError as error:
        raise UserError(f"{shown} is not the name of a file: {error}") from None
    except OSError as error:
        raise cannot_read(shown, error) from None
    return Input(shown, path)


def cannot_read(name: str, error: OSError) -> UserError:
    """The error for a file that the system does not give."""
    return UserError(f"{name}: cannot be read: {error.strerror or error}; check the path and its permissions")


def byte_size(file: Input) -> int:
    """How many bytes a file has.

    Raises:
        UserError: it has gone.
    """
    try:
        return file.path.stat().st_size
    except OSError as error:
        raise cannot_read(file.name, error) from None


def _open_stdin() -> Input:
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise UserError("standard input ('-') is closed; name a file")
    try:
        return _keep(stream, "standard input")
    except OSError as error:
        raise cannot_read("standard input", error) from None


def _keep(stream: BinaryIO, name: str) -> Input:
    handle, path = tempfile.mkstemp(prefix="judgekit-")
    kept = Input(name, Path(path))
    weakref.finalize(kept, Path(path).unlink, missing_ok=True)
    with os.fdopen(handle, "wb") as target:
        shutil.copyfileobj(stream, target, 1 << 20)
    return kept
