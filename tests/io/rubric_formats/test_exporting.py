"""Export: what comes back from an import is the rubric, or the difference is listed."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from judgekit.errors import UserError
from judgekit.io import export_rubric, load_rubric, rubric_names
from judgekit.io.rubric_formats.exporting import differences
from judgekit.io.rubric_formats.names import evidence_for
from judgekit.io.rubric_formats.registry import format_names
from judgekit.io.rubric_formats.write import rubric_text
from judgekit.judging.lint import lint_rubric
from judgekit.rubric import Rubric
from tests.io.rubric_formats.files import FILES, LABEL_MODEL, MULTI, SCORE_TEXT, read

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1, max_size=30)
TEXTS = WORDS.map(str.strip).filter(lambda text: text and "{{" not in text and "{%" not in text)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
POINTS = st.integers(-5, 9).filter(bool) | st.sampled_from([0.5, 2.25, -1.5])


@cache
def shipped(name: str) -> Rubric:
    return load_rubric(name)


def suffix(format: str) -> str:
    return "x.yaml" if format in ("promptfoo", "autoevals", "openai-evals", "petri") else "x.json"


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    """Rubrics of every kind, most of them with something that a format has no place for."""
    ids = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    by_points = draw(st.booleans())
    criteria: list[dict[str, Any]] = []
    for name in ids:
        answers = draw(st.just(["yes", "no"]) | st.lists(TEXTS, min_size=2, max_size=4, unique=True))
        points: Any = None
        if by_points:
            points = draw(POINTS) if "yes" in answers else {answer: draw(POINTS) for answer in answers}
        evidence = draw(st.sampled_from(["if_yes", "none", "required"]))
        ask = draw(TEXTS) + draw(st.sampled_from(["", "?"]))
        criteria.append({"id": name, "ask": ask, "answers": answers, "evidence": evidence, "points": points})
    fields: dict[str, Any] = {"name": "made", "version": draw(st.sampled_from(["1", "2.0"])), "criteria": criteria}
    if by_points:
        fields |= {"level_from": "points", "pass_at": draw(st.none() | st.sampled_from([0, 0.5, 1]))}
    else:
        top = draw(st.integers(2, 10))
        fields["levels"] = {level: draw(TEXTS) for level in range(1, top + 1)}
        fields["pass_at"] = draw(st.none() | st.integers(1, top))
    fields["title"] = draw(st.just("") | TEXTS)
    fields["turns"] = draw(st.sampled_from(["last", "all"]))
    return Rubric.model_validate(fields)


@given(rubrics())
def test_a_rubric_file_reads_back_as_the_same_rubric(rubric: Rubric) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.yaml"
        path.write_text(rubric_text(rubric), encoding="utf-8")
        assert load_rubric(path) == rubric


@given(rubrics(), st.sampled_from([name for name in format_names() if name != "ifeval"]))
def test_what_is_not_listed_comes_back(rubric: Rubric, format: str) -> None:
    try:
        found = export_rubric(rubric, format)
    except UserError as error:
        assert "\n" not in str(error)
        return
    back = read(found.text, format, file=suffix(format), name="made").rubric
    listed = {one.place.split(".")[0] for one in found.dropped}
    different = {key for key in Rubric.model_fields if getattr(rubric, key) != getattr(back, key)}
    assert different - listed <= {"criteria"}
    if "criteria" not in listed:  # points of 1 and of {"yes": 1} are one thing written in two ways
        assert [(c.id, c.ask, c.answers, c.evidence) for c in rubric.criteria] == [
            (c.id, c.ask, c.answers, c.evidence) for c in back.criteria
        ]
        for one, other in zip(rubric.criteria, back.criteria, strict=True):
            assert [one.points_for(a) for a in one.answers] == [other.points_for(a) for a in one.answers]


QUESTIONS = TEXTS.map(lambda text: text.replace("?", "") + " here?")
STATEMENTS = TEXTS.map(lambda text: f"Does this hold of the response: {text.replace('?', '')} here.")
LOSSLESS = ["healthbench", "rar", "autorubric", "mlflow", "promptfoo"]


@given(st.lists(QUESTIONS | STATEMENTS, min_size=1, max_size=3), st.data())
def test_statements_with_points_lose_nothing(asks: list[str], data: st.DataObject) -> None:
    format = data.draw(st.sampled_from(LOSSLESS))
    criteria: list[dict[str, Any]] = [
        {"id": f"c{i}", "ask": ask, "evidence": evidence_for(ask), "points": 1 if format == "mlflow" else i}
        for i, ask in enumerate(asks, 1)
    ]
    pass_at = {"mlflow": 1.0, "promptfoo": 0.5}.get(format)
    rubric = Rubric.model_validate(
        {"name": "made", "version": "1", "criteria": criteria, "level_from": "points", "pass_at": pass_at}
    )
    found = export_rubric(rubric, format)
    assert [str(one) for one in found.dropped] == []
    assert read(found.text, file=suffix(format), name="made").rubric == rubric


@given(st.lists(TEXTS, min_size=5, max_size=5), QUESTIONS)
def test_five_anchors_lose_nothing_with_prometheus(anchors: list[str], ask: str) -> None:
    criterion = {"id": "holds", "ask": ask, "evidence": evidence_for(ask)}
    levels = dict(enumerate(anchors, 1))
    rubric = Rubric.model_validate({"name": "made", "version": "1", "criteria": [criterion], "levels": levels})
    found = export_rubric(rubric, "prometheus")
    assert found.dropped == ()
    assert read(found.text, file="made.json").rubric == rubric


@pytest.mark.parametrize("format", sorted(set(FILES) - {"ifeval", "promptfoo"}))
def test_what_was_imported_goes_back_to_its_format_unchanged(format: str) -> None:
    file, text = FILES[format]
    for rubric in read(text, format, file=file).rubrics:
        found = export_rubric(rubric, format)
        extra = {"model", "abstention"} if format == "openai-graders" else set()
        if format == "mlflow":
            assert orjson.loads(found.text)["guidelines"] == orjson.loads(text)["guidelines"]
        assert {one.place for one in found.dropped} == extra


@pytest.mark.parametrize("text", [LABEL_MODEL, MULTI, SCORE_TEXT], ids=["label", "multi", "text"])
def test_the_other_forms_go_back_unchanged(text: str) -> None:
    found = read(text, file="x.json")
    made = export_rubric(found.rubric, found.format)
    assert {one.place for one in made.dropped} <= {"model", "abstention"}


def test_autoevals_scores_lie_within_0_and_1() -> None:
    rubric = Rubric.model_validate(
        {
            "name": "made",
            "version": "1",
            "level_from": "points",
            "criteria": [{"id": "choice", "ask": "Which?", "answers": ["a", "b", "c"], "points": {"a": 4, "b": -2}}],
        }
    )
    made = export_rubric(rubric, "autoevals")
    # by the most, 4: 4/4, below 0, and none
    assert yaml.safe_load(made.text)["choice_scores"] == {"a": 1, "b": 0, "c": 0}
    assert [one.place for one in made.dropped] == ["criteria.choice.points"]


def test_a_scale_of_numbers_goes_to_score_model_with_its_range() -> None:
    text = '{"type": "score_model", "input": "Rate {{sample.output_text}}", "range": [0, 5], "pass_threshold": 4}'
    rubric = read(text, file="g.json").rubric
    made = export_rubric(rubric, "openai-graders")
    back = orjson.loads(made.text)
    assert (back["type"], back["range"], back["pass_threshold"]) == ("score_model", [0, 5], 4)
    assert back["input"][0]["content"] == "Rate {{ sample.output_text }}"
    assert {one.place for one in made.dropped} == {"model", "abstention"}


def test_inputs_are_written_as_variables_of_the_format() -> None:
    rubric = read("prompt: 'Is {{output}} as {{expected}}?'\nchoice_scores: {A: 1, B: 0}\n").rubric
    assert "{expected}" in yaml.safe_load(export_rubric(rubric, "openai-evals").text)["file"]["prompt"]
    assert "{{ item.expected }}" in export_rubric(rubric, "openai-graders").text


def test_criteria_in_another_order_are_listed() -> None:
    rubric = Rubric.from_text("It is kind.")
    other = rubric.criteria[0].model_copy(update={"id": "other"})
    one = rubric.model_copy(update={"criteria": (*rubric.criteria, other)})
    two = rubric.model_copy(update={"criteria": (other, *rubric.criteria)})
    assert list(differences(one, two)) == [(("criteria",), "the criteria come back in another order")]


def test_levels_become_choices_with_their_place_on_the_scale() -> None:
    made = export_rubric(shipped("novelty"), "autoevals")
    spec = yaml.safe_load(made.text)
    top = shipped("novelty").top
    assert spec["choice_scores"] == {str(n): pytest.approx((n - 1) / (top - 1)) for n in range(1, top + 1)}
    assert "{{output}}" in spec["prompt"]
    assert {"checks", "levels", "level_from"} <= {one.place.split(".")[0] for one in made.dropped}


@pytest.mark.parametrize("name", rubric_names())
@pytest.mark.parametrize("format", format_names())
def test_every_shipped_rubric_exports_or_says_what_fits(name: str, format: str) -> None:
    rubric = shipped(name)
    try:
        made = export_rubric(rubric, format)
    except UserError as error:
        assert "choose" in str(error) or "nothing to export" in str(error)
    else:
        assert made.dropped
        assert "\n" not in "".join(map(str, made.dropped))


@pytest.mark.parametrize(
    ("format", "wanted"),
    [
        ("prometheus", r"prometheus has five levels, and the rubric 'made' has 2: a scale is not stretched"),
        ("ifeval", r"ifeval rows hold prompts with instructions"),
        ("healthbench", r"the level of the rubric 'made' comes from the judge: points would be made up"),
        ("petri", r"petri wants one description, and 'made' has no title"),
    ],
)
def test_a_rubric_that_does_not_fit_is_refused(format: str, wanted: str) -> None:
    criteria = [{"id": "a", "ask": "A?"}, {"id": "b", "ask": "B?"}]
    rubric = Rubric.model_validate(
        {"name": "made", "version": "1", "criteria": criteria, "levels": {1: "bad", 2: "good"}}
    )
    with pytest.raises(UserError, match=wanted):
        export_rubric(rubric, format)


@pytest.mark.parametrize(
    ("criteria", "format", "wanted"),
    [
        ([{"ask": "A?", "answers": ["a", "b"], "points": {"a": 1}}], "rar", "choose autorubric"),
        ([{"ask": "A?", "points": 1}, {"ask": "B?", "points": 1}], "autoevals", "adds the points of 2"),
        ([{"ask": "A?", "points": {"yes": 1, "no": -1}}], "autorubric", "make two criteria of it"),
    ],
)
def test_points_that_do_not_fit_are_refused(criteria: list[dict[str, Any]], format: str, wanted: str) -> None:
    named = [{"id": f"c{i}", **criterion} for i, criterion in enumerate(criteria)]
    rubric = Rubric.model_validate({"name": "made", "version": "1", "criteria": named, "level_from": "points"})
    with pytest.raises(UserError, match=wanted):
        export_rubric(rubric, format)


@pytest.mark.parametrize("format", ["mlflow", "promptfoo"])
def test_a_fault_is_no_guideline_and_no_assertion(format: str) -> None:
    criteria = [{"id": "kind", "ask": "Is it kind?", "points": 1}, {"id": "rude", "ask": "Is it rude?", "points": -1}]
    rubric = Rubric.model_validate({"name": "made", "version": "1", "criteria": criteria, "level_from": "points"})
    made = export_rubric(rubric, format)
    assert "rude?" not in made.text
    assert any(one.place == "criteria.rude" and "left out" in one.reason for one in made.dropped)


@pytest.mark.parametrize("format", sorted(set(FILES) - {"ifeval"}))
def test_what_is_imported_passes_lint(format: str, tmp_path: Path) -> None:
    file, text = FILES[format]
    for rubric in read(text, format, file=file).rubrics:
        path = tmp_path / f"{rubric.name}.yaml"
        path.write_text(rubric_text(rubric), encoding="utf-8")
        found = lint_rubric(path)
        assert [finding for finding in found if finding.level == "error"] == []
        assert all("no example shows level" in finding.message for finding in found)
