"""`judgekit audit`: what a judge should not depend on, and how far it does."""

from __future__ import annotations

import typer

from judgekit.cli import audit_injection, audit_order

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Measure what a judge should not depend on, and how far it does.",
)
app.command("injection")(audit_injection.command)
app.command("order")(audit_order.command)
