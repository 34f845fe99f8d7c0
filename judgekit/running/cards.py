"""The judge cards of a run: kept in its file, and bound to judge and rubric by the setting's fingerprint (law 6).

A card is `valid` while its fingerprint is that of the setting which the run uses for its rubric, and `stale` once
judge, parameters, rubric or template have changed.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from judgekit.calibration.estimate import Estimate
from judgekit.running.schema import clear_errors, open_for_writing, reading, transaction

if TYPE_CHECKING:
    from judgekit.calibration.card.noun import JudgeCard

State = Literal["none", "valid", "stale"]
_CURRENT = """
SELECT c.rubric, s.base, s.judge, s.rubric_version, s.rubric_fingerprint,
    (SELECT count(*) FROM verdicts v WHERE v.live = 1 AND v.setting_id = c.id)
FROM current_settings c JOIN settings s ON s.id = c.id ORDER BY c.rubric
"""
_KEEP = """
INSERT INTO cards (bound_to, rubric, criterion, digest, own, body) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (bound_to, rubric, criterion) DO UPDATE SET digest = excluded.digest, own = excluded.own,
    body = excluded.body
"""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a card of this run is bound to, for one rubric."""

    fingerprint: str
    """The digest of judge, parameters, rubric and template."""
    judge: str
    """`provider/model`."""
    rubric_version: str
    """The rubric's version."""
    rubric_fingerprint: str
    """The rubric's own digest."""
    verdicts: int
    """How many verdicts count."""


@dataclass(frozen=True, slots=True)
class CardNote:
    """What a run's summary says of its judge card."""

    state: State
    """Whether a card says how far to trust this judge on this rubric."""
    headline: str = ""
    """The first number of a valid card, such as `Cohen's kappa 0.71 [0.63, 0.78] on 300 items labelled by people`."""
    criterion: str = ""
    """The criterion that the card is about; empty for the level."""
    digest: str = ""
    """The fingerprint of the card."""
    corrected: Estimate | None = None
    """The corrected mean, as a score 0..1; None where the card refuses it, or was made of other verdicts."""
    groups: dict[str, Estimate] | None = None
    """The same by response label."""
    reason: str = ""
    """Why there is no corrected mean."""


def bindings(path: Path) -> dict[str, Binding]:
    """By rubric, what a card has to be bound to.

    Raises:
        UserError: the file is no run.
    """
    with reading(path) as db:
        return _bindings(db)


def keep_card(path: Path, card: JudgeCard, *, own: bool) -> None:
    """Nothing; the card is in the run, in the place of an older one for the same judge, rubric and criterion.

    Args:
        path: the run's file.
        card: bound to a judge and a rubric.
        own: whether it was made of this run's verdicts: then its corrected means are this run's.

    Raises:
        UserError: the file is no run, or cannot be written.
    """
    header = card.header
    row = (header.bound_to, header.rubric, header.criterion, card.digest, int(own), card.to_json().encode())
    db = open_for_writing(path)
    try:
        with clear_errors(path), transaction(db):
            db.execute(_KEEP, row)
    finally:
        db.close()


def card_notes(db: sqlite3.Connection, given: Iterable[JudgeCard] = ()) -> dict[str, CardNote]:
    """By rubric, what its card says; a card that is given comes before those in the file."""
    cards: list[tuple[JudgeCard, bool]] = [(card, False) for card in given]
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'cards'").fetchone():
        cards += [(_read(body), bool(own)) for body, own in db.execute("SELECT body, own FROM cards ORDER BY id DESC")]
    found = {}
    for rubric, binding in _bindings(db).items():
        mine = [(card, own) for card, own in cards if card.header.rubric == rubric]
        bound = [(card, own) for card, own in mine if card.header.bound_to == binding.fingerprint]
        if bound:
            # The level before a criterion, and a card of this run before another one.
            card, own = min(bound, key=lambda one: (one[0].header.criterion != "", not one[1]))
            found[rubric] = _note(card, own=own and card.header.n_verdicts == binding.verdicts)
        else:
            found[rubric] = CardNote("stale" if mine else "none")
    return found


def _read(body: bytes) -> JudgeCard:
    # Its models take a quarter of a second to load: only a run that holds a card pays for them.
    from judgekit.calibration.card.noun import JudgeCard

    return JudgeCard.from_json(body, name="a card in the run")


def _bindings(db: sqlite3.Connection) -> dict[str, Binding]:
    return {
        rubric: Binding(base, judge, version, fingerprint, verdicts)
        for rubric, base, judge, version, fingerprint, verdicts in db.execute(_CURRENT)
    }


def _note(card: JudgeCard, *, own: bool) -> CardNote:
    header, part = card.header, card.corrected
    if header.criterion:
        reason = f"the card is about the criterion {header.criterion}"
    elif not own:
        reason = "the card was made of other verdicts; calibrate this run for its corrected mean"
    else:
        reason = part.missing
    mine = own and not header.criterion and part.estimate is not None
    return CardNote(
        "valid",
        headline=headline(card),
        criterion=header.criterion,
        digest=card.digest,
        corrected=_score(part.estimate, card) if mine and part.estimate is not None else None,
        groups={one.name: _score(one.corrected, card) for one in part.groups if one.corrected is not None}
        if mine
        else None,
        reason="" if mine else reason,
    )


def headline(card: JudgeCard) -> str:
    """The card's first number with its interval, and on how many items labelled by whom it rests."""
    from judgekit.calibration.card.words import measure_name, plural, spoken

    head = card.agreement.headline
    whose = {"human": "people", "author": "the author", "script": "code"}[card.header.label_kind]
    if head is None or math.isnan(head.value):
        return f"no measure of agreement with labels of {whose}: {card.agreement.missing}"
    wrong = dict.fromkeys(found.kind for found in card.health.findings if found.severity == "error")
    doubt = f"; do not trust it: {', '.join(kind.replace('_', ' ') for kind in wrong)}" if wrong else ""
    labelled = f"{plural(head.n, 'item')} labelled by {whose}"
    return f"{measure_name(head.name)} {spoken(head)} on {labelled}{doubt}"


def _score(estimate: Estimate, card: JudgeCard) -> Estimate:
    """The estimate on the scale of scores, 0..1."""
    low, high = card.header.scale.low, card.header.scale.high

    def score(value: float) -> float:
        return (value - low) / (high - low)

    return replace(
        estimate, value=score(estimate.value), low=score(estimate.low), high=score(estimate.high), name="corrected_mean"
    )
