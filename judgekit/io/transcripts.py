"""Transcripts from files in any form that is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from judgekit.errors import UserError
from judgekit.io.build import Builder
from judgekit.io.csv_file import read_csv
from judgekit.io.json_file import read_json
from judgekit.io.jsonl import read_jsonl
from judgekit.io.mapping import check_mapping
from judgekit.io.markdown import read_markdown
from judgekit.io.notes import Ids, Notes
from judgekit.io.parquet import read_parquet
from judgekit.io.readers import read_with_plugin
from judgekit.io.rows import Row, Warn
from judgekit.io.sniff import PLUGIN, sniff
from judgekit.io.source import Input, Source, byte_size, cannot_read, open_inputs
from judgekit.transcript import Transcript

_FIXED_FORMS = ("markdown", PLUGIN)  # their readers give native rows: there is nothing to map


def load_transcripts(
    source: Source, *, mapping: Mapping[str, str] | None = None, skip_bad: bool = False
) -> TranscriptFile:
    r"""The transcripts of one or several files, read anew at each iteration and held one at a time.

    Args:
        source: a path, `-` for standard input, or a list of them. Each file's form is found from its content:
            Markdown, JSON Lines, JSON, CSV, Parquet, or that of an installed plug-in.
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
    each id is kept (about 80 bytes); nothing else grows with the file.
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
        """The form of the files: `markdown`, `jsonl`, `json`, `csv`, `parquet`, `plug-in NAME`; several by commas."""
        return ", ".join(dict.fromkeys(form for _, form in self._inputs))

    @property
    def sources(self) -> tuple[str, ...]:
        """What the files are called, in order."""
        return tuple(file.name for file, _ in self._inputs)

    @property
    def size(self) -> int:
        """Bytes of the files together.

        Raises:
            UserError: a file has gone.
        """
        return sum(byte_size(file) for file, _ in self._inputs)

    def __iter__(self) -> Iterator[Transcript]:
        notes, ids = Notes(), Ids()
        self.warnings, self.skipped = notes.lines, 0
        for file, form in self._inputs:
            try:
                yield from self._read(file, form, ids, notes)
            except OSError as error:
                raise cannot_read(file.name, error) from None

    def _read(self, file: Input, form: str, ids: Ids, notes: Notes) -> Iterator[Transcript]:
        fixed = form.startswith(_FIXED_FORMS)
        if fixed and self._mapping:
            notes.add("unused names", f"{file.name}: --map has no use here: {form} names its fields itself")
        builder = Builder({} if fixed else self._mapping)
        rows = 0
        for row in self._rows(file, form, lambda text: notes.add("oddities of the file", f"{file.name}: {text}")):
            rows += 1
            try:
                if row.problem:
                    raise ValueError(row.problem)
                transcript = builder.build(row.record)
            except ValueError as error:
                self._leave_out(f"{file.name}, {row.where}: {error}", notes)
                continue
            identity = ids.free(transcript.id)
            if identity != transcript.id:
                place = f"{file.name}, {row.where}"
                notes.add("repeated ids", f"{place}: {transcript.id!r} stands twice: read as {identity!r}")
                transcript = transcript.model_copy(update={"id": identity})
            if transcript.messages[-1].role == "user":
                text = "ends with a user message; what is judged is the assistant's message before it"
                notes.add("unanswered turns", f"{file.name}, {row.where}: {transcript.id!r} {text}")
            yield transcript
        if not rows:
            notes.add("oddities of the file", f"{file.name}: there is no transcript in it")
        for field in sorted(builder.unseen if rows else ()):
            notes.add("unused names", f"{file.name}: no row has {self._mapping[field]!r}, mapped as the {field}")
        if builder.foreign_parts:
            text = f"{file.name}: {builder.foreign_parts} parts of messages are not text, and stand as their type"
            notes.add("oddities of the file", text)

    def _rows(self, file: Input, form: str, warn: Warn) -> Iterator[Row]:
        if form.startswith(PLUGIN):
            return read_with_plugin(form.removeprefix(PLUGIN), file.path, file.name)
        path, name, mapping = file.path, file.name, self._mapping
        readers: dict[str, Callable[[], Iterator[Row]]] = {
            "markdown": lambda: read_markdown(path, name, warn),
            "jsonl": lambda: read_jsonl(path),
            "json": lambda: read_json(path, name),
            "csv": lambda: read_csv(path, name, mapping),
            "parquet": lambda: read_parquet(path, name, mapping),
        }
        return readers[form]()

    def _leave_out(self, problem: str, notes: Notes) -> None:
        if not self._skip_bad:
            raise UserError(f"{problem}; mend it, or leave such rows out with --skip-bad (skip_bad=True)") from None
        self.skipped += 1
        notes.add("bad rows", f"{problem}; left out")
