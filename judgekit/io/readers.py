"""Transcript readers that other distributions add (entry points of the group `judgekit.transcripts`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

from judgekit.errors import UserError
from judgekit.io.rows import Row
from judgekit.plugins import distribution_of, load_plugin, plugin_names

_GROUP: Final = "judgekit.transcripts"


class TranscriptReader(Protocol):
    """What an entry point of the group `judgekit.transcripts` names: the whole contract."""

    def sniff(self, head: bytes, path: Path) -> bool:
        """Whether this reader reads the file; `head` is its first 64 KiB. Asked before the built-in readers."""

    def read(self, path: Path) -> Iterable[Mapping[str, Any]]:
        """The transcripts as rows in native form, in file order; called anew for each pass."""


def claiming_reader(head: bytes, path: Path, name: str) -> str | None:
    """The name of the first plug-in, by name, that reads this file.

    Raises:
        UserError: a plug-in cannot be loaded, or fails.
    """
    for plugin in plugin_names(_GROUP):
        try:
            if _load(plugin).sniff(head, path):
                return plugin
        except UserError:
            raise
        except Exception as error:
            raise _failed(plugin, name, error) from error
    return None


def read_with_plugin(plugin: str, path: Path, name: str) -> Iterator[Row]:
    """The rows that the plug-in gives.

    Raises:
        UserError: the plug-in fails.
    """
    try:
        for number, record in enumerate(_load(plugin).read(path), 1):
            yield Row(number, dict(record), unit="row")
    except UserError:
        raise
    except Exception as error:
        raise _failed(plugin, name, error) from error


def _load(plugin: str) -> TranscriptReader:
    found = load_plugin(_GROUP, plugin)
    reader: Any = found() if isinstance(found, type) else found
    checked: TranscriptReader = reader
    return checked


def _failed(plugin: str, name: str, error: Exception) -> UserError:
    said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    owner = distribution_of(_GROUP, plugin)
    return UserError(
        f"{name}: the plug-in {plugin!r} ({_GROUP}) of distribution {owner!r} fails on it: {said}; "
        "update or uninstall it"
    )
