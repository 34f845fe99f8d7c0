"""The prompt: a sandboxed template, static part first, the data last between markers that it cannot contain."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from judgekit.errors import UserError
from judgekit.judging.hidden import show_hidden
from judgekit.resources import shipped
from judgekit.rubric import Rubric

if TYPE_CHECKING:
    from jinja2 import Template


def quoted(value: object) -> str:
    """The value as JSON, hidden characters shown: no text in it can end the string or the line."""
    return show_hidden(orjson.dumps(value).decode())


def one_line(text: str) -> str:
    r"""The text on one line, hidden characters shown: for ids and questions that people write, unquoted.

    A drafted question file may hold what a prompt said, and a line break in it would begin a section of its own.

    >>> one_line("Is it short?\n\nThe data")
    'Is it short? The data'
    """
    return " ".join(show_hidden(text).split())


def only_quoted(value: object) -> str:
    """The value as JSON, hidden characters as they are: to measure what showing them does."""
    return orjson.dumps(value).decode()


def only_shown(value: object) -> str:
    """A text as it stands, other values as JSON, hidden characters shown: to measure what quoting does."""
    return show_hidden(value if isinstance(value, str) else orjson.dumps(value).decode())


class PromptTemplate:
    """One template file, compiled once; its digest is part of every fingerprint.

    Args:
        name: a file name.
        folder: where it is looked for, and nowhere else; by default among the shipped ones.
        rewrite: makes another template of the file's text, such as one without a defence.
    """

    def __init__(self, name: str, *, folder: Path | None = None, rewrite: Callable[[str], str] | None = None) -> None:
        from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        folder = folder or shipped("rubrics") / "templates"
        environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            autoescape=False,  # the output is a prompt, not a page; data is JSON-quoted by `quoted`
            keep_trailing_newline=False,
        )
        environment.filters["quoted"] = quoted
        if rewrite is not None:
            environment.filters |= {"only_quoted": only_quoted, "only_shown": only_shown}
        try:
            self._template: Template = environment.get_template(name)
            source, _, _ = environment.loader.get_source(environment, name)  # type: ignore[union-attr]
            if rewrite is not None:
                source = rewrite(source)
                self._template = environment.from_string(source)
                self._template.name = f"{name}, changed"
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
        from jinja2 import TemplateError

        context = self._template.new_context(dict(values))
        try:
            return "".join(self._template.blocks[block](context)).strip()
        except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            why, line = " ".join(str(error).split()), _line_of(error, self._template)
            raise UserError(
                f"the template {self._template.name!r} fails in block {block}, line {line}: {why}"
            ) from error


def _line_of(error: Exception, template: Template) -> int:
    """The line of the template that an error comes from, the innermost one; 1 where that is not known."""
    line, step = 1, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == template.filename:
            line = template.get_corresponding_lineno(step.tb_lineno)
        step = step.tb_next
    return line


@cache
def prompt_template(name: str) -> PromptTemplate:
    """The compiled template of that name."""
    return PromptTemplate(name)


def system_text(template: PromptTemplate, rubric: Rubric, levels: Sequence[int] = ()) -> str:
    """The part of the prompt that is the same for every transcript of a rubric.

    Args:
        template: the template.
        rubric: the rubric.
        levels: its levels in the order in which the prompt lists them; by default the best first.
    """
    order = levels or sorted(rubric.levels, reverse=True)
    return template.render("system", {"rubric": rubric, "levels": [(level, rubric.levels[level]) for level in order]})


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
