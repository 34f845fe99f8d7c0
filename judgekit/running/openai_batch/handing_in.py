"""From a file that is ready to a batch that is open at the provider, once and only once.

Before a batch is made, the ledger says that it may be. One that may be is looked for in the provider's list, by the tag
in its metadata or by its file, before it is made again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import Final, TypeVar

from judgekit.errors import JudgeError, UserError
from judgekit.judging.client.batch import BatchClient, RemoteBatch
from judgekit.judging.hopeless import hopeless
from judgekit.judging.reply import NoAnswerError
from judgekit.judging.trouble import LostError, RefusedError, Trouble, pause_s
from judgekit.running.openai_batch.ledger import Batch, Ledger
from judgekit.running.openai_batch.lock import BatchFolder
from judgekit.running.openai_batch.outbox import disk_errors, request_file, split
from judgekit.settings import Settings

T = TypeVar("T")

Errors = Sequence[tuple[str, str]]
"""Code and message of each."""
CALL_ERRORS: Final = (RefusedError, LostError, NoAnswerError)
"""What a call to the provider may end with."""
_QUEUE_FULL = "token_limit_exceeded"
_LIMIT = re.compile(r"Limit: ([\d,]{1,20})")
_BYTES_PER_TOKEN = 4
_NO_BATCHES = (404, 405, 501)


class HandingIn:
    """Uploads files and makes batches of them; knows when the provider's queue is full."""

    def __init__(
        self, client: BatchClient, ledger: Ledger, folder: BatchFolder, settings: Settings, lag_s: float
    ) -> None:
        """Nothing is asked yet.

        Args:
            client: the provider.
            ledger: what is known.
            folder: of the request files.
            settings: of the judge.
            lag_s: how long a batch may take to turn up in the provider's list.
        """
        self._client, self._ledger, self._folder, self._settings = client, ledger, folder, settings
        self._lag_s = lag_s
        self._random = Random()  # noqa: S311 — spreads retries, guards nothing
        self.full = False
        """Whether the provider takes no more until an open batch has ended."""
        self.wary = False
        """Whether its queue was full before: then batches are handed in one by one, each once the last is taken."""

    async def recover(self) -> None:
        """What an earlier session left between two steps is cleared up.

        A batch that was made is open, whether its id was noted or not. What was not handed in is forgotten: its jobs
        ask again, if this session has them; perhaps it is another rubric's by now.
        """
        for batch in self._ledger.batches("creating"):
            remote = await self._found(batch)
            if remote is None:
                self._ledger.forget(batch.id)
            else:
                self._ledger.move(batch.id, "open", provider_id=remote.id)
        for batch in self._ledger.batches("ready"):
            self._ledger.forget(batch.id)
        kept = {batch.tag for batch in self._ledger.batches("open")}
        for path in self._folder.path.glob("*.jsonl"):
            if path.stem not in kept:
                path.unlink(missing_ok=True)

    async def hand_in(self, batch: Batch) -> bool:
        """Whether the batch is open; if not, the queue is full, or it was split, or its file is gone.

        Raises:
            UserError: the provider has no batches, or refuses this one for good.
            JudgeError: the provider does not answer; whether the batch was made is found out by the next session.
        """
        path = request_file(self._folder.path, batch.tag)
        if not path.is_file():
            self._ledger.forget(batch.id)
            return False
        if batch.file_id is None:
            file_id = await self._tried("the upload", lambda: self._upload(batch))
            self._ledger.move(batch.id, "ready", file_id=file_id)
        else:
            file_id = batch.file_id
        self._ledger.move(batch.id, "creating")
        remote = await self._create(batch, file_id)
        if remote is not None:
            self._ledger.move(batch.id, "open", provider_id=remote.id)
        return remote is not None

    def refused(self, failed: Sequence[tuple[Batch, Errors]], *, others_ended: bool = False) -> None:
        """Batches of which nothing was run are tried again where that can help.

        Args:
            failed: with what is wrong with each.
            others_ended: whether one has ended meanwhile, so that there is room which there was not.

        Raises:
            UserError: it cannot help.
            JudgeError: the queue is full, of others' requests it seems.
        """
        for batch, _ in failed:
            self._ledger.move(batch.id, "ready")
        for batch, errors in failed:
            if not any(code == _QUEUE_FULL for code, _ in errors):
                raise self._refused_for_good(batch, errors)
        if not failed:
            return
        self.wary = True
        self.full = bool(self._ledger.batches("open"))
        if len(failed) == 1 and not self.full and not others_ended:  # it was alone: it is too large as it is
            self._split(failed[0][0], failed[0][1][0][1])

    def _refused_for_good(self, batch: Batch, errors: Errors) -> UserError:
        code, message = errors[0] if errors else ("", "the provider does not say why")
        self._ledger.forget(batch.id)
        request_file(self._folder.path, batch.tag).unlink(missing_ok=True)
        return hopeless(Trouble(400, code, "", message), self._settings, self._client.where) or UserError(
            f"{self._client.where} refuses a batch of {batch.requests:,} requests ({code or 'no code'}: {message}); "
            "nothing of it was run"
        )

    def _split(self, batch: Batch, message: str) -> None:
        path = request_file(self._folder.path, batch.tag)
        if batch.requests == 1 or not path.is_file():
            raise JudgeError(
                f"{self._client.where} takes no batch at the moment ({message}): its queue is full, though none of "
                "this run is in it; the same command goes on later"
            )
        named = _LIMIT.search(message)
        limit = int(named[1].replace(",", "") or 0) if named else 0
        parts = max(2, -(-batch.bytes // _BYTES_PER_TOKEN // limit)) if limit else 2
        self._ledger.split(batch.id, split(path, self._folder.path, min(parts, batch.requests)))
        path.unlink(missing_ok=True)

    async def _upload(self, batch: Batch) -> str:
        path = request_file(self._folder.path, batch.tag)
        with disk_errors(path), path.open("rb") as file:
            return await self._client.upload(path.name, file)

    async def _create(self, batch: Batch, file_id: str) -> RemoteBatch | None:
        attempt = 0
        while True:
            try:
                return await self._client.create(file_id, batch.tag, self._ledger.path.name)
            except RefusedError as error:
                trouble = error.trouble
                if trouble.code == _QUEUE_FULL:
                    self.refused([(batch, ((trouble.code, trouble.message),))])
                    return None
                if not trouble.retried:
                    self._ledger.forget(batch.id)
                    raise self._refusal(trouble, f"a batch of {batch.requests:,} requests") from None
                wait_s, said = trouble.retry_after_s, trouble.message
            except (LostError, NoAnswerError) as error:
                wait_s, said = None, str(error)
            attempt += 1
            if attempt > self._settings.max_attempts:
                raise self._given_up("making a batch", said)
            await asyncio.sleep(pause_s(attempt, wait_s, self._random))
            # The answer may have been lost on its way back.
            found = await self._found(batch)
            if found is not None:
                return found

    async def _found(self, batch: Batch) -> RemoteBatch | None:
        """The batch where it was made; whoever looks once may look too early."""
        for wait_s in (0.0, self._lag_s):
            await asyncio.sleep(wait_s)
            found = await self._tried("the list of batches", lambda: self._find(batch))
            if found is not None:
                return found
        return None

    async def _find(self, batch: Batch) -> RemoteBatch | None:
        """The batch in the provider's list; one that failed was never run, and does not count."""
        async for remote in self._client.batches():
            ours = remote.tag == batch.tag or (batch.file_id is not None and remote.input_file == batch.file_id)
            if ours and remote.status != "failed":
                return remote
        return None

    async def _tried(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        """What a call that may be repeated comes to."""
        attempt = 0
        while True:
            try:
                return await call()
            except RefusedError as error:
                trouble = error.trouble
                if not trouble.retried or trouble.status in _NO_BATCHES:
                    raise self._refusal(trouble, what) from None
                wait_s, said = trouble.retry_after_s, trouble.message
            except (LostError, NoAnswerError) as error:
                wait_s, said = None, str(error)
            attempt += 1
            if attempt >= self._settings.max_attempts:
                raise self._given_up(what, said)
            await asyncio.sleep(pause_s(attempt, wait_s, self._random))

    def _refusal(self, trouble: Trouble, what: str) -> UserError:
        where, said = self._client.where, f"HTTP {trouble.status}: {trouble.message}"
        if trouble.status in _NO_BATCHES:
            return UserError(f"{where} has no Batch API ({said}); leave --batch out")
        return hopeless(trouble, self._settings, where) or UserError(f"{where} refuses {what} ({said})")

    def _given_up(self, what: str, said: str) -> JudgeError:
        return JudgeError(
            f"{self._client.where}: {what} failed ({said}); nothing is lost, and the same command goes on from here"
        )
