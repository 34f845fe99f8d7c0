"""Whether the text under a response marker is the model's own words: a proposal, by a few lexical cues.

People who collect answers by hand often paste what another assistant said about them. The cues, first match first:

1. not_generated: a short note that nothing was generated. (An empty response is unknown: a model may return nothing.)
2. contaminated: a heading or a phrase that brings in another model's answer.
3. mixed: a wrapper ("Full Response from Model1", "Here's the complete response:") before a text that speaks to the
   reader; third_party_summary: a wrapper, or an opening such as "Model1 provided …", before one that does not; or notes
   such as "- Emphasized …".
4. verbatim: it opens with code, answers yes or no, or says I or you outside code.
5. unknown: none of these, or it speaks of itself in the third person further down.

Nothing here is certain, and it is not more than a proposal: the question file overrides it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from judgekit.transcript import Provenance

_VERB = (
    r"(?:provid|identif|respond|recommend|not|conclud|emphasi[sz]|highlight|acknowledg|suggest|explain|mention|propos"
    r"|present|stress|describ|discuss|outlin|answer|repl|declin|refus|indicat|cover|includ|demonstrat|show)"
    r"(?:e?s|e?d|ies|ied)\b"
)
_ADVERBS = r"(?:(?:has|then|also|further|correctly|clearly|finally) )?(?:(?:also|then|not) )?"
_SOMEONE = r"the (?:ai )?(?:model|assistant)|the ai|this model"
_WORK = r"the (?:full |complete )?(?:response|solution)"
_WRAPPERS = (
    r"(?:full |complete )?response (?:from|by|of) .{1,60}",
    r".{0,300}\bhere(?:'s| is|’s) the (?:full|complete) response\b.{0,80}:",
    r".{0,300}\bhere(?:'s| is|’s) the (?:full|complete) \w+ (?:provided )?(?:from|by) .{1,200}:",
    r".{0,300}\bhere(?:'s| is|’s) what .{1,60} (?:responded|answered|said|replied):",
    r"the (?:full|complete) response (?:from|by|of) .{1,60} (?:was|is):",
)
_WRAPPER = re.compile("|".join(_WRAPPERS), re.IGNORECASE)
_NOTE = re.compile(
    r"[-*•] (?:(?:emphasi[sz]|highlight|suggest|recommend|mention|acknowledg|explain|identif|conclud|focus)"
    r"(?:s|ed|ied|es)|noted)\b(?= \w| [\"'`])",
    re.IGNORECASE,
)
_I_DO = (
    r"(?:am|was|have|had|would|will|can|cannot|could|should|must|may|might|do|did|think|understand|recommend|suggest|see"
    r"|know|need|want|assume|believe|apologi[sz]e|respectfully|also|just|then)\b"  # and not "Type I errors"
)
_VOICE = re.compile(rf"\bI(?:['’](?:m|ll|d|ve)\b| {_I_DO})|\b[Yy]ou(?:rs?)?\b|\b[Ll]et['’]s\b|\b[Ll]et me\b")
_DIRECT = re.compile(r"(?:yes|no)\b[\s,.!:;—–-]|`", re.IGNORECASE)
_NOTHING = re.compile(
    r"\W*(?:no|empty) (?:response|answer|output)(?: (?:was|were))?(?: (?:generated|produced|returned|received))?\W*"
    r"|\[error\b.{0,200}\]",
    re.IGNORECASE,
)
_GAVE_NOTHING = (
    r"(?:did not|didn['’]t|failed to|could not|has not) (?:generated?|produced?|return(?:ed)?|given?) (?:an? |any )?"
    r"(?:response|answer|output)\b.{0,200}"
)
_OTHERS_WORK = re.compile(
    r"\b(?:insights?|analysis|answers?|responses?|outputs?) (?:from|of|by) the "
    r"(?:specialized|other|first|second|previous) (?:model|assistant|agent|analysis|answer)\b"
    r"|\bas the (?:first|second|previous|earlier|other) (?:analysis|answer|response|model|assistant) "
    r"(?:pointed|noted|said|suggested|showed|mentioned|explained)\b",
    re.IGNORECASE,
)
_UNNAMED_ANALYSIS = re.compile(r"based on the (?:analysis|insights|findings)\b(?! of)", re.IGNORECASE)
_FENCE = ("```", "~~~")
_NEVER = r"(?!)"
_SHORT = 300
_OPENING = 3
_LONGEST_LINE = 2000
_MOST_LABELS = 50  # a file of more is no comparison of models, and its patterns would grow with their square


def propose_provenance(response: str, *, label: str = "", labels: Collection[str] = ()) -> Provenance:
    """Where the words of a response seem to come from; `unknown` rather than a guess.

    Args:
        response: the text under the marker.
        label: the label of the marker.
        labels: every label of the file.

    >>> propose_provenance("Model1 provided a comprehensive checklist.", label="Model1")
    'third_party_summary'
    >>> propose_provenance("You can use a set here.")
    'verbatim'
    """
    return Detector(labels).propose(response, label)


class Detector:
    """Proposes the provenance of the responses of one file, whose labels it knows."""

    def __init__(self, labels: Collection[str]) -> None:
        self._labels = tuple(sorted(labels)) if len(labels) <= _MOST_LABELS else ()
        self._cues: dict[str, _Cues] = {}

    def propose(self, response: str, label: str) -> Provenance:
        """The provenance of one response under that label."""
        text = response.strip()
        cues = self._cues.get(label) or self._cues.setdefault(label, _cues(label, self._labels))
        if len(text) <= _SHORT and (_NOTHING.fullmatch(text) or cues.gave_nothing.fullmatch(text)):
            return "not_generated"
        if _OTHERS_WORK.search(text) or (any(one in text for one in self._labels) and cues.brings_in.search(text)):
            return "contaminated"
        lines = [line[:_LONGEST_LINE].strip(" \t#*") for line in text.split("\n")]
        opening = [line for line in lines if line][:_OPENING] or [""]
        speaks = _speaks(text, cues.reports)
        if any(_WRAPPER.fullmatch(line) for line in opening):
            return "mixed" if speaks else "third_party_summary"
        if cues.reports.match(opening[0]) or _is_notes(text):
            return "third_party_summary"
        if any(cues.reports.match(line) for line in lines) or _UNNAMED_ANALYSIS.match(opening[0]):
            return "unknown"
        return "verbatim" if speaks or _DIRECT.match(text) or text.startswith(_FENCE) else "unknown"


@dataclass(frozen=True, slots=True)
class _Cues:
    """What depends on whose response it is."""

    reports: re.Pattern[str]
    """Matches a line that opens by telling what the model, or its response, said."""
    gave_nothing: re.Pattern[str]
    """Matches a text that says there is no response."""
    brings_in: re.Pattern[str]
    """Finds another model's answer, or an earlier one of any model."""


def _cues(label: str, labels: Collection[str]) -> _Cues:
    # A single letter is as likely a word of the text as a label.
    names = {one: f"(?-i:{re.escape(one)})" for one in (label, *labels) if len(one) > 1}
    own = f"|{names[label]}" if label in names else ""
    others = "|".join(name for one, name in names.items() if one != label) or _NEVER
    everyone = "|".join(names.values()) or _NEVER
    brings_in = (
        rf"^[ \t#*]*(?:{others})(?:['’]s)? (?:response|answer|output):?[ \t*:]*$"
        rf"|\b(?:analysis|answer|response|output|insights?) (?:from|by) (?:{others})\b"
        rf"|\b(?:{everyone}) (?:provided|gave|suggested|proposed|showed) (?:earlier|before|previously)\b"
    )
    return _Cues(
        reports=re.compile(rf"(?:{_SOMEONE}|{_WORK}{own}) {_ADVERBS}{_VERB}", re.IGNORECASE),
        gave_nothing=re.compile(rf"\W*(?:{_SOMEONE}|model{own}) {_GAVE_NOTHING}", re.IGNORECASE),
        brings_in=re.compile(brings_in, re.IGNORECASE | re.MULTILINE),
    )


def _speaks(text: str, reports: re.Pattern[str]) -> bool:
    """Whether a line outside code speaks in the first or to the second person, and is not itself a report."""
    in_code = False
    for line in text.split("\n"):
        bare = line[:_LONGEST_LINE].strip()
        if bare.startswith(_FENCE):
            in_code = not in_code
        elif not in_code and _VOICE.search(re.sub(r"`[^`]*`", "", bare)) and not reports.match(bare.strip(" #*")):
            return True
    return False


def _is_notes(text: str) -> bool:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return all(line[:2] in ("- ", "* ", "• ") for line in lines) and any(_NOTE.match(line) for line in lines)
