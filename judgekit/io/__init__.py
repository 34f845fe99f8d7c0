"""Readers and writers: one file a format, found by content."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from judgekit.io.questions import attach as attach
    from judgekit.io.questions import load_questions as load_questions
    from judgekit.io.rubric_formats.exporting import export_rubric as export_rubric
    from judgekit.io.rubric_formats.importing import import_rubric as import_rubric
    from judgekit.io.rubrics import load_rubric as load_rubric
    from judgekit.io.rubrics import rubric_names as rubric_names
    from judgekit.io.transcripts import TranscriptFile as TranscriptFile
    from judgekit.io.transcripts import load_transcripts as load_transcripts
    from judgekit.io.write import write_transcripts as write_transcripts

_HOMES = {
    "load_transcripts": "transcripts",
    "TranscriptFile": "transcripts",
    "write_transcripts": "write",
    "load_questions": "questions",
    "attach": "questions",
    "export_rubric": "rubric_formats.exporting",
    "import_rubric": "rubric_formats.importing",
    "load_rubric": "rubrics",
    "rubric_names": "rubrics",
}

__all__ = [
    "TranscriptFile",
    "attach",
    "export_rubric",
    "import_rubric",
    "load_questions",
    "load_rubric",
    "load_transcripts",
    "rubric_names",
    "write_transcripts",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
