"""Which part of a response a check looks at."""

from __future__ import annotations

import pytest

from judgekit.checks import run_check, validate_check
from judgekit.errors import UserError

TEXT = "See `one` and `two`.\n```python\nx = 1\n```\nThen:\n```\ny = 2\n```\nEnd `three`."


@pytest.mark.parametrize(
    ("target", "part"),
    [
        ("response", TEXT),
        ("code", "x = 1\ny = 2"),
        ("block:1", "x = 1"),
        ("block:2", "y = 2"),
        ("inline:1", "one"),
        ("inline:3", "three"),
    ],
)
def test_target(target: str, part: str) -> None:
    whole = {"text": part, "target": target}
    assert run_check("starts_with", TEXT, whole).result == "pass"
    assert run_check("char_count", TEXT, {"exactly": len(part), "target": target}).result == "pass"


def test_prose_is_what_is_outside_of_blocks() -> None:
    assert (
        run_check("contains", TEXT, {"all": ["See", "Then", "End"], "none": ["x =", "y ="], "target": "prose"}).result
        == "pass"
    )


@pytest.mark.parametrize("target", ["block:3", "inline:4", "inline:999999"])
def test_a_part_that_is_not_there(target: str) -> None:
    result = run_check("word_count", TEXT, {"at_most": 5, "target": target})
    assert (result.result, result.detail) == ("not_applicable", f"there is no {target} in the response")


def test_code_needs_a_block_and_prose_needs_nothing() -> None:
    assert run_check("word_count", "`inline` only", {"at_most": 5, "target": "code"}).result == "not_applicable"
    # An answer that is all code has said nothing beside it: that is a count of 0, not the lack of a count.
    assert run_check("word_count", "```\nx\n```", {"exactly": 0, "target": "prose"}).result == "pass"


@pytest.mark.parametrize(
    "target", ["block", "block:0", "block:-1", "block:01", "inline:x", "Code", "", "block:1\n", 1, None]
)
def test_a_target_that_makes_no_sense(target: object) -> None:
    with pytest.raises(UserError, match="check word_count: target: "):
        validate_check("word_count", {"exactly": 1, "target": target})
