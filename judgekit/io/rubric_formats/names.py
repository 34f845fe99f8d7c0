"""Names and wordings that both directions share: ids from titles, questions from statements."""

from __future__ import annotations

import re
import unicodedata

STATEMENT = "Does this hold of the response: "
"""What makes a question of a statement."""
_ASKS = re.compile(r"\?(?![\"'”’»)\]])")
_ABSENCE = re.compile(
    r"\b(?:no|not|never|without|avoids?|avoiding|refrains?|lacks?|omits?|none|nothing|free of|absence|cannot|only)\b"
    r"|n't\b|n’t\b",
    re.IGNORECASE,
)


def slug(text: str, fallback: str = "item") -> str:
    """The text as a name of lower-case letters, digits and _.

    >>> slug("Über-long Title!"), slug("5 stars"), slug("面白い", "c1")
    ('uber_long_title', 'n5_stars', 'c1')
    """
    plain = unicodedata.normalize("NFKD", text[:400]).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if name[:1].isdigit():
        name = f"n{name}"
    return name[:64].rstrip("_") or fallback


def as_question(text: str) -> str:
    """The text as something to ask: a statement is put behind a question.

    >>> as_question("Names a dose.")
    'Does this hold of the response: Names a dose.'
    >>> as_question("Does it name a dose?")
    'Does it name a dose?'
    """
    return text if _ASKS.search(text) or text.startswith(STATEMENT) else STATEMENT + text


def as_statement(ask: str) -> str:
    """What `as_question` made a question of; the question itself where it was one.

    >>> as_statement("Does this hold of the response: Names a dose.")
    'Names a dose.'
    """
    inner = ask.removeprefix(STATEMENT)
    return inner if as_question(inner) == ask else ask


def evidence_for(ask: str) -> str:
    """Whether a yes has to quote: not where the words speak of something that is to be absent, for nothing shows that.

    >>> evidence_for("Does it name a dose?"), evidence_for("Does it avoid jargon?")
    ('if_yes', 'none')
    """
    return "none" if _ABSENCE.search(ask) else "if_yes"


def number_text(value: float) -> str:
    """A number as people write it.

    >>> number_text(1.0), number_text(0.1 + 0.2)
    ('1', '0.3')
    """
    return f"{round(value, 10):.12g}"


def tidy_number(value: float) -> float | int:
    """A whole number without its point, for files.

    >>> tidy_number(2.0), tidy_number(0.1 + 0.2)
    (2, 0.3)
    """
    value = round(value, 10)
    return int(value) if value == int(value) else value
