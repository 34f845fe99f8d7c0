"""The check on SQL syntax."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.checks import run_check
from judgekit.checks.sql import MAX_DEPTH, MAX_SQL
from judgekit.errors import UserError


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM orders ORDER BY created_at DESC LIMIT 10",
        "select 1;",
        "SELECT 1; SELECT 2;",
        "WITH a AS (SELECT 1 AS x) SELECT x FROM a -- done",
        "(SELECT 1)",
        "SELECT 1 UNION ALL SELECT 2",
        "INSERT INTO t (a) VALUES (?)",
        "UPDATE t SET a = :a WHERE b = $1",
        "DELETE FROM t WHERE a IS NULL",
        "CREATE TABLE t (a INT PRIMARY KEY, b TEXT)",
        "DROP TABLE IF EXISTS t",
        "ALTER TABLE t ADD COLUMN c INT",
        "EXPLAIN ANALYZE SELECT 1",
        "BEGIN; UPDATE t SET a = 1; COMMIT",
        "SELECT `a` FROM `t`",  # MySQL
        "SELECT DISTINCT ON (a) b FROM t",  # PostgreSQL
        "SELECT TOP 10 [a] FROM [t]",  # T-SQL
        "SELECT * FROM t WHERE a = %s AND b = %(b)s",  # placeholders of Python drivers
        "SELECT a % 3 FROM t WHERE b LIKE '%s'",
    ],
)
def test_sql(sql: str) -> None:
    assert run_check("sql_parses", sql).result == "pass"


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "   -- only a comment",
        ";",
        "hello",
        "hello world",  # a column with an alias, says the parser
        "1 + 1",
        "'text'",
        "SELECT",
        "select 1 garbage from",
        "SELECT * FROM",
        "SELECT * FORM users",
        "SELECT * FROM users WHER x = 1",
        "SELECT a b c FROM t",
        "SELECT id, FROM t",
        "FROM t",  # DuckDB alone
        "SELECT * FROM t WHERE (a = 1",
        "SELECT 'open",
        "INSERT coin",
        "UPDATE me",
        "EXPLAIN the thing",
        "SELECT 1; hello world",
        "Sure! SELECT 1",
        "```sql\nSELECT 1\n```",  # the fences are not SQL: that is what target is for
    ],
)
def test_no_sql(sql: str) -> None:
    found = run_check("sql_parses", sql)
    assert found.result == "fail"
    assert found.detail


def test_a_target_inside_the_fences() -> None:
    assert run_check("sql_parses", "```sql\nSELECT 1\n```", {"target": "block:1"}).result == "pass"


@pytest.mark.parametrize("sql", ["CALL p(1)", "VACUUM", "SELECT 1; VACUUM", "CREATE frobnicate x"])
def test_what_the_parser_only_stores_is_not_decided(sql: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        found = run_check("sql_parses", sql)
    assert found.result == "error"
    assert found.detail.startswith("the parser does not go into ")
    assert caplog.records == []  # sqlglot would warn, and its logger is not ours to silence
    assert logging.getLogger("sqlglot").filters == []


@pytest.mark.parametrize(
    ("sql", "dialect", "result"),
    [
        ("SELECT `a` FROM t", "mysql", "pass"),
        ("SELECT `a` FROM t", "postgres", "fail"),
        ("FROM t", "duckdb", "pass"),
        ("SELECT a, FROM t", "bigquery", "pass"),
        ("SELECT TOP 10 a FROM t", "sqlite", "fail"),
        ("SELECT a FROM t", "", "pass"),
    ],
)
def test_dialects(sql: str, dialect: str, result: str) -> None:
    assert run_check("sql_parses", sql, {"dialect": dialect}).result == result


def test_an_unknown_dialect_names_those_there_are() -> None:
    with pytest.raises(UserError, match=r"^check sql_parses: dialect: no such dialect; there are: .*mysql.*sqlite"):
        run_check("sql_parses", "SELECT 1", {"dialect": "sequel"})


def test_the_detail_says_where() -> None:
    assert run_check("sql_parses", "SELECT a\nFROM").detail.startswith("line 2, column 4: Expected table name")


def test_too_long_and_too_deep() -> None:
    assert run_check("sql_parses", "SELECT " + "a, " * (MAX_SQL // 3) + "a").result == "error"
    assert run_check("sql_parses", "SELECT " + "(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1)).result == "error"
    assert run_check("sql_parses", "SELECT " + "NOT " * 3000 + "1").result == "error"
    assert run_check("sql_parses", "SELECT " + "(" * 20 + "1" + ")" * 20).result == "pass"


NAMES = st.sampled_from(["a", "b", "orders"])
TERMS = st.recursive(
    NAMES | st.integers(0, 99).map(str),
    lambda term: st.tuples(term, st.sampled_from("+-*/"), term).map(lambda parts: f"({' '.join(parts)})"),
    max_leaves=6,
)


@given(
    st.lists(TERMS, min_size=1, max_size=4),
    NAMES,
    st.none() | st.tuples(TERMS, st.sampled_from(["=", "<", "<>"]), TERMS),
)
def test_queries_made_by_the_grammar_parse(terms: list[str], table: str, where: tuple[str, str, str] | None) -> None:
    query = f"SELECT {', '.join(terms)} FROM {table}" + (f" WHERE {' '.join(where)}" if where else "")
    assert run_check("sql_parses", query).result == "pass"
    assert run_check("sql_parses", f"{query} FROM").result == "fail"
    assert run_check("sql_parses", f"{query})").result == "fail"
