"""Score transcripts with an LLM judge, and measure how far the judge may be trusted.

    import judgekit as jk
    judge = jk.Judge("baseline")
    verdict = judge.score(jk.Transcript.from_text("…", "…"), "missing_context", inputs={…})

Names load on first use: importing the package imports no model client and no statistics. A notebook that runs pytest
has imported it before its plug-in is found, which pytest would warn of but for this mark: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from judgekit.calibration.estimate import Estimate
    from judgekit.checks import run_check
    from judgekit.errors import JudgeError, JudgekitError, UserError
    from judgekit.integrations.frame import score_frame
    from judgekit.integrations.protocol import judge_function
    from judgekit.io import load_questions, load_rubric, load_transcripts
    from judgekit.io.labels import load_labels
    from judgekit.io.scores import load_scores
    from judgekit.judging.typed import TypedVerdict
    from judgekit.label import Label
    from judgekit.question import Constraint, Question, QuestionSet
    from judgekit.reporting.calibrate import JudgeCard, calibrate
    from judgekit.rubric import Criterion, Rubric
    from judgekit.running.judge import Judge
    from judgekit.running.run import Run, open_run
    from judgekit.transcript import Message, Transcript
    from judgekit.verdict import Evidence, Failure, Verdict

__version__ = "0.1.0"

_HOME = {
    "Constraint": "judgekit.question",
    "Criterion": "judgekit.rubric",
    "Estimate": "judgekit.calibration.estimate",
    "Evidence": "judgekit.verdict",
    "Failure": "judgekit.verdict",
    "Judge": "judgekit.running.judge",
    "JudgeCard": "judgekit.reporting.calibrate",
    "JudgeError": "judgekit.errors",
    "JudgekitError": "judgekit.errors",
    "Label": "judgekit.label",
    "Message": "judgekit.transcript",
    "Question": "judgekit.question",
    "QuestionSet": "judgekit.question",
    "Rubric": "judgekit.rubric",
    "Run": "judgekit.running.run",
    "Transcript": "judgekit.transcript",
    "TypedVerdict": "judgekit.judging.typed",
    "UserError": "judgekit.errors",
    "Verdict": "judgekit.verdict",
    "calibrate": "judgekit.reporting.calibrate",
    "judge_function": "judgekit.integrations.protocol",
    "load_labels": "judgekit.io.labels",
    "load_questions": "judgekit.io",
    "load_rubric": "judgekit.io",
    "load_scores": "judgekit.io.scores",
    "load_transcripts": "judgekit.io",
    "open_run": "judgekit.running.run",
    "run_check": "judgekit.checks",
    "score_frame": "judgekit.integrations.frame",
}

__all__ = [  # noqa: RUF022 — by the order in which one meets them
    "Judge",
    "Transcript",
    "Message",
    "Rubric",
    "Criterion",
    "Question",
    "QuestionSet",
    "Constraint",
    "Verdict",
    "TypedVerdict",
    "Evidence",
    "Failure",
    "Label",
    "Estimate",
    "JudgeCard",
    "Run",
    "load_transcripts",
    "load_questions",
    "load_rubric",
    "load_labels",
    "load_scores",
    "open_run",
    "score_frame",
    "judge_function",
    "calibrate",
    "run_check",
    "JudgekitError",
    "UserError",
    "JudgeError",
]


def __getattr__(name: str) -> Any:
    """The public name, loaded on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'judgekit' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return sorted([*__all__, "__version__"])
