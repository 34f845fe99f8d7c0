"""The summary where it is printed: with emphasis on a terminal that can show it, else the same text without."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import typer

from judgekit.cli.common import width

if TYPE_CHECKING:
    from judgekit.running.summary import Summary


def print_summary(summary: Summary) -> None:
    """Nothing; the summary is on standard output.

    A pipe, a file, `NO_COLOR` and a terminal that knows no more (`TERM=dumb`) get plain text: every word is the same.
    """
    from judgekit.reporting.terminal import summary_lines, summary_text

    if not _emphasises():
        typer.echo(summary_text(summary, width=width()))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    for line in summary_lines(summary, width=width()):
        console.print(Text(line.text, line.style))


def _emphasises() -> bool:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") in ("dumb", "unknown")
    return sys.stdout.isatty() and not plain
