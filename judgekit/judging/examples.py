"""A rubric's examples as transcripts, so that they take the same way as any other."""

from __future__ import annotations

from judgekit.rubric import Example
from judgekit.transcript import Message, Transcript


def example_transcript(example: Example) -> Transcript:
    """The example as a transcript; its id is the example's.

    Raises:
        ValueError: its messages have no assistant among them.

    >>> from judgekit.rubric import Expect
    >>> from judgekit.label import LabelledBy
    >>> by = LabelledBy(kind="author")
    >>> example_transcript(Example(id="e1", prompt="Hi", response="Hello.", expect=Expect(), labelled_by=by)).response
    'Hello.'
    """
    messages = example.messages or (
        Message(role="user", content=example.prompt),
        Message(role="assistant", content=example.response),
    )
    return Transcript(id=example.id, question_id=example.id, messages=messages, provenance="verbatim")
