"""Why no label meets a verdict, in a sentence with an example of both: what a user has to know to mend it."""

from __future__ import annotations

from judgekit.calibration.finding import listed, plural
from judgekit.calibration.pairing import Paired
from judgekit.calibration.pairing_lost import NO_VERDICT, Stray

_OF_DUPLICATES = "duplicate"


def why_none(paired: Paired, hint: str = "") -> str:
    """Why there is no transcript with both a verdict and a usable label; the reason that takes most labels first.

    Args:
        paired: with no item.
        hint: how the ids would fit, where that is known.

    >>> from judgekit.calibration.pairing import pair
    >>> from judgekit.io.scores import Score
    >>> from judgekit.label import Label
    >>> label = Label(transcript_id="q1", rubric="r", annotator="anna", value=9)
    >>> why_none(pair([Score("q1", value=4)], [label], categories=[1, 2, 3, 4, 5]))
    '1 label is not on the scale of 1, 2, 3, 4, 5, such as 9 for q1: name the scale that the labels have'
    """
    if not paired.n_labels:
        return "there is no label"
    if not paired.n_verdicts:
        named = f": labels name {paired.unknown_ids[0]!r}" if paired.unknown_ids else ""
        return f"there is no verdict for any transcript with a label{named}"
    count, said = max((_off_scale(paired), _no_verdict(paired, hint), _contradicting(paired)), key=lambda one: one[0])
    whole = plural(paired.n_labels, "label")
    if not count:
        return f"none of {whole} is an answer"
    return f"{whole if count == paired.n_labels else f'{count:,} of {whole}'} {said}"


def scale_words(paired: Paired) -> str:
    """What is possible, such as `from 0 to 1` or `of no, yes`."""
    scale = paired.scale
    return f"of {listed(scale.answers, 10)}" if paired.categories else f"from {scale.low:g} to {scale.high:g}"


def example(stray: Stray) -> str:
    """A value that is not on the scale, and where."""
    value = stray.value if isinstance(stray.value, str) else f"{stray.value:g}"
    shown = repr(value[:40]) if isinstance(stray.value, str) else value
    return f"{shown} for {stray.items[0]}" if stray.items else shown


def _off_scale(paired: Paired) -> tuple[int, str]:
    strays = [one for one in paired.strays if one.rater is not None]
    count = sum(paired.n_lost("label", reason) for reason in {one.reason for one in strays})
    if not strays:
        return 0, ""
    verb = "is" if count == 1 else "are"
    return count, (
        f"{verb} not on the scale {scale_words(paired)}, such as {example(strays[0])}: name the scale that the labels "
        "have"
    )


def _no_verdict(paired: Paired, hint: str) -> tuple[int, str]:
    count = paired.n_lost("label", NO_VERDICT)
    if not paired.unknown_ids:
        return count, "belong to transcripts without a verdict"
    judged = next(iter(paired.unlabelled_items), None) or next(
        (one.examples[0] for one in paired.lost if one.side == "verdict" and one.examples), ""
    )
    verb = "belongs to a transcript" if count == 1 else "belong to transcripts"
    cure = hint or "are they of another run?"
    return count, f"{verb} without a verdict: labels name {paired.unknown_ids[0]!r}, verdicts {judged!r}; {cure}"


def _contradicting(paired: Paired) -> tuple[int, str]:
    count = sum(one.count for one in paired.lost if one.side == "label" and one.reason.startswith(_OF_DUPLICATES))
    return count, "contradict others of the same annotator for the same transcript, and none holds"
