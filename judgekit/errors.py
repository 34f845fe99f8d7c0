"""What can go wrong, split by one question: would a retry help?

    JudgekitError
    ├── UserError     the input is wrong; a retry cannot help: fix what the message names
    └── JudgeError    a call or a store failed; a retry may help
        └── CallError    one judge call ended without an answer; carries the failure that is stored

A failed judgement inside a run is not an exception: it is a `Failure` in the verdict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from judgekit.verdict import Failure, Usage


class JudgekitError(Exception):
    """Everything that judgekit raises on purpose."""


class UserError(JudgekitError):
    """The user's input is wrong: the message names what was wanted, what came, where, and the cure."""


class JudgeError(JudgekitError):
    """Something outside failed (a server, a disk): running the same command again may help."""


class CallError(JudgeError):
    """One judge call ended without a usable answer; `failure` is what the verdict records."""

    def __init__(self, failure: Failure, usage: Usage | None = None, cost_usd: float | None = 0.0) -> None:
        super().__init__(f"{failure.kind}: {failure.detail}")
        self.failure = failure
        self.usage = usage
        """Tokens that the failed calls used, where the server said: they are paid for as well."""
        self.cost_usd = cost_usd
