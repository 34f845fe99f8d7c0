"""What a session on Ray is asked to do: as it goes on record, and as it travels to the machines that do it.

The recipe goes through Ray's own transport, once a process, and holds no key: each machine takes the key from its own
environment.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import SecretStr

from judgekit.errors import UserError
from judgekit.io import TranscriptFile
from judgekit.judging.job import Plan, make_plan
from judgekit.question import QuestionSet
from judgekit.rubric import Rubric
from judgekit.running.batch import Batch, parameters_of
from judgekit.running.shard_folder import Filed, Session
from judgekit.settings import Settings

BLOCK = 64
"""Jobs in a block, or as many as an actor's calls in flight where those are more. A block becomes one shard."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What every machine has to know of a session."""

    folder: Path
    """Where the shards go, absolute; the same on all machines."""
    started_in: Path
    """The folder in which the command was given; names of files are relative to it."""
    session: str
    settings: Settings
    """Without the key, and with the rates of the whole run."""
    questions: QuestionSet | None
    """With their inputs under the rubrics' names."""
    given: tuple[Rubric, ...] | None
    """The rubrics that apply to every transcript; None: each question's own."""
    own: tuple[Rubric, ...]
    """The questions' own rubrics."""
    bases: Mapping[str, str]
    """By rubric: the digest of everything but transcript and inputs, as the driver has it."""
    actors: int
    concurrency: int
    """Calls in flight of one actor."""
    block: int
    """Jobs in a block."""
    near: bool = False
    """Whether all of it runs on the driver's machine."""

    def plans(self) -> dict[str, Plan]:
        """The rubrics, compiled here.

        Raises:
            UserError: this machine would judge otherwise than the driver's.
        """
        plans = {rubric.name: make_plan(rubric, self.settings) for rubric in (*(self.given or ()), *self.own)}
        for name, plan in plans.items():
            if plan.base != self.bases[name]:
                raise UserError(
                    f"the machine {platform.node()} would judge {name!r} otherwise than the one that the command was "
                    "given on: install the same judgekit on all, and for a local/ judge the same model file"
                )
        return plans

    def share(self) -> Settings:
        """The settings of one actor: the key from this machine's environment, and its part of the rates.

        Raises:
            UserError: the key is not there.
        """
        settings, n = self.settings, self.actors
        key = ""
        if settings.key_variable is not None:
            key = os.environ.get(settings.key_variable, "")
            if not key:
                raise UserError(
                    f"there is no API key on the machine {platform.node()}: set the environment variable "
                    f"{settings.key_variable} there before Ray starts on it"
                )
        return replace(
            settings,
            api_key=SecretStr(key),
            rpm=None if settings.rpm is None else settings.rpm / n,
            tpm=None if settings.tpm is None else settings.tpm / n,
        )


def recipe_of(
    settings: Settings, batch: Batch, folder: Path, session: str, *, actors: int, concurrency: int, near: bool = False
) -> Recipe:
    """The recipe of a session.

    Args:
        settings: the judge's.
        batch: what is to be judged.
        folder: where the shards go, absolute.
        session: its name.
        actors: how many share the work.
        concurrency: calls in flight of one actor.
        near: whether all of it runs on the driver's machine.
    """
    given = None if batch.given is None else tuple(plan.rubric for plan in batch.given)
    return Recipe(
        folder=folder,
        started_in=Path.cwd(),
        session=session,
        settings=replace(settings, api_key=SecretStr("")),
        questions=batch.questions,
        given=given,
        own=tuple(plan.rubric for plan in batch.own.values()),
        bases={plan.rubric.name: plan.base for plan in _plans(batch)},
        actors=actors,
        concurrency=concurrency,
        block=max(BLOCK, concurrency),
        near=near,
    )


def session_of(settings: Settings, batch: Batch, source: TranscriptFile) -> Session:
    """The session as it goes on record."""
    return Session(
        judge=settings.judge,
        parameters=parameters_of(settings),
        base_url=settings.endpoint,
        sources=source.sources,
        rubrics={
            plan.rubric.name: Filed(rubric=plan.rubric.model_copy(update={"examples": ()}), base=plan.base)
            for plan in _plans(batch)
        },
    )


def _plans(batch: Batch) -> tuple[Plan, ...]:
    return (*(batch.given or ()), *batch.own.values())
