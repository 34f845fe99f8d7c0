"""A file that is there whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from judgekit.errors import JudgeError, UserError


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """A binary file that takes the place of `path` when the block ends well; after an error nothing has changed.

    A link is followed, and a device or a pipe is written directly: replacing it would remove it.

    Raises:
        UserError: the path is a folder, its folder is missing, or it may not be written.
        JudgeError: the disk failed or is full.

    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "note.txt"
    >>> with atomic_write(target) as out:
    ...     _ = out.write(b"done")
    >>> target.read_bytes()
    b'done'
    """
    # Where a link leads to a pipe, as /dev/stdout may, there is no name at its end.
    target = path if path.exists() and not path.is_file() else path.resolve()
    if target.is_dir():
        raise UserError(f"cannot write {str(path)!r}: it is a folder; name a file in it")
    if not target.parent.is_dir():
        raise UserError(f"cannot write {str(path)!r}: the folder {str(target.parent)!r} does not exist; make it first")
    direct = target.exists() and not target.is_file()
    part = target if direct else target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        out = part.open("wb" if direct else "xb")
    except OSError as error:
        raise UserError(f"cannot write {str(path)!r}: {error.strerror}; choose another place") from error
    try:
        with out:
            yield out
        if not direct:
            part.replace(target)
    except BaseException as error:
        if not direct:
            part.unlink(missing_ok=True)
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            raise JudgeError(f"cannot write {str(path)!r}: {error.strerror or error}; nothing was changed") from error
        raise
