"""What lint finds: level, line and words of every finding, on a rubric that is clean but for one change."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from judgekit.errors import UserError
from judgekit.io import rubric_names
from judgekit.judging.finding import Finding
from judgekit.judging.lint import lint_rubric

CLEAN = """\
judgekit: rubric/1
name: sample
version: "1.0.0"
inputs:
  status: {required: true, one_of: ["true", "false"]}
  hint: {about: any text}
  level_note: {needed_for_level: true}
checks:
  - {id: has_words, check: word_count, with: {at_least: 1}, on_fail: {max_level: 1}}
criteria:
  - id: stance
    ask: Which stance?
    answers: [agrees, disagrees, none]
    evidence: required
  - {id: polite, ask: Is it polite?, evidence: if_yes}
levels: {3: best, 2: middling, 1: worst}
pass_at: 3
rules:
  - {when: {status: "false", stance: agrees}, max_level: 1}
  - {when: {stance: none}, max_level: 2}
  - {when: {status: "true", stance: agrees, polite: "yes"}, min_level: 2}
examples:
  - id: good
    prompt: Is it so?
    response: It is.
    inputs: {status: "true", level_note: x}
    expect: {level: [2, 3], criteria: {stance: agrees, polite: cannot_tell}, checks: {has_words: pass}}
    labelled_by: {kind: author}
  - id: bad
    messages: [{role: user, content: So?}, {role: assistant, content: Yes.}]
    inputs: {status: "false", level_note: x}
    expect: {level: [1, 1], criteria: {stance: agrees}}
    labelled_by: {kind: human}
"""
"""A rubric without findings; the table below counts on its line numbers."""

TALKING = (
    CLEAN.replace(
        "levels: {3",
        "turn_criteria:\n  - {id: stand, ask: And now?, answers: [with, against], evidence: required}\nlevels: {3",
    )
    .replace(
        "[{role: user, content: So?}, {role: assistant, content: Yes.}]",
        "[{role: user, content: So?}, {role: assistant, content: Yes.}, {role: user, content: So?}, "
        "{role: assistant, content: Yes.}]",
    )
    .replace("criteria: {stance: agrees}}", "criteria: {stance: agrees, stand_1: with, stand_2: against}}")
)
"""The same with a question about turns, and an example of two of them."""


CONSTRAINED = """\
judgekit: rubric/1
name: sample
version: "1.0.0"
inputs: {constraints: {required: true}, with_execution: {}}
levels: {5: a, 4: b, 3: c, 2: d, 1: e}
level_from: constraints
examples:
  - id: one
    prompt: Be brief and kind.
    response: Yes.
    inputs:
      constraints:
        - {id: brief, quote: Be brief, check: word_count, with: {at_most: 3}}
        - {id: kind, quote: kind, ask: Is it kind?, depends_on: [brief]}
      with_execution:
        - {id: runs, quote: Be brief, exec_check: python_same_result, with: {reference: prompt block 1}, settles: kind}
    expect: {level: [1, 5], criteria: {kind: "yes"}, checks: {brief: pass}}
    labelled_by: {kind: script}
"""

POINTS = """\
judgekit: rubric/1
name: sample
version: "1.0.0"
level_from: points
criteria:
  - {id: right, ask: Is it right?, evidence: if_yes, points: 2}
  - {id: wrong, ask: Is it wrong?, evidence: if_yes, points: {"yes": -1}}
"""

NONE = "{when: {stance: none}, max_level: 2}"
CLOSED = """{when: {polite: "no"}, max_level: 2}
  - {when: {polite: "yes", status: "true"}, max_level: 2}
  - {when: {polite: "yes", status: "false"}, max_level: 2}"""
FLOORED = """{when: {polite: "no"}, min_level: 2}
  - {when: {polite: "yes"}, min_level: 2}"""

Case = tuple[str, str, str, str, str, int, tuple[str, ...]]

CASES: list[Case] = [
    # what is changed, in which rubric, the text there, what stands instead, the finding's level, line and words
    ("no format", CLEAN, "judgekit: rubric/1\n", "", "warning", 1, ("begin the file with", "judgekit: rubric/1")),
    ("other name", CLEAN, "name: sample", "name: simple", "warning", 2, ("name", "sample.yaml")),
    ("no template", CLEAN, "pass_at: 3", "pass_at: 3\ntemplate: nowhere.j2", "error", 18, ("template", "nowhere.j2")),
    ("unknown check", CLEAN, "check: word_count", "check: word_cuont", "error", 9, ("checks[0]", "word_cuont")),
    ("wrong parameter", CLEAN, "{at_least: 1}", "{at_lest: 1}", "error", 9, ("checks[0]", "at_lest")),
    ("evidence not said", CLEAN, "polite?, evidence: if_yes", "polite?", "warning", 15, ("evidence is not said",)),
    ("evidence for no answer", CLEAN, "evidence: required", "evidence: if_yes", "warning", 14, ("`yes`", "no answer")),
    (
        "idle points",
        CLEAN,
        "    evidence: required",
        "    evidence: none\n    points: {agrees: 1}",
        "warning",
        15,
        ("do not count",),
    ),
    ("equal points", POINTS, "points: 2", 'points: {"yes": 1, "no": 1}', "warning", 6, ("decides nothing",)),
    ("no points", POINTS, ", points: 2", "", "error", 5, ("no answer earns points", "no score")),
    (
        "no criteria",
        CONSTRAINED,
        "level_from: constraints",
        "level_from: judge",
        "warning",
        1,
        ("nothing holds it to evidence",),
    ),
    (
        "constraints not declared",
        CONSTRAINED,
        "{constraints: {required: true}, with",
        "{constraint: {}, with",
        "error",
        6,
        ("does not declare it",),
    ),
    # rules
    (
        "bound at the top",
        CLEAN,
        NONE,
        "{when: {stance: none}, max_level: 3}",
        "warning",
        20,
        ("rules[1]", "end of the scale"),
    ),
    ("bound at the bottom", CLEAN, "min_level: 2", "min_level: 1", "warning", 21, ("rules[2]", "end of the scale")),
    (
        "contradiction",
        CLEAN,
        NONE,
        '{when: {stance: agrees, polite: "yes"}, max_level: 1}',
        "error",
        21,
        ("rules[2]", "contradict each other", "at least 2", "at most 1"),
    ),
    (
        "can disagree",
        CLEAN,
        NONE,
        "{when: {hint: x}, max_level: 1}",
        "warning",
        21,
        ("can apply at once", "the cap wins"),
    ),
    (
        "idle rule",
        CLEAN,
        NONE,
        '{when: {status: "false", stance: agrees, hint: x}, max_level: 1}',
        "warning",
        20,
        ("changes nothing", "{status: false, stance: agrees}"),
    ),
    (
        "idle floor",
        CLEAN,
        "{when: {stance: none}, max_level: 2}",
        '{when: {status: "true", stance: agrees}, min_level: 2}',
        "warning",
        21,
        ("changes nothing", "binds as much"),
    ),
    (
        "same rule twice",
        CLEAN,
        NONE,
        '{when: {stance: agrees, status: "false"}, max_level: 1}',
        "warning",
        20,
        ("changes nothing",),
    ),
    ("best level closed", CLEAN, NONE, CLOSED, "error", 18, ("rules", "below 3", "can never be met")),
    (
        "worst level closed",
        CLEAN.replace("max_level: 1}", "max_level: 2}"),
        NONE,
        FLOORED,
        "error",
        18,
        ("above 1", "can never be met"),
    ),
    # examples
    ("id twice", CLEAN, "id: bad", "id: good", "error", 29, ("examples[1].id", "'good' stands twice")),
    ("nobody answers", CLEAN, "{role: assistant", "{role: system", "error", 30, ("nothing to judge",)),
    (
        "unknown input",
        CLEAN,
        '{status: "true", level_note: x}',
        '{status: "true", level_note: x, hnit: y}',
        "error",
        26,
        ("inputs.hnit", "did you mean 'hint'?"),
    ),
    (
        "value not allowed",
        CLEAN,
        '{status: "true", level_note: x}',
        "{status: maybe, level_note: x}",
        "error",
        26,
        ("inputs.status", "true, false", "'maybe'"),
    ),
    (
        "unquoted value",
        CLEAN,
        '{status: "true", level_note: x}',
        "{status: true, level_note: x}",
        "error",
        26,
        ("inputs.status", "`true` without quotes", '"true"'),
    ),
    (
        "missing input",
        CLEAN,
        '{status: "true", level_note: x}',
        "{level_note: x}",
        "error",
        26,
        ("required input 'status'",),
    ),
    (
        "no level without it",
        CLEAN,
        '{status: "true", level_note: x}',
        '{status: "true"}',
        "error",
        27,
        ("'level_note'", "level: null"),
    ),
    ("level beyond", CLEAN, "level: [2, 3]", "level: [2, 4]", "error", 27, ("expect.level", "1 to 3", "[2, 4]")),
    ("levels swapped", CLEAN, "level: [2, 3]", "level: [3, 2]", "error", 27, ("lowest and highest",)),
    (
        "rules against the label",
        CLEAN,
        "level: [1, 1]",
        "level: [2, 3]",
        "error",
        32,
        ("expects level 2 to 3", "allow 1 to 1", "stance: agrees"),
    ),
    (
        "unknown criterion",
        CLEAN,
        "{stance: agrees, polite: c",
        "{stanse: agrees, polite: c",
        "error",
        27,
        ("criteria.stanse", "did you mean 'stance'?"),
    ),
    (
        "impossible answer",
        CLEAN,
        "{stance: agrees, polite: c",
        "{stance: maybe, polite: c",
        "error",
        27,
        ("agrees, disagrees, none", "cannot_tell", "'maybe'"),
    ),
    (
        "unknown check result",
        CLEAN,
        "{has_words: pass}",
        "{has_word: pass}",
        "error",
        27,
        ("checks.has_word", "did you mean 'has_words'?"),
    ),
    (
        "level not shown",
        CLEAN,
        "level: [1, 1]",
        "level: null",
        "warning",
        16,
        ("levels[1]", "no example shows level 1"),
    ),
    # constraints
    (
        "quote",
        CONSTRAINED,
        "quote: kind",
        "quote: gentle",
        "error",
        14,
        ("constraints[1].quote", "'gentle'", "word for word"),
    ),
    (
        "prerequisite",
        CONSTRAINED,
        "depends_on: [brief]",
        "depends_on: [breif]",
        "error",
        14,
        ("did you mean 'brief'?",),
    ),
    (
        "check of a constraint",
        CONSTRAINED,
        "check: word_count",
        "check: word_cuont",
        "error",
        13,
        ("constraints[0]", "word_cuont"),
    ),
    ("constraint without quote", CONSTRAINED, "quote: kind, ", "", "error", 14, ("'quote' is missing",)),
    (
        "answer of a checked one",
        CONSTRAINED,
        '{kind: "yes"}',
        '{brief: "yes"}',
        "error",
        17,
        ("there is no criterion 'brief'",),
    ),
    ("answer of a constraint", CONSTRAINED, '{kind: "yes"}', "{kind: maybe}", "error", 17, ("yes, no", "'maybe'")),
    ("check of an asked one", CONSTRAINED, "{brief: pass}", "{kind: pass}", "error", 17, ("there is no check 'kind'",)),
    (
        "parameter that runs code",
        CONSTRAINED,
        "{reference: ",
        "{refernce: ",
        "error",
        16,
        ("with_execution[0]", "refernce"),
    ),
    ("settles a check", CONSTRAINED, "settles: kind", "settles: brief", "error", 16, ("with_execution[0].settles",)),
]


def findings(folder: Path, text: str) -> list[Finding]:
    path = folder / "sample.yaml"
    path.write_text(text, encoding="utf-8")
    return lint_rubric(path)


@pytest.mark.parametrize("text", [CLEAN, POINTS, CONSTRAINED], ids=["judge", "points", "constraints"])
def test_a_clean_rubric_has_no_findings(tmp_path: Path, text: str) -> None:
    assert findings(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "old", "new", "level", "line", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_fault_is_found_where_it_is(
    tmp_path: Path, text: str, old: str, new: str, level: str, line: int, words: tuple[str, ...]
) -> None:
    assert text.count(old) == 1
    found = findings(tmp_path, text.replace(old, new))
    matching = [f for f in found if f.level == level and all(word in f"{f.key}: {f.message}" for word in words)]
    assert len(matching) == 1, found
    assert matching[0].line == line


def test_a_level_cannot_be_expected_of_points(tmp_path: Path) -> None:
    example = "{id: a, prompt: b, response: c, expect: {level: [1, 1]}, labelled_by: {kind: author}}"
    found = findings(tmp_path, f"{POINTS}examples:\n  - {example}\n")
    assert [(f.level, f.line, f.key) for f in found] == [("error", 9, "examples[0].expect.level")]


@pytest.mark.parametrize("name", rubric_names())
def test_every_shipped_rubric_is_clean(name: str) -> None:
    assert lint_rubric(name) == []


def test_everything_that_is_wrong_is_listed_and_nothing_twice(tmp_path: Path) -> None:
    text = CLEAN.replace("[agrees, disagrees, none]", "[agrees, no, 1:30]").replace("middling", "{{ middling }}")
    text = text.replace("pass_at: 3", "pass_at: three").replace("    ask: Which", "    aks: Which")
    found = findings(tmp_path, text.replace("{{ middling }}", '"{{ middling }}"'))
    assert {f.level for f in found} == {"error"}
    assert [(f.line, f.key) for f in found] == [
        *[(12, "criteria[0].aks"), (13, "criteria[0].answers[1]"), (13, "criteria[0].answers[2]")],
        *[(16, "levels[2]"), (17, "pass_at")],
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: [", 1, "not YAML"),
        ("", 1, "empty"),
        ("judgekit: questions/1\nquestions: []\n", 1, "no rubric file"),
        (CLEAN.replace("name: sample", "name: sample\nname: sample"), 3, "stands twice"),
    ],
)
def test_a_file_that_is_no_rubric_is_a_finding(tmp_path: Path, text: str, line: int, words: str) -> None:
    found = findings(tmp_path, text)
    assert [(f.level, f.line) for f in found] == [("error", line)]
    assert words in found[0].message


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    for name in (tmp_path / "nowhere.yaml", tmp_path, "no_such_name"):
        with pytest.raises(UserError):
            lint_rubric(name)


def test_rules_beyond_counting_are_left_alone(tmp_path: Path) -> None:
    # The nine rules on the last two of 30 questions close the best level, but the search meets them only at the ends
    # of 3^28 ways: it gives up, and claims nothing that it has not seen.
    names = [f"q{i:02}" for i in range(30)]
    rules = [{"when": {"q28": x, "q29": y}, "max_level": 2} for x in "abc" for y in "abc"]
    rules += [{"when": {name: "a", "q28": "a", "q29": "a"}, "max_level": 2} for name in names[:28]]
    criteria = [{"id": name, "ask": "?", "answers": ["a", "b", "c"], "evidence": "none"} for name in names]
    rubric = {"judgekit": "rubric/1", "name": "sample", "version": "1", "levels": {3: "a", 2: "b", 1: "c"}}
    found = findings(tmp_path, yaml.safe_dump({**rubric, "criteria": criteria, "rules": rules}))
    assert {f.level for f in found} == {"warning"}


def test_a_closed_level_is_seen_among_a_few_questions(tmp_path: Path) -> None:
    rules = [{"when": {"q0": x, "q1": y}, "max_level": 2} for x in "abc" for y in "abc"]
    criteria = [{"id": name, "ask": "?", "answers": ["a", "b", "c"], "evidence": "none"} for name in ("q0", "q1")]
    rubric = {"judgekit": "rubric/1", "name": "sample", "version": "1", "levels": {3: "a", 2: "b", 1: "c"}}
    for n, closed in ((9, True), (8, False)):
        found = findings(tmp_path, yaml.safe_dump({**rubric, "criteria": criteria, "rules": rules[:n]}))
        assert any(f.level == "error" and "below 3" in f.message for f in found) is closed


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("", "", ""),
        ("stand_2: against", "stand_3: against", "there is no criterion 'stand_3'"),
        ("stand_2: against", "stand_2: neither", "wanted one of with, against or cannot_tell"),
        ("stance: agrees, polite: cannot_tell", "stance: agrees, stand_1: with", "there is no criterion 'stand_1'"),
        ("answers: [with, against], evidence: required", "answers: [with, against]", "evidence is not said"),
        ("ask: Is it polite?, evidence: if_yes", "ask: Is it polite?, evidence: none, not_in_prompt: true",
         "nothing is quoted here, so nothing can be compared"),
    ],
)  # fmt: skip
def test_questions_about_turns_and_about_inventions(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "sample.yaml"
    path.write_text(TALKING.replace(old, new) if old else TALKING, encoding="utf-8")
    found = [finding.message for finding in lint_rubric(path)]
    assert len(found) == (1 if message else 0)
    assert all(message in said for said in found)
