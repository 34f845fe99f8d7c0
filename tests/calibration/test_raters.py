"""Raters alone: the coefficients that the scale allows, each rater, each two, and what is wrong with the labels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from judgekit.calibration import agreement as ag
from judgekit.calibration.raters import RaterAgreement, agreement_among, question_clusters
from judgekit.errors import UserError
from judgekit.io.label_set import LabelSet
from judgekit.label import Label
from judgekit.rubric import Rubric


def labels(
    given: Mapping[str, Sequence[Any]], *, rubric: str = "tone", ids: str = "q{}", criterion: str = ""
) -> list[Label]:
    """One label a rater and place; None is none."""
    return [
        Label(transcript_id=ids.format(i), rubric=rubric, criterion=criterion, annotator=who, value=value)
        for who, values in given.items()
        for i, value in enumerate(values)
        if value is not None
    ]


def only(found: Any) -> RaterAgreement:
    (task,) = found.tasks
    assert isinstance(task, RaterAgreement)
    return task


def panel(raters: int, n: int = 60, seed: int = 3) -> dict[str, list[int]]:
    """Raters who see a grade 1..5 with a step of noise."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, n)
    seen = np.clip(truth[:, None] + rng.integers(-1, 2, (n, raters)), 1, 5)
    return {f"r{j}": seen[:, j].tolist() for j in range(raters)}


def matrix(given: Mapping[str, Sequence[Any]]) -> Any:
    return np.array(list(given.values()), dtype=float).T


def test_ordinal_labels_of_three_raters_get_weighted_coefficients() -> None:
    given = panel(3)
    task = only(agreement_among(labels(given), categories=[1, 2, 3, 4, 5]))
    x, scale = matrix(given), [1, 2, 3, 4, 5]
    expected = {
        "percent_agreement": ag.percent_agreement(x, categories=scale),
        "fleiss_kappa": ag.fleiss_kappa(x, categories=scale, weights="quadratic"),
        "krippendorff_alpha": ag.krippendorff_alpha(x, metric="ordinal", categories=scale),
        "gwet_ac": ag.gwet_ac(x, categories=scale, weights="quadratic"),
        "intraclass_correlation": ag.intraclass_correlation(x),
    }
    assert task.scale == "ordinal"
    assert {e.name: (e.value, e.low, e.high) for e in task.estimates} == {
        name: (e.value, e.low, e.high) for name, e in expected.items()
    }
    assert (task.n_items, task.n_shared, task.n_labels, task.n_clusters) == (60, 60, 180, 60)


def test_answers_in_words_are_nominal_and_two_raters_get_cohens_kappa() -> None:
    # 3 of 4 equal; shares 1/2 and 1/2 against 3/4 and 1/4: p_e = 3/8 + 1/8 = 1/2, kappa = (3/4 - 1/2) / (1/2).
    given = {"a": ["red", "red", "blue", "blue"], "b": ["red", "red", "red", "blue"]}
    task = only(agreement_among(labels(given), categories=["red", "blue"]))
    assert task.scale == "nominal"
    assert [e.name for e in task.estimates] == ["percent_agreement", "cohen_kappa", "krippendorff_alpha", "gwet_ac"]
    assert task.estimate("cohen_kappa").value == pytest.approx(0.5)
    (both,) = task.pairs
    assert (both.a, both.b, both.n, both.percent_agreement) == ("a", "b", 4, 0.75)
    assert both.coefficient == pytest.approx(0.5)
    assert [row.shares for row in task.raters] == [(0.5, 0.5), (0.75, 0.25)]


def test_measurements_get_the_coefficients_of_an_interval_scale() -> None:
    rng = np.random.default_rng(1)
    truth = rng.random(40)
    given = {"a": truth.tolist(), "b": np.clip(truth + 0.1, 0, 1).tolist()}
    task = only(agreement_among(labels(given), scale=(0.0, 1.0)))
    assert task.scale == "interval"
    assert {e.name for e in task.estimates} == {
        "krippendorff_alpha",
        "intraclass_correlation",
        "concordance_correlation",
        "pearson",
    }
    assert [row.shares for row in task.raters] == [(), ()]
    assert task.raters[1].above_others == pytest.approx(float(np.mean(np.clip(truth + 0.1, 0, 1) - truth)))
    assert math.isnan(task.raters[0].without)  # with one rater left, nothing agrees


def test_the_scale_can_be_said() -> None:
    given = {"a": ["low", "mid", "high", "mid"], "b": ["low", "mid", "high", "high"]}
    words = ["low", "mid", "high"]
    assert only(agreement_among(labels(given), categories=words)).scale == "nominal"
    task = only(agreement_among(labels(given), categories=words, scale_type="ordinal"))
    assert task.scale == "ordinal"
    assert "intraclass_correlation" not in {e.name for e in task.estimates}  # words are no numbers
    with pytest.raises(UserError, match="one of nominal, ordinal, interval was wanted for scale_type=; came 'ratio'"):
        agreement_among(labels(given), scale_type="ratio")  # type: ignore[arg-type]
    with pytest.raises(UserError, match="need the answers that are possible"):
        agreement_among(labels({"a": [0.5], "b": [0.25]}), scale_type="nominal")


def test_a_rubric_says_the_scale_of_its_level_and_of_its_criteria() -> None:
    rubric = Rubric.from_text("It is polite.", name="polite")
    given = {"a": ["yes", "no", "yes"], "b": ["yes", "no", "no"]}
    task = only(agreement_among(labels(given, rubric="polite", criterion="holds"), rubrics={"polite": rubric}))
    assert (task.criterion, task.answers, task.scale) == ("holds", ("no", "yes"), "nominal")


def test_clusters_make_intervals_longer_and_change_no_value() -> None:
    given = panel(3)
    doubled = {who: values + values for who, values in given.items()}  # every transcript stands there twice
    plain = only(agreement_among(labels(doubled), categories=[1, 2, 3, 4, 5]))
    units = {f"q{i}": f"c{i % 60}" for i in range(120)}
    clustered = only(agreement_among(labels(doubled), categories=[1, 2, 3, 4, 5], clusters=units))
    assert clustered.n_clusters == 60
    for one, other in zip(plain.estimates[:4], clustered.estimates[:4], strict=True):
        assert one.value == other.value
        assert other.n_clusters == 60
        # Twice the items without new information: the interval is √2 times as long as it seemed.
        assert (other.high - other.low) / (one.high - one.low) == pytest.approx(math.sqrt(2), rel=0.08)


def test_question_clusters_come_from_ids_that_all_have_one() -> None:
    assert question_clusters(["a/b/c", "a/b/d", "e/f"]) == {"a/b/c": "a/b", "a/b/d": "a/b", "e/f": "e"}
    assert question_clusters(["q1/A", "17"]) == {}
    assert question_clusters(["/A"]) == {}


def test_what_labels_lose_is_counted_and_said() -> None:
    given: dict[str, list[Any]] = {"a": [1, 2, 9, 3, 4], "b": [1, 2, 3, None, 5]}
    twice = labels(given) + labels({"a": [2]})  # q0 again, with another answer
    task = only(agreement_among(twice, categories=[1, 2, 3, 4, 5]))
    assert {one.reason: one.count for one in task.lost} == {"off the scale": 1, "duplicate, other answer": 2}
    kinds = {one.kind: one.severity for one in task.findings}
    assert kinds["failure_codes"] == "error"
    assert kinds["duplicates_other"] == "warning"
    assert not {"failures", "nothing_paired", "unmatched_labels", "clusters_unknown"} & set(kinds)
    assert [one.severity for one in task.findings] == sorted(
        (one.severity for one in task.findings), key=["error", "warning", "note"].index
    )


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"a": [1, 2, None, None], "b": [None, None, 3, 4]}, "no_overlap"),
        ({"a": [1, 2, 3, 4], "b": [1, None, None, None]}, "little_overlap"),
        ({"a": ["x", "y"], "b": ["x", "y"]}, "nothing_usable"),
        ({"a": [1, 2, 3, 4]}, "no_overlap"),
        ({"a": [3] * 30, "b": [3] * 29 + [4], "author:me": [3] * 30}, "label_kinds"),
        # Every other label of c is the opposite of what the others say.
        ({"a": [1, 5] * 20, "b": [1, 5] * 20, "c": [1, 5, 5, 1] * 10}, "outlying_rater"),
        # 58 of 60 equal, all but four of the labels 1: AC1 counts hardly any chance, alpha nearly all.
        ({"a": [1] * 58 + [5, 1], "b": [1] * 58 + [1, 5]}, "coefficients_apart"),
    ],
)
def test_findings_of_raters_alone(given: dict[str, list[Any]], kind: str) -> None:
    task = only(agreement_among(labels(given), categories=[1, 2, 3, 4, 5]))
    assert kind in {one.kind for one in task.findings}


def test_one_rater_has_no_agreement_and_nobody_makes_one_up() -> None:
    task = only(agreement_among(labels({"a": [1, 2, 3]}), categories=[1, 2, 3]))
    assert all(math.isnan(e.value) and e.undefined for e in task.estimates)
    assert task.pairs == ()


def test_leaving_out_the_odd_one_raises_alpha() -> None:
    given = {"a": [1, 5] * 20, "b": [1, 5] * 20, "c": [1, 5, 5, 1] * 10}
    task = only(agreement_among(labels(given), categories=[1, 2, 3, 4, 5]))
    assert {row.rater: row.without for row in task.raters}["c"] == pytest.approx(1.0)  # a and b always agree


def test_many_raters_are_not_compared_one_by_one() -> None:
    given = {f"r{j:02}": [1 + (i + j) % 5 for i in range(6)] for j in range(41)}
    task = only(agreement_among(labels(given), categories=[1, 2, 3, 4, 5]))
    assert len(task.raters) == 41
    assert task.pairs == ()
    assert all(math.isnan(row.without) for row in task.raters)


def test_each_rubric_and_criterion_is_its_own() -> None:
    both = labels({"a": [1, 2], "b": [1, 2]}) + labels({"a": ["yes"], "b": ["no"]}, criterion="ok")
    both += labels({"a": [3], "b": [3]}, rubric="depth")
    found = agreement_among(both)
    assert [(task.rubric, task.criterion) for task in found.tasks] == [("depth", ""), ("tone", ""), ("tone", "ok")]
    assert [t.criterion for t in agreement_among(both, rubric="tone").tasks] == ["", "ok"]
    assert only(agreement_among(both, rubric="tone", criterion="ok")).n_labels == 2
    with pytest.raises(UserError, match="none of the labels is for length; there are labels for depth, tone, tone ok"):
        agreement_among(both, rubric="length")
    with pytest.raises(UserError, match="'icc' is no coefficient of ordinal labels; there are"):
        only(agreement_among(labels(panel(2)), categories=[1, 2, 3, 4, 5])).estimate("icc")


def test_labels_that_name_no_rubric_belong_to_the_one_that_is_asked_for() -> None:
    bare = labels({"a": [1, 2], "b": [1, 2]}, rubric="")
    assert only(agreement_among(bare)).rubric == ""
    assert only(agreement_among(bare, rubric="tone")).n_labels == 4


def test_no_label_is_an_error() -> None:
    with pytest.raises(UserError, match="labels: a label was wanted; there is none"):
        agreement_among(LabelSet.of([]))


def test_findings_speak_of_raters_and_of_no_judge() -> None:
    task = only(agreement_among(labels({"a": [1] * 60, "b": [1] * 59 + [2]}), categories=[1, 2]))
    assert "prevalence" in {one.kind for one in task.findings}
    assert not [one.detail for one in task.findings if "judge" in one.detail or "verdict" in one.detail]
