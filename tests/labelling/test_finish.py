"""What is said at the end: agreement with its doubt, and the judge only when nobody can be swayed any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from judgekit.labelling.about import Choices
from judgekit.verdict import CriterionResult
from tests.labelling.tasks import label_all, opened, pile, serving, transcripts
from tests.reporting.stored import stored
from tests.running.test_compare import on


def levels(n: int, step: int = 1) -> dict[str, int]:
    return {one.id: 1 + (i * step) % 5 for i, one in enumerate(transcripts(n))}


def end(folder: Path, n: int, *people: tuple[str, int]) -> Any:
    desk = opened(folder, n)
    for name, step in people:
        label_all(desk, name, levels(n, step))
    with serving(desk) as page:
        status, told = page.ask("end", annotator=people[0][0])
    assert status == 200
    return told


def test_one_person_is_too_few(tmp_path: Path) -> None:
    told = end(tmp_path, 4, ("anna", 1))
    assert told["said"].startswith("Too few to say how far people agree: one person has labelled so far")
    assert told["tasks"] == []


def test_few_transcripts_are_said_to_be_few(tmp_path: Path) -> None:
    (task,) = end(tmp_path, 10, ("anna", 1), ("ben", 1))["tasks"]
    assert task["said"].startswith("Too few to rest on: 10 transcripts labelled by two people or more, and 30 are")
    assert [row["value"] for row in task["rows"]] == ["1.00", "1.00"]


def test_enough_transcripts_have_an_interval(tmp_path: Path) -> None:
    (task,) = end(tmp_path, 40, ("anna", 1), ("ben", 2))["tasks"]
    assert task["said"] == "Resting on 40 transcripts labelled by two people or more."
    same, alpha = task["rows"]
    # the level 1 + i % 5 beside 1 + 2i % 5: equal only where i % 5 is 0, which is 8 of 40
    assert (same["name"], same["value"]) == ("the same answer", "0.20")
    assert alpha["name"] == "Krippendorff's alpha"
    assert "95% interval" in alpha["interval"]


def test_nothing_shared_is_said(tmp_path: Path) -> None:
    desk = opened(tmp_path, 8, chosen=Choices(overlap="0"), annotators=["anna", "ben"])
    for name in ("anna", "ben"):
        label_all(desk, name, levels(8))
    with serving(desk) as page:
        (task,) = page.ask("end")[1]["tasks"]
    assert (task["said"][:30], task["rows"]) == ("Too few to say how far people ", [])


def test_answers_that_are_none_leave_no_agreement(tmp_path: Path) -> None:
    desk = opened(tmp_path, 2, criteria=["stance", "tone"])
    for name in ("anna", "ben"):
        desk.begin(name)
        for place in range(2):
            desk.state.answer(name, place, "stance", "cannot_tell", 0)
            desk.state.answer(name, place, "tone", "friendly", 0)
    with serving(desk) as page:
        stance, tone = page.ask("end")[1]["tasks"]
    assert stance["rows"] == [] or stance["rows"][0]["value"] == "n/a"
    assert tone["rows"][0]["value"] == "1.00"


def test_the_judge_is_shown_when_everybody_is_done_and_then_nobody_can_label(tmp_path: Path) -> None:
    names = [one.id for one in transcripts(4)]
    # the judge agrees on the first, differs on the second, failed on the third, and never saw the fourth
    run = stored(tmp_path / "run.db", [on(names[0], 1), on(names[1], 5), on(names[2], None)])
    desk = opened(tmp_path, 4)
    label_all(desk, "anna", levels(4))
    desk.begin("ben")
    with serving(desk, run=run) as page:
        assert page.ask("end")[1]["can_reveal"] is True
        status, told = page.ask("reveal")
        assert (status, told["error"]) == (
            409,
            "the judge is shown when everybody is done: ben has 4 transcripts to go",
        )
        assert page.ask("reveal", annotator="ben")[0] == 409
        label_all(desk, "ben", levels(4))
        status, told = page.ask("reveal")
        assert status == 200
        assert told["said"] == "You and the judge gave the same answer to 1 of 2 questions that both answered."
        assert [row["differs"] for row in told["rows"]].count(None) == 2
        assert (told["rows"][0]["mine"], told["rows"][0]["judge"], told["rows"][0]["differs"]) == ("2", "5", True)
        item = page.ask("item", number=1)[1]["item"]
        status, told = page.ask("answer", number=1, item=item, criterion="", value=5)
        assert (status, "would not be blind" in told["error"]) == (409, True)
        assert page.ask("undo")[0] == 409
        assert page.ask("end")[1]["revealed"] is True


def test_a_criterion_is_shown_beside_the_judges(tmp_path: Path) -> None:
    names = [one.id for one in transcripts(3)]
    results = (
        CriterionResult(answer="agrees", status="ok", reason="It says so."),
        CriterionResult(answer="agrees", status="unsupported"),
    )
    verdicts = [on(name, 3, criteria={"stance": one}) for name, one in zip(names, results, strict=False)]
    run = stored(tmp_path / "run.db", [*verdicts, on(names[2], None)])
    desk = opened(tmp_path, 3, criteria=["stance"], held=pile(3))
    desk.begin("anna")
    for place in range(3):
        desk.state.answer("anna", place, "stance", "disagrees", 0)
    with serving(desk, run=run) as page:
        rows = page.ask("reveal")[1]["rows"]
    assert [(row["judge"], row["differs"]) for row in rows[:1]] == [("agrees", True)]
    assert rows[0]["why"] == "It says so."
    assert sorted(row["judge"] for row in rows) == ["agrees", "no answer", "no answer"]
