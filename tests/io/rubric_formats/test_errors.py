"""Files that are wrong, hostile or unclear: one line that names the file, the line, the key and the cure."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.errors import UserError
from judgekit.io import import_rubric
from judgekit.io.rubric_formats.importing import import_source
from judgekit.io.rubric_formats.registry import format_names
from judgekit.io.rubric_formats.source import source_from_text
from judgekit.io.rubric_formats.write import rubric_text
from tests.io.rubric_formats.files import FILES, LABEL_MODEL, MULTI, PROMETHEUS, SCORE_MODEL, SCORE_TEXT, read

HB = '[\n{"criterion": "A", "points": 1},\n{"criterion": "B", "points": %s}\n]'
GRADER = '{"type": "score_model", "input": "Rate",\n"range": %s}'
LABELS = '{"type": "label_model", "input": "Which?",\n"labels": %s,\n"passing_labels": %s}'

BAD: list[tuple[str, str, str, str | None, str]] = [
    # what is wrong, file name, text, format, what the message is, as a pattern
    ("empty", "f.yaml", " \n", None, r"f\.yaml:1: the file is empty"),
    (
        "judgekit's own",
        "f.yaml",
        "judgekit: rubric/1\nname: x\n",
        None,
        r":1: judgekit: this is a file of judgekit's own",
    ),
    (
        "no format",
        "f.yaml",
        "a: b\n",
        None,
        r"the keys fit none of the formats: say which it is with format=: prometheus\|",
    ),
    ("a text", "f.yaml", "hello\n", None, r"the keys fit none of the formats"),
    (
        "two formats",
        "f.json",
        '[{"criterion": "A", "points": 1, "requirement": "B"}]',
        None,
        r"the keys fit healthbench and autorubric: say which it is with format=: healthbench\|autorubric",
    ),
    ("unknown format", "f.json", "{}", "promptfo", r"there is no format 'promptfo'; did you mean 'promptfoo'\?"),
    ("broken JSON", "f.json", '{"a": \n tru}', None, r"f\.json:2: a: this is not JSON: expecting value"),
    ("cut off", "f.json", '[{"a": 1},', None, r"f\.json:1: \[1\]: this is not JSON: the file ends too early"),
    ("cut off in a text", "f.json", '[{"a": "x', None, r"this is not JSON: unterminated string starting"),
    ("no comma", "f.json", "[1\n2]", None, r"f\.json:2: this is not JSON: wanted a comma"),
    ("a comma too many", "f.json", "[1,]", None, r"there is a comma before the closing \]"),
    ("no colon", "f.json", '{"a" 1}', None, r"f\.json:1: a: this is not JSON: wanted a colon"),
    ("no quotes", "f.json", "{a: 1}", None, r"wanted a key in quotes"),
    ("NaN", "f.json", '{"a": NaN}', None, r"a: NaN is not a number that can be used here"),
    ("too large", "f.json", '{"a": 1e999}', None, r"a: the number is too large"),
    ("64 bits", "f.json", '{"a": 99999999999999999999}', None, r"a: the number is beyond 64 bits"),
    ("digits", "f.json", '{"a": ' + "9" * 5000 + "}", None, r"a: a number has too many digits"),
    ("key twice", "f.json", '{"a": 1,\n"a": 2}', None, r"f\.json:2: a: the key stands twice, first in line 1"),
    ("key twice in YAML", "f.yaml", "prompt: a\nprompt: b\n", None, r"f\.yaml:2: prompt: the key stands twice"),
    ("deep JSON", "f.json", "[" * 5000, None, r"nested more than 40 deep"),
    ("deep YAML", "f.yaml", "- " * 5000, None, r"nested more than 40 deep"),
    (
        "a tag",
        "f.yaml",
        "prompt: !!python/object:os.system x\n",
        None,
        r"the tag `tag:yaml\.org,2002:python.*` is not read",
    ),
    ("a control character", "f.json", '{"a": "\x00"}', None, r"the control character U\+0000 stands here"),
    ("points as a text", "f.json", HB % '"5"', None, r"f\.json:3: \[1\]\.points: wanted a number; came `5`"),
    ("points as a truth value", "f.json", HB % "true", None, r"f\.json:3: \[1\]\.points: wanted a number"),
    ("no points", "f.json", '[{"criterion": "A", "points": 1}, {"criterion": "B"}]', None, r"'points' is missing"),
    (
        "an item of no kind",
        "f.json",
        '[{"criterion": "A", "points": 1}, 7]',
        None,
        r"\[1\]: wanted keys with values; came a number",
    ),
    ("an empty text", "f.json", '[{"criterion": " ", "points": 1}]', None, r"\[0\]\.criterion: a text is missing here"),
    (
        "an empty list",
        "f.json",
        '{"rubrics": []}',
        "healthbench",
        r"rubrics: wanted a list of statements .*; came an empty list",
    ),
    (
        "rows without rubrics",
        "f.json",
        '[{"rubrics": [{"criterion": "A", "points": 1}]}, {}]',
        None,
        r"\[1\]: the key 'rubrics' is missing",
    ),
    ("no list", "f.json", '{"a": 1}', "healthbench", r"wanted a list of statements"),
    ("no rubric in a row", "f.json", '{"a": 1}', "rar", r"wanted a list of statements under the key 'rubric'"),
    ("four anchors", "f.json", PROMETHEUS.replace("score3", "score7"), None, r"'score3_description' is missing"),
    (
        "an anchor twice",
        "f.txt",
        SCORE_TEXT.replace("Score 2", "Score 1"),
        None,
        r"Score 1 stands twice, the second time in line 3",
    ),
    ("no anchor", "f.txt", SCORE_TEXT.replace("Score 5", "Scor 5"), None, r"'score5_description' is missing"),
    (
        "no assertion",
        "f.yaml",
        "assert: [{type: contains, value: x}]",
        None,
        r"there is no assertion that a model judges",
    ),
    (
        "words elsewhere",
        "f.yaml",
        "assert: [{type: llm-rubric, value: 'file://x.txt'}]",
        None,
        r"no assertion that a model judges",
    ),
    (
        "a threshold in words",
        "f.yaml",
        "assert: [{type: llm-rubric, value: x}]\nthreshold: high\n",
        None,
        r"f\.yaml:2: threshold: wanted a number",
    ),
    (
        "a threshold beyond",
        "f.yaml",
        "type: llm-rubric\nvalue: x\nthreshold: 2\n",
        None,
        r"the threshold 2 is not within 0 and 1",
    ),
    ("no criteria", "f.json", '{"rubric": {"guidelines": "x"}}', "autorubric", r"rubric: wanted a list of criteria"),
    (
        "one option",
        "f.json",
        '[{"requirement": "R", "options": [{"label": "a", "value": 1}]}]',
        None,
        r"options: wanted at least 2 of them; came 1",
    ),
    (
        "a label twice",
        "f.json",
        '[{"requirement": "R", "options": [{"label": "a", "value": 1}, {"label": "a ", "value": 0}]}]',
        None,
        r"options\[1\]\.label: the label 'a' stands twice",
    ),
    (
        "one choice",
        "f.yaml",
        "prompt: a\nchoice_scores: {A: 1}\n",
        None,
        r"f\.yaml:2: choice_scores: wanted at least two choices; came 1",
    ),
    (
        "a choice of nothing",
        "f.yaml",
        "prompt: a\nchoice_scores: {A: 1, '': 0}\n",
        None,
        r"choice_scores: a text is missing here",
    ),
    (
        "choices alike",
        "f.yaml",
        "prompt: a\nchoice_scores: {A: 1, 'A ': 0, B: 0}\n",
        None,
        r"choice_scores: the choices have to differ",
    ),
    (
        "an unquoted yes",
        "f.yaml",
        "prompt: a\nchoice_scores: {Yes: 1, No: 0}\n",
        None,
        r"f\.yaml:2: .*write \"No\" for the word",
    ),
    (
        "a score in words",
        "f.yaml",
        "prompt: a\nchoice_scores: {A: best, B: 0}\n",
        None,
        r"wanted a number or a text; came|choice_scores",
    ),
    (
        "scores by magic",
        "f.yaml",
        "prompt: a\nchoice_strings: AB\nchoice_scores: magic\n",
        None,
        r"wanted a score for each choice, or from_strings; came 'magic'",
    ),
    (
        "scores from words",
        "f.yaml",
        "prompt: a\nchoice_strings: AB\nchoice_scores: from_strings\n",
        None,
        r"from_strings wants numbers as choices; came 'A'",
    ),
    ("several responses", "f.yaml", "prompt: a\nchoice_strings: from_n\n", None, r"from_n compares several responses"),
    (
        "an unknown choice",
        "f.yaml",
        "prompt: a\nchoice_strings: AB\nchoice_scores: {C: 1}\n",
        None,
        r"choice_scores\.C: there is no such choice: there are A, B",
    ),
    ("no spec", "f.yaml", "- 1\n", "openai-evals", r"wanted the keys prompt and choice_strings"),
    ("no prompt", "f.yaml", "a: {choice_strings: AB}\n", "openai-evals", r"f\.yaml:1: a: the key 'prompt' is missing"),
    ("a range upside down", "f.json", GRADER % "[5, 1]", None, r"a scale goes from low to high.*; came 5 to 1"),
    ("a range below 0", "f.json", GRADER % "[-2, 0]", None, r"a scale goes from low to high, and high is above 0"),
    ("half a range", "f.json", GRADER % "[1]", None, r"f\.json:2: range: wanted at least 2 of them; came 1"),
    ("an empty range", "f.json", GRADER % '["a", "b"]', None, r"f\.json:2: range\[0\]: wanted a number"),
    (
        "a threshold above",
        "f.json",
        SCORE_MODEL.replace("5,", "8,"),
        None,
        r"this makes no rubric: .*pass_at lies between 1 and 7; came 8",
    ),
    (
        "code alone",
        "f.json",
        '{"type": "string_check", "input": "a"}',
        None,
        r"type: wanted one of score_model, label_model, multi",
    ),
    ("no grader", "f.json", '{"grader": 5}', "openai-graders", r"grader: wanted a grader: keys with values"),
    ("no graders", "f.json", '{"type": "multi", "graders": {}}', None, r"graders: wanted at least one grader"),
    ("graders by code", "f.json", MULTI.replace("label_model", "python"), None, r"no model judges any of them"),
    (
        "a label of no list",
        "f.json",
        LABELS % ('["a", "b"]', '["c"]'),
        None,
        r"f\.json:3: passing_labels: there is no label 'c'",
    ),
    ("no passing label", "f.json", LABELS % ('["a", "b"]', "[]"), None, r"passing_labels: there is none"),
    ("labels twice", "f.json", LABELS % ('["a", "a"]', '["a"]'), None, r"f\.json:2: labels: a label stands twice"),
    ("no guidelines", "f.json", '{"guidelines": []}', None, r"guidelines: wanted at least one guideline"),
    ("names alone", "f.json", '["flattery"]', "petri", r"came a list of texts: a dimension needs its description"),
    ("no dimensions", "f.json", "{}", "petri", r"wanted names with descriptions"),
    ("a number for a text", "f.yaml", "a: b\nc: 5\n", "petri", r"f\.yaml:2: c: wanted the description"),
    (
        "kwargs short",
        "f.json",
        '{"prompt": "p", "instruction_id_list": ["punctuation:no_comma"], "kwargs": []}',
        None,
        r"wanted as many kwargs as instructions; came 0 for 1",
    ),
    (
        "a wrong argument",
        "f.json",
        '{"prompt": "p", "instruction_id_list": ["length_constraints:number_words"], "kwargs": [{"num_words": "x"}]}',
        None,
        r"kwargs\[0\]: instruction length_constraints:number_words",
    ),
    (
        "no prompt in a row",
        "f.json",
        '{"prompt": " ", "instruction_id_list": [], "kwargs": []}',
        None,
        r"prompt: a text is missing here",
    ),
]


@pytest.mark.parametrize(("file", "text", "format", "wanted"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_a_wrong_file_is_one_line(file: str, text: str, format: str | None, wanted: str) -> None:
    with pytest.raises(UserError, match=wanted) as caught:
        read(text, format, file=file)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700


def test_bytes_that_are_no_text_and_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r":2: byte 0xe9 is not UTF-8"):
        read(b'{"a":\n"caf\xe9"}', file="f.json")
    with pytest.raises(UserError, match="no such file"):
        import_rubric(tmp_path / "none.json")
    with pytest.raises(UserError, match="is a directory"):
        import_rubric(tmp_path)


def test_a_text_of_ten_megabytes_is_refused_by_its_place() -> None:
    text = '[{"criterion": "' + "{{" * 5_000_000 + '", "points": 1}]'
    begin = time.process_time()
    with pytest.raises(UserError, match=r"f\.json:1: \[0\]\.criterion: the text has 10,000,000 characters"):
        read(text, file="f.json")
    assert time.process_time() - begin < 5


@pytest.mark.slow
def test_more_values_than_the_limit_are_refused() -> None:
    with pytest.raises(UserError, match="more than 1,000,000 values: split it"):
        read("[" + "0," * 1_000_001 + "0]", file="f.json")


def test_a_hostile_name_is_a_harmless_one() -> None:
    name = "../../etc/passwd\x1b[2J‮ {{ x }}"
    found = read(json.dumps({"name": name, "guidelines": ["It is kind.", "It is short."]}), file="f.json")
    assert found.rubric.name == "etc_passwd_2j_x"
    long = read(json.dumps({"name": "n" * 5000, "guidelines": "It is kind."}), file="f.json")
    assert long.rubric.name == "n" * 64


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["prompt", "choice_scores", "choice_strings", "criterion", "points", "rubrics", "rubric", "title", "weight",
         "description", "requirement", "options", "label", "value", "type", "assert", "tests", "guidelines", "graders",
         "input", "range", "labels", "passing_labels", "criteria", "sections", "instruction_id_list", "kwargs", "x"]
    ), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(JSON, st.sampled_from(format_names()))
def test_any_json_is_a_rubric_or_one_line(value: object, format: str) -> None:
    try:
        found = import_source(source_from_text(json.dumps(value), name="f.json"), format)
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert found.rubrics or found.questions is not None


@pytest.mark.parametrize("format", sorted(FILES))
def test_a_file_that_is_cut_off_anywhere_is_a_rubric_or_one_line(format: str) -> None:
    file, text = FILES[format]
    for at in range(0, len(text), 23):
        try:
            read(text[:at], format, file=file)
        except UserError as error:
            assert "\n" not in str(error)


def places(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, item in items for place in places(item, (*at, key)))]


def put(value: Any, at: tuple[str | int, ...], new: object) -> Any:
    if not at:
        return new
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = put(value[at[0]], at[1:], new)
    return copy


WHOLE = {
    **{name: source_from_text(text, name=file).data for name, (file, text) in FILES.items()},
    "multi": json.loads(MULTI),
    "label_model": json.loads(LABEL_MODEL),
}


@given(st.sampled_from(sorted(WHOLE)), JSON, st.data())
def test_a_file_with_any_value_anywhere_is_a_rubric_or_one_line(name: str, new: object, data: st.DataObject) -> None:
    format = name if name in FILES else "openai-graders"
    changed = put(WHOLE[name], data.draw(st.sampled_from(places(WHOLE[name]))), new)
    try:
        found = import_source(source_from_text(json.dumps(changed), name="f.json"), format)
    except UserError as error:
        assert "\n" not in str(error)
        assert str(error).startswith("f.json:")
    else:
        for rubric in found.rubrics:
            assert "{{" not in rubric_text(rubric)
