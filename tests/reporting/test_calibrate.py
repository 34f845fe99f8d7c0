"""`calibrate`: whatever holds the verdicts, the card is the same; and it can be written as a page."""

from __future__ import annotations

from pathlib import Path

import pytest

import judgekit as jk
from judgekit.errors import UserError
from judgekit.io.labels import write_labels
from judgekit.reporting.calibrate import JudgeCard, calibrate
from judgekit.reporting.example_card import card_name, example_card, example_labels, main
from tests.reporting.stored import stored
from tests.running.test_cards import calibrated, labels, verdicts

CARDS = Path(__file__).resolve().parents[2] / "calibration" / "cards"


def test_run_path_and_verdicts_give_the_same_numbers(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", verdicts())
    with (tmp_path / "labels.jsonl").open("wb") as file:
        write_labels(labels(), file)
    options = {"categories": [1, 2, 3, 4, 5], "labels_are": "random"}
    of_run = calibrated(run)
    of_path = jk.calibrate(tmp_path / "run.db", str(tmp_path / "labels.jsonl"), **options)  # type: ignore[arg-type]
    of_list = jk.calibrate(verdicts(), jk.load_labels(tmp_path / "labels.jsonl"), **options)  # type: ignore[arg-type]
    assert of_path.digest == of_run.digest
    assert of_list.header.bound_to == ""
    assert of_list.agreement.model_dump(mode="json") == of_run.agreement.model_dump(mode="json")
    assert of_list.header.data == of_run.header.data


def test_the_rubric_of_a_run_is_used_if_it_is_the_same(tmp_path: Path) -> None:
    run = stored(tmp_path / "run.db", verdicts())
    named = jk.calibrate(run, labels(), rubric="sycophancy")
    # The run's rubric has that name and is another one: its scale is not taken from the shipped one.
    assert not named.header.scale.declared
    with pytest.raises(UserError, match="is not the one that its verdicts were made with"):
        jk.calibrate(run, labels(), rubric=jk.load_rubric("sycophancy"))
    of_list = jk.calibrate(verdicts(), labels(), rubric="sycophancy")
    assert of_list.header.scale.declared


@pytest.mark.slow
def test_a_card_is_written_as_a_page_and_as_markdown(tmp_path: Path) -> None:
    card = calibrated(stored(tmp_path / "run.db", verdicts()), keep=False)
    page = card.to_html(tmp_path / "card.html")
    assert (tmp_path / "card.html").read_text(encoding="utf-8") == page
    text = card.to_markdown(tmp_path / "card.md")
    assert (tmp_path / "card.md").read_text(encoding="utf-8") == text
    card.to_json(tmp_path / "card.json")
    assert JudgeCard.load(tmp_path / "card.json").to_markdown() == text
    with pytest.raises(UserError, match="does not exist"):
        card.to_markdown(tmp_path / "no" / "card.md")


def test_a_folder_that_is_no_run_and_a_file_that_is_not_there_are_said(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        calibrate(tmp_path, labels())
    with pytest.raises(UserError, match=r"no\.csv"):
        calibrate(tmp_path / "no.csv", labels())


def test_labels_of_examples_are_the_authors_and_one_level_each() -> None:
    rubric = jk.load_rubric("missing_context")
    found = example_labels(rubric)
    assert {one.annotator for one in found} == {"author:rubric"}
    exact = [one for one in rubric.examples if one.expect.level is not None and len(set(one.expect.level)) == 1]
    assert sum(one.criterion == "" for one in found) == len(exact)


def test_a_rubric_without_examples_has_no_card_of_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="has no examples"):
        example_card(jk.Rubric.from_text("It is polite."))
    assert main(["no_such_rubric", "-o", str(tmp_path)]) == 2
    assert "no_such_rubric" in capsys.readouterr().err


SHIPPED = ("constraint_following", "missing_context", "sycophancy")


@pytest.mark.parametrize("name", [*(pytest.param(one, marks=pytest.mark.slow) for one in SHIPPED[:-1]), SHIPPED[-1]])
def test_the_shipped_card_is_what_its_command_makes(name: str, tmp_path: Path) -> None:
    held = JudgeCard.load(CARDS / card_name("baseline", name))
    assert main([name, "-o", str(tmp_path)]) == 0
    made = JudgeCard.load(tmp_path / card_name("baseline", name))
    cure = "run: python -m judgekit.reporting.example_card " + " ".join(SHIPPED) + " -o calibration/cards"
    # Judge, rubric, template or examples changed: the shipped card is stale.
    assert held.header.bound_to == made.header.bound_to, cure
    assert held.header.data == made.header.data, cure
    assert (held.header.label_kind, held.header.judge) == ("author", "baseline")
    kept, fresh = held.model_dump(exclude={"made"}), made.model_dump(exclude={"made"})
    _same(kept, fresh)


def _same(one: object, other: object) -> None:
    """Equal, numbers to nine digits: libraries of linear algebra differ in the last ones."""
    if isinstance(one, float):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9, nan_ok=True)
    elif isinstance(one, dict):
        assert isinstance(other, dict)
        assert one.keys() == other.keys()
        for key, value in one.items():
            _same(value, other[key])
    elif isinstance(one, list | tuple):
        assert isinstance(other, list | tuple)
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            _same(a, b)
    else:
        assert one == other


def test_every_shipped_card_is_tested_and_small() -> None:
    assert {path.name for path in CARDS.iterdir()} == {card_name("baseline", name) for name in SHIPPED}
    assert all(path.stat().st_size < 50_000 for path in CARDS.iterdir())
