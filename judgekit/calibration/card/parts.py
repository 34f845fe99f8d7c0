"""The parts of a judge card, 2 to 12: estimates, and what tables and figures are drawn from.

Every part has `says`, one plain sentence, and `missing`: why it, or some of it, could not be computed (empty: nothing
is missing). A part that could not be computed keeps its shape, with None and empty tuples.
"""

from __future__ import annotations

from judgekit.calibration.card.parts_base import Part
from judgekit.calibration.card.parts_trust import (
    AgreementPart,
    AltTestRow,
    AnnotatorRow,
    BiasPart,
    BiasRow,
    CeilingPart,
    ClassRow,
    ComparisonRows,
    ConfusionTable,
    FindingRow,
    HealthPart,
    LostRow,
    MatrixTable,
    RaterRow,
    ReplacementPart,
    ShareTable,
    SliceRow,
)
from judgekit.calibration.card.parts_use import (
    CalibrationPart,
    CorrectedPart,
    CorrectedRow,
    GroupMean,
    JudgeRow,
    JuryPart,
    MapRow,
    NextPart,
    NextRow,
    PlanRow,
    ReliabilityRow,
    ReproductionPart,
    SelectivePart,
)

__all__ = [
    "AgreementPart",
    "AltTestRow",
    "AnnotatorRow",
    "BiasPart",
    "BiasRow",
    "CalibrationPart",
    "CeilingPart",
    "ClassRow",
    "ComparisonRows",
    "ConfusionTable",
    "CorrectedPart",
    "CorrectedRow",
    "FindingRow",
    "GroupMean",
    "HealthPart",
    "JudgeRow",
    "JuryPart",
    "LostRow",
    "MapRow",
    "MatrixTable",
    "NextPart",
    "NextRow",
    "Part",
    "PlanRow",
    "RaterRow",
    "ReliabilityRow",
    "ReplacementPart",
    "ReproductionPart",
    "SelectivePart",
    "ShareTable",
    "SliceRow",
]
