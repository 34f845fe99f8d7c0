"""One row seen through a mapping: its fields by our names, and what is left over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import JsonValue

from judgekit.io.chat import kind
from judgekit.io.json_text import tidy
from judgekit.io.mapping import MISSING, find, no_column, without
from judgekit.transcript import Provenance

_PROVENANCES = frozenset(get_args(Provenance))
_EXACT = 2.0**53  # above it a float stands for more than one whole number


class Fields:
    """The fields of one row; what was not taken is its metadata.

    A field that the user mapped has to fit; one that only happens to have our name, and does not fit, is metadata.
    """

    def __init__(self, record: dict[str, Any], mapping: Mapping[str, str]) -> None:
        self._record, self._mapping = record, mapping
        self._taken: list[str] = []

    def mapped(self, field: str) -> bool:
        """Whether the user named a column for this field."""
        return field in self._mapping

    def name(self, field: str) -> str:
        """The key or path that the field is read from."""
        return self._mapping.get(field, field)

    def has(self, field: str) -> bool:
        """Whether something other than null stands there."""
        return find(self._record, self.name(field)) not in (MISSING, None)

    def take(self, field: str) -> Any:
        """What stands there.

        Raises:
            ValueError: nothing does, or null.
        """
        value = find(self._record, self.name(field))
        if value is MISSING:
            raise ValueError(no_column(field, self.name(field), self._record))
        if value is None:
            raise ValueError(f"{self.name(field)!r} is null; wanted the {field}")
        self._taken.append(self.name(field))
        return value

    def text(self, field: str) -> str:
        """The text there, exactly.

        Raises:
            ValueError: there is none, or it is not text.
        """
        value = self.take(field)
        if not isinstance(value, str):
            raise ValueError(
                f"{self.name(field)!r}: wanted text, came {kind(value)}; a path such as --map {field}=output.text "
                "reaches inside"
            )
        return value

    def short(self, field: str) -> str | None:
        """A name or an id, or None; whole numbers become text."""
        return self._fitting(field, _short)

    def long(self, field: str) -> str | None:
        """A text, or None; a list of texts is joined by blank lines."""
        return self._fitting(field, _long)

    def provenance(self) -> str | None:
        """One of our words for it, or None."""
        return self._fitting("provenance", _provenance)

    def metadata(self) -> dict[str, JsonValue]:
        """What was not taken; an object under `metadata` is laid open."""
        rest = without(self._record, self._taken)
        inner = rest.pop("metadata", None)
        if isinstance(inner, Mapping):
            rest = {**rest, **inner}
        elif inner is not None:
            rest["metadata"] = inner
        plain = tidy(rest)
        assert isinstance(plain, dict)
        return plain

    def _fitting(self, field: str, read: Any) -> str | None:
        name = self.name(field)
        value = find(self._record, name)
        if value is MISSING and self.mapped(field) and field in ("id", "question_id", "label"):
            raise ValueError(no_column(field, name, self._record))
        if value is MISSING or value is None:
            return None
        try:
            text: str = read(value)
        except ValueError as error:
            if self.mapped(field):
                raise ValueError(f"{name!r} (for {field}): {error}") from None
            return None
        self._taken.append(name)
        return text or None


def _short(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))  # a column of whole numbers with gaps arrives as floats
    raise ValueError(f"wanted text or a whole number, came {kind(value)}")


def _long(value: Any) -> str:
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return "\n\n".join(value)
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"wanted text or a list of texts, came {kind(value)}")


def _provenance(value: Any) -> str:
    if value in _PROVENANCES:
        return str(value)
    raise ValueError(f"wanted one of {', '.join(sorted(_PROVENANCES))}; came {str(value)[:60]!r}")
