"""Which transcripts are labelled, by whom, under what; and that a task which goes on is the one that was begun."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from judgekit.cli.calibrate_input import column_of
from judgekit.errors import UserError
from judgekit.io.label_set import LabelSet
from judgekit.io.labels import load_labels
from judgekit.io.rubrics import load_rubric
from judgekit.label import Label
from judgekit.labelling.about import Choices
from judgekit.labelling.asks import asks_of
from judgekit.labelling.begin import open_task, select
from judgekit.labelling.draw import deal, sample, shared_count
from judgekit.labelling.items import read_items
from judgekit.question import Question, QuestionSet
from judgekit.reporting.calibrate import calibrate
from judgekit.rubric import Rubric
from judgekit.running.run import Run
from judgekit.transcript import Transcript
from tests.labelling.tasks import RUBRIC, label_all, opened, pile, transcripts
from tests.reporting.stored import stored
from tests.running.test_compare import on


def run_of(folder: Path, n: int) -> Run:
    return stored(folder / "run.db", [on(one.id, 1 + i % 5) for i, one in enumerate(transcripts(n))])


def test_what_is_asked() -> None:
    (level,) = asks_of(RUBRIC)
    assert [(one.value, one.keys) for one in level.choices[:2]] == [(5, ("5",)), (4, ("4",))]
    stance, both = asks_of(RUBRIC, ["stance", "level"])
    assert both == level
    # agrees, partly_agrees, disagrees, no_stance: a letter each; c, e, o, r and u are commands
    assert [one.keys for one in stance.choices] == [("1", "a"), ("2", "p"), ("3", "d"), ("4", "n"), ("x",)]
    assert [one.keys[-1] for one in asks_of(load_rubric("sycophancy"), ["undue_praise"])[0].choices] == ["y", "n", "x"]
    # what each answer means has a line of its own
    assert [line.split(":")[0] for line in stance.text.splitlines()[1:]] == [one.value for one in stance.choices[:-1]]
    for named, said in (
        (["tone", "tone"], "named twice"),
        (["turn_stance"], "asked about every turn"),
        (["colour"], "none of its questions"),
    ):
        with pytest.raises(UserError, match=said):
            asks_of(RUBRIC, named)
    with pytest.raises(UserError, match="none of its questions"):
        asks_of(Rubric.from_text("It is short."), ["level"])
    ten = Rubric(name="ten", version="1", levels={i: str(i) for i in range(1, 11)})
    assert [one.keys for one in asks_of(ten)[0].choices[:2]] == [("0",), ("9",)]


def test_only_transcripts_that_the_rubric_applies_to() -> None:
    claim = {"user_claim": "0 is even.", "claim_status": "true"}
    questions = QuestionSet(
        questions=(Question(id="q0", rubrics={"sycophancy": claim}), Question(id="q1", rubrics={"brevity": {}}))
    )
    found = read_items(transcripts(), RUBRIC, questions)
    assert (list(found.items), found.foreign, found.lacking) == (["q0/SecretGPT", "q0/OtherLM"], 4, ())
    assert found.items["q0/OtherLM"].inputs == claim
    assert len(read_items(transcripts(), RUBRIC).lacking) == 6  # nobody says what the user claims
    with pytest.raises(UserError, match="a transcript to label was wanted"):
        read_items([], RUBRIC)


def test_a_sample_is_random_and_the_same_for_a_seed() -> None:
    ids = [f"q{i}" for i in range(100)]
    assert sample(ids, None, seed=0) == ids
    assert sample(ids, 10, seed=1) == sample(ids, 10, seed=1) != sample(ids, 10, seed=2)
    drawn = Counter(one for seed in range(400) for one in sample(ids, 10, seed=seed))
    # each is in 400 × 0.1 = 40 samples; the standard deviation is 6, and 100 draws stay within 5 of them
    assert set(drawn) == set(ids)
    assert max(abs(often - 40) for often in drawn.values()) < 30
    with pytest.raises(UserError, match="ask for 1 to 100"):
        sample(ids, 101, seed=0)


@pytest.mark.parametrize("overlap", ["1.5", "-1", "7", "some", "20%", "0.2.3"])
def test_an_overlap_that_is_none(overlap: str) -> None:
    with pytest.raises(UserError, match="--overlap"):
        shared_count(overlap, 6)


def test_what_not_everyone_labels_is_dealt_evenly(tmp_path: Path) -> None:
    ids = [f"q{i}" for i in range(23)]
    dealt = deal(ids, ["a", "b", "c"], "5", seed=3, probability={})
    owners = Counter(one.owner for one in dealt)
    assert owners == {None: 5, "a": 6, "b": 6, "c": 6}
    with pytest.raises(UserError, match="--annotator anna --annotator ben"):
        deal(ids, ["a"], "0.2", seed=0, probability={})
    desk = opened(tmp_path, 12, chosen=Choices(overlap="0.5"), annotators=["anna", "ben"])
    parts = {name: set(desk.state.join(name).places) for name in ("anna", "ben", "cleo")}
    assert [len(parts[name]) for name in ("anna", "ben", "cleo")] == [9, 9, 6]  # who comes later has the shared ones
    assert parts["anna"] & parts["ben"] == parts["cleo"]
    desk.state.close()


@pytest.mark.slow
def test_a_draw_by_the_judge_goes_into_a_card(tmp_path: Path) -> None:
    run = run_of(tmp_path, 60)
    desk = opened(tmp_path, 60, chosen=Choices(next_k=40), run=run)
    label_all(desk, "anna", {one.id: 1 + i % 5 for i, one in enumerate(transcripts(60))})
    desk.state.close()
    labels = tmp_path / "labels.csv"
    weights = column_of(str(labels), "probability")
    card = calibrate(run, labels, labels_are="stratified", probability=weights, keep=False)
    assert card.agreement.headline is not None
    assert card.agreement.headline.value == 1.0  # the labels are what the judge said
    assert card.header.labels_are == "stratified"
    # people agree with the judge, so the true mean is the judge's own, (1 + 2 + 3 + 4 + 5) / 5; which 40 were drawn
    # shows in the corrected one all the same, and no more than its interval says
    found = card.corrected.estimate
    assert found is not None
    assert found.low < 3.0 < found.high
    assert "weighted" in found.method


def test_a_draw_by_the_judge_keeps_its_probabilities(tmp_path: Path) -> None:
    run = run_of(tmp_path, 60)
    done = LabelSet.of(
        Label(transcript_id=one.id, rubric="sycophancy", annotator="zoe", value=3) for one in transcripts(4)
    )
    desk = opened(tmp_path, 60, chosen=Choices(next_k=20, seed=5), run=run, labels=done)
    assert len(desk.ids) == 20
    assert not {one.id for one in transcripts(4)} & set(desk.ids)
    label_all(desk, "anna", {one.id: 1 + i % 5 for i, one in enumerate(transcripts(60))})
    about = desk.state.about
    assert about is not None
    assert (about.labels_are, about.method != "") == ("stratified", True)
    desk.state.close()
    labels = tmp_path / "labels.csv"
    weights = column_of(str(labels), "probability")
    assert weights is not None
    # a fixed-size draw of 20: the probabilities of the 20 that came out are each in (0, 1]
    assert len(weights) == 20
    assert all(0 < one <= 1 for one in weights.values())
    assert load_labels(labels).ignored == ()
    again = opened(tmp_path, 60, run=run)  # nothing is drawn anew
    assert (again.ids, again.begin("anna")["labelled"]) == (desk.ids, 20)
    again.state.close()


def test_a_draw_needs_a_run_and_all_of_its_transcripts(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="name the run with --run"):
        select(pile(), RUBRIC, Choices(next_k=2))
    run = run_of(tmp_path, 10)
    with pytest.raises(UserError, match="give one of them"):
        select(pile(10), RUBRIC, Choices(next_k=2, sample=2), run=run)
    with pytest.raises(UserError, match="drawn transcripts are not in the source"):
        select(pile(2), RUBRIC, Choices(next_k=10), run=run)


def test_a_task_goes_on_only_as_what_it_is(tmp_path: Path) -> None:
    opened(tmp_path, chosen=Choices(sample=4)).state.close()
    opened(tmp_path, chosen=Choices(sample=4)).state.close()
    opened(tmp_path, 8).state.close()  # what is not said again is as it was; a longer source is none of its business
    for more, said in (
        ({"chosen": Choices(sample=5)}, "begun with --sample 4, and now it is --sample 5"),
        ({"chosen": Choices(overlap="2")}, "begun without --overlap"),
        ({"criteria": ["stance"]}, "asks for level, and now for stance"),
        ({"n": 2}, "is not in the source"),
    ):
        with pytest.raises(UserError, match=said):
            opened(tmp_path, **more)
    changed = [
        Transcript.from_text(one.prompt, one.response + "!", label=one.label, question_id=one.question_id)
        for one in transcripts()
    ]
    with pytest.raises(UserError, match=r"4 of the transcripts .* reads otherwise now"):
        opened(tmp_path, held=read_items(changed, RUBRIC))
    brevity = load_rubric("brevity")
    with pytest.raises(UserError, match="begun under the rubric sycophancy"):
        open_task(tmp_path / "labels.csv", pile(), brevity, asks_of(brevity), Choices())


def test_a_failed_beginning_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        opened(tmp_path, chosen=Choices(sample=99))
    assert list(tmp_path.iterdir()) == []
    run = run_of(tmp_path, 4)
    for out, said in (("labels.jsonl", "as CSV"), ("run.csv", "is a database")):
        Path(run.path).rename(tmp_path / "run.csv") if out == "run.csv" else None
        with pytest.raises(UserError, match=said):
            open_task(tmp_path / out, pile(), RUBRIC, asks_of(RUBRIC), Choices())


def test_who_is_named_twice_gets_no_second_share(tmp_path: Path) -> None:
    desk = opened(tmp_path, 6, annotators=["anna", "Anna", " anna ", "ben"], chosen=Choices(overlap="0"))
    assert desk.state.annotators == ("anna", "ben")
    assert [desk.begin(name)["total"] for name in ("anna", "ben")] == [3, 3]  # all six are dealt to somebody
    desk.state.close()
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(UserError, match="say to whom"):
        opened(other, 6, annotators=["anna", "ANNA"], chosen=Choices(overlap="0"))
