"""IFEval's instructions as constraints: every id, its arguments, and agreement with lm-eval's own checkers."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ifeval import compare, ours, reason
from benchmarks.ifeval_cases import Case, cases
from judgekit.checks import run_check, validate_check
from judgekit.errors import UserError
from judgekit.io.ifeval import ifbench_ids, ifeval_constraints, ifeval_ids, ifeval_ways

LM_EVAL = "lm_eval[ifeval]==0.4.13"
DOCS = Path(__file__).resolve().parents[2] / "docs" / "ifeval.md"
NEEDS_DATA = {"length_constraints:number_sentences", "change_case:capital_word_frequency"}
"""lm-eval's checkers of these need data that it downloads: sentence boundaries for NLTK."""


def test_every_instruction_becomes_checks_that_exist() -> None:
    made = cases(2)
    assert {case.instruction for case in made} == set(ifeval_ids())
    assert len(ifeval_ids()) == 25
    for case in made:
        for way in ifeval_ways(case.instruction, {**case.kwargs, "other": None}):
            validate_check(way.check, way.params)
        assert ours(case) in ("pass", "fail", "not_applicable")


FOLLOWED: list[tuple[str, dict[str, Any], str, str]] = [
    ("keywords:existence", {"keywords": ["sea", "Sun"]}, "SEA and sunny", "sea"),
    ("keywords:frequency", {"keyword": "sea", "frequency": 2, "relation": "at least"}, "Seas, sea", "sea"),
    ("keywords:frequency", {"keyword": "sea", "frequency": 2, "relation": "less than"}, "sea", "seas sea"),
    ("keywords:forbidden_words", {"forbidden_words": ["sea"]}, "seas", "The Sea."),
    ("keywords:letter_frequency", {"letter": "e", "let_frequency": 2, "let_relation": "at least"}, "Eve", "e"),
    ("length_constraints:number_sentences", {"num_sentences": 2, "relation": "at least"}, "One. Two.", "One."),
    ("length_constraints:number_words", {"num_words": 3, "relation": "less than"}, "one two", "one two three"),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "a\n***\nb\n***", "a\n\nb"),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "sea"},
        'One.\n\n"Sea" two.',
        "Sea.\n\nTwo.",
    ),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[a] and [b c]", "[a] and [b"),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "a\n\np. s. b", "a\n\nPS: b"),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "P.P.S. b", "P.S. b"),
    ("detectable_content:postscript", {"postscript_marker": "N.B."}, "n.b. b", "NB b"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "- a\n* b", "- a"),
    ("detectable_format:constrained_response", {}, "My answer is no.", "No."),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a* and **b**", "*a* and * *"),
    ("detectable_format:multiple_sections", {"section_spliter": "PART", "num_sections": 2}, "PART 1\nPART2", "PART 1"),
    ("detectable_format:json_format", {}, '```json\n{"a": 1}\n```', 'Here: {"a": 1}'),
    ("detectable_format:title", {}, "<<Sea>>", "<< >>"),
    ("combination:two_responses", {}, "a\n******\nb", "a ****** a"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Why is it so?"}, "why is it so? Because.", "Because."),
    ("startend:end_checker", {"end_phrase": "The end."}, 'Long ago. "the end."', "The end. Bye"),
    ("startend:quotation", {}, ' "a" ', '"a'),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 2, "capital_relation": "at least"},
        "ALL-OUT I",
        "All I",
    ),
    ("change_case:english_capital", {}, "THE SEA IS QUIET IN THE MORNING.", "THE SEA IS quiet."),
    ("change_case:english_lowercase", {}, "the sea is quiet in the morning.", "The sea is quiet."),
    ("punctuation:no_comma", {}, "a b", "a, b"),
    (
        "language:response_language",
        {"language": "de"},
        "Das Meer ist am Morgen ganz still.",
        "The sea is quiet in the morning, and so are the boats.",
    ),
]


@pytest.mark.parametrize(("instruction", "kwargs", "follows", "breaks"), FOLLOWED)
def test_what_follows_passes_and_what_breaks_does_not(
    instruction: str, kwargs: dict[str, Any], follows: str, breaks: str
) -> None:
    assert ours(Case(instruction, kwargs, "", follows)) == "pass"
    assert ours(Case(instruction, kwargs, "", breaks)) == "fail"


def test_a_row_becomes_constraints_with_unique_ids() -> None:
    found = ifeval_constraints(
        ["change_case:english_capital", "punctuation:no_comma"], [{"x": None}, {}], prompt="ALL CAPS, NO COMMAS."
    )
    assert [(c.id, c.check) for c in found] == [
        ("english_capital", "letter_case"),
        ("english_capital_2", "language"),
        ("no_comma", "contains"),
    ]
    assert {c.quote for c in found} == {"ALL CAPS, NO COMMAS."}


@pytest.mark.parametrize(
    ("instruction", "kwargs", "why"),
    [
        ("length_constraints:nonsense", {}, "is not known; there are: change_case:capital_word_frequency"),
        ("length_constraints:number_words", {"relation": "at least"}, "the argument 'num_words' is missing"),
        (
            "length_constraints:number_words",
            {"relation": "about", "num_words": 3},
            "'at least' or 'less than'; came 'about'",
        ),
        (
            "length_constraints:number_words",
            {"relation": "at least", "num_words": "3"},
            "a whole number was wanted; came '3'",
        ),
        ("length_constraints:number_paragraphs", {"num_paragraphs": 0}, "from 1 on was wanted"),
        ("keywords:existence", {"keywords": "sea"}, "a list of texts was wanted; came 'sea'"),
        ("startend:end_checker", {"end_phrase": " "}, "a text was wanted; came ' '"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(instruction: str, kwargs: dict[str, Any], why: str) -> None:
    with pytest.raises(UserError) as caught:
        ifeval_constraints([instruction], [kwargs], prompt="")
    assert why in str(caught.value) and "\n" not in str(caught.value)


def test_arguments_go_with_instructions() -> None:
    with pytest.raises(UserError, match="came 0 for 1"):
        ifeval_constraints(["punctuation:no_comma"], [], prompt="")


def lm_eval_python(folder: Path) -> str:
    """The Python of an environment with lm-eval, made once in $JUDGEKIT_TEST_CACHE, else in a folder of this test."""
    place = Path(os.environ.get("JUDGEKIT_TEST_CACHE") or folder) / "lm_eval"
    python = place / "bin" / "python"
    if not (place / "ready").exists():
        uv = shutil.which("uv")
        make = (
            [uv, "venv", "--clear", str(place), "--python", sys.executable]
            if uv
            else [sys.executable, "-m", "venv", str(place)]
        )
        pip = [uv, "pip", "install", "--python", str(python)] if uv else [str(python), "-m", "pip", "install"]
        for command in (make, [*pip, "-q", LM_EVAL]):
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=900)
            except subprocess.TimeoutExpired:
                pytest.skip(f"{LM_EVAL} was not installed within 15 minutes")
            if done.returncode:
                pytest.skip(f"{LM_EVAL} cannot be had here: {done.stderr.strip().splitlines()[-1][:200]}")
        (place / "ready").touch()
    return str(python)


@pytest.mark.slow
def test_the_checks_agree_with_lm_evals_own(tmp_path: Path) -> None:
    found = compare(120, lm_eval_python(tmp_path))
    decided = [row for rows in found.values() for row in rows if isinstance(row[2], bool)]
    undecided = {name for name, rows in found.items() for _, _, other in rows if not isinstance(other, bool)}
    assert undecided <= NEEDS_DATA
    assert len(decided) >= 2000
    followed = sum(other is True for _, _, other in decided)
    assert 0.3 * len(decided) < followed < 0.7 * len(decided)  # neither answer is right by default
    differ = [
        (case, mine, other)
        for case, mine, other in decided
        if isinstance(other, bool) and (mine == "pass") != other and case.instruction not in NEEDS_DATA
    ]
    assert len(differ) <= 0.08 * len(decided)
    assert [row for row in differ if not reason(*row)] == []
    if undecided == NEEDS_DATA:
        same = len(decided) - len(differ)
        assert f"agree on {same:,} of {len(decided):,} responses" in DOCS.read_text(encoding="utf-8")


def test_the_examples_of_the_page_say_the_truth() -> None:
    page = DOCS.read_text(encoding="utf-8")
    examples = "\n".join(re.findall(r"^```pycon\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    test = doctest.DocTestParser().get_doctest(examples, {}, "docs/ifeval.md", "docs/ifeval.md", 0)
    lines: list[str] = []
    assert doctest.DocTestRunner(verbose=False).run(test, out=lines.append).failed == 0, "".join(lines)
    assert all(f"| `{instruction}` |" in page for instruction in ifeval_ids())


def test_of_ifbench_the_range_of_words_is_a_check() -> None:
    # The benchmark's files hold its numbers as floats.
    (way,) = ifeval_ways("count:word_count_range", {"min_words": 3.0, "max_words": 5.0, "N": None})
    assert (way.check, way.params) == ("word_count", {"at_least": 3, "at_most": 5})
    texts = {"a b": "fail", "a b c": "pass", "a b c d e": "pass", "a b c d e f": "fail"}
    assert {text: run_check(way.check, text, way.params).result for text in texts} == texts
    with pytest.raises(UserError, match="the argument 'max_words' is missing"):
        ifeval_ways("count:word_count_range", {"min_words": 3})
    assert not set(ifbench_ids()) & set(ifeval_ids())
