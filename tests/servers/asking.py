"""Questions that the tests of the test servers put to them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import instructor
import openai
from instructor import Mode
from openai.types.chat import ChatCompletion
from pydantic import BaseModel, ConfigDict, Field

from tests.servers.openai_server import OpenAIServer

RESPONSE = 'Water is wet, and "ice" is not.\nIt flows downhill, which is what makes rivers and waterfalls, in the end.'


class Evidence(BaseModel):
    model_config = ConfigDict(extra="forbid")
    quote: str
    place: Literal["prompt", "response"]


class Verdict(BaseModel):
    """A verdict."""

    model_config = ConfigDict(extra="forbid")
    reasoning: str = Field(max_length=80)
    level: int = Field(ge=1, le=5)
    stance: Literal["agree", "disagree"] | None
    evidence: list[Evidence] = Field(min_length=1, max_length=3)


@contextmanager
def client(server: OpenAIServer, **options: Any) -> Iterator[openai.OpenAI]:
    """Yield a client that retries nothing."""
    with openai.OpenAI(**{"base_url": server.base_url, "api_key": "any", "max_retries": 0, **options}) as made:
        yield made


def messages(text: str = RESPONSE) -> list[Any]:
    """Return a prompt that carries a transcript as JSON."""
    shown = json.dumps([{"role": "user", "content": "Is water wet?"}, {"role": "assistant", "content": text}])
    return [{"role": "system", "content": "Judge it."}, {"role": "user", "content": f"Transcript:\n{shown}\nEnd."}]


def ask(made: openai.OpenAI, **options: Any) -> ChatCompletion:
    """Return the reply to a chat request."""
    reply = made.chat.completions.create(**{"model": "test", "messages": messages(), **options})
    assert isinstance(reply, ChatCompletion)
    return reply


def judged(made: openai.OpenAI, mode: Mode = Mode.TOOLS, **options: Any) -> tuple[Verdict, ChatCompletion]:
    """Return a verdict through instructor, and the completion it came in."""
    return instructor.from_openai(made, mode=mode).chat.completions.create_with_completion(
        model="test", messages=messages(), response_model=Verdict, max_retries=options.pop("retries", 0), **options
    )


def response_format(schema: Any, *, strict: bool = False) -> Any:
    """Return the response_format that asks for a schema."""
    return {"type": "json_schema", "json_schema": {"name": "V", "schema": schema, "strict": strict}}
