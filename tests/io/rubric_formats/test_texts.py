"""Template syntax of other tools: variables become words, everything else is left out and listed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.io.rubric_formats.records import Losses
from judgekit.io.rubric_formats.source import source_from_text
from judgekit.io.rubric_formats.texts import Texts

SOURCE = source_from_text("a: b", name="f.yaml")


def plain(text: str, *, single: bool = False) -> tuple[str, list[str], list[str]]:
    losses = Losses()
    texts = Texts(SOURCE, losses)
    made = texts.plain(text, ("a",), single=single)
    return made, list(texts.inputs), [one.reason for one in losses.listed()]


@pytest.mark.parametrize(
    ("text", "wanted", "inputs"),
    [
        ("{{input}}", "(the prompt)", []),
        ("{{ item.question }}", "(the prompt)", []),
        ("{{{output}}}", "(the response)", []),
        ("{{&output}}", "(the response)", []),
        ("{{ sample.output_text }}", "(the response)", []),
        ("{{thread}}", "(the conversation)", []),
        ("{{expected}} and {{ expected }}", "(the input expected) and (the input expected)", ["expected"]),
        ("{{item.refs.first}}", "(the input refs_first)", ["refs_first"]),
        # Whose words `answer` are differs between tools: it is asked for, and never guessed.
        ("{{answer}}", "(the input answer)", ["answer"]),
        ('{"score": 1} and {name}', '{"score": 1} and {name}', []),
    ],
)
def test_variables_in_double_braces(text: str, wanted: str, inputs: list[str]) -> None:
    assert plain(text) == (wanted, inputs, [])


@pytest.mark.parametrize(
    ("text", "wanted", "inputs"),
    [
        ("{input}: {completion}", "(the prompt): (the response)", []),
        ("{ideal}", "(the input ideal)", ["ideal"]),
        ('{{"score": 1}}', '{"score": 1}', []),
        ('{"score": 1}', '{"score": 1}', []),
    ],
)
def test_variables_in_single_braces(text: str, wanted: str, inputs: list[str]) -> None:
    assert plain(text, single=True) == (wanted, inputs, [])


UNKNOWN = [
    "{{ ''.__class__ }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'] }}",
    "{{ __import__('os') }}",
    "{{ x|attr('y') }}",
    "{{#each items}}",
    "{{/each}}",
    "{{^none}}",
    "{{! a note }}",
    "{{> part}}",
    "{% if x %}",
    "{% endif %}",
    "{%- include 'x' -%}",
    "{# a note #}",
    "{{ a + b }}",
    "{{ _hidden }}",
    "{{}}",
]


@pytest.mark.parametrize("tag", UNKNOWN)
def test_what_is_no_variable_is_left_out_and_listed(tag: str) -> None:
    made, inputs, reasons = plain(f"before {tag} after")
    assert (made, inputs) == ("before  after", [])
    assert reasons == [f"the template syntax {tag} is left out"]


def test_a_way_into_python_in_single_braces_is_left_out() -> None:
    assert plain("a {x.__class__} b", single=True) == (
        "a  b",
        [],
        ["the template syntax {x.__class__} is left out"],
    )


@given(st.text(st.sampled_from("{}%#_x. \n!/&"), max_size=60), st.booleans())
def test_no_template_syntax_is_left_whatever_comes(text: str, single: bool) -> None:
    made, _, _ = plain(f"a {text} b", single=single)
    assert "{{" not in made
    assert "{%" not in made
