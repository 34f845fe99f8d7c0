"""A JSON text walked from the outside in is what json reads whole, however it is cut into chunks."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.io.json_cursor import JsonCursor

SCALARS = st.none() | st.booleans() | st.integers() | st.text(alphabet='a"\\{}[],: é\n') | st.floats(allow_nan=False)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('a"\\{', max_size=3), inner, max_size=4),
    max_leaves=12,
)


def cursor(text: str | bytes, chunk: int = 1 << 18) -> JsonCursor:
    return JsonCursor(io.BytesIO(text if isinstance(text, bytes) else text.encode()), chunk=chunk)


def walk(at: JsonCursor) -> Any:
    """The value, read piece by piece."""
    sign = at.sign()
    if sign == "{":
        return {name: walk(at) for name in at.members()}
    return [walk(at) for _ in at.elements()] if sign == "[" else json.loads(at.take(1000))


@given(VALUES, st.sampled_from([1, 2, 3, 5, 64]), st.sampled_from([None, 1]))
def test_every_way_through_a_text_ends_behind_it(value: Any, chunk: int, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    whole, walked, passed = cursor(text, chunk), cursor(text, chunk), cursor(f" {text} ", chunk)
    assert json.loads(whole.take(10_000)) == value
    assert walk(walked) == value
    for one in (whole, walked, passed):
        one.finish()


def test_what_is_not_wanted_is_passed_over() -> None:
    at = cursor('{"a": {"b": [1, "]}", {}]}, "c": [[2], 3, "x"], "d": 4}', chunk=2)
    found: dict[str, Any] = {}
    for name in at.members():
        if name == "c":
            found[name] = [at.take(10) for n, _ in enumerate(at.elements()) if n != 1]
        elif name == "d":
            found[name] = at.take(10)
    assert found == {"c": [b"[2]", b'"x"'], "d": b"4"}


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_what_is_too_long_is_not_held_and_what_follows_is_read(chunk: int) -> None:
    at, found = cursor('{"long": "' + "x" * 90 + '", "short": 1}', chunk), []
    for name in at.members():
        if name == "long":
            with pytest.raises(ValueError, match="it has 92 bytes, more than the 20 that are read"):
                at.take(20)
        else:
            found.append(at.take(20))
    assert found == [b"1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ends too early"),
        ('{"a": ', "ends too early"),
        ('{"a": [1, {"b": "x', "ends too early"),
        ('{"a": "\\', "ends too early"),
        ('{"a": 1', "ends too early"),
        ("{a: 1}", "wanted a name in quotation marks, came 'a: 1}'"),
        ('{"a" 1}', "wanted ':', came '1}'"),
        ('{"a": 1 "b": 2}', "wanted ',', came '\"b\": 2}'"),
        ('{"a": }', "wanted a value, came '}'"),
        ("[1]", "wanted '{', came '[1]'"),
        ('{"a": 1} {', "wanted the end, came '{'"),
        ('{"' + "n" * 70_000 + '": 1}', "it has 70,002 bytes"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 3, 1 << 18])
def test_broken_texts(text: str, said: str, chunk: int) -> None:
    at = cursor(text, chunk)
    with pytest.raises(ValueError) as caught:
        list(at.members())
        at.finish()
    # of what came, no more is shown than has been read
    assert (said if chunk > 3 else said.partition(", came")[0]) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["[" * 1001, '{"a": ' * 1001, '{"a": ' + "[" * 1001])
def test_what_is_nested_too_deeply(text: str) -> None:
    with pytest.raises(ValueError, match="nested more than 1000 levels deep"):
        cursor(f'{{"x": {text}').take(10**6)


@pytest.mark.parametrize(("text", "most"), [("[[], [], [], []]", 7), ('{"a": 1, "b": [[]]}', 21), ("[1, 2, 3]", 2)])
def test_more_steps_than_are_allowed(text: str, most: int) -> None:
    for allowed, fits in ((most, False), (most + 1, True)):
        at = JsonCursor(io.BytesIO(text.encode()), most_steps=allowed)
        try:
            passed = [None for _ in (at.members() if text.startswith("{") else at.elements())]
        except ValueError as error:
            assert str(error) == "it has more brackets and names than are read"
            assert not fits
        else:
            assert (fits, len(passed) > 0) == (True, True)
