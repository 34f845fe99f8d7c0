"""The driver of a session on Ray: takes reports, fills the run, passes on Ctrl-C, and ends the session."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

from judgekit.errors import JudgeError, JudgekitError, UserError
from judgekit.io import TranscriptFile
from judgekit.running.ray_control import Control
from judgekit.running.ray_done import STATUSES, read_done
from judgekit.running.ray_pipeline import Pipeline
from judgekit.running.ray_recipe import Recipe
from judgekit.running.ray_work import BlockReport, SourceEnd, Trouble
from judgekit.running.report import Report
from judgekit.running.shard_folder import RUN, Ended, Session, end_session, new_session
from judgekit.running.shard_index import SessionIndex
from judgekit.running.stop import Stop
from judgekit.running.store import Outcome

_LOOK_S = 0.2
_GRACE_S = 3.0
"""After trouble, how long the calls in flight may still come back."""
_PATIENCE_S = 20.0
"""After they were given up, how long Ray may take to say so."""


class Driver:
    """One session, from its file to its end."""

    def __init__(self, folder: Path, session: Session) -> None:
        """The session is on record.

        Raises:
            UserError: the folder cannot be written.
        """
        self._folder = folder
        self.session = new_session(folder, session)
        self._control = Control(folder, self.session)
        self._control.say("go")
        self._index = SessionIndex(folder, self.session)
        self.warnings = self._index.warnings
        """What the user should know before the first call."""
        self._reports = self._left_open = 0
        self._end: SourceEnd | None = None
        self._trouble: Trouble | None = None

    def run(
        self,
        ray: Any,
        recipe: Recipe,
        source: TranscriptFile,
        limit: int | None,
        report: Report,
        stop: Stop,
        retry_failed: bool,
    ) -> None:
        """Returns when the source has ended or the session was stopped.

        Raises:
            UserError: no call can succeed, or the source is wrong.
            JudgeError: the endpoint, the disk or Ray fails.
        """
        outcome: Outcome = "error"
        try:
            done = read_done(self._folder / RUN, retry_failed=retry_failed)
            pipeline = Pipeline(ray, recipe, source, limit, done)
            try:
                self._follow(pipeline, report, stop)
            finally:
                self._control.say("now")
                _wait_for(pipeline)
            outcome = self._outcome()
        finally:
            with suppress(JudgekitError):  # where the disk is full, the error to raise is the first one
                end_session(self._folder, self.session, self._ended(outcome))
                report.on_disk(self._index.end())
            self._index.close()
            self._control.remove()
        if self._end is not None:
            source.warnings, source.skipped = list(self._end.warnings), self._end.skipped
        report.counts.stopped = "interrupted" if outcome == "interrupted" else ""
        report.at_end()
        if (trouble := self._trouble or self._source_trouble) is not None:
            raise (UserError if trouble.users else JudgeError)(trouble.text)

    def _follow(self, pipeline: Pipeline, report: Report, stop: Stop) -> None:
        """Takes the reports until there are no more, or Ray does not let go of calls that were given up."""
        trouble_since = given_up_since = float("inf")
        while not pipeline.ended and monotonic() - given_up_since < _PATIENCE_S:
            found = pipeline.next(_LOOK_S)
            if found is not None:
                self._take(found, report)
            if self._trouble is not None:
                trouble_since = min(trouble_since, monotonic())
            if stop.cancelling or monotonic() - trouble_since > _GRACE_S:
                self._control.say("now")
                given_up_since = min(given_up_since, monotonic())
            elif stop.draining or self._trouble is not None:
                self._control.say("drain")

    def _take(self, found: BlockReport, report: Report) -> None:
        self._reports += 1
        self._left_open += found.left_open
        self._end = found.end or self._end
        self._trouble = self._trouble or found.trouble
        for status, n in zip(STATUSES, found.kept, strict=True):
            for _ in range(n):
                report.counts.keep(status, None)
        report.on_disk(self._index.take([found.shard]) if found.shard is not None else [])

    def _outcome(self) -> Outcome:
        if self._trouble is not None or self._source_trouble is not None:
            return "error"
        if self._end is None or self._end.stopped or self._left_open:
            return "interrupted"
        if self._reports != self._end.blocks:
            raise JudgeError(
                f"Ray lost {self._end.blocks - self._reports} of {self._end.blocks} blocks: the same command again "
                "does what is left"
            )
        return "complete"

    @property
    def _source_trouble(self) -> Trouble | None:
        """What ended the source: the jobs before it are judged, unlike after trouble with a call."""
        return None if self._end is None else self._end.trouble

    def _ended(self, outcome: Outcome) -> Ended:
        return Ended(outcome=outcome, used=self._end.used if self._end is not None else ())


def _wait_for(pipeline: Pipeline) -> None:
    """Returns when Ray has ended it, or does not."""
    until = monotonic() + _PATIENCE_S
    while not pipeline.ended and monotonic() < until:
        with suppress(JudgekitError):
            pipeline.next(_LOOK_S)
