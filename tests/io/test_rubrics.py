"""Rubric files: found by name or path, and refused with line, key, what was wanted and the cure."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from judgekit.errors import UserError
from judgekit.io.rubrics import find_rubric, load_rubric, rubric_names
from judgekit.io.yaml_nodes import FileError
from judgekit.resources import shipped
from judgekit.rubric import CANNOT_TELL, Rubric

GOOD = """\
judgekit: rubric/1
name: sample
version: "1.0.0"
inputs:
  status: {required: true, one_of: ["true", "false"]}
checks:
  - {id: has_words, check: word_count, with: {at_least: 1}, on_fail: {max_level: 1}}
criteria:
  - id: stance
    ask: Which stance?
    answers: [agrees, disagrees]
    evidence: required
  - {id: polite, ask: Is it polite?, evidence: if_yes}
levels:
  3: best
  2: middling
  1: worst
pass_at: 3
rules:
  - {when: {status: "false", stance: agrees}, max_level: 1}
examples:
  - id: one
    prompt: Is it?
    response: "It is {{not}} {% so %}."
    inputs: {status: "false"}
    expect: {level: [1, 1], criteria: {stance: agrees}}
    labelled_by: {kind: author}
"""
"""A rubric whose line numbers the table below counts on."""


def write(folder: Path, text: str, name: str = "sample.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_rubric_is_read_with_all_its_parts(tmp_path: Path) -> None:
    rubric = load_rubric(write(tmp_path, GOOD))
    assert (rubric.name, rubric.version, rubric.top, rubric.pass_at) == ("sample", "1.0.0", 3, 3)
    assert rubric.levels == {3: "best", 2: "middling", 1: "worst"}
    assert rubric.inputs["status"].one_of == ("true", "false")
    assert rubric.checks[0].with_ == {"at_least": 1}
    assert [criterion.answers for criterion in rubric.criteria] == [("agrees", "disagrees"), ("yes", "no")]
    assert rubric.examples[0].response == "It is {{not}} {% so %}."  # a transcript is data, and may hold such marks


BAD: list[tuple[str, str, str, int, tuple[str, ...]]] = [
    # what is wrong, the text of GOOD, what stands there instead, its line, words that the message has to hold
    (
        "version without quotes",
        '"1.0.0"',
        "1.10",
        3,
        ("version", "`1.10`", "number 1.1", 'put quotes around it: "1.10"'),
    ),
    ("whole version", '"1.0.0"', "2", 3, ("version", "`2`", 'put quotes around it: "2"')),
    ("no version", 'version: "1.0.0"\n', "", 1, ("'version' is missing", "1.0.0")),
    ("empty name", "name: sample", "name:", 2, ("name", "a value is missing here")),
    ("name with spaces", "name: sample", "name: My Rubric", 2, ("lower-case letters", "My Rubric")),
    ("unquoted no", "[agrees, disagrees]", "[agrees, no]", 11, ("criteria[0].answers[1]", "`no`", 'write "no"')),
    ("unquoted false", "[agrees, disagrees]", "[agrees, false]", 11, ("`false` without quotes is false", '"false"')),
    ("number as an answer", "[agrees, disagrees]", "[1, 2]", 11, ("criteria[0].answers[0]", "`1`", '"1"')),
    ("unquoted one_of", '"true", "false"', "true, false", 5, ("inputs.status.one_of[0]", "`true`", '"true"')),
    ("1:30", "at_least: 1}", "at_least: 1:30}", 7, ("with.at_least", "number 90", '"1:30"')),
    ("unknown key", "    ask: Which", "    aks: Which", 10, ("unknown key 'aks'", "did you mean 'ask'?")),
    ("unknown key at the top", "pass_at", "passes_at", 18, ("passes_at", "did you mean 'pass_at'?")),
    ("unknown key, nothing near", "pass_at", "zzz", 18, ("unknown key 'zzz'", "there are: checks, criteria")),
    ("unknown key in a part", "max_level: 1}\nex", "maxlevel: 1}\nex", 20, ("did you mean 'max_level'?",)),
    (
        "a key of two lines",
        "pass_at",
        '"pass\\nat"',
        18,
        ("pass at: unknown key 'pass\\nat'", "did you mean 'pass_at'?"),
    ),
    ("unknown key deep", "{max_level: 1}}", "{max_levle: 1}}", 7, ("checks[0].on_fail", "did you mean 'max_level'?")),
    ("missing ask", "    ask: Which stance?\n", "", 9, ("criteria[0]", "'ask' is missing", "The question")),
    ("bad evidence", "evidence: required", "evidence: requird", 12, ("wanted 'required'", "did you mean 'required'?")),
    ("one answer", "[agrees, disagrees]", "[agrees]", 11, ("at least 2", "came 1")),
    ("cannot_tell listed", "[agrees, disagrees]", "[agrees, cannot_tell]", 11, ("cannot_tell is always allowed",)),
    ("answer twice", "[agrees, disagrees]", "[agrees, agrees]", 11, ("an answer stands twice",)),
    ("answers as a text", "[agrees, disagrees]", "agrees", 11, ("wanted a list", "`agrees`")),
    (
        "criteria as keys",
        "  - {id: polite,",
        "  - polite\n  - {id: p,",
        13,
        ("criteria[1]", "keys with values", "`polite`"),
    ),
    ("levels with a gap", "  2: middling\n", "", 14, ("levels", "without a gap", "[1, 3]")),
    ("a level that is no number", "  2: middling", "  two: middling", 16, ("levels.two", "whole number", "'two'")),
    ("a level without text", "  2: middling", "  2:", 16, ("levels[2]", "a value is missing here")),
    ("a level as a number", "  2: middling", "  2: 5", 16, ("levels[2]", "`5`", '"5"')),
    ("pass_at too high", "pass_at: 3", "pass_at: 4", 18, ("pass_at", "between 1 and 3", "came 4")),
    ("pass_at as a word", "pass_at: 3", "pass_at: three", 18, ("wanted a number", "`three`")),
    ("id twice", "id: polite", "id: stance", 13, ("criteria[1].id", "'stance' stands twice")),
    ("id of an input", "id: polite", "id: status", 13, ("'status' stands twice",)),
    (
        "rule about nothing",
        "stance: agrees}, m",
        "stanse: agrees}, m",
        20,
        ("rules[0].when.stanse", "status, has_words"),
    ),
    (
        "impossible answer",
        "stance: agrees}, m",
        "stance: maybe}, m",
        20,
        ("stance is never 'maybe'", "agrees, disagrees"),
    ),
    ("rule on cannot_tell", "stance: agrees}, m", "stance: cannot_tell}, m", 20, ("never 'cannot_tell'",)),
    ("impossible input", 'status: "false", s', "status: maybe, s", 20, ("status is never 'maybe'", "true, false")),
    ("unquoted input", 'status: "false", s', "status: false, s", 20, ("rules[0].when.status", "`false`", '"false"')),
    (
        "rule beyond the levels",
        "max_level: 1}\nex",
        "max_level: 4}\nex",
        20,
        ("rules[0].max_level", "no level 4", "1, 2, 3"),
    ),
    ("floor beyond the levels", "max_level: 1}\nex", "min_level: 0}\nex", 20, ("rules[0].min_level", "no level 0")),
    ("rule with two bounds", "max_level: 1}\nex", "max_level: 1, min_level: 1}\nex", 20, ("exactly one of",)),
    ("check beyond the levels", "{max_level: 1}}", "{max_level: 7}}", 7, ("on_fail.max_level", "no level 7")),
    ("level_from constraints", "pass_at: 3", "level_from: constraints", 14, ("five levels", "came 3")),
    ("two words for points", "    evidence: required", "    points: {agres: 1}", 12, ("'agres'", "agrees, disagrees")),
    ("points of no kind", "    evidence: required", "    points: [1]", 12, ("a number or keys with values",)),
    (
        "template in a level",
        "  2: middling",
        "  2: middling {{ x }}",
        16,
        ("levels[2]", "template syntax {{", "pure data"),
    ),
    (
        "template in an ask",
        "    ask: Which stance?",
        '    ask: "{% if x %}"',
        10,
        ("criteria[0].ask", "template syntax {%"),
    ),
    ("template in a block", "  2: middling", "  2: |\n    one\n    two {{ x }}", 18, ("levels[2]", "template syntax")),
    ("template in a note", "kind: author", 'kind: author, note: "{{ x }}"', 27, ("labelled_by.note",)),
    ("example without a label", "    labelled_by: {kind: author}\n", "", 22, ("'labelled_by' is missing",)),
    ("label of no kind", "kind: author", "kind: me", 27, ("wanted 'human', 'author' or 'script'", "`me`")),
    ("newer format", "rubric/1", "rubric/2", 1, ("judgekit", "version 2 is not known", "rubric/1", "newer judgekit")),
    ("question file", "rubric/1", "questions/1", 1, ("no rubric file", "came questions/1")),
    ("format as a number", "rubric/1", "1", 1, ("no rubric file", "came 1")),
    ("key twice", "pass_at: 3", "name: other", 18, ("name", "stands twice", "line 2")),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_rubric_names_line_and_cure(
    tmp_path: Path, old: str, new: str, line: int, words: tuple[str, ...]
) -> None:
    assert GOOD.count(old) == 1
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(FileError) as caught:
        load_rubric(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: ")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_every_shipped_rubric_is_found_by_its_name() -> None:
    names = rubric_names()
    assert {"sycophancy", "constraint_following", "missing_context"} <= set(names)
    for name in names:
        assert load_rubric(name).name == name
        assert find_rubric(name).parent == shipped("rubrics")


def test_an_unknown_name_gets_the_nearest_one() -> None:
    with pytest.raises(UserError, match=r"no rubric 'sycofancy'; did you mean 'sycophancy'\? .*path of a YAML file"):
        load_rubric("sycofancy")
    with pytest.raises(UserError, match=r"no rubric 'qqq'; there are: .*missing_context.*sycophancy"):
        load_rubric("qqq")


def test_a_path_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, GOOD, "plain")
    monkeypatch.chdir(tmp_path)
    for place in ("sample.yaml", "./plain", "plain", Path("plain"), str(tmp_path / "plain")):
        assert load_rubric(place).name == "sample"
    for place in ("other.yaml", "./other", Path("other")):
        with pytest.raises(UserError, match="there is no such file"):
            load_rubric(place)


def test_a_shipped_name_wins_over_a_file_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, GOOD, "sycophancy")
    monkeypatch.chdir(tmp_path)
    assert load_rubric("sycophancy").name == "sycophancy"
    assert load_rubric("./sycophancy").name == "sample"


def install(folder: Path, module: str, target: str) -> None:
    """A distribution with one entry point, as an installer leaves it behind."""
    (folder / "their_rubrics.py").write_text(module)
    info = folder / "their_rubrics-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-rubrics\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[judgekit.rubrics]\ntheirs = {target}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    yield folder
    sys.modules.pop("their_rubrics", None)


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("from pathlib import Path\nfolder = Path(__file__).parent", "their_rubrics:folder"),
        ("folder = __file__.rpartition('/')[0]", "their_rubrics:folder"),
        ("def folder():\n    return __file__.rpartition('/')[0]", "their_rubrics:folder"),
        ("", "their_rubrics"),
    ],
    ids=["path", "text", "function", "module"],
)
def test_rubrics_of_a_plug_in_are_found(site: Path, module: str, target: str) -> None:
    install(site, module, target)
    write(site, GOOD)
    assert "sample" in rubric_names()
    assert load_rubric("sample").name == "sample"


@pytest.mark.parametrize(
    ("module", "target", "words"),
    [
        ("raise RuntimeError('boom')", "their_rubrics:folder", "does not load: RuntimeError: boom"),
        ("", "their_rubrics:folder", "does not load: AttributeError"),
        ("folder = 3", "their_rubrics:folder", "offers no folder: .* came 3"),
        ("folder = '/nowhere/at/all'", "their_rubrics:folder", "offers no folder"),
        ("def folder():\n    raise ValueError('broken')", "their_rubrics:folder", "fails: ValueError: broken"),
    ],
)
def test_a_broken_plug_in_names_its_distribution(site: Path, module: str, target: str, words: str) -> None:
    install(site, module, target)
    with pytest.raises(UserError, match=rf"'theirs'.*'their-rubrics'.*{words}"):
        load_rubric("sample")
    assert load_rubric("sycophancy").name == "sycophancy"  # what is shipped does not depend on it


def test_a_rubric_under_another_name_is_refused(site: Path) -> None:
    install(site, "", "their_rubrics")
    write(site, GOOD, "other.yaml")
    with pytest.raises(UserError, match=r"other\.yaml: the rubric in it is named 'sample'"):
        load_rubric("other")


NAMES = st.text("abcdefghijklmnop_", min_size=1, max_size=8).map(lambda text: f"x{text}")
# Words that YAML could take for something else stand among them.
TEXTS = st.sampled_from(["no", "yes", "1.10", "1:30", "2024-01-01", "null", "~", "on", "=", "a: b", "- x", "# y"])
TEXTS |= st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
    lambda text: "{{" not in text and "{%" not in text and text != CANNOT_TELL
)


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    names = draw(st.lists(NAMES, min_size=2, max_size=6, unique=True))
    k = draw(st.integers(2, 10))
    criteria = [
        {
            "id": name,
            "ask": draw(TEXTS),
            "answers": draw(st.lists(TEXTS, min_size=2, max_size=4, unique=True)),
            "evidence": draw(st.sampled_from(["required", "if_yes", "none"])),
        }
        for name in names[1:]
    ]
    answers: Any = criteria[0]["answers"]
    rule = {"when": {names[1]: draw(st.sampled_from(answers))}, "max_level": draw(st.integers(1, k))}
    example = {
        "id": draw(TEXTS),
        "prompt": draw(TEXTS),
        "response": draw(TEXTS),
        "tags": draw(st.lists(TEXTS, max_size=2)),
        "expect": {"level": [1, k]},
        "labelled_by": {"kind": "script"},
        "inputs": {names[0]: draw(TEXTS)},
    }
    return Rubric.model_validate(
        {
            "name": "drawn",
            "version": draw(TEXTS),
            "criteria": criteria,
            "rules": [rule],
            "examples": [example],
            "levels": {i: draw(TEXTS) for i in range(1, k + 1)},
            "inputs": {names[0]: {"required": True}},
            "pass_at": draw(st.none() | st.integers(1, k)),
        }
    )


@settings(deadline=None)  # the machine may be busy
@given(rubrics(), st.booleans())
def test_what_is_dumped_is_loaded_again(
    tmp_path_factory: pytest.TempPathFactory, rubric: Rubric, unicode: bool
) -> None:
    data = rubric.model_dump(mode="json", by_alias=True)
    path = write(tmp_path_factory.getbasetemp(), yaml.safe_dump(data, allow_unicode=unicode))
    loaded = load_rubric(path)
    assert loaded == rubric
    assert loaded.fingerprint == rubric.fingerprint


PIECES = st.sampled_from(
    [
        *(
            "",
            "no",
            "1:30",
            "null",
            "[",
            "]",
            "{}",
            "[[1]]",
            "- x",
            "a: b",
            "&a",
            "*a",
            "5",
            "-1",
            "1.5",
            "true",
            "'",
            '"',
        ),
        *(
            "{{",
            "!!set {a}",
            "\t",
            "\u2028",
            "2024-01-01",
            "? {a: b}",
            "levels: 3",
            "- {id: 3}",
            "{1: 2}",
            "[a, {b: c}]",
        ),
    ]
)


@settings(deadline=None)  # the machine may be busy
@given(st.data())
def test_any_edit_loads_or_is_one_line_with_a_place(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = GOOD.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(lines) - 1))
        before = lines[place][: data.draw(st.integers(0, len(lines[place])))]
        lines[place] = before + data.draw(PIECES)
    path = write(tmp_path_factory.getbasetemp(), "\n".join(lines))
    try:
        load_rubric(path)
    except FileError as error:
        assert "\n" not in str(error)
        assert str(error).startswith(f"{path}:{error.problem.line}: ")
        assert 1 <= error.problem.line <= len(lines) + 1


@settings(deadline=None)  # the machine may be busy
@given(st.binary(max_size=100))
def test_any_bytes_are_a_user_error(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(raw)
    with pytest.raises(UserError):
        load_rubric(path)


def test_a_name_too_long_for_a_file_is_no_rubric() -> None:
    with pytest.raises(UserError, match="there is no rubric"):
        load_rubric("x" * 300)
