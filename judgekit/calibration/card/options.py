"""What a card may be told beside verdicts and labels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from judgekit.calibration.card.noun import LabelsAre
from judgekit.calibration.inputs import check_level
from judgekit.calibration.pairing_verdicts import VerdictRow
from judgekit.errors import UserError
from judgekit.io.label_set import Kind
from judgekit.rubric import Rubric
from judgekit.transcript import Transcript

if TYPE_CHECKING:
    from judgekit.calibration.inputs import Category


@dataclass(frozen=True, slots=True)
class CardOptions:
    """All that a card may be told beside verdicts and labels; every one has a default."""

    rubric: Rubric | str = ""
    """The rubric, or its name; empty where there is only one."""
    criterion: str = ""
    """One of its criteria or checks; empty for the level (or the score)."""
    categories: Sequence[Category] | None = None
    """The answers that are possible; None: those of the rubric, else what occurs."""
    scale: tuple[float, float] | None = None
    """Lowest and highest value, where every number between is possible."""
    scale_type: Literal["nominal", "ordinal"] | None = None
    """Whether the answers have an order; None: numbers have one, words not, and winners of pairs (`swapped`) not."""
    judge: str | None = None
    """Whose verdicts, where several judges have some; the others are then compared with it."""
    kind: Kind | None = None
    """Whose labels; None: of people, else of authors, else of scripts."""
    labels_are: LabelsAre | None = None
    """How the labelled items were chosen; None: nobody says, and means are not corrected."""
    clusters: Mapping[str, str] | Literal["question", "none"] = "question"
    """The independent unit of each transcript; `question`: what the verdicts say, else what ids have before `/`."""
    level: float = 0.95
    """The confidence of the intervals."""
    seed: int = 0
    """Of every random draw."""
    epsilon: float = 0.2
    """How much worse than a person the judge may be: 0.2 beside experts, 0.15 skilled annotators, 0.1 a crowd."""
    pass_at: float | None = None
    """The lowest value that passes; None: the rubric's."""
    matters: float = 0.1
    """The smallest bias that matters, as a share of the scale; for length between a short response and a long one."""
    target: float = 0.1
    """The share of mistakes that is allowed where a verdict stands alone."""
    next_k: int = 50
    """How many transcripts to draw for labelling."""
    own: Collection[str] = ()
    """Response labels of the judge's own model family."""
    transcripts: Iterable[Transcript] | None = None
    """What was judged: for lengths, and to find the rubric's own examples among it."""
    probability: Mapping[str, float] | None = None
    """With which probability each labelled transcript was chosen, where `labels_are` is stratified."""
    strata: Mapping[str, str] | None = None
    """Or the stratum of every transcript."""
    confidence: Mapping[str, float] | None = None
    """How sure the judge is, by transcript."""
    repeats: Sequence[Iterable[VerdictRow]] = ()
    """Further verdicts of the same judge on the same transcripts."""
    others: Mapping[str, Iterable[VerdictRow]] = field(default_factory=dict)
    """Verdicts of other judges, by name."""
    before: Iterable[VerdictRow] | None = None
    """Verdicts of the judge as it was before."""
    swapped: Iterable[VerdictRow] | None = None
    """Where values are winners of pairs (1, 2, 0 for a tie): the same pairs, the second response shown first."""
    bound_to: str = ""
    """The fingerprint of judge and rubric."""
    rubric_version: str = ""
    """The rubric's version, where the rubric itself is not given."""

    def check(self) -> None:
        """Nothing.

        Raises:
            UserError: an option is out of its range: one line.
        """
        check_level(self.level, "calibrate")
        ways = get_args(LabelsAre)
        if self.labels_are is not None and self.labels_are not in ways:
            raise UserError(f"calibrate: one of {', '.join(ways)} was wanted for labels_are=; came {self.labels_are!r}")
        if self.scale_type not in (None, "nominal", "ordinal"):
            raise UserError(f"calibrate: nominal or ordinal was wanted for scale_type=; came {self.scale_type!r}")
        for name, value, highest in (
            ("epsilon", self.epsilon, 1.0),
            ("target", self.target, 1.0),
            ("matters", self.matters, 1.0),
        ):
            if not 0.0 <= value < highest or (name == "target" and value == 0.0):
                raise UserError(f"calibrate: a share below 1, such as 0.1, was wanted for {name}=; came {value:g}")
        for name, whole, least in (("next_k", self.next_k, 1), ("seed", self.seed, 0)):
            if whole < least:
                raise UserError(f"calibrate: {least} or more was wanted for {name}=; came {whole}")
