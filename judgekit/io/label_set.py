"""Labels held in columns: what `load_labels` returns, and what pairing takes apart without a loop over labels."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Literal, Self

import numpy as np

from judgekit.errors import UserError
from judgekit.io.columns import Column, ColumnMaker, Values, ValuesMaker
from judgekit.label import Label
from judgekit.noun import canonical

Kind = Literal["human", "author", "script"]
"""Whose labels: of people apart from the project, of who made the items, of code. Never mixed in one accuracy."""
KINDS: tuple[Kind, ...] = ("human", "author", "script")
EMPTY = "no value"
"""Why a row without an answer is no label."""


def annotator_kind(name: str) -> Kind:
    """Whose labels an annotator's are: the names `author:…` and `script:…` say so, all others are people.

    >>> [annotator_kind(name) for name in ("anna", "author:jk", "script:word_count")]
    ['human', 'author', 'script']
    """
    before, colon, _ = name.partition(":")
    return next((kind for kind in KINDS if colon and kind == before), "human")


@dataclass(frozen=True, eq=False, repr=False)
class LabelSet:
    """Labels to iterate over, as often as needed, in the order in which they were read."""

    transcripts: Column
    """The transcript of each label."""
    rubrics: Column
    """Its rubric; empty text where the file does not say."""
    criteria: Column
    """Its criterion; empty text for the level."""
    raters: Column
    """Its annotator."""
    values: Values
    """Its value, as it was written."""
    guidelines: Column
    """The version of the instructions, where it is said."""
    comments: Mapping[int, str]
    """By row, where there is one."""
    created: Mapping[int, datetime]
    """When the label was given, by row, where it is said."""
    skipped: Mapping[str, int] = field(default_factory=dict)
    """What the file has and is no label, by reason: a row without a value, a cancelled annotation, …"""
    source: str = ""
    """What it was read from."""
    form: str = ""
    """`csv`, `wide csv`, `jsonl`, `json`, `label studio` or `argilla`."""
    ignored: tuple[str, ...] = ()
    """Columns of the file that were not read: a name that is spelt wrongly would be among them."""

    @classmethod
    def of(cls, labels: Iterable[Label]) -> Self:
        """The set of these labels; names without the blanks around them, and an empty comment is none.

        Raises:
            UserError: a transcript or an annotator is not named, or a value is infinite.

        >>> one = Label(transcript_id="q1/A", rubric="sycophancy", annotator="anna", value=4)
        >>> found = LabelSet.of([one, one.model_copy(update={"annotator": "ben"})])
        >>> len(found), found.annotators, next(iter(found)).value
        (2, ('anna', 'ben'), 4.0)
        """
        made = LabelMaker()
        for number, one in enumerate(labels, 1):
            if not isinstance(one, Label):
                raise UserError(
                    f"label {number}: a Label was wanted; came {type(one).__name__}: "
                    "Label(transcript_id=…, rubric=…, annotator=…, value=…)"
                )
            names = (one.transcript_id, one.rubric, one.criterion, one.annotator)
            try:
                made.add(*names, one.value, comment=one.comment, created=one.created, guideline=one.guideline)
            except ValueError as error:
                raise UserError(f"label {number}: {error}") from None
        return cls(**made.parts())

    def __len__(self) -> int:
        return len(self.values.numbers)

    def __repr__(self) -> str:
        what = f"{len(self)} labels of {len(self.transcripts.names)} transcripts by {len(self.annotators)} annotators"
        return f"LabelSet({what}{f', {self.form} {self.source}' if self.source else ''})"

    def __iter__(self) -> Iterator[Label]:
        for row in range(len(self)):
            value = self.values.at(row)
            assert value is not None
            yield Label(
                transcript_id=self.transcripts.at(row) or "",
                rubric=self.rubrics.at(row) or "",
                criterion=self.criteria.at(row) or "",
                annotator=self.raters.at(row) or "",
                value=value,
                comment=self.comments.get(row),
                created=self.created.get(row),
                guideline=self.guidelines.at(row),
            )

    @property
    def annotators(self) -> tuple[str, ...]:
        """Who labelled, sorted."""
        return tuple(sorted(self.raters.names))

    @cached_property
    def tasks(self) -> Mapping[tuple[str, str], int]:
        """How many labels each rubric and criterion has, sorted by name."""
        wide = len(self.criteria.names) or 1
        pairs, often = np.unique(self.rubrics.codes.astype(np.int64) * wide + self.criteria.codes, return_counts=True)
        found = {
            (self.rubrics.names[pair // wide], self.criteria.names[pair % wide]): count
            for pair, count in zip(pairs.tolist(), often.tolist(), strict=True)
        }
        return MappingProxyType(dict(sorted(found.items())))

    @cached_property
    def kinds(self) -> Mapping[Kind, int]:
        """How many labels come from people, from authors and from scripts; kinds that do not occur are left out."""
        often = Counter[Kind]()
        for name, count in self.raters.counts().items():
            often[annotator_kind(name)] += count
        return MappingProxyType({kind: often[kind] for kind in KINDS if often[kind]})

    @cached_property
    def fingerprint(self) -> str:
        """The digest of what numbers can depend on, whatever the order of the rows and the form of the file.

        That is transcript, rubric, criterion, annotator and value of each label; comments, dates and versions of the
        instructions are not in it.
        """
        columns = (self.transcripts, self.rubrics, self.criteria, self.raters, self.values.texts)
        tables, codes = [], []
        for column in columns:
            order = sorted(range(len(column.names)), key=column.names.__getitem__)
            rank = np.full(len(order) + 1, -1, dtype="<i4")  # its last place is that of code -1
            rank[order] = np.arange(len(order))
            tables.append([column.names[place] for place in order])
            codes.append(rank[column.codes])
        numbers = np.nan_to_num(self.values.numbers, nan=0.0).astype("<f8") + 0.0  # -0.0 is 0.0
        rows = np.lexsort((numbers, *reversed(codes)))
        found = sha256(canonical(tables))
        for part in (*codes, numbers):
            found.update(np.ascontiguousarray(part[rows]).tobytes())
        return found.hexdigest()[:32]


class LabelMaker:
    """Takes labels one at a time."""

    def __init__(self) -> None:
        self.skipped = Counter[str]()
        """What was no label, by reason."""
        self._names = [ColumnMaker() for _ in range(4)]
        self._values, self._guidelines = ValuesMaker(), ColumnMaker()
        self._comments: dict[int, str] = {}
        self._created: dict[int, datetime] = {}
        self._count = 0

    def add(
        self,
        transcript: str,
        rubric: str,
        criterion: str,
        annotator: str,
        value: float | str | None,
        *,
        comment: str | None = None,
        created: datetime | None = None,
        guideline: str | None = None,
    ) -> None:
        """Take a label; a row without a value is counted, and is none.

        Raises:
            ValueError: one line, without the place.
        """
        transcript, annotator = transcript.strip(), annotator.strip()
        if not transcript:
            raise ValueError("transcript_id is empty; wanted a transcript's id, as `judgekit transcripts` prints it")
        if not annotator:
            raise ValueError("annotator is empty; wanted a name or a number for who labelled")
        if isinstance(value, str):
            value = value if value.strip() else None
        elif value is not None and not math.isfinite(value):
            if value == value:
                raise ValueError("value is infinite; wanted a number or text")
            value = None
        if value is None:
            self.skipped[EMPTY] += 1
            return
        for column, name in zip(self._names, (transcript, rubric.strip(), criterion.strip(), annotator), strict=True):
            column.add(name)
        self._values.add(value)
        self._guidelines.add(guideline or None)
        if comment:
            self._comments[self._count] = comment
        if created is not None:
            self._created[self._count] = created
        self._count += 1

    def parts(self) -> dict[str, Any]:
        """All that was taken, as the fields of a set."""
        return {
            **dict(
                zip(("transcripts", "rubrics", "criteria", "raters"), map(ColumnMaker.column, self._names), strict=True)
            ),
            "values": self._values.values(),
            "guidelines": self._guidelines.column(),
            "comments": MappingProxyType(self._comments),
            "created": MappingProxyType(self._created),
            "skipped": MappingProxyType(dict(sorted(self.skipped.items()))),
        }
