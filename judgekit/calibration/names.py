"""What statistics are called where people read them: one name each, in sentences, tables, figures and on terminals."""

from __future__ import annotations

from typing import Final

_NAMES: Final = {
    "percent_agreement": "percent agreement",
    "cohen_kappa": "Cohen's kappa",
    "scott_pi": "Scott's pi",
    "fleiss_kappa": "Fleiss's kappa",
    "conger_kappa": "Conger's kappa",
    "brennan_prediger": "Brennan-Prediger",
    "gwet_ac": "Gwet's AC",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2": "Gwet's AC2",
    "krippendorff_alpha": "Krippendorff's alpha",
    "concordance_correlation": "Lin's concordance",
    "pearson": "Pearson's r",
    "spearman": "Spearman's rho",
    "kendall_tau": "Kendall's tau",
    "kendall_tau_b": "Kendall's tau-b",
    "kendall_tau_c": "Kendall's tau-c",
    "intraclass_correlation": "ICC",
    "disattenuated_correlation": "Pearson's r with labels free of noise, by a model",
    "f1": "F1",
    "macro_f1": "macro F1",
    "matthews_correlation": "Matthews correlation",
    "aurc": "AURC",
    "within_sd": "within-item SD",
}


def statistic(name: str) -> str:
    """A statistic as papers write it; what stands in brackets stays.

    >>> statistic("cohen_kappa (quadratic)"), statistic("balanced_accuracy")
    ("Cohen's kappa (quadratic)", 'balanced accuracy')
    """
    base, space, rest = name.partition(" ")
    return f"{_NAMES.get(base, base.replace('_', ' '))}{space}{rest}"
