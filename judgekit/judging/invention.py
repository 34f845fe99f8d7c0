"""Whether a passage of a response stands in its prompt: what stands there is not made up."""

from __future__ import annotations

from functools import cached_property

from judgekit.judging.evidence import normal_form
from judgekit.judging.job import Job


class Prompt:
    """What the assistant was given before its answer: every message that is not its own, and the material."""

    def __init__(self, job: Job) -> None:
        self._job = job

    @cached_property
    def _plain(self) -> list[str]:
        before = self._job.messages[: self._job.judged[-1]]
        texts = [message.content for message in before if message.role != "assistant"]
        return [_plain(text) for text in (*texts, self._job.transcript.context) if text]

    def holds(self, passage: str) -> bool:
        """Whether the passage stands there, white space, typography and case aside; from word to word."""
        wanted = _plain(passage)
        return bool(wanted) and any(_stands_in(wanted, text) for text in self._plain)


def _plain(text: str) -> str:
    return normal_form(text).casefold()


def _stands_in(wanted: str, text: str) -> bool:
    at = text.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if not (_in_word(text[at - 1 : at], wanted[0]) or _in_word(wanted[-1], text[end : end + 1])):
            return True
        at = text.find(wanted, at + 1)
    return False


def _in_word(before: str, after: str) -> bool:
    """Whether a word goes on from one to the other: port 80 is not in port 8080. Other scripts have no such border."""
    return before.isascii() and before.isalnum() and after.isascii() and after.isalnum()
