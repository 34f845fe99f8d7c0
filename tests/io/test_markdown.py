from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import judgekit
from judgekit.errors import UserError
from judgekit.io import load_transcripts
from judgekit.noun import sha256_text
from judgekit.transcript import Transcript

DATA = Path(judgekit.__file__).parent / "cli" / "demo_data"


def read(tmp_path: Path, text: str | bytes) -> tuple[list[Transcript], list[str]]:
    """The transcripts in a Markdown text, and the warnings without the file's name."""
    path = tmp_path / "t.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    file = load_transcripts(path)
    found = list(file)
    assert file.format == "markdown"
    return found, [warning.removeprefix(f"{path}: ").removeprefix(f"{path}, ") for warning in file.warnings]


def test_the_demo_data_has_30_questions_and_90_transcripts_with_the_hashes_of_its_question_file() -> None:
    file = load_transcripts(DATA / "transcripts.md")
    found = list(file)
    questions = yaml.safe_load((DATA / "questions.yaml").read_text(encoding="utf-8"))["questions"]
    prompts = {transcript.question_id: sha256_text(transcript.prompt) for transcript in found}
    assert prompts == {question["id"]: question["prompt_sha256"] for question in questions}
    assert [transcript.id for transcript in found] == [
        f"{question['id']}/Model{n}" for question in questions for n in (1, 2, 3)
    ]
    assert [warning.partition(": ")[2] for warning in file.warnings] == [
        "the header speaks of 25 questions, 30 were found: all are read"
    ]


def test_identical_responses_of_the_demo_data_stay_apart() -> None:
    by_text: dict[tuple[str, str], list[str]] = {}
    for transcript in load_transcripts(DATA / "transcripts.md"):
        by_text.setdefault((transcript.question_id, transcript.response), []).append(transcript.label)
    # Read in the file: q06 is answered three times with the same code (three pairs of labels), q21 and q25 twice.
    assert sorted(labels for labels in by_text.values() if len(labels) > 1) == [
        ["Model1", "Model2", "Model3"],
        ["Model2", "Model3"],
        ["Model2", "Model3"],
    ]


def test_lines_are_those_of_the_response_in_the_file() -> None:
    lines = (DATA / "transcripts.md").read_text(encoding="utf-8").split("\n")
    for transcript in load_transcripts(DATA / "transcripts.md"):
        assert transcript.lines is not None
        first, last = transcript.lines
        assert "\n".join(lines[first - 1 : last]) == transcript.response


TRAPS = """# Notes on 3 evaluation questions

**Model1 Response:** before the first question is nothing.

## Question I1: Fences & "quotes"

```python
x = 1
```"
"Why?"

**Model1 Response:**
```
unclosed fence

### Model2 Response:
**Model1 Response:** with text after it
## Question
## Question I2 without a colon
## A heading
# a comment
---
in the middle

---

**Model2 Response:**

   indented, and trailing spaces \x20

## Question I1: Fences & "quotes"

Second prompt.
**Model1 Response:**
Same.
**Model2 Response:**
Same.
**Sample Response:**
This belongs to Model2.

---

## Question NR12: Ünïcode  title!

Third prompt.

**Model1 Response:**
Last line without a newline"""


def test_the_traps(tmp_path: Path) -> None:
    found, warnings = read(tmp_path, TRAPS)
    assert [transcript.id for transcript in found] == [
        "q01-i1-fences-quotes/Model1",
        "q01-i1-fences-quotes/Model2",
        "q02-i1-fences-quotes/Model1",
        "q02-i1-fences-quotes/Model2",
        "q03-nr12-ünïcode-title/Model1",
    ]
    assert [transcript.prompt for transcript in found[1:4:2]] == ['```python\nx = 1\n```"\n"Why?"', "Second prompt."]
    assert found[0].response == (
        "```\nunclosed fence\n\n### Model2 Response:\n**Model1 Response:** with text after it\n## Question\n"
        "## Question I2 without a colon\n## A heading\n# a comment\n---\nin the middle"
    )
    assert found[1].response == "   indented, and trailing spaces  "
    assert found[2].response == "Same."
    assert found[3].response == "Same.\n**Sample Response:**\nThis belongs to Model2."
    assert found[4].response == "Last line without a newline"
    assert (found[4].printed_id, found[4].title) == ("NR12", "Ünïcode  title!")
    # The text before the first question speaks of 3 questions, and there are 3.
    assert warnings == [
        "'Model2' answers 2 of 3 questions",
        "line 38: '**Sample Response:**' stands in 1 of 3 questions only: read as text, not as a marker",
    ]


QUESTION = "## Question I1: T\n\nP\n\n"
TWO = QUESTION + "**A Response:**\nx\n\n"


@pytest.mark.parametrize(
    ("text", "responses", "warnings"),
    [
        pytest.param(
            QUESTION, [], ["line 1: question q01-i1-t has no response", "there is no transcript in it"], id="none"
        ),
        pytest.param(QUESTION + "**A Response:**\n---\n", [""], [], id="empty response"),
        pytest.param(QUESTION + "**A Response:**", [""], [], id="marker at the end"),
        pytest.param(
            "## Question I1: T\n**A Response:**\nx",
            ["x"],
            ["line 1: question q01-i1-t has an empty prompt"],
            id="no prompt",
        ),
        pytest.param(
            TWO + "**A Response:**\ny",
            ["x", "y"],
            ["line 8: 'q01-i1-t/A' stands twice: read as 'q01-i1-t/A#2'"],
            id="twice the same marker",
        ),
        pytest.param(
            TWO + "**A Response:**  \ny",
            ["x\n\n**A Response:**  \ny"],
            ["line 8: a marker with white space after it is text; remove the white space"],
            id="marker with white space",
        ),
        pytest.param(TWO + "---\n---\n", ["x\n\n---"], [], id="only one rule is stripped"),
        pytest.param(QUESTION + "**A Response:**\n-----\n", ["-----"], [], id="five hyphens are no rule"),
        pytest.param(QUESTION + "**A Response:**\nx\n---  \n\n", ["x"], [], id="rule with spaces"),
        pytest.param(
            QUESTION + "**A Response:**\n\u2028\x85x\ry\n", ["\u2028\x85x\ry"], [], id="only newlines part lines"
        ),
        pytest.param(QUESTION + "** Response:**\n**a** b Response:**\n**A Response:**\nx", ["x"], [], id="no labels"),
        pytest.param(QUESTION + f"**{'A' * 101} Response:**\n**A Response:**\nx", ["x"], [], id="label too long"),
        pytest.param("\ufeff" + TWO, ["x"], [], id="byte order mark"),
        pytest.param("We have 1 questions\n" + TWO, ["x"], [], id="header agrees"),
        pytest.param("5 very hard test questions\n" + TWO, ["x"], [], id="a number too far off"),
        pytest.param(
            "# 2 hard test questions, 7 questions\n" + TWO,
            ["x"],
            ["the header speaks of 2 questions, 1 were found: all are read"],
            id="header disagrees",
        ),
    ],
)
def test_forms(tmp_path: Path, text: str, responses: list[str], warnings: list[str]) -> None:
    found, told = read(tmp_path, text)
    assert [transcript.response for transcript in found] == responses
    assert told == warnings


def test_an_empty_response_has_no_lines(tmp_path: Path) -> None:
    assert [t.lines for t in read(tmp_path, QUESTION + "**A Response:**\n\n**B Response:**\nx")[0]] == [None, (8, 8)]


def test_a_label_is_one_that_more_than_half_as_many_questions_have(tmp_path: Path) -> None:
    # A answers 4 questions; B 3, which is more than half of 4, and C 2, which is not.
    labels = ["ABC", "ABC", "AB", "A"]
    text = "".join(
        f"## Question I{n}: T\nP\n" + "".join(f"**{label} Response:**\nx\n" for label in has)
        for n, has in enumerate(labels)
    )
    found, warnings = read(tmp_path, text)
    assert "".join(transcript.label for transcript in found) == "ABABABA"
    assert warnings == [
        "'B' answers 3 of 4 questions",
        "line 7: '**C Response:**' stands in 2 of 4 questions only: read as text, not as a marker",
    ]


def test_windows_line_ends_are_no_part_of_the_text(tmp_path: Path) -> None:
    unix, windows = read(tmp_path, TRAPS)[0], read(tmp_path, TRAPS.replace("\n", "\r\n"))[0]
    assert windows == unix


def test_a_carriage_return_in_a_file_of_newlines_is_text_but_hides_no_marker(tmp_path: Path) -> None:
    found, _ = read(tmp_path, "## Question I1: T\r\nP\n**A Response:**\r\nx\ny\r\nz\nw")
    assert (found[0].title, found[0].response) == ("T", "x\ny\r\nz\nw")


def test_a_byte_that_is_not_utf_8_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"t\.md, line 3: not UTF-8: byte 0xe9 at place 4; save the file as UTF-8"):
        read(tmp_path, QUESTION.encode().replace(b"P", b"caf\xe9"))


def test_a_title_of_any_length_gives_a_short_id(tmp_path: Path) -> None:
    found, _ = read(tmp_path, f"## Question I1: {'long ' * 1000}\nP\n**A Response:**\nx")
    # "i1-" and 80 characters in all, of which the last is a hyphen that is cut: 3 + 15 times "long-" is 78, and "lo"
    assert found[0].question_id == "q01-i1-" + "long-" * 15 + "lo"


def test_hidden_controls_in_a_label_are_shown_as_they_are_in_the_row(tmp_path: Path) -> None:
    found, _ = read(tmp_path, QUESTION + "**\x1b[31mA/B Response:**\nx")
    assert found[0].id == "q01-i1-t/\x1b[31mA/B"


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *(
                    "",
                    "  ",
                    "---",
                    "***",
                    "```",
                    "```python",
                    '```"',
                    "# Title",
                    "## Heading",
                    "### A Response:",
                    "~~~",
                ),
                *(
                    "**A Response:** x",
                    "**Other Response:**",
                    "## Question I1",
                    "## Question i1: T",
                    "* **A Response:**",
                ),
                *("\tcode", "trailing  ", "> quote", "{{ x }}", "\x0b", "\x85", "\u2028"),
            ]
        ),
        st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=20),
    ),
    max_size=6,
)


def section(lines: Sequence[str]) -> list[str]:
    """The lines as a section may be: not blank and no rule at its ends (the format has no way to keep those)."""
    kept = [line for line in lines if not line.startswith(("## Question I", "**A Response:**", "**B Response:**"))]
    return ["first", *kept, "last"]


@settings(deadline=None)
@given(st.lists(st.tuples(LINES, LINES, LINES), min_size=2, max_size=4))
def test_what_is_written_is_read_verbatim(
    tmp_path_factory: pytest.TempPathFactory, questions: list[tuple[list[str], list[str], list[str]]]
) -> None:
    parts = [tuple("\n".join(section(lines)) for lines in question) for question in questions]
    text = "\n\n---\n\n".join(
        f"## Question I{n}: Title\n\n{prompt}\n\n**A Response:**\n{a}\n\n**B Response:**\n\n{b}"
        for n, (prompt, a, b) in enumerate(parts)
    )
    found, _ = read(tmp_path_factory.mktemp("md"), text)
    # `**Other Response:**` may stand in every question, and is then a label: its text is cut off what it stands in.
    others = "**Other Response:**" in text
    if not others:
        assert [(t.prompt, t.label, t.response) for t in found] == [
            (prompt, label, response) for prompt, a, b in parts for label, response in (("A", a), ("B", b))
        ]
    else:
        assert {t.label for t in found} <= {"A", "B", "Other"}
