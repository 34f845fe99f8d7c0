"""What one labelling task is: fixed when it begins, and the same whenever it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from judgekit.errors import UserError
from judgekit.labelling.asks import LEVEL, Ask
from judgekit.rubric import Rubric


@dataclass(frozen=True, slots=True)
class Choices:
    """How the transcripts are chosen and dealt; None is what nobody said."""

    sample: int | None = None
    """So many of them, each as likely."""
    next_k: int | None = None
    """So many of a run, by where its judge is expected to err."""
    overlap: str | None = None
    """How many everyone labels; `all` unless it is said."""
    seed: int | None = None
    """Of every draw; 0 unless it is said."""


@dataclass(frozen=True, slots=True)
class About:
    """What is asked, and how the transcripts were chosen."""

    rubric: str
    """The rubric's name."""
    version: str
    """Its version."""
    fingerprint: str
    """Its digest."""
    criteria: tuple[str, ...]
    """The criteria that are asked, empty text for the level."""
    chosen: Choices
    """How the transcripts were chosen."""
    annotators: tuple[str, ...] = ()
    """To whom transcripts were dealt; empty where everyone labels all of them."""
    method: str = ""
    """What the probabilities of a draw rest on."""

    @property
    def guideline(self) -> str:
        """The version of the instructions, as it stands beside each label."""
        return f"{self.rubric} {self.version} {self.fingerprint[:12]}"

    @property
    def labels_are(self) -> str:
        """How the labelled transcripts were chosen, as `judgekit calibrate --labels-are` has it."""
        return "stratified" if self.chosen.next_k is not None else "random"

    def to_json(self) -> str:
        """The record as it is kept."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def from_json(cls, text: str) -> About:
        """The record that was kept."""
        held = orjson.loads(text)
        criteria, annotators = tuple(held.pop("criteria")), tuple(held.pop("annotators"))
        return cls(**held | {"chosen": Choices(**held["chosen"])}, criteria=criteria, annotators=annotators)


def about_of(
    rubric: Rubric, asks: Sequence[Ask], chosen: Choices, annotators: Sequence[str] = (), method: str = ""
) -> About:
    """What a task is that begins now."""
    criteria = tuple(one.criterion for one in asks)
    return About(rubric.name, rubric.version, rubric.fingerprint, criteria, chosen, tuple(annotators), method)


def check_same(held: About, rubric: Rubric, asks: Sequence[Ask], chosen: Choices, labels: Path) -> None:
    """Nothing, where this is the task that was begun; what nobody says again is as it was.

    Raises:
        UserError: the rubric, what is asked, or the choice of transcripts is another.
    """
    cure = f"go on as it was begun, or name another file with --out; {str(labels)!r} keeps what is there"
    if rubric.name != held.rubric or rubric.fingerprint != held.fingerprint:
        came = f"{rubric.name} {rubric.version} {rubric.fingerprint[:12]}"
        raise UserError(f"this task was begun under the rubric {held.guideline}, and this one is {came}: {cure}")
    asked = tuple(one.criterion for one in asks)
    if asked != held.criteria:
        was, is_ = (", ".join(one or LEVEL for one in names) for names in (held.criteria, asked))
        raise UserError(f"this task asks for {was}, and now for {is_} (--criterion): {cure}")
    for name, flag in (("sample", "--sample"), ("next_k", "--next"), ("overlap", "--overlap"), ("seed", "--seed")):
        was, now = getattr(held.chosen, name), getattr(chosen, name)
        if now is not None and now != was:
            began = f"with {flag} {was}" if was is not None else f"without {flag}"
            raise UserError(f"this task was begun {began}, and now it is {flag} {now}: {cure}")
