"""What a judge card is about: its header in words, its decisions, and what its numbers rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from judgekit.reporting.plain import count, one_line

if TYPE_CHECKING:
    from judgekit.calibration.card.noun import Decision, Header, JudgeCard

_ANSWERS: Final = {"yes": "yes", "no": "no", "number": "measured", "unknown": "not known yet"}
_KINDS: Final = {"human": "of people", "author": "of the items' authors", "script": "of code"}
_CHOSEN: Final = {
    "random": "at random from all",
    "stratified": "at random within strata, or with known probability",
    "hand_picked": "by hand",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision, ready to be shown."""

    question: str
    answer: str
    """In words: `yes`, `no`, `measured`, `not known yet`."""
    kind: str
    """How it is coloured: `yes` (good), `no` (bad), `number` or `unknown`."""
    sentence: str
    part: str
    """The field of the card it rests on."""


def subject(card: JudgeCard) -> str:
    """Judge and rubric in a few words."""
    header = card.header
    of = " ".join(filter(None, (header.rubric or "an unnamed rubric", header.rubric_version)))
    criterion = f", criterion {header.criterion}" if header.criterion else ""
    return one_line(f"{header.judge or 'an unnamed judge'} under {of}{criterion}", 300)


def answers(card: JudgeCard) -> tuple[Answer, ...]:
    """The decisions in the order of the card."""
    return tuple(
        Answer(one_line(d.question, 300), _ANSWERS[d.answer], _tone(d), one_line(d.sentence, 2000), d.part)
        for d in card.decisions
    )


def _tone(decision: Decision) -> str:
    """Good news or bad: a judge that favours something or has changed is bad news, and more to label is neither."""
    if decision.part == "next_labels":
        return "number"
    turned = {"yes": "no", "no": "yes"} if decision.part == "biases" else {}
    return turned.get(decision.answer, decision.answer)


def header_facts(card: JudgeCard) -> tuple[tuple[str, str], ...]:
    """Part 1: who, on what, how many, chosen how."""
    header = card.header
    facts = (
        ("judge", header.judge or "not said"),
        ("rubric", " ".join(filter(None, (header.rubric, header.rubric_version))) or "not said"),
        ("criterion", header.criterion or "the level or the score"),
        ("scale", _scale(header)),
        ("items", f"{count(header.n_items, 'transcript')} with a verdict and a label, {_units(header)}"),
        ("labels", f"{count(header.n_labels, 'label')} {_KINDS[header.label_kind]}, {_raters(header)}"),
        ("labels were chosen", _CHOSEN.get(header.labels_are or "", "not said")),
        ("verdicts", f"{count(header.n_verdicts, 'verdict')}; {header.n_unlabelled:,} usable ones without a label"),
        ("holds for", header.bound_to or "no fingerprint: the verdicts carry none"),
        ("intervals", f"{header.level * 100:g} %"),
    )
    return tuple((name, one_line(text, 500)) for name, text in facts)


def origin(card: JudgeCard) -> tuple[tuple[str, str], ...]:
    """What the numbers rest on, for part 12."""
    made = card.made
    return (
        ("digest of this card", card.digest),
        ("fingerprint of the data", card.header.data),
        ("fingerprint of judge and rubric", card.header.bound_to),
        ("seed", str(card.reproduction.seed)),
        ("level", f"{card.reproduction.level:g}"),
        ("made", f"{made.created:%Y-%m-%d %H:%M:%S %Z}".strip()),
        ("judgekit", made.judgekit),
        ("numpy", made.numpy),
        ("scipy", made.scipy),
    )


def trouble(card: JudgeCard) -> str:
    """A warning where the data have errors, or ''."""
    errors = sum(finding.severity == "error" for finding in card.health.findings)
    if not errors:
        return ""
    return f"Health of the data: {count(errors, 'error')}. Numbers made of these data mislead; read part 2 first."


def _scale(header: Header) -> str:
    scale = header.scale
    if not scale.categories:
        text = f"every number from {scale.low:g} to {scale.high:g}"
    else:
        text = ", ".join(scale.answers) or ", ".join(f"{x:g}" for x in scale.categories)
        text += " (in this order)" if scale.ordered else " (no order)"
    return text if scale.declared else f"{text}; nobody declared it: it is what occurs"


def _units(header: Header) -> str:
    return f"from {count(header.n_clusters, 'independent unit')}"


def _raters(header: Header) -> str:
    return f"by {count(header.n_raters, 'annotator')}"
