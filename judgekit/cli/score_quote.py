"""What `judgekit score` says about money before it spends any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from judgekit.cli.common import print_json, say, width

if TYPE_CHECKING:
    from judgekit.running.judge import Judge
    from judgekit.running.quote import Quote


def tell_prices(judge: Judge, prices: str | None) -> None:
    """Nothing; says so where a price file was given and does not name the judge, for that may be a slip."""
    if prices is not None and judge.settings.prices is None and judge.settings.provider != "baseline":
        from judgekit.io.prices import load_prices

        say(f"warning: {prices}: {load_prices(prices).missing(judge.settings)}")


def show_quote(quote: Quote, *, as_json: bool) -> int:
    """The exit code, after the quote is printed: 1 where a budget was given that will not do."""
    if as_json:
        print_json(quote)
    else:
        from judgekit.reporting.quote import quote_text

        typer.echo(quote_text(quote, width=width()))
    return 1 if quote.budget in ("too little", "unknown") else 0
