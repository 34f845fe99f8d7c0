"""What is judged: a conversation of ordered messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from judgekit.errors import UserError
from judgekit.noun import JsonMap, Noun, Text, explain, sha256_text

Role = Literal["system", "developer", "user", "assistant", "tool"]
Provenance = Literal["verbatim", "third_party_summary", "mixed", "contaminated", "not_generated", "unknown"]


class Message(Noun):
    """One turn of a conversation."""

    role: Role
    """Who speaks."""
    content: Text = ""
    """The text; parts of a multi-part message are joined by blank lines."""
    tool_calls: tuple[JsonMap, ...] = ()
    """Calls the assistant made, in the shape of OpenAI's chat format."""


class Transcript(Noun):
    """One conversation; what is judged is its last assistant message in the light of all before it."""

    id: Text
    """`<question_id>/<label>`, unique within a run."""
    question_id: Text
    """The question that this answers."""
    label: Text = ""
    """Whose answer it is; hidden from the judge."""
    printed_id: Text | None = None
    """The question's id as the source prints it; it may repeat."""
    title: Text | None = None
    """The question's title as the source prints it."""
    messages: tuple[Message, ...] = Field(min_length=1)
    """The turns in order; at least one is the assistant's."""
    reference: Text | None = None
    """A known good answer, where the source has one."""
    context: Text | None = None
    """Further material that the response was to use."""
    metadata: JsonMap = Field(default_factory=dict)
    """What else the source said; never shown to the judge."""
    provenance: Provenance = "unknown"
    """Whether the response is the model's own words."""
    sha256: str = ""
    """SHA-256 of the stripped response text; filled in, and checked where the source gives it."""
    lines: tuple[int, int] | None = None
    """First and last line of the response in its file, from 1."""

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        if isinstance(data, dict) and not data.get("id") and data.get("question_id"):
            data = {**data, "id": transcript_id(str(data["question_id"]), str(data.get("label") or ""))}
        return data

    @model_validator(mode="after")
    def _check(self) -> Self:
        index = self.response_index
        if index < 0:
            raise ValueError("a transcript needs at least one assistant message")
        actual = sha256_text(self.messages[index].content)
        if self.sha256 and self.sha256 != actual:
            raise ValueError(f"sha256 is that of another text: the response's is {actual}")
        object.__setattr__(self, "sha256", actual)
        return self

    @classmethod
    def from_text(
        cls, prompt: str, response: str, *, label: str = "", question_id: str | None = None, **fields: Any
    ) -> Self:
        """The transcript of one prompt and one response.

        Args:
            prompt: what the user said.
            response: what the model answered; this is judged.
            label: whose answer it is; the judge does not see it.
            question_id: the question's id; by default `q-` and the first 12 digits of the prompt's SHA-256.
            **fields: any other field of a transcript.

        Raises:
            UserError: prompt or response is no text, or a field is wrong.

        >>> Transcript.from_text("Is water wet?", "Yes.", label="Model1", question_id="q1").id
        'q1/Model1'
        """
        prompt_text = Message(role="user", content=prompt)
        question = question_id or f"q-{sha256_text(prompt_text.content)[:12]}"
        messages = (prompt_text, Message(role="assistant", content=response))
        return cls(id=transcript_id(question, label), question_id=question, label=label, messages=messages, **fields)

    @classmethod
    def from_messages(
        cls,
        messages: Iterable[Message | Mapping[str, Any]],
        *,
        label: str = "",
        question_id: str | None = None,
        **fields: Any,
    ) -> Self:
        """The transcript of a conversation in OpenAI's chat form; its last assistant message is judged.

        Args:
            messages: messages, or mappings with role and content.
            label: whose answer it is; the judge does not see it.
            question_id: the question's id; by default `q-` and 12 digits of the SHA-256 of the last prompt.
            **fields: any other field of a transcript.

        Raises:
            UserError: a message has another role or no text, none is the assistant's, or a field is wrong.

        >>> turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
        >>> Transcript.from_messages(turns, label="Model1", question_id="q1").response
        'Hello.'
        """
        if not isinstance(messages, Iterable) or isinstance(messages, str | bytes | Mapping):
            raise UserError(
                f"messages: wanted a list of mappings with role and content; came {type(messages).__name__}"
            )
        turns = tuple(_turn(place, given) for place, given in enumerate(messages))
        asked = next((m.content for m in reversed(turns) if m.role == "user"), "")
        question = question_id or f"q-{sha256_text(asked)[:12]}"
        return cls(id=transcript_id(question, label), question_id=question, label=label, messages=turns, **fields)

    @property
    def response_index(self) -> int:
        """The place of the judged message: the last assistant message, or -1."""
        index = len(self.messages) - 1
        while index >= 0 and self.messages[index].role != "assistant":
            index -= 1
        return index

    @property
    def response(self) -> str:
        """The text of the judged message."""
        return self.messages[self.response_index].content

    @property
    def prompt(self) -> str:
        """The text of the last user message before the response, or ''."""
        before = self.messages[: self.response_index]
        return next((message.content for message in reversed(before) if message.role == "user"), "")


def _turn(place: int, given: Any) -> Message:
    if isinstance(given, Message):
        return given
    try:
        return Message.model_validate(given)
    except ValidationError as error:
        raise UserError(f"messages.{place}: {explain(error)}") from None


def transcript_id(question_id: str, label: str) -> str:
    """`<question_id>/<label>`, or the question's id alone where there is no label."""
    return f"{question_id}/{label}" if label else question_id
