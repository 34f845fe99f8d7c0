"""One sample of an Inspect log as a transcript row: for logs in files, and for what Inspect's scorers are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from judgekit.io.chat import Plain, kind
from judgekit.io.json_text import tidy
from judgekit.transcript import transcript_id

FIELDS = ("id", "epoch", "input", "messages", "output", "target", "metadata", "scores", "attachments", "uuid", "error")
"""What of a sample is read; its events, by far the largest part, are not."""
_ATTACHMENT = "attachment://"
_NOT_SAID = ("reasoning",)
"""Parts of a message that its reader does not see."""


def sample_row(sample: Any, *, model: str, log: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The transcript of a sample in native form; a sample's answer is its last assistant message, or its output.

    Args:
        sample: the sample as Inspect's JSON has it.
        model: whose answer it is.
        log: what to remember about the log.

    Raises:
        ValueError: one line: it is no sample, or it has no answer.

    >>> said = [{"role": "user", "content": "Is water wet?"}, {"role": "assistant", "content": "Yes."}]
    >>> row = sample_row({"id": 3, "epoch": 2, "messages": said, "target": "Yes."}, model="openai/x")
    >>> row["id"], row["question_id"], row["reference"]
    ('3/openai/x#2', '3', 'Yes.')
    """
    if not isinstance(sample, Mapping):
        raise ValueError(f"wanted a sample of an Inspect log, came {kind(sample)}")
    identity, epoch = sample.get("id"), sample.get("epoch", 1)
    if isinstance(identity, bool) or not isinstance(identity, str | int) or identity == "":
        raise ValueError(f"id: wanted text or a number, came {kind(identity)}")
    if isinstance(epoch, bool) or not isinstance(epoch, int):
        raise ValueError(f"epoch: wanted a number, came {kind(epoch)}")
    return {
        "id": sample_id(str(identity), model, epoch),
        "question_id": str(identity),
        "label": model,
        "messages": _conversation(sample, _Texts(sample.get("attachments"))),
        "reference": _target(sample.get("target")) or None,
        "metadata": _metadata(sample, epoch, log or {}),
    }


def sample_id(identity: str, model: str, epoch: int) -> str:
    """The id of a sample's transcript: the second epoch's ends with `#2`."""
    return transcript_id(identity, model) + (f"#{epoch}" if epoch > 1 else "")


class _Texts:
    """The texts of a sample, of which long ones stand apart from their messages."""

    def __init__(self, apart: Any) -> None:
        self._apart = apart if isinstance(apart, Mapping) else {}

    def __call__(self, text: str) -> str:
        held = self._apart.get(text.removeprefix(_ATTACHMENT)) if text.startswith(_ATTACHMENT) else None
        return held if isinstance(held, str) else text


def _conversation(sample: Mapping[str, Any], texts: _Texts) -> list[Plain]:
    given = sample.get("messages") or _input(sample.get("input"))
    if not isinstance(given, list):
        raise ValueError(f"messages: wanted a list, came {kind(given)}")
    messages = [_message(i, one, texts) for i, one in enumerate(given)]
    output = _output(sample.get("output"), texts)
    said = next((one for one in reversed(messages) if one["role"] == "assistant"), None)
    # A solver may set the output apart from the messages: it is the output that Inspect's scorers judge.
    if (
        output is not None
        and _plain(output["content"])
        and (said is None or _plain(said["content"]) != _plain(output["content"]))
    ):
        messages.append(output)
    elif said is None:
        error = sample.get("error")
        why = f": {error.get('message')}" if isinstance(error, Mapping) else ""
        raise ValueError(f"sample {str(sample.get('id'))!r} has no answer{why}"[:300].replace("\n", " "))
    return messages


def _input(given: Any) -> Any:
    return [{"role": "user", "content": given}] if isinstance(given, str) else given


def _output(output: Any, texts: _Texts) -> Plain | None:
    choices = output.get("choices") if isinstance(output, Mapping) else None
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        return None
    message = choices[0].get("message")
    return _message(0, message, texts) if isinstance(message, Mapping) else None


def _message(place: int, message: Any, texts: _Texts) -> Plain:
    if not isinstance(message, Mapping):
        raise ValueError(f"messages.{place}: wanted an object with role and content, came {kind(message)}")
    content, error = message.get("content"), message.get("error")
    if isinstance(content, str):
        content = texts(content)
    elif isinstance(content, list):
        content = [part for one in content if (part := _part(one, texts)) is not None]
    if message.get("role") == "tool" and not content and isinstance(error, Mapping):
        content = str(error.get("message") or "")
    plain: Plain = {"role": message.get("role"), "content": content}
    calls = message.get("tool_calls")
    if isinstance(calls, list) and calls:
        plain["tool_calls"] = [_call(place, call) for call in calls]
    return plain


def _part(part: Any, texts: _Texts) -> Any:
    """A part of a message, or None where its reader does not see it."""
    if not isinstance(part, Mapping):
        return part
    if part.get("type") in _NOT_SAID:
        return None
    text = part.get("text")
    return {"type": part.get("type"), "text": texts(text)} if isinstance(text, str) else {"type": part.get("type")}


def _call(place: int, call: Any) -> Plain:
    """A tool call in the shape of OpenAI's chat format."""
    if not isinstance(call, Mapping):
        raise ValueError(f"messages.{place}: tool_calls: wanted objects, came {kind(call)}")
    arguments = call.get("arguments")
    written = arguments if isinstance(arguments, str) else orjson.dumps(tidy(arguments or {})).decode()
    function = {"name": str(call.get("function") or ""), "arguments": written}
    return {"id": str(call.get("id") or ""), "type": "function", "function": function}


def _plain(content: Any) -> str:
    """What a message says, to compare it with another."""
    parts = content if isinstance(content, list) else [{"text": content}]
    texts = (one.get("text") for one in parts if isinstance(one, Mapping))
    return "\n\n".join(text.strip() for text in texts if isinstance(text, str) and text).strip()


def _target(target: Any) -> str:
    if isinstance(target, str):
        return target
    return "\n\n".join(one for one in target if isinstance(one, str)) if isinstance(target, list) else ""


def _metadata(sample: Mapping[str, Any], epoch: int, log: Mapping[str, Any]) -> dict[str, Any]:
    own = sample.get("metadata")
    facts: dict[str, Any] = {**log, "epoch": epoch, "sample_uuid": sample.get("uuid")}
    scores = sample.get("scores")
    if isinstance(scores, Mapping) and scores:
        facts["scores"] = {name: one.get("value") for name, one in scores.items() if isinstance(one, Mapping)}
    if isinstance(error := sample.get("error"), Mapping):
        facts["error"] = error.get("message")
    plain = tidy({**(own if isinstance(own, Mapping) else {}), "inspect": facts})
    assert isinstance(plain, dict)
    return plain
