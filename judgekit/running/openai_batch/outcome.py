"""What came back for one request, kept until its verdict is stored, and told again to whoever asks the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import orjson

from judgekit.judging.reply import NoAnswerError, read_body
from judgekit.judging.trouble import Carried, LostError, RefusedError, Trouble, read_trouble
from judgekit.verdict import FailureKind, Usage

_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer, an HTTP error, or nothing."""

    status: int | None
    """The HTTP status; None where nothing came."""
    body: Any = None
    """What came, parsed."""
    kind: FailureKind = "http_error"
    """Where nothing came: how that is recorded."""
    said: str = ""
    """Where nothing came: why."""

    @property
    def trouble(self) -> Trouble | None:
        """The HTTP error, read; None where it is none."""
        if self.status is None or self.status == _OK:
            return None
        return read_trouble(self.status, orjson.dumps(self.body), {})

    @property
    def usage(self) -> Usage | None:
        """The tokens that it cost; None where the body does not say, and where nothing is charged."""
        if self.status != _OK:
            return None
        try:
            return read_body(orjson.dumps(self.body)).usage
        except NoAnswerError:
            return None

    def carried(self) -> Carried:
        """The answer, as a live call brings it.

        Raises:
            RefusedError: the server answered with an error.
            LostError: no answer came.
        """
        if self.status is None:
            raise LostError(self.kind, self.said)
        trouble = self.trouble
        if trouble is not None:
            raise RefusedError(trouble)
        return Carried(orjson.dumps(self.body), {})


def packed(outcomes: list[Outcome]) -> bytes:
    """Outcomes as the store keeps them.

    >>> packed([Outcome(None, kind="timeout", said="late"), Outcome(200, {"choices": []})])
    b'[["timeout","late"],[200,{"choices":[]}]]'
    """
    return orjson.dumps([[o.kind, o.said] if o.status is None else [o.status, o.body] for o in outcomes])


def unpacked(held: bytes) -> list[Outcome]:
    """Outcomes from the store.

    >>> unpacked(b'[["timeout","late"]]')[0].said
    'late'
    """
    return [
        Outcome(first, second) if isinstance(first, int) else Outcome(None, kind=first, said=second)
        for first, second in orjson.loads(held)
    ]
