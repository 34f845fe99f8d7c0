"""A judge card in Markdown: the numbers of the card, in tables, and no text is markup."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.reporting.card_markdown import escaped, render_markdown
from judgekit.reporting.card_parts import card_sections
from tests.reporting.cards import bare_card, full_card
from tests.reporting.made import HOSTILE


def tables(markdown: str) -> list[list[list[str]]]:
    """The tables, as a reader of GitHub's Markdown splits them."""
    found: list[list[list[str]]] = []
    inside = False
    for line in markdown.splitlines():
        if line.startswith("| "):
            if not inside:
                found.append([])
            found[-1].append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        inside = line.startswith("| ")
    return found


def plain(cell: str) -> str:
    """The cell as it is shown."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", cell)


def test_the_tables_hold_the_cells_of_the_card() -> None:
    found = tables(render_markdown(full_card()))[1:]  # the first is the header
    wanted = [table for section in card_sections(full_card()) for table in section.tables]
    assert len(found) == len(wanted)
    for (head, rule, *rows), table in zip(found, wanted, strict=True):
        assert [plain(cell) for cell in head] == [name for name, _ in table.columns]
        assert rule == ["---:" if numeric else "---" for _, numeric in table.columns]
        assert [[plain(cell) for cell in row] for row in rows] == [list(row) for row in table.rows]


def test_it_opens_with_the_decisions() -> None:
    lines = render_markdown(full_card()).splitlines()
    assert lines[0] == "# Judge card: calm under calm, criterion calm"
    assert lines[2].startswith("**Health of the data: 1 error.")
    assert lines[6] == "- **May the judge replace people?** (no) calm"
    headings = [line for line in lines if line.startswith("#")]
    assert [line.split()[1] for line in headings[2:]] == [f"{i}." for i in range(1, 13)]
    assert "| Cohen's kappa | 0.523 | [0.473, 0.573] | 100 | 50 | made up |" in lines


def test_a_card_without_results_says_what_is_missing() -> None:
    assert "*Missing:* two annotators are needed" in render_markdown(bare_card())


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_text(text: str) -> None:
    calm, hostile = render_markdown(full_card()), render_markdown(full_card(text))
    assert [[len(row) for row in table] for table in tables(hostile)] == [
        [len(row) for row in table] for table in tables(calm)
    ]
    assert hostile.count("\n") == calm.count("\n")
    assert not re.search(r"(?<!\\)[<>&`]", hostile)
    assert not {char for char in hostile if ord(char) < 32 or 127 <= ord(char) < 160} - {"\n"}
    assert len(hostile) < 400_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[a](javascript:x)", r"\[a\](javascript:x)"),
        ("![a](b)", r"\!\[a\](b)"),
        ("https://x.org", r"https\://x.org"),
        ("www.x.org", r"www\.x.org"),
        ("a@b.org", r"a\@b.org"),
        ("# head", r"\# head"),
        ("- item", r"\- item"),
        ("12) item", r"12\) item"),
        ("=== ", r"\=== "),
        ("$x$ ~~y~~ _z_", r"\$x\$ \~\~y\~\~ \_z\_"),
        (r"\|", r"\\\|"),
        ("[−0.5, 0.2]", "[−0.5, 0.2]"),
        ("−0.5 [0.1, 0.2]", r"−0.5 \[0.1, 0.2\]"),
    ],
)
def test_marks_lose_their_meaning(text: str, shown: str) -> None:
    assert escaped(text) == shown


@given(st.text(alphabet=st.sampled_from("\\`*_{}[]<>#|~$&!@^:/.wW-+=)19 a")))
def test_what_is_escaped_reads_back(text: str) -> None:
    # A cell never ends itself: every bar has an odd number of backslashes before it.
    found = escaped(text)
    assert plain(found) == text
    assert all(len(run) % 2 for run in re.findall(r"(\\*)\|", found))
