"""Question files: what each rubric needs to know about a prompt, and how questions and transcripts come together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from judgekit.errors import UserError
from judgekit.io.constraints import (
    CONSTRAINT_INPUTS,
    constraint_problems,
    holds_constraints,
    quote_misfits,
)
from judgekit.io.constraints import parse_constraints as parse_constraints  # what judging needs of this format
from judgekit.io.yaml_errors import check_format, read_record
from judgekit.io.yaml_file import YamlFile, load_yaml
from judgekit.io.yaml_nodes import FileError, Problem, show
from judgekit.noun import sha256_text
from judgekit.question import Constraint, Question, QuestionSet
from judgekit.transcript import Transcript

_HASH = re.compile(r"[0-9a-fA-F]{64}")


def load_questions(path: str | Path) -> QuestionSet:
    """The questions of a file, in its order.

    Raises:
        UserError: the file is wrong; names file, line, key, what was wanted and the cure.
    """
    file = load_yaml(path)
    check_format(file, "questions/1", "question")
    questions = read_record(file, QuestionSet)
    if not questions.questions:
        wrong = "there are none: wanted a list of questions, each with an id"
        raise FileError(path, Problem(file.line_of(("questions",)), "questions", wrong))
    for i, question in enumerate(questions):
        for problem in _problems(file, i, question):
            raise FileError(path, problem)
    for problem in _pair_problems(file, questions):
        raise FileError(path, problem)
    return questions.placed(str(Path(path).parent))


def _pair_problems(file: YamlFile, questions: QuestionSet) -> Iterator[Problem]:
    """Pairs that are not two questions, one a side: nothing could be compared."""
    held: dict[str, dict[str, int]] = {}
    for i, question in enumerate(questions):
        if question.pair is None:
            continue
        sides, at = held.setdefault(question.pair.id, {}), ("questions", i, "pair")
        if question.pair.side in sides:
            wrong = f"the pair {question.pair.id!r} has two questions with side {question.pair.side}"
            yield Problem(file.line_of(at), show(at), f"{wrong}: give one of them another id")
        sides.setdefault(question.pair.side, i)
    for name, sides in held.items():
        if len(sides) == 1:
            ((side, i),) = sides.items()
            at = ("questions", i, "pair")
            other = "friend" if side == "user" else "user"
            wrong = f"the pair {name!r} has no question with side {other}: add it, or leave `pair` out"
            yield Problem(file.line_of(at), show(at), wrong)


def _problems(file: YamlFile, place: int, question: Question) -> Iterator[Problem]:
    """What is wrong with a question beyond the form of its values."""
    at = ("questions", place)
    given = question.prompt_sha256
    if given is not None:
        wrong = ""
        if not _HASH.fullmatch(given):
            wrong = f"wanted the SHA-256 of the stripped prompt, 64 hexadecimal digits; came {given!r}"
        elif question.prompt is not None and given.lower() != sha256_text(question.prompt):
            wrong = f"the prompt beside it has {sha256_text(question.prompt)}; came {given}"
        if wrong:
            yield Problem(file.line_of((*at, "prompt_sha256")), show((*at, "prompt_sha256")), wrong)
    for rubric, inputs in question.rubrics.items():
        known: tuple[Constraint, ...] = ()
        for name in CONSTRAINT_INPUTS:
            loc = (*at, "rubrics", rubric, name)
            if holds_constraints(inputs.get(name)):
                known, found = constraint_problems(file, loc, known)
                yield from found
            for i, _, quote in quote_misfits(inputs.get(name), question.prompt) if question.prompt is not None else ():
                wrong = f"{quote!r} is not in the prompt: quote it word for word"
                yield Problem(file.line_of((*loc, i, "quote")), show((*loc, i, "quote")), wrong)


def attach(
    transcripts: Iterable[Transcript], questions: QuestionSet | None
) -> Iterator[tuple[Transcript, Question | None]]:
    """Each transcript with its question, one at a time; None where there is no question for it.

    A question is found by the transcript's `question_id`; where the file has no such id, by the SHA-256 of the prompt,
    and the transcript then takes the question's id (its own id stays). What the question file says of the provenance
    of a label replaces what was found in the source.

    Raises:
        UserError: the prompt of a question is not the one its inputs were written for, a constraint's quote is not in
            it, or two questions have the prompt of a transcript that names neither.

    >>> t = Transcript.from_text("Is water wet?", "Yes.", label="Model1", question_id="q1")
    >>> q = Question(id="q1", provenance={"Model1": "mixed"})
    >>> [(t.provenance, q.id) for t, q in attach([t], QuestionSet(questions=(q,)))]
    [('mixed', 'q1')]
    """
    find = Finder(questions)
    for transcript in transcripts:
        yield find(transcript)


class Finder:
    """Finds the question of a transcript, as `attach` does; the hashes of the prompts are worked out once."""

    def __init__(self, questions: QuestionSet | None) -> None:
        self._questions = questions
        self._by_hash: dict[str, list[Question]] = {}
        for question in questions or ():
            if wanted := _wanted_hash(question):
                self._by_hash.setdefault(wanted, []).append(question)
        self._quoted: set[tuple[str, str]] = set()

    def __call__(self, transcript: Transcript) -> tuple[Transcript, Question | None]:
        """The transcript with its question, or with None."""
        if self._questions is None:
            return transcript, None
        found = self._questions.get(transcript.question_id)
        prompt_hash = sha256_text(transcript.prompt)
        if found is None:
            found = _only(self._by_hash.get(prompt_hash, []), transcript)
        if found is None:
            return transcript, None
        _same_prompt(transcript, prompt_hash, found, self._by_hash)
        if (found.id, prompt_hash) not in self._quoted:
            _quotes(transcript, found)
            self._quoted.add((found.id, prompt_hash))
        return _adapted(transcript, found), found


def _wanted_hash(question: Question) -> str | None:
    if question.prompt_sha256 is not None:
        return question.prompt_sha256.lower()
    return None if question.prompt is None else sha256_text(question.prompt)


def _only(same_prompt: list[Question], transcript: Transcript) -> Question | None:
    if len(same_prompt) > 1:
        ids = ", ".join(question.id for question in same_prompt)
        raise UserError(
            f"transcript {transcript.id!r}: its prompt is that of the questions {ids}, and its question_id "
            f"{transcript.question_id!r} is none of them: give the transcript one of these ids"
        )
    return same_prompt[0] if same_prompt else None


def _same_prompt(
    transcript: Transcript, prompt_hash: str, question: Question, by_hash: dict[str, list[Question]]
) -> None:
    wanted = _wanted_hash(question)
    if wanted is None or wanted == prompt_hash:
        return
    others = ", ".join(other.id for other in by_hash.get(prompt_hash, []))
    cure = (
        f"it is the prompt of {others}: check the ids"
        if others
        else ("restore the prompt, or read the question's inputs again and write the new hash into the question file")
    )
    raise UserError(
        f"question {question.id!r}: the prompt of transcript {transcript.id!r} has SHA-256 {prompt_hash}, "
        f"and the question file was written for {wanted}: {cure}"
    )


def _quotes(transcript: Transcript, question: Question) -> None:
    for rubric, inputs in question.rubrics.items():
        for name in CONSTRAINT_INPUTS:
            for _, constraint, quote in quote_misfits(inputs.get(name), transcript.prompt):
                raise UserError(
                    f"question {question.id!r}, rubric {rubric}, constraint {constraint!r}: the quote {quote!r} is not "
                    f"in the prompt of transcript {transcript.id!r}: quote the prompt word for word"
                )


def _adapted(transcript: Transcript, question: Question) -> Transcript:
    provenance = question.provenance.get(transcript.label, transcript.provenance)
    if (question.id, provenance) == (transcript.question_id, transcript.provenance):
        return transcript
    return transcript.model_copy(update={"question_id": question.id, "provenance": provenance})
