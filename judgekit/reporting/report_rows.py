"""A verdict as the run report holds it: a few numbers to filter and sort by, and the rest, which a row opens to."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple

from judgekit.reporting.plain import dollars, number, one_line, visible

MAX_TEXT: Final = 2000
"""Characters of one quote, reason or detail that a page shows; what is longer says how long it is."""
_MAX_NAME: Final = 200
_MAX_PARTS: Final = 200
"""Criteria, checks, quotes of one kind or attempts of one verdict."""
_MAX_MARKS: Final = 500
"""Quotes of one verdict that are marked in its text."""
_NAMED: Final = ("question", "label", "rubric", "status", "provenance")


class Quote(NamedTuple):
    """Where a quote of a verdict stood when it was judged."""

    criterion: int
    """The place of the criterion in the verdict."""
    place: int
    """The place of the quote in the criterion."""
    message: int
    start: int
    end: int
    seal: int
    """The hash of the quote: the text itself would be kept twice."""


class Wanted(NamedTuple):
    """What a row needs from its transcript."""

    row: int
    rubric: str
    question: str
    fingerprint: str
    quotes: tuple[Quote, ...]


@dataclass(slots=True)
class Index:
    """The columns by which the page filters and sorts, filled row by row; names are numbers into a list."""

    names: dict[str, dict[str, int]] = field(
        default_factory=lambda: {name: {} for name in (*_NAMED, "flag", "failure")}
    )
    columns: dict[str, array[int]] = field(
        default_factory=lambda: {name: array("l") for name in (*_NAMED, "level", "passed", "failure")}
    )
    scores: array[float] = field(default_factory=lambda: array("d"))
    ids: list[str] = field(default_factory=list)
    flags: list[list[int]] = field(default_factory=list)
    wanted: dict[str, list[Wanted]] = field(default_factory=dict)
    """By transcript, what its rows need."""

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, row: Mapping[str, Any]) -> None:
        """One more verdict, an export row."""
        given = {name: row[name] for name in ("label", "rubric", "status", "provenance")}
        for name, value in {"question": row["question_id"], **given}.items():
            self.columns[name].append(self._number(name, value))
        self.columns["level"].append(-1 if row["level"] is None else row["level"])
        self.columns["passed"].append(-1 if row["passed"] is None else row["passed"])
        kind = row["failure_kind"]
        self.columns["failure"].append(-1 if kind is None else self._number("failure", kind))
        self.scores.append(-1.0 if row["score"] is None else row["score"])
        self.flags.append([self._number("flag", flag) for flag in row["flags"][:_MAX_PARTS]])
        one = Wanted(len(self.ids), row["rubric"], row["question_id"], row["fingerprint"], _quotes(row))
        self.wanted.setdefault(row["transcript_id"], []).append(one)
        self.ids.append(one_line(row["transcript_id"], _MAX_NAME))

    def _number(self, name: str, value: str) -> int:
        known = self.names[name]
        return known.setdefault(value, len(known))

    def record(self) -> dict[str, Any]:
        """Everything but the titles, ready to be written."""
        names = {name: [one_line(value, _MAX_NAME) for value in known] for name, known in self.names.items()}
        columns = {name: values.tolist() for name, values in self.columns.items()}
        scores = [round(score, 6) for score in self.scores]
        return {"names": names, "columns": columns | {"score": scores, "id": self.ids, "flags": self.flags}}


def _quotes(row: Mapping[str, Any]) -> tuple[Quote, ...]:
    found = (
        Quote(i, k, one["message"], one["start"], one["end"], hash(one["quote"]))
        for i, result in enumerate(list(row["criteria"].values())[:_MAX_PARTS])
        for k, one in enumerate(result["evidence"][:_MAX_PARTS])
    )
    return tuple(islice(found, _MAX_MARKS))


def detail(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row opens to: texts that may be shown, in the order in which they are shown."""
    return {
        "explanation": _text(row["explanation"]),
        "criteria": [_criterion(name, one) for name, one in list(row["criteria"].items())[:_MAX_PARTS]],
        "checks": [_check(name, one) for name, one in list(row["checks"].items())[:_MAX_PARTS]],
        "rules": [_rule(rule) for rule in row["rules"][:_MAX_PARTS]],
        "failure": None if row["failure"] is None else _failure(row["failure"]),
        "facts": _facts(row),
    }


def _criterion(name: str, result: Mapping[str, Any]) -> list[Any]:
    """Name, answer, status, reason, quotes, and quotes that are not in the response."""
    return [
        _line(name),
        _line("–" if result["answer"] is None else result["answer"]),
        result["status"],
        _text(result["reason"]),
        [_text(one["quote"]) for one in result["evidence"][:_MAX_PARTS]],
        [_text(quote) for quote in result["unsupported"][:_MAX_PARTS]],
    ]


def _check(name: str, check: Mapping[str, Any]) -> list[str]:
    """Name, result, measured, expected, detail."""
    return [_line(name), check["result"], _json(check["measured"]), _json(check["expected"]), _text(check["detail"])]


def _rule(rule: Mapping[str, Any]) -> str:
    when = " and ".join(f"{_line(name)} is {_line(value)}" for name, value in rule["when"].items())
    most = rule["max_level"] is not None
    return f"{when}: level {'at most' if most else 'at least'} {rule['max_level'] if most else rule['min_level']}"


def _failure(failure: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": failure["kind"],
        "detail": _text(failure["detail"]),
        "attempts": [_attempt(one) for one in failure["attempts"][:_MAX_PARTS]],
    }


def _attempt(attempt: Mapping[str, Any]) -> str:
    status = f" (HTTP {attempt['http_status']})" if attempt["http_status"] is not None else ""
    took = f", {number(attempt['latency_s'])} s" if attempt["latency_s"] is not None else ""
    return f"{attempt['kind']}{status}{took} {_text(attempt['detail'])}".rstrip()


def _facts(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and text of what is known beside the answers."""
    usage = row["usage"]
    cost = [dollars(row["cost_usd"])]
    if usage["prompt_tokens"] is not None:
        cost.append(f"{usage['prompt_tokens']:,} tokens in, {usage['completion_tokens'] or 0:,} out")
    if row["latency_s"] is not None:
        cost.append(f"{number(row['latency_s'])} s")
    by_code = row["samples"] == 0 and row["status"] != "failed"
    facts = [(_line(name), f"{value:.3g}") for name, value in row["measures"].items()]
    if row["passed"] is not None:
        facts.append(("passed", "yes" if row["passed"] else "no"))
    return [
        *facts,
        ("transcript", _line(row["transcript_id"])),
        ("rubric", f"{_line(row['rubric'])} {_line(row['rubric_version'])}".strip()),
        ("judge", _line(row["judge"]) + (", code alone decided" if by_code else "")),
        ("provenance", row["provenance"].replace("_", " ")),
        ("cost", ", ".join(cost)),
        ("made", row["created"][:19].replace("T", " ") + " UTC"),
        ("fingerprint", _line(row["fingerprint"])),
    ]


def _text(text: str) -> str:
    return visible(text, MAX_TEXT)


def _line(text: str) -> str:
    return one_line(text, _MAX_NAME)


def _json(value: Any) -> str:
    """A JSON value as one line, cut like any other foreign text."""
    import orjson

    if value is None:
        return "–"
    return one_line(value if isinstance(value, str) else orjson.dumps(value).decode(), MAX_TEXT)
