"""How far raters agree: plain functions, ratings in, one `Estimate` out.

percent_agreement             the share of agreeing pairs
cohen_kappa, scott_pi         two raters, chance from each one's shares or from their common ones
conger_kappa, fleiss_kappa    the same for any number of raters
brennan_prediger, gwet_ac     chance 1/q; AC1 and AC2: steady where one label is common
krippendorff_alpha            nominal, ordinal, interval, ratio
intraclass_correlation        Shrout and Fleiss's six forms
concordance_correlation       Lin's, with its factors bias_correction and pearson
spearman, kendall_tau         ranks

Data. `ratings` is (n_items, n_raters), `a` and `b` are (n_items,); nan, None and empty text are missing. Labels may be
text if `categories` names them in their order. A label off the declared scale is a UserError. Where the value is
undefined it is nan and `undefined` says why; what has to be known beside a value stands in `note`.

Intervals, `ci=`. `analytic`: Student's t on a scale where it covers: Wilson's for shares and kappas, Fisher's z for
correlations; F for intraclass correlations. Its error is the delta method's with exact derivatives; over clusters, and
for moments (`pearson`, `concordance_correlation`), that of leaving out one unit. `jackknife`: the same, the error
always from leaving out one. `wald`: value ± t·se, cut to the range, as papers print it; near 1 it covers 0.90 and less
where 0.95 was wanted. `bootstrap`: BCa, see `judgekit.calibration.resample`. None: no interval, the fastest.

In simulations (`tests/calibration/agreement_coverage.py`) 95 % intervals held the truth in 93 to 97 of 100 runs from
60 items or 20 clusters on, the bootstrap from 100 items or 50 clusters, the jackknife from 12 clusters. They did not
where few items have anything but the commonest label (kappas and alpha: `note` says so).
"""

from __future__ import annotations

from judgekit.calibration.agreement.alpha import krippendorff_alpha
from judgekit.calibration.agreement.concordance import bias_correction, concordance_correlation, pearson
from judgekit.calibration.agreement.conger import cohen_kappa, conger_kappa
from judgekit.calibration.agreement.fleiss import brennan_prediger, fleiss_kappa, scott_pi
from judgekit.calibration.agreement.gwet import gwet_ac
from judgekit.calibration.agreement.icc import intraclass_correlation
from judgekit.calibration.agreement.kendall import kendall_tau
from judgekit.calibration.agreement.percent import percent_agreement
from judgekit.calibration.agreement.spearman import spearman
from judgekit.calibration.agreement.weights import agreement_weights

__all__ = [
    "agreement_weights",
    "bias_correction",
    "brennan_prediger",
    "cohen_kappa",
    "concordance_correlation",
    "conger_kappa",
    "fleiss_kappa",
    "gwet_ac",
    "intraclass_correlation",
    "kendall_tau",
    "krippendorff_alpha",
    "pearson",
    "percent_agreement",
    "scott_pi",
    "spearman",
]
