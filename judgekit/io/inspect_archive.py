"""Inspect's `.eval` files: ZIP archives with one JSON file a sample, read in place and never unpacked to the disk."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

from judgekit.errors import UserError
from judgekit.io.json_cursor import Readable
from judgekit.io.source import Input, cannot_read
from judgekit.io.zstd import open_zstd

MOST_BYTES: Final = 1 << 30
"""Bytes of one part, unpacked, that are read: a larger one is no log, or a trap."""
HEADERS: Final = ("header.json", "_journal/start.json")
"""Where the facts about the whole log stand: the second while it is being written."""
_ZSTD: Final = 93
_LOCAL: Final = struct.Struct("<4s22xHH")


class Archive:
    """An open `.eval` file."""

    def __init__(self, path: Path, name: str) -> None:
        """The file with its directory; none of its parts is read.

        Raises:
            UserError: it is no ZIP archive, is cut off, or its parts lie in one another.
        """
        self._name, self._path = name, path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise UserError(f"{name} is a ZIP archive that cannot be read ({error}): is it cut off?") from None
        except OSError as error:
            raise cannot_read(name, error) from None
        parts = self._zip.infolist()
        if sum(part.compress_size for part in parts) > path.stat().st_size:
            self._zip.close()
            raise UserError(f"{name}: the parts of this ZIP archive lie in one another: it is damaged, or a trap")
        self._parts = {part.filename: part for part in parts}  # of two with one name the later counts

    def close(self) -> None:
        """The file is released."""
        self._zip.close()

    @property
    def header(self) -> str | None:
        """The part with the facts about the whole log, or None: then it is another archive."""
        return next((name for name in HEADERS if name in self._parts), None)

    def samples(self) -> list[str]:
        """The names of the samples' parts, by epoch, then by id."""
        found = [name for name in self._parts if name.startswith("samples/") and name.endswith(".json")]
        return sorted(found, key=_sample_order)

    @contextmanager
    def open(self, part: str) -> Iterator[Readable]:
        """The bytes of a part, unpacked; reading stops with a ValueError where they are too many or damaged.

        Raises:
            UserError: it is packed in a way that cannot be read here.
        """
        info = self._parts[part]
        if info.flag_bits & 1:
            raise UserError(f"{self._name}: {part!r} is encrypted; save the log without a password")
        if info.compress_type != _ZSTD:
            try:
                with self._zip.open(info) as stream:
                    yield _Bounded(stream)
            except NotImplementedError as error:
                raise UserError(f"{self._name}: {part!r} cannot be unpacked: {error}") from None
            except zipfile.BadZipFile as error:
                raise ValueError(f"damaged: {error}") from None
            return
        with self._path.open("rb") as file:
            yield _Bounded(open_zstd(cast(BinaryIO, _slice(file, info)), self._name), info.CRC)


class _Bounded:
    """A stream that ends with an error behind MOST_BYTES, or where its checksum is another."""

    def __init__(self, stream: Readable, crc: int | None = None) -> None:
        self._stream, self._crc = stream, crc
        self._n_read, self._found = 0, 0

    def read(self, size: int, /) -> bytes:
        """At most so many bytes."""
        try:
            data = self._stream.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise ValueError(f"damaged: {error or 'it is cut off'}") from None
        self._n_read += len(data)
        if self._n_read > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES >> 20} MiB unpacked, which is not read")
        if self._crc is not None:
            self._found = zlib.crc32(data, self._found)
            if not data and self._found != self._crc:
                raise ValueError("damaged: its checksum is another")
        return data


class _Slice:
    """Part of a file as a file of its own."""

    closed = False

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left = file, size

    def read(self, size: int = -1, /) -> bytes:
        """At most so many bytes of what is left."""
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def readable(self) -> bool:
        """Yes."""
        return True

    def close(self) -> None:
        """The file stays open."""


def _slice(file: BinaryIO, info: zipfile.ZipInfo) -> _Slice:
    """The packed bytes of a part: zipfile opens none that is packed with zstd before Python 3.14."""
    file.seek(info.header_offset)
    local = file.read(_LOCAL.size)
    if len(local) < _LOCAL.size or (found := _LOCAL.unpack(local))[0] != b"PK\x03\x04":
        raise ValueError("damaged: it is not where the archive's directory says")
    file.seek(found[1] + found[2], 1)
    return _Slice(file, info.compress_size)


def _sample_order(part: str) -> tuple[int, str]:
    """By epoch, then by id, numbers in their order: as Inspect reads them."""
    identity, _, epoch = part.removeprefix("samples/").removesuffix(".json").rpartition("_epoch_")
    return (
        int(epoch) if epoch.isdecimal() and len(epoch) < 10 else 0,
        identity.zfill(20) if identity.isdecimal() else identity,
    )


def is_inspect_archive(file: Input) -> bool:
    """Whether a ZIP archive is an Inspect log.

    Raises:
        UserError: it cannot be read.
    """
    archive = Archive(file.path, file.name)
    archive.close()
    return archive.header is not None
