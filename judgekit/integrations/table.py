"""Rows of a table as transcripts: what data frames and data sets share; a null cell is data, a wrong one a mistake."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, overload

from pydantic import JsonValue

from judgekit.errors import UserError
from judgekit.io.chat import read_messages
from judgekit.io.mapping import TARGETS
from judgekit.noun import digest
from judgekit.rubric import Rubric
from judgekit.transcript import Transcript

Cells = Callable[[int, int], Sequence[Mapping[str, Any]]]
"""The rows from one place up to another, exclusive, each by the names of its columns."""
_CHUNK = 512
_NAMES = ("id", "question_id", "label", "printed_id", "title", "provenance")
_NULLS = ("NAType", "NaTType")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column holds what."""

    fields: dict[str, str]
    """Fields of a transcript, by the column that each is read from."""
    inputs: dict[str, str]
    """The rubric's inputs, likewise."""
    rubric: Rubric

    @property
    def columns(self) -> list[str]:
        """The columns that are read."""
        return list(dict.fromkeys((*self.fields.values(), *self.inputs.values())))


def layout(
    rubric: Rubric, there: Iterable[str], columns: Mapping[str, str] | None, *, elsewhere: Iterable[str] | None = ()
) -> Layout:
    """Where prompt, response, inputs and the rest are read from.

    Args:
        rubric: its inputs are found too.
        there: the columns of the table.
        columns: field of a transcript, or input of the rubric → column. Prompt, response, messages and inputs that are
            not named are read from columns of their own names, where there are such.
        elsewhere: the inputs that need no column; None: any of them.

    Raises:
        UserError: a column is not there, a name is neither field nor input, or something needed has no column.
    """
    names = list(there)
    given = dict(columns or {})
    for name, column in given.items():
        if name not in TARGETS and name not in rubric.inputs:
            known = ", ".join(rubric.inputs) or "none"
            raise UserError(
                f"columns: {name!r} is neither a field of a transcript ({', '.join(TARGETS)}) nor an input of rubric "
                f"{rubric.name} ({known})"
            )
        if column not in names:
            raise UserError(f"columns: {_no_column(name, column, names)}")
    inputs = {name: given.get(name, name) for name in rubric.inputs if name in given or name in names}
    fields = {name: column for name, column in given.items() if name in TARGETS}
    if not {"messages", "prompt", "response"} & fields.keys() and "messages" in names:
        fields["messages"] = "messages"
    for name in () if "messages" in fields else ("prompt", "response"):
        if fields.setdefault(name, name) not in names:
            raise UserError(f"columns: {_no_column(name, name, names)}")
    supplied = rubric.inputs if elsewhere is None else {*inputs, *elsewhere}
    for name, spec in rubric.inputs.items():
        if spec.required and name not in supplied:
            raise UserError(
                f"rubric {rubric.name} needs the input {name}: {_no_column(name, name, names)}, or give it to all "
                f"rows with inputs={{{name!r}: …}}"
            )
    return Layout(fields, inputs, rubric)


class TableRows(Sequence[Transcript]):
    """Every different row once, as a transcript; one is made when it is read, so memory holds a few at a time."""

    def __init__(self, cells: Cells, n: int, where: Layout, *, by_content: bool = False) -> None:
        """Every row is read and checked once.

        Args:
            cells: the table.
            n: its rows.
            where: which column holds what.
            by_content: whether ids are to be unique beyond this table.

        Raises:
            UserError: a cell is wrong; names its row, counted from 0, and the cure.
        """
        self._cells, self._n, self._layout = cells, n, where
        self._chunk: tuple[int, Sequence[Mapping[str, Any]]] = (-1, ())
        self.numbers = array("l")
        """For each row its place among the different ones; -1 where it cannot be judged."""
        self.lost: dict[int, str] = {}
        """Why not, by row."""
        self.ids: dict[str, int] = {}
        """Places of the different rows, by the ids of their transcripts."""
        self._rows = array("l")
        by_key: dict[str, int] = {}
        for row in range(n):
            cell = self._row(row)
            if reason := self._null(cell):
                self.lost[row] = reason
                self.numbers.append(-1)
                continue
            transcript = self._made(row, cell)
            key = digest([transcript.model_dump(mode="json", exclude={"sha256", "lines"})])
            if key not in by_key:
                by_key[key] = len(self._rows)
                self._rows.append(row)
                named = "id" in where.fields or not by_content
                name = transcript.id if named and transcript.id not in self.ids else f"{transcript.id}~{key[:12]}"
                self.ids[name] = by_key[key]
            self.numbers.append(by_key[key])
        self._names = list(self.ids)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Transcript: ...
    @overload
    def __getitem__(self, place: slice) -> list[Transcript]: ...
    def __getitem__(self, place: int | slice) -> Transcript | list[Transcript]:
        if isinstance(place, slice):
            return [self[i] for i in range(len(self))[place]]
        row = self._rows[place]
        return self._made(row, self._row(row)).model_copy(update={"id": self._names[place]})

    @staticmethod
    def inputs(transcript: Transcript) -> Mapping[str, JsonValue]:
        """The inputs that the row of a transcript holds."""
        held = transcript.metadata["inputs"]
        assert isinstance(held, dict)
        return held

    def _row(self, row: int) -> Mapping[str, Any]:
        first = row - row % _CHUNK
        if self._chunk[0] != first:
            self._chunk = (first, self._cells(first, min(self._n, first + _CHUNK)))
        return self._chunk[1][row - first]

    def _null(self, cell: Mapping[str, Any]) -> str | None:
        """Why there is nothing to judge in a row; None where there is."""
        for field in ("messages", "prompt", "response"):
            column = self._layout.fields.get(field)
            if column is not None and is_null(cell[column]):
                return f"missing_input: the {field} (column {column!r}) is null"
        return None

    def _made(self, row: int, cell: Mapping[str, Any]) -> Transcript:
        column = ""
        try:
            inputs: dict[str, JsonValue] = {}
            for name, column in self._layout.inputs.items():
                if not is_null(cell[column]):
                    inputs[name] = self._input(name, plain(cell[column]))
            found: dict[str, Any] = {}
            for field, column in self._layout.fields.items():
                if not is_null(cell[column]):
                    found[field] = _field(field, cell[column])
            column = ""
            return _transcript(found, inputs)
        except (ValueError, UserError, RecursionError) as error:
            said = "it is nested too deeply" if isinstance(error, RecursionError) else error
            raise UserError(f"row {row} (from 0){f', column {column!r}' if column else ''}: {said}") from None

    def _input(self, name: str, value: JsonValue) -> JsonValue:
        allowed = self._layout.rubric.inputs[name].one_of
        if allowed is not None and value not in allowed:
            raise ValueError(f"the input {name} is {value!r}; wanted one of {', '.join(allowed)}, as text")
        return value


def _transcript(found: dict[str, Any], inputs: dict[str, JsonValue]) -> Transcript:
    messages = found.pop("messages", [])
    if system := found.pop("system", None):
        messages = [{"role": "system", "content": system}, *messages]
    for role, field in (("user", "prompt"), ("assistant", "response")):
        said = found.pop(field, [])
        messages = [*messages, *([{"role": role, "content": said}] if isinstance(said, str) else said)]
    identity, question = found.pop("id", None), found.pop("question_id", None)
    made = Transcript.from_messages(messages, question_id=question, metadata={"inputs": inputs}, **found)
    return made if identity is None else made.model_copy(update={"id": identity})


def _field(field: str, cell: Any) -> Any:
    value = plain(cell)
    if field == "messages" or (field in ("prompt", "response") and isinstance(value, list)):
        return read_messages(_filled(value))[0]
    if field in _NAMES and not isinstance(value, str):
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # a column of whole numbers with gaps arrives as floats
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    if not isinstance(value, str):
        raise ValueError(f"wanted text for the {field}; came {type(cell).__name__}: make it text first")
    return value


def _filled(value: Any) -> Any:
    """Messages without the keys that a table fills with nulls."""
    if not isinstance(value, list):
        return value
    return [{k: v for k, v in one.items() if v is not None} if isinstance(one, dict) else one for one in value]


def is_null(cell: Any) -> bool:
    """Whether a cell holds nothing: None, nan, or pandas' NA and NaT.

    >>> [is_null(cell) for cell in (None, float("nan"), "", 0, [])]
    [True, True, False, False, False]
    """
    return cell is None or (isinstance(cell, float) and cell != cell) or type(cell).__name__ in _NULLS


def plain(cell: Any) -> JsonValue:
    """The cell as JSON has it.

    Raises:
        ValueError: JSON has nothing like it.

    >>> plain({"when": date(2026, 1, 2), "parts": ("a", None)})
    {'when': '2026-01-02', 'parts': ['a', None]}
    """
    if is_null(cell):
        return None
    if isinstance(cell, str | bool):
        return str(cell) if isinstance(cell, str) else cell
    if hasattr(cell, "tolist"):  # numpy's arrays and numbers
        return plain(cell.tolist())
    if isinstance(cell, int | float):
        return cell
    if isinstance(cell, Mapping):
        return {str(name): plain(value) for name, value in cell.items()}
    if isinstance(cell, list | tuple):
        return [plain(value) for value in cell]
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return float(cell)
    raise ValueError(f"wanted text, a number, a truth value, a list or keyed values; came {type(cell).__name__}")


def _no_column(name: str, column: str, there: Sequence[str]) -> str:
    shown = ", ".join(map(repr, there[:20])) or "none"
    more = f" and {len(there) - 20} more" if len(there) > 20 else ""
    meant = f" (for {name})" if name != column else ""
    return f"no column {column!r}{meant}; there are {shown}{more}; name yours with columns={{{name!r}: …}}"
