"""What harnesses hand over becomes a transcript, or a line that says what was not understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from judgekit import UserError
from judgekit.integrations.handed_over import Keys, known_inputs, reference_of

TALK = [{"role": "user", "content": "Where?"}, {"role": "assistant", "content": "There."}]


@dataclass
class Turn:
    """A message of a harness that has objects for them."""

    role: str
    content: str


@dataclass
class LangTurn:
    """A message as LangChain has it."""

    type: str
    content: str


@pytest.mark.parametrize(
    ("inputs", "outputs", "said"),
    [
        ("Where?", "There.", ["Where?", "There."]),
        (None, "There.", ["There."]),
        ({}, "There.", ["There."]),
        ({"question": "Where?", "topic": "x"}, {"answer": "There.", "seconds": 2}, ["Where?", "There."]),
        ({"q": "Where?"}, {"a": "There."}, ["Where?", "There."]),  # the only key
        (TALK[:1], TALK[1], ["Where?", "There."]),
        ({"messages": TALK[:1]}, {"messages": TALK}, ["Where?", "There."]),  # the conversation holds the prompt
        ({"prompt": {"a": 1}}, {"answer": ["b", 2]}, ['{"a":1}', '["b",2]']),
        ("Where?", 5, ["Where?", "5"]),
        ([Turn("user", "Where?")], Turn("assistant", "There."), ["Where?", "There."]),
        ({"role": "engineer", "question": "Where?"}, "There.", ["Where?", "There."]),  # no message: it has no content
        ([LangTurn("human", "Where?"), LangTurn("ai", "")], LangTurn("ai", "There."), ["Where?", "", "There."]),
        ([{"type": "human", "content": "Where?"}], [{"role": "tool"}, 2], ["Where?", '[{"role":"tool"},2]']),
        ("Where?", {"role": "assistant", "content": [{"type": "text", "text": "There."}]}, ["Where?", "There."]),
        ({"messages": TALK[:1], "model": "m"}, {"id": "c", "choices": [{"message": TALK[1]}]}, ["Where?", "There."]),
        (Turn, "There.", [str(Turn), "There."]),  # what JSON cannot say is said as text
    ],
)
def test_a_transcript(inputs: Any, outputs: Any, said: list[str]) -> None:
    found = Keys().transcript(inputs, outputs, question_id="q")
    assert [message.content.strip('"') for message in found.messages] == said
    assert found.messages[-1].role == "assistant"
    assert found.question_id == "q"


def test_keys_that_are_given() -> None:
    held = {"prompt": "a template", "filled": "Where?"}
    found = Keys("filled", "said").transcript(held, {"output": "no", "said": "There."})
    assert (found.prompt, found.response) == ("Where?", "There.")


@pytest.mark.parametrize(
    ("keys", "inputs", "outputs", "message"),
    [
        (Keys(), {"a": 1, "b": 2}, "x", r"prompt: none of the keys a, b says which is meant: give prompt='KEY'"),
        (Keys(), "x", {"a": 1, "b": 2}, r"response: none of the keys a, b says which is meant"),
        (Keys("c"), {"a": 1}, "x", r"prompt: wanted the key 'c'; there are a"),
        (Keys("c"), {}, "x", r"prompt: wanted the key 'c'; there are none"),
        (
            Keys(),
            "x",
            {"role": "assistant", "content": 5},
            r"response: messages\.0: content: wanted text or a list of parts",
        ),
        (Keys(), "x", None, r"response: there is none to judge"),
        (Keys(), "x", {}, r"response: there is none to judge"),
        (Keys(), "x", {"choices": []}, r"response: there is none to judge"),
        (Keys(), "x", [], r"response: there is none to judge"),
    ],
)
def test_what_is_not_understood_is_one_line(keys: Keys, inputs: Any, outputs: Any, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        keys.transcript(inputs, outputs)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("There.", {"reference": "There."}),
        ({"expected_response": "There.", "topic": "x"}, {"reference": "There."}),
        ({"answer": "There."}, {"reference": "There."}),
        ({"topic": "x"}, {}),  # something that the rubric knows, and no answer
        ({"answer": 5}, {}),
        ("", {}),
        (None, {}),
        (["There."], {}),
    ],
)
def test_a_known_good_answer(value: Any, found: dict[str, str]) -> None:
    assert reference_of(value) == found


def test_inputs_by_name_the_last_first() -> None:
    assert known_inputs({"a": 1, "b": 1}, None, "text", {"b": 2, "a": None}) == {"a": 1, "b": 2}
