"""What a call costs: prices from the genai-prices package, which ships them as data."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from judgekit.settings import PROVIDERS, Settings
from judgekit.verdict import Usage

Price = Callable[[Usage], float | None]
"""US dollars of a call's tokens; None where unknown."""


def price_of(settings: Settings) -> Price:
    """The price function of a judge; unknown models and endpoints of one's own have no known price, never 0.

    A local file costs no money per token.
    """
    if settings.provider in ("local", "baseline"):
        return lambda usage: 0.0
    if settings.base_url != PROVIDERS[settings.provider].base_url and settings.provider != "azure_openai":
        return lambda usage: None
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    provider = "azure" if settings.provider == "azure_openai" else settings.provider
    try:
        found = calc_price(Tokens(input_tokens=1, output_tokens=1), model_ref=settings.model, provider_id=provider)
    except LookupError:
        return lambda usage: None
    price = found.model_price
    units = (price.input_mtok, price.output_mtok, price.cache_read_mtok or price.input_mtok)
    if all(isinstance(unit, Decimal) for unit in units):
        sent, received, cached = (float(unit) / 1e6 for unit in units)  # type: ignore[arg-type]

        def flat(usage: Usage) -> float | None:
            if usage.prompt_tokens is None or usage.completion_tokens is None:
                return None
            held = _cached(usage)
            return (usage.prompt_tokens - held) * sent + held * cached + usage.completion_tokens * received

        return flat

    def tiered(usage: Usage) -> float | None:
        if usage.prompt_tokens is None or usage.completion_tokens is None:
            return None
        tokens = Tokens(
            input_tokens=usage.prompt_tokens,
            output_tokens=usage.completion_tokens,
            cache_read_tokens=_cached(usage),
        )
        return float(price.calc_price(tokens)["total_price"])

    return tiered


def _cached(usage: Usage) -> int:
    """The cached tokens, at most those that were sent: some servers count them apart."""
    return min(usage.cached_tokens or 0, usage.prompt_tokens or 0)
