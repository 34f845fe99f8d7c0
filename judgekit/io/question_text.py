"""A question file as text: entries that a person can read, put behind those that are there already.

Entries that are kept stay as they are written, comments and all: their lines are copied, not written anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from judgekit.errors import UserError
from judgekit.io.questions import load_questions
from judgekit.io.yaml_file import load_yaml
from judgekit.io.yaml_style import text_style
from judgekit.question import Question, QuestionSet

_WIDTH = 118


def _represented(dumper: Any, text: Any) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=text_style(text))


class _Dumper(yaml.SafeDumper):
    """Lists are indented below their key, and nothing is written as a reference to something above."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)

    yaml_representers = {**yaml.SafeDumper.yaml_representers, str: _represented}

    def ignore_aliases(self, data: Any) -> bool:
        return True


class QuestionText:
    """A question file that is there, as its questions and as the text of each."""

    def __init__(self, head: str, entries: Mapping[str, str], questions: QuestionSet, indent: int) -> None:
        self.head = head
        """What stands before the first entry."""
        self.entries = entries
        """The text of each entry by question id, in order."""
        self.questions = questions
        self.indent = indent
        """Spaces before the dash of an entry."""


def new_text(title: str) -> QuestionText:
    """A file without entries."""
    head = _dumped({"judgekit": "questions/1", "title": title}) + "questions:\n"
    return QuestionText(head, {}, QuestionSet(), 2)


def read_text(path: str | Path) -> QuestionText:
    """The file, and the lines of each of its entries; comments between two entries belong to the first.

    Raises:
        UserError: it is not a question file, or its entries do not stand on lines of their own.
    """
    questions = load_questions(path)
    file = load_yaml(path)
    lines = file.text.splitlines(keepends=True)
    starts = [file.line_of(("questions", i)) - 1 for i in range(len(questions))]
    dashes = [re.match(r"( *)- ", lines[start]) for start in starts]
    if not all(dashes) or len(set(starts)) < len(starts):
        raise UserError(
            f"{path}: wanted each question on lines of its own, beginning with '- id:'; write to another file"
        )
    ends = [*starts[1:], len(lines)]
    texts = ["".join(lines[start:end]) for start, end in zip(starts, ends, strict=True)]
    if texts and not texts[-1].endswith("\n"):
        texts[-1] += "\n"
    entries = {question.id: text for question, text in zip(questions, texts, strict=True)}
    first = dashes[0]
    return QuestionText("".join(lines[: starts[0]]), entries, questions, len(first[1]) if first else 2)


def entry_text(question: Question, to_write: Mapping[str, Sequence[str]], indent: int = 2) -> str:
    """The text of one entry, with what is left to a person as comments under it.

    Args:
        question: the entry.
        to_write: by rubric, the inputs that a person has to write or decide.
        indent: spaces before the dash.

    >>> print(entry_text(Question(id="q1", drafted_by="code"), {"sycophancy": ["claim_status"]}))
      - id: q1
        drafted_by: code
        # sycophancy: a person has to add claim_status
    <BLANKLINE>
    """
    row = question.model_dump(mode="json", by_alias=True)
    given = {name: row.pop(name) for name in ("id", "prompt_sha256", "prompt", "note", "drafted_by", "rubrics")} | row
    given = {name: value for name, value in given.items() if value not in (None, {}, [])}
    lines = _dumped(given).rstrip("\n").split("\n")
    lines += [f"# {rubric}: a person has to add {', '.join(each)}" for rubric, each in to_write.items()]
    pad = " " * indent
    return "".join(f"{pad}{'- ' if i == 0 else '  '}{line}\n" for i, line in enumerate(lines))


def as_typed(word: str) -> str:
    """The word as a person has to type it: in quotes where YAML would read something else.

    >>> as_typed("false"), as_typed("mixed")
    ("'false'", 'mixed')
    """
    return yaml.safe_dump(word, allow_unicode=True, width=_WIDTH).partition("\n")[0]


def whole_text(head: str, entries: Sequence[str]) -> str:
    """The file, a blank line between entries."""
    return head.rstrip("\n") + "\n" + "".join(f"\n{entry.strip(chr(10))}\n" for entry in entries)


def _dumped(row: Mapping[str, Any]) -> str:
    return yaml.dump(dict(row), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, indent=2)
