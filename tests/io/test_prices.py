"""Price files: what they may hold, which price a judge gets, and one line for each mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from judgekit.errors import UserError
from judgekit.io.prices import load_prices, read_prices
from judgekit.running.judge import Judge
from judgekit.settings import Rates, settings_for

URL = "http://127.0.0.1:1/v1"
FILE = """\
judgekit: prices/1
prices:
  openai/large: {input: 1.25, output: 10, cached_input: 0.125, batch: 0.5}
  large: {input: 99, output: 99}
  org/small:free: {input: 0, output: 0}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("judge", "wanted"),
    [
        ("openai/large", Rates(1.25, 10, 0.125, 0.5)),  # the judge's name counts before the model's
        ("together/large", Rates(99, 99, 99, 1)),  # cached as input, batch as ever, unless said
        ("openai/org/small:free", Rates(0, 0, 0, 1)),
        ("openai/larger", None),
    ],
)
def test_a_judge_has_the_price_of_its_name_else_of_its_model(tmp_path: Path, judge: str, wanted: Rates | None) -> None:
    assert load_prices(written(tmp_path, FILE)).of(settings_for(judge, base_url=URL)) == wanted


def test_json_is_read_too_and_so_is_a_mapping(tmp_path: Path) -> None:
    prices = {"openai/m": {"input": 0.5, "output": 2.0}}
    path = tmp_path / "prices.json"
    path.write_text(json.dumps({"prices": prices}, indent=2))
    assert load_prices(path) == read_prices(prices) == read_prices(path)


WRONG = {
    "price_below_zero": ("openai/m: {input: 1, output: -2}", r"2: prices.openai/m.output: wanted US dollars.*`-2`"),
    "text": ("openai/m: {input: '1', output: 2}", r"input: wanted US dollars per million tokens, such as 0.25 without"),
    "truth_value": ("openai/m: {input: true, output: 2}", "input: wanted US dollars"),
    "infinite": ("openai/m: {input: .inf, output: 2}", "not a number that can be used"),
    "left_out": ("openai/m: {input: 1}", "the key 'output' is missing"),
    "misspelt": ("openai/m: {input: 1, output: 1, cashed_input: 1}", "did you mean 'cached_input'"),
    "cached_dearer": ("openai/m: {input: 1, output: 1, cached_input: 3}", "a cached token never costs more"),
    "percent": ("openai/m: {input: 1, output: 1, batch: 50}", "wanted a factor from 0 to 1.*`50`"),
    "no_prices": ("openai/m: 3", "wanted keys with values; came `3`"),
    "twice": ("openai/m: {input: 1, output: 1}\n  openai/m: {input: 1, output: 1}", "stands twice"),
}


@pytest.mark.parametrize(("entry", "wanted"), WRONG.values(), ids=WRONG.keys())
def test_a_mistake_is_one_line_with_its_place(tmp_path: Path, entry: str, wanted: str) -> None:
    with pytest.raises(UserError, match=wanted) as error:
        load_prices(written(tmp_path, f"prices:\n  {entry}\n"))
    assert str(error.value).startswith(f"{tmp_path / 'prices.yaml'}:")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("prices: {}\n", "there are none: wanted `provider/model"),
        ("openai/m: {input: 1, output: 2}\n", "the key 'prices' is missing"),
        ("judgekit: rubric/1\nprices: {}\n", "this is no price file: wanted prices/1"),
        ("judgekit: prices/2\nprices: {}\n", "a newer judgekit may read it"),
    ],
)
def test_another_file_is_refused(tmp_path: Path, text: str, wanted: str) -> None:
    with pytest.raises(UserError, match=wanted):
        load_prices(written(tmp_path, text))


def test_a_mapping_that_is_wrong_says_where() -> None:
    with pytest.raises(UserError, match=r"prices.m.output: Field required"):
        read_prices({"m": {"input": 1.0}})


def test_what_is_not_in_it_is_said_with_the_nearest_name(tmp_path: Path) -> None:
    prices = load_prices(written(tmp_path, FILE))
    assert prices.missing(settings_for("openai/lrge", base_url=URL)) == (
        "there is no price of 'openai/lrge' in it; did you mean 'openai/large'?"
    )


def test_a_price_changes_no_fingerprint(tmp_path: Path) -> None:
    with_prices = Judge("openai/large", base_url=URL, prices=written(tmp_path, FILE))
    without = Judge("openai/large", base_url=URL)
    assert with_prices.settings.prices == Rates(1.25, 10, 0.125, 0.5)
    assert with_prices.settings.parameters() == without.settings.parameters()
    assert with_prices.plan("sycophancy").base == without.plan("sycophancy").base
