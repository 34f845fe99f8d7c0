"""The means of each response label, and their paired differences."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np

from judgekit.calibration.card.data import Data, attempt, without_copies
from judgekit.calibration.card.parts import GroupMean
from judgekit.calibration.card.sampled import correct
from judgekit.calibration.correction_paired import paired_difference
from judgekit.calibration.estimate import Estimate, mean_estimate, missing_bounds

MOST_COMPARED = 8
"""Of more response labels no differences are shown: `judgekit compare` does that."""


def group_means(data: Data) -> tuple[GroupMean, ...]:
    """One row a response label; empty where there is one."""
    names = data.response_labels
    if names is None:
        return ()
    n = len(data.paired.items)
    mine, rest = np.array(names[:n], dtype=object), np.array(names[n:], dtype=object)
    units = np.array([*data.paired.clusters, *data.paired.unlabelled_clusters])
    values = np.concatenate([data.judge, data.paired.unlabelled_judge])
    unscored = (item.removeprefix(f"{unit}/") for item, unit in data.beside.failed.items())
    failed = Counter(without_copies(unscored, set(names)))
    low, high = data.ends
    found = []
    for name in sorted(set(names)):
        here = np.concatenate([mine == name, rest == name]) & ~np.isnan(values)
        naive = mean_estimate(values[here], units[here], level=data.asked.level, low=low, high=high, name="judge_mean")
        bounds = missing_bounds(values[here], failed[name], low, high)
        true = correct(data, labelled=mine == name, others=rest == name)
        found.append(
            GroupMean(
                name=name,
                n=int(here.sum()),
                n_missing=failed[name],
                n_labels=int((mine == name).sum()),
                naive=naive,
                corrected=None if true.refused else replace(true.estimate, name="corrected_mean"),
                worst=bounds.worst,
                best=bounds.best,
            )
        )
    return tuple(found)


def group_differences(data: Data) -> tuple[Estimate, ...]:
    """The corrected difference of every two response labels on the same questions; intervals hold together."""
    names = data.response_labels
    if names is None or not 2 <= len(set(names)) <= MOST_COMPARED:
        return ()
    n = len(data.paired.items)
    units = [*data.paired.clusters, *data.paired.unlabelled_clusters]
    row = {unit: place for place, unit in enumerate(dict.fromkeys(units))}
    groups = sorted(set(names[:n]))  # without a label there is nothing to correct by
    if len(groups) < 2:
        return ()
    judged = np.full((len(row), len(groups)), np.nan)
    labels = judged.copy()
    values = np.concatenate([data.judge, data.paired.unlabelled_judge])
    place = [row[unit] for unit in units]
    column = np.array([groups.index(name) if name in groups else -1 for name in names])
    there = column >= 0
    judged[np.array(place)[there], column[there]] = values[there]
    labels[place[:n], column[:n]] = data.mean
    pairs = list(combinations(range(len(groups)), 2))
    level = 1.0 - (1.0 - data.asked.level) / len(pairs)
    return tuple(
        _difference(judged[:, pair], labels[:, pair], (groups[pair[0]], groups[pair[1]]), level, data) for pair in pairs
    )


def _difference(
    judged: np.ndarray,
    labels: np.ndarray,
    names: tuple[str, str],
    level: float,
    data: Data,
) -> Estimate:
    low, high = data.ends
    name = f"{names[0]} - {names[1]}"

    def compute() -> Estimate:
        return paired_difference(
            judged[:, 0],
            judged[:, 1],
            labels_a=labels[:, 0],
            labels_b=labels[:, 1],
            level=level,
            low=low,
            high=high,
        )

    found = attempt(name, compute, level)
    return replace(found, name=name, note="; ".join(filter(None, [found.note, "level after Bonferroni"])))
