"""A run's verdicts as scores in a copy of the Inspect log that was judged, where Inspect's own tools show them."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judgekit.errors import JudgeError, UserError
from judgekit.integrations.harness import needed
from judgekit.integrations.inspect import PACKAGE
from judgekit.integrations.inspect_score import keys_of, score_of
from judgekit.integrations.outcome import Outcome
from judgekit.io import load_transcripts
from judgekit.io.inspect_sample import sample_id
from judgekit.io.rubrics import load_rubric
from judgekit.io.sniff import INSPECT
from judgekit.rubric import Rubric
from judgekit.running.run import Run
from judgekit.transcript import Transcript
from judgekit.verdict import Verdict

ENDINGS = (".eval", ".json")
"""The forms of a log, by the ending of its name: as Inspect tells them apart."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written into the copy of a log."""

    scores: int
    """Verdicts that stand in it, the unscored ones included."""
    without: int
    """Samples of the log on which the run has no verdict."""


def export_to_inspect(run: Run, log: str | Path, out: str | Path) -> Written:
    """Writes a copy of the log that has the run's verdicts as scores, one scorer a rubric, beside those that it had.

    What is not scored is unscored with a reason, and not part of Inspect's metrics. The log is held in memory.

    Args:
        run: what was judged, from that log.
        log: the `.eval` or `.json` log.
        out: the copy; its ending decides on its form.

    Raises:
        UserError: Inspect is not installed, a file is wrong, or the run judged another log.
    """
    if Path(out).suffix not in ENDINGS:
        raise UserError(f"-o {out}: wanted a name that ends in .eval or .json, for Inspect tells logs apart by it")
    if Path(log).resolve() == Path(out).resolve():
        raise UserError(f"-o {out} is the log itself: name another file, and the log stays as it is")
    found = _verdicts(run, log)
    inspect, logs = needed("inspect_ai", PACKAGE), needed("inspect_ai.log", PACKAGE)
    try:
        whole = logs.read_eval_log(str(log), resolve_attachments=False)
    except Exception as error:
        raise UserError(f"{log}: Inspect cannot read it: {_brief(error)}") from error
    scorers = [_scorer(name, verdicts, rubric_of(run, name), whole.eval.model) for name, verdicts in found.items()]
    # The models of roles are not needed, and making them may want keys.
    roles, whole.eval.model_roles = whole.eval.model_roles, None
    scored = inspect.score(whole, scorers, action="append", model="mockllm/model", display="none", copy=False)
    scored.eval.model_roles = roles
    _write(logs, scored, Path(out))
    ids = {_of(sample, whole.eval.model) for sample in scored.samples or ()}
    judged = {identity for verdicts in found.values() for identity in verdicts}
    return Written(sum(map(len, found.values())), len(ids - judged))


def _verdicts(run: Run, log: str | Path) -> dict[str, dict[str, Verdict]]:
    """By rubric and transcript, the verdicts on this log."""
    file = load_transcripts(log, skip_bad=True)
    if file.format != INSPECT:
        raise UserError(f"{log} is {file.format}: wanted the Inspect log that was judged")
    transcripts = {one.id: one for one in file}
    found: dict[str, dict[str, Verdict]] = defaultdict(dict)
    for verdict in run.verdicts():
        transcript = transcripts.get(verdict.transcript_id)
        if transcript is None:
            continue
        for quote, said in _quotes(verdict, transcript):
            if quote != said:
                raise UserError(
                    f"{run.path}: its verdict on {verdict.transcript_id!r} quotes {quote[:60]!r}, which does not stand "
                    f"there in {log}: wanted the log that was judged"
                )
        found[verdict.rubric][verdict.transcript_id] = verdict
    if not found:
        raise UserError(f"{run.path} has no verdict on a sample of {log}: wanted the log that was judged")
    return dict(found)


def _quotes(verdict: Verdict, transcript: Transcript) -> Iterator[tuple[str, str]]:
    """What the verdict quotes, and what stands at that place."""
    for result in verdict.criteria.values():
        for one in result.evidence:
            there = transcript.messages[one.message].content if one.message < len(transcript.messages) else ""
            yield one.quote, there[one.start : one.end]


def rubric_of(run: Run, name: str) -> Rubric | None:
    """The shipped rubric that the run used, for what its points are worth; None for any other."""
    with suppress(UserError):
        rubric = load_rubric(name)
        if rubric.fingerprint == run.meta["rubrics"].get(name, {}).get("fingerprint"):
            return rubric
    return None


def _scorer(name: str, verdicts: Mapping[str, Verdict], rubric: Rubric | None, model: str) -> Any:
    """A scorer that gives the verdicts that there are."""
    scorers = needed("inspect_ai.scorer", PACKAGE)
    outcomes = {identity: Outcome(verdict, rubric) for identity, verdict in verdicts.items()}
    keys = keys_of(key for outcome in outcomes.values() for key in outcome.values)
    # `*` stands for the keys of the first value: where there is none, Inspect shows the names as they are given here.
    shown = ("*",) if any(outcome.score is not None for outcome in outcomes.values()) else keys
    metrics = {key: [scorers.mean(), scorers.stderr()] for key in shown}

    @scorers.scorer(metrics=metrics, name=name)  # type: ignore[untyped-decorator]
    def verdict_scorer() -> Any:
        async def score(state: Any, target: Any) -> Any:
            outcome = outcomes.get(sample_id(str(state.sample_id), model, state.epoch))
            return None if outcome is None else score_of(outcome, keys, answer=state.output.completion)

        return score

    return verdict_scorer()


def _of(sample: Any, model: str) -> str:
    return sample_id(str(sample.id), model, sample.epoch)


def _write(logs: Any, log: Any, out: Path) -> None:
    """The log, there whole or not at all."""
    if not out.parent.is_dir():
        raise UserError(f"cannot write {str(out)!r}: the folder {str(out.parent)!r} does not exist; make it first")
    part = out.with_name(f".{secrets.token_hex(4)}.part{out.suffix}")
    try:
        logs.write_eval_log(log, str(part))
        part.replace(out)
    except OSError as error:
        raise JudgeError(f"cannot write {str(out)!r}: {error.strerror or error}; nothing was changed") from error
    finally:
        part.unlink(missing_ok=True)


def _brief(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
