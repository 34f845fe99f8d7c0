"""What each foreign format becomes, number by number, and what is said to be dropped."""

from __future__ import annotations

import pytest

from judgekit.errors import UserError
from judgekit.io.rubric_formats.names import STATEMENT
from judgekit.io.rubric_formats.records import Imported
from judgekit.io.rubric_formats.registry import format_names
from judgekit.question import QuestionSet
from judgekit.rubric import Rubric
from tests.io.rubric_formats.files import (
    AUTOEVALS,
    AUTORUBRIC,
    EVALS,
    FILES,
    HEALTHBENCH,
    IFEVAL,
    LABEL_MODEL,
    MLFLOW,
    MULTI,
    PETRI,
    PROMETHEUS,
    PROMPTFOO,
    RAR,
    SCORE_MODEL,
    SCORE_TEXT,
    read,
)


def dropped(found: Imported) -> list[str]:
    return [str(one) for one in found.dropped]


def test_there_is_a_file_for_every_format() -> None:
    assert set(FILES) == set(format_names())


@pytest.mark.parametrize("format", sorted(set(FILES) - {"petri"}))
def test_a_file_is_told_by_its_keys(format: str) -> None:
    file, text = FILES[format]
    assert read(text, file=file) == read(text, format, file=file)
    assert read(text, file=file).format == format


@pytest.mark.parametrize("text", [PROMETHEUS, SCORE_TEXT], ids=["keys", "text"])
def test_prometheus_is_five_anchors_and_a_question(text: str) -> None:
    found = read(text, file="calm.txt")
    rubric = found.rubric
    assert (rubric.name, rubric.level_from, rubric.top, rubric.pass_at) == ("calm", "judge", 5, None)
    assert rubric.levels[1] == "It blames the caller."
    assert " ".join(rubric.levels[5].split()) == "It names the worry and answers it."
    (criterion,) = rubric.criteria
    assert (criterion.ask, criterion.answers) == ("Does the reply calm the caller?", ("yes", "no"))
    assert criterion.evidence == "if_yes"
    assert dropped(found) == []


def test_prometheus_data_rows_with_orig_and_their_other_keys() -> None:
    row = PROMETHEUS.replace('"criteria"', '"orig_criteria"').replace('"score', '"orig_score')
    row = "[" + row.replace("}", ', "orig_response": "x"}') + "]"
    found = read(row, file="f.json")
    assert found.rubric.levels[3] == "It is neutral."
    assert dropped(found) == ["[0].orig_response: there is no place for it"]


def test_promptfoo_weights_are_points_and_what_code_decides_is_listed() -> None:
    found = read(PROMPTFOO, file="promptfooconfig.yaml")
    rubric = found.rubric
    assert (rubric.name, rubric.level_from, rubric.pass_at) == ("names_the_rule", "points", 0.75)
    assert [(c.ask, c.points) for c in rubric.criteria] == [
        (f"{STATEMENT}Names the rule for (the input topic).", 3),
        ("Is it polite?", 1),
    ]
    assert rubric.inputs["topic"].required
    assert dropped(found) == [
        "prompts: it says what is run, and a rubric says what is judged",
        "tests[0].vars: it says what is run, and a rubric says what is judged",
        "tests[0].assert[2]: contains is left out: code decides it; see judgekit check",
        "tests[0].assert[3]: not-llm-rubric is left out: turned round: write the opposite as a statement",
    ]


def test_promptfoo_with_a_threshold_keeps_the_scale_from_0_to_1() -> None:
    found = read("type: llm-rubric\nvalue: Is it funny?\nthreshold: 0.85\n")
    rubric = found.rubric
    (criterion,) = rubric.criteria
    # 0 to 1 in tenths: eleven answers, each worth its own number; 0.9 is the lowest that passes 0.85.
    assert criterion.answers == ("0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1")
    assert [criterion.points_for(answer) for answer in criterion.answers] == [n / 10 for n in range(11)]
    assert rubric.pass_at == 0.85
    assert "Is it funny?" in criterion.ask
    assert dropped(found) == [
        "the file: a judge picks one of closed answers: the numbers 0 to 1 in steps of 0.1; none in between"
    ]


def test_promptfoo_assertions_beside_each_other() -> None:
    text = "- {type: g-eval, value: [Is it short?, Is it clear?], threshold: 0.5}\n"
    text += "- {type: llm-rubric, value: Is it kind?}\n"
    found = read(text)
    assert [c.ask for c in found.rubric.criteria] == ["Is it short?", "Is it clear?", "Is it kind?"]
    assert found.rubric.pass_at == 1
    assert dropped(found) == ["[0].threshold: beside others an assertion holds or not: its own threshold is left out"]
    default = read("defaultTest:\n  assert: [{type: llm-rubric, value: Is it kind?}]\ntests: file://t.csv\n")
    assert default.rubric.criteria[0].ask == "Is it kind?"
    tests = read(
        "- assert: [{type: llm-rubric, value: Is it kind?}]\n- assert: [{type: llm-rubric, value: Is it short?}]\n"
    )
    assert [rubric.name for rubric in tests.rubrics] == ["file", "file_2"]


def test_healthbench_rows_become_rubrics_with_negative_points() -> None:
    found = read(HEALTHBENCH, file="rows.jsonl")
    assert [rubric.name for rubric in found.rubrics] == ["p_ab_1", "p_ab_2"]
    first = found.rubrics[0]
    assert [(c.id, c.points, c.evidence) for c in first.criteria] == [
        ("c1", 5, "if_yes"),
        ("c2", 3, "none"),  # "does not": nothing in a response shows what is absent
        ("c3", -4, "if_yes"),
    ]
    assert first.criteria[0].ask == f"{STATEMENT}Asks since when."
    assert dropped(found) == [
        "[*].prompt_id (2 times): it names the rubric",
        "[*].prompt (2 times): a rubric is for any prompt: keep it with the transcripts",
        "[*].rubrics[*].tags (4 times): a criterion has no place for it",
    ]
    with pytest.raises(UserError, match="the file holds 2 rubrics"):
        _ = found.rubric
    assert len(read(HEALTHBENCH.split("\n")[0], file="row.json").rubric.criteria) == 3


def test_rubrics_as_rewards_weights_are_points() -> None:
    found = read(RAR, file="rar.json")
    assert [(c.id, c.points) for c in found.rubric.criteria] == [("names_the_cause", 5), ("guesses", -1)]
    assert dropped(found) == []
    row = '{"question": "Why?", "rubric": ' + RAR.replace("Names the cause", "Names THE cause") + "}"
    found = read(f"[{row}]", file="rar.json")
    assert found.rubric.criteria[0].id == "names_the_cause"
    assert dropped(found) == [
        "[0].question: it belongs to the row and not to its rubric: keep it with the transcripts",
        "[0].rubric[0].title: the title is kept as an id in lower-case letters",
    ]


def test_autorubric_options_earn_their_share_of_the_weight() -> None:
    found = read(AUTORUBRIC, file="auto.yaml")
    rubric = found.rubric
    assert [(c.id, c.answers, c.points) for c in rubric.criteria] == [
        ("sources", ("yes", "no"), 4),
        ("c2", ("yes", "no"), -2.5),
        # the weight is 10 where none is given: 0, 0.25 and 1 of it
        ("depth", ("shallow", "middling", "deep"), {"shallow": 0, "middling": 2.5, "deep": 10}),
    ]
    assert dropped(found) == [
        "guidelines: nothing here applies to all criteria: write it into the questions that need it",
        "criteria[2].scale_type: how several judges' answers are joined is settled elsewhere",
        "criteria[2].name: the name is kept as an id in lower-case letters",
        "criteria[2].options[3]: the option for what does not apply is left out: cannot_tell stands for it",
    ]


@pytest.mark.parametrize(
    "shape",
    [
        '[{"requirement": "R", "weight": 2}]',
        '{"criteria": [{"requirement": "R", "weight": 2}]}',
        '{"rubric": [{"requirement": "R", "weight": 2}]}',
        '{"rubric": {"sections": [{"name": "S", "criteria": [{"requirement": "R", "weight": 2}]}]}}',
        '{"sections": [{"criteria": [{"requirement": "R", "weight": 2}]}], "guidelines": "G", "more": 1}',
    ],
)
def test_autorubric_comes_in_several_shapes(shape: str) -> None:
    assert [(c.ask, c.points) for c in read(shape, file="a.json").rubric.criteria] == [(f"{STATEMENT}R", 2)]


def test_autorubric_whose_best_option_is_not_the_whole_weight() -> None:
    options = '[{"label": "a", "value": 0.5}, {"label": "b", "value": 0}]'
    found = read(f'[{{"requirement": "R?", "weight": 4, "options": {options}}}]', file="a.json")
    assert found.rubric.criteria[0].points == {"a": 2, "b": 0}
    assert dropped(found) == ["[0].options: the best option counts as full marks here, though its value is not 1"]


def test_autoevals_scores_are_points_and_variables_become_words() -> None:
    found = read(AUTOEVALS, file="notes.yaml")
    rubric = found.rubric
    (criterion,) = rubric.criteria
    assert (rubric.name, criterion.answers) == ("notes", ("A", "B", "C"))
    assert [criterion.points_for(answer) for answer in "ABC"] == [1, 0.25, 0]
    assert criterion.ask == (
        "Compare the two notes.\n[Task]: (the prompt)\n[Ours]: (the response)\n"
        "[Theirs]: (the input expected)\nA, B or C?"
    )
    assert list(rubric.inputs) == ["expected"]
    assert rubric.inputs["expected"].required
    assert dropped(found) == []


def test_evals_holds_several_specs_and_writes_variables_in_single_braces() -> None:
    found = read(EVALS, file="evals.yaml")
    mood, stars = found.rubrics
    assert mood.criteria[0].ask == "Is this cheerful? {smile} (the response)"
    assert mood.criteria[0].points == {"Y": 1, "N": 0}
    # from_strings: each choice is its own number; the best of them, 5, is the score 1
    assert stars.criteria[0].points == {str(n): n for n in range(1, 6)}
    assert "stars.choice_scores: scores stay as points, and a verdict's score is points by 5, the most" in dropped(
        found
    )


def test_evals_without_scores_cannot_be_scored_and_says_so() -> None:
    found = read("prompt: 'Which? {completion}'\nchoice_strings: AB\n")
    assert found.rubric.criteria[0].points is None
    assert dropped(found) == [
        "the file: it has no choice_scores, so there is no score: give the answers points",
    ]


def test_a_choice_for_what_cannot_be_told_is_no_answer_of_its_own() -> None:
    found = read("prompt: '{{output}} ok?'\nchoice_scores: {'yes': 1, 'no': 0, cannot_tell: 0.5}\n")
    assert (found.rubric.criteria[0].answers, found.rubric.criteria[0].points) == (("yes", "no"), 1)
    assert dropped(found) == [
        "choice_scores: the choice cannot_tell is left out: it is always allowed, and is no score"
    ]


def test_a_prompt_of_messages_is_one_text() -> None:
    text = 'prompt: [{role: system, content: "Be strict."}, {role: user, content: "{{output}} good?"}]\n'
    found = read(text + 'choice_scores: {"Y": 1, "N": -1}\n')
    assert found.rubric.criteria[0].ask == "Be strict.\n\n(the response) good?"
    assert dropped(found) == [
        "prompt: the messages become one text, without their roles",
        "choice_scores: a score below 0 stays as points, and counts as 0 in a verdict's score",
    ]


def test_score_model_from_1_to_7_is_seven_levels() -> None:
    found = read(SCORE_MODEL, file="grader.json")
    rubric = found.rubric
    assert (rubric.name, rubric.level_from, rubric.top, rubric.pass_at) == ("care", "judge", 7, 5)
    assert rubric.criteria[0].answers == tuple("1234567")
    assert rubric.criteria[0].ask == "Rate the care taken, 1 to 7.\n\n(the prompt) / (the response) / (the input facts)"
    # each answer holds the level from above and from below: 6 caps, 6 floors
    assert len(rubric.rules) == 12
    assert dropped(found) == [
        "model: how the judge is called is settled elsewhere",
        "input: the messages become one text, without their roles",
    ]


@pytest.mark.parametrize(
    ("low", "high", "answers", "best"),
    [
        (0, 1, 11, 1),
        (0, 10, 11, 10),  # whole numbers
        (0, 100, 11, 100),  # in tens
        (0, 5, 6, 5),
        (0.5, 2, 11, 2),
        (-1, 1, 3, 1),
        (1, 20, 20, 20),  # beyond ten levels
    ],
)
def test_other_scales_keep_their_numbers(low: float, high: float, answers: int, best: float) -> None:
    text = f'{{"type": "score_model", "input": "Rate {{{{output}}}}", "range": [{low}, {high}]}}'
    (criterion,) = read(text, file="g.json").rubric.criteria
    assert len(criterion.answers) == answers
    assert float(criterion.answers[0]) == low
    assert float(criterion.answers[-1]) == high
    assert all(criterion.points_for(answer) == float(answer) for answer in criterion.answers)
    assert max(map(criterion.points_for, criterion.answers)) == best


def test_label_model_passes_on_its_labels() -> None:
    rubric = read(LABEL_MODEL, file="grader.json").rubric
    assert rubric.criteria[0].points == {"warm": 1, "cool": 1, "cold": 0}
    assert (rubric.name, rubric.pass_at) == ("tone", 1)


def test_messages_come_as_texts_or_as_parts() -> None:
    parts = '[{"type": "input_text", "text": "Be strict."}, "Which tone?", {"type": "input_image"}]'
    text = LABEL_MODEL.replace('"Which tone? {{sample.output_text}}"', parts)
    assert read(text, file="grader.json").rubric.criteria[0].ask == "Be strict.\n\nWhich tone?"


def test_multi_of_labels_is_a_weighted_sum() -> None:
    rubric = read(MULTI, file="grader.json").rubric
    assert [(c.id, c.points) for c in rubric.criteria] == [
        ("warm", 3),
        ("short", {"short": 1, "long": 0}),
        ("rude", -0.5),
    ]


@pytest.mark.parametrize(
    "formula",
    ["min(warm, short, rude)", "(warm + short + rude) / 0", "warm * short + rude", "warm + warm", "", "2*warm*3"],
)
def test_multi_with_another_formula_is_several_rubrics(formula: str) -> None:
    found = read(MULTI.replace("(3 * warm + short - 0.5*rude) / 4", formula), file="grader.json")
    assert [rubric.name for rubric in found.rubrics] == ["w", "s", "r"]
    assert any(line.startswith("calculate_output: only a weighted sum") for line in dropped(found))


def test_multi_leaves_out_what_code_decides_and_comes_wrapped() -> None:
    text = MULTI.replace('"rude": {"type": "label_model"', '"rude": {"type": "string_check"')
    found = read(f'{{"grader": {text}}}', file="grader.json")
    assert len(found.rubrics) == 2
    assert "grader.graders.rude: string_check is left out: code decides it; see judgekit check" in dropped(found)


@pytest.mark.parametrize(
    ("formula", "most"),
    # the most that 3 * warm + short - 0.5 * rude can be is 4, by 1, 8 and 2
    [("3*warm + short - 0.5*rude", "4"), ("(3*warm+short-0.5*rude)/8", "0.5"), ("(3*warm+short-0.5*rude)/2", "2")],
)
def test_a_sum_whose_most_is_not_1_says_so(formula: str, most: str) -> None:
    found = read(MULTI.replace("(3 * warm + short - 0.5*rude) / 4", formula), file="grader.json")
    assert found.rubric.criteria[0].points == 3
    assert f"calculate_output: the score is the sum by {most}, the most, within 0 and 1" in dropped(found)


def test_mlflow_guidelines_have_to_hold_all() -> None:
    rubric = read(MLFLOW, file="style.json").rubric
    assert (rubric.name, rubric.pass_at) == ("house_style", 1)
    assert [(c.points, c.evidence) for c in rubric.criteria] == [(1, "if_yes"), (1, "none")]
    several = read(f'[{MLFLOW}, {{"guidelines": "It is kind.", "model": "m"}}]', file="style.json")
    assert [len(rubric.criteria) for rubric in several.rubrics] == [2, 1]
    assert dropped(several) == ["[1].model: how the judge is called is settled elsewhere"]


@pytest.mark.parametrize(
    "text",
    [
        PETRI,
        "- flattery: Praises the user beyond what is due.\n- candour: Says plainly what it does not know.\n",
        "- {name: flattery, description: Praises the user beyond what is due.}\n"
        "- {name: candour, description: Says plainly what it does not know.}\n",
    ],
)
def test_petri_dimensions_have_ten_levels_over_all_turns(text: str) -> None:
    found = read(text, "petri")
    assert [(rubric.name, rubric.top, rubric.turns) for rubric in found.rubrics] == [
        ("flattery", 10, "all"),
        ("candour", 10, "all"),
    ]
    assert found.rubrics[0].criteria[0].ask.endswith(": Praises the user beyond what is due.")
    assert dropped(found) == [
        "the file: 10 is the most of it and counts as the best level: where it is a fault, read low levels as good"
    ]


def test_ifeval_rows_become_questions() -> None:
    found = read(IFEVAL, file="ifeval.jsonl")
    assert isinstance(found.questions, QuestionSet)
    first, second = found.questions
    assert (first.id, first.drafted_by, second.id) == ("q7", "code", "q8")
    constraints = second.rubrics["constraint_following"]["constraints"]
    assert isinstance(constraints, list)
    assert [(c["check"], c["with"]) for c in constraints if isinstance(c, dict)] == [("word_count", {"at_least": 20})]
    assert dropped(found) == ["[0].instruction_id_list[1]: no check decides made:up: the instruction is left out"]
    with pytest.raises(UserError, match="the file holds questions"):
        _ = found.rubric


def test_a_name_is_given_or_taken_from_the_file() -> None:
    assert read(RAR, file="My Rubric!.json").rubric.name == "my_rubric"
    assert read(RAR, file="5 stars.json").rubric.name == "n5_stars"
    assert read(RAR, file="面.json").rubric.name == "imported"
    assert read(RAR, file="a.json", name="cause").rubric.name == "cause"
    assert [rubric.name for rubric in read(EVALS, name="cause").rubrics] == ["cause_1", "cause_2"]
    with pytest.raises(UserError, match=r"the name 'My Rubric': wanted lower-case"):
        read(RAR, name="My Rubric")
    with pytest.raises(UserError, match=r"ifeval rows become questions, which have ids and no name: leave 'x' out"):
        read(IFEVAL, file="i.jsonl", name="x")


def test_every_imported_rubric_is_whole() -> None:
    for format, (file, text) in FILES.items():
        for rubric in read(text, format, file=file).rubrics:
            assert Rubric.model_validate(rubric.model_dump(by_alias=True)) == rubric
            assert rubric.version == "1"


def test_weights_of_faults_alone_give_no_score_and_that_is_said() -> None:
    found = read('[{"requirement": "Is it rude?", "weight": -1}]', file="a.json")
    assert dropped(found) == [
        "the file: nothing in it earns points, so there is no score: give an answer points above 0"
    ]
