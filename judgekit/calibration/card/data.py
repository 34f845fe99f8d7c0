"""What all parts of a card are computed from: verdicts beside one reference label, and what was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from judgekit.calibration.bounded import undefined
from judgekit.calibration.card.options import CardOptions
from judgekit.calibration.estimate import Estimate
from judgekit.calibration.pairing import Paired
from judgekit.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from judgekit.calibration.inputs import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """What exists beside verdicts and labels, by transcript; empty where it does not."""

    lengths: Mapping[str, float] = field(default_factory=dict)
    """The length of the response, in words."""
    confidence: Mapping[str, float] = field(default_factory=dict)
    """How sure the judge is."""
    probability: Mapping[str, float] = field(default_factory=dict)
    """With which probability a labelled transcript was chosen."""
    strata: Mapping[str, str] = field(default_factory=dict)
    """The stratum of every transcript."""
    others: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Other judges: their values."""
    repeats: tuple[Mapping[str, float], ...] = ()
    """Further answers of the same judge to the same transcripts."""
    before: Mapping[str, float] = field(default_factory=dict)
    """Values of the judge as it was before."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Transcripts whose verdict has no value, with their independent units."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """How many these are, by reason."""
    swapped: Mapping[str, float] = field(default_factory=dict)
    """For pairs: the winner when the second response was shown first."""


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """The labelled items as vectors, and those without a label."""

    paired: Paired
    """Verdicts and labels side by side."""
    label: Floats
    """(n,), one reference answer an item, of the scale: the only label, or what most people say; nan where tied."""
    mean: Floats
    """(n,), the mean of an item's labels: what corrected means are made of."""
    reference: str
    """What the reference is, in words."""
    units: NDArray[np.str_] | None
    """(n,), independent units; None where each item is its own."""
    asked: CardOptions
    beside: Beside

    @property
    def judge(self) -> Floats:
        """(n,), the judge's values; nan where there is none."""
        return self.paired.judge

    @property
    def tied(self) -> NDArray[np.bool_]:
        """(n,), whether an item has labels and no answer of its own: its annotators are tied."""
        return np.isnan(self.label) & ~np.isnan(self.mean)

    @property
    def categories(self) -> list[float] | None:
        """The declared scale; None where every number between its ends is possible."""
        return list(self.paired.categories) or None

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest value."""
        return self.paired.scale.low, self.paired.scale.high

    @property
    def ordered(self) -> bool:
        """Whether a higher number is more of something."""
        return self.paired.scale.ordered

    @property
    def binary(self) -> bool:
        """Whether there are two answers."""
        return len(self.paired.categories) == 2

    @property
    def graded(self) -> bool:
        """Whether there are more than two ordered answers."""
        return self.ordered and len(self.paired.categories) > 2

    @property
    def people(self) -> int:
        """How many annotators there are."""
        return len(self.paired.annotators)

    @property
    def all_units(self) -> NDArray[np.str_] | None:
        """(n + m,), the units of the labelled items and then of the others; None where each item is its own."""
        everything = [*self.paired.clusters, *self.paired.unlabelled_clusters]
        return None if len(set(everything)) == len(everything) else np.array(everything)

    def of_items(self, values: Mapping[str, float]) -> Floats:
        """(n,), the value of each labelled item; nan where there is none."""
        return np.array([values.get(item, np.nan) for item in self.paired.items], dtype=float)

    @property
    def response_labels(self) -> list[str] | None:
        """Of the labelled items and then of the others: what follows the unit in ids such as `q1/Model1`."""
        names = [*self.paired.items, *self.paired.unlabelled_items]
        units = [*self.paired.clusters, *self.paired.unlabelled_clusters]
        found = [name.removeprefix(f"{unit}/") for name, unit in zip(names, units, strict=True)]
        whole = all(short != name for short, name in zip(found, names, strict=True))
        found = without_copies(found, set(found))
        return found if whole and 2 <= len(set(found)) <= _MOST_LABELS else None


def without_copies(labels: Iterable[str], known: Set[str]) -> list[str]:
    """The labels, `Model1` for `Model1#2` where that is one of the known: the second transcript of an id is no system.

    >>> without_copies(["a", "a#2", "b#1"], {"a", "a#2", "b#1"})
    ['a', 'a', 'b#1']
    """
    first = (label.rpartition("#") for label in labels)
    return [name if n.isdecimal() and name in known else name + sep + n for name, sep, n in first]


_MOST_LABELS = 50
"""More response labels than these are no systems to compare."""


def card_data(paired: Paired, asked: CardOptions, beside: Beside) -> Data:
    """The data of a card."""
    ratings = paired.ratings
    there = ~np.isnan(ratings)
    size = there.sum(axis=1)
    mean = np.where(there, ratings, 0.0).sum(axis=1) / np.maximum(size, 1)
    several = bool((size > 1).any())
    if not paired.categories:
        label, how = mean, "the mean of the annotators"
    else:
        label, how = _majority(ratings, mean, paired.categories, paired.scale.ordered), "what most annotators say"
    if not several:
        how = "the only annotator" if len(paired.annotators) == 1 else "the one label of each item"
    clustered = len(set(paired.clusters)) < len(paired.clusters)
    return Data(paired, label, mean, how, np.array(paired.clusters) if clustered else None, asked, beside)


def _majority(ratings: Floats, mean: Floats, categories: Sequence[float], ordered: bool) -> Floats:
    """The most frequent answer; of several, the one nearest to the mean where answers have an order; nan if tied."""
    votes = np.stack([(ratings == one).sum(axis=1) for one in categories], axis=1).astype(float)
    if ordered:
        away = np.abs(mean[:, None] - np.array(categories))
        votes -= away / (2.0 * (categories[-1] - categories[0]) or 1.0)
    order = np.sort(votes, axis=1)
    winner = np.array(categories)[votes.argmax(axis=1)]
    if len(categories) > 1:
        winner = np.where(order[:, -1] - order[:, -2] < 1e-9, np.nan, winner)
    return np.asarray(winner, dtype=float)


def attempt(name: str, compute: Callable[[], Estimate], level: float) -> Estimate:
    """The estimate, or why the data do not allow it."""
    try:
        return compute()
    except UserError as error:
        return undefined(name, str(error), level=level)
