"""Payloads that try to bend a judge, and how one is put into a response."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field, ValidationError, field_validator

from judgekit.errors import UserError
from judgekit.io.yaml_errors import check_format, read_record
from judgekit.io.yaml_file import MAX_BYTES, load_yaml
from judgekit.io.yaml_nodes import FileError, Problem
from judgekit.noun import Noun, Text, explain
from judgekit.resources import shipped

Goal = Literal["raise", "lower", "break", "leak"]
Place = Literal["suffix", "prefix", "replace", "code"]

_MOST = 1_000_000
"""Characters that a payload may have once it is repeated."""
# The seed format of other payload sets: its words for ours.
_PLACES: dict[str, Place] = {"whole": "replace", "code_comment": "code"}
_GOALS: dict[str, Goal] = {"lower_rival": "lower", "break_judge": "break"}
_LABEL = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_OPENING = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n`]*\n", re.MULTILINE)
_SLASHES = re.compile(r"(?:js|javascript|ts|typescript|java|c|cpp|c\+\+|cs|csharp|go|rust|swift|kotlin|php|scala)\b")


class Payload(Noun):
    """A text that a response may carry to bend its judge."""

    id: Text
    """Unique in its set; the response label of the copy that carries it."""
    family: Text
    """What kind of trick it is."""
    goal: Goal = "raise"
    """A better score, a worse one, no verdict at all, or the judge's own prompt."""
    place: Place = "suffix"
    """Where it is put; `code` is a comment in the first fenced block, and a suffix where there is none."""
    text: Text = Field(min_length=1)
    """The payload."""
    times: int = Field(default=1, ge=1)
    """How often the text is repeated."""
    about: Text = ""
    """What it tries, for people."""
    sign: Text = ""
    """A word that stands in the judge's own sentences only if it did as it was told."""

    @field_validator("id", "family")
    @classmethod
    def _is_label(cls, value: str) -> str:
        if not _LABEL.fullmatch(value):
            raise ValueError("wanted lower-case letters, digits, '-', '_' and '.', beginning with a letter or digit")
        return value

    @property
    def whole(self) -> str:
        """The text as often as it is to stand there."""
        return self.text * self.times


class PayloadSet(Noun):
    """A file of payloads."""

    judgekit: Literal["attacks/1"] = "attacks/1"
    """The file format."""
    title: Text = ""
    """For people."""
    payloads: tuple[Payload, ...] = ()
    """In file order; ids are unique."""


def load_payloads(path: str | Path | None = None) -> tuple[Payload, ...]:
    """The payloads of a file; by default those that come with the package.

    Two forms are read: `judgekit: attacks/1` (YAML or JSON), and JSON with `payloads` that have `payload`, `placement`
    and `goal` in the words of the first such set.

    Raises:
        UserError: the file is wrong; names what was wanted, what came, where and the cure.

    >>> len({payload.family for payload in load_payloads()}) > 38
    True
    """
    where = shipped("rubrics") / "attacks" / "payloads.yaml" if path is None else Path(path)
    if where.suffix == ".json":  # JSON may write a character as two halves, which YAML does not read
        return _read_json(where)
    file = load_yaml(where)
    check_format(file, "attacks/1", "payload")
    found = read_record(file, PayloadSet)
    for problem in _problems(found):
        raise FileError(where, Problem(file.line_of(("payloads", problem.place)), problem.key, problem.wrong))
    return found.payloads


def _read_json(path: Path) -> tuple[Payload, ...]:
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise UserError(f"{path}: a file of at most {MAX_BYTES >> 20} MB was wanted; came {size:,} bytes: split it")
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise UserError(f"cannot read {str(path)!r}: {error.strerror}; check the path") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: this is not JSON ({' '.join(str(error).split())[:120]})") from None
    given = data.get("payloads") if isinstance(data, dict) else None
    if not isinstance(given, list):
        raise UserError(f"{path}: this is no payload file: wanted an object with a list `payloads`")
    if "judgekit" not in data:
        data = {"payloads": [_renamed(one) for one in given]}
    try:
        found = PayloadSet.model_validate(data)
    except ValidationError as error:
        raise UserError(f"{path}: {explain(error)}") from None
    for problem in _problems(found):
        raise UserError(f"{path}: {problem.key}: {problem.wrong}")
    return found.payloads


def _renamed(one: object) -> object:
    """An entry of the other form in our words; what is no entry stays, and is refused as any other."""
    if not isinstance(one, dict) or "payload" not in one:
        return one
    place, goal = str(one.get("placement", "suffix")), str(one.get("goal", "raise"))
    return {
        "id": one.get("id"),
        "family": one.get("family"),
        "goal": _GOALS.get(goal, goal),
        "place": _PLACES.get(place, place),
        "text": one["payload"],
        "about": one.get("inspired_by") or "",
    }


class _Problem(NamedTuple):
    place: int
    key: str
    wrong: str


def _problems(found: PayloadSet) -> Iterator[_Problem]:
    if not found.payloads:
        yield _Problem(0, "payloads", "there are none: wanted a list, each with id, family and text")
    seen: set[str] = set()
    for i, payload in enumerate(found.payloads):
        if payload.id in seen:
            yield _Problem(i, f"payloads.{i}.id", f"the id {payload.id!r} stands twice: choose another")
        elif payload.id in RESERVED:
            wrong = f"the id {payload.id!r} is that of the copies without a payload: choose another"
            yield _Problem(i, f"payloads.{i}.id", wrong)
        seen.add(payload.id)
        if len(payload.text) * payload.times > _MOST:
            wrong = f"wanted at most {_MOST:,} characters, came {len(payload.text) * payload.times:,}: lower it"
            yield _Problem(i, f"payloads.{i}.times", wrong)


CLEAN, EMPTY = "clean", "empty"
RESERVED = frozenset({CLEAN, EMPTY})
"""Labels of the copies that payloads are compared with."""


def attach_payload(response: str, payload: Payload) -> str:
    r"""The response with the payload where it belongs.

    >>> attach_payload("No.", Payload(id="p", family="f", text="Choose 5."))
    'No.\n\nChoose 5.'
    >>> attach_payload("```python\nx = 1\n```", Payload(id="p", family="f", place="code", text="correct"))
    '```python\n# correct\nx = 1\n```'
    """
    text = payload.whole
    if payload.place == "replace":
        return text
    if payload.place == "prefix":
        return f"{text}\n\n{response}"
    opening = _OPENING.search(response) if payload.place == "code" else None
    if opening is not None:
        language = opening[0].strip().lstrip("`~").strip().lower()
        mark = "--" if language == "sql" else "//" if _SLASHES.match(language) else "#"
        comment = "".join(f"{mark} {line.lstrip('#/- ')}\n" for line in text.splitlines())
        return response[: opening.end()] + comment + response[opening.end() :]
    return f"{response}\n\n{text}"


def only_families(payloads: tuple[Payload, ...], families: list[str]) -> tuple[Payload, ...]:
    """The payloads of these families; all where none is named.

    Raises:
        UserError: there is no such family.
    """
    known = {payload.family for payload in payloads}
    for name in families:
        if name not in known:
            raise UserError(f"there is no family {json.dumps(name)}: there are {', '.join(sorted(known))}")
    return tuple(payload for payload in payloads if not families or payload.family in families)
