"""Totals and ratios from a part: hand values, and the truth inside the range."""

from __future__ import annotations

from math import sqrt
from random import Random

import pytest

from judgekit.running.guess import Range, Size, prompt_tokens, reply_tokens
from judgekit.running.ratio import EVERY, WHOLE, Ratio, Sample


def size(plain: int) -> Size:
    return Size(plain=plain, other=0, schema=0, static=10, asked=2)


def test_a_ratio_by_hand() -> None:
    # Σy/Σx = 9/6 = 1.5; residuals 2 − 1.5, 2 − 3, 5 − 4.5 = 0.5, −1, 0.5, squares 1.5; s² = 1.5/2, and the standard
    # error sqrt(0.75 / 3) / 2 = 0.25: two of them are 0.5, more than a tenth of 1.5.
    ratio = Ratio()
    for x, y in ((1, 2), (2, 2), (3, 5)):
        ratio.add(x, y)
    found = ratio.range()
    assert found.low == pytest.approx(1.0)
    assert found.high == pytest.approx(2.0)
    assert ratio.range(floor=1.2).low == 1.2
    assert (ratio + ratio).n == 6


def test_one_pair_has_a_tenth_around_it() -> None:
    ratio = Ratio()
    ratio.add(10, 20)
    assert ratio.range() == Range(1.8, 2.2)


def test_all_of_a_short_source_is_rendered() -> None:
    sample = Sample()
    for i in range(WHOLE):
        assert sample.wants_next()
        sample.add(size(i) if i % 2 else None)
    assert (sample.seen, sample.rendered, sample.error()) == (WHOLE, WHOLE, 0.0)
    assert sample.totals().calls == WHOLE / 2
    assert sample.totals().plain == sum(range(1, WHOLE, 2))
    assert sample.totals().asked == WHOLE


def test_the_rest_is_sampled_and_the_truth_lies_in_the_range() -> None:
    # Two standard errors: of 200 seeded sources 95 % are to hold the truth, give or take 3·sqrt(0.05·0.95/200) = 5 %.
    held = 0
    for seed in range(200):
        random = Random(seed)
        bytes_ = [int(random.lognormvariate(7, 0.7)) for _ in range(WHOLE + 40 * EVERY)]
        sample = Sample()
        for one in bytes_:
            if sample.wants_next():
                sample.add(size(one))
        assert sample.rendered == WHOLE + 40
        total = sample.totals()
        assert total.calls == pytest.approx(len(bytes_))
        held += abs(total.plain - sum(bytes_)) <= sample.error() * total.plain
    assert held / 200 >= 0.95 - 3 * sqrt(0.05 * 0.95 / 200)


def test_no_number_of_labels_falls_into_step() -> None:
    # With 2 to 22 labels in turn, every one of them is drawn.
    for labels in range(2, EVERY):
        drawn = {place % labels for place in range(WHOLE, WHOLE + EVERY * labels) if (place - WHOLE) % EVERY == 0}
        assert len(drawn) == labels


def test_tokens_by_hand() -> None:
    # 1,000 ASCII bytes, 100 others, 200 of schema, one call
    found = prompt_tokens(1000, 100, 200, 1)
    assert found.low == pytest.approx(180 + 10)
    assert found.high == pytest.approx(350 + 65 + 70 + 30)
    # 25 + 3 · 25 to 100 + 3 · 120, and no more than the limit for each call
    assert reply_tokens(3, 1) == Range(100, 460)
    assert reply_tokens(6, 2, max_tokens=90) == Range(180, 180)
