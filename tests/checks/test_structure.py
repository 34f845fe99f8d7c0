"""Checks on the Markdown structure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.checks import run_check

ONE = "```python\nx = 1\n```"


@pytest.mark.parametrize(
    ("text", "blocks", "result", "detail"),
    [
        (ONE, None, "pass", "fenced blocks: 1"),
        (f"\n\n{ONE}\n\n", 1, "pass", "fenced blocks: 1"),
        (f"{ONE}\n\n{ONE}", 2, "pass", "fenced blocks: 2"),
        (f"{ONE}\n{ONE}", None, "pass", "fenced blocks: 2"),
        (f"{ONE}\n{ONE}", 1, "fail", "fenced blocks: 2"),
        (f"Here:\n{ONE}", None, "fail", "outside of fenced blocks: 'Here:'"),
        (f"{ONE}\nDone.", 1, "fail", "outside of fenced blocks: 'Done.'"),
        (f"{ONE}\n---\n{ONE}", 2, "fail", "outside of fenced blocks: '---'"),
        ("x = 1", None, "fail", "outside of fenced blocks: 'x = 1'"),
        ("`x = 1`", None, "fail", "outside of fenced blocks: '`x = 1`'"),
        ("", None, "fail", "fenced blocks: 0"),
        ("```python\nx = 1", None, "fail", "the last fence is not closed"),
        ("```python\nx = 1\n```.", None, "fail", "the last fence is not closed"),
    ],
)
def test_fenced_code_only(text: str, blocks: int | None, result: str, detail: str) -> None:
    found = run_check("fenced_code_only", text, {} if blocks is None else {"blocks": blocks})
    assert (found.result, found.detail) == (result, detail)


def test_fenced_code_only_measures_blocks_and_what_is_beside_them() -> None:
    found = run_check("fenced_code_only", f"Hi.\n{ONE}\n Bye! ", {"blocks": 2})
    assert found.measured == {"blocks": 1, "outside": 7}  # "Hi." and "Bye!"
    assert found.expected == {"blocks": 2, "outside": 0}


@pytest.mark.parametrize(
    ("text", "count", "has_code"),
    [("none `inline`", 0, "fail"), (ONE, 1, "pass"), (f"{ONE}\na\n```\n```", 2, "pass"), ("```\n \n```", 1, "fail")],
)
def test_blocks_are_counted(text: str, count: int, has_code: str) -> None:
    assert run_check("code_block_count", text, {"exactly": count}).result == "pass"
    assert run_check("code_block_count", text, {"at_least": count + 1}).result == "fail"
    assert run_check("has_code", text).result == has_code


@pytest.mark.parametrize(
    ("text", "bullets", "numbered"),
    [
        ("- a\n* b\n+ c\n• d", 4, 4),
        ("- a\n  - nested\n\t- deeper", 3, 3),
        ("1. a\n2) b\n- c", 1, 3),
        ("-a\n*b*\n**bold** x\n-", 0, 0),  # white space and something have to follow
        ("---\n* * *\n- - -\n***", 0, 0),  # rules across the page
        ("a - b\n3.14\n2024. ", 0, 0),
        ("```\n- a\n1. b\n```\n- c", 1, 1),
        ("- - a\n* ** b", 2, 2),
    ],
)
def test_bullets(text: str, bullets: int, numbered: int) -> None:
    assert run_check("bullet_count", text, {"exactly": bullets}).measured == bullets
    assert run_check("bullet_count", text, {"exactly": numbered, "numbered": True}).measured == numbered


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("# A\n## B\n###### C", 3),
        ("####### seven\n#hashtag\n    # code", 0),
        ("#\n   # x", 2),
        ("```\n# comment\n```\n# Heading", 1),
        ("**Bold line**\nTitle\n=====", 0),
    ],
)
def test_headings(text: str, count: int) -> None:
    assert run_check("heading_count", text, {"exactly": count}).measured == count


@given(st.lists(st.sampled_from(["```\na\n```", "text", "- item", "## Head", "1. n"]), max_size=12))
def test_counts_are_those_of_what_was_written(parts: list[str]) -> None:
    text = "\n\n".join(parts)

    def measured(check: str, **params: object) -> object:
        return run_check(check, text, {"at_least": 0, **params}).measured

    assert measured("code_block_count") == parts.count("```\na\n```")
    assert measured("bullet_count") == parts.count("- item")
    assert measured("bullet_count", numbered=True) == parts.count("- item") + parts.count("1. n")
    assert measured("heading_count") == parts.count("## Head")
    only = run_check("fenced_code_only", text).result
    assert only == ("pass" if parts and set(parts) == {"```\na\n```"} else "fail")
