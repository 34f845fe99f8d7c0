"""What data health has to say: one kind of trouble, how often, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Severity = Literal["error", "warning", "note"]
"""`error`: numbers made of these data mislead; `warning`: read them with care; `note`: know this."""
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of trouble in labels or verdicts."""

    kind: str
    """What, in snake_case, such as `off_scale`."""
    severity: Severity
    """How much it matters."""
    count: int
    """How many values, transcripts or annotators."""
    detail: str
    """A sentence for people: what was found, and what to do."""
    items: tuple[str, ...] = ()
    """Some of the transcripts or annotators."""


def plural(count: int, noun: str) -> str:
    """The number with its noun.

    >>> plural(1, "label"), plural(1200, "label")
    ('1 label', '1,200 labels')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def listed(names: list[str] | tuple[str, ...], limit: int = 5) -> str:
    """The names by commas, the last of many left out.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit:,} more" if len(names) > limit else shown
