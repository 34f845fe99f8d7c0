"""What a run adds up to beside its means."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from judgekit.running.cards import CardNote, card_notes
from judgekit.running.means import means
from judgekit.running.sessions import complete
from judgekit.running.summary import Summary

if TYPE_CHECKING:
    from judgekit.calibration.card.noun import JudgeCard

_ALIKE = """
SELECT judge, rubric, provenance, flags, failure_kind, status, count(*), sum(reused), sum(unsupported) FROM current
GROUP BY judge, rubric, provenance, flags, failure_kind, status
"""
"""Verdicts that are alike in all that is counted by name: few rows, whatever the size of the run."""
_SPENT = """
SELECT coalesce(sum(calls), 0), sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens),
    coalesce(sum(cost_usd), 0.0), coalesce(sum(cost_usd IS NULL AND calls > 0), 0)
FROM verdicts WHERE setting_id IN (
    SELECT id FROM settings WHERE judge_key = (SELECT judge_key FROM settings ORDER BY used DESC LIMIT 1))
"""
_PROVENANCE = "SELECT provenance, count(DISTINCT transcript_id) FROM current GROUP BY provenance"
_STALE = """
SELECT coalesce((
    SELECT sum((SELECT count(*) FROM verdicts WHERE live = 1 AND setting_id = s.id))
    FROM settings s WHERE id NOT IN (SELECT id FROM current_settings)
), 0) + (
    SELECT count(*) FROM verdicts v INDEXED BY verdicts_history
    WHERE live = 0 AND status <> 'failed' AND NOT EXISTS (
        SELECT 1 FROM verdicts t
        WHERE t.fingerprint = v.fingerprint AND t.transcript_id = v.transcript_id AND t.live = 1)
)
"""


def summarise(db: sqlite3.Connection, cards: Iterable[JudgeCard] = ()) -> Summary:
    """The run in numbers; what was spent counts replaced tries too, for they were paid."""
    calls, prompt, completion, cached, cost, unpriced = db.execute(_SPENT).fetchone()
    found = _Found()
    for alike in db.execute(_ALIKE):
        found.add(*alike)
    left_out, ended = stale(db), complete(db)
    rubrics = dict(db.execute("SELECT DISTINCT s.rubric, s.rubric_version FROM current_settings s ORDER BY 1"))
    verdicts = found.statuses.total()
    # Under one rubric a transcript has one verdict.
    alone = len(rubrics) <= 1
    notes = card_notes(db, cards)
    trust = {f"{judge} × {rubric}": notes.get(rubric, CardNote("none")) for judge, rubric in sorted(found.pairs)}
    provenance = found.provenance if alone else dict(db.execute(_PROVENANCE))
    return Summary(
        transcripts=verdicts if alone else _count(db, "transcript_id"),
        questions=_count(db, "question_id"),
        verdicts=verdicts,
        scored=found.statuses["scored"],
        abstained=found.statuses["abstained"],
        failed=found.statuses["failed"],
        reused=found.reused,
        failures=_most_first(found.failures),
        rows=means(db, ("rubric", "label")),
        rubric_rows=means(db, ("rubric",)),
        unsupported_evidence=found.unsupported,
        calls=calls,
        prompt_tokens=prompt,
        completion_tokens=completion,
        cached_tokens=cached,
        cost_usd=None if unpriced else cost,
        judges=sorted({judge for judge, _ in found.pairs}),
        rubrics=rubrics,
        calibration={pair: note.state for pair, note in trust.items()},
        cards={pair: note for pair, note in trust.items() if note.state == "valid"},
        flags=_most_first(found.flags),
        provenance=_most_first(provenance),
        stale=left_out,
        complete=ended,
        warnings=_warnings(left_out, ended),
    )


@dataclass(slots=True)
class _Found:
    """What verdicts that are alike add up to."""

    statuses: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    provenance: Counter[str] = field(default_factory=Counter)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    reused: int = 0
    unsupported: int = 0

    def add(
        self,
        judge: str,
        rubric: str,
        provenance: str,
        flags: str,
        failure_kind: str | None,
        status: str,
        n: int,
        reused: int,
        unsupported: int,
    ) -> None:
        """So many verdicts are like this; flags are a line each."""
        self.statuses[status] += n
        self.provenance[provenance] += n
        self.pairs.add((judge, rubric))
        self.reused += reused
        self.unsupported += unsupported
        if failure_kind is not None:
            self.failures[failure_kind] += n
        for flag in flags.split("\n") if flags else ():
            self.flags[flag] += n


def stale(db: sqlite3.Connection) -> int:
    """Verdicts that do not count: of another judge or rubric, or of a text or input that has changed since."""
    return int(db.execute(_STALE).fetchone()[0])


def _count(db: sqlite3.Connection, column: Literal["transcript_id", "question_id"]) -> int:
    return int(db.execute(f"SELECT count(DISTINCT {column}) FROM current").fetchone()[0])  # noqa: S608


def _most_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _warnings(left_out: int, ended: bool) -> list[str]:
    found = []
    if left_out:
        found.append(
            f"{left_out:,} further verdicts in this file do not count: another judge, rubric, text or input made them"
        )
    if not ended:
        found.append("the run did not come to the end of its source: run the same command again to go on")
    return found
