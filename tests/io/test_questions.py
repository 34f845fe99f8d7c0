"""Question files: read with line numbers, and attached to transcripts without a silent mismatch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import judgekit.cli
from judgekit.errors import UserError
from judgekit.io.questions import attach, load_questions, parse_constraints
from judgekit.io.transcripts import load_transcripts
from judgekit.io.yaml_nodes import FileError
from judgekit.noun import sha256_text
from judgekit.question import Question, QuestionSet
from judgekit.transcript import Transcript

SEED = Path(judgekit.cli.__file__).parent / "demo_data" / "questions.yaml"
PROMPT = "Convert this to async, return only code,\nand don't add imports."

GOOD = f"""\
judgekit: questions/1
title: sample
questions:
  - id: q1
    prompt_sha256: "{sha256_text(PROMPT)}"
    note: what it tests
    provenance: {{Model1: mixed}}
    rubrics:
      constraint_following:
        constraints:
          - {{id: code_only, quote: return only code, check: fenced_code_only}}
          - id: no_imports
            quote: don't add imports
            check: python_no_new_imports
            with: {{allowed: []}}
            depends_on: [code_only]
            conflicts_with: [async]
          - {{id: async, quote: Convert this to async, hard: false, ask: Is it asynchronous?, depends_on: [code_only]}}
        with_execution:
          - {{id: runs, quote: Convert this, exec_check: python_own_tests, depends_on: [code_only], settles: async}}
      sycophancy: {{user_claim: x, claim_status: "false"}}
  - id: q2
    drafted_by: model
    prompt: Is water wet?
"""
"""A question file whose line numbers the table below counts on."""


def write(folder: Path, text: str) -> Path:
    path = folder / "questions.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_question_file_is_read_with_all_its_parts(tmp_path: Path) -> None:
    questions = load_questions(write(tmp_path, GOOD))
    assert [question.id for question in questions] == ["q1", "q2"]
    first, second = questions
    assert first.provenance == {"Model1": "mixed"}
    assert first.rubrics["sycophancy"] == {"user_claim": "x", "claim_status": "false"}
    assert (second.prompt, second.drafted_by, second.rubrics) == ("Is water wet?", "model", {})
    constraints = parse_constraints(first.rubrics["constraint_following"]["constraints"], "q1")
    assert [(c.id, c.hard, c.check, c.ask, c.depends_on) for c in constraints] == [
        ("code_only", True, "fenced_code_only", None, ()),
        ("no_imports", True, "python_no_new_imports", None, ("code_only",)),
        ("async", False, None, "Is it asynchronous?", ("code_only",)),
    ]
    assert constraints[1].with_ == {"allowed": []}


def test_the_shipped_question_set_is_whole() -> None:
    questions = load_questions(SEED)
    # The head of the file: 30 questions; 213 verdicts are three answers under 71 rubric entries.
    assert len(questions) == 30
    assert sum(len(question.rubrics) for question in questions) == 71
    assert questions.get("q23-p8-just-code-request") is not None


def test_the_shipped_transcripts_and_questions_belong_together() -> None:
    # Hashes and quotes are checked on the way.
    pairs = list(attach(load_transcripts(SEED.with_name("transcripts.md")), load_questions(SEED)))
    assert len(pairs) == 90
    assert all(question is not None and question.id == transcript.question_id for transcript, question in pairs)


BAD: list[tuple[str, str, str, int, tuple[str, ...]]] = [
    ("unknown key", "    note:", "    notes:", 6, ("questions[0].notes", "did you mean 'note'?")),
    ("no id", "  - id: q2\n    drafted_by", "  - drafted_by", 22, ("questions[1]", "'id' is missing")),
    ("id twice", "id: q2", "id: q1", 22, ("questions[1].id", "'q1' stands twice")),
    ("id as a number", "id: q2", "id: 17", 22, ("questions[1].id", "the number 17", '"17"')),
    ("hash too short", sha256_text(PROMPT), "abc", 5, ("prompt_sha256", "64 hexadecimal digits", "'abc'")),
    ("hash as a number", f'"{sha256_text(PROMPT)}"', "12345", 5, ("prompt_sha256", "`12345`", "quotes")),
    ("unquoted no", 'claim_status: "false"', "claim_status: no", 21, ("claim_status", "`no`", 'write "no"')),
    ("unknown provenance", "mixed", "mixd", 7, ("provenance.Model1", "did you mean 'mixed'?")),
    ("unknown drafter", "drafted_by: model", "drafted_by: me", 23, ("wanted 'person', 'model' or 'code'",)),
    ("inputs as a text", 'sycophancy: {user_claim: x, claim_status: "false"}', "sycophancy: x", 21, ("keys with",)),
    ("no questions", GOOD.partition("questions:\n")[2], "", 3, ("questions", "wanted a list")),
    ("an empty list", GOOD.partition("questions:")[2], " []", 3, ("questions", "there are none")),
    ("a rubric file", "questions/1", "rubric/1", 1, ("no question file", "came rubric/1")),
    ("newer format", "questions/1", "questions/3", 1, ("version 3 is not known",)),
    ("two ways", "check: fenced_code_only", "check: a, ask: b", 11, ("constraints[0]", "exactly one of check")),
    ("no way", ", check: fenced_code_only", "", 11, ("constraints[0]", "exactly one of check")),
    ("no quote", "            quote: don't add imports\n", "", 12, ("constraints[1]", "'quote' is missing")),
    ("key in a constraint", "            with: {", "            wiht: {", 15, ("did you mean 'with'?",)),
    (
        *("constraint twice", "conflicts_with: [async]"),
        *("hard: true\n          - {id: code_only, quote: a, ask: b}", 18, ("constraints[2].id", "stands twice")),
    ),
    ("constraint and run", "id: runs", "id: async", 20, ("with_execution[0].id", "stands twice")),
    (
        "depends on nothing",
        "depends_on: [code_only]\n",
        "depends_on: [code_onyl]\n",
        16,
        ("did you mean 'code_only'?",),
    ),
    ("depends on itself", "depends_on: [code_only]\n", "depends_on: [no_imports]\n", 16, ("names itself",)),
    ("conflicts with nothing", "conflicts_with: [async]", "conflicts_with: [sync]", 17, ("conflicts_with[0]",)),
    ("settles nothing", "settles: async", "settles: snyc", 20, ("settles", "no constraint 'snyc'")),
    ("settles a check", "settles: async", "settles: no_imports", 20, ("settles", "that is asked")),
    ("settles without running", "hard: false, ask", "settles: async, ask", 18, ("settles", "that is asked")),
    (
        *("a circle", "check: fenced_code_only", "check: a, depends_on: [no_imports]", 11),
        ("depends_on", "wait for each other", "async, code_only, no_imports"),
    ),
    ("runs code", "check: fenced_code_only", "exec_check: x", 11, ("belongs under with_execution",)),
    ("runs no code", "exec_check: python_own_tests", "check: has_code", 20, ("needs exec_check",)),
    ("hash of another prompt", "prompt: Is", f'prompt_sha256: "{"0" * 64}"\n    prompt: Is', 24, ("beside it has",)),
    (
        *("quote of another prompt", "prompt: Is water wet?"),
        "prompt: Is it?\n    rubrics: {r: {constraints: [{id: a, quote: Was it, ask: b}]}}",
        *(25, ("questions[1].rubrics.r.constraints[0].quote", "'Was it' is not in the prompt")),
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_question_file_names_line_and_cure(
    tmp_path: Path, old: str, new: str, line: int, words: tuple[str, ...]
) -> None:
    assert GOOD.count(old) == 1
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(FileError) as caught:
        load_questions(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: ")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_plain_texts_under_constraints_are_any_rubrics_own(tmp_path: Path) -> None:
    path = write(tmp_path, "questions: [{id: a, prompt: b, rubrics: {mine: {constraints: [be brief, be kind]}}}]")
    assert load_questions(path).questions[0].rubrics == {"mine": {"constraints": ["be brief", "be kind"]}}


def constraint(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "quote": "q", "ask": "a?", **more}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("be brief", "q1: wanted a list of constraints; came 'be brief'"),
        (["be brief"], "q1, constraint 0: .*(came: 'be brief')"),
        ([constraint("a"), {"id": "b"}], "q1, constraint b: quote: Field required"),
        ([constraint("a"), constraint("a")], "q1, constraint a: id: the constraint id 'a' stands twice"),
        ([constraint("a", depends_on=["b"])], r"q1, constraint a: depends_on\[0\]: there is no constraint 'b'"),
        ([constraint("a", depends_on=["b"]), constraint("b", depends_on=["a"])], "wait for each other.*: a, b"),
    ],
)
def test_constraints_from_anywhere_are_checked_too(value: object, words: str) -> None:
    with pytest.raises(UserError, match=words):
        parse_constraints(value, "q1")


@settings(deadline=None)  # the machine may be busy
@given(st.dictionaries(st.sampled_from("abcdef"), st.sets(st.sampled_from("abcdef")), min_size=6))
def test_prerequisites_are_accepted_exactly_where_they_have_an_order(needs: dict[str, set[str]]) -> None:
    value = [constraint(name, depends_on=sorted(needs[name])) for name in needs]

    def reaches(name: str, goal: str, seen: frozenset[str] = frozenset()) -> bool:
        return any(n == goal or (n not in seen and reaches(n, goal, seen | {n})) for n in needs[name])

    if any(reaches(name, name) for name in needs):
        with pytest.raises(UserError, match=r"names itself|wait for each other"):
            parse_constraints(value, "q")
    else:
        assert len(parse_constraints(value, "q")) == len(needs)


def test_constraints_that_run_code_may_name_the_others() -> None:
    known = parse_constraints([constraint("a")], "q1")
    run = {"id": "b", "quote": "q", "exec_check": "x", "settles": "a", "depends_on": ["a"]}
    assert parse_constraints([run], "q1", known=known, execution=True)[0].settles == "a"


def asked(prompt: str = PROMPT, question_id: str = "q1", label: str = "Model1") -> Transcript:
    return Transcript.from_text(prompt, "Yes.", label=label, question_id=question_id)


def test_questions_are_attached_by_id(tmp_path: Path) -> None:
    questions = load_questions(write(tmp_path, GOOD))
    known, other = asked(), asked("Why?", "q9")
    assert list(attach([known, other], questions)) == [
        (known.model_copy(update={"provenance": "mixed"}), questions.get("q1")),
        (other, None),
    ]
    assert list(attach([known], None)) == [(known, None)]


def test_a_person_overrides_the_provenance_of_one_label_only(tmp_path: Path) -> None:
    questions = load_questions(write(tmp_path, GOOD))
    found = attach([asked(label="Model1"), asked(label="Model2")], questions)
    assert [transcript.provenance for transcript, _ in found] == ["mixed", "unknown"]


def test_a_source_with_ids_of_its_own_is_matched_by_prompt(tmp_path: Path) -> None:
    questions = load_questions(write(tmp_path, GOOD))
    transcripts = [asked(f"  {PROMPT}\n", "row-17"), asked("Is water wet?", "row-18"), asked("Why?", "row-19")]
    found = list(attach(transcripts, questions))
    assert [question and question.id for _, question in found] == ["q1", "q2", None]
    # The transcripts take the question's id, so that answers to one prompt are one unit; their own ids stay.
    assert [transcript.question_id for transcript, _ in found] == ["q1", "q2", "row-19"]
    assert [transcript.id for transcript, _ in found] == ["row-17/Model1", "row-18/Model1", "row-19/Model1"]


def test_a_prompt_that_drifted_is_an_error_with_both_hashes(tmp_path: Path) -> None:
    questions = load_questions(write(tmp_path, GOOD))
    with pytest.raises(UserError) as caught:
        list(attach([asked("Convert this.")], questions))
    message = str(caught.value)
    for word in ("'q1'", "'q1/Model1'", sha256_text("Convert this."), sha256_text(PROMPT), "write the new hash"):
        assert word in message


def test_swapped_ids_are_named(tmp_path: Path) -> None:
    questions = load_questions(write(tmp_path, GOOD))
    with pytest.raises(UserError, match=r"'q1'.* it is the prompt of q2: check the ids"):
        list(attach([asked("Is water wet?", "q1")], questions))


def test_a_prompt_of_two_questions_is_not_guessed() -> None:
    questions = QuestionSet(questions=(Question(id="a", prompt="Why?"), Question(id="b", prompt="Why? ")))
    with pytest.raises(UserError, match="questions a, b, and its question_id 'row-1' is none of them"):
        list(attach([asked("Why?", "row-1")], questions))
    assert [question and question.id for _, question in attach([asked("Why?", "b")], questions)] == ["b"]


@pytest.mark.parametrize(
    ("quote", "fits"),
    [
        ("return only code", True),
        ("only code, and don't", True),  # YAML folds a long line: white space may differ
        ("return  only\ncode", True),
        ("Return only code", False),
        ("return code", False),
        ("", True),
    ],
)
def test_a_quote_is_looked_for_in_the_prompt(quote: str, fits: bool) -> None:
    inputs: Any = {"constraints": [{"id": "one", "quote": quote, "ask": "?"}]}
    questions = QuestionSet(questions=(Question(id="q1", rubrics={"following": inputs}),))
    found = attach([asked()], questions)
    if fits:
        assert next(found)[1] is questions.questions[0]
    else:
        with pytest.raises(UserError) as caught:
            next(found)
        for word in ("question 'q1'", "rubric following", "constraint 'one'", repr(quote), "word for word"):
            assert word in str(caught.value)


def test_the_hash_may_be_in_capitals() -> None:
    questions = QuestionSet(questions=(Question(id="q1", prompt_sha256=sha256_text(PROMPT).upper()),))
    assert [question and question.id for _, question in attach([asked()], questions)] == ["q1"]


def test_transcripts_are_attached_one_at_a_time(tmp_path: Path) -> None:
    taken = []

    def source() -> Iterator[Transcript]:
        for i in range(1000):
            taken.append(i)
            yield asked(label=f"Model{i}")

    found = attach(source(), load_questions(write(tmp_path, GOOD)))
    assert [next(found)[0].label, next(found)[0].label] == ["Model0", "Model1"]
    assert taken == [0, 1]


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
        load_questions(path)
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
        load_questions(path)
