"""The judge that people hold: one object for one transcript, for many, sync or async."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel, JsonValue

from judgekit.errors import UserError
from judgekit.io.rubrics import load_rubric
from judgekit.judging.engines import open_engine
from judgekit.judging.job import Job, Plan, make_job, make_plan
from judgekit.judging.judge import judge_job
from judgekit.judging.typed import TypedVerdict, rubric_of, typed
from judgekit.question import Question
from judgekit.rubric import Rubric
from judgekit.running.loop import EngineRoom
from judgekit.settings import Mode, settings_for
from judgekit.transcript import Transcript
from judgekit.verdict import Verdict

M = TypeVar("M", bound=BaseModel)
RubricLike = Rubric | str | Path
"""A rubric, the name of a shipped one, or a file."""


class Judge:
    """A model, its endpoint and its parameters; safe to share between threads and tasks.

    All calls run on one event loop in a thread of its own, with one pool of connections. `close` it, or use it as a
    context manager; an unclosed judge is closed when it is collected.
    """

    def __init__(
        self,
        judge: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        api_key_env: str | None = None,
        temperature: float | None = 0.0,
        seed: int | None = None,
        max_tokens: int | None = None,
        timeout_s: float = 60.0,
        max_attempts: int = 3,
        mode: Mode = "auto",
        extra: Mapping[str, object] | None = None,
        concurrency: int = 32,
    ) -> None:
        """A judge; nothing is loaded or called yet.

        Args:
            judge: `openai/gpt-5-mini` and the like, `local/PATH.gguf`, or `baseline`.
            base_url: any OpenAI-compatible endpoint.
            api_key: the key; better left to the environment (OPENAI_API_KEY and its kin).
            api_key_env: the variable that holds the key.
            temperature: None leaves it to the model; one that a model does not take is left out, and flagged.
            seed: sent where set.
            max_tokens: the limit of a reply.
            timeout_s: seconds for one attempt.
            max_attempts: calls for one reply, the first included.
            mode: how structured output is asked for; `auto` finds what the server knows.
            extra: further request parameters, sent as they are and part of the fingerprint.
            concurrency: calls in flight at once.

        Raises:
            UserError: the judge is not known, or there is no key for it.
        """
        self.settings = settings_for(
            judge,
            base_url=base_url,
            api_key=api_key,
            api_key_env=api_key_env,
            temperature=temperature,
            seed=seed,
            max_tokens=max_tokens,
            timeout_s=timeout_s,
            max_attempts=max_attempts,
            mode=mode,
            extra=dict(extra or {}),
        )
        if concurrency < 1 or max_attempts < 1 or timeout_s <= 0:
            raise UserError("concurrency and max_attempts are at least 1, and timeout_s is above 0")
        self.concurrency = concurrency
        self._lock = threading.Lock()
        self._plans: dict[str, Plan] = {}
        self._room = EngineRoom(partial(open_engine, self.settings, concurrency=concurrency))
        weakref.finalize(self, self._room.close)

    def __repr__(self) -> str:
        """The judge's name and endpoint; never the key."""
        where = f", base_url={self.settings.base_url!r}" if self.settings.base_url else ""
        return f"Judge({self.settings.judge!r}{where})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Connections, threads and engines are released; the judge may be used again and opens new ones."""
        self._room.close()

    def score(
        self,
        transcript: Transcript,
        rubric: RubricLike,
        *,
        inputs: Mapping[str, JsonValue] | None = None,
        question: Question | None = None,
    ) -> Verdict:
        """The verdict on one transcript; works inside a running event loop too.

        Args:
            transcript: what is judged: its last assistant message in the light of all before it.
            rubric: a rubric, the name of a shipped one, or a file.
            inputs: what the rubric needs to know about the prompt, by name.
            question: supplies the inputs, where `inputs` does not.

        Returns:
            A verdict that is scored, abstained, or failed with a reason.

        Raises:
            UserError: a required input is missing, or no call can succeed (a refused key, an unknown model).
        """
        job = self._checked_job(transcript, rubric, inputs, question)
        return self._room.run(partial(judge_job, job))

    async def ascore(
        self,
        transcript: Transcript,
        rubric: RubricLike,
        *,
        inputs: Mapping[str, JsonValue] | None = None,
        question: Question | None = None,
    ) -> Verdict:
        """The same as `score`, awaited."""
        job = self._checked_job(transcript, rubric, inputs, question)
        return await asyncio.wrap_future(self._room.submit(partial(judge_job, job)))

    def score_as(
        self,
        transcript: Transcript,
        model: type[M],
        *,
        rubric: RubricLike | None = None,
        inputs: Mapping[str, JsonValue] | None = None,
    ) -> TypedVerdict[M]:
        """The verdict with its answers as an instance of a pydantic model, whose fields are the criteria.

        Args:
            transcript: what is judged.
            model: fields are bool, Literal of texts or Enum of texts; the field's description is the question.
            rubric: a rubric whose criteria the fields name; without it the model is the rubric.
            inputs: what the rubric needs to know about the prompt.

        Raises:
            UserError: a field that is no closed question, or as for `score`.
        """
        given = None if rubric is None else _rubric(rubric)
        return typed(self.score(transcript, rubric_of(model, given), inputs=inputs), model)

    def plan(self, rubric: RubricLike) -> Plan:
        """The rubric compiled for this judge; once per rubric."""
        whole = _rubric(rubric)
        with self._lock:
            if whole.fingerprint not in self._plans:
                self._plans[whole.fingerprint] = make_plan(whole, self.settings)
            return self._plans[whole.fingerprint]

    def _checked_job(
        self,
        transcript: Transcript,
        rubric: RubricLike,
        inputs: Mapping[str, JsonValue] | None,
        question: Question | None,
    ) -> Job:
        job = make_job(transcript, self.plan(rubric), question, inputs)
        if job.inputs.missing:
            names = ", ".join(job.inputs.missing)
            raise UserError(f"rubric {job.rubric.name} needs the input {names}: give inputs={{…}} or a question")
        return job


def _rubric(rubric: RubricLike) -> Rubric:
    return rubric if isinstance(rubric, Rubric) else load_rubric(rubric)
