"""Where code is found in Markdown: fenced blocks and inline spans."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.checks.fences import find_fences, find_spans, outside, prose


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("no code", []),
        ("```\na\n```", [("", "a")]),
        ("```python\na\n\nb\n```\n", [("python", "a\n\nb")]),
        ("``` Python title=x\na\n```", [("python", "a")]),
        ("```\n```", [("", "")]),
        ("```\na\n```\n```js\nb\n```", [("", "a"), ("js", "b")]),
        ("   ```\n   a\n     b\n c\n   ```", [("", "a\n  b\nc")]),  # the opening's indentation comes off
        ("    ```\na\n    ```", []),  # four spaces are no fence
        ("\t```\na\n\t```", []),
        ("~~~\na\n```\n~~~", [("", "a\n```")]),
        ("````\n```\na\n```\n````", [("", "```\na\n```")]),  # the longer fence holds the shorter
        ("```\na\n`````", [("", "a")]),  # the closing fence may be longer
        ('```\na\n```"\n```', [("", 'a\n```"')]),  # a quotation mark keeps a fence from closing
        ("```\na\n``` \t", [("", "a")]),
        ("``` a`b\nc", []),  # an info string has no backtick: this is inline code
        ("~~~ a`b\nc\n~~~", [("a`b", "c")]),
        ("```\nopen", [("", "open")]),
        ("text ```\na\n```", [("", "")]),  # a fence begins its line; the last one opens a block
    ],
)
def test_blocks(text: str, blocks: list[tuple[str, str]]) -> None:
    assert [(fence.tag, fence.content) for fence in find_fences(text)] == blocks


@pytest.mark.parametrize(
    ("text", "closed"), [("```\na\n```", True), ("```\na", False), ("```", False), ("~~~\n```", False)]
)
def test_an_open_block_is_known_as_such(text: str, closed: bool) -> None:
    assert [fence.closed for fence in find_fences(text)] == [closed]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("`a` and `b`", ["a", "b"]),
        ("``a`b``", ["a`b"]),
        ("`` `a` ``", ["`a`"]),  # one space off each side
        ("` `", [" "]),
        ("`open", []),
        ("`a`` b`", ["a`` b"]),  # only a run of the same length closes
        ("``` a ```", ["a"]),
        ("`a\nb`", ["a b"]),
        ("`a\n\nb `c`", ["c"]),  # a span stays in its paragraph
        ("\\`a` b`", [" b"]),  # an escaped backtick opens nothing
        ("\\\\`a`", ["a"]),  # an escaped backslash does not escape the backtick
        ("`a\\`", ["a\\"]),  # in code a backslash is a backslash
        ("\\``a`", ["a"]),
        ("`a\n```\n`b`\n```\nc `d`", ["d"]),  # a block ends the paragraph
        ("^[\\w.]{2,}$ `[a-z`; x", ["[a-z"]),
    ],
)
def test_spans(text: str, spans: list[str]) -> None:
    assert [span.content for span in find_spans(text, find_fences(text))] == spans


def test_places_are_those_in_the_text() -> None:
    text = "x `a` y\n```py\nb\n```\n``c``"
    fences = find_fences(text)
    assert [text[f.start : f.end] for f in fences] == ["```py\nb\n```"]
    assert [text[s.start : s.end] for s in find_spans(text, fences)] == ["`a`", "``c``"]
    assert outside(text, fences) == [(0, "x `a` y\n"), (19, "\n``c``")]


def test_prose_keeps_paragraphs_apart() -> None:
    assert prose("a\n```\nb\n```\nc").split("\n\n") == ["a", "\nc"]
    assert prose("```\nb\n```") == ""


LINES = st.lists(st.sampled_from(["a", "`b`", "```", "~~~", "````py", "", "``", "   ```", "\\`"]), max_size=25)


@given(LINES)
def test_blocks_and_the_text_outside_make_the_whole(lines: list[str]) -> None:
    text = "\n".join(lines)
    fences = find_fences(text)
    parts = [(fence.start, text[fence.start : fence.end]) for fence in fences] + outside(text, fences)
    assert "".join(part for _, part in sorted(parts, key=lambda item: item[0])) == text


@given(LINES)
def test_spans_lie_outside_blocks_and_do_not_overlap(lines: list[str]) -> None:
    text = "\n".join(lines)
    fences = find_fences(text)
    places = sorted([(f.start, f.end) for f in fences] + [(s.start, s.end) for s in find_spans(text, fences)])
    assert all(end <= start for (_, end), (start, _) in pairwise(places))


@given(st.text(st.characters(exclude_characters="`~\r", codec="utf-8")), st.sampled_from(["", "python", "sql"]))
def test_what_is_fenced_is_found_again(content: str, tag: str) -> None:
    [fence] = find_fences(f"Before.\n```{tag}\n{content}\n```\nAfter.")
    assert (fence.tag, fence.content, fence.closed) == (tag, content, True)
