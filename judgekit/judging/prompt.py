"""The prompt: a sandboxed template, static part first, the data last between markers that it cannot contain."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from judgekit.errors import UserError
from judgekit.judging.hidden import show_hidden
from judgekit.resources import shipped
from judgekit.rubric import Rubric


def quoted(value: object) -> str:
    """The value as JSON, hidden characters shown: no text in it can end the string or the line."""
    return show_hidden(orjson.dumps(value).decode())


class PromptTemplate:
    """One template file, compiled once; its digest is part of every fingerprint.

    Args:
        name: a file name.
        folder: where it is looked for, and nowhere else; by default among the shipped ones.
    """

    def __init__(self, name: str, *, folder: Path | None = None) -> None:
        folder = folder or shipped("rubrics") / "templates"
        environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            autoescape=False,  # the output is a prompt, not a page; data is JSON-quoted by `quoted`
            keep_trailing_newline=False,
        )
        environment.filters["quoted"] = quoted
        try:
            self._template: Template = environment.get_template(name)
            source, _, _ = environment.loader.get_source(environment, name)  # type: ignore[union-attr]
        except TemplateError as error:
            why = " ".join(f"{type(error).__name__}: {error}".split())
            raise UserError(f"the template {name!r} cannot be read: {why}; wanted a file in {folder}") from error
        if not {"system", "user"} <= self._template.blocks.keys():
            raise UserError(
                f"the template {name!r} needs the blocks system and user; it has {[*self._template.blocks]}"
            )
        self.digest = hashlib.sha256(source.encode()).hexdigest()[:32]

    def render(self, block: str, values: Mapping[str, Any]) -> str:
        """The text of one block."""
        context = self._template.new_context(dict(values))
        try:
            return "".join(self._template.blocks[block](context)).strip()
        except TemplateError as error:
            why = " ".join(str(error).split())
            raise UserError(f"the template {self._template.name!r} fails in block {block}: {why}") from error


@cache
def prompt_template(name: str) -> PromptTemplate:
    """The compiled template of that name."""
    return PromptTemplate(name)


def system_text(template: PromptTemplate, rubric: Rubric) -> str:
    """The part of the prompt that is the same for every transcript of a rubric."""
    return template.render("system", {"rubric": rubric})


def marker_for(fingerprint: str, data: Sequence[str]) -> str:
    """A marker that the data does not contain: derived from the fingerprint, so the same call is the same prompt.

    The fingerprint covers the data, so nobody can write a text that holds the marker of its own fingerprint short of
    inverting SHA-256; should it still happen, the next one is taken.
    """
    salt = 0
    while True:
        marker = hashlib.sha256(f"marker {salt} {fingerprint}".encode()).hexdigest()[:16]
        if not any(marker in text for text in data):
            return marker
        salt += 1
