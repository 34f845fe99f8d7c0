"""Tasks for other labelling tools, and their labels back: blind there too, under ids that only the source can resolve.

    label-studio          tasks as its JSON import takes them      label-studio-config   the labelling interface (XML)
    argilla               records as `records.from_json` reads     argilla-settings      what `Settings.from_json` reads

Questions are called after their criterion, the level `level`, and each task names its rubric: that is how
`judgekit.io.label_exports` finds them again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import BinaryIO

import orjson

from judgekit.errors import UserError
from judgekit.io.cells import is_number
from judgekit.io.label_set import LabelSet
from judgekit.label import Label
from judgekit.labelling.argilla import argilla_record, argilla_settings
from judgekit.labelling.asks import Ask
from judgekit.labelling.draw import Drawn
from judgekit.labelling.items import Pile
from judgekit.labelling.studio import studio_config, studio_task
from judgekit.labelling.tool_words import opaque_id
from judgekit.reporting.plain import count
from judgekit.rubric import Rubric


def write_tasks(
    tool: str,
    stream: BinaryIO,
    pile: Pile,
    rubric: Rubric,
    asks: Sequence[Ask],
    drawn: Iterable[Drawn],
    *,
    labels: LabelSet | None = None,
) -> str:
    """How much was written, such as `24 tasks`.

    Args:
        tool: one of those above.
        stream: open for bytes.
        pile: the source.
        rubric: what is labelled.
        asks: what is asked.
        drawn: the transcripts that are to be labelled.
        labels: of people, written beside their tasks.

    Raises:
        UserError: labels for Argilla whose annotators are no ids of its users.
    """
    if tool == "label-studio-config":
        stream.write(studio_config(rubric, asks).encode())
        return "the labelling interface"
    if tool == "argilla-settings":
        stream.write(orjson.dumps(argilla_settings(rubric, asks), option=orjson.OPT_INDENT_2))
        return "the settings of a dataset"
    given: dict[str, list[Label]] = defaultdict(list)
    for label in labels or ():
        if label.rubric in ("", rubric.name) and any(one.criterion == label.criterion for one in asks):
            given[label.transcript_id].append(label)
    make = studio_task if tool == "label-studio" else argilla_record
    names = sorted((opaque_id(one.transcript_id, pile.items[one.transcript_id]), one.transcript_id) for one in drawn)
    # by what stands for them: in the order of the source, the first answer to each question would be the same model's
    tasks = [make(name, pile.items[name], rubric, given.get(name, ())) for _, name in names]
    stream.write(orjson.dumps(tasks, option=orjson.OPT_INDENT_2))
    return count(len(tasks), "task")


def resolved(labels: LabelSet, pile: Pile) -> list[Label]:
    """The labels of another tool under the transcripts' own ids; those that have these ids already keep them.

    Raises:
        UserError: a label is for a transcript that the source does not hold, or that reads otherwise now.
    """
    own = {opaque_id(name, item): name for name, item in pile.items.items()}
    found, lost = [], dict[str, None]()
    for label in labels:
        name = own.get(label.transcript_id, label.transcript_id)
        if name not in pile.items:
            lost[name] = None
        level = label.criterion == "" and isinstance(label.value, str) and is_number(label.value)
        value = float(label.value) if level else label.value  # these tools give every choice back as text
        found.append(label.model_copy(update={"transcript_id": name, "value": value}))
    if lost:
        raise UserError(
            f"{labels.source}: {count(len(lost), 'transcript')} of it cannot be found in the source, such as "
            f"{next(iter(lost))!r}; name the files, the --rubric and the --questions that the tasks were made from"
        )
    return found
