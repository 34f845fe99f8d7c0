"""The judge that people hold: one object for one transcript, for many, sync or async."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from pydantic import BaseModel, JsonValue

from judgekit.errors import UserError
from judgekit.judging.engines import open_engine
from judgekit.judging.job import Plan, checked_job
from judgekit.judging.judge import judge_job
from judgekit.question import Question, QuestionSet
from judgekit.running.loop import EngineRoom
from judgekit.running.plans import Plans
from judgekit.settings import Mode, check_limits, settings_for
from judgekit.transcript import Transcript
from judgekit.verdict import Verdict

if TYPE_CHECKING:  # what a run needs is loaded with the first run: a harness may never start one
    from judgekit.io.prices import Prices
    from judgekit.judging.typed import TypedVerdict
    from judgekit.running.batch import Inputs, RubricLike
    from judgekit.running.openai_batch import BatchOptions
    from judgekit.running.progress import Progress
    from judgekit.running.quote import Quote
    from judgekit.running.run import Run
    from judgekit.running.stop import Stop

M = TypeVar("M", bound=BaseModel)


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
        rpm: float | None = None,
        tpm: float | None = None,
        prices: str | Path | Prices | None = None,
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
            rpm: requests a minute; by default what the server's headers and refusals say.
            tpm: tokens a minute, prompts and replies together; by default the same.
            prices: your own, in US dollars per million tokens: a file, or `{"provider/model": {"input": 0.25, "output":
                2.0, "cached_input": 0.025, "batch": 0.5}}`. A judge that is not in it has its list price, if any.

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
            rpm=rpm,
            tpm=tpm,
        )
        if prices is not None:
            from judgekit.io.prices import read_prices

            self.settings = replace(self.settings, prices=read_prices(prices).of(self.settings))
        check_limits(self.settings, concurrency)
        self.concurrency = concurrency
        self._plans = Plans(self.settings)
        self._room = EngineRoom(partial(open_engine, self.settings, concurrency=concurrency))
        weakref.finalize(self, self._room.close)

    def __repr__(self) -> str:
        """The judge's name and endpoint; never the key."""
        where = f", base_url={self.settings.endpoint!r}" if self.settings.endpoint else ""
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
        record_missing: bool = False,
    ) -> Verdict:
        """The verdict on one transcript; works inside a running event loop too.

        Args:
            transcript: what is judged: its last assistant message in the light of all before it.
            rubric: a rubric, the name of a shipped one, or a file.
            inputs: what the rubric needs to know about the prompt, by name.
            question: supplies the inputs, where `inputs` does not.
            record_missing: a missing input is a failed verdict, as in a run, and no error.

        Returns:
            A verdict that is scored, abstained, or failed with a reason.

        Raises:
            UserError: a required input is missing, or no call can succeed (a refused key, an unknown model).
        """
        job = checked_job(transcript, self.plan(rubric), question, inputs, record_missing=record_missing)
        return self._room.run(partial(judge_job, job))

    async def ascore(
        self,
        transcript: Transcript,
        rubric: RubricLike,
        *,
        inputs: Mapping[str, JsonValue] | None = None,
        question: Question | None = None,
        record_missing: bool = False,
    ) -> Verdict:
        """The same as `score`, awaited."""
        job = checked_job(transcript, self.plan(rubric), question, inputs, record_missing=record_missing)
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
        from judgekit.judging.typed import rubric_of, typed

        given = None if rubric is None else self.plan(rubric).rubric
        return typed(self.score(transcript, rubric_of(model, given), inputs=inputs), model)

    def score_many(
        self,
        transcripts: Iterable[Transcript] | str | Path,
        rubrics: RubricLike | Sequence[RubricLike] | None = None,
        *,
        questions: QuestionSet | str | Path | None = None,
        inputs: Inputs | None = None,
        store: str | Path | None = None,
        concurrency: int | None = None,
        budget_usd: float | None = None,
        limit: int | None = None,
        progress: bool | Callable[[Progress], None] = False,
        on_warning: Callable[[str], None] | None = None,
        stop: Stop | None = None,
        retry_failed: bool = False,
        batch: bool | BatchOptions = False,
    ) -> Run:
        """The run: every transcript with its verdicts, or with a recorded failure.

        The same call again does what is left: a verdict that is in the store is never paid for twice.

        Args:
            transcripts: streamed; a file's path, or anything that yields transcripts.
            rubrics: under which to judge all of them; None: each question's own.
            questions: what the rubrics need to know about each prompt.
            inputs: the same by a function of the transcript, which goes before; names that a rubric does not know are
                left out.
            store: the run's file; None is a temporary one, gone with the `Run`.
            concurrency: transcripts judged at once; by default the judge's.
            budget_usd: no job starts that could carry the cost of the judge in this run beyond it.
            limit: only the first transcripts.
            progress: True prints a line to standard error now and then; or a function that is called with each report.
            on_warning: called with what the user should know; by default it is logged.
            stop: ends the run early, from another thread or a signal.
            retry_failed: try every failure again, whatever its kind.
            batch: ask through OpenAI's Batch API: half the price, within a day. Needs `store`; if it ends early, the
                same call goes on waiting and collects the answers.

        Raises:
            UserError: the input is wrong, or no call can succeed; what was scored is kept.
            JudgeError: the endpoint does not answer any more, or the disk fails; what was scored is kept.
        """
        from judgekit.running.batch import make_batch, run_batch
        from judgekit.running.openai_batch import BatchOptions
        from judgekit.running.progress import print_progress

        if concurrency is not None and concurrency > self.concurrency:
            raise UserError(f"this judge keeps {self.concurrency} connections: make it with concurrency={concurrency}")
        return run_batch(
            make_batch(self.plan, transcripts, questions, rubrics, limit, inputs),
            self.settings,
            self._room,
            store=store,
            concurrency=self.concurrency if concurrency is None else concurrency,
            budget_usd=budget_usd,
            progress=(print_progress() if progress else None) if isinstance(progress, bool) else progress,
            on_warning=on_warning,
            stop=stop,
            retry_failed=retry_failed,
            in_batches=(BatchOptions() if batch else None) if isinstance(batch, bool) else batch,
        )

    def quote_many(
        self,
        transcripts: Iterable[Transcript] | str | Path,
        rubrics: RubricLike | Sequence[RubricLike] | None = None,
        *,
        questions: QuestionSet | str | Path | None = None,
        inputs: Inputs | None = None,
        store: str | Path | None = None,
        budget_usd: float | None = None,
        limit: int | None = None,
        retry_failed: bool = False,
        batch: bool = False,
    ) -> Quote:
        """What `score_many` with the same arguments would cost: no call is made, and no file is made or changed.

        Args:
            transcripts: as for `score_many`; a generator is used up.
            rubrics: as for `score_many`.
            questions: as for `score_many`.
            inputs: as for `score_many`.
            store: the run's file: what it holds is not paid for again, and its verdicts sharpen the estimate.
            budget_usd: whether that is enough.
            limit: only the first transcripts.
            retry_failed: count every failure as to be tried again, whatever its kind.
            batch: at the price of a batch interface.

        Raises:
            UserError: the input is wrong.
        """
        from judgekit.judging.prices import price_of
        from judgekit.running.batch import make_batch
        from judgekit.running.quote import quote_batch

        asked = make_batch(self.plan, transcripts, questions, rubrics, limit, inputs)
        price = price_of(self.settings, batch=batch)
        return quote_batch(asked, self.settings, price, store=store, budget_usd=budget_usd, retry_failed=retry_failed)

    def plan(self, rubric: RubricLike) -> Plan:
        """The rubric compiled for this judge, once; a file is read again when it has changed."""
        return self._plans.of(rubric)
