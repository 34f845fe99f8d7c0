"""What a session is judging, or is about to: by fingerprint, with its claim and the jobs that wait for its verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from judgekit.running.work import Entry


@dataclass(slots=True)
class _Out:
    claim: int
    twins: list[Entry] = field(default_factory=list)


class Handed:
    """Fingerprints that are out; a claim is dropped when the last of its fingerprints is let go."""

    def __init__(self, drop: Callable[[int], None]) -> None:
        """Nothing is out yet.

        Args:
            drop: called with each claim that is not needed any more.
        """
        self.waiting = 0
        """Jobs that wait for the verdict of another one."""
        self._drop = drop
        self._out: dict[str, _Out] = {}
        self._claims: dict[int, int] = {}

    def __bool__(self) -> bool:
        """Whether anything is out."""
        return bool(self._out)

    def add(self, fingerprint: str, claim: int) -> None:
        """This fingerprint is out, under that claim."""
        self._out[fingerprint] = _Out(claim)
        self._claims[claim] = self._claims.get(claim, 0) + 1

    def join(self, entry: Entry) -> bool:
        """Whether the job now waits for another one with its fingerprint."""
        out = self._out.get(entry.job.fingerprint)
        if out is None:
            return False
        out.twins.append(entry)
        self.waiting += 1
        return True

    def next_twin(self, fingerprint: str) -> Entry | None:
        """The first job that waits for this verdict, and is now the one to be judged; None where none waits."""
        twins = self._out[fingerprint].twins
        self.waiting -= bool(twins)
        return twins.pop(0) if twins else None

    def twins(self, fingerprint: str) -> list[Entry]:
        """The jobs that wait for this verdict; they do not any more."""
        out = self._out[fingerprint]
        twins, out.twins = out.twins, []
        self.waiting -= len(twins)
        return twins

    def let_go(self, fingerprint: str) -> None:
        """It is settled, or given up."""
        claim = self._out.pop(fingerprint).claim
        self._claims[claim] -= 1
        self.close(claim)

    def close(self, claim: int) -> None:
        """The claim is dropped where nothing is out under it."""
        if not self._claims.get(claim):
            self._claims.pop(claim, None)
            self._drop(claim)
