"""How an interval is asked for: level, kind, resamples, seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from judgekit.calibration.resample.draw import Seed
from judgekit.errors import UserError

Ci = Literal["analytic", "bootstrap", "jackknife", "wald"]


@dataclass(frozen=True, slots=True)
class How:
    """What the caller wants of the interval, checked."""

    level: float
    """Confidence, between 0 and 1."""
    ci: Ci | None
    """The kind of interval; None: none."""
    resamples: int
    """How many bootstrap resamples."""
    rng: Seed
    """Seed or generator of the bootstrap."""

    def __post_init__(self) -> None:
        if not 0.0 < self.level < 1.0:
            raise UserError(f"level: a number between 0 and 1 was wanted, such as 0.95; came {self.level!r}")
        if self.ci is not None and self.ci not in get_args(Ci):
            raise UserError(f"ci: {', '.join(get_args(Ci))} or None was wanted; came {self.ci!r}")
        if not isinstance(self.resamples, (int, np.integer)) or self.resamples < 100:
            raise UserError(f"resamples: a whole number from 100 on was wanted, better 9999; came {self.resamples!r}")
        seed = isinstance(self.rng, (int, np.integer)) and self.rng >= 0
        if not (seed or self.rng is None or isinstance(self.rng, np.random.Generator)):
            raise UserError(f"rng: a seed from 0 on or a numpy Generator was wanted; came {self.rng!r}")

    @property
    def tail(self) -> float:
        """The upper quantile of a two-sided interval, such as 0.975."""
        return (1.0 + self.level) / 2.0
