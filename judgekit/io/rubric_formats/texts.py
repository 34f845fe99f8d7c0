"""Foreign texts as plain ones: template variables become the words for what a judge is shown, the rest is listed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from judgekit.io.rubric_formats.names import slug
from judgekit.io.rubric_formats.records import Losses
from judgekit.io.rubric_formats.source import Source, join_texts
from judgekit.io.yaml_nodes import Loc
from judgekit.rubric import InputSpec

MAX_TEXT = 100_000
"""Characters of one text: a judge reads it with every response."""
PROMPT, RESPONSE, TALK = "(the prompt)", "(the response)", "(the conversation)"
"""What stands for what the judge is shown with the data."""

_PROMPT_NAMES = frozenset(
    {"input", "inputs", "question", "prompt", "instruction", "instructions", "query", "user_query", "task", "request"}
)
_RESPONSE_NAMES = frozenset(
    {"output", "outputs", "output_text", "actual_output", "completion", "response", "submission", "generation"}
)
_TALK_NAMES = frozenset({"conversation", "messages", "thread", "trace", "transcript", "chat_history"})
_SPACES = frozenset({"item", "sample", "vars"})
# Bounded, and without nesting, so that no text makes them slow.
_TAG = re.compile(r"\{\{\{?([^{}]{0,300})\}?\}\}|\{%([^{}%]{0,300})%\}|\{#([^{}#]{0,300})#\}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*")
_BRACE = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_.]{0,100})\}")


class Texts:
    """Makes the texts of one file plain, and collects the inputs that they need.

    Args:
        source: where the texts stand.
        losses: where to list what cannot be kept.
    """

    def __init__(self, source: Source, losses: Losses) -> None:
        self._source, self._losses = source, losses
        self.inputs: dict[str, InputSpec] = {}
        """What the texts need beside prompt and response, by name."""

    def plain(self, text: str, loc: Loc, *, single: bool = False) -> str:
        """The text without template syntax and outer white space.

        Args:
            text: as it stands in the file.
            loc: where.
            single: variables are written `{name}`, and `{{` means a brace.

        Raises:
            FileError: it is empty, or longer than a judge should read.
        """
        if len(text) > MAX_TEXT:
            self._source.stop(loc, f"the text has {len(text):,} characters, and {MAX_TEXT:,} are the most: shorten it")
        if single:
            text = _BRACE.sub(lambda match: self._brace(match, loc), text)
        else:
            text = _TAG.sub(lambda match: self._tag(match, loc), text)
        for mark in ("{{", "{%"):
            if mark in text:
                text = _parted(text, mark)
                self._losses.add(
                    loc, f"{mark} would be template syntax, which a rubric may not hold: parted by a space"
                )
        text = text.strip()
        if not text:
            self._source.stop(loc, "a text is missing here")
        return text

    def messages(self, messages: Sequence[Mapping[str, Any]], loc: Loc, *, single: bool = False) -> str:
        """Chat messages as one plain text; that they had roles is listed."""
        if len(messages) > 1:
            self._losses.add(loc, "the messages become one text, without their roles")
        return self.plain(join_texts([_content(message.get("content")) for message in messages]), loc, single=single)

    def _tag(self, match: re.Match[str], loc: Loc) -> str:
        name = (match[1] or "").strip().removeprefix("&").strip()
        return self._variable(name, loc) or self._unknown(match[0], loc)

    def _brace(self, match: re.Match[str], loc: Loc) -> str:
        if match[1] is None:
            return match[0][0]
        return self._variable(match[1], loc) or self._unknown(match[0], loc)

    def _unknown(self, tag: str, loc: Loc) -> str:
        shown = " ".join(tag.split())
        self._losses.add(loc, f"the template syntax {shown if len(shown) <= 60 else shown[:59] + '…'} is left out")
        return ""

    def _variable(self, name: str, loc: Loc) -> str:
        """The words for a variable; '' for what is not a plain name, such as an expression or a way into Python."""
        parts = name.split(".")
        if not name or not all(_NAME.fullmatch(part) for part in parts):
            return ""
        known = parts[1:] if parts[0] in _SPACES and len(parts) > 1 else parts
        if len(known) == 1 and known[0] in _PROMPT_NAMES:
            return PROMPT
        if len(known) == 1 and known[0] in _RESPONSE_NAMES:
            return RESPONSE
        if len(known) == 1 and known[0] in _TALK_NAMES:
            return TALK
        wanted = slug("_".join(known))
        self.inputs.setdefault(wanted, InputSpec(required=True, about=f"What the imported text calls {name}."))
        return f"(the input {wanted})"


def _content(content: object) -> str:
    """The text of a message: a text, a part with one, or a list of parts."""
    if isinstance(content, list):
        return join_texts([_content(part) for part in content])
    if isinstance(content, dict):
        content = content.get("text")
    return content if isinstance(content, str) else ""


def _parted(text: str, mark: str) -> str:
    while mark in text:  # `{{{` needs two rounds
        text = text.replace(mark, " ".join(mark))
    return text
