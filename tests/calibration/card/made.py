"""Judges and people whose truth is known: verdicts and labels that a card is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judgekit.calibration.card.make import make_card
from judgekit.calibration.card.noun import JudgeCard
from judgekit.calibration.card.options import CardOptions
from judgekit.io.scores import Score
from judgekit.label import Label

Floats = NDArray[np.float64]
LEVELS = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class World:
    """Responses of four systems to n / 4 questions, judged and partly labelled."""

    ids: tuple[str, ...]
    truth: Floats
    judge: Floats
    """nan where the call failed."""
    people: Floats
    """(n, raters)."""
    labelled: NDArray[np.bool_]

    def scores(self, values: Floats | None = None, judge: str = "m") -> list[Score]:
        """One score a response; what is nan has failed."""
        given = self.judge if values is None else values
        return [
            Score(
                name,
                "tone",
                "",
                judge,
                None if np.isnan(value) else float(value),
                name.partition("/")[0],
                "failed: timeout" if np.isnan(value) else None,
            )
            for name, value in zip(self.ids, given, strict=True)
        ]

    def labels(self, values: Floats | None = None, prefix: str = "p") -> list[Label]:
        """One label an annotator and labelled response."""
        given = self.people if values is None else values
        return [
            Label(transcript_id=self.ids[i], rubric="tone", annotator=f"{prefix}{j}", value=float(given[i, j]))
            for i in np.flatnonzero(self.labelled)
            for j in range(given.shape[1])
            if not np.isnan(given[i, j])
        ]

    def column(self, values: Floats) -> Mapping[str, float]:
        """The values by id."""
        return dict(zip(self.ids, values.tolist(), strict=True))


def world(
    n: int = 240,
    *,
    raters: int = 3,
    labelled: float = 0.5,
    failed: float = 0.0,
    lift: float | Floats = 0.0,
    noise: float = 0.6,
    levels: int = 5,
    seed: int = 1,
) -> World:
    """A judge that is off by `lift` and by noise; people who differ by noise alone."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(1.0, levels, n)

    def seen(sd: float, by: float | Floats = 0.0) -> Floats:
        return np.clip(np.round(truth + by + rng.normal(0.0, sd, n)), 1.0, levels)

    people = np.stack([seen(0.5) for _ in range(raters)], axis=1)
    judge = seen(noise, lift)
    judge[rng.random(n) < failed] = np.nan
    return World(tuple(f"q{i // 4}/M{i % 4}" for i in range(n)), truth, judge, people, rng.random(n) < labelled)


def card_of(made: World, **options: Any) -> JudgeCard:
    """The card of such a world; the scale is declared."""
    given: dict[str, Any] = {"rubric": "tone", "categories": LEVELS, "labels_are": "random"} | options
    return make_card(made.scores(), made.labels(), CardOptions(**given), form=JudgeCard)


def swap(values: Floats, how: Callable[[float], float]) -> Floats:
    """Each value as `how` changes it; nan stays."""
    return np.array([value if np.isnan(value) else how(float(value)) for value in values])
