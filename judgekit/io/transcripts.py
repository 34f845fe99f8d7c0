"""Transcripts from files in any form that is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from judgekit.io.mapping import check_mapping
from judgekit.io.reading import Reading
from judgekit.io.sniff import sniff
from judgekit.io.source import Input, Source, byte_size, open_inputs
from judgekit.transcript import Transcript


def load_transcripts(
    source: Source, *, mapping: Mapping[str, str] | None = None, skip_bad: bool = False
) -> TranscriptFile:
    r"""The transcripts of one or several files, read anew at each iteration and held one at a time.

    Args:
        source: a path, `-` for standard input, or a list of them. Each file's form is found from its content:
            Markdown, JSON Lines, JSON, CSV, Parquet, an Inspect log, or that of an installed plug-in.
        mapping: from a field of ours to a column, key or dotted path of the source, such as `{"prompt": "question"}`.
        skip_bad: leave out rows that cannot be read, and count them, rather than stop.

    Raises:
        UserError: a file does not exist, is a directory, empty or binary, or is in no known form; the mapping names
            no field. Iterating raises it for a bad row, with its place and the cure.

    >>> from tempfile import TemporaryDirectory
    >>> from pathlib import Path
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "answers.csv")
    ...     _ = path.write_text("question,answer,model\nIs water wet?,Yes.,A\n")
    ...     file = load_transcripts(path, mapping={"prompt": "question", "response": "answer", "label": "model"})
    ...     [transcript.response for transcript in file], file.format
    (['Yes.'], 'csv')
    """
    names = check_mapping(mapping or {})
    inputs = open_inputs(source)
    return TranscriptFile([(file, sniff(file, names)) for file in inputs], names, skip_bad)


class TranscriptFile:
    """Transcripts to iterate over, as often as needed.

    Ids are unique within it: the second transcript of an id gets `#2` after it, with a warning. For that, a hash of
    each id is kept (12 to 24 bytes); nothing else grows with the file.
    """

    warnings: list[str]
    """What the last iteration found strange, one line each."""
    skipped: int
    """How many bad rows the last iteration left out."""

    def __init__(self, inputs: list[tuple[Input, str]], mapping: Mapping[str, str], skip_bad: bool) -> None:
        self._inputs, self._mapping, self._skip_bad = inputs, mapping, skip_bad
        self.warnings, self.skipped = [], 0

    @property
    def format(self) -> str:
        """`markdown`, `jsonl`, `json`, `csv`, `parquet`, `inspect` or `plug-in NAME`; several by commas."""
        return ", ".join(dict.fromkeys(form for _, form in self._inputs))

    @property
    def sources(self) -> tuple[str, ...]:
        """What the files are called, in order."""
        return tuple(file.name for file, _ in self._inputs)

    @property
    def columns(self) -> dict[str, Mapping[str, str]]:
        """The mapping under which each file is read."""
        return dict.fromkeys(self.sources, self._mapping)

    @property
    def size(self) -> int:
        """Bytes of the files together.

        Raises:
            UserError: a file has gone.
        """
        return sum(byte_size(file) for file, _ in self._inputs)

    def __iter__(self) -> Iterator[Transcript]:
        return (transcript for _, transcript in self.beginning_at(0))

    def count(self, limit: int | None = None) -> int:
        """How many transcripts there are, or would be if none is bad: they are not read in full."""
        return sum(1 for _ in Reading(self._inputs, self._mapping, self._skip_bad).glance(limit))

    def beginning_at(self, place: int, limit: int | None = None) -> Iterator[tuple[int, Transcript]]:
        """Every transcript with its number from 0: those from a place on, then those before it.

        Ids are those that reading in order gives. What is passed over at first is looked at for its ids alone, which
        takes a tenth of the time.

        Args:
            place: the number of the first one.
            limit: only the first transcripts of the files.
        """
        reading = Reading(self._inputs, self._mapping, self._skip_bad)
        self.warnings, self.skipped = reading.notes.lines, 0
        parts: list[tuple[int, int | None]] = [(0, limit)]
        if place > 0 and (limit is None or place < limit):
            parts = [(place, limit), (0, place)]
        for start, stop in parts:
            for number, transcript in reading.part(start, stop):
                self.skipped = reading.skipped
                yield number, transcript
            self.skipped = reading.skipped
