"""A card as a file: it reads back exactly, and says so where it does not."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from judgekit.calibration.card.noun import JudgeCard
from judgekit.calibration.card.parts import FindingRow
from judgekit.errors import UserError
from tests.calibration.card.made import card_of, world


@pytest.fixture(scope="module")
def card() -> JudgeCard:
    return card_of(world(80, failed=0.1))


@pytest.fixture(scope="module")
def sure() -> JudgeCard:
    """A card that has the confidence of each verdict, and so a curve of risk and coverage."""
    made = world(80)
    return card_of(made, confidence=made.column(made.truth))


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


RAGGED = [
    (("ceiling", "matrix", "values"), "4 values were wanted"),
    (("agreement", "confusion", "counts"), "5 values were wanted; there are 4"),
    (("biases", "shares", "labels"), "5 values were wanted; there are 4"),
    (("header", "scale", "answers"), "5 values were wanted; there are 4"),
    (("selective", "risk"), "values were wanted"),
    (("health", "raters", 0, "shares"), "no shares, or one for each of 5 answers"),
]


@pytest.mark.parametrize(("place", "said"), RAGGED, ids=[str(place) for place, _ in RAGGED])
def test_a_table_that_does_not_fit_is_one_line(sure: JudgeCard, place: tuple[str | int, ...], said: str) -> None:
    row = json.loads(sure.to_json())
    del row["digest"]
    table: Any = row
    for step in place:
        table = table[step]
    table.pop()
    with pytest.raises(UserError, match="the card") as caught:
        JudgeCard.from_json(json.dumps(row))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_row_of_a_table_that_is_too_short_is_one_line(card: JudgeCard) -> None:
    row = json.loads(card.to_json())
    row["agreement"]["confusion"]["counts"][2].pop()
    with pytest.raises(UserError, match=r"counts\.2: 5 values were wanted; there are 4"):
        JudgeCard.from_json(json.dumps(row))


def test_a_card_prints_in_a_few_lines(card: JudgeCard) -> None:
    head = card.agreement.headline
    assert head is not None
    lines = str(card).splitlines()
    assert lines[0].startswith(f"Judge card of m under tone: Cohen's kappa (quadratic) {head.value:.2f} [")
    assert lines[0].endswith(f"] on {head.n} items")
    units = f"{card.header.n_items} labelled items of {card.header.n_clusters} independent units, 3 annotators"
    assert lines[1] == units
    ill = JudgeCard.model_validate(
        card.model_dump() | {"health": {"findings": [FindingRow(kind="few_x", severity="error", count=1, detail="x")]}}
    )
    assert str(ill).splitlines()[1] == f"{units}; do not trust the numbers yet: few x"
    assert len(lines) == 3
    assert repr(card) == f"<JudgeCard 'm' under 'tone': {card.header.n_items} items, digest {card.digest[:12]}>"
