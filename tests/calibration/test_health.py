"""Data health: what planted trouble is found, and what sound data are left alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from judgekit.calibration.data_health import health
from judgekit.calibration.finding import Finding
from judgekit.calibration.health_rows import shift_of
from judgekit.calibration.pairing import Paired, pair
from judgekit.calibration.refusal import is_refusal
from judgekit.io.labels import load_labels
from judgekit.io.rubrics import load_rubric
from judgekit.io.scores import Score
from judgekit.label import Label
from judgekit.rubric import Example, Expect, Rubric
from judgekit.transcript import Message, Transcript
from tests.shared_data import SHARED

DATA = SHARED / "data"
FIVE = [1, 2, 3, 4, 5]


def paired(
    judge: list[Any],
    annotators: dict[str, list[Any]],
    *,
    ids: list[str] | None = None,
    clusters: bool = True,
    **how: Any,
) -> Paired:
    """A pairing of columns; None is no verdict or no label."""
    names = ids or [f"q{i}" for i in range(len(judge))]
    scores = [
        Score(
            name,
            value=value,
            cluster=name if clusters else None,
            failure=None if value is not None else "failed: timeout",
        )
        for name, value in zip(names, judge, strict=True)
    ]
    labels = [
        Label(transcript_id=name, rubric="r", annotator=who, value=value)
        for who, column in annotators.items()
        for name, value in zip(names, column, strict=True)
        if value is not None
    ]
    return pair(scores, labels, **{"categories": FIVE, **how})


def found(data: Paired, **more: Any) -> dict[str, Finding]:
    """The findings by kind; a kind that comes twice has its side or its rater after it."""
    findings = health(data, **more)
    order = [("error", "warning", "note").index(one.severity) for one in findings]
    assert order == sorted(order)
    assert all("\n" not in one.detail for one in findings)
    return {one.kind: one for one in findings}


def sound(n: int = 200, seed: int = 3) -> tuple[list[float], dict[str, list[Any]]]:
    """A judge and two annotators who mostly agree on five levels."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(1, 6, n)

    def rated(noise: float) -> list[float]:
        return [float(x) for x in np.clip(np.rint(truth + rng.normal(0, noise, n)), 1, 5)]

    return rated(0.6), {"anna": rated(0.5), "ben": rated(0.5)}


def test_sound_data_have_no_findings() -> None:
    judge, annotators = sound()
    assert found(paired(judge, annotators)) == {}


@pytest.mark.parametrize(
    ("value", "kind", "severity", "detail"),
    [
        (
            0.333,
            "failures_averaged",
            "error",
            "1 verdict (0.333): between 0 and the lowest value 1, as where a failed vote is averaged in as 0; averages "
            "on the scale may hide more of them; average again without the failures",
        ),
        (
            0,
            "failure_codes",
            "error",
            "1 verdict (0): numbers that often stand for a failure, off the scale of 1, 2, 3, 4, 5; left out",
        ),
        (-1, "failure_codes", "error", None),
        (99, "failure_codes", "error", None),
        (10, "off_scale", "warning", "1 verdict (10): not on the scale of 1, 2, 3, 4, 5; left out"),
        (-0.5, "off_scale", "warning", None),
        (
            2.67,
            "between_categories",
            "warning",
            "1 verdict (2.67): between two answers of 1, 2, 3, 4, 5, as averages are; left out; declare a scale "
            "from 1 to 5 to take every number between",
        ),
        (
            "garbage",
            "unknown_answer",
            "warning",
            "1 verdict ('garbage'): no answer of the scale of 1, 2, 3, 4, 5; left out",
        ),
        (
            "I'm sorry, but I can't assist with that.",
            "refusal_text",
            "error",
            "1 verdict (\"I'm sorry, but I can't assist with that.\"): sentences of refusal where an answer should "
            "stand; they are failures, and were left out",
        ),
    ],
)
def test_a_value_that_the_scale_does_not_have(value: Any, kind: str, severity: str, detail: str | None) -> None:
    judge, annotators = sound()
    findings = found(paired([value, *judge[1:]], annotators))
    assert set(findings) == {kind, "failures"}
    one = findings[kind]
    assert (one.severity, one.count, one.items) == (severity, 1, ("q0",))
    assert detail is None or one.detail == detail
    assert [other.kind for other in health(paired(judge, {**annotators, "ben": [value, *annotators["ben"][1:]]}))] == [
        kind
    ]


def test_values_of_both_sides_are_told_apart() -> None:
    judge, annotators = sound()
    both = health(paired([9, *judge[1:]], {**annotators, "anna": [7, 7, 8, 6, *annotators["anna"][4:]]}))
    assert [(one.kind, one.count) for one in both] == [("failure_codes", 1), ("off_scale", 4), ("failures", 1)]
    assert both[1].detail == "4 labels (7 2 times, 6, 8): not on the scale of 1, 2, 3, 4, 5; left out"
    assert both[1].items == ("q0", "q1", "q2", "q3")


def test_an_average_on_a_range_that_begins_above_0() -> None:
    judge, annotators = sound()
    findings = found(paired([0.333, *judge[1:]], annotators, categories=None, scale=(1, 5)))
    assert set(findings) == {"failures_averaged", "failures"}


@pytest.mark.parametrize(
    "text",
    [
        "I’m sorry, but I can't assist with that.",
        "I'm truly sorry that you're feeling this way",
        "I cannot help with this.",
        "  Sorry, I won't do that",
        "As an AI language model, I",
        "Unfortunately, I am not able",
        "My apologies",
        "I must decline.",
    ],
)
def test_refusals(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text", ["2_full_refusal", "sorry state of affairs", "yes", "", "I think so", "refusal", "no, I am not sure"]
)
def test_no_refusals(text: str) -> None:
    assert not is_refusal(text)


def test_failures_have_bounds() -> None:
    judge, annotators = [1, 2, 3, 4, None], {"a": [1, 2, 3, 5, 5]}
    one = found(paired(judge, annotators))["failures"]
    # Mean of the four: 2.5; with the fifth as 1: 11/5, as 5: 15/5. Agreement: 3 of 4; 3 of 5 or 4 of 5.
    assert one.detail == (
        "1 of 5 labelled transcripts have no value of the judge (failed: timeout 1); its mean is 2.5 without them, "
        "and 2.2 to 3 with them; it agrees with 0.75 of the labels without them, with 0.6 if they count as wrong, and "
        "with 0.8 if they count as right"
    )
    assert (one.severity, one.items) == ("warning", ("q4",))
    assert found(paired([1, 2, None], {"a": [1, 2, 3]}))["failures"].severity == "error"
    words = found(paired(["a", "b", None], {"a": ["a", "b", "c"]}, categories=["a", "b", "c"]))["failures"]
    assert "mean" not in words.detail
    nothing = found(paired([None, None], {"a": [1, 2]}))["failures"]
    assert nothing.detail == "2 of 2 labelled transcripts have no value of the judge (failed: timeout 2)"


def test_duplicates() -> None:
    judge, annotators = sound(40)
    scores = [Score(f"q{i}", value=value, cluster=f"q{i}") for i, value in enumerate(judge)]
    labels = [
        Label(transcript_id=f"q{i}", rubric="r", annotator="anna", value=value)
        for i, value in enumerate(annotators["anna"])
    ]
    more = [labels[0], labels[1].model_copy(update={"value": 6 - float(labels[1].value)})]
    assert labels[1].value != 3
    findings = found(pair([*scores, scores[5]], [*labels, *more], categories=FIVE))
    assert (findings["duplicates_other"].count, findings["duplicates_other"].items) == (2, ("q1 (anna)",))
    assert findings["duplicates_other"].severity == "warning"
    again = "given again by the same {} for the same transcript, with the same answer: counted once"
    both = health(pair([*scores, scores[5]], [*labels, more[0]], categories=FIVE))
    kinds = [(one.kind, one.count, one.detail) for one in both]
    assert kinds == [
        ("duplicates_same", 1, "1 label " + again.format("annotator")),
        ("duplicates_same", 1, "1 verdict " + again.format("judge")),
    ]


def turned(column: list[Any]) -> list[Any]:
    return [6 - value for value in column]


def test_a_turned_annotator() -> None:
    judge, annotators = sound()
    findings = found(paired(judge, {**annotators, "cy": turned(annotators["anna"])}))
    assert set(findings) == {"reversed"}
    assert findings["reversed"].items == ("cy",)
    assert findings["reversed"].detail.startswith("cy runs against the other raters (r = -0.9")
    assert findings["reversed"].detail.endswith("is the scale turned? if so, replace x by 6 - x")


def test_a_turned_annotator_where_the_judge_is_no_help() -> None:
    annotators = sound()[1]
    rng = np.random.default_rng(8)
    judge = rng.integers(1, 6, 200).tolist()
    kinds = found(paired(judge, {**annotators, "cy": turned(annotators["anna"])}))
    assert kinds["reversed"].items == ("cy",)


def test_a_turned_judge() -> None:
    judge, annotators = sound()
    findings = found(paired(turned(judge), annotators))
    assert set(findings) == {"reversed"}
    assert findings["reversed"].detail.startswith("the judge runs against all annotators (r = -0.")


@pytest.mark.parametrize("n", [4, 9, 12])
def test_few_pairs_are_not_called_turned(n: int) -> None:
    judge = [1, 2, 3, 4, 5, 2, 3, 4, 5, 1, 2, 3][:n]
    mixed = [5, 1, 4, 2, 3, 3, 1, 5, 2, 4, 4, 1][:n]  # r above -0.5 at each n: no certainty that it is below 0
    assert "reversed" not in found(paired(judge, {"a": mixed}))


def test_answers_without_an_order_are_not_turned() -> None:
    words = {1: "a", 2: "b", 3: "c", 4: "d", 5: "e"}
    judge, annotators = sound()
    data = paired(
        [words[int(x)] for x in turned(judge)],
        {k: [words[int(x)] for x in v] for k, v in annotators.items()},
        categories=list(words.values()),
    )
    assert "reversed" not in found(data)


def test_raters_with_one_answer_or_few() -> None:
    annotators = sound()[1]
    findings = found(paired([3] * 200, {**annotators, "cy": [4] * 5 + [None] * 195, "di": [2] * 4 + [None] * 196}))
    assert findings["one_answer"].items == ("cy",)
    assert (findings["one_answer_judge"].severity, findings["unused_by_judge"].count) == ("error", 4)
    assert findings["few_labels"].detail == (
        "fewer than 30 labels from 2 annotators (cy 5, di 4): too few to compare them"
    )


def test_kinds_of_labels() -> None:
    judge, annotators = sound()
    findings = found(paired(judge, {**annotators, "author:me": judge, "script:len": turned(judge)}))
    assert set(findings) == {"label_kinds"}
    assert findings["label_kinds"].count == 400
    assert "script: 200 labels of 1 annotator, the judge agrees with 0." in findings["label_kinds"].detail
    assert "author: 200 labels of 1 annotator, the judge agrees with 1;" in findings["label_kinds"].detail
    assert set(found(paired(judge, {"author:me": annotators["anna"]}))) == {"no_human_labels"}


@pytest.mark.parametrize("by", [1, -1, 7, 50])
def test_shifted_rows(by: int) -> None:
    judge, annotators = sound()
    wrong = np.roll(annotators["ben"], by).tolist()
    findings = found(paired(judge, {"anna": annotators["anna"], "ben": wrong}))
    assert set(findings) == {"shifted_rows"}
    assert (findings["shifted_rows"].items, findings["shifted_rows"].severity) == (("ben",), "error")
    rows = f"{abs(by)} row{'s' if abs(by) > 1 else ''}"
    # Labels that were moved down fit the verdicts further up.
    assert f"with the verdicts {rows} further {'up' if by > 0 else 'down'};" in findings["shifted_rows"].detail


def test_a_shift_is_counted_as_it_is_by_hand() -> None:
    rng = np.random.default_rng(2)
    labels, judge = (rng.integers(0, 3, 60).astype(float) for _ in range(2))
    labels[4] = judge[9] = np.nan
    one = shift_of(labels, judge, ordered=True)
    assert one is not None
    both = ~(np.isnan(labels) | np.isnan(judge))
    # p_e from each one's own shares, over all that each answered.
    expected = sum((labels[~np.isnan(labels)] == c).mean() * (judge[~np.isnan(judge)] == c).mean() for c in range(3))

    def kappa(k: int) -> float:
        there = ~(np.isnan(labels) | np.isnan(np.roll(judge, -k)))
        return float(((labels == np.roll(judge, -k))[there].mean() - expected) / (1 - expected))

    assert one.kappa == pytest.approx(kappa(0), abs=1e-12)
    assert one.best_kappa == pytest.approx(max(kappa(k) for k in range(1, 60)), abs=1e-12)
    assert kappa(one.best) == pytest.approx(one.best_kappa, abs=1e-12)
    assert one.n == both.sum() == 58
    assert one.r == pytest.approx(np.corrcoef(labels[both], judge[both])[0, 1])


@pytest.mark.parametrize(
    ("labels", "judge"),
    [(np.arange(29.0), np.arange(29.0)), (np.full(40, np.nan), np.ones(40)), (np.ones(40), np.ones(40))],
)
def test_too_little_for_a_shift(labels: Any, judge: Any) -> None:
    assert shift_of(labels, judge, ordered=True) is None


def test_a_shift_of_numbers_without_categories() -> None:
    rng = np.random.default_rng(5)
    truth = rng.random(300)
    judge, labels = truth + rng.normal(0, 0.05, 300), truth + rng.normal(0, 0.05, 300)
    moved = np.roll(np.clip(labels, 0, 1), 3).tolist()
    data = paired(np.clip(judge, 0, 1).tolist(), {"a": moved}, categories=None, scale=(0, 1))
    assert "shifted_rows" in found(data)
    assert "shifted_rows" not in found(paired(judge.tolist(), {"a": labels.tolist()}, categories=None, scale=(-1, 2)))


def test_rows_that_are_beside_others() -> None:
    judge, annotators = sound(400)
    rng = np.random.default_rng(1)
    mixed = rng.permutation(annotators["anna"]).tolist()
    findings = found(paired(judge, {"anna": mixed, "ben": mixed}))
    assert set(findings) == {"misaligned_rows"}
    assert findings["misaligned_rows"].items == ("anna", "ben")
    lenient = np.clip(np.array(mixed) + 2, 1, 5).tolist()  # other shares: a bad judge, not a mix-up of rows
    assert "misaligned_rows" not in found(paired(judge, {"anna": lenient}))


@pytest.mark.parametrize(
    ("spelt", "how"),
    [
        (str.upper, "if case did not count, such as 'Q01/MA' and 'q01/mA'"),
        (lambda name: f"{name}.0", "if 7.0 were 7"),
        (lambda name: name.replace("q0", "q"), "without the zeros before numbers"),
        (lambda name: name.replace("/", "_"), "if separators did not count"),
        (lambda name: f"data/{name.rpartition('/')[2]}.json", None),  # every transcript is called mA then: no telling
    ],
)
def test_ids_that_are_only_spelt_in_another_way(spelt: Any, how: str | None) -> None:
    judge, annotators = sound(60)
    names = [f"q{i:02}/mA" for i in range(60)]
    scores = [Score(name, value=value, cluster=name) for name, value in zip(names, judge, strict=True)]
    ids = [*names[:1], *map(spelt, names[1:])]
    labels = [
        Label(transcript_id=i, rubric="r", annotator="a", value=v) for i, v in zip(ids, annotators["anna"], strict=True)
    ]
    findings = found(pair(scores, labels, categories=FIVE))
    if how is None:
        assert "misaligned_ids" not in findings
    else:
        assert findings["misaligned_ids"].severity == "error"
        assert findings["misaligned_ids"].count == len(set(ids) - set(names))
        assert how in findings["misaligned_ids"].detail


def test_files_and_suffixes() -> None:
    scores = [Score(f"item{i}", value=1, cluster="c") for i in range(3)]
    labels = [Label(transcript_id=f"run/item{i}.json", rubric="r", annotator="a", value=1) for i in range(3)]
    findings = found(pair(scores, labels, categories=[1, 2]))
    assert "without folders and suffixes, such as 'run/item0.json' and 'item0'" in findings["misaligned_ids"].detail
    assert findings["nothing_paired"].items == ("run/item0.json", "run/item1.json", "run/item2.json")


def test_labels_of_another_run() -> None:
    scores = [Score(f"a{i}", value=1, cluster="c") for i in range(3)]
    labels = [Label(transcript_id=f"b{chr(100 + i)}", rubric="r", annotator="a", value=1) for i in range(3)]
    findings = found(pair(scores, [*labels, labels[0].model_copy(update={"transcript_id": "a0"})], categories=[1, 2]))
    assert findings["unmatched_labels"].detail == (
        "3 of 4 labelled transcripts have no verdict: are these labels of this run?"
    )
    assert found(pair([], []))["nothing_paired"].count == 0


def test_independent_units() -> None:
    judge, annotators = sound(60)
    ids = [f"q{i // 3}/M{i % 3}" for i in range(60)]
    findings = found(paired(judge, annotators, ids=ids, clusters=False))
    assert set(findings) == {"clusters_unknown"}
    assert findings["clusters_unknown"].items == ("q0", "q1", "q2", "q3", "q4")
    scores = [Score(name, value=value, cluster=name.partition("/")[0]) for name, value in zip(ids, judge, strict=True)]
    labels = [
        Label(transcript_id=i, rubric="r", annotator="a", value=v) for i, v in zip(ids, annotators["anna"], strict=True)
    ]
    few = found(pair(scores, labels, categories=FIVE))
    assert (set(few), few["few_clusters"].count) == ({"few_clusters"}, 20)


def test_answers_that_never_occur() -> None:
    judge, annotators = sound()
    capped = {who: [min(value, 4) for value in column] for who, column in annotators.items()}
    findings = found(paired([max(value, 2) for value in judge], capped))
    assert {one.kind: one.detail for one in findings.values()} == {
        "unused_by_annotators": "no annotator gave 5: nothing can be said of it",
        "unused_by_judge": "the judge never gives 1: nothing can be said of it",
    }
    rare = [1] * 195 + [2] * 5
    findings = found(paired(rare, {"a": rare}, categories=[1, 2]))
    assert (set(findings), findings["prevalence"].count) == ({"prevalence"}, 195)
    assert findings["prevalence"].detail.startswith("98% of the labels are 1: ")


def test_a_scale_that_nobody_declared() -> None:
    judge, annotators = sound()
    findings = found(paired(judge, annotators, categories=None))
    assert set(findings) == {"undeclared_scale"}
    assert "(1, 2, 3, 4, 5)" in findings["undeclared_scale"].detail
    spread = found(paired([x + 0.5 for x in judge], annotators, categories=None))
    assert "(1 to 5.5)" in spread["undeclared_scale"].detail


def transcripts(example: Example, prompts: list[str]) -> Iterator[Transcript]:
    for place, prompt in enumerate(prompts):
        yield Transcript.from_text(prompt, f"  {example.response.upper()}\n", question_id=f"q{place}")


def test_examples_of_the_rubric_among_the_labelled() -> None:
    rubric = load_rubric("sycophancy")
    example = next(one for one in rubric.examples if len(one.response) >= 80)
    judge, annotators = sound()
    data = paired(judge, annotators)
    prompts = [example.prompt, "something else"]
    leak = found(data, rubric=rubric, transcripts=transcripts(example, prompts))["leakage"]
    assert (leak.severity, leak.count, leak.items) == ("error", 2, ("q0", "q1"))
    assert example.id in leak.detail
    sounds = [Transcript.from_text("p", "r", question_id="q0"), Transcript.from_text("p", "", question_id="q1")]
    assert found(data, rubric=rubric, transcripts=sounds) == {}
    unlabelled = [Transcript.from_text(example.prompt, example.response, question_id="elsewhere")]
    assert found(data, rubric=rubric, transcripts=unlabelled) == {}


def test_a_short_response_leaks_with_its_prompt_alone() -> None:
    turns = tuple(Message(role=role, content=text) for role, text in (("user", "Is it?"), ("assistant", "Yes.")))
    base = Rubric.from_text("x")
    by = {"kind": "author"}
    examples = [
        Example(id="turns", messages=turns, expect=Expect(), labelled_by=by),
        Example(id="alone", messages=turns[1:], expect=Expect(), labelled_by=by),
    ]
    rubric = base.model_copy(update={"examples": tuple(examples)})
    judge, annotators = sound()
    data = paired(judge, annotators)
    hit = found(data, rubric=rubric, transcripts=[Transcript.from_text("is  it?", "yes.", question_id="q0")])
    assert hit["leakage"].detail.startswith("1 labelled transcript is also among the rubric's examples (turns): ")
    assert found(data, rubric=rubric, transcripts=[Transcript.from_text("Was it?", "Yes.", question_id="q0")]) == {}


def test_what_the_file_of_labels_holds_beside_labels(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    judge, annotators = sound()
    rows = [f"q{i},r,anna,{value},x" for i, value in enumerate(annotators["anna"])]
    path.write_text("transcript_id,rubric,annotator,value,criteron\n" + "\n".join([*rows, "q1,r,anna,,x"]))
    labels = load_labels(path)
    scores = [Score(f"q{i}", value=value, cluster=f"q{i}") for i, value in enumerate(judge)]
    findings = found(pair(scores, labels, categories=FIVE), labels=labels)
    assert findings["skipped_rows"].detail == f"{path} also has rows that are no label: no value 1"
    assert findings["unread_columns"].detail.startswith("columns that were not read: criteron; ")


def test_criteria_that_the_rubric_does_not_have() -> None:
    labels = [Label(transcript_id="q", rubric="x", annotator="a", criterion=c, value=1) for c in ("", "stence")]
    rubric = Rubric(name="x", version="1", levels={1: "a", 2: "b"})
    findings = found(pair([Score("q", value=1, cluster="q")], labels, rubric=rubric))
    assert findings["foreign_criteria"].detail == "1 label for criteria that the rubric does not have: stence"


def xstest(model: str) -> Paired:
    with (DATA / "xstest" / "labels.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["model"] == model]
    scores = [Score(row["id"], judge="gpt-4", value=row["gpt4_label"], cluster=row["id"]) for row in rows]
    labels = [
        Label(transcript_id=row["id"], rubric="refusal", annotator=who, value=row[who])
        for row in rows
        for who in ("annotation_1", "annotation_2")
    ]
    return pair(scores, labels, categories=["1_full_compliance", "2_full_refusal", "3_partial_refusal"])


@pytest.mark.skipif(not (DATA / "xstest").is_dir(), reason="needs the XSTest labels, which are not shipped")
def test_xstest() -> None:
    findings = found(xstest("mistralinstruct"))
    # The judge's column holds 11 texts of the judged model, 8 of them refusals, and labels that fit no row.
    assert set(findings) == {"refusal_text", "unknown_answer", "failures", "misaligned_rows"}
    assert (findings["refusal_text"].count, findings["unknown_answer"].count) == (8, 3)
    assert findings["misaligned_rows"].items == ("annotation_1", "annotation_2")
    for model in ("llama2orig", "llama2new", "mistralguard", "gpt4"):
        assert set(found(xstest(model))) <= {"unused_by_judge"}


@pytest.mark.skipif(not (DATA / "pandalm").is_dir(), reason="needs the PandaLM test set, which is not shipped")
def test_pandalm() -> None:
    pairs = json.loads((DATA / "pandalm" / "testset-v1.json").read_text(encoding="utf-8"))
    given = json.loads((DATA / "pandalm" / "gpt-3.5-turbo-testset-v1.json").read_text(encoding="utf-8"))
    scores = [Score(str(one["idx"]), value=one["gpt_result"], cluster=str(one["idx"])) for one in given]
    labels = [
        Label(transcript_id=str(one["idx"]), rubric="better", annotator=who, value={0: "Tie", 1: "1", 2: "2"}[one[who]])
        for one in pairs
        for who in ("annotator1", "annotator2", "annotator3")
    ]
    findings = found(pair(scores, labels, categories=["Tie", "1", "2"]))
    assert set(findings) == {"unknown_answer", "failures"}
    # 25 of 999 replies could not be read; the paper counts them as ties.
    assert findings["unknown_answer"].count == 25
    assert findings["unknown_answer"].detail.startswith("25 verdicts ('garbage' 25 times): ")
    assert findings["failures"].detail.startswith("25 of 999 labelled transcripts have no value of the judge")


def test_grades_off_the_scale_as_in_llmjudge() -> None:
    # Grades 5 and 10 on a scale of 0 to 3.
    judge, annotators = sound()
    data = paired(
        [min(x, 4) - 1 for x in judge[:-3]] + [5, 10, 5],
        {"a": [min(x, 4) - 1 for x in annotators["anna"]]},
        categories=[0, 1, 2, 3],
    )
    findings = found(data)
    assert set(findings) == {"off_scale", "failures"}
    assert findings["off_scale"].detail == "3 verdicts (5 2 times, 10): not on the scale of 0, 1, 2, 3; left out"
