"""Checks on JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.checks import run_check, validate_check
from judgekit.errors import UserError


@pytest.mark.parametrize(
    ("text", "measured"),
    [
        ("{}", "object"),
        (" [1, 2.5e3, -0]\n", "array"),
        ('"a"', "string"),
        ("12", "number"),
        ("1e999", "number"),  # the grammar sets no limit
        ("1" * 5000, "number"),
        ("true", "boolean"),
        ("null", "null"),
        ('{"a": {"b": [null]}, "a": 2}', "object"),  # a key may stand twice
        ('"\\ud800"', "string"),  # the grammar allows half of a pair
    ],
)
def test_json(text: str, measured: str) -> None:
    found = run_check("json_parses", text)
    assert (found.result, found.measured) == ("pass", measured)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{'a': 1}",
        '{"a": 1,}',
        "[1,]",
        "NaN",
        "[Infinity]",
        "-Infinity",
        "01",
        "+1",
        ".5",
        "True",
        '"a\nb"',
        "{} {}",
        '{"a" 1}',
    ],
)
def test_no_json(text: str) -> None:
    found = run_check("json_parses", text)
    assert (found.result, found.measured) == ("fail", None)
    assert found.detail


def test_fences_are_no_json_and_what_is_in_them_may_be() -> None:
    text = 'Here:\n```json\n{"a": 1}\n```'
    assert run_check("json_parses", text).result == "fail"
    assert run_check("json_parses", text, {"target": "block:1"}).result == "pass"


def test_json_too_deep_to_read_is_an_error_not_a_failure() -> None:
    deep = "[" * 200_000 + "]" * 200_000
    assert run_check("json_parses", deep).result == "error"
    assert run_check("json_schema", deep, {"schema": True}).result == "error"
    # Python reads this, older validators do not; none may call it a failure.
    deep = "[" * 600 + "]" * 600
    assert run_check("json_schema", deep, {"schema": {"type": "array"}}).result in ("pass", "error")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.booleans(), st.sampled_from([None, 2]))
def test_what_python_writes_it_reads(value: Any, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert run_check("json_parses", text).result == "pass"
    assert run_check("json_schema", text, {"schema": {"enum": [value]}}).result == "pass"


@given(JSON)
def test_half_a_text_is_no_json(value: Any) -> None:
    text = json.dumps([value])
    assert run_check("json_parses", text[:-1]).result == "fail"


PERSON = {
    "type": "object",
    "required": ["name", "age"],
    "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}, "age": {"$ref": "#/$defs/age"}},
    "additionalProperties": False,
    "$defs": {"age": {"type": "integer", "minimum": 0}},
}


@pytest.mark.parametrize(
    ("text", "result", "measured"),
    [
        ('{"name": "Ada", "age": 36}', "pass", None),
        ('{"name": "Ada"}', "fail", "/"),
        ('{"name": "Ada", "age": -1}', "fail", "/age"),
        ('{"name": "ada", "age": 1}', "fail", "/name"),
        ('{"name": "Ada", "age": 1, "x": 0}', "fail", "/"),
        ("[]", "fail", "/"),
        ("not json", "fail", None),
        ('{"name": "Ada", "age": NaN}', "fail", None),
    ],
)
def test_schema(text: str, result: str, measured: str | None) -> None:
    found = run_check("json_schema", text, {"schema": PERSON})
    assert (found.result, found.measured, found.expected) == (result, measured, PERSON)


def test_numbers_of_any_size_are_numbers() -> None:
    assert (
        run_check(
            "json_schema", "[1e999, -1e999, 123456789012345678901234567890]", {"schema": {"items": {"type": "number"}}}
        ).result
        == "pass"
    )


def test_half_a_character_counts_as_one() -> None:
    schema = {"schema": {"const": "\ufffd\U0001f642"}}
    assert run_check("json_schema", '"\\ud800\\uD83D\\uDE42"', schema).result == "pass"


def test_schemas_of_older_drafts() -> None:
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "integer"}]}
    assert run_check("json_schema", '["a"]', {"schema": schema}).result == "fail"
    assert run_check("json_schema", "[1]", {"schema": schema}).result == "pass"


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "objekt"}, "the schema is wrong at type"),
        ({"properties": {"a": {"minimum": "0"}}}, "the schema is wrong at properties/a/minimum"),
        ({"pattern": "("}, '"(" is not a "regex"'),
        ({"pattern": "(?=a)"}, '"(?=a)" is not a "regex"'),  # no look-ahead: patterns run in linear time
        ({"$ref": "https://example.org/schema.json"}, "put https://example.org/schema.json under $defs"),
        ({"$ref": "file:///etc/passwd"}, "put file:///etc/passwd under $defs"),
        ({"$ref": "#/$defs/none"}, "the schema is wrong"),
        ({"$schema": "https://example.org/mine"}, "the schema is wrong"),
        ("x", "a schema is an object, or true or false"),
        (None, "a schema is an object, or true or false"),
        ([], "a schema is an object, or true or false"),
    ],
)
def test_a_schema_that_is_wrong(schema: Any, says: str) -> None:
    with pytest.raises(UserError) as error:
        validate_check("json_schema", {"schema": schema})
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_hostile_pattern_takes_no_long_time() -> None:
    schema = {"pattern": "^(a+)+$"}
    assert run_check("json_schema", json.dumps("a" * 100_000 + "b"), {"schema": schema}).result == "fail"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ('{"a": 1}', "pass"),
        ('```json\n{"a": 1}\n```', "pass"),
        ("\n```\n[1]\n```\n", "pass"),
        ('Here:\n```json\n{"a": 1}\n```', "fail"),
        ("```\n1\n```\n```\n2\n```", "fail"),
        ("```json\n{\n```", "fail"),
    ],
)
def test_one_fence_around_json_may_be_allowed(text: str, result: str) -> None:
    assert run_check("json_parses", text, {"fenced": True}).result == result
    assert run_check("json_parses", text, {}).result == ("pass" if text[0] == "{" else "fail")
