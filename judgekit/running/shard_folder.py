"""The folder of a run on Ray: its sessions and the names of its shards.

FOLDER/<session>.json             what a session was asked to do; never a key
FOLDER/<session>-000012.parquet   the verdicts on one block of its source (`shards`)
FOLDER/<session>.end.json         how it ended
FOLDER/run.db                     the run that they add up to (`shard_index`)

Everything read here is checked like any other input: a folder may come from anywhere.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

import orjson
from pydantic import Field, JsonValue, ValidationError

from judgekit import __version__
from judgekit.errors import UserError
from judgekit.io.atomic import atomic_write
from judgekit.noun import Noun, Text, explain
from judgekit.rubric import Rubric
from judgekit.running.store import Outcome

N = TypeVar("N", bound=Noun)

RUN = "run.db"
"""The run in a folder of shards."""
_SESSION = re.compile(r"([0-9]{8}T[0-9]{12}Z-[0-9a-f]{8})\.json")
_SHARD = re.compile(r"([0-9]{8}T[0-9]{12}Z-[0-9a-f]{8})-[0-9]{6,12}\.parquet")


class Filed(Noun):
    """One rubric of a session, and what its verdicts are filed under."""

    rubric: Rubric
    """The rubric, without its examples."""
    base: str = Field(pattern="^[0-9a-f]{32}$")
    """The digest of everything but transcript and inputs."""


class Session(Noun):
    """What one session was asked to do."""

    judgekit: Literal["shards/1"] = "shards/1"
    """The format of the folder."""
    version: Text = __version__
    """The judgekit that wrote it."""
    judge: Text
    """`provider/model`."""
    parameters: dict[str, JsonValue]
    """What else tells this judge from another; never a key."""
    base_url: Text | None = None
    """The endpoint, without its query."""
    sources: tuple[Text, ...] = ()
    """Where the transcripts come from."""
    rubrics: dict[Text, Filed] = {}
    """By name."""


class Ended(Noun):
    """How a session ended."""

    outcome: Outcome
    """`complete` where it came to the end of its source."""
    used: tuple[Text, ...] = ()
    """The rubrics under which it found or made verdicts."""


def open_folder(path: str | Path) -> Path:
    """The folder, absolute; made where it is not there.

    Raises:
        UserError: it is a file, holds something else, or cannot be made.
    """
    folder = Path(path).absolute()
    try:
        folder.mkdir(exist_ok=True)
        others = [one.name for one in folder.iterdir() if not one.name.startswith(".")]
    except FileExistsError:
        raise UserError(f"run {path}: on Ray a run is a folder of shards, and this is a file; name another") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UserError(f"run {path}: the folder cannot be made or read ({why}); choose another place") from None
    if others and not any(map(_SESSION.fullmatch, others)):
        raise UserError(f"run {path}: this folder holds other files, such as {min(others)!r}; name a new one")
    return folder


def new_session(folder: Path, session: Session) -> str:
    """The name of a session, now on disk; names sort by time."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-{secrets.token_hex(4)}"
    _write_json(folder / f"{name}.json", session)
    return name


def read_session(folder: Path, name: str) -> Session:
    """What a session was asked to do.

    Raises:
        UserError: the file is missing or wrong.
    """
    found = _read_json(folder / f"{name}.json", Session)
    for rubric, filed in found.rubrics.items():
        if filed.rubric.name != rubric:
            raise UserError(f"{folder / name}.json: the rubric {filed.rubric.name!r} stands there as {rubric!r}")
    return found


def end_session(folder: Path, name: str, ended: Ended) -> None:
    """How the session ended is on disk."""
    _write_json(folder / f"{name}.end.json", ended)


def read_end(folder: Path, name: str) -> Ended | None:
    """How the session ended; None where nothing says so: it runs, or was killed.

    Raises:
        UserError: the file is wrong.
    """
    path = folder / f"{name}.end.json"
    return _read_json(path, Ended) if path.is_file() else None


@dataclass(frozen=True, slots=True)
class Listing:
    """What is in a folder."""

    sessions: tuple[str, ...]
    """The names of its sessions, oldest first."""
    shards: dict[str, list[str]]
    """By session: the names of its shards, in the order of their source."""


def list_folder(folder: Path, *, may_be_new: bool = False) -> Listing:
    """The sessions and shards in a folder; files in the making and all other files are overlooked.

    Args:
        folder: the folder.
        may_be_new: whether it may hold no session.

    Raises:
        UserError: it holds no session, or shards of one that is missing.
    """
    try:
        names = sorted(one.name for one in folder.iterdir())
    except OSError as error:
        raise UserError(f"run {folder}: the folder cannot be read ({error.strerror}); check its permissions") from None
    sessions = tuple(match[1] for match in map(_SESSION.fullmatch, names) if match)
    shards: dict[str, list[str]] = {name: [] for name in sessions}
    for match in filter(None, map(_SHARD.fullmatch, names)):
        if match[1] not in shards:
            raise UserError(f"run {folder}: {match[1]}.json is missing, which says what {match[0]} holds; put it back")
        shards[match[1]].append(match[0])
    if not sessions and not may_be_new:
        raise UserError(
            f"run {folder}: a run is a file, or a folder that `judgekit score … --engine ray` wrote; this is another"
        )
    return Listing(sessions, shards)


def shard_name(session: str, block: int) -> str:
    """The name of a block's shard: the same for every try, so that no block counts twice."""
    return f"{session}-{block:06d}.parquet"


def _write_json(path: Path, record: Noun) -> None:
    with atomic_write(path) as out:
        out.write(orjson.dumps(record.model_dump(mode="json", by_alias=True), option=orjson.OPT_INDENT_2))


def _read_json(path: Path, kind: type[N]) -> N:
    try:
        return kind.model_validate(orjson.loads(path.read_bytes()))
    except ValidationError as error:
        why = explain(error)
    except (OSError, ValueError) as error:
        why = " ".join(str(error).split())[:200]
    raise UserError(f"{path}: not what `judgekit score … --engine ray` writes there ({why}); restore the file")
