"""Streams that are packed with zstd, read by whatever of this machine knows it.

Python knows zstd from 3.14 on. Before, zstandard or pyarrow may be there, which differ in names and in errors; logs
that are packed with it are too rare to require one of them of everybody.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, BinaryIO

from judgekit.errors import UserError
from judgekit.io.json_cursor import Readable


def open_zstd(packed: BinaryIO, name: str) -> Readable:
    """The unpacked bytes, of all frames one after another; nothing is held but a buffer.

    Args:
        packed: what zstd wrote.
        name: what to call it in messages.

    Raises:
        UserError: Python is older than 3.14, and neither zstandard nor pyarrow is installed. Reading raises a
            ValueError where the bytes are broken.
    """
    if (module := _module("compression.zstd")) is not None:
        return _Checked(module.ZstdFile(packed), module.ZstdError)
    if (module := _module("zstandard")) is not None:
        stream = module.ZstdDecompressor().stream_reader(packed, read_across_frames=True, closefd=False)
        return _Checked(stream, module.ZstdError)
    if (module := _module("pyarrow")) is not None:
        stream = module.CompressedInputStream(module.PythonFile(packed, mode="r"), "zstd")
        return _Checked(stream, module.ArrowException, OSError)
    raise UserError(
        f"{name} is packed with zstd, which Python knows from 3.14 on: pip install zstandard, or write the log as JSON "
        "with `inspect log convert --to json`"
    )


class _Checked:
    """A stream whose own kind of error is a ValueError."""

    def __init__(self, stream: Any, *errors: type[Exception]) -> None:
        self._stream = stream
        self._errors: tuple[type[Exception], ...] = (*errors, EOFError)

    def read(self, size: int, /) -> bytes:
        """At most so many bytes."""
        try:
            return bytes(self._stream.read(size))
        except self._errors as error:
            raise ValueError(f"not zstd: {error}") from None


def _module(name: str) -> Any | None:
    try:
        return import_module(name)
    except ImportError:
        return None
