"""Checks on JSON: is it JSON, and does it follow a schema."""

from __future__ import annotations

import json
import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, JsonValue

from judgekit.checks.definition import Check, Subject, decided, excerpt, undecided
from judgekit.checks.fences import find_fences, prose
from judgekit.checks.parameters import Targeted
from judgekit.noun import mend_surrogates
from judgekit.verdict import CheckResult

# An escape that may spell half a character: no text can hold it, and some validators abort the process on it.
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


class TooDeepError(Exception):
    """JSON that is nested deeper than can be read."""


def read_json(text: str) -> Any:
    """The value of a JSON text, by the letter of RFC 8259: no NaN, no Infinity.

    Raises:
        ValueError: it is not JSON; says where.
    """
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_number, parse_int=_number)
    except RecursionError as error:
        raise TooDeepError from error


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _number(digits: str) -> int | float:
    """The number, its size kept within what every reader can hold."""
    if digits.lstrip("-").isdigit() and len(digits) <= 300:
        return int(digits)
    value = float(digits)
    return value if math.isfinite(value) else math.copysign(1.7976931348623157e308, value)


class Json(Targeted):
    """Where the JSON is."""


class JsonText(Json):
    """Where the JSON is, and what may stand around it."""

    fenced: bool = False
    """Whether the text may also be one fenced block with the JSON in it."""


def _json_parses(subject: Subject, params: JsonText) -> CheckResult:
    try:
        value = read_json(_unfenced(subject.text) if params.fenced else subject.text)
    except TooDeepError:
        return undecided("error", "nested too deeply to be read", expected="JSON")
    except ValueError as error:
        return decided(False, None, "JSON", str(error))
    return decided(True, _kind(value), "JSON")


def _unfenced(text: str) -> str:
    """What stands in the fenced block that the text consists of; else the text."""
    fences = find_fences(text)
    return fences[0].content if len(fences) == 1 and not prose(text).strip() else text


def _kind(value: Any) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")


def _checked(schema: Any) -> Any:
    if not isinstance(schema, dict | bool):
        raise ValueError("a schema is an object, or true or false")
    validator(schema)
    return schema


def validator(schema: dict[str, Any] | bool) -> Any:
    """The validator of a JSON Schema (draft 2020-12, unless `$schema` names another).

    No reference leaves the schema, and patterns run on an engine without backtracking.

    Raises:
        ValueError: the schema is wrong; says where.
    """
    import jsonschema_rs

    try:
        return jsonschema_rs.validator_for(schema, retriever=_offline, pattern_options=jsonschema_rs.RegexOptions())
    except jsonschema_rs.ValidationError as error:
        at = "/".join(map(str, error.instance_path)) or "the top"
        raise ValueError(f"the schema is wrong at {at}: {error.message}") from error


def _offline(uri: str) -> Any:
    raise ValueError(f"a schema may refer to itself only; put {uri} under $defs")


class Schema(Json):
    """The schema to follow."""

    schema_: Annotated[Any, BeforeValidator(_checked)] = Field(alias="schema")
    """A JSON Schema; references to other files and addresses are refused."""


def _json_schema(subject: Subject, params: Schema) -> CheckResult:
    import jsonschema_rs

    expected: JsonValue = params.schema_
    try:
        value = read_json(subject.text)
        if _HALF.search(subject.text):
            value = read_json(mend_surrogates(json.dumps(value, ensure_ascii=False)))
    except TooDeepError:
        return undecided("error", "nested too deeply to be read", expected=expected)
    except ValueError as error:
        return decided(False, None, expected, f"not JSON: {error}")
    try:
        validator(params.schema_).validate(value)
    except jsonschema_rs.ValidationError as error:
        at = "/" + "/".join(map(str, error.instance_path))
        return decided(False, at, expected, f"at {excerpt(at)}: {excerpt(error.message, 160)}")
    except ValueError as error:  # what the validator's own numbers and texts cannot hold
        return undecided("error", f"could not be validated: {error}", expected=expected)
    return decided(True, None, expected)


CHECKS = (
    Check("json_parses", "Tells whether the text is JSON.", JsonText, _json_parses),
    Check("json_schema", "Tells whether the text is JSON that follows a schema.", Schema, _json_schema),
)
