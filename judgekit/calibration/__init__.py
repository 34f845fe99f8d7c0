"""How far a judge may be trusted: plain functions on arrays, without any model.

Raters among each other are in `agreement`, the judge against labels in `classification` and `error`, against the human
ceiling in `ceiling`, `replacement` and `systems`; the true mean is in `correction`, what a score means in `mapping`,
which verdicts may stand in `selective`, what to label in `planning`, what the judge favours in `bias_…`, several judges
in `jury_…`. `card` joins them. Names load on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from judgekit.calibration.agreement import (
        bias_correction,
        brennan_prediger,
        cohen_kappa,
        concordance_correlation,
        conger_kappa,
        fleiss_kappa,
        gwet_ac,
        intraclass_correlation,
        kendall_tau,
        krippendorff_alpha,
        pearson,
        percent_agreement,
        scott_pi,
        spearman,
    )
    from judgekit.calibration.attenuation import disattenuated_correlation
    from judgekit.calibration.bias_length import length_slope
    from judgekit.calibration.bias_position import position_audit
    from judgekit.calibration.bias_repeat import drift_test, test_retest
    from judgekit.calibration.bias_scores import compression, family_gap, severity
    from judgekit.calibration.ceiling import HumanCeiling, human_ceiling
    from judgekit.calibration.classification import (
        ConfusionMatrix,
        accuracy,
        confusion_matrix,
        f1,
        per_class,
        precision,
        recall,
        sensitivity,
        specificity,
    )
    from judgekit.calibration.classification_macro import balanced_accuracy, macro_average, matthews_correlation
    from judgekit.calibration.correction import CorrectedMean, corrected_mean
    from judgekit.calibration.correction_paired import paired_difference
    from judgekit.calibration.correction_ppi import ppi_mean
    from judgekit.calibration.correction_rates import rogan_gladen
    from judgekit.calibration.correction_strata import poststratified_mean
    from judgekit.calibration.data_health import health
    from judgekit.calibration.equivalence import equivalence_test
    from judgekit.calibration.error import mean_absolute_error, mean_bias, root_mean_squared_error, within_one
    from judgekit.calibration.estimate import Bounds, Estimate, mean_estimate, missing_bounds
    from judgekit.calibration.finding import Finding
    from judgekit.calibration.jury import effective_judges
    from judgekit.calibration.jury_bradley_terry import bradley_terry
    from judgekit.calibration.jury_skene import dawid_skene
    from judgekit.calibration.jury_weights import weighted_jury
    from judgekit.calibration.mapping import FittedMap, fit_map
    from judgekit.calibration.mapping_conformal import conformal_interval
    from judgekit.calibration.mapping_reliability import brier_score, expected_calibration_error, reliability_curve
    from judgekit.calibration.paired_tests import benjamini_hochberg, holm, mcnemar_test
    from judgekit.calibration.pairing import Paired, pair
    from judgekit.calibration.planning import LabelPlan, labels_needed, next_to_label, plan_labels
    from judgekit.calibration.planning_draw import expected_error
    from judgekit.calibration.planning_power import minimum_detectable_difference, power_for_difference
    from judgekit.calibration.raters import agreement_among
    from judgekit.calibration.replacement import AltTest, alt_test
    from judgekit.calibration.selective import risk_coverage
    from judgekit.calibration.selective_cascade import cascade
    from judgekit.calibration.selective_escalation import escalation_threshold
    from judgekit.calibration.systems import pairwise_system_accuracy, system_kendall_tau
    from judgekit.calibration.systems_soft import soft_pairwise_accuracy
    from judgekit.calibration.systems_ties import tie_calibrated_accuracy
    from judgekit.calibration.two_judges import judge_difference

_HOME = {
    "AltTest": "replacement",
    "Bounds": "estimate",
    "ConfusionMatrix": "classification",
    "CorrectedMean": "correction",
    "Estimate": "estimate",
    "Finding": "finding",
    "FittedMap": "mapping",
    "HumanCeiling": "ceiling",
    "LabelPlan": "planning",
    "Paired": "pairing",
    "accuracy": "classification",
    "agreement_among": "raters",
    "alt_test": "replacement",
    "balanced_accuracy": "classification_macro",
    "benjamini_hochberg": "paired_tests",
    "bias_correction": "agreement",
    "bradley_terry": "jury_bradley_terry",
    "brennan_prediger": "agreement",
    "brier_score": "mapping_reliability",
    "cascade": "selective_cascade",
    "cohen_kappa": "agreement",
    "compression": "bias_scores",
    "concordance_correlation": "agreement",
    "conformal_interval": "mapping_conformal",
    "confusion_matrix": "classification",
    "conger_kappa": "agreement",
    "corrected_mean": "correction",
    "dawid_skene": "jury_skene",
    "disattenuated_correlation": "attenuation",
    "drift_test": "bias_repeat",
    "effective_judges": "jury",
    "equivalence_test": "equivalence",
    "escalation_threshold": "selective_escalation",
    "expected_calibration_error": "mapping_reliability",
    "expected_error": "planning_draw",
    "f1": "classification",
    "family_gap": "bias_scores",
    "fit_map": "mapping",
    "fleiss_kappa": "agreement",
    "gwet_ac": "agreement",
    "health": "data_health",
    "holm": "paired_tests",
    "human_ceiling": "ceiling",
    "intraclass_correlation": "agreement",
    "judge_difference": "two_judges",
    "kendall_tau": "agreement",
    "krippendorff_alpha": "agreement",
    "labels_needed": "planning",
    "length_slope": "bias_length",
    "macro_average": "classification_macro",
    "matthews_correlation": "classification_macro",
    "mcnemar_test": "paired_tests",
    "mean_absolute_error": "error",
    "mean_bias": "error",
    "mean_estimate": "estimate",
    "minimum_detectable_difference": "planning_power",
    "missing_bounds": "estimate",
    "next_to_label": "planning",
    "pair": "pairing",
    "paired_difference": "correction_paired",
    "pairwise_system_accuracy": "systems",
    "pearson": "agreement",
    "per_class": "classification",
    "percent_agreement": "agreement",
    "plan_labels": "planning",
    "position_audit": "bias_position",
    "poststratified_mean": "correction_strata",
    "power_for_difference": "planning_power",
    "ppi_mean": "correction_ppi",
    "precision": "classification",
    "recall": "classification",
    "reliability_curve": "mapping_reliability",
    "risk_coverage": "selective",
    "rogan_gladen": "correction_rates",
    "root_mean_squared_error": "error",
    "scott_pi": "agreement",
    "sensitivity": "classification",
    "severity": "bias_scores",
    "soft_pairwise_accuracy": "systems_soft",
    "spearman": "agreement",
    "specificity": "classification",
    "system_kendall_tau": "systems",
    "test_retest": "bias_repeat",
    "tie_calibrated_accuracy": "systems_ties",
    "weighted_jury": "jury_weights",
    "within_one": "error",
}

__all__ = [
    "AltTest",
    "Bounds",
    "ConfusionMatrix",
    "CorrectedMean",
    "Estimate",
    "Finding",
    "FittedMap",
    "HumanCeiling",
    "LabelPlan",
    "Paired",
    "accuracy",
    "agreement_among",
    "alt_test",
    "balanced_accuracy",
    "benjamini_hochberg",
    "bias_correction",
    "bradley_terry",
    "brennan_prediger",
    "brier_score",
    "cascade",
    "cohen_kappa",
    "compression",
    "concordance_correlation",
    "conformal_interval",
    "confusion_matrix",
    "conger_kappa",
    "corrected_mean",
    "dawid_skene",
    "disattenuated_correlation",
    "drift_test",
    "effective_judges",
    "equivalence_test",
    "escalation_threshold",
    "expected_calibration_error",
    "expected_error",
    "f1",
    "family_gap",
    "fit_map",
    "fleiss_kappa",
    "gwet_ac",
    "health",
    "holm",
    "human_ceiling",
    "intraclass_correlation",
    "judge_difference",
    "kendall_tau",
    "krippendorff_alpha",
    "labels_needed",
    "length_slope",
    "macro_average",
    "matthews_correlation",
    "mcnemar_test",
    "mean_absolute_error",
    "mean_bias",
    "mean_estimate",
    "minimum_detectable_difference",
    "missing_bounds",
    "next_to_label",
    "pair",
    "paired_difference",
    "pairwise_system_accuracy",
    "pearson",
    "per_class",
    "percent_agreement",
    "plan_labels",
    "position_audit",
    "poststratified_mean",
    "power_for_difference",
    "ppi_mean",
    "precision",
    "recall",
    "reliability_curve",
    "risk_coverage",
    "rogan_gladen",
    "root_mean_squared_error",
    "scott_pi",
    "sensitivity",
    "severity",
    "soft_pairwise_accuracy",
    "spearman",
    "specificity",
    "system_kendall_tau",
    "test_retest",
    "tie_calibrated_accuracy",
    "weighted_jury",
    "within_one",
]


def __getattr__(name: str) -> Any:
    """The public name, loaded on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'judgekit.calibration' has no attribute {name!r}")
    value = getattr(import_module(f"judgekit.calibration.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
