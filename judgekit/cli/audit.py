"""`judgekit audit`: what a judge should not depend on, and how far it does."""

from __future__ import annotations

import typer

from judgekit.cli import audit_injection, audit_order
from judgekit.cli.common import PLAIN

app = typer.Typer(
    **PLAIN,
    no_args_is_help=True,
    help="Measure what a judge should not depend on, and how far it does.",
)
app.command("injection")(audit_injection.command)
app.command("order")(audit_order.command)
