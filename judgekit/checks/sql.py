"""The check on SQL syntax, by sqlglot; nothing is run and no database is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator

from judgekit.checks.definition import Check, Subject, decided, excerpt, undecided
from judgekit.checks.parameters import Targeted
from judgekit.noun import Text
from judgekit.verdict import CheckResult

MAX_SQL = 15_000
"""Characters of SQL that are parsed: more would take longer than a second in all dialects."""

MAX_DEPTH = 60
"""Levels of brackets that are parsed: the parser recurses in Python, and older ones try every way at each level."""

USUAL_DIALECTS = ("", "mysql", "postgres", "tsql")
"""Tried in this order where no dialect is asked for; the first is what most databases share."""

# sqlglot reads many texts as an expression ("hello world" is a column with an alias): only these are statements.
_QUERIES = ("Query", "Values", "Insert", "Update", "Delete", "Merge", "Create", "Drop", "Alter", "TruncateTable")
_COMMANDS = ("Set", "Use", "Describe", "Transaction", "Commit", "Rollback", "Grant", "Revoke", "Pragma", "Kill")
_MORE = ("Copy", "Comment", "Analyze", "Show", "Cache", "Uncache", "LoadData", "Attach", "Detach", "Declare")
_STATEMENTS = frozenset((*_QUERIES, *_COMMANDS, *_MORE))
# It also lets a statement do without its body ("insert coin"): one of these has to be there.
_BODIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Select": ("expressions",),
        "Insert": ("expression", "default"),
        "Update": ("expressions",),
        "Set": ("expressions",),
        "Copy": ("files",),
    }
)
_BRACKET = re.compile(r"[()\[\]]")
_EXPLAIN = re.compile(r"\s*+explain\b(?:\s++(?:analyze|verbose|query\s++plan)\b)*+", re.IGNORECASE)
_DRIVER_PLACEHOLDER = re.compile(r"%s\b|%\([A-Za-z_][A-Za-z0-9_]*+\)s\b")


def _known_dialect(name: str) -> str:
    from sqlglot import Dialect

    try:
        Dialect.get_or_raise(name)
    except ValueError as error:
        known = ", ".join(sorted(key for key in Dialect.classes if key))
        raise ValueError(f"no such dialect; there are: {known}") from error
    return name


class Sql(Targeted):
    """Whose SQL it is, and where."""

    dialect: Annotated[Text, AfterValidator(_known_dialect)] | None = None
    """The dialect as sqlglot names it, such as `sqlite`; without one, any of the usual ones will do."""


class UnknownStatementError(Exception):
    """A statement that sqlglot keeps as text without parsing it."""


def _sql_parses(subject: Subject, params: Sql) -> CheckResult:
    sql, expected = subject.text, params.dialect or "SQL"
    if len(sql) > MAX_SQL:
        return undecided("error", f"longer than {MAX_SQL} characters: not parsed", expected=expected)
    if _depth(sql) > MAX_DEPTH:
        return undecided("error", f"nested deeper than {MAX_DEPTH} levels: not parsed", expected=expected)
    problems: list[str] = []
    unknown = ""
    for dialect in USUAL_DIALECTS if params.dialect is None else (params.dialect,):
        try:
            problem = _problem(sql, dialect)
            if problem and "%" in sql:
                # %s and %(name)s are placeholders of Python drivers, and no SQL: once more with a standard one.
                problem = _problem(_DRIVER_PLACEHOLDER.sub("?", sql), dialect) and problem
        except UnknownStatementError as error:
            unknown = str(error)
            continue
        if not problem:
            return decided(True, excerpt(sql), expected)
        problems.append(problem)
    if unknown:
        return undecided("error", f"the parser does not go into {unknown}: not decided", expected=expected)
    return decided(False, excerpt(sql), expected, problems[0])


def _problem(sql: str, dialect: str) -> str:
    """Why the text is not SQL of this dialect, or nothing."""
    from sqlglot import Dialect, ErrorLevel, exp
    from sqlglot.errors import SqlglotError

    explained = _EXPLAIN.match(sql)
    sql = sql[explained.end() :] if explained else sql
    language = Dialect.get_or_raise(dialect)
    try:
        tokens = language.tokenize(sql)
        statements = _silent_parser(dialect)(error_level=ErrorLevel.IMMEDIATE, dialect=language).parse(tokens, sql)
    except SqlglotError as error:
        return _in_words(error)
    found = [statement for statement in statements if statement is not None]
    for statement in found:
        kinds = [kind.__name__ for kind in type(statement).__mro__]
        if isinstance(statement, exp.Command):
            raise UnknownStatementError(excerpt(str(statement.this).upper(), 30))
        if _STATEMENTS.isdisjoint(kinds):
            return f"{excerpt(sql)} is not a statement"
        bodies = _BODIES.get(kinds[0])
        if bodies and not any(statement.args.get(body) for body in bodies):
            return f"{kinds[0].upper()} is not complete"
    if not found:
        return "there is no statement"
    return _too_lax([token.text.upper() for token in tokens]) if dialect in USUAL_DIALECTS else ""


def _too_lax(words: list[str]) -> str:
    """What sqlglot lets pass for the sake of a few other dialects."""
    if words[0] == "FROM":
        return "a statement cannot begin with FROM"
    if (",", "FROM") in pairwise(words):
        return "a comma stands before FROM"
    return ""


def _in_words(error: Exception) -> str:
    first: dict[str, Any] = next(iter(getattr(error, "errors", None) or []), {})
    description = str(first.get("description") or error).partition(" but got ")[0].partition(" for <class")[0]
    return f"line {first.get('line', 1)}, column {first.get('col', 1)}: {' '.join(description.split())[:160]}"


def _depth(sql: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKET.findall(sql):
        depth += 1 if bracket in "([" else -1
        deepest = max(deepest, depth)
    return deepest


@cache
def _silent_parser(dialect: str) -> Any:
    """The dialect's parser, silent: it would log a warning for each statement that it keeps as text."""
    from sqlglot import Dialect

    parser = Dialect.get_or_raise(dialect).parser_class
    return type("SilentParser", (parser,), {"_warn_unsupported": lambda self: None})


CHECKS = (Check("sql_parses", "Tells whether the text is SQL.", Sql, _sql_parses),)
