"""Two runs on the same transcripts: how far apart they are, whether that is chance, and why.

compare_runs    everything that can be said without labels; with labels, which judge is better
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from judgekit.calibration.correction_paired import paired_difference
from judgekit.calibration.estimate import Bounds, Estimate
from judgekit.calibration.finding import listed
from judgekit.calibration.paired_tests import benjamini_hochberg, holm, mcnemar_test, mean_test
from judgekit.errors import UserError
from judgekit.running.compare_labels import Better, better_judge, difference_bounds
from judgekit.running.compare_rows import Both, rubrics_of, setting_facts, side_by_side
from judgekit.running.compare_why import Changed, causes, explained
from judgekit.running.schema import reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from judgekit.io.label_set import LabelSet
    from judgekit.rubric import Rubric
    from judgekit.running.run import Run

Adjust = Literal["holm", "bh"]
_ADJUST = {"holm": holm, "bh": benjamini_hochberg}


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One rubric, or one rubric and response label, in both runs."""

    rubric: str
    """The rubric."""
    label: str | None
    """Whose answers; None: all."""
    n: int
    """Transcripts that both runs judged, scored or not."""
    n_scored: int
    """Those that both scored: means, flips and tests rest on these."""
    missing: dict[str, int]
    """Why the others have no score in one of them, such as `A failed: timeout`."""
    mean_a: float
    """The mean score in the first run; nan where nothing was scored in both."""
    mean_b: float
    """The mean score in the second."""
    difference: Estimate
    """The mean of B - A; questions are the independent units."""
    bounds: Bounds
    """Between what the mean of B - A over all n lies, whatever the missing scores are."""
    p_value: float
    """Of a difference of 0, questions counted as units; nan with fewer than two questions."""
    p_adjusted: float
    """The same, corrected for the other rows of its kind (those with a label; those without)."""
    up: int
    """Transcripts whose score rose."""
    down: int
    """Transcripts whose score fell."""
    gained: int
    """Transcripts that passed in B and not in A."""
    lost: int
    """Transcripts that passed in A and not in B."""
    p_passed: float
    """McNemar's: gained and lost come equally often; nan where nothing says what passes."""
    flips: dict[str, int]
    """How often each level became another, such as `4 → 5`; the most frequent first."""


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two runs side by side; differences are B - A."""

    run_a: str
    """The file of the first run."""
    run_b: str
    """The file of the second."""
    judges_a: tuple[str, ...]
    """Who judged in the first."""
    judges_b: tuple[str, ...]
    """Who judged in the second."""
    level: float
    """The confidence of the intervals."""
    adjust: Adjust
    """How p-values are corrected."""
    rows: tuple[ComparedRow, ...]
    """By rubric and response label."""
    rubric_rows: tuple[ComparedRow, ...]
    """By rubric."""
    only_a: dict[str, int]
    """Verdicts by rubric whose transcript the second run has not judged under it."""
    only_b: dict[str, int]
    """The same of the second run."""
    differs: dict[str, int]
    """What differs between the runs, over all transcripts of both."""
    changed: dict[str, int]
    """The same over those whose verdict changed: scored in both, with another level, score or pass."""
    turned: dict[str, int]
    """How many verdicts have another status, such as `scored → failed`."""
    examples: tuple[Changed, ...]
    """Verdicts that changed, with what changed in them; the first of each rubric."""
    better: tuple[Better, ...] = ()
    """With labels: which judge is nearer to them, by rubric."""
    skipped: dict[str, str] | None = None
    """With labels: rubrics that could not be held against them, and why; None without labels."""


def compare_runs(
    a: Run,
    b: Run,
    *,
    labels: LabelSet | None = None,
    rubrics: Mapping[str, Rubric] | None = None,
    adjust: Adjust = "holm",
    level: float = 0.95,
    examples: int = 10,
    resamples: int = 1999,
    seed: int = 0,
) -> RunComparison:
    """The runs, paired on transcript and rubric; questions are the independent units.

    p-values of the rows with a label are corrected together, and so are those over all labels: `holm` keeps the chance
    of any false alarm below 1 - level, `bh` the expected share of false ones among the alarms.

    Args:
        a: the first run, such as the old judge.
        b: the second run; what it has more counts as a rise.
        labels: labels of people for some of the transcripts.
        rubrics: rubrics by name, for the scale of the labels.
        adjust: how p-values are corrected.
        level: confidence of the intervals.
        examples: how many changed verdicts of each rubric to look into.
        resamples: of the bootstrap, with labels.
        seed: of the bootstrap, with labels.

    Raises:
        UserError: the runs have no transcript and rubric in common; see `open_run`.
    """
    if adjust not in _ADJUST:
        raise UserError(f"adjust: holm or bh was wanted; came {adjust!r}")
    with reading(a.path) as db_a, reading(b.path) as db_b:
        names_a, names_b = rubrics_of(db_a), rubrics_of(db_b)
        facts_a, facts_b = setting_facts(db_a), setting_facts(db_b)
    shared = [name for name in names_a if name in names_b]
    rows: list[ComparedRow] = []
    totals: list[ComparedRow] = []
    changes: list[Changed] = []
    differs, changed, turned = Counter[str](), Counter[str](), Counter[str]()
    only_a, only_b = _whole(a, set(names_a) - set(shared)), _whole(b, set(names_b) - set(shared))
    for name in shared:
        both = side_by_side(a.path, b.path, name, examples)
        only_a[name], only_b[name] = both.only_a, both.only_b
        if not both.question:
            continue
        everywhere, flipped = causes(both, facts_a, facts_b)
        differs += everywhere
        changed += flipped
        turned += both.turned
        totals.append(_row(both, None, level))
        rows += [_row(both, place, level) for place in sorted(range(len(both.labels)), key=both.labels.__getitem__)]
        changes += explained(both, a.path, b.path)
    if not totals:
        raise UserError(
            f"no transcript is in both runs under the same rubric: {a.path} has {listed(names_a) or 'no rubric'}, "
            f"{b.path} has {listed(names_b) or 'no rubric'}; runs are compared on the same transcripts"
        )
    found = RunComparison(
        run_a=str(a.path),
        run_b=str(b.path),
        judges_a=tuple(sorted({one["judge"] for one in facts_a.values()})),
        judges_b=tuple(sorted({one["judge"] for one in facts_b.values()})),
        level=level,
        adjust=adjust,
        rows=_adjusted(rows, adjust),
        rubric_rows=_adjusted(totals, adjust),
        only_a={name: n for name, n in sorted(only_a.items()) if n},
        only_b={name: n for name, n in sorted(only_b.items()) if n},
        differs=dict(differs.most_common()),
        changed=dict(changed.most_common()),
        turned=dict(turned.most_common()),
        examples=tuple(changes),
    )
    if labels is None:
        return found
    better, skipped = [], {}
    for one in totals:
        rubric = (rubrics or {}).get(one.rubric, one.rubric)
        try:
            better.append(better_judge(a, b, labels, rubric, level=level, resamples=resamples, seed=seed))
        except UserError as error:
            skipped[one.rubric] = str(error)
    return replace(found, better=tuple(better), skipped=skipped)


def _whole(run: Run, rubrics: set[str]) -> dict[str, int]:
    with reading(run.path) as db:
        counted = db.execute("SELECT rubric, count(*) FROM current GROUP BY rubric").fetchall()
    return {name: n for name, n in counted if name in rubrics}


def _row(both: Both, place: int | None, level: float) -> ComparedRow:
    keep = slice(None) if place is None else np.frombuffer(both.label, dtype=np.dtype("l")) == place
    a, b = (np.frombuffer(side.score)[keep] for side in (both.a, both.b))
    question = np.frombuffer(both.question, dtype=np.dtype("l"))[keep]
    scored = ~(np.isnan(a) | np.isnan(b))
    units = question[scored]
    if np.unique(units).size == units.size:  # each question once: the interval of independent ones is shorter to make
        units = np.arange(units.size)
    passed = [np.frombuffer(side.passed, dtype=np.int8)[keep] for side in (both.a, both.b)]
    known = scored & (passed[0] >= 0) & (passed[1] >= 0)
    before, after = passed[0][known], passed[1][known]
    mean_a, mean_b = (float(x[scored].mean()) if scored.any() else math.nan for x in (a, b))
    difference = paired_difference(b[scored], a[scored], clusters=units, level=level)
    return ComparedRow(
        rubric=both.rubric,
        label=None if place is None else both.labels[place],
        n=int(a.size),
        n_scored=int(scored.sum()),
        missing=_missing(both, place),
        mean_a=mean_a,
        mean_b=mean_b,
        difference=replace(difference, name="B - A"),
        bounds=difference_bounds(a, b),
        p_value=mean_test(b[scored] - a[scored], clusters=units),
        p_adjusted=math.nan,
        up=int((b[scored] > a[scored]).sum()),
        down=int((b[scored] < a[scored]).sum()),
        gained=int((after > before).sum()),
        lost=int((after < before).sum()),
        p_passed=mcnemar_test(before, after, clusters=question[known]) if known.any() else math.nan,
        flips=_flips(both, keep),
    )


def _missing(both: Both, place: int | None) -> dict[str, int]:
    found = Counter[str]()
    for name, side in (("A", both.a), ("B", both.b)):
        for (label, why), n in side.missing.items():
            if place in (None, label):
                found[f"{name} {why}"] += n
    return dict(found.most_common())


def _flips(both: Both, keep: NDArray[np.bool_] | slice) -> dict[str, int]:
    before, after = (np.frombuffer(side.level, dtype=np.int16)[keep] for side in (both.a, both.b))
    moved = (before >= 0) & (after >= 0) & (before != after)
    pairs, often = np.unique(np.column_stack([before[moved], after[moved]]), axis=0, return_counts=True)
    found = zip(pairs.tolist(), often.tolist(), strict=True)
    return {f"{old} → {new}": n for (old, new), n in sorted(found, key=lambda one: -one[1])}


def _adjusted(rows: list[ComparedRow], adjust: Adjust) -> tuple[ComparedRow, ...]:
    adjusted = _ADJUST[adjust]([row.p_value for row in rows])
    return tuple(replace(row, p_adjusted=float(p)) for row, p in zip(rows, adjusted, strict=True))
