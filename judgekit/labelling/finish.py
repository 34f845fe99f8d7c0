"""What an annotator sees when all is labelled: how far people agree, and, where it is wanted, what the judge said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from judgekit.calibration.raters import RaterAgreement, agreement_among
from judgekit.errors import UserError
from judgekit.io.label_set import LabelSet
from judgekit.labelling.desk import Desk, Refusal
from judgekit.reporting.plain import count, number, span, visible
from judgekit.running.run import Run

FEW = 30
"""Transcripts that several people labelled, below which an agreement says little."""
_NAMES: Mapping[str, str] = {"krippendorff_alpha": "Krippendorff's alpha", "percent_agreement": "the same answer"}


def check_finished(desk: Desk, name: str) -> None:
    """Nothing, where the annotator has labelled every transcript.

    Raises:
        Refusal: some are open.
    """
    who = desk.who(name)
    if left := desk.open_numbers(who, desk.state.done(who.name)):
        raise Refusal(409, f"this is shown when all is labelled: {count(len(left), 'transcript')} to go")


def agreement(desk: Desk) -> dict[str, Any]:
    """How far the annotators agree, for each question: a sentence, and the coefficients with their intervals."""
    labels = LabelSet.of(one.label for one in desk.state.labels())
    clusters = {one.transcript.id: one.transcript.question_id for one in desk.items}
    people = len(labels.annotators)
    if people < 2:
        said = "Too few to say how far people agree: one person has labelled so far. Ask a second to label the same."
        return {"said": said, "tasks": []}
    tasks: list[dict[str, Any]] = []
    for ask in desk.asks:
        try:
            found = agreement_among(
                labels,
                rubrics={desk.rubric.name: desk.rubric},
                rubric=desk.rubric.name,
                criterion=ask.criterion,
                clusters=clusters,
            ).tasks[0]
        except UserError as error:
            tasks.append({"title": ask.title, "said": f"No agreement can be computed: {error}", "rows": []})
            continue
        tasks.append({"title": ask.title, "said": _sentence(found), "rows": _rows(found)})
    return {"said": f"{people} people have labelled.", "tasks": tasks}


def _sentence(found: RaterAgreement) -> str:
    if not found.n_shared:
        return "Too few to say how far people agree: no transcript has been labelled by two people yet."
    shared = f"{count(found.n_shared, 'transcript')} labelled by two people or more"
    if found.n_shared < FEW:
        return f"Too few to rest on: {shared}, and {FEW} are wanted. The intervals say how little is known."
    return f"Resting on {shared}."


def _rows(found: RaterAgreement) -> list[dict[str, str]]:
    if not found.n_shared:
        return []
    rows = []
    for name in ("percent_agreement", found.headline):
        for one in found.estimates:
            if one.name == name:
                interval = span(one.low, one.high)
                rows.append(
                    {
                        "name": _NAMES.get(name, name),
                        "value": number(one.value),
                        "interval": f"{one.level:.0%} interval {interval}" if interval != "n/a" else "no interval",
                        "note": one.undefined or one.note,
                    }
                )
    return rows


def reveal(desk: Desk, run: Run, name: str) -> dict[str, Any]:
    """What the judge said beside what this annotator said, differences first; from now on nobody can label.

    Raises:
        Refusal: somebody who has begun has transcripts to go.
    """
    waiting = []
    for other in {*desk.state.annotators, *(desk.state.about.annotators if desk.state.about else ())}:
        who = desk.state.join(other)
        if left := desk.open_numbers(who, desk.state.done(who.name)):
            waiting.append(f"{who.name} has {count(len(left), 'transcript')} to go")
    if waiting:
        raise Refusal(409, f"the judge is shown when everybody is done: {'; '.join(sorted(waiting))}")
    verdicts = _verdicts(run, desk)
    desk.state.close_labels()
    who = desk.who(name)
    done = desk.state.done(who.name)
    rows = [
        row
        for nth, place in enumerate(who.places, 1)
        for row in _beside(desk, nth, done[place].answers, verdicts.get(desk.ids[place]))
    ]
    judged = [row for row in rows if row["differs"] is not None]
    same = sum(not row["differs"] for row in judged)
    both = count(len(judged), "question")
    return {
        "said": f"You and the judge gave the same answer to {same} of {both} that both answered.",
        "rows": sorted(rows, key=lambda row: (row["differs"] is not True, row["number"])),
    }


def _verdicts(run: Run, desk: Desk) -> dict[str, dict[str, Any]]:
    wanted = set(desk.ids)
    rows: Iterable[dict[str, Any]] = run.rows(rubric=desk.rubric.name)
    return {row["transcript_id"]: row for row in rows if row["transcript_id"] in wanted}


def _beside(
    desk: Desk, nth: int, mine: Mapping[str, Any], verdict: Mapping[str, Any] | None
) -> Iterable[dict[str, Any]]:
    """What both said of the annotator's nth transcript, a row for each question."""
    for ask in desk.asks:
        said, why = _judged(verdict, ask.criterion)
        own = mine.get(ask.criterion)
        both = said is not None and own in {one.value for one in ask.choices[:-1]}
        yield {
            "number": nth,
            "ask": ask.title,
            "mine": str(own).replace("_", " "),
            "judge": "no answer" if said is None else str(said).replace("_", " "),
            "differs": (str(said) != str(own)) if both else None,
            "why": visible(why, 2000),
        }


def _judged(verdict: Mapping[str, Any] | None, criterion: str) -> tuple[Any, str]:
    if verdict is None:
        return None, "the run has no verdict"
    if not criterion:
        why = verdict["explanation"] or (verdict["failure"] or {}).get("detail") or ""
        return verdict["level"], why or ("" if verdict["status"] == "scored" else verdict["status"])
    held = verdict["criteria"].get(criterion)
    if held is None:
        return None, verdict["failure_kind"] or "not asked"
    return (held["answer"], held["reason"]) if held["status"] == "ok" else (None, held["status"])
