"""Why did a verdict change? What differs between the two runs, and which answers of the judge."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from judgekit.running.compare_rows import Both, Flip, setting_facts
from judgekit.running.schema import reading

NOTHING = "nothing: the same question was answered anew"
"""Equal fingerprints: the judge scatters."""
INPUTS = "the text of the transcript or the question's inputs"
RUBRIC, JUDGE, VERSION = "the rubric", "the judge or its parameters", "the version of judgekit or of the prompt"
_SLICE = 500


@dataclass(frozen=True, slots=True)
class Changed:
    """One verdict that changed."""

    transcript_id: str
    """The transcript."""
    rubric: str
    """The rubric."""
    label: str
    """Whose answer it is."""
    level_a: int | None
    """The level in the first run; None where the rubric has none."""
    level_b: int | None
    """The level in the second."""
    score_a: float
    """The score in the first run."""
    score_b: float
    """The score in the second."""
    differs: tuple[str, ...]
    """What differs between the runs and could have changed it."""
    answers: tuple[str, ...]
    """Which criteria, checks and rules came out differently, such as `stance: agrees → partly_agrees`."""


def differences(a: Mapping[str, Any], b: Mapping[str, Any], *, equal: bool) -> tuple[str, ...]:
    """What differs between two verdicts, from what made them.

    Text and inputs are part of a verdict's fingerprint only together with judge and rubric: where one of these differs,
    it cannot be said whether the text does too.

    Args:
        a: the setting of the first, as `setting_facts` gives it.
        b: the setting of the second.
        equal: whether their fingerprints are equal.
    """
    if equal:
        return (NOTHING,)
    found = []
    if a["rubric_fingerprint"] != b["rubric_fingerprint"]:
        found.append(RUBRIC)
    if (a["judge"], a["judge_key"]) != (b["judge"], b["judge_key"]):
        found.append(JUDGE)
    if not found:
        found.append(INPUTS if a["base"] == b["base"] else VERSION)
    return tuple(found)


def causes(both: Both, facts_a: Mapping[int, Any], facts_b: Mapping[int, Any]) -> tuple[Counter[str], Counter[str]]:
    """What differs, over all transcripts of both runs, and over those whose verdict changed; parted by commas."""
    everywhere, changed = Counter[str](), Counter[str]()
    for (setting_a, setting_b, equal, differ), n in both.settings.items():
        what = ", ".join(differences(facts_a[setting_a], facts_b[setting_b], equal=equal))
        everywhere[what] += n
        if differ:
            changed[what] += n
    return everywhere, changed


def explained(both: Both, path_a: Path, path_b: Path) -> list[Changed]:
    """The flips that were kept, with what differs and which answers changed."""
    with reading(path_a) as db_a, reading(path_b) as db_b:
        facts_a, facts_b = setting_facts(db_a), setting_facts(db_b)
        bodies_a = bodies_of(db_a, [one.row_a for one in both.flips])
        bodies_b = bodies_of(db_b, [one.row_b for one in both.flips])
    return [
        _explained(one, both.rubric, bodies_a[one.row_a], bodies_b[one.row_b], facts_a, facts_b) for one in both.flips
    ]


def _explained(
    flip: Flip,
    rubric: str,
    a: Mapping[str, Any],
    b: Mapping[str, Any],
    facts_a: Mapping[int, Any],
    facts_b: Mapping[int, Any],
) -> Changed:
    equal = flip.fingerprint_a == flip.fingerprint_b
    return Changed(
        transcript_id=flip.transcript,
        rubric=rubric,
        label=flip.label,
        level_a=a["level"],
        level_b=b["level"],
        score_a=a["score"],
        score_b=b["score"],
        differs=differences(facts_a[flip.setting_a], facts_b[flip.setting_b], equal=equal),
        answers=tuple(changed_answers(a, b)),
    )


def changed_answers(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterable[str]:
    """Which criteria, checks and rules of two verdicts, as export rows, differ."""
    for part, key in (("criteria", "answer"), ("checks", "result")):
        for name in dict.fromkeys([*a[part], *b[part]]):
            before, after = (_said(row[part].get(name), key) for row in (a, b))
            if before != after:
                yield f"{name}: {before} → {after}"
    fired = [[str(sorted(rule["when"].items())) for rule in row["rules"]] for row in (a, b)]
    if fired[0] != fired[1]:
        yield f"rules that bounded the level: {len(fired[0])} → {len(fired[1])}"


def _said(result: Mapping[str, Any] | None, key: str) -> str:
    if result is None:
        return "not asked"
    status = result.get("status", "ok")
    answer = str(result[key]) if result[key] is not None else status
    return answer if status in ("ok", answer) else f"{answer} ({status})"


def bodies_of(db: sqlite3.Connection, rows: list[int]) -> dict[int, dict[str, Any]]:
    """The verdicts of these rows of a run's file, as export rows."""
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(rows), _SLICE):
        some = rows[start : start + _SLICE]
        marks = ",".join("?" * len(some))
        for number, body in db.execute(f"SELECT id, body FROM verdicts WHERE id IN ({marks})", some):  # noqa: S608
            found[number] = orjson.loads(body)
    return found
