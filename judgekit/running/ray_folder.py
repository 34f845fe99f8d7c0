"""Around the folder of a run on Ray: who may write to it, and which files are its source."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from judgekit.errors import UserError
from judgekit.io import TranscriptFile, load_transcripts
from judgekit.running.ray_control import LOCK

_TRIES, _PAUSE_S = 5, 0.1


def source_of(given: TranscriptFile | str | Path | Sequence[str | Path], store: str | Path) -> TranscriptFile:
    """The source; folders stand for the files in them.

    Raises:
        UserError: a folder is empty or holds the run's own, or as for `load_transcripts`.
    """
    if isinstance(given, TranscriptFile):
        return given
    return load_transcripts(files_of([given] if isinstance(given, str | Path) else given, store))


def files_of(sources: Sequence[str | Path], store: str | Path) -> list[str]:
    """The names of the files, and of those in the folders, sorted; hidden ones are left out.

    Args:
        sources: names of files and folders.
        store: the folder that the run is kept in.

    Raises:
        UserError: a folder has no file, or holds the run.
    """
    found: list[str] = []
    for source in sources:
        folder = Path(source)
        if source == "-" or not folder.is_dir():
            found.append(str(source))
            continue
        if Path(store).absolute().is_relative_to(folder.absolute()):
            raise UserError(f"run {store}: it lies in the source {source}, and would be read as transcripts; move it")
        below = sorted(path for path in folder.rglob("*") if path.is_file() and not _hidden(path.relative_to(folder)))
        if not below:
            raise UserError(f"{source}: there is no file in this folder; wanted files of transcripts")
        found += map(str, below)
    return found


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """No other session writes to the folder; the lock goes with the process, however it ends.

    Raises:
        UserError: another one does.
    """
    try:
        import fcntl
    except ImportError:  # where there is no such lock, two sessions pay for the same calls, and nothing worse
        yield
        return
    with (folder / LOCK).open("wb") as file:
        for left in range(_TRIES, -1, -1):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if not left:
                    raise UserError(
                        f"run {folder}: another session is writing to this folder; wait for its end, or name another "
                        "folder"
                    ) from None
                time.sleep(_PAUSE_S)  # the last actors of a killed session look whether it is free
        yield
