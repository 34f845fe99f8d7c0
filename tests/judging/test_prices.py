"""What a call costs: a known price, or unknown; never a guess and never 0 for want of one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.judging.prices import is_known, price_of, rates_text
from judgekit.settings import Rates, settings_for
from judgekit.verdict import Usage

MILLION = Usage(prompt_tokens=1_000_000, completion_tokens=1_000_000)
URL = "http://127.0.0.1:1/v1"
UNKNOWN = {
    "a model nobody knows": ("openai/no-such-model-at-all", None),
    "a server of one's own": ("openai/gpt-4o-mini", URL),
    "ollama": ("ollama/llama3", None),
    "another ollama": ("ollama/llama3", URL),
    "a provider's unknown model": ("groq/no-such-model-at-all", None),
    "together's unknown model": ("together/no-such-model-at-all", None),
}


@pytest.mark.parametrize(("judge", "url"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_an_unknown_price_is_unknown(judge: str, url: str | None) -> None:
    assert price_of(settings_for(judge, base_url=url, api_key="k"))(MILLION) is None


@pytest.mark.parametrize("judge", ["baseline", "local/model.gguf"])
def test_what_runs_here_costs_nothing(judge: str) -> None:
    price = price_of(settings_for(judge))
    assert price(MILLION) == 0.0
    assert price(Usage()) == 0.0


KNOWN = {
    # OpenAI's list price of gpt-4o-mini: 0.15, 0.60 and 0.075 dollars for a million tokens sent, received and cached.
    "whole": (MILLION, 0.15 + 0.60),
    "cached": (Usage(prompt_tokens=1_000_000, completion_tokens=0, cached_tokens=400_000), 0.6 * 0.15 + 0.4 * 0.075),
    "nothing": (Usage(prompt_tokens=0, completion_tokens=0), 0.0),
    "no count of what was sent": (Usage(completion_tokens=5), None),
    "no count of what was received": (Usage(prompt_tokens=5), None),
    "no count at all": (Usage(), None),
}


@pytest.mark.parametrize(("usage", "dollars"), KNOWN.values(), ids=KNOWN.keys())
@pytest.mark.parametrize("judge", ["openai/gpt-4o-mini", "azure_openai/gpt-4o-mini"])
def test_a_known_price(judge: str, usage: Usage, dollars: float | None) -> None:
    url = "https://example.openai.azure.com" if judge.startswith("azure") else None
    price = price_of(settings_for(judge, base_url=url, api_key="k"))(usage)
    assert price == (None if dollars is None else pytest.approx(dollars))


# Gemini 2.5 Pro: 1.25 and 10 dollars for a million tokens, 2.50 and 15 where the prompt is longer than 200,000.
TIERS = {
    "short prompt": (Usage(prompt_tokens=100_000, completion_tokens=1_000), 0.1 * 1.25 + 0.001 * 10),
    "long prompt": (Usage(prompt_tokens=400_000, completion_tokens=1_000), 0.4 * 2.50 + 0.001 * 15),
    "no counts": (Usage(), None),
    "half the counts": (Usage(prompt_tokens=1), None),
}


@pytest.mark.parametrize(("usage", "dollars"), TIERS.values(), ids=TIERS.keys())
def test_a_price_that_depends_on_the_length(usage: Usage, dollars: float | None) -> None:
    price = price_of(settings_for("google/gemini-2.5-pro", api_key="k"))(usage)
    assert price == (None if dollars is None else pytest.approx(dollars))


@given(st.integers(0, 10**7), st.integers(0, 10**6), st.integers(0, 10**7))
def test_a_price_is_never_below_zero_and_rises_with_what_is_received(sent: int, received: int, cached: int) -> None:
    price = price_of(settings_for("openai/gpt-4o-mini", api_key="k"))
    usage = Usage(prompt_tokens=sent, completion_tokens=received, cached_tokens=cached)
    one, more = price(usage), price(usage.model_copy(update={"completion_tokens": received + 1}))
    assert one is not None
    assert more is not None
    assert 0 <= one < more


# The user's own prices: 0.5 dollars for a million tokens sent, 0.05 for cached ones, 2 for those received.
MINE = Rates(0.5, 2.0, 0.05, batch=0.4)
OWN = {
    "whole": (MILLION, 0.5 + 2.0),
    "cached": (Usage(prompt_tokens=1_000_000, completion_tokens=0, cached_tokens=400_000), 0.6 * 0.5 + 0.4 * 0.05),
    "more cached than sent": (Usage(prompt_tokens=100, completion_tokens=0, cached_tokens=900), 100 * 0.05e-6),
    "no counts": (Usage(), None),
}


@pytest.mark.parametrize(("usage", "dollars"), OWN.values(), ids=OWN.keys())
@pytest.mark.parametrize("judge", ["openai/gpt-4o-mini", "ollama/llama3", "local/model.gguf"])
def test_the_users_price_wins_everywhere(judge: str, usage: Usage, dollars: float | None) -> None:
    url = None if judge.startswith("local/") else URL
    price = price_of(settings_for(judge, base_url=url, prices=MINE))
    assert price(usage) == (None if dollars is None else pytest.approx(dollars))
    assert is_known(price)


@pytest.mark.parametrize(
    ("judge", "url", "prices", "factor"),
    [
        ("openai/m", URL, MINE, 0.4),
        ("openai/m", URL, Rates(0.5, 2.0, 0.05), 1.0),
        ("openai/gpt-4o-mini", None, None, 0.5),  # OpenAI's Batch API takes half the list price
        ("anthropic/claude-haiku-4-5", None, None, 1.0),  # not through this interface
    ],
)
def test_a_batch_has_its_own_price(judge: str, url: str | None, prices: Rates | None, factor: float) -> None:
    settings = settings_for(judge, base_url=url, prices=prices, api_key="k")
    one = price_of(settings)(MILLION)
    assert one is not None
    assert price_of(settings, batch=True)(MILLION) == pytest.approx(factor * one)


def test_an_unknown_price_is_unknown_in_a_batch_too() -> None:
    assert not is_known(price_of(settings_for("openai/no-such-model-at-all", api_key="k"), batch=True))


@pytest.mark.parametrize(
    ("judge", "url", "prices", "wanted"),
    [
        ("openai/m", URL, MINE, "$0.5 in, $0.05 cached, $2 out per million tokens (your price file)"),
        ("openai/m", URL, Rates(0, 0, 0), "$0 in, $0 out per million tokens (your price file)"),
        ("openai/gpt-4o-mini", None, None, "$0.15 in, $0.075 cached, $0.6 out per million tokens (genai-prices)"),
        ("openai/m", URL, None, ""),
        ("baseline", None, None, "$0: no call leaves this machine"),
    ],
)
def test_prices_are_told_with_their_source(judge: str, url: str | None, prices: Rates | None, wanted: str) -> None:
    settings = settings_for(judge, base_url=url, prices=prices, api_key="k")
    assert rates_text(price_of(settings), settings) == wanted
