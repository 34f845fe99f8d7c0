"""What a run came to: plain records, filled by `running.run` and drawn by the reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from judgekit.calibration.estimate import Estimate
from judgekit.running.cards import CardNote


@dataclass(frozen=True, slots=True)
class MeanRow:
    """The mean score of one group, with what it leaves out and how far that could move it."""

    group: dict[str, str]
    """What the group has in common, such as `{"rubric": "sycophancy", "label": "Model1"}`."""
    estimate: Estimate
    """The mean of the scored verdicts; questions are the independent units."""
    n_scored: int
    """Verdicts with a score."""
    n_abstained: int
    """Verdicts that said "cannot tell"."""
    n_failed: int
    """Judgements that gave no verdict."""
    worst: float
    """The mean if all that is not scored had score 0; nan where there is no verdict."""
    best: float
    """The mean if all that is not scored had score 1; nan where there is no verdict."""
    n_passed: int | None
    """Scored verdicts that pass; None where nothing in the group says what passes."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in numbers; only verdicts of its present judge and rubrics count."""

    transcripts: int
    """Different transcripts with a verdict."""
    questions: int
    """Different questions."""
    verdicts: int
    """Transcript × rubric: scored + abstained + failed."""
    scored: int
    """Verdicts with a score."""
    abstained: int
    """Verdicts that said "cannot tell"."""
    failed: int
    """Judgements that gave no verdict."""
    reused: int
    """Of the verdicts: copies, because another transcript had the same text and inputs."""
    failures: dict[str, int]
    """How many failed, by kind; the most frequent first."""
    rows: list[MeanRow]
    """Means by rubric and label."""
    rubric_rows: list[MeanRow]
    """Means by rubric."""
    unsupported_evidence: int
    """Answers that did not count because their quote is not in the transcript."""
    calls: int | None
    """Calls to the judge: answers that verdicts rest on, and failed attempts of verdicts that failed."""
    prompt_tokens: int | None
    """Tokens sent, by the server's count; None where no server said."""
    completion_tokens: int | None
    """Tokens received; None where no server said."""
    cached_tokens: int | None
    """Tokens sent that the provider had cached; None where no server said."""
    cost_usd: float | None
    """US dollars that the present judge has cost in this run, replaced tries too; None where a price is unknown."""
    judges: list[str]
    """The judges of the verdicts, sorted."""
    rubrics: dict[str, str]
    """The version of each rubric, by name."""
    calibration: dict[str, Literal["none", "valid", "stale"]]
    """By `judge × rubric`: whether a judge card says how far to trust it."""
    cards: dict[str, CardNote]
    """What the valid judge cards say, by `judge × rubric`."""
    flags: dict[str, int]
    """How many verdicts carry each flag."""
    provenance: dict[str, int]
    """How many transcripts have each provenance."""
    stale: int = 0
    """Verdicts in the file that do not count: of another judge, rubric, text or input."""
    complete: bool = True
    """False while the last batch has not come to the end of its source."""
    warnings: list[str] = field(default_factory=list)
    """What a reader of the numbers should know, a sentence each."""
    cost_per_scored_usd: float | None = field(init=False)
    """US dollars of the run for each verdict with a score; None where a price is unknown or nothing was scored."""
    cached_share: float | None = field(init=False)
    """Of the tokens sent, the part that the provider had cached; None where no server said."""

    def __post_init__(self) -> None:
        priced = self.cost_usd is not None and self.scored
        object.__setattr__(self, "cost_per_scored_usd", self.cost_usd / self.scored if priced else None)  # type: ignore[operator]
        said = self.prompt_tokens and self.cached_tokens is not None
        object.__setattr__(self, "cached_share", self.cached_tokens / self.prompt_tokens if said else None)  # type: ignore[operator]
