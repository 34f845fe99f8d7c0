"""The judge card: what is known of one judge under one rubric, as a record that reads back exactly."""

from __future__ import annotations

from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Literal, Self

import orjson
from pydantic import ValidationError, model_validator

from judgekit.calibration.card.numbers import Num
from judgekit.calibration.card.parts import (
    AgreementPart,
    BiasPart,
    CalibrationPart,
    CeilingPart,
    CorrectedPart,
    HealthPart,
    JuryPart,
    NextPart,
    ReplacementPart,
    ReproductionPart,
    SelectivePart,
)
from judgekit.calibration.card.parts_base import need_lengths
from judgekit.calibration.card.words import measure_name, plural, spoken
from judgekit.errors import UserError
from judgekit.io.atomic import atomic_write
from judgekit.noun import MisfitError, Noun, Text, digest, explain

LabelsAre = Literal["random", "stratified", "hand_picked"]
"""How the labelled items were chosen; it decides which corrected mean is valid."""


class CardScale(Noun):
    """What values are possible."""

    categories: tuple[float, ...] = ()
    """The number of each answer, ascending; empty where every number between is possible."""
    answers: tuple[Text, ...] = ()
    """What each category is called."""
    low: Num
    """The lowest value."""
    high: Num
    """The highest value."""
    ordered: bool
    """Whether a higher number is more of something."""
    declared: bool
    """Whether rubric or caller named the scale; else it is what occurs."""

    @model_validator(mode="after")
    def _even(self) -> Self:
        need_lengths(len(self.categories), answers=self.answers)
        return self


class Header(Noun):
    """1. What the card is about."""

    judge: Text
    """Who judged, `provider/model`; empty where it is not said."""
    rubric: Text
    """The rubric; empty where nobody named it."""
    rubric_version: Text = ""
    """Its version; empty where it is not known."""
    criterion: Text = ""
    """The criterion; empty for the level or the score."""
    bound_to: Text = ""
    """The fingerprint of judge and rubric that the card holds for; empty where verdicts do not carry one."""
    data: Text
    """The fingerprint of the verdicts and labels that went in."""
    n_items: int
    """Transcripts with a verdict and a label."""
    n_clusters: int
    """Independent units among them."""
    n_raters: int
    """Annotators."""
    n_labels: int
    """Labels that count."""
    n_verdicts: int
    """Verdicts of the judge, failures among them."""
    n_unlabelled: int
    """Transcripts with a usable verdict and no label."""
    label_kind: Literal["human", "author", "script"]
    """Whose labels these are: of people, of who made the items, of code."""
    labels_are: LabelsAre | None = None
    """How the labelled items were chosen; None where nobody said."""
    scale: CardScale
    """What values are possible."""
    level: float
    """The confidence of all intervals."""


class Decision(Noun):
    """One decision and the sentence that answers it."""

    question: Text
    """Such as `May the judge replace people?`."""
    answer: Literal["yes", "no", "number", "unknown"]
    """`number`: the answer is a number, in the sentence."""
    sentence: Text
    """One plain sentence."""
    part: str
    """The part that it rests on: the name of the card's field."""


class Made(Noun):
    """When and with what the card was made; not in its digest."""

    created: datetime
    """When, UTC."""
    judgekit: str
    """The version of judgekit."""
    numpy: str
    """The version of numpy."""
    scipy: str
    """The version of scipy."""


class JudgeCard(Noun):
    """What is known of one judge under one rubric, with everything that tables and figures are drawn from."""

    judgekit: Literal["card/1"] = "card/1"
    """The form of this record."""
    header: Header
    """1. What the card is about."""
    decisions: tuple[Decision, ...]
    """The answers first."""
    health: HealthPart
    """2. Is there anything wrong with the data?"""
    ceiling: CeilingPart
    """3. How far do people agree with each other?"""
    agreement: AgreementPart
    """4. How far does the judge agree with people?"""
    replacement: ReplacementPart
    """5. May the judge replace the annotators?"""
    biases: BiasPart
    """6. What does the judge favour?"""
    corrected: CorrectedPart
    """7. What is the true mean?"""
    calibration: CalibrationPart
    """8. What does a score mean in labels?"""
    selective: SelectivePart
    """9. Which verdicts may stand without a person?"""
    next_labels: NextPart
    """10. What to label next, and how many?"""
    jury: JuryPart
    """11. Are several judges better than one?"""
    reproduction: ReproductionPart
    """12. How are these numbers made again?"""
    made: Made
    """When and with what; not in the digest."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        wrong = [
            (
                ("health", "raters", place, "shares"),
                f"no shares, or one for each of {len(self.header.scale.answers)} answers",
            )
            for place, one in enumerate(self.health.raters)
            if len(one.shares) not in (0, len(self.header.scale.answers))
        ]
        if wrong:
            raise MisfitError(wrong)
        return self

    def __str__(self) -> str:
        """Who was measured, on what, the headline, and how to read the rest: three lines.

        Foreign text in it has no line breaks; a terminal is not protected from it.
        """
        h, head = self.header, self.agreement.headline
        what = " ".join(filter(None, (h.judge or "a judge", "under", h.rubric or "an unnamed rubric", h.criterion)))
        told = "no measure of agreement"
        if head is not None:
            told = f"{measure_name(head.name)} {spoken(head)} on {plural(head.n, 'item')}"
        wrong = dict.fromkeys(one.kind.replace("_", " ") for one in self.health.findings if one.severity == "error")
        return (
            f"Judge card of {' '.join(what.split())}: {told}\n"
            f"{plural(h.n_items, 'labelled item')} of {plural(h.n_clusters, 'independent unit')}, "
            f"{plural(h.n_raters, 'annotator')}"
            f"{'; do not trust the numbers yet: ' + ', '.join(wrong) if wrong else ''}\n"
            "read card.decisions, or card.to_html('card.html'); card.to_json() has every number"
        )

    def __repr__(self) -> str:
        """One line."""
        h = self.header
        return f"<JudgeCard {h.judge!r} under {h.rubric!r}: {plural(h.n_items, 'item')}, digest {self.digest[:12]}>"

    @property
    def digest(self) -> str:
        """The fingerprint of everything but `made`: the same data, options and seed give the same."""
        return digest(self.model_dump(mode="json", exclude={"made"}))

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """The card as JSON, indented, its digest beside it; written to a file where a path is given.

        Raises:
            UserError: the file cannot be written.
        """
        whole = {**self.model_dump(mode="json"), "digest": self.digest}
        text = orjson.dumps(whole, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
        if path is not None:
            with atomic_write(Path(path)) as out:
                out.write(text.encode())
        return text

    @classmethod
    def from_json(cls, text: str | bytes, *, name: str = "the card") -> Self:
        """The card of its JSON.

        Args:
            text: what `to_json` gave.
            name: what a message calls it.

        Raises:
            UserError: it is no card of a form that this version reads, or it was changed after it was made.
        """
        try:
            row = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise UserError(f"{name}: wanted the JSON of a judge card; it is not JSON: {error}") from None
        form = row.get("judgekit") if isinstance(row, dict) else None
        if form != "card/1":
            came = f"'judgekit' is {form!r}" if isinstance(row, dict) else f"came {type(row).__name__}"
            raise UserError(f"{name}: wanted a judge card with 'judgekit': 'card/1'; {came}; make it with calibrate")
        said = row.pop("digest", None)
        try:
            card = cls.model_validate(row)
        except ValidationError as error:
            raise UserError(f"{name}: {explain(error)}") from None
        if said is not None and said != card.digest:
            raise UserError(f"{name}: the card was changed after it was made (its digest differs); make it again")
        return card

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """The card in a file.

        Raises:
            UserError: the file cannot be read, or is no card.
        """
        try:
            text = Path(path).read_bytes()
        except OSError as error:
            raise UserError(f"{path}: the card cannot be read: {error.strerror or error}") from None
        return cls.from_json(text, name=str(path))
