"""The turns of a conversation, and the questions that are asked about each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from judgekit.criterion import Criterion
from judgekit.judging.job import Job
from judgekit.transcript import Message

MOST_TURNS = 24
"""Longer conversations are not asked about turn by turn: servers refuse schemas of hundreds of questions."""
TOO_MANY = "too_many_turns"
"""The flag of a verdict for that reason without answers about turns."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the user said, and what the assistant said to it."""

    user: tuple[int, ...]
    """The places of the user's messages."""
    assistant: tuple[int, ...]
    """The places of the assistant's messages; more than one where it used tools in between."""


@dataclass(frozen=True, slots=True)
class TurnQuestions:
    """The questions about turns of one job."""

    asked: tuple[tuple[str, Criterion], ...]
    """Name in the reply and criterion: `stance_1` is about the first turn."""
    places: Mapping[str, tuple[int, ...]]
    """By name, the messages that its evidence is quoted from."""
    shown: Sequence[tuple[Criterion, Sequence[tuple[str, str, str]]]]
    """For the prompt: each criterion with name, messages it is about and messages it quotes, turn by turn."""


def turns_of(messages: Sequence[Message]) -> list[Turn]:
    """The turns in order; what the assistant says before the user has spoken is none.

    >>> talk = [Message(role=r, content="…") for r in ("system", "user", "assistant", "user", "assistant")]
    >>> turns_of(talk)
    [Turn(user=(1,), assistant=(2,)), Turn(user=(3,), assistant=(4,))]
    """
    turns: list[Turn] = []
    user: list[int] = []
    assistant: list[int] = []
    for i, message in enumerate(messages):
        if message.role == "user":
            if assistant:
                turns.append(Turn(tuple(user), tuple(assistant)))
                user, assistant = [], []
            user.append(i)
        elif message.role == "assistant" and user:
            assistant.append(i)
    return [*turns, Turn(tuple(user), tuple(assistant))] if assistant else turns


def turn_name(criterion: str, number: int) -> str:
    """How the answer about one turn is called; turns are counted from 1."""
    return f"{criterion}_{number}"


def has_too_many_turns(job: Job) -> bool:
    """Whether there are questions about turns, and more turns than can be asked about."""
    long = len(job.messages) > 2 * MOST_TURNS and bool(job.rubric.turn_criteria)
    return long and len(turns_of(job.messages)) > MOST_TURNS


def turn_questions(job: Job) -> TurnQuestions | None:
    """The questions about turns; None for a rubric without them, and for a single turn, which the criteria cover."""
    if not job.rubric.turn_criteria or len(job.messages) < 4:
        return None
    turns = turns_of(job.messages)
    if not 2 <= len(turns) <= MOST_TURNS:
        return None
    asked: list[tuple[str, Criterion]] = []
    places: dict[str, tuple[int, ...]] = {}
    shown = []
    for criterion in job.rubric.turn_criteria:
        rows = []
        for number, turn in enumerate(turns, start=1):
            name = turn_name(criterion.id, number)
            asked.append((name, criterion))
            places[name] = turn.user if criterion.quote_from == "user" else turn.assistant
            rows.append((name, listed(turn.assistant), listed(places[name])))
        shown.append((criterion, rows))
    return TurnQuestions(tuple(asked), places, shown)


def listed(places: Sequence[int]) -> str:
    """The messages as the prompt calls them.

    >>> listed([3]), listed([3, 5])
    ('message 3', 'messages 3, 5')
    """
    return f"message{'s' if len(places) > 1 else ''} {', '.join(map(str, places))}"
