"""Who did best on each rubric, and whether by more than noise: the sentence that a report opens with."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from judgekit.reporting.plain import count, number, one_line, span
from judgekit.running.schema import reading

if TYPE_CHECKING:
    from judgekit.calibration.estimate import Estimate
    from judgekit.running.run import Run
    from judgekit.running.summary import MeanRow, Summary

LEVEL: Final = 0.95
_SCORES: Final = """
SELECT rubric, question_id, label, sum(score) / count(score) FROM current WHERE score IS NOT NULL
GROUP BY rubric, question_id, label ORDER BY rubric, question_id
"""
_MANY: Final = 3
"""Rubrics or labels that a sentence names."""
_COMPARED: Final = 20
"""Labels with the highest means that are compared."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The best label held against another one, on the questions that both have a score for."""

    label: str
    """The other one."""
    difference: Estimate
    """Best minus other; questions are the units. Its level makes all comparisons of a run hold together."""

    @property
    def clear(self) -> bool:
        """Whether the difference is more than noise."""
        return self.difference.low > 0


@dataclass(frozen=True, slots=True)
class Leader:
    """The label with the highest mean on one rubric."""

    rubric: str
    row: MeanRow
    """Its mean."""
    gaps: tuple[Gap, ...]
    """The others, nearest first; none where there is one label."""

    @property
    def clear(self) -> bool:
        """Whether it is ahead of every other label by more than noise."""
        return bool(self.gaps) and all(gap.clear for gap in self.gaps)


def leaders(run: Run, summary: Summary) -> dict[str, Leader]:
    """By rubric, who did best; rubrics without any score are not there.

    With m pairs of labels over all rubrics, each difference has the level 1 - 0.05 / m: then with 95 % confidence all
    of them hold at once, though the best was chosen for being the best (Bonferroni).
    """
    by_rubric = {
        rubric: sorted(rows, key=lambda row: -row.estimate.value)
        for rubric, rows in groupby((row for row in summary.rows if row.n_scored), key=lambda row: row.group["rubric"])
    }
    pairs = sum(math.comb(len(rows), 2) for rows in by_rubric.values())
    near = {rubric: rows[:_COMPARED] for rubric, rows in by_rubric.items()}
    scores = _scores(run, near) if pairs else {}
    level = 1 - (1 - LEVEL) / max(pairs, 1)
    return {
        rubric: Leader(rubric, rows[0], _gaps(rows, scores.get(rubric, {}), level)) for rubric, rows in near.items()
    }


def _scores(run: Run, wanted: Mapping[str, Sequence[MeanRow]]) -> dict[str, dict[str, array[float]]]:
    """By rubric and label, the mean score of each question, in one order for all labels; nan where there is none."""
    found = {rubric: {row.group["label"]: array("d") for row in rows} for rubric, rows in wanted.items()}
    with reading(run.path) as db:
        for (rubric, _), rows in groupby(db.execute(_SCORES), key=lambda row: row[:2]):
            known = {label: score for _, _, label, score in rows}
            for label, scores in found[rubric].items():
                scores.append(known.get(label, math.nan))
    return found


def _gaps(rows: Sequence[MeanRow], scores: Mapping[str, array[float]], level: float) -> tuple[Gap, ...]:
    from judgekit.calibration.correction_paired import paired_difference

    best, *others = (row.group["label"] for row in rows)
    return tuple(Gap(other, paired_difference(scores[best], scores[other], level=level)) for other in others)


def lead(summary: Summary, found: dict[str, Leader]) -> str:
    """The sentence a lead needs: who did best on what, whether by more than noise, and what the judge is worth."""
    if not summary.verdicts:
        return "This run holds no verdict yet."
    if not found:
        return f"None of {count(summary.verdicts, 'verdict')} has a score. {_trust(summary)}"
    compared = [one for one in found.values() if one.gaps]
    if len(found) == 1 or not compared:
        said = " ".join(best(one) for one in list(found.values())[:_MANY])
        return f"{said} {_trust(summary)}"
    clear = [one for one in compared if one.clear]
    if not clear:
        said = f"Nobody is ahead by more than noise on any of {count(len(compared), 'rubric')} with scores."
        return f"{said} {_trust(summary)}"
    ahead = []
    for label in dict.fromkeys(_name(one) for one in clear):
        rubrics = [_by(one) for one in clear if _name(one) == label]
        ahead.append(f"{label} on {_listed(rubrics)}")
    rest = len(compared) - len(clear)
    others = f"; on {count(rest, 'other rubric')} no label is clearly best" if rest else ""
    return f"Ahead by more than noise: {'; '.join(ahead)}{others}. {_trust(summary)}"


def best(leader: Leader) -> str:
    """Who did best on one rubric, and by how much."""
    rubric, estimate = one_line(leader.rubric, 60), leader.row.estimate
    mean = f"{number(estimate.value)} {_range(estimate)} on {count(estimate.n_clusters or 0, 'question')}"
    if not leader.gaps:
        return f"{_name(leader)} has {mean} under {rubric}; there is no other label to compare it with."
    if leader.clear:
        return f"{_name(leader)} did best on {rubric}: {mean}. {_gap(leader.gaps[0])} is more than noise."
    tied = [gap for gap in leader.gaps if not gap.clear]
    opening = f"No label is clearly best on {rubric}: {_name(leader)} has {mean}"
    known = [gap for gap in tied if not math.isnan(gap.difference.low)]
    if not known:
        names = _listed(_label(gap.label) for gap in tied)
        return f"{opening}, and too few questions have scores of {names} too to tell a difference from noise."
    others = _listed(_label(gap.label) for gap in tied if gap is not known[0])
    also = f", and so may be that to {others}" if others else ""
    return f"{opening}. {_gap(known[0])} may be noise{also}."


def _by(leader: Leader) -> str:
    """A rubric, and by how much its leader is ahead of the next label."""
    difference = leader.gaps[0].difference
    return f"{one_line(leader.rubric, 60)} (by {number(difference.value)} {_range(difference, signed=True)})"


def _gap(gap: Gap) -> str:
    difference = gap.difference
    return f"The difference to {_label(gap.label)}, {difference.value:+.2f} {_range(difference, signed=True)},"


def _range(estimate: Estimate, *, signed: bool = False) -> str:
    if math.isnan(estimate.low):
        return "(no interval)"
    return f"[{estimate.low:+.2f}, {estimate.high:+.2f}]" if signed else f"[{span(estimate.low, estimate.high)}]"


def _name(leader: Leader) -> str:
    return _label(leader.row.group["label"])


def _label(label: str) -> str:
    return one_line(label, 60) or "(no label)"


def _listed(names: Iterable[str]) -> str:
    """The names in a few words; '' for none."""
    all_names = list(names)
    if len(all_names) > _MANY:
        return f"{', '.join(all_names[:_MANY])} and {len(all_names) - _MANY} more"
    return " and ".join(filter(None, (", ".join(all_names[:-1]), *all_names[-1:])))


def _trust(summary: Summary) -> str:
    """Whether people's labels stand behind the judge."""
    states = set(summary.calibration.values()) or {"none"}
    if states == {"valid"}:
        return "The judge was compared with labels of people: see calibration."
    if states == {"none"}:
        return "The judge is not calibrated: nobody has compared it with labels of people yet."
    if states == {"stale"}:
        return "The judge is not calibrated: it or the rubric changed after the comparison with labels of people."
    return "The judge is calibrated for some rubrics only."
