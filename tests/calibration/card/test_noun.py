"""A card as a file: it reads back exactly, and says so where it does not."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from judgekit.calibration.card.noun import JudgeCard
from judgekit.errors import UserError
from tests.calibration.card.made import card_of, world


@pytest.fixture(scope="module")
def card() -> JudgeCard:
    return card_of(world(80, failed=0.1))


def test_a_card_reads_back_exactly(card: JudgeCard, tmp_path: Path) -> None:
    text = card.to_json(tmp_path / "card.json")
    again = JudgeCard.load(tmp_path / "card.json")
    assert again.to_json() == text == (tmp_path / "card.json").read_text(encoding="utf-8")
    assert again.digest == card.digest == json.loads(text)["digest"]
    assert json.loads(text)["judgekit"] == "card/1"


def test_what_is_undefined_is_null_and_comes_back_as_nan(card: JudgeCard) -> None:
    row = json.loads(card.to_json())
    # Four questions of 20 do not reach 10 labelled responses a system: the corrected means of groups are refused.
    assert math.isnan(card.selective.escalation)
    assert row["selective"]["escalation"] is None
    assert "NaN" not in card.to_json()


def test_when_it_was_made_is_not_in_its_digest(card: JudgeCard) -> None:
    later = card.model_copy(update={"made": card.made.model_copy(update={"numpy": "99"})})
    assert later.digest == card.digest
    assert later.to_json() != card.to_json()


def changed(card: JudgeCard, **fields: Any) -> str:
    row = json.loads(card.to_json())
    return json.dumps(row | fields)


def test_a_number_that_was_changed_by_hand_is_found(card: JudgeCard) -> None:
    row = json.loads(card.to_json())
    row["agreement"]["headline"]["value"] = 0.99
    with pytest.raises(UserError, match="the card was changed after it was made"):
        JudgeCard.from_json(json.dumps(row))


def test_what_is_no_card_is_said_in_one_line(card: JudgeCard, tmp_path: Path) -> None:
    cases = [
        ("{", "it is not JSON"),
        ("[]", "came list"),
        ('{"a": 1}', "'judgekit' is None"),
        (changed(card, judgekit="card/9"), "'judgekit' is 'card/9'"),
        (changed(card, header=3), "header"),
        (changed(card, more=1), "more"),
        (changed(card, agreement={"headline": "high"}), "wanted an estimate"),
    ]
    for text, said in cases:
        with pytest.raises(UserError, match="the card") as caught:
            JudgeCard.from_json(text)
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="the card cannot be read: No such file"):
        JudgeCard.load(tmp_path / "no.json")
    with pytest.raises(UserError, match="does not exist"):
        card.to_json(tmp_path / "no" / "card.json")
