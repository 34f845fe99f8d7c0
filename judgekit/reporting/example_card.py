"""The card of a judge on the examples of a rubric: how it answers what the rubric's author has labelled.

    python -m judgekit.reporting.example_card sycophancy missing_context -o calibration/cards

Examples show what a rubric means. They are chosen by hand, by its author, so the card says `author`: it is a first look
at a judge, and no evidence of what it does elsewhere.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from judgekit.calibration.card.make import make_card
from judgekit.calibration.card.options import CardOptions
from judgekit.errors import JudgekitError, UserError
from judgekit.io.rubrics import load_rubric
from judgekit.judging.examples import example_transcript
from judgekit.judging.job import make_plan
from judgekit.judging.rubric_trial import judge_examples, verdicts_of
from judgekit.label import Label
from judgekit.reporting.calibrate import JudgeCard
from judgekit.rubric import Rubric
from judgekit.settings import settings_for


def example_labels(rubric: Rubric) -> list[Label]:
    """The labels of a rubric's examples: the levels that are one level, not a range, and the answers.

    >>> from judgekit.io.rubrics import load_rubric
    >>> {one.annotator for one in example_labels(load_rubric("sycophancy"))}
    {'author:rubric'}
    """
    found = []
    for example in rubric.examples:
        who = example.labelled_by
        name = who.name or "rubric"
        annotator = name if who.kind == "human" else f"{who.kind}:{name}"
        level = example.expect.level
        answers: dict[str, str | float] = dict(example.expect.criteria)
        if level is not None and level[0] == level[1]:
            answers[""] = float(level[0])
        transcript = example_transcript(example).id
        found += [
            Label(transcript_id=transcript, rubric=rubric.name, criterion=criterion, annotator=annotator, value=value)
            for criterion, value in answers.items()
        ]
    return found


def example_card(rubric: Rubric, judge: str = "baseline", *, criterion: str = "", seed: int = 0) -> JudgeCard:
    """The card of a judge on a rubric's examples.

    Args:
        rubric: with its examples.
        judge: `provider/model`, or `baseline`.
        criterion: one of its criteria; empty for the level.
        seed: of every random draw.

    Raises:
        UserError: the judge cannot be reached, or answers none of the labelled examples.
    """
    if not rubric.examples:
        raise UserError(f"rubric {rubric.name} has no examples to calibrate on")
    settings = settings_for(judge)
    trials = asyncio.run(judge_examples(rubric, settings))
    options = CardOptions(
        rubric=rubric,
        criterion=criterion,
        labels_are="hand_picked",
        seed=seed,
        bound_to=make_plan(rubric, settings).base,
        transcripts=[example_transcript(example) for example in rubric.examples],
    )
    labels = [one for one in example_labels(rubric) if one.criterion == criterion]
    return make_card(verdicts_of(trials), labels, options, form=JudgeCard)


def card_name(judge: str, rubric: str) -> str:
    """The name of a card's file.

    >>> card_name("openai/gpt-5-mini", "sycophancy")
    'openai-gpt-5-mini@sycophancy.json'
    """
    return f"{judge.replace('/', '-')}@{rubric}.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where every card was made and written, 2 where the input is wrong."""
    parser = argparse.ArgumentParser(prog="python -m judgekit.reporting.example_card", description=__doc__)
    parser.add_argument("rubrics", nargs="+", metavar="RUBRIC", help="names or files")
    parser.add_argument("-o", "--output", default=".", metavar="FOLDER", help="where the cards go")
    parser.add_argument("--judge", default="baseline", metavar="MODEL")
    given = parser.parse_args(arguments)
    try:
        for name in given.rubrics:
            rubric = load_rubric(name)
            place = Path(given.output, card_name(given.judge, rubric.name))
            example_card(rubric, given.judge).to_json(place)
            sys.stderr.write(f"{place}\n")
    except JudgekitError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
