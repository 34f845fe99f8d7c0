"""One row as a transcript: native rows as they are, chat and prompt/response rows through the mapping."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from judgekit.io.chat import Plain, kind, read_messages
from judgekit.io.fields import Fields
from judgekit.io.json_text import tidy
from judgekit.noun import digest, explain, mend_surrogates, sha256_text
from judgekit.transcript import Transcript, transcript_id

_NATIVE = frozenset(Transcript.model_fields)
_OPTIONAL = ("printed_id", "title", "reference", "context", "provenance", "system")


class Builder:
    """Makes transcripts of rows under one mapping, and remembers what it could not use."""

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self._mapping = mapping
        self.unseen = {field for field in _OPTIONAL if field in mapping}
        """Mapped fields that no row had so far."""
        self.foreign_parts = 0
        """Message parts that were not text."""

    def build(self, record: Any) -> Transcript:
        """The transcript of one row.

        Raises:
            ValueError: one line, without the place: what was wanted and what came.
        """
        if not isinstance(record, dict):
            raise ValueError(f"wanted an object with messages, or with prompt and response; came {kind(record)}")
        try:
            return self._checked(record)
        except RecursionError:  # from showing what came, too
            raise ValueError("nested too deeply") from None

    def identity(self, record: Any) -> str:
        """The id of the transcript that `build` makes of a row, in a tenth of the time; nothing else is checked.

        Raises:
            ValueError: the row has none, or is no row that `build` takes.
        """
        if not isinstance(record, dict):
            raise ValueError(f"wanted an object; came {kind(record)}")
        native = self._is_native(record)
        given = record.get("id")
        if native and given and type(given) is str and type(record["question_id"]) is str:
            return given if given.isascii() else str(mend_surrogates(given))
        try:
            if not native:
                return str(mend_surrogates(self._names(Fields(record, self._mapping), None)[0]))
            return _given_id(record) or Transcript.model_validate(self._plain(record)).id
        except (RecursionError, ValidationError):
            raise ValueError("no transcript") from None

    def _is_native(self, record: dict[str, Any]) -> bool:
        return not self._mapping and record.keys() <= _NATIVE and "question_id" in record and "messages" in record

    def _checked(self, record: dict[str, Any]) -> Transcript:
        try:
            return self._native(record) if self._is_native(record) else self._mapped(record)
        except ValidationError as error:
            raise ValueError(explain(error)) from None

    def _native(self, record: dict[str, Any]) -> Transcript:
        return Transcript.model_validate(self._plain(record))

    def _plain(self, record: dict[str, Any]) -> dict[str, Any]:
        data = {key: value for key, value in record.items() if value is not None}
        data["messages"] = self._messages(record["messages"])
        if isinstance(metadata := data.get("metadata"), dict):
            data["metadata"] = tidy(metadata)
        return data

    def _mapped(self, record: dict[str, Any]) -> Transcript:
        fields = Fields(record, self._mapping)
        self.unseen = {field for field in self.unseen if not fields.has(field)}
        messages = self._conversation(fields)
        identity, question, label = self._names(fields, messages)
        data = {
            "id": identity,
            "question_id": question,
            "label": label,
            "printed_id": fields.short("printed_id"),
            "title": fields.short("title"),
            "messages": messages,
            "reference": fields.long("reference"),
            "context": fields.long("context"),
            "provenance": fields.provenance() or "unknown",
        }
        return Transcript.model_validate(data | {"metadata": fields.metadata()})

    def _names(self, fields: Fields, messages: list[Plain] | None) -> tuple[str, str, str]:
        """Id, question and label; the messages are read where only they tell."""
        label, question, identity = fields.short("label") or "", fields.short("question_id"), fields.short("id")
        if identity and not question:
            # An id alone names the question: <question_id>/<label>, as everywhere.
            question = (identity.removesuffix(f"/{label}") if label else "") or identity
            identity = None
        question = question or _question_id(self._conversation(fields) if messages is None else messages)
        return identity or transcript_id(question, label), question, label

    def _conversation(self, fields: Fields) -> list[Plain]:
        opening: list[Plain] = []
        if fields.mapped("system") and fields.has("system") and (text := fields.text("system")):
            opening = [{"role": "system", "content": text}]
        if fields.has("messages") and (fields.mapped("messages") or not fields.mapped("prompt")):
            messages = [*opening, *self._messages(fields.take("messages"))]
            if not fields.has("response"):
                return messages
            if messages[-1]["role"] == "assistant":
                if not fields.mapped("response"):
                    return messages
                raise ValueError("the messages end with the assistant's, and a response is mapped too; map one of them")
        elif isinstance(prompt := fields.take("prompt"), list):
            messages = [*opening, *self._messages(prompt)]
        else:
            messages = [*opening, {"role": "user", "content": fields.text("prompt")}]
        return [*messages, {"role": "assistant", "content": fields.text("response")}]

    def _messages(self, value: Any) -> list[Plain]:
        messages, foreign = read_messages(value)
        self.foreign_parts += foreign
        return messages


def _given_id(record: Mapping[str, Any]) -> str | None:
    """The id that a native row gives, or its parts do; None where they are not plain text, and a model has to say."""
    identity, question, label = record.get("id"), record["question_id"], record.get("label")
    if not (isinstance(question, str) and isinstance(label, str | None) and isinstance(identity, str | None)):
        return None
    return str(mend_surrogates(identity or transcript_id(question, label or ""))) if identity or question else None


def _question_id(messages: list[Plain]) -> str:
    """`q-` and 12 digits: of the prompt's SHA-256, or of all that was said before the response where that is more."""
    last = max((i for i, message in enumerate(messages) if message["role"] == "assistant"), default=0)
    before = [(message["role"], mend_surrogates(message["content"])) for message in messages[:last]]
    if len(before) == 1 and before[0][0] == "user":
        return f"q-{sha256_text(before[0][1])[:12]}"
    return f"q-{digest(before)[:12]}"
