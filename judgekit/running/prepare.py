"""Question files drafted for many prompts: by code what code is sure of, by a model the rest, through the same engine.

prompts of the source, once each → what the file has already stays → drafts (code, or calls that a store keeps) → text
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import orjson

from judgekit.errors import UserError
from judgekit.io.demands import draft_constraints
from judgekit.io.question_text import QuestionText, as_typed, entry_text, whole_text
from judgekit.judging.draft_reply import CONSTRAINTS, draftable, holds_demands, plain_constraint
from judgekit.judging.job import lacks
from judgekit.noun import sha256_text
from judgekit.question import Question
from judgekit.rubric import Rubric
from judgekit.running.drafts import DraftOptions, Inputs, Prepared, drafts_by_model
from judgekit.settings import Settings
from judgekit.transcript import Transcript


def prepare(
    transcripts: Iterable[Transcript],
    rubrics: Sequence[Rubric],
    existing: QuestionText,
    *,
    judge: Settings | None = None,
    options: DraftOptions | None = None,
    limit: int | None = None,
    with_prompts: bool = False,
) -> Prepared:
    """The question file for the prompts of a source, drafted where it says nothing yet.

    Each prompt has an entry, also where there was nothing to draft: it then says that there is no demand
    (`constraints: []`), or, in a comment, what a person has to add. A draft that failed leaves no trace in the file.

    Args:
        transcripts: where the prompts come from; each question counts once.
        rubrics: what to draft for.
        existing: the file as it is: entries that a person has written or reviewed stay as they are written, and so does
            what others hold; only rubrics that are missing in these are drafted.
        judge: which model drafts, and how it is reached; None: only what code is sure of.
        options: how the model is asked; wanted with a judge.
        limit: only the first transcripts.
        with_prompts: whether new entries carry their prompt, for whoever reviews them.

    Raises:
        UserError: a question has two prompts, its prompt is not the one of its entry, or the judge cannot be asked.
        JudgeError: the endpoint does not answer any more; drafts that came are in the store.
    """
    prompts = _prompts(transcripts, limit)
    found = Prepared(questions=len(prompts))
    entries = {own: existing.questions.get(own) for own in prompts}
    for own, entry in entries.items():
        _check_prompt(own, prompts[own], entry)
    todo = {own: [r for r in rubrics if _is_open(entries[own], r, prompts[own], judge)] for own in prompts}
    found.reviewed = sum(entry is not None and is_reviewed(entry) for entry in entries.values())
    found.kept = sum(not each for each in todo.values()) - found.reviewed
    if judge is None:
        drafts = {(own, r.name): _by_code(prompts[own], r) for own, each in todo.items() for r in each}
    else:
        assert options is not None
        drafts = drafts_by_model(prompts, todo, rubrics, judge, options, found)
        drafts |= {(own, r.name): {} for own, each in todo.items() for r in each if not draftable(r)}
    texts = dict(existing.entries)
    for own in prompts:
        mine = {r.name: drafts[own, r.name] for r in todo[own] if (own, r.name) in drafts}
        _count(found, own, mine)
        if mine:
            question = _merged(entries[own], own, prompts[own], mine, judge, with_prompts=with_prompts)
            left = _left_open(rubrics, question)
            texts[own] = entry_text(question, left, existing.indent)
            _count_open(found, left)
    found.text = whole_text(existing.head, [*texts.values()])
    return found


def is_reviewed(question: Question) -> bool:
    """Whether a person has written or reviewed an entry: it does not say that code or a model drafted it."""
    return question.drafted_by not in ("code", "model")


def _prompts(transcripts: Iterable[Transcript], limit: int | None) -> dict[str, str]:
    """The prompts by question id, in the order of the source."""
    prompts: dict[str, str] = {}
    for number, transcript in enumerate(transcripts):
        if limit is not None and number >= limit:
            break
        own, prompt = transcript.question_id, transcript.prompt
        if prompts.setdefault(own, prompt).strip() != prompt.strip():
            raise UserError(
                f"question {own!r} has two different prompts, the second in transcript {transcript.id!r}: inputs are "
                "written per question, so give them different question ids"
            )
    return prompts


def _check_prompt(own: str, prompt: str, entry: Question | None) -> None:
    if entry is None or entry.prompt_sha256 is None or entry.prompt_sha256.lower() == sha256_text(prompt):
        return
    raise UserError(
        f"question {own!r}: its prompt has SHA-256 {sha256_text(prompt)}, and its entry was written for "
        f"{entry.prompt_sha256}: restore the prompt, or take the entry out to have it drafted anew"
    )


def _is_open(entry: Question | None, rubric: Rubric, prompt: str, judge: Settings | None) -> bool:
    """Whether a rubric is to be drafted: nobody has, or only code has and a model is at hand."""
    if entry is None:
        return True
    if is_reviewed(entry):
        return False
    held = entry.rubrics.get(rubric.name)
    if held is None:
        return True
    # What code wrote and nobody touched is code's own draft still.
    return judge is not None and entry.drafted_by == "code" and held == _by_code(prompt, rubric)


def _by_code(prompt: str, rubric: Rubric) -> Inputs:
    """The inputs that code can draft: the constraints of which it is sure, maybe none."""
    if CONSTRAINTS not in rubric.inputs or not holds_demands(rubric, CONSTRAINTS):
        return {}
    rows = [plain_constraint(c.model_dump(mode="json", by_alias=True)) for c in draft_constraints(prompt)]
    return {CONSTRAINTS: orjson.loads(orjson.dumps(rows))}


def _merged(
    entry: Question | None,
    own: str,
    prompt: str,
    mine: Mapping[str, Inputs],
    judge: Settings | None,
    *,
    with_prompts: bool,
) -> Question:
    by = "code" if judge is None else "model"
    if entry is None:
        shown = prompt.strip() if with_prompts else None
        return Question(id=own, prompt_sha256=sha256_text(prompt), prompt=shown, drafted_by=by, rubrics=dict(mine))
    drafted_by = "model" if "model" in (by, entry.drafted_by) else by
    return entry.model_copy(update={"rubrics": {**entry.rubrics, **mine}, "drafted_by": drafted_by})


def _left_open(rubrics: Sequence[Rubric], question: Question) -> dict[str, list[str]]:
    """By rubric of the entry, the inputs that a person has to write or decide."""
    left: dict[str, list[str]] = {}
    for rubric in rubrics:
        held = question.rubrics.get(rubric.name)
        if held is None:
            continue
        for name, spec in rubric.inputs.items():
            if (spec.required or spec.needed_for_level) and lacks(rubric, held, name):
                words = ", ".join(map(as_typed, spec.one_of or ()))
                left.setdefault(rubric.name, []).append(f"{name} ({words})" if words else name)
    return left


def _count(found: Prepared, own: str, mine: Mapping[str, Inputs]) -> None:
    for rubric, inputs in mine.items():
        if any(value not in ("", [], {}) for value in inputs.values()):
            found.drafted[rubric] = found.drafted.get(rubric, 0) + 1
        else:
            found.empty.setdefault(rubric, []).append(own)


def _count_open(found: Prepared, left: Mapping[str, Sequence[str]]) -> None:
    for rubric, lines in left.items():
        names = found.to_write.setdefault(rubric, {})
        for line in lines:
            name = line.partition(" ")[0]
            names[name] = names.get(name, 0) + 1
