"""Verdicts and labels side by side: every row is used or lost for a reason, and their order changes nothing."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.calibration.pairing import Paired, pair
from judgekit.calibration.pairing_scale import answer_scale
from judgekit.errors import UserError
from judgekit.io.label_set import LabelMaker, LabelSet
from judgekit.io.scores import Score
from judgekit.label import Label
from judgekit.rubric import CheckSpec, Criterion, Rubric
from judgekit.verdict import CheckResult, CriterionResult, Failure, Verdict

NAN = float("nan")
RUBRIC = Rubric(
    name="tone",
    version="1",
    levels={1: "rude", 2: "cool", 3: "kind"},
    criteria=(Criterion(id="polite", ask="?"), Criterion(id="stance", ask="?", answers=("keeps", "drops", "none"))),
    checks=(CheckSpec(id="short", check="word_count"),),
)


def label(item: str, annotator: str, value: float | str, **more: Any) -> Label:
    return Label(**{"transcript_id": item, "rubric": "tone", "annotator": annotator, "value": value, **more})


def verdict(item: str, **more: Any) -> Verdict:
    facts: dict[str, Any] = {
        "transcript_id": item,
        "question_id": item.partition("/")[0],
        "label": "",
        "rubric": "tone",
        "rubric_version": "1",
        "status": "scored",
        "judge": "m",
        "fingerprint": "f",
        "created": datetime(2026, 1, 1, tzinfo=UTC),
    }
    level = more.get("level")
    scored = {"score": (level - 1) / 2 if level else 0.5} if more.get("status", "scored") == "scored" else {}
    return Verdict(**{**facts, **scored, **more})


def reasons(paired: Paired, side: str) -> dict[str, int]:
    return {one.reason: one.count for one in paired.lost if one.side == side}


def same(a: Paired, b: Paired) -> bool:
    arrays = ("ratings", "judge", "unlabelled_judge")
    equal = all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True) for name in arrays)
    rest = [name for name in a.__slots__ if name not in arrays]
    return equal and all(getattr(a, name) == getattr(b, name) for name in rest)


def test_levels_of_a_run() -> None:
    failed = Failure(kind="timeout")
    verdicts = [
        verdict("q10/A", level=3),
        verdict("q2/A", level=1),
        verdict("q2/B", status="abstained"),
        verdict("q3/A", status="failed", failure=failed),
        verdict("q4/A", level=2),
    ]
    labels = [label("q2/A", "ben", 1), label("q10/A", "anna", 3), label("q2/B", "anna", 2), label("q3/A", "anna", 2)]
    labels += [
        label("q9/A", "anna", 2),
        label("q2/A", "anna", 4),
        label("q10/A", "ben", 2.5),
        label("q10/A", "cy", "x"),
    ]
    labels += [label("q2/A", "cy", "cannot_tell"), label("q2/A", "anna", "keeps", criterion="stance")]
    found = pair(verdicts, labels, rubric=RUBRIC)
    assert found.items == ("q2/A", "q2/B", "q3/A", "q10/A")
    assert found.clusters == ("q2", "q2", "q3", "q10")
    assert found.annotators == ("anna", "ben")
    assert np.array_equal(found.ratings, [[NAN, 1], [2, NAN], [2, NAN], [3, NAN]], equal_nan=True)
    assert np.array_equal(found.judge, [1, NAN, NAN, 3], equal_nan=True)
    assert (found.categories, found.scale.answers, found.scale.declared) == ((1, 2, 3), ("1", "2", "3"), True)
    assert (found.unlabelled_items, found.unlabelled_clusters, found.unlabelled_judge.tolist()) == (
        ("q4/A",),
        ("q4",),
        [2],
    )
    assert reasons(found, "label") == {
        "abstained": 1,
        "between two categories": 1,
        "no verdict": 1,
        "not an answer": 1,
        "off the scale": 1,
    }
    assert reasons(found, "verdict") == {"abstained": 1, "failed: timeout": 1, "no label": 1}
    assert dict(found.missing) == {"abstained": 1, "failed: timeout": 1}
    assert (found.n_labels, found.n_verdicts, found.judge_name, found.clusters_given) == (9, 5, "m", True)
    assert found.unknown_ids == ("q9/A",)
    assert [(one.rater, one.value, one.count, one.items) for one in found.strays] == [
        ("anna", 4.0, 1, ("q2/A",)),
        ("ben", 2.5, 1, ("q10/A",)),
        ("cy", "x", 1, ("q10/A",)),
    ]
    assert (found.n_lost("label"), found.n_lost("verdict", "no label")) == (5, 1)
    assert next(one for one in found.lost if one.reason == "off the scale").examples == ("q2/A (anna)",)


def test_rows_of_a_run_are_the_same_as_its_verdicts() -> None:
    verdicts = [verdict("q1/A", level=1), verdict("q1/B", status="failed", failure=Failure(kind="refusal"))]
    labels = [label("q1/A", "a", 1), label("q1/B", "a", 2)]
    assert same(pair(verdicts, labels, rubric="tone"), pair([one.to_row() for one in verdicts], labels, rubric="tone"))
    with pytest.raises(
        UserError, match=r"^verdicts: a row of a run was wanted, with transcript_id, .*; one has no 'judge'$"
    ):
        pair([{"transcript_id": "q", "question_id": "q", "rubric": "r"}], labels)


def test_criteria_and_checks() -> None:
    def answer(text: str, status: str = "ok") -> CriterionResult:
        return CriterionResult(answer=text, status=status)

    verdicts = [
        verdict(
            "a", status="abstained", criteria={"polite": answer("yes")}, checks={"short": CheckResult(result="pass")}
        ),
        verdict("b", level=1, criteria={"polite": answer("no")}, checks={"short": CheckResult(result="error")}),
        verdict(
            "c",
            level=1,
            criteria={"polite": answer("yes", "unsupported")},
            checks={"short": CheckResult(result="fail")},
        ),
        verdict("d", level=1, criteria={"polite": answer("cannot_tell", "abstained")}),
        verdict("e", level=1),
        verdict("f", status="failed", failure=Failure(kind="refusal")),
    ]
    said: list[float | str] = ["Yes", " no ", "y", "n", 0, 1]
    people = [label(item, "p", value, criterion="polite") for item, value in zip("abcdef", said, strict=True)]
    found = pair(verdicts, people, rubric=RUBRIC, criterion="polite")
    assert (found.scale.answers, found.categories) == (("no", "yes"), (0, 1))
    assert np.array_equal(found.judge, [1, 0, NAN, NAN, NAN, NAN], equal_nan=True)
    assert found.ratings.ravel().tolist() == [1, 0, 1, 0, 0, 1]
    assert dict(found.missing) == {"abstained": 1, "failed: refusal": 1, "not asked": 1, "unsupported": 1}
    short = pair(
        verdicts, [label(item, "p", "pass", criterion="short") for item in "abc"], rubric=RUBRIC, criterion="short"
    )
    assert (short.scale.answers, short.ratings.ravel().tolist()) == (("fail", "pass"), [1, 1, 1])
    assert np.array_equal(short.judge, [1, NAN, 0], equal_nan=True)
    assert dict(short.missing) == {"check: error": 1}


def test_points_have_a_range() -> None:
    rubric = Rubric.from_text("It is polite.", name="tone")
    found = pair(
        [verdict("a", score=0.25), verdict("b", score=1.0)], [label("a", "p", 0.3), label("b", "p", 1.5)], rubric=rubric
    )
    assert (found.categories, found.scale.low, found.scale.high) == ((), 0, 1)
    assert (found.items, found.judge.tolist(), found.ratings.tolist()) == (("a",), [0.25], [[0.3]])
    assert reasons(found, "label") == {"off the scale": 1}


@pytest.mark.parametrize(
    ("answers", "names", "codes"),
    [
        (("yes", "no"), ("no", "yes"), (0, 1)),
        (("no", "yes"), ("no", "yes"), (0, 1)),
        (("pass", "fail"), ("fail", "pass"), (0, 1)),
        (("good", "bad"), ("good", "bad"), (0, 1)),
        (("b", "a", "c"), ("b", "a", "c"), (0, 1, 2)),
        ((3, 1, 2), ("1", "2", "3"), (1, 2, 3)),
        (("0", "0.5", "1"), ("0", "0.5", "1"), (0, 0.5, 1)),
    ],
)
def test_what_answers_stand_for(answers: tuple[Any, ...], names: tuple[str, ...], codes: tuple[float, ...]) -> None:
    scale = answer_scale(answers)
    assert (scale.answers, scale.categories, scale.low, scale.high) == (names, codes, codes[0], codes[-1])


def ratings(values: list[float | str], **how: Any) -> list[float]:
    """What labels of these values are read as; off the scale is nan."""
    scores = [Score(f"q{i:02}", value=1) for i in range(len(values))]
    anchors = [label(f"q{i:02}", "anchor", next(iter(how["categories"]))) for i in range(len(values))]
    found = pair(scores, [*anchors, *(label(f"q{i:02}", "x", value) for i, value in enumerate(values))], **how)
    column = found.annotators.index("x") if "x" in found.annotators else None
    return [NAN] * len(values) if column is None else found.ratings[:, column].tolist()


@pytest.mark.parametrize(
    ("values", "categories", "wanted"),
    [
        (["YES", "true", "False", "1", 0.0, "maybe"], ["yes", "no"], [1, 1, 0, 1, 0, NAN]),
        ([1.0, 2.0, "no"], ["yes", "no"], [NAN, NAN, 0]),  # a coding by 1 and 2 is unknown, so 1 is not yes
        (["3", "3.0", 3.0, "iii"], [1, 2, 3], [3, 3, 3, NAN]),
        ([1.0, "2", "n/a", 3.0], ["1", "2", "n/a"], [0, 1, 2, NAN]),
        (["B", " a", "C"], ["a", "b"], [1, 0, NAN]),
        (["passed", "FAILED"], ["pass", "fail"], [1, 0]),
    ],
)
def test_how_values_are_read(values: list[float | str], categories: list[Any], wanted: list[float]) -> None:
    found = ratings(values, categories=categories)
    assert np.array_equal(found, wanted, equal_nan=True)


def test_a_scale_that_nobody_declared() -> None:
    scores = [Score(f"q{i}", value=i % 3) for i in range(6)]
    numbers = pair(scores, [label(f"q{i}", "a", i % 2 if i < 5 else "garbage") for i in range(6)])
    assert (numbers.categories, numbers.scale.declared, reasons(numbers, "label")) == (
        (0, 1, 2),
        False,
        {"not an answer": 1},
    )
    spread = pair([Score(f"q{i}", value=i / 7) for i in range(6)], [label("q1", "a", 2.5)])
    assert (spread.categories, spread.scale.low, spread.scale.high) == ((), 0.0, 2.5)
    made = [label("q0", "a", "No"), label("q1", "a", "yes"), label("q2", "a", "cannot tell")]
    made += [label("q3", "a", "I'm sorry, but I can't")]
    words = pair([Score(f"q{i}", value="yes") for i in range(4)], made)
    assert (words.scale.answers, reasons(words, "label")) == (("No", "yes"), {"abstained": 1, "not an answer": 1})
    assert pair([], []).scale.categories == ()
    with pytest.raises(
        UserError, match=r"^categories: 21 different texts occur, such as 'x0', 'x1', 'x10'; say what the"
    ):
        pair([Score("q0", value="x0")], [label("q0", f"a{i}", f"x{i}") for i in range(21)])


def test_a_range_takes_every_number() -> None:
    found = pair(
        [Score("a", value=2.67), Score("b", value=0.333)], [label("a", "p", 3), label("b", "p", 1)], scale=(1, 5)
    )
    assert (found.categories, reasons(found, "verdict")) == ((), {"off the scale": 1})
    assert np.array_equal(found.judge, [2.67, NAN], equal_nan=True)


def at(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "value", "lost"),
    [
        ([(1, None), (1, None), (1, None)], 1, {"duplicate, same answer": 2}),
        ([(1, None), (2, None)], None, {"duplicate, other answer": 2}),
        ([(1, at(1)), (2, None)], None, {"duplicate, other answer": 2}),
        ([(1, at(2)), (2, at(1))], 1, {"replaced by a newer label": 1}),
        ([(1, at(2)), (2, datetime(2026, 1, 1, 23))], 1, {"replaced by a newer label": 1}),  # no zone is UTC
        (
            [(1, at(2)), (2, at(1)), (1, at(2)), (3, at(1))],
            1,
            {"replaced by a newer label": 2, "duplicate, same answer": 1},
        ),
        ([(1, at(2)), (2, at(2))], None, {"duplicate, other answer": 2}),
    ],
)
def test_an_annotator_who_answers_twice(given: list[Any], value: float | None, lost: dict[str, int]) -> None:
    labels = [label("q", "a", answer, created=when) for answer, when in given]
    found = pair([Score("q", value=1)], [label("q", "b", 3), *labels], categories=[1, 2, 3])
    assert found.ratings.tolist() == [[value, 3.0] if value else [3.0]]
    assert reasons(found, "label") == lost


@pytest.mark.parametrize(
    ("given", "value", "lost", "missing"),
    [
        ([2, 2], 2, {"duplicate, same answer": 1}, {}),
        ([1, 2], None, {"duplicate, other answer": 2}, {"duplicate, other answer": 1}),
        ([None, 2], 2, {"no value": 1}, {}),
        ([None, 9], None, {"no value": 1, "off the scale": 1}, {"no value": 1}),
    ],
)
def test_a_judge_that_answers_twice(
    given: list[Any], value: Any, lost: dict[str, int], missing: dict[str, int]
) -> None:
    found = pair([Score("q", value=answer) for answer in given], [label("q", "a", 1)], categories=[1, 2, 3])
    assert np.array_equal(found.judge, [NAN if value is None else value], equal_nan=True)
    assert (reasons(found, "verdict"), dict(found.missing)) == (lost, missing)


def test_kinds_of_labels_are_never_mixed() -> None:
    scores = [Score(f"q{i}", value=1) for i in range(4)]
    labels = [label("q0", "anna", 1), label("q1", "anna", 2), label("q1", "author:me", 1), label("q2", "script:x", 1)]
    found = pair(scores, labels, categories=[1, 2])
    assert (found.kind, found.items, found.annotators) == ("human", ("q0", "q1"), ("anna",))
    assert reasons(found, "label") == {"of kind author": 1, "of kind script": 1}
    assert [(one.kind, one.annotators, one.labels, one.agreeing) for one in found.by_kind] == [
        ("human", 1, 2, 1),
        ("author", 1, 1, 1),
        ("script", 1, 1, 1),
    ]
    assert pair(scores, labels, categories=[1, 2], kind="script").items == ("q2",)
    assert pair(scores, labels[2:3], categories=[1, 2]).kind == "author"
    with pytest.raises(UserError, match=r"^none of the labels is of kind 'author'; there are human$"):
        pair(scores, labels[:1], categories=[1, 2], kind="author")


def test_which_rubric_judge_and_criterion() -> None:
    scores = [
        Score("a", "tone", judge="m", value=1),
        Score("a", "other", judge="m", value=2),
        Score("a", "tone", "polite", "m", "yes"),
    ]
    labels = [label("a", "p", 1), label("a", "p", 2, rubric="other"), label("a", "p", "yes", criterion="polite")]
    assert pair(scores, labels, rubric="other").judge.tolist() == [2]
    assert pair(scores, labels, rubric="tone", criterion="polite").judge.tolist() == [0]  # the only answer there is
    unnamed = [Score("a", value=3), Score("b", "tone", value=4)]
    assert pair(unnamed, [label("a", "p", 3, rubric=""), label("b", "p", 4)], rubric="tone").judge.tolist() == [3, 4]
    two = [Score("a", judge="m", value=1), Score("a", judge="n", value=2)]
    assert pair(two, labels[:1], judge="n").judge.tolist() == [2]


@pytest.mark.parametrize(
    ("verdicts", "labels", "how", "said"),
    [
        (
            [Score("a", "r", value=1), Score("a", "s", value=1)],
            [label("a", "p", 1)],
            {},
            "the verdicts have 2 rubrics, 'r', 's'; say which with rubric=",
        ),
        (
            [Score("a", judge=str(i), value=1) for i in range(10)],
            [label("a", "p", 1)],
            {},
            "the verdicts have 10 judges, '0', '1', '2', '3', '4', '5', '6', '7' and 2 more; say which with judge=",
        ),
        (
            [Score("a", value=1)],
            [label("a", "p", 1), label("a", "p", 1, rubric="s")],
            {},
            "the labels have 2 rubrics, 's', 'tone'; say which with rubric=",
        ),
        (
            [Score("a", value=1)],
            [label("a", "p", 1)],
            {"rubric": "r"},
            "none of the labels has the rubric 'r'; there is 'tone'",
        ),
        ([Score("a", judge="m", value=1)], [], {"judge": "n"}, "none of the verdicts has the judge 'n'; there is 'm'"),
        (
            [Score("a", "r", value=1), Score("a", "s", value=1)],
            [],
            {"rubric": "t"},
            "none of the verdicts has the rubric 't'; there are 'r', 's'",
        ),
        (
            [Score("a", value=1)],
            [label("a", "p", 1)],
            {"criterion": "x"},
            "none of the labels is for the criterion 'x'; there are labels for the level; say which with criterion=",
        ),
        (
            [Score("a", value=1)],
            [label("a", "p", 1, criterion="x")],
            {},
            "none of the labels is for the level (an empty criterion); there are labels for 'x'; "
            "say which with criterion=",
        ),
        (
            [],
            [],
            {"rubric": RUBRIC, "criterion": "x"},
            "rubric tone has no criterion 'x'; there are polite, stance, short; '' is its level",
        ),
        (
            [],
            [],
            {"categories": [1], "scale": (0, 1)},
            "categories= and scale= both say what is possible: give one of them",
        ),
        ([], [], {"categories": []}, "categories: at least one answer was wanted; none came"),
        ([], [], {"categories": ["a", "A "]}, "categories: each answer once was wanted; came a, A"),
        ([], [], {"scale": (1, 1)}, "scale: the lowest and the highest value were wanted, such as (0, 1); came (1, 1)"),
    ],
)
def test_what_cannot_be_paired(verdicts: Any, labels: Any, how: Any, said: str) -> None:
    with pytest.raises(UserError) as error:
        pair(verdicts, labels, **how)
    assert str(error.value) == said


def test_labels_for_criteria_that_the_rubric_does_not_have() -> None:
    labels = [label("a", "p", 1), label("a", "p", "yes", criterion="polte"), label("a", "p", "yes", criterion="polite")]
    assert dict(pair([Score("a", value=1)], labels, rubric=RUBRIC).foreign) == {"polte": 1}


def test_nothing_to_pair() -> None:
    for verdicts, labels in (([], []), ([], [label("a", "p", 1)]), ([Score("a", value=1)], [])):
        found = pair(verdicts, labels, categories=[1, 2])
        assert (found.items, found.ratings.shape, found.judge.shape) == ((), (0, 0), (0,))
        assert (found.n_lost("label"), found.n_lost("verdict")) == (len(labels), len(verdicts))


VALUES = st.sampled_from([1.0, 2.0, 3.0, 2.5, 9.0, "2", "x", "cannot_tell"])
ITEMS = st.sampled_from(["q1/A", "q1/B", "q2/A", "q10/A", "Q1/A"])
WHO = st.sampled_from(["a", "b", "author:c", "script:d"])
WHEN = st.none() | st.sampled_from([at(1), at(2)])
LABELS = st.lists(st.builds(lambda i, w, v, t: label(i, w, v, created=t), ITEMS, WHO, VALUES, WHEN), max_size=14)
FAILURES = st.none() | st.sampled_from(["abstained", "failed: timeout"])
SCORES = st.lists(
    st.builds(lambda i, v, f, c: Score(i, "tone", "", "m", v, c, f), ITEMS, VALUES, FAILURES, st.none() | ITEMS),
    max_size=10,
)


@given(scores=SCORES, labels=LABELS, seed=st.integers(0, 99))
def test_laws(scores: list[Score], labels: list[Label], seed: int) -> None:
    found = pair(scores, labels, categories=[1, 2, 3])
    # Every row is used or lost, and never both.
    assert found.n_labels == len(labels) == (~np.isnan(found.ratings)).sum() + found.n_lost("label")
    assert found.n_verdicts == len(scores) == (~np.isnan(found.judge)).sum() + found.n_lost("verdict")
    assert sum(found.missing.values()) == np.isnan(found.judge).sum()
    assert found.n_lost("verdict", "no label") == len(found.unlabelled_items) == len(found.unlabelled_judge)
    assert bool((~np.isnan(found.ratings)).any(axis=1).all())
    assert bool((~np.isnan(found.ratings)).any(axis=0).all())
    # The order of the rows changes nothing.
    shuffle = random.Random(seed).sample
    assert same(found, pair(shuffle(scores, len(scores)), shuffle(labels, len(labels)), categories=[1, 2, 3]))


def test_a_large_pairing_is_fast() -> None:
    rng = np.random.default_rng(0)
    maker = LabelMaker()
    for place, value in enumerate(rng.integers(1, 6, 50_000).tolist()):
        item = place // 5
        maker.add(f"q{item // 4}/M{item % 4}", "tone", "", f"a{place % 5}", float(value))
    labels = LabelSet(**maker.parts())
    scores = [Score(f"q{i // 4}/M{i % 4}", "tone", value=float(i % 5 + 1), cluster=f"q{i // 4}") for i in range(10_000)]
    begun = time.process_time()
    found = pair(scores, labels, categories=[1, 2, 3, 4, 5])
    assert time.process_time() - begun < 2  # 0.2 s; the bound is for a busy machine
    assert found.ratings.shape == (10_000, 5)
    assert len(set(found.clusters)) == 2500
