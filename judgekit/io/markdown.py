"""Transcripts in Markdown: `## Question X1: title`, the prompt, then `**Label Response:**` and a response, each label.

Read line by line, split on newlines only. No Markdown parser: one fence that is closed wrongly would swallow a marker,
and a heading or a rule inside a response is the response's. The file is read twice, for only its whole tells which
labels are markers; memory holds one prompt and one response.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from judgekit.io.markdown_outline import marker_label, question_heading, read_lines, read_outline
from judgekit.io.provenance import Detector
from judgekit.io.rows import Row, Warn

_RULE = "---"
_LONGEST_SLUG = 80


def read_markdown(path: Path, name: str, warn: Warn) -> Iterator[Row]:
    """The responses in file order, each as a native row with a proposed provenance.

    Args:
        path: the file.
        name: what to call it in messages.
        warn: told of what looks wrong.

    Raises:
        UserError: a line is not UTF-8.
    """
    outline = read_outline(path, name)
    for text in outline.warnings():
        warn(text)
    labels = outline.labels
    reader = _Reader(Detector(labels), outline.windows, warn)
    for number, line in enumerate(read_lines(path, name), 1):
        bare = line.removesuffix("\r")
        if heading := question_heading(bare):
            yield from reader.close()
            reader.open_question(number, *heading)
        elif reader.index and (label := marker_label(bare)) in labels and label is not None:
            yield from reader.close()
            reader.open_response(number, label)
        elif reader.index:
            reader.lines.append(bare if reader.windows else line)
            if bare.endswith((" ", "\t")) and marker_label(bare.strip()) in labels:
                warn(f"line {number}: a marker with white space after it is text; remove the white space")
    yield from reader.close()
    reader.end_question()


@dataclass(slots=True)
class _Reader:
    """The question and the section that are being read."""

    detector: Detector
    windows: bool
    """Whether lines end in a carriage return, which is then no part of the text."""
    warn: Warn
    index: int = 0
    """The number of the question in the file, from 1; 0 before the first."""
    question_id: str = ""
    printed_id: str = ""
    title: str = ""
    prompt: str = ""
    label: str | None = None
    """Whose response the section is; None in a prompt."""
    begun: int = 0
    """The line of the heading or marker that opened the section."""
    responses: int = 0
    lines: list[str] = field(default_factory=list)

    def open_question(self, number: int, printed_id: str, title: str) -> None:
        self.end_question()
        self.index += 1
        self.printed_id, self.title, self.begun, self.label, self.responses = printed_id, title, number, None, 0
        slug = slugify(f"{printed_id} {title}")
        self.question_id = f"q{self.index:02d}-{slug}"

    def open_response(self, number: int, label: str) -> None:
        self.label, self.begun = label, number
        self.responses += 1

    def end_question(self) -> None:
        if self.index and not self.responses:
            self.warn(f"line {self.begun}: question {self.question_id} has no response")

    def close(self) -> Iterator[Row]:
        """The response that ends here; a prompt is kept for the responses that follow."""
        first, last = _trim(self.lines)
        text = "\n".join(self.lines[first:last])
        self.lines.clear()
        if self.label is None:
            self.prompt = text
            if self.index and not text:
                self.warn(f"line {self.begun}: question {self.question_id} has an empty prompt")
            return
        record: dict[str, Any] = {
            "question_id": self.question_id,
            "label": self.label,
            "printed_id": self.printed_id,
            "title": self.title,
            "messages": [{"role": "user", "content": self.prompt}, {"role": "assistant", "content": text}],
            "provenance": self.detector.propose(text, self.label),
            "lines": (self.begun + 1 + first, self.begun + last) if text else None,
        }
        yield Row(self.begun, record)


def _trim(lines: list[str]) -> tuple[int, int]:
    """From where to where a section has text: outer blank lines left out, and one `---` that ends it."""
    first, last = 0, len(lines)
    while last and not lines[last - 1].strip():
        last -= 1
    if last and lines[last - 1].rstrip() == _RULE:
        last -= 1
    while last and not lines[last - 1].strip():
        last -= 1
    while first < last and not lines[first].strip():
        first += 1
    return first, last


def slugify(text: str) -> str:
    """The text in lower case, with everything but letters and digits as single hyphens; at most 80 characters.

    >>> slugify("NR2 Code Review Request!")
    'nr2-code-review-request'
    """
    plain = "".join(char if char.isalnum() else " " for char in text.lower())
    return "-".join(plain.split())[:_LONGEST_SLUG].rstrip("-")
