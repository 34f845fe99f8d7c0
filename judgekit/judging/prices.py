"""What a call costs: by the user's own prices, else by those of the genai-prices package, which ships them as data."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from judgekit.settings import PROVIDERS, Rates, Settings
from judgekit.verdict import Usage

Price = Callable[[Usage], float | None]
"""US dollars of a call's tokens; None where unknown."""

_BATCH_FACTOR = 0.5
"""What OpenAI and Azure take for a call through their Batch API, as a part of the list price."""
_THOUSAND = 1000


def price_of(settings: Settings, *, batch: bool = False) -> Price:
    """The price function of a judge; without a known price it gives None, never 0.

    A local file costs no money per token, unless the user says otherwise.

    Args:
        settings: which judge, where, and the user's own prices.
        batch: whether the calls go through a batch interface, which is cheaper.
    """
    if settings.prices is not None:
        return _flat(settings.prices, settings.prices.batch if batch else 1.0)
    price = _list_price(settings)
    if not batch or settings.provider not in ("openai", "azure_openai"):
        return price

    def halved(usage: Usage) -> float | None:
        whole = price(usage)
        return None if whole is None else whole * _BATCH_FACTOR

    return halved


def is_known(price: Price) -> bool:
    """Whether the price of a call is known, once its tokens are.

    >>> from judgekit.settings import settings_for
    >>> is_known(price_of(settings_for("baseline")))
    True
    >>> is_known(price_of(settings_for("openai/m", base_url="http://127.0.0.1:8000/v1")))
    False
    """
    return price(Usage(prompt_tokens=0, completion_tokens=0)) is not None


def rates_text(price: Price, settings: Settings) -> str:
    """A judge's prices for people, with where they come from; '' where they are unknown.

    >>> from judgekit.settings import Rates, settings_for
    >>> mine = settings_for("openai/m", base_url="http://127.0.0.1:8000/v1", prices=Rates(0.25, 2.0, 0.025))
    >>> rates_text(price_of(mine), mine)
    '$0.25 in, $0.025 cached, $2 out per million tokens (your price file)'
    """
    sent, cached, received = (
        price(usage)
        for usage in (
            Usage(prompt_tokens=_THOUSAND, completion_tokens=0),
            Usage(prompt_tokens=_THOUSAND, completion_tokens=0, cached_tokens=_THOUSAND),
            Usage(prompt_tokens=0, completion_tokens=_THOUSAND),
        )
    )
    if sent is None or cached is None or received is None:
        return ""
    whose = "your price file" if settings.prices is not None else "genai-prices"
    if not sent and not received and settings.prices is None:
        return "$0: no call leaves this machine"
    parts = [f"${_THOUSAND * sent:.6g} in", f"${_THOUSAND * cached:.6g} cached", f"${_THOUSAND * received:.6g} out"]
    if cached == sent:
        del parts[1]
    return f"{', '.join(parts)} per million tokens ({whose})"


def _list_price(settings: Settings) -> Price:
    if settings.provider in ("local", "baseline"):
        return lambda usage: 0.0
    known = PROVIDERS.get(settings.provider)
    if known is None or (settings.base_url != known.base_url and settings.provider != "azure_openai"):
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
        return _flat(Rates(*(float(unit) for unit in units)))  # type: ignore[arg-type]

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


def _flat(rates: Rates, factor: float = 1.0) -> Price:
    sent, received, cached = (factor * unit / 1e6 for unit in (rates.input, rates.output, rates.cached_input))

    def flat(usage: Usage) -> float | None:
        if usage.prompt_tokens is None or usage.completion_tokens is None:
            return None
        held = _cached(usage)
        return (usage.prompt_tokens - held) * sent + held * cached + usage.completion_tokens * received

    return flat


def _cached(usage: Usage) -> int:
    """The cached tokens, at most those that were sent: some servers count them apart."""
    return min(usage.cached_tokens or 0, usage.prompt_tokens or 0)
