"""What has to be said beside the means: counts, evidence, provenance, cost, and how far the judge may be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from judgekit.reporting.plain import count, dollars, number, one_line, span, tally

if TYPE_CHECKING:
    from judgekit.calibration.estimate import Estimate
    from judgekit.running.summary import Summary

BASELINE = (
    "The judge 'baseline' is a null model: code and word lists, no language model. It abstains where they are silent, "
    "and a real judge has to beat it."
)
_CALIBRATION = {
    "none": "no human labels were compared with this judge: the numbers are what it answered, and not how far to "
    "trust it",
    "valid": "human labels were compared with this judge and rubric: see the judge card",
    "stale": "judge or rubric changed after the comparison with human labels: calibrate again",
}


def headline(summary: Summary) -> str:
    """One sentence: who judged what, and how much of it has a score."""
    if not summary.verdicts:
        return "This run holds no verdict yet."
    judges = " and ".join(one_line(judge, 80) for judge in summary.judges)
    return (
        f"{judges} gave {count(summary.verdicts, 'verdict')} on {count(summary.transcripts, 'transcript')} of "
        f"{count(summary.questions, 'question')} under {count(len(summary.rubrics), 'rubric')}: "
        f"{summary.scored:,} scored, {summary.abstained:,} abstained, {summary.failed:,} failed."
    )


def facts(summary: Summary) -> list[tuple[str, str]]:
    """Name and text of each fact, those that are silent left out; `calibration` is always the last."""
    found = [("note", one_line(warning, 400)) for warning in summary.warnings]
    if summary.failures:
        cure = "; missing inputs stand in a question file (--questions)" if "missing_input" in summary.failures else ""
        found.append(("failed", f"{tally(summary.failures)}; a failure counts in no mean{cure}"))
    if summary.reused:
        found.append(("reused", f"{count(summary.reused, 'verdict')} with the same fingerprint, not paid for again"))
    if summary.unsupported_evidence:
        answers = count(summary.unsupported_evidence, "answer")
        found.append(("evidence", f"{answers} rested on a quote that is not in the response, and did not count"))
    if summary.flags:
        found.append(("flags", tally(summary.flags)))
    if set(summary.provenance) - {"verbatim"}:
        found.append(("provenance", f"{tally(summary.provenance)}{_provenance_warning(summary)}"))
    found.append(("cost", _cost(summary)))
    if "baseline" in summary.judges:
        found.append(("judge", BASELINE))
    found.append(("calibration", calibration(summary)))
    return found


def calibration(summary: Summary) -> str:
    """`none`, `valid` or `stale`, and what that means; by judge and rubric where they differ."""
    states = summary.calibration or {"": "none"}
    if summary.cards:
        said = [_trust(summary, pair, len(states) == 1) for pair in sorted(states) if pair in summary.cards]
        for kind in ("stale", "none"):
            without = [
                one_line(pair, 160) for pair in sorted(states) if states[pair] == kind and pair not in summary.cards
            ]
            if without:
                said.append(f"{', '.join(without)}: {kind} ({_CALIBRATION[kind]})")
        return "; ".join(said)
    kinds = set(states.values())
    if len(kinds) == 1:
        kind = kinds.pop()
        return f"{kind} ({_CALIBRATION.get(kind, 'unknown state')})"
    return "; ".join(f"{one_line(pair, 160)}: {kind}" for pair, kind in sorted(states.items()))


def _trust(summary: Summary, pair: str, alone: bool) -> str:
    """What the card of one judge and rubric says."""
    kind, note = summary.calibration[pair], summary.cards[pair]
    before = "" if alone else f"{one_line(pair, 160)}: "
    about = f", criterion {one_line(note.criterion, 80)}" if note.criterion else ""
    text = f"{before}{kind} ({one_line(note.headline, 300)}{about}"
    if note.corrected is None:
        return f"{text}; no corrected mean: {one_line(note.reason, 300)})"
    means = [f"{one_line(name, 80)} {_interval(one)}" for name, one in (note.groups or {}).items()]
    return f"{text}; corrected mean {_interval(note.corrected)}{', ' if means else ''}{', '.join(means)})"


def _interval(estimate: Estimate) -> str:
    return f"{number(estimate.value)} [{span(estimate.low, estimate.high)}]"


def _provenance_warning(summary: Summary) -> str:
    others = sum(n for kind, n in summary.provenance.items() if kind not in ("verbatim", "unknown"))
    return f"; {others:,} may not be the model's own words" if others else ""


def _cost(summary: Summary) -> str:
    if summary.judges == ["baseline"]:
        return "no call to a model, $0"
    parts = [count(summary.calls, "call")] if summary.calls is not None else []
    if summary.prompt_tokens is not None or summary.completion_tokens is not None:
        tokens = f"{summary.prompt_tokens or 0:,} tokens in, {summary.completion_tokens or 0:,} out"
        cached = "" if summary.cached_share is None else f" ({100 * summary.cached_share:.3g} % of them cached)"
        parts.append(tokens.replace(" in,", f" in{cached},"))
    if summary.cost_usd is None:
        return ", ".join([*parts, "price unknown"])
    each = summary.cost_per_scored_usd
    per = f" ({dollars(each)} for a scored verdict)" if each else ""
    return ", ".join([*parts, dollars(summary.cost_usd) + per])
