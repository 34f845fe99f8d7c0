"""From verdicts and labels to a card: planted truths are found, failures are never values, refusals say why."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from judgekit import Rubric, Transcript
from judgekit import calibration as cal
from judgekit.calibration.card.make import make_card
from judgekit.calibration.card.noun import JudgeCard
from judgekit.calibration.card.options import CardOptions
from judgekit.calibration.estimate import Estimate
from judgekit.errors import UserError
from judgekit.io.scores import Score
from judgekit.label import Label
from tests.calibration.card.made import LEVELS, World, card_of, swap, world


def held(estimate: Estimate | None, truth: float) -> bool:
    assert estimate is not None
    return bool(estimate.low <= truth <= estimate.high)


def answer(card: JudgeCard, question: str) -> str:
    return next(one.answer for one in card.decisions if question in one.question)


def row(card: JudgeCard, name: str) -> Any:
    return next(one for one in card.biases.rows if one.name == name)


def test_the_numbers_are_those_of_the_functions() -> None:
    made = world()
    card = card_of(made)
    keep = made.labelled
    votes = made.people[keep]
    # Three people on five ordered levels: the most frequent level, else of three different ones that nearest the mean.
    majority = [max(LEVELS, key=lambda one: ((row == one).sum(), -abs(row.mean() - one))) for row in votes]
    units = [made.ids[i].partition("/")[0] for i in np.flatnonzero(keep)]
    kappa = cal.cohen_kappa(majority, made.judge[keep], categories=LEVELS, weights="quadratic", clusters=units)
    head = card.agreement.headline
    assert head is not None
    assert (head.value, head.low, head.high) == pytest.approx((kappa.value, kappa.low, kappa.high))
    assert head == card.agreement.table[0]
    alpha = cal.krippendorff_alpha(votes, metric="ordinal", categories=LEVELS, clusters=units)
    found = next(one for one in card.ceiling.among_people if one.name.startswith("krippendorff"))
    assert found.value == pytest.approx(alpha.value)
    test = cal.alt_test(votes, made.judge[keep], score="neg_rmse", clusters=units)
    assert card.replacement.winning_rate == test.winning_rate
    ppi = cal.ppi_mean(
        votes.mean(axis=1),
        made.judge[keep],
        made.judge[~keep],
        clusters=[*units, *(made.ids[i].partition("/")[0] for i in np.flatnonzero(~keep))],
        low=1,
        high=5,
    )
    assert card.corrected.estimate is not None
    assert (card.corrected.estimate.value, card.corrected.estimate.low) == pytest.approx((ppi.value, ppi.low))


def test_a_good_judge_may_replace_people_and_the_true_mean_is_found() -> None:
    made = world(600, labelled=0.5, lift=0.3, noise=0.4)
    card = card_of(made, pass_at=4)
    assert answer(card, "replace people") == "yes"
    assert answer(card, "true result") == "number"
    everybody = float(made.people.mean())
    assert held(card.corrected.estimate, everybody)
    assert held(card.corrected.pass_rate, float((made.people >= 4).mean()))
    naive = card.corrected.rows[0]
    # The judge adds a quarter of a point to each: its own mean is off, and only the corrected one is marked as valid.
    assert naive.name == "naive"
    assert naive.estimate.low > everybody
    assert [one.name for one in card.corrected.rows if one.picked] == ["ppi_mean"]
    assert len(card.corrected.groups) == 4
    assert len(card.corrected.differences) == 6
    assert all(held(one, 0.0) for one in card.corrected.differences)  # the systems are equal in truth


@pytest.mark.slow
def test_a_useless_judge_may_not() -> None:
    made = world(400, labelled=1.0)
    guess = np.random.default_rng(5).integers(1, 6, 400).astype(float)
    card = card_of(replace(made, judge=guess))
    assert card.replacement.answer == "no"
    assert answer(card, "replace people") == "no"
    assert card.replacement.says.startswith("No: ")


def test_few_labels_are_not_enough_and_the_card_says_how_many_more() -> None:
    card = card_of(world(40, labelled=0.4))
    assert card.replacement.answer == "not enough labels"
    assert "more independent units" in card.replacement.says
    assert answer(card, "replace people") == "unknown"
    assert card.corrected.estimate is None
    assert card.corrected.missing.startswith("too few labels")


def test_items_on_which_people_are_tied_are_told_and_left_out() -> None:
    made = world(240)
    two = replace(made, people=made.people[:, :2])
    differ = made.labelled & (two.people[:, 0] != two.people[:, 1])  # of two who differ neither is the majority
    alike = made.labelled & ~differ
    card = card_of(two)
    head = card.agreement.headline
    assert head is not None
    assert (head.n, head.note) == (alike.sum(), "")
    assert f"On {differ.sum()} more the annotators are tied" in card.agreement.says
    kappa = cal.cohen_kappa(made.people[alike, 0], made.judge[alike], categories=LEVELS, weights="quadratic")
    assert head.value == pytest.approx(kappa.value)
    assert "tied" not in card_of(made).agreement.says  # three people: their mean is no x.5, so one level is nearest


def test_a_failure_is_counted_and_never_a_value() -> None:
    made = world(240, failed=0.2)
    card = card_of(made)
    gone = int(np.isnan(made.judge).sum())
    assert (card.health.n_failed, card.health.n_abstained, card.health.n_scored) == (gone, 0, 240 - gone)
    known = made.judge[~np.isnan(made.judge)]
    assert card.corrected.rows[0].estimate.value == pytest.approx(known.mean())
    # All that failed as the lowest level, and as the highest.
    assert card.corrected.worst == pytest.approx((known.sum() + gone * 1) / 240)
    assert card.corrected.best == pytest.approx((known.sum() + gone * 5) / 240)
    assert sum(one.n_missing for one in card.corrected.groups) == gone
    assert sum(one.n for one in card.corrected.groups) == 240 - gone
    assert any(one.kind == "failures" for one in card.health.findings)


def test_the_second_transcript_of_an_id_is_no_system_of_its_own() -> None:
    made = world(240, failed=0.2)
    unit, _, name = made.ids[0].partition("/")
    other = next(i for i, one in enumerate(made.ids) if one.startswith(f"{unit}/") and i > 0)
    ids = (*made.ids[:other], f"{unit}/{name}#2", *made.ids[other + 1 :])
    groups = card_of(replace(made, ids=tuple(ids))).corrected.groups
    assert [one.name for one in groups] == [one.name for one in card_of(made).corrected.groups]
    assert sum(one.n + one.n_missing for one in groups) == 240


def test_nobody_said_how_the_labels_were_chosen() -> None:
    card = card_of(world(), labels_are=None)
    assert card.corrected.estimate is None
    assert "nobody said how the labelled items were chosen" in card.corrected.says
    assert not any(one.picked for one in card.corrected.rows)
    assert {one.name for one in card.corrected.rows} >= {"naive", "labels_only", "ppi_mean"}
    assert answer(card, "true result") == "unknown"
    every = card_of(world(labelled=1.0), labels_are=None)
    assert every.corrected.reason == "every item has a label: the mean of the labels is the answer"
    assert every.next_labels.chosen == ()
    assert answer(every, "more to label") == "no"


@pytest.mark.slow
def test_stratified_labels_need_their_probabilities_or_strata() -> None:
    made = world(480)
    high = made.judge >= 4
    rng = np.random.default_rng(3)
    # The levels that the judge holds high are labelled three times as often as the others.
    chance = np.where(high, 0.6, 0.2)
    made = replace(made, labelled=rng.random(480) < chance)
    bare = card_of(made, labels_are="stratified")
    assert bare.corrected.estimate is None
    assert "give the strata" in bare.corrected.missing
    truth = float(made.people.mean())
    weighted = card_of(made, labels_are="stratified", probability=made.column(chance))
    strata = {name: "high" if one else "low" for name, one in zip(made.ids, high, strict=True)}
    by_strata = card_of(made, labels_are="stratified", strata=strata)
    assert (weighted.corrected.estimator, by_strata.corrected.estimator) == ("ppi_mean", "poststratified_mean")
    assert held(weighted.corrected.estimate, truth)
    assert held(by_strata.corrected.estimate, truth)


@pytest.mark.slow
def test_hand_picked_labels_correct_a_pass_rate_alone() -> None:
    made = world(600, levels=2, raters=1)
    card = card_of(made, labels_are="hand_picked", categories=[1, 2])
    assert card.corrected.estimator == "rogan_gladen"
    graded = card_of(world(), labels_are="hand_picked")
    assert graded.corrected.estimate is None


PLANTED = [
    ("lenient", {"lift": 0.7}, "severity", 0.0, "lenient"),
    ("severe", {"lift": -0.7}, "severity", 0.0, "severe"),
]


@pytest.mark.parametrize(("name", "how", "bias", "neutral", "said"), PLANTED, ids=[one[0] for one in PLANTED])
def test_a_planted_bias_is_found(name: str, how: dict[str, Any], bias: str, neutral: float, said: str) -> None:
    found = row(card_of(world(400, **how)), bias)
    assert found.verdict == "biased"
    assert found.neutral == neutral
    assert said in found.says


def test_an_unbiased_judge_raises_no_alarm() -> None:
    card = card_of(world(400, noise=0.5))
    assert [one.verdict for one in card.biases.rows] == ["negligible", "negligible"]
    assert card.biases.says.startswith("Too small to matter: leniency, use of the scale")
    assert "length: the transcripts" in card.biases.missing


def test_a_squeezed_scale_is_found() -> None:
    made = world(400, noise=0.3)
    card = card_of(replace(made, judge=swap(made.judge, lambda one: {1.0: 2.0, 5.0: 4.0}.get(one, one))))
    assert row(card, "sd_ratio").verdict == "biased"
    assert any("hardly uses" in note for note in card.biases.notes)


@pytest.mark.slow
def test_length_and_own_family_are_measured_beside_the_labels() -> None:
    made = world(400)
    words = np.where(np.arange(400) % 4 == 0, 400, 50)
    judge = np.clip(made.judge + (words == 400), 1, 5)  # M0 writes eight times as much, and gets a point more
    transcripts = [
        Transcript.from_text("prompt", " ".join(["word"] * int(words[i])), label=f"M{i % 4}", question_id=f"q{i // 4}")
        for i in range(400)
    ]
    card = card_of(replace(made, judge=judge), transcripts=transcripts, own=["M0"])
    assert row(card, "length").verdict == "biased"
    assert "rewards length" in row(card, "length").says
    # Eight times is three doublings: a third of a point each, less what the scale cuts off.
    assert 0.1 < row(card, "length").estimate.value < 0.4
    assert row(card, "length").minimal == pytest.approx(0.1 * 4 / 3)  # a tenth of 1..5, over three doublings
    assert row(card, "family").estimate.low > 0
    assert "length" not in card.biases.missing


@pytest.mark.slow
def test_drift_is_told_from_anchors_and_makes_a_decision() -> None:
    made = world(240)
    same = card_of(made, before=made.scores())
    moved = card_of(made, before=made.scores(np.clip(made.judge + 1, 1, 5)))
    assert answer(same, "judge changed") == "no"
    assert answer(moved, "judge changed") == "yes"
    assert row(moved, "drift").estimate.high < 0
    assert row(same, "changed").estimate.value == 0.0


def test_repeats_give_test_retest_and_a_confidence() -> None:
    made = world(240, labelled=1.0, raters=1)
    rng = np.random.default_rng(2)
    again = [made.scores(np.clip(made.judge + rng.choice([0, 0, 0, 1], 240), 1, 5)) for _ in range(3)]
    card = card_of(made, repeats=again)
    assert [one.name for one in card.biases.repeats] == ["within_sd", "identical", "reliability"]
    assert card.selective.confidence == "the share of repeats that say the same"
    assert card.selective.coverage[-1] == pytest.approx(1.0)
    assert "repeats give the same answer" in card.biases.says


@pytest.mark.slow
def test_a_confidence_that_tells_right_from_wrong_lets_verdicts_stand() -> None:
    made = world(400, labelled=1.0, raters=1, levels=2, noise=0.8)
    right = made.judge == made.people[:, 0]
    card = card_of(made, categories=[1, 2], confidence=made.column(right * 0.5 + 0.4), target=0.05)
    assert answer(card, "stand without a person") == "yes"
    assert card.selective.escalation == pytest.approx(0.9)
    assert card.selective.accepted == pytest.approx(right.mean(), abs=0.05)
    useless = card_of(made, categories=[1, 2], confidence=made.column(np.full(400, 0.5)), target=0.01)
    assert answer(useless, "stand without a person") == "no"
    assert math.isnan(useless.selective.escalation)
    elsewhere = card_of(made, categories=[1, 2], confidence={"another": 0.5})
    assert "no labelled item has both" in elsewhere.selective.missing


@pytest.mark.slow
def test_several_judges_are_compared_and_vote() -> None:
    made = world(400, labelled=1.0, noise=0.3)
    worse = world(400, labelled=1.0, noise=1.5)
    card = card_of(made, others={"rough": made.scores(worse.judge, "rough")})
    assert [one.judge for one in card.jury.judges] == ["m", "rough"]
    assert answer(card, "better than rough") == "yes"
    assert card.jury.effective is not None
    # The same data in one set of scores: the judge that is named is the card's, and the other one is compared with it.
    both = [*made.scores(), *made.scores(worse.judge, "rough")]
    options = CardOptions(rubric="tone", categories=LEVELS, labels_are="random", judge="rough")
    second = make_card(both, made.labels(), options, form=JudgeCard)
    assert second.header.judge == "rough"
    assert answer(second, "better than m") == "no"
    with pytest.raises(UserError, match="2 judges"):
        make_card(both, made.labels(), replace(options, judge=None), form=JudgeCard)


def test_pairs_judged_in_both_orders_show_the_place_they_prefer() -> None:
    rng = np.random.default_rng(4)
    ids = [f"q{i}" for i in range(200)]
    better = rng.integers(1, 3, 200)
    first_wins = rng.random(200) < 0.4
    first_wins[:80] = False
    second_wins = np.arange(200) < 10
    one = np.where(first_wins, 1, np.where(second_wins, 2, better))
    two = np.where(first_wins, 2, np.where(second_wins, 1, better))

    def scores(values: Any) -> list[Score]:
        return [Score(name, value=float(v), cluster=name) for name, v in zip(ids, values, strict=True)]

    labels = [
        Label(transcript_id=name, rubric="", annotator="p", value=float(v)) for name, v in zip(ids, better, strict=True)
    ]
    options = CardOptions(categories=[0, 1, 2], swapped=scores(two))
    card = make_card(scores(one), labels, options, form=JudgeCard)
    assert row(card, "position").verdict == "biased"
    # Both answers of a pair that flips go to one place; of the others, one goes to each.
    shown = 0.5 + 0.5 * (first_wins.mean() - second_wins.mean())
    assert row(card, "first_shown").estimate.value == pytest.approx(shown)


def nominal(n: int = 120) -> tuple[list[Score], list[Label]]:
    rng = np.random.default_rng(6)
    words = np.array(["agrees", "disagrees", "evades"])
    truth = rng.integers(0, 3, n)
    judge = np.where(rng.random(n) < 0.2, rng.integers(0, 3, n), truth)
    ids = [f"q{i}/A" for i in range(n)]
    scores = [Score(name, value=str(words[v]), cluster=name[:-2]) for name, v in zip(ids, judge, strict=True)]
    labels = [
        Label(transcript_id=ids[i], rubric="", annotator=who, value=str(words[truth[i]]))
        for i in range(0, n, 2)
        for who in ("anna", "ben")
    ]
    return scores, labels


def test_answers_without_an_order_have_no_mean() -> None:
    scores, labels = nominal()
    card = make_card(scores, labels, CardOptions(categories=["agrees", "disagrees", "evades"]), form=JudgeCard)
    assert card.agreement.headline is not None
    assert card.agreement.headline.name == "cohen_kappa"
    assert card.agreement.confusion is not None
    assert card.agreement.confusion.answers == ("agrees", "disagrees", "evades")
    assert "no order" in card.corrected.missing
    assert "no order" in card.calibration.missing
    assert card.biases.rows == ()
    assert len(card.next_labels.chosen) == 50
    assert card.next_labels.notes[0].startswith("drawn uniformly")
    assert card.replacement.score == "accuracy"


@pytest.mark.slow
def test_measures_without_categories() -> None:
    rng = np.random.default_rng(7)
    truth = rng.uniform(0, 1, 300)
    ids = [f"q{i}" for i in range(300)]
    scores = [
        Score(name, value=float(np.clip(v + rng.normal(0, 0.1), 0, 1))) for name, v in zip(ids, truth, strict=True)
    ]
    labels = [
        Label(transcript_id=ids[i], rubric="", annotator=who, value=float(np.clip(truth[i] + rng.normal(0, 0.1), 0, 1)))
        for i in range(250)
        for who in ("anna", "ben")
    ]
    others = {"second": scores}
    options = CardOptions(scale=(0, 1), labels_are="random", others=others)
    card = make_card(scores, labels, options, form=JudgeCard)
    assert card.agreement.headline is not None
    assert card.agreement.headline.name == "concordance_correlation"
    assert card.agreement.confusion is None
    assert card.ceiling.measure == "concordance_correlation"
    assert card.calibration.method == "isotonic"
    assert card.calibration.conformal_level == 0.9
    assert all(one.low <= one.expected <= one.high for one in card.calibration.table)
    assert "no categories" in card.jury.missing
    assert card.selective.missing.startswith("a confidence")
    # Labels of 0 and 1 make the score a probability, and its distance from 0.5 a confidence.
    hard = [one.model_copy(update={"value": float(float(one.value) >= 0.5)}) for one in labels]
    passes = make_card(scores, [one for one in hard if one.annotator == "anna"], options, form=JudgeCard)
    assert passes.selective.confidence == "the distance of the score from 0.5"
    assert passes.calibration.brier is not None
    assert len(passes.calibration.reliability) > 3


@pytest.mark.slow
def test_slices_say_where_the_judge_errs_more() -> None:
    made = world(400, labelled=1.0, noise=0.2)
    judge = made.judge.copy()
    judge[2::4] = 6 - judge[2::4]  # of M2, the judge says the contrary
    card = card_of(replace(made, judge=judge))
    p = {one.name: one.adjusted_p for one in card.agreement.slices}
    assert sorted(p) == ["M0", "M1", "M2", "M3"]
    assert p["M2"] < 1e-6


def test_labels_of_the_author_are_called_so() -> None:
    made = world(160)
    card = make_card(
        made.scores(), made.labels(prefix="author:"), CardOptions(rubric="tone", categories=LEVELS), form=JudgeCard
    )
    assert card.header.label_kind == "author"
    assert "the author's labels" in card.agreement.says
    assert "labels of people are needed" in card.replacement.missing


def test_the_same_data_and_seed_give_the_same_card_whatever_the_order_of_the_rows() -> None:
    made = world(120, failed=0.1)
    one = card_of(made)
    options = CardOptions(rubric="tone", categories=LEVELS, labels_are="random")
    turned = make_card(made.scores()[::-1], made.labels()[::-1], options, form=JudgeCard)
    assert turned.digest == one.digest
    assert card_of(made, seed=1).digest != one.digest
    assert card_of(made, seed=1).header.data == one.header.data
    other = world(120, failed=0.1, seed=2)
    assert card_of(other).header.data != one.header.data


def test_what_was_lost_is_counted() -> None:
    made = world(80)
    scores = [*made.scores(), Score("q999/M0", "tone", "", "m", 9.0, "q999")]
    labels = [*made.labels(), Label(transcript_id="q1000/M0", rubric="tone", annotator="p0", value=3)]
    card = make_card(scores, labels, CardOptions(rubric="tone", categories=LEVELS), form=JudgeCard)
    lost = {(one.side, one.reason): one.count for one in card.health.lost}
    assert lost["label", "no verdict"] == 1
    assert lost["verdict", "off the scale"] == 1
    assert card.health.n_failed == 1
    assert card.header.n_labels == len(labels) - 1


@pytest.mark.slow
def test_units_are_the_question_of_the_verdicts_else_of_the_ids_or_as_said() -> None:
    made = world(80, labelled=1.0)
    bare = [replace(one, cluster=None) for one in made.scores()]
    options = CardOptions(rubric="tone", categories=LEVELS)

    def units(scores: list[Score], **more: Any) -> int:
        return make_card(scores, made.labels(), replace(options, **more), form=JudgeCard).header.n_clusters

    assert units(made.scores()) == 20
    assert units(bare) == 20
    assert units(made.scores(), clusters="none") == 80
    assert units(made.scores(), clusters=dict.fromkeys(made.ids, "x") | {made.ids[0]: "y"}) == 2
    with pytest.raises(UserError, match=r"'q0/M1' has none"):
        units(made.scores(), clusters={made.ids[0]: "y"})
    with pytest.raises(UserError, match="came 'pages'"):
        units(made.scores(), clusters="pages")


def test_one_item_with_everything_the_same_still_makes_a_card() -> None:
    for values in ([3.0], [3.0, 3.0], [3.0] * 30):
        scores = [Score(f"q{i}", value=v, cluster=f"q{i}") for i, v in enumerate(values)]
        labels = [Label(transcript_id=f"q{i}", rubric="", annotator="p", value=v) for i, v in enumerate(values)]
        card = make_card(scores, labels, CardOptions(categories=LEVELS, labels_are="random"), form=JudgeCard)
        assert card.agreement.headline is not None
        assert math.isnan(card.agreement.headline.value)
        assert card.agreement.missing
        assert JudgeCard.from_json(card.to_json()).digest == card.digest


def test_one_answer_alone_is_no_scale() -> None:
    scores = [Score(f"q{i}", value=3.0) for i in range(9)]
    labels = [Label(transcript_id=f"q{i}", rubric="", annotator="p", value=3.0) for i in range(9)]
    with pytest.raises(UserError, match="there is one, 3: name the answers that are possible"):
        make_card(scores, labels, CardOptions(), form=JudgeCard)


def test_two_judges_on_one_item_have_no_votes_to_weigh() -> None:
    scores = [Score("q0", value=3.0)]
    labels = [Label(transcript_id="q0", rubric="", annotator="p", value=3.0)]
    options = CardOptions(categories=LEVELS, others={"second": scores})
    card = make_card(scores, labels, options, form=JudgeCard)
    assert card.jury.judges[0].jury_minus is None
    assert card.jury.missing


def test_a_rubric_says_scale_and_pass_mark() -> None:
    rubric = Rubric.from_text("It is polite.", name="tone")
    scores = [Score(f"q{i}", "tone", value=float(i % 2), cluster=f"q{i}") for i in range(60)]
    labels = [Label(transcript_id=f"q{i}", rubric="tone", annotator="p", value=float(i % 2)) for i in range(50)]
    card = make_card(scores, labels, CardOptions(rubric=rubric, labels_are="random"), form=JudgeCard)
    assert card.header.scale.declared
    assert card.header.rubric_version == rubric.version


BAD: list[tuple[dict[str, Any], str]] = [
    ({"level": 95}, "level between 0 and 1"),
    ({"labels_are": "chosen"}, "labels_are"),
    ({"pass_at": 9}, "was wanted for pass_at=, above 1 and up to 5; came 9"),
    ({"epsilon": 2}, "a share below 1, such as 0.1, was wanted for epsilon="),
    ({"judge": "nobody"}, "none of the verdicts has the judge 'nobody'"),
    ({"rubric": "other"}, "none of the verdicts has the rubric 'other'"),
    ({"criterion": "stance"}, "none of the labels is for the criterion"),
    ({"target": 0}, "was wanted for target="),
    ({"next_k": 0}, "next_k"),
]


@pytest.mark.parametrize(("options", "said"), BAD, ids=[next(iter(one[0])) for one in BAD])
def test_wrong_input_is_one_line(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError) as caught:
        card_of(world(80), **options)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nothing_in_common_is_said_with_the_ids() -> None:
    made = world(40)
    far = [one.model_copy(update={"transcript_id": f"x{i}"}) for i, one in enumerate(made.labels())]
    options = CardOptions(rubric="tone", categories=LEVELS)
    with pytest.raises(UserError, match=r"81 labels belong to .*: labels name 'x0', verdicts 'q\d+/.*another run"):
        make_card(made.scores(), far, options, form=JudgeCard)
    dead = World(made.ids, made.truth, np.full(40, np.nan), made.people, made.labelled)
    with pytest.raises(UserError, match=r"none of .* labelled transcripts has a value of the judge"):
        card_of(dead)


def test_of_many_annotators_those_with_the_most_labels_are_compared() -> None:
    made = world(60, labelled=1.0, raters=14)
    people = made.people.copy()
    people[5:, 3] = np.nan  # two of them gave five labels each
    people[5:, 9] = np.nan
    card = card_of(replace(made, people=people))
    assert card.header.n_raters == 14
    assert card.ceiling.matrix is not None
    assert card.ceiling.matrix.names == (*(f"p{i}" for i in (0, 1, 10, 11, 12, 13, 2, 4, 5, 6, 7, 8)), "judge")
    assert card.ceiling.notes[0] == "compared: the 12 annotators with the most labels"
    assert card.replacement.notes == ("tested: the 12 annotators with the most labels",)
    assert len(card.replacement.per_annotator) == 12


def test_one_annotator_is_no_ceiling_and_two_say_little() -> None:
    one = card_of(world(80, raters=1))
    assert "two annotators of the same items are needed" in one.ceiling.missing
    assert one.replacement.missing
    two = card_of(world(160, raters=2, labelled=1.0))
    assert two.ceiling.leave_one_out is not None
    assert "three or more say more" in two.replacement.notes[0]


def test_a_jury_of_equal_judges_is_better_than_each() -> None:
    made = world(300, labelled=1.0, levels=2, noise=0.9)
    rng = np.random.default_rng(8)
    truth = np.array([max(1.0, round(one)) for one in made.people.mean(axis=1)])

    def judge() -> Any:
        return np.where(rng.random(300) < 0.25, 3 - truth, truth)

    others = {f"j{i}": made.scores(judge(), f"j{i}") for i in range(4)}
    card = card_of(replace(made, judge=judge()), categories=[1, 2], others=others)
    assert card.jury.difference is not None
    assert card.jury.difference.low > 0
    assert "a jury is right more often" in card.jury.says
    assert card.selective.confidence == "the share of other judges that say the same"


def test_from_a_few_units_the_lack_of_a_bias_cannot_be_told() -> None:
    # 12 questions at most: an interval that holds 0 says little, whatever is in it.
    few, many = card_of(world(48, labelled=1.0, noise=1.5)), card_of(world(240, labelled=1.0, noise=0.4))
    assert few.header.n_clusters == 12
    leniency = row(few, "severity")
    assert leniency.estimate.low < 0.0 < leniency.estimate.high
    assert (leniency.verdict, leniency.minimal) == ("undefined", pytest.approx(0.4))  # a tenth of 1 to 5
    assert "with 12 independent units; 20 are needed" in leniency.says
    assert "cannot be told: leniency" in few.biases.says.lower()
    assert row(many, "severity").verdict == "negligible"


def test_what_matters_can_be_said() -> None:
    made = world(240, labelled=1.0, lift=0.3, noise=0.4)
    assert row(card_of(made, matters=0.15), "severity").verdict == "negligible"  # 0.6 points
    assert row(card_of(made, matters=0.025), "severity").verdict == "biased"
    none = row(card_of(world(100, labelled=1.0), matters=0.001), "severity")
    assert (none.verdict, none.minimal) == ("none found", pytest.approx(0.004))


def test_a_response_label_that_nobody_has_is_an_error() -> None:
    with pytest.raises(UserError, match=r"own= 'Model1' is no response label of .*; there are M0, M1"):
        card_of(world(40), own=["M0", "Model1"])
    bare = [Score(f"t{i}", "tone", "", "m", 1.0 + i % 5) for i in range(40)]
    people = [Label(transcript_id=f"t{i}", rubric="tone", annotator="p", value=1.0 + i % 4) for i in range(40)]
    with pytest.raises(UserError, match="the ids of these transcripts have none"):
        make_card(bare, people, CardOptions(rubric="tone", categories=LEVELS, own=["M0"]), form=JudgeCard)


def test_winners_of_pairs_are_no_grades() -> None:
    made = world(160, labelled=1.0, levels=2)
    swapped = made.scores(3.0 - made.judge)
    for card in (
        card_of(made, categories=[1, 2], swapped=swapped),
        card_of(made, categories=[1, 2], scale_type="nominal"),
    ):
        assert not card.header.scale.ordered
        assert card.agreement.headline is not None
        assert card.agreement.headline.name == "cohen_kappa"
        assert "severity" not in [one.name for one in card.biases.rows]
        assert card.corrected.estimate is None
    assert card_of(made, categories=[1, 2], swapped=swapped, scale_type="ordinal").header.scale.ordered
    with pytest.raises(UserError, match="nominal answers have to be named"):
        card_of(made, categories=None, scale=(1, 2), scale_type="nominal")
    with pytest.raises(UserError, match="nominal or ordinal was wanted for scale_type=; came 'ratio'"):
        card_of(made, scale_type="ratio")


def test_a_judge_that_may_replace_people_and_agrees_less_is_said_to_do_so() -> None:
    # People hardly differ, the judge more: within the margin, and below what a person reaches all the same.
    made = world(400, labelled=1.0, levels=3)
    rng = np.random.default_rng(3)
    people = np.repeat(np.round(made.truth)[:, None], 3, axis=1)
    wrong = rng.random(400) < 0.1
    card = card_of(replace(made, people=people, judge=np.where(wrong, 4.0 - people[:, 0], people[:, 0])))
    said = next(one for one in card.decisions if one.part == "replacement")
    assert said.answer == "yes"
    assert "It agrees less than a person does all the same" in said.sentence


def test_labels_that_are_no_random_sample_are_doubted_in_clusters_too() -> None:
    made = world(300)
    picked = (made.truth > 2.5) & made.labelled | (np.arange(300) < 20)
    card = card_of(replace(made, labelled=picked))
    said = next(one for one in card.decisions if one.part == "corrected").sentence
    assert "chance does not explain it; are the labels a random sample?" in said


def test_of_a_file_with_several_judges_the_cards_own_is_taken() -> None:
    made = world(40, labelled=1.0)
    other = made.scores(6.0 - made.judge, judge="twin")
    before = [*made.scores(), *other]
    card = make_card(
        before, made.labels(), CardOptions(rubric="tone", categories=LEVELS, judge="m", before=before), form=JudgeCard
    )
    assert row(card, "changed").estimate.value == 0.0
