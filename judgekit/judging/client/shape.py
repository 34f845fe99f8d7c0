"""What a request looks like: instructor's shape for a schema and a mode, and its messages of a re-ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import instructor
from instructor.processing.response import handle_reask_kwargs, handle_response_model
from openai.types.chat import ChatCompletion

from judgekit.judging.engines import Request
from judgekit.judging.reply import Message
from judgekit.judging.schema import ReplySchema
from judgekit.settings import Mode

_MODES: Final[dict[Mode, instructor.Mode]] = {
    "json_schema": instructor.Mode.JSON_SCHEMA,
    "tools": instructor.Mode.TOOLS,
    "json": instructor.Mode.JSON,
    "md_json": instructor.Mode.MD_JSON,
}
_SYSTEM, _USER = "\x00system\x00", "\x00user\x00"


class Shapes:
    """Worked out once per schema and mode; a request fills in its two texts."""

    def __init__(self) -> None:
        self._shapes: dict[tuple[ReplySchema, Mode], dict[str, Any]] = {}

    def body(self, request: Request, mode: Mode, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The request as it is sent."""
        shape = self._shape(request.schema, mode)
        filled = [
            {**message, "content": message["content"].replace(_SYSTEM, request.system).replace(_USER, request.user)}
            for message in shape["messages"]
        ]
        # What is the same for every transcript of a rubric stands first: providers keep the beginnings of prompts.
        body = {**{name: value for name, value in shape.items() if name != "messages"}, **parameters}
        body["messages"] = filled
        if request.again is None:
            return body
        message, _ = request.again.answered.raw
        again = handle_reask_kwargs(
            kwargs={"messages": filled},
            mode=_MODES[mode],
            response=_completion(message, request.schema),
            exception=ValueError(request.again.complaint),
        )
        return {**body, "messages": again["messages"]}

    def _shape(self, schema: ReplySchema, mode: Mode) -> dict[str, Any]:
        if (schema, mode) not in self._shapes:
            placeholders = [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": _USER}]
            _, shape = handle_response_model(schema.model, _MODES[mode], messages=placeholders)
            if mode == "json_schema":
                shape["response_format"]["json_schema"]["strict"] = True
            elif mode == "tools":
                shape["tools"][0]["function"]["strict"] = True
            self._shapes[schema, mode] = shape
        return self._shapes[schema, mode]


def _completion(message: Message, schema: ReplySchema) -> ChatCompletion:
    """The message as a whole completion, which instructor reads: some servers leave out half of one."""
    said: dict[str, Any] = {"role": "assistant", "content": message.text}
    if message.call_id is not None:
        call = {"name": schema.model.__name__, "arguments": message.text}
        said["content"], said["tool_calls"] = None, [{"id": message.call_id, "type": "function", "function": call}]
    choice = {"index": 0, "finish_reason": "stop", "message": said}
    whole = {"id": "", "created": 0, "model": "", "object": "chat.completion", "choices": [choice]}
    return ChatCompletion.model_validate(whole)
