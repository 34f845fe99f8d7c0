"""Price files: what a judge costs, where no list has it or the user pays another price."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from judgekit.errors import UserError
from judgekit.io.yaml_errors import check_format, did_you_mean, read_record
from judgekit.io.yaml_file import load_yaml
from judgekit.io.yaml_nodes import FileError, Problem
from judgekit.noun import Noun, Text, explain
from judgekit.settings import Rates, Settings


def _dollars(value: object) -> float:
    return _within(value, math.inf, "US dollars per million tokens, such as 0.25 without quotes")


def _factor(value: object) -> float:
    return _within(value, 1.0, "a factor from 0 to 1, such as 0.5")


def _within(value: object, most: float, wanted: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most or value == math.inf:
        raise PydanticCustomError("price", "wanted {wanted}", {"wanted": wanted})
    return float(value)


Dollars = Annotated[float, BeforeValidator(_dollars)]
Factor = Annotated[float, BeforeValidator(_factor)]
Prices = Mapping[str, Mapping[str, float]]
"""From a judge or model to its prices, as in a file: `{"openai/m": {"input": 0.2, "output": 0.8}}`."""


class ModelPrice(Noun):
    """What one model costs, in US dollars per million tokens."""

    input: Dollars
    """For tokens sent."""
    output: Dollars
    """For tokens received, those of hidden reasoning included."""
    cached_input: Dollars | None = None
    """For tokens sent that the provider had cached; by default as `input`."""
    batch: Factor | None = None
    """The factor for calls through a batch interface, such as 0.5; by default 1."""

    @model_validator(mode="after")
    def _cached_is_cheaper(self) -> Self:
        if self.cached_input is not None and self.cached_input > self.input:
            raise ValueError(
                f"cached_input is {self.cached_input:g} and input {self.input:g}: a cached token never costs more"
            )
        return self

    @property
    def rates(self) -> Rates:
        """The same with every default filled in."""
        cached = self.input if self.cached_input is None else self.cached_input
        return Rates(self.input, self.output, cached, 1.0 if self.batch is None else self.batch)


class PriceList(Noun):
    """What several models cost."""

    judgekit: Literal["prices/1"] = "prices/1"
    """The format of the file."""
    prices: dict[Text, ModelPrice]
    """By judge (`provider/model`) or by model; where both fit, the judge counts."""

    def of(self, settings: Settings) -> Rates | None:
        """The price of a judge; None where the list does not have it.

        >>> from judgekit.settings import settings_for
        >>> prices = read_prices({"openai/m": {"input": 0.2, "output": 0.8}})
        >>> prices.of(settings_for("openai/m", base_url="http://127.0.0.1:8000/v1"))
        Rates(input=0.2, output=0.8, cached_input=0.2, batch=1.0)
        """
        found = self.prices.get(settings.judge) or self.prices.get(settings.model)
        return None if found is None else found.rates

    def missing(self, settings: Settings) -> str:
        """What to say where the list does not have a judge."""
        return f"there is no price of {settings.judge!r} in it{did_you_mean(settings.judge, self.prices)}"


def load_prices(path: str | Path) -> PriceList:
    """The prices in a YAML or JSON file.

    Raises:
        UserError: the file is wrong; names file, line, key, what was wanted and the cure.
    """
    file = load_yaml(path)
    check_format(file, "prices/1", "price")
    found = read_record(file, PriceList)
    if not found.prices:
        wrong = "there are none: wanted `provider/model: {input: …, output: …}`, US dollars per million tokens"
        raise FileError(path, Problem(file.line_of(("prices",)), "prices", wrong))
    return found


def read_prices(prices: str | Path | Prices) -> PriceList:
    """The prices in a file, or in a mapping of the same form as its `prices`.

    Raises:
        UserError: a price is missing, negative or no number, or the file is wrong.
    """
    if isinstance(prices, str | Path):
        return load_prices(prices)
    try:
        return PriceList.model_validate({"prices": prices})
    except ValidationError as error:
        raise UserError(explain(error)) from None
