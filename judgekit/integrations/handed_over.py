"""What a harness hands over, as a transcript: texts, messages, or dictionaries that hold one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson

from judgekit.errors import UserError
from judgekit.transcript import Transcript

_PROMPTS = ("messages", "prompt", "question", "input", "inputs", "query", "user_input", "request", "text")
_RESPONSES = ("messages", "response", "answer", "output", "outputs", "completion", "result", "content", "text")
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_OTHER_WORDS = MappingProxyType({"human": "user", "ai": "assistant"})
"""LangChain's."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Where the two texts are, in dictionaries whose keys do not say it."""

    prompt: str | None = None
    """The key of the prompt; by default the one of the usual names that is there, or the only key."""
    response: str | None = None
    """The key of the response; found in the same way."""

    def transcript(self, inputs: Any, outputs: Any, **fields: Any) -> Transcript:
        """The transcript of a prompt or a conversation, and what was answered.

        Args:
            inputs: a text, a list of chat messages, or a dictionary with one of them; None is no prompt.
            outputs: the same, and any other JSON value, which is judged as JSON text.
            **fields: further fields of the transcript, such as question_id.

        Raises:
            UserError: there is no response, or a dictionary does not say which of its values is meant.

        >>> Keys().transcript({"question": "Is water wet?", "topic": "water"}, {"answer": "Yes."}).response
        'Yes.'
        """
        asked = _held(inputs, self.prompt, _PROMPTS, "prompt")
        answered = _held(outputs, self.response, _RESPONSES, "response")
        if answered is None or answered == {} or answered == []:
            raise UserError("response: there is none to judge; wanted a text, or chat messages")
        before = _messages(asked, "prompt")
        if before is None:
            before = [] if asked is None or asked == "" else [{"role": "user", "content": _text(asked)}]
        after = _messages(answered, "response") or [{"role": "assistant", "content": _text(answered)}]
        if any(turn["role"] == "user" for turn in after):  # a whole conversation: the prompt is in it already
            before = []
        return Transcript.from_messages([*before, *after], **fields)


def known_inputs(*held: Any) -> dict[str, Any]:
    """What dictionaries say by name, the last of them first; None and anything else says nothing.

    >>> known_inputs({"topic": "trains", "n": 1}, "text", {"n": 2, "topic": None})
    {'topic': 'trains', 'n': 2}
    """
    mappings = [one for one in held if isinstance(one, Mapping)]
    return {str(key): value for one in mappings for key, value in one.items() if value is not None}


def reference_of(expected: Any) -> dict[str, str]:
    """The field `reference` of a transcript, where what is expected is a text or names one as an answer; else nothing.

    >>> reference_of({"expected_response": "Yes."}), reference_of({"topic": "water"})
    ({'reference': 'Yes.'}, {})
    """
    held = expected
    if isinstance(expected, Mapping):
        held = next((expected[name] for name in ("expected_response", *_RESPONSES) if name in expected), None)
    return {"reference": held} if isinstance(held, str) and held else {}


def _held(value: Any, key: str | None, usual: tuple[str, ...], what: str) -> Any:
    """The value itself, or the one that a dictionary holds."""
    if not isinstance(value, Mapping) or _turn(value) is not None:
        return value
    if key is None:
        if (message := _completion(value)) is not None:
            return message
        key = next((name for name in usual if name in value), None)
        key = next(iter(value)) if key is None and len(value) == 1 else key
        if key is None and value:
            raise UserError(
                f"{what}: none of the keys {', '.join(map(str, value))} says which is meant: give {what}='KEY'"
            )
    elif key not in value:
        raise UserError(f"{what}: wanted the key {key!r}; there are {', '.join(map(str, value)) or 'none'}")
    return None if key is None else value[key]


def _completion(value: Mapping[str, Any]) -> Any:
    """The message of a chat completion, as traces of OpenAI's client hold it; else None."""
    choices = value.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first.get("message") if isinstance(first, Mapping) else None


def _messages(value: Any, what: str) -> list[dict[str, Any]] | None:
    """Chat messages; None where it is something else."""
    turns = [_turn(one) for one in (value if isinstance(value, list | tuple) else [value])]
    held = [turn for turn in turns if turn is not None]
    if not held or len(held) != len(turns):
        return None
    from judgekit.io.chat import read_messages

    try:
        return read_messages(held)[0]
    except ValueError as error:
        raise UserError(f"{what}: {error}") from None


def _turn(value: Any) -> dict[str, Any] | None:
    """A message in OpenAI's form, from a dictionary or an object of that kind or of LangChain's; else None."""
    if isinstance(value, Mapping):
        held = dict(value)
    elif hasattr(value, "content") and not isinstance(value, type):
        held = {name: getattr(value, name, None) for name in ("role", "type", "content", "tool_calls")}
    else:
        return None
    role = held.get("role") or held.pop("type", None)
    role = _OTHER_WORDS.get(role, role) if isinstance(role, str) else None
    return {**held, "role": role} if role in _ROLES and ("content" in held or "tool_calls" in held) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
