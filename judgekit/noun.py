"""What all nouns share: frozen pydantic models, canonical JSON, and one-line error messages."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

_SURROGATE = re.compile("[\ud800-\udfff]")


def mend_surrogates(text: Any) -> Any:
    """The text with each lone surrogate as U+FFFD: it is not a character, and neither UTF-8 nor JSON can carry it."""
    if not isinstance(text, str) or text.isascii():
        return text
    return _SURROGATE.sub("�", text)


Text = Annotated[str, BeforeValidator(mend_surrogates)]
"""A string that can always be encoded."""


class Noun(BaseModel):
    """A frozen record that refuses unknown fields; each field's docstring is its description."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, populate_by_name=True)


def canonical(value: Any) -> bytes:
    """The canonical JSON of a value: keys sorted, no white space, UTF-8."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def digest(value: Any) -> str:
    """The fingerprint of a JSON value: 32 hexadecimal digits (128 bits) of SHA-256 over its canonical JSON."""
    return hashlib.sha256(canonical(value)).hexdigest()[:32]


def sha256_text(text: str) -> str:
    """The SHA-256 of the stripped text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.strip().encode("utf-8")).hexdigest()


def explain(error: ValidationError, limit: int = 3) -> str:
    """One line that says where a record is wrong, what came, and what was wanted."""
    found = error.errors(include_url=False, include_context=False)
    parts = []
    for item in found[:limit]:
        where = ".".join(str(step) for step in item["loc"]) or "the record"
        came = repr(item.get("input"))
        came = came if len(came) <= 60 else came[:57] + "..."
        text = item["msg"].removeprefix("Value error, ")
        parts.append(f"{where}: {text}" + ("" if item["type"] == "missing" else f" (came: {came})"))
    more = len(found) - limit
    return "; ".join(parts) + (f"; and {more} more" if more > 0 else "")
