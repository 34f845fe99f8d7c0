"""How many questions does a comparison of two systems need?"""

from __future__ import annotations

from judgekit.calibration.planning_power import power_for_difference
from judgekit.errors import UserError

_MOST = 10**8


def questions_needed(
    difference: float,
    *,
    power: float = 0.8,
    sd: float = 0.5,
    correlation: float = 0.5,
    cluster_size: float = 1.0,
    icc: float = 0.0,
    level: float = 0.95,
) -> int:
    """The fewest questions on which `power_for_difference` reaches this power; arguments as there.

    Raises:
        UserError: a difference of 0, a power that is not between 1 - level and 1, more than 10^8 questions, or see
            `power_for_difference`.

    >>> questions_needed(0.1)                                # 0.5² · (1.96 + 0.84)² / 0.1² = 196, and t asks for 3 more
    199
    """
    name = "questions_needed"
    if not abs(difference) > 0.0:
        raise UserError(f"{name}: a difference other than 0 was wanted; came {difference:g}")
    if not 1.0 - level < power < 1.0:
        raise UserError(f"{name}: a power between {1.0 - level:.2g} and 1 was wanted; came {power:g}")

    def reached(n: int) -> bool:
        found = power_for_difference(
            difference, n, sd=sd, correlation=correlation, cluster_size=cluster_size, icc=icc, level=level
        )
        return found >= power

    low = max(1, int(2 * cluster_size))
    high = low + 1
    while not reached(high):
        low, high = high, 2 * high
        if high > _MOST:
            raise UserError(f"{name}: a difference of {difference:g} needs more than {_MOST:,} questions; aim lower")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
