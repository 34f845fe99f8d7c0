"""One iteration over files of transcripts, in one go or in two parts: from a place on, and then what stands before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from judgekit.errors import UserError
from judgekit.io.build import Builder
from judgekit.io.csv_file import read_csv
from judgekit.io.inspect_log import read_inspect_log
from judgekit.io.json_file import read_json
from judgekit.io.jsonl import read_jsonl
from judgekit.io.markdown import read_markdown
from judgekit.io.notes import Ids, Notes
from judgekit.io.parquet import read_parquet
from judgekit.io.readers import read_with_plugin
from judgekit.io.rows import Row
from judgekit.io.sniff import INSPECT, PLUGIN
from judgekit.io.source import Input, cannot_read
from judgekit.transcript import Transcript

_FIXED_FORMS = ("markdown", INSPECT, PLUGIN)  # their readers give native rows: there is nothing to map


class Reading:
    """One iteration over the files."""

    def __init__(self, inputs: list[tuple[Input, str]], mapping: Mapping[str, str], skip_bad: bool) -> None:
        self.notes = Notes()
        """What was found strange."""
        self.skipped = 0
        """How many bad rows were left out."""
        self._mapping, self._skip_bad = mapping, skip_bad
        self._files = [_File(file, form, {} if form.startswith(_FIXED_FORMS) else mapping) for file, form in inputs]

    def part(self, skip: int, stop: int | None) -> Iterator[tuple[int, Transcript]]:
        """The transcripts from one number to another, exclusive; a file is summed up when all of it was read."""
        ids, number = Ids(), 0
        for one in self._files:
            if stop is not None and number >= stop:
                return
            whole = number >= skip
            try:
                for row in self._rows(one, quiet=not whole):
                    if number < skip:
                        number += self._pass_over(row, one, ids)
                        continue
                    transcript = self._transcript(row, one, ids)
                    if transcript is not None:
                        yield number, transcript
                        number += 1
                        if number == stop:
                            if one.passed_over:
                                self._sum_up(one)
                            return
            except OSError as error:
                raise cannot_read(one.file.name, error) from None
            one.passed_over = not whole
            if whole:
                self._sum_up(one)

    def glance(self, stop: int | None) -> Iterator[None]:
        """So many times nothing as there are transcripts up to that number, exclusive."""
        ids, number = Ids(), 0
        for one in self._files:
            try:
                for row in self._rows(one, quiet=True):
                    if number == stop:
                        return
                    if self._pass_over(row, one, ids):
                        number += 1
                        yield
            except OSError as error:
                raise cannot_read(one.file.name, error) from None

    def _pass_over(self, row: Row, one: _File, ids: Ids) -> bool:
        """Whether the row has a transcript, whose id is taken; where bad rows are left out, only building it tells."""
        _, record, problem, _ = row
        if problem:
            return False
        try:
            ids.free(one.glance.build(record).id if self._skip_bad else one.glance.identity(record))
        except ValueError:
            return False
        return True

    def _transcript(self, row: Row, one: _File, ids: Ids) -> Transcript | None:
        one.rows += 1
        try:
            if row.problem:
                raise ValueError(row.problem)
            transcript = one.builder.build(row.record)
        except ValueError as error:
            self._leave_out(f"{one.file.name}, {row.where}: {error}")
            return None
        identity = ids.free(transcript.id)
        if identity != transcript.id:
            place = f"{one.file.name}, {row.where}"
            self.notes.add("repeated ids", f"{place}: {transcript.id!r} stands twice: read as {identity!r}")
            transcript = transcript.model_copy(update={"id": identity})
        if transcript.messages[-1].role == "user":
            text = "ends with a user message; what is judged is the assistant's message before it"
            self.notes.add("unanswered turns", f"{one.file.name}, {row.where}: {transcript.id!r} {text}")
        return transcript

    def _leave_out(self, problem: str) -> None:
        if not self._skip_bad:
            raise UserError(f"{problem}; mend it, or leave such rows out with --skip-bad (skip_bad=True)") from None
        self.skipped += 1
        self.notes.add("bad rows", f"{problem}; left out")

    def _sum_up(self, one: _File) -> None:
        """What only the whole file shows."""
        name, builder = one.file.name, one.builder
        if not one.rows:
            self.notes.add("oddities of the file", f"{name}: there is no transcript in it")
        for field in sorted(builder.unseen if one.rows else ()):
            self.notes.add("unused names", f"{name}: no row has {self._mapping[field]!r}, mapped as the {field}")
        if builder.foreign_parts:
            text = f"{name}: {builder.foreign_parts} parts of messages are not text, and stand as their type"
            self.notes.add("oddities of the file", text)

    def _rows(self, one: _File, *, quiet: bool) -> Iterator[Row]:
        path, name, form, mapping = one.file.path, one.file.name, one.form, self._mapping
        if form.startswith(_FIXED_FORMS) and mapping and not quiet:
            self.notes.add("unused names", f"{name}: --map has no use here: {form} names its fields itself")
        if form.startswith(PLUGIN):
            return read_with_plugin(form.removeprefix(PLUGIN), path, name)

        def warn(text: str) -> None:
            if not quiet:
                self.notes.add("oddities of the file", f"{name}: {text}")

        readers: dict[str, Callable[[], Iterator[Row]]] = {
            "markdown": lambda: read_markdown(path, name, warn),
            "jsonl": lambda: read_jsonl(path),
            "json": lambda: read_json(path, name),
            "csv": lambda: read_csv(path, name, mapping),
            "parquet": lambda: read_parquet(path, name, mapping),
            INSPECT: lambda: read_inspect_log(path, name),
        }
        return readers[form]()


class _File:
    """One file in an iteration."""

    def __init__(self, file: Input, form: str, mapping: Mapping[str, str]) -> None:
        self.file, self.form = file, form
        self.builder = Builder(mapping)
        self.glance = Builder(mapping)
        """For rows that are passed over: what it could not use is not counted."""
        self.rows = 0
        self.passed_over = False
        """Whether its beginning was, and is still to be read."""
