"""What stands of all that annotators did: their answers and notes, and the labels that these make."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from judgekit.label import Label
from judgekit.labelling.about import About
from judgekit.labelling.label_file import Given

_LABELS = """
SELECT max(e.id), i.transcript_id, e.criterion, e.annotator, e.value, e.created, i.probability, i.place,
    (SELECT sum(seconds) FROM events s WHERE s.annotator = e.annotator AND s.place = e.place)
FROM events e JOIN items i USING (place) WHERE e.kind = 'answer' AND e.undone = 0
GROUP BY e.annotator, e.place, e.criterion ORDER BY 1
"""
_NOTES = """
SELECT annotator, place, comment, evidence, max(id) FROM events WHERE kind = 'notes' AND undone = 0
GROUP BY annotator, place
"""
_ANSWERS = """
SELECT place, criterion, value, max(id) FROM events WHERE kind = 'answer' AND undone = 0 AND annotator = ?
GROUP BY place, criterion
"""


@dataclass(frozen=True, slots=True)
class Done:
    """What an annotator has said about one transcript."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    """By criterion, empty text for the level."""
    comment: str = ""
    """Free text."""
    evidence: tuple[dict[str, Any], ...] = ()
    """Marked passages: quote, start, end."""


def said_by(db: sqlite3.Connection, annotator: str) -> dict[int, Done]:
    """What an annotator has said, by place."""
    answers: dict[int, dict[str, Any]] = {}
    for place, criterion, value, _ in db.execute(_ANSWERS, (annotator,)):
        answers.setdefault(place, {})[criterion] = orjson.loads(value)
    notes = {
        place: (comment, tuple(orjson.loads(evidence)))
        for name, place, comment, evidence, _ in db.execute(_NOTES)
        if name == annotator
    }
    return {place: Done(answers.get(place, {}), *notes.get(place, ("", ()))) for place in sorted({*answers, *notes})}


def labels_given(db: sqlite3.Connection, about: About) -> list[Given]:
    """Every label that stands, in the order in which they were given."""
    guideline = about.guideline
    notes = {(name, place): (comment, evidence) for name, place, comment, evidence, _ in db.execute(_NOTES)}
    found = []
    for _, transcript, criterion, annotator, value, created, probability, place, seconds in db.execute(_LABELS):
        comment, evidence = notes.get((annotator, place), ("", "[]"))
        label = Label(
            transcript_id=transcript,
            rubric=about.rubric,
            criterion=criterion,
            annotator=annotator,
            value=orjson.loads(value),
            comment=comment or None,
            created=datetime.fromisoformat(created),
            guideline=guideline,
        )
        found.append(Given(label, seconds or 0.0, tuple(orjson.loads(evidence)), probability))
    return found
