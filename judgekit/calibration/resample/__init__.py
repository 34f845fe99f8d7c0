"""Intervals by resampling, for any number that can be computed from sums over independent units.

An item bootstrap draws n items with replacement. A statistic that needs only a table of counts (which answers met how
often) sees of that draw only how often each cell came up, and that is a multinomial over the cells: exact, and its cost
does not grow with n. With clusters, a draw is an integer weight for each of G clusters, and the tables of all draws are
one matrix product, weights (B, G) times the clusters' own tables (G, K·K).

table_bootstrap     interval of a statistic of one table of counts: (K, K), (K,), any shape
cluster_bootstrap   the same with one table a cluster: (G, K, K)
unit_bootstrap      what both rest on: units that each add a row of sums, `counts` saying how often each occurs
jackknife           leave one unit out: Student's interval
linearised          the delta method: se and what each unit adds to the error, exact derivatives
replicates          the bootstrap values themselves, for intervals of your own

A `statistic` takes stacked tables (B, K, K) and gives (B,), vectorised and without a loop; nan (or infinity, as 0/0
makes them) where it is undefined: such replicates are left out, and the method counts them. For `linearised` it must
be built of + - * / and powers alone (no abs, min, max, conj), because it is called with complex numbers.

`rng` is a seed, a Generator (one seed is drawn from it), or None (seed 0). The seed stands in `method`; the same seed
gives the same interval. `replicates` alone draws from a Generator itself, so that several calls stay independent.
"""

from __future__ import annotations

from judgekit.calibration.resample.bootstrap import cluster_bootstrap, replicates, table_bootstrap, unit_bootstrap
from judgekit.calibration.resample.draw import seeded
from judgekit.calibration.resample.jackknife import jackknife, leave_one_out
from judgekit.calibration.resample.linear import Linearised, linearised
from judgekit.calibration.resample.resampled import Resampled, Statistic

__all__ = [
    "Linearised",
    "Resampled",
    "Statistic",
    "cluster_bootstrap",
    "jackknife",
    "leave_one_out",
    "linearised",
    "replicates",
    "seeded",
    "table_bootstrap",
    "unit_bootstrap",
]
