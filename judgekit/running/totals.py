"""What a run adds up to beside its means."""

from __future__ import annotations

import sqlite3
from collections import Counter

from judgekit.running.means import means
from judgekit.running.summary import Summary

_COUNTS = """
SELECT count(DISTINCT transcript_id), count(DISTINCT question_id), count(*),
    coalesce(sum(status = 'scored'), 0), coalesce(sum(status = 'abstained'), 0), coalesce(sum(status = 'failed'), 0),
    coalesce(sum(reused), 0), coalesce(sum(unsupported), 0) FROM current
"""
_SPENT = """
SELECT coalesce(sum(calls), 0), sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens),
    coalesce(sum(cost_usd), 0.0), coalesce(sum(cost_usd IS NULL AND calls > 0), 0)
FROM verdicts WHERE setting_id IN (
    SELECT id FROM settings WHERE judge_key = (SELECT judge_key FROM settings ORDER BY used DESC LIMIT 1))
"""
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


def summarise(db: sqlite3.Connection) -> Summary:
    """The run in numbers; what was spent counts replaced tries too, for they were paid."""
    transcripts, questions, verdicts, scored, abstained, failed, reused, unsupported = db.execute(_COUNTS).fetchone()
    calls, prompt, completion, cached, cost, unpriced = db.execute(_SPENT).fetchone()
    pairs = db.execute("SELECT DISTINCT judge, rubric FROM current ORDER BY judge, rubric").fetchall()
    left_out, ended = stale(db), complete(db)
    return Summary(
        transcripts=transcripts,
        questions=questions,
        verdicts=verdicts,
        scored=scored,
        abstained=abstained,
        failed=failed,
        reused=reused,
        failures=_tally(db, "SELECT failure_kind, count(*) FROM current WHERE status = 'failed' GROUP BY 1"),
        rows=means(db, ("rubric", "label")),
        rubric_rows=means(db, ("rubric",)),
        unsupported_evidence=unsupported,
        calls=calls,
        prompt_tokens=prompt,
        completion_tokens=completion,
        cached_tokens=cached,
        cost_usd=None if unpriced else cost,
        judges=sorted({judge for judge, _ in pairs}),
        rubrics=dict(db.execute("SELECT DISTINCT s.rubric, s.rubric_version FROM current_settings s ORDER BY 1")),
        calibration={f"{judge} × {rubric}": "none" for judge, rubric in pairs},
        flags=_flags(db),
        provenance=_tally(db, "SELECT provenance, count(DISTINCT transcript_id) FROM current GROUP BY 1"),
        stale=left_out,
        complete=ended,
        warnings=_warnings(left_out, ended),
    )


def stale(db: sqlite3.Connection) -> int:
    """Verdicts that do not count: of another judge or rubric, or of a text or input that has changed since."""
    return int(db.execute(_STALE).fetchone()[0])


def complete(db: sqlite3.Connection) -> bool:
    """Whether the last session came to the end of its source."""
    last = db.execute("SELECT outcome FROM sessions ORDER BY id DESC LIMIT 1").fetchone()
    return last is not None and last[0] in ("complete", "budget")


def _tally(db: sqlite3.Connection, query: str) -> dict[str, int]:
    return dict(sorted(db.execute(query), key=lambda pair: (-pair[1], pair[0])))


def _flags(db: sqlite3.Connection) -> dict[str, int]:
    """Flags are stored a line each; there are few combinations of them."""
    counts: Counter[str] = Counter()
    for flags, n in db.execute("SELECT flags, count(*) FROM current WHERE flags <> '' GROUP BY flags"):
        for flag in flags.split("\n"):
            counts[flag] += n
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
