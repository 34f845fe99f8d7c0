"""One annotator's answer."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from judgekit.noun import Noun, Text


class LabelledBy(Noun):
    """Where a label comes from; accuracy is printed per kind and never mixed."""

    kind: Literal["human", "author", "script"]
    """`human`: an annotator apart from the project; `author`: who wrote the example; `script`: code."""
    name: Text | None = None
    """Who, where it may be said."""
    note: Text | None = None
    """Why this label, for people."""


class Label(Noun):
    """One annotator's answer for one transcript under one rubric."""

    transcript_id: Text
    """The transcript that was labelled."""
    rubric: Text
    """The rubric it was labelled under."""
    criterion: Text = ""
    """The criterion; empty for the level."""
    annotator: Text
    """Who answered."""
    value: Text | float
    """The answer or the level."""
    comment: Text | None = None
    """Free text."""
    created: datetime | None = None
    """When it was given."""
    guideline: Text | None = None
    """The version of the instructions that the annotator had."""
