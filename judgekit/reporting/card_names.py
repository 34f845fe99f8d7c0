"""What statistics, estimators and columns are called where people read them."""

from __future__ import annotations

from typing import Final

_NAMES: Final = {
    "percent_agreement": "percent agreement",
    "cohen_kappa": "Cohen's κ",
    "weighted_kappa": "Cohen's κ, weighted",
    "scott_pi": "Scott's π",
    "fleiss_kappa": "Fleiss' κ",
    "conger_kappa": "Conger's κ",
    "brennan_prediger": "Brennan-Prediger",
    "gwet_ac": "Gwet's AC",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2": "Gwet's AC2",
    "krippendorff_alpha": "Krippendorff's α",
    "concordance_correlation": "Lin's concordance",
    "pearson": "Pearson's r",
    "spearman": "Spearman's ρ",
    "kendall_tau": "Kendall's τ",
    "kendall_tau_b": "Kendall's τ-b",
    "kendall_tau_c": "Kendall's τ-c",
    "intraclass_correlation": "ICC",
    "f1": "F1",
    "matthews_correlation": "Matthews correlation",
    "aurc": "AURC",
}


def statistic(name: str) -> str:
    """A statistic as papers write it.

    >>> statistic("cohen_kappa (quadratic)"), statistic("balanced_accuracy")
    ("Cohen's κ (quadratic)", 'balanced accuracy')
    """
    base, space, rest = name.partition(" ")
    return f"{_NAMES.get(base, base.replace('_', ' '))}{space}{rest}"
