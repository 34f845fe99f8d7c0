"""The part of a response that a check looks at."""

from __future__ import annotations

from judgekit.checks.fences import find_fences, find_spans, prose


def select(text: str, target: str) -> str | None:
    """The part that `target` names, or None where the text has no such part.

    Prose always exists, if only as an empty text: an answer that is all code has said nothing beside it.

    >>> select("Run `ls` now.", "inline:1")
    'ls'
    """
    if target == "response":
        return text
    if target == "prose":
        return prose(text)
    fences = find_fences(text)
    if target == "code":
        return "\n".join(fence.content for fence in fences) if fences else None
    kind, _, number = target.partition(":")
    parts = [fence.content for fence in fences] if kind == "block" else [s.content for s in find_spans(text, fences)]
    index = int(number) - 1
    return parts[index] if index < len(parts) else None
