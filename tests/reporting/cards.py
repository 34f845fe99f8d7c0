"""Judge cards whose every number is made up and known, with a text of the caller's in every place that holds one."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from judgekit.calibration.card.noun import CardScale, Decision, Header, JudgeCard, Made
from judgekit.calibration.card.parts import (
    AgreementPart,
    AltTestRow,
    AnnotatorRow,
    BiasPart,
    BiasRow,
    CalibrationPart,
    CeilingPart,
    ClassRow,
    ComparisonRows,
    ConfusionTable,
    CorrectedPart,
    CorrectedRow,
    FindingRow,
    GroupMean,
    HealthPart,
    JudgeRow,
    JuryPart,
    LostRow,
    MapRow,
    MatrixTable,
    NextPart,
    NextRow,
    PlanRow,
    RaterRow,
    ReliabilityRow,
    ReplacementPart,
    ReproductionPart,
    SelectivePart,
    ShareTable,
    SliceRow,
)
from judgekit.calibration.estimate import Estimate


def estimate(name: str, value: float, half: float = 0.05, *, n: int = 100, note: str = "") -> Estimate:
    """An estimate with an interval of that half width."""
    return Estimate(name, value, value - half, value + half, 0.95, n, n // 2, "made up", None, note)


def nothing(name: str, why: str = "there is no value") -> Estimate:
    """An estimate that is undefined."""
    return Estimate(name, math.nan, math.nan, math.nan, 0.95, 0, 0, "none", why)


def bare_card() -> JudgeCard:
    """A card of which no part could be computed."""
    return JudgeCard(
        header=header("", ()),
        decisions=(),
        health=HealthPart(),
        ceiling=CeilingPart(missing="two annotators are needed"),
        agreement=AgreementPart(),
        replacement=ReplacementPart(),
        biases=BiasPart(),
        corrected=CorrectedPart(),
        calibration=CalibrationPart(),
        selective=SelectivePart(),
        next_labels=NextPart(),
        jury=JuryPart(),
        reproduction=ReproductionPart(),
        made=made(),
    )


def header(text: str, answers: tuple[str, ...]) -> Header:
    """What the card is about."""
    return Header(
        judge=text,
        rubric=text,
        criterion=text,
        bound_to=text,
        data="0123456789abcdef",
        n_items=100,
        n_clusters=50,
        n_raters=3,
        n_labels=300,
        n_verdicts=1100,
        n_unlabelled=1000,
        label_kind="human",
        labels_are="random",
        scale=CardScale(
            categories=tuple(float(i) for i in range(len(answers))),
            answers=answers,
            low=0.0,
            high=1.0,
            ordered=True,
            declared=True,
        ),
        level=0.95,
    )


def made() -> Made:
    """When the card was made."""
    return Made(created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), judgekit="0.1.0", numpy="2.0", scipy="1.17")


def full_card(text: str = "calm") -> JudgeCard:
    """A card with everything, `text` wherever labels, transcripts, files or judges could put theirs."""
    answers = (f"{text} no", f"{text} yes")
    compared = ComparisonRows(
        human=estimate("human", 0.61),
        judge=estimate("judge", 0.52),
        difference=estimate("difference", -0.09),
        ratio=nothing("ratio", text),
    )
    return JudgeCard(
        header=header(text, answers),
        decisions=(
            Decision(question="May the judge replace people?", answer="no", sentence=text, part="replacement"),
            Decision(question="What is the true mean?", answer="number", sentence=text, part="corrected"),
            Decision(question="Has the judge changed?", answer="unknown", sentence=text, part="biases"),
        ),
        health=HealthPart(
            says=text,
            missing=text,
            notes=(text, text),
            findings=(FindingRow(kind="reversed", severity="error", count=7, detail=text, items=(text,)),),
            lost=(LostRow(side="verdict", reason=text, count=11, examples=(text, text)),),
            n_scored=1080,
            n_abstained=13,
            n_failed=7,
            raters=(
                RaterRow(rater=text, n=100, mean=0.41, shares=(0.59, 0.41)),
                RaterRow(rater="judge", n=99, mean=0.47, shares=(0.53, 0.47)),
            ),
        ),
        ceiling=CeilingPart(
            says=text,
            among_people=(estimate("krippendorff_alpha", 0.613, note=text), estimate("percent_agreement", 0.81)),
            measure="cohen_kappa",
            pairwise=compared,
            leave_one_out=compared,
            per_annotator=(
                AnnotatorRow(annotator=text, n=100, human=0.58, judge=0.51),
                AnnotatorRow(annotator=f"{text} 2", n=100, human=0.66, judge=math.nan),
            ),
            matrix=MatrixTable(
                names=(text, "judge"), values=((math.nan, 0.517), (0.517, math.nan)), measure="cohen_kappa"
            ),
        ),
        agreement=AgreementPart(
            says=text,
            reference=text,
            headline=estimate("cohen_kappa", 0.523),
            table=(estimate("cohen_kappa", 0.523), estimate("gwet_ac", 0.671), nothing("spearman", text)),
            confusion=ConfusionTable(answers=answers, counts=((46, 13), (7, 34))),
            per_class=(
                ClassRow(
                    answer=text,
                    n_labels=41,
                    n_verdicts=47,
                    precision=estimate("precision", 0.723),
                    recall=estimate("recall", 0.829),
                    f1=estimate("f1", 0.773),
                ),
            ),
            slices=(SliceRow(name=text, agreement=estimate("accuracy", 0.84), adjusted_p=0.0004),),
        ),
        replacement=ReplacementPart(
            says=text,
            answer="no",
            winning_rate=1 / 3,
            advantage=estimate("advantage", 0.781),
            epsilon=0.2,
            score="accuracy",
            per_annotator=(
                AltTestRow(
                    annotator=text,
                    n=100,
                    judge_wins=0.9,
                    annotator_wins=0.955,
                    p_value=0.0314,
                    rejected=True,
                    note=text,
                ),
            ),
        ),
        biases=BiasPart(
            says=text,
            rows=(
                BiasRow(
                    name="severity",
                    title=text,
                    unit="points",
                    estimate=estimate("severity", 0.061),
                    neutral=0.0,
                    minimal=0.1,
                    verdict="biased",
                    says=text,
                ),
                BiasRow(
                    name="sd_ratio",
                    title=text,
                    unit="ratio",
                    estimate=estimate("sd_ratio", 0.93),
                    neutral=1.0,
                    verdict="none found",
                    says=text,
                ),
                BiasRow(
                    name="position",
                    title=text,
                    unit="share",
                    estimate=nothing("position", text),
                    neutral=0.5,
                    verdict="undefined",
                    says=text,
                ),
            ),
            shares=ShareTable(answers=answers, labels=(0.59, 0.41), verdicts=(0.53, 0.47)),
            repeats=(estimate("identical", 0.971),),
            repeats_for_target=3,
        ),
        corrected=CorrectedPart(
            says=text,
            estimate=estimate("ppi_mean", 0.433),
            estimator="ppi_mean",
            reason=text,
            rows=(
                CorrectedRow(name="naive", title=text, estimate=estimate("judge_mean", 0.487, 0.01), picked=False),
                CorrectedRow(name="labels_only", title=text, estimate=estimate("labels", 0.41, 0.1), picked=False),
                CorrectedRow(name="ppi_mean", title=text, estimate=estimate("ppi_mean", 0.433), picked=True),
            ),
            worth=1.37,
            worst=0.479,
            best=0.497,
            groups=tuple(
                GroupMean(
                    name=f"{text} {i}",
                    n=540,
                    n_missing=10,
                    n_labels=50,
                    naive=estimate("naive", 0.48 + 0.01 * i),
                    corrected=None if i else estimate("corrected", 0.421),
                    worst=0.471,
                    best=0.489,
                )
                for i in range(2)
            ),
            differences=(estimate(f"{text} - {text}", -0.021),),
        ),
        calibration=CalibrationPart(
            says=text,
            method="platt",
            error_in_sample=0.151,
            error_cross_fitted=0.163,
            table=(MapRow(score=1.0, n=47, expected=0.723, low=0.0, high=1.0),),
            conformal_level=0.9,
            reliability=tuple(
                ReliabilityRow(low=p - 0.1, high=p + 0.1, predicted=p, observed=estimate("observed", p, n=50))
                for p in (0.237, 0.719)
            ),
            calibration_error=estimate("ece", 0.033, 0.02),
            brier=estimate("brier", 0.167),
        ),
        selective=SelectivePart(
            says=text,
            confidence=text,
            threshold=(1.0, 0.8, 0.6),
            coverage=(0.31, 0.63, 1.0),
            risk=(0.021, 0.053, 0.172),
            aurc=estimate("aurc", 0.074),
            target=0.1,
            delta=0.05,
            escalation=0.8,
            accepted=0.63,
        ),
        next_labels=NextPart(
            says=text,
            chosen=(NextRow(transcript_id=text, probability=0.125, verdict=1.0),),
            plan=(PlanRow(half_width=0.05, labels_needed=257, labels_alone=353, more=157),),
            method=text,
        ),
        jury=JuryPart(
            says=text,
            judges=(
                JudgeRow(
                    judge=text, accuracy=estimate("accuracy", 0.8), jury_minus=estimate("gain", 0.027), weight=1.39
                ),
                JudgeRow(judge=f"{text} 2", accuracy=nothing("accuracy", text)),
            ),
            effective=estimate("effective", 1.73),
            error_correlation=estimate("correlation", 0.157),
            jury=estimate("jury", 0.837),
            best_single=estimate("single", 0.8),
            majority=estimate("majority", 0.793),
            difference=estimate("difference", 0.037),
        ),
        reproduction=ReproductionPart(says=text, seed=42, options={text: text}),
        made=made(),
    )
