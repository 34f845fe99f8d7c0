"""The check for SQL text that is built from values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgekit.checks import run_check


def count(code: str) -> object:
    found = run_check("python_no_interpolated_sql", f"```python\n{code}\n```")
    assert found.result == ("fail" if found.measured else "pass")
    return found.measured


@pytest.mark.parametrize(
    "code",
    [
        "sql = f\"SELECT * FROM t WHERE name = '{name}'\"",
        'sql = "SELECT * FROM t WHERE id = " + str(i)',
        'sql = "SELECT * FROM t WHERE id = %s" % i',
        'sql = "SELECT * FROM t WHERE id = %(i)s" % {"i": i}',
        'sql = "SELECT * FROM t WHERE id = {}".format(i)',
        'sql = "SELECT * FROM t WHERE id = {i}".format(i=1)',
        'sql = f"DELETE FROM {table}"',
        'sql = f"insert into t values ({v})"',
        'sql = f"UPDATE t\\nSET a = {v}"',
        'sql = "SELECT * " + "FROM t " + "WHERE x = " + x',
        'sql = "SELECT * " "FROM t WHERE x = " + x',
        'sql = ("SELECT " + columns) + " FROM t"',
        'sql = f"SELECT {a}" f" FROM {b}"',
        'sql = "SELECT a FROM t WHERE b = " + x + " AND c = " + y',
        'run((f"SELECT a FROM t WHERE b = {c}").strip())',
        'sql = prefix + f"SELECT a FROM t WHERE b = {c}"',
        "f\"{run(f'SELECT a FROM t WHERE b = {c}')}\"",
        'x - (y + ("SELECT a FROM t WHERE b = " + c))',
        'sql = "SELECT a FROM t WHERE b = %s" % (c,)',
        'sql = ("SELECT a FROM " + t) % ()',
    ],
)
def test_one_hole(code: str) -> None:
    assert count(code) == 1


@pytest.mark.parametrize(
    "code",
    [
        'run("SELECT * FROM t WHERE id = ?", (i,))',
        'sql = f"SELECT * FROM t WHERE name = ?"',  # nothing to fill in
        'sql = "SELECT * " + "FROM t WHERE id = ?"',
        'sql = "SELECT * FROM t WHERE id = %s" % 5',  # a literal is no value from outside
        'sql = "SELECT * FROM t WHERE id IN (%s, %s)" % (1, -2)',
        'sql = "SELECT * FROM t".format()',
        'q = f"%{q}%"',
        'q = "%" + q + "%"',
        'm = f"please select {n} items"',  # a verb without its clause
        'm = f"from {a} to {b}, select it"',  # in the wrong order
        'm = "selected " + x + " fromage"',  # whole words only
        "x = sql + name",  # no literal text: what a variable holds is not followed
        'd = {"select": f"{x}", "from": y}',
        "n = 5 % 3 + a * b",
        '"SELECT * FROM t" and f"{x}"',
    ],
)
def test_no_hole(code: str) -> None:
    assert count(code) == 0


def test_holes_are_counted_and_their_lines_named() -> None:
    code = 'a = f"SELECT x FROM t WHERE y = {z}"\n\nb = "DELETE FROM t WHERE y = " + z'
    assert count(code) == 2
    assert run_check("python_no_interpolated_sql", f"```py\n{code}\n```").detail == "found: line 1, line 3"


def test_many_words_take_no_long_time() -> None:
    # 8,000 verbs without a clause: one pattern over both would look from each to the end.
    assert count('x = f"' + "select {y} " * 400 + '"\n' + ('z = "' + "select " * 9000 + '" + y')) == 0


VALUES = st.sampled_from(["name", "str(i)", "row['id']", "a.b"])


@given(st.lists(VALUES, min_size=1, max_size=4), st.sampled_from(["+", "f", "%", "format"]))
def test_every_way_of_building_is_one_expression(values: list[str], way: str) -> None:
    if way == "+":
        code = '"SELECT a FROM t WHERE b = "' + "".join(f' + {value} + " OR c = "' for value in values)
    elif way == "f":
        code = 'f"SELECT a FROM t WHERE ' + " OR ".join(f"b = {{{value}}}" for value in values).replace("'", "") + '"'
    else:
        places = " OR ".join(["b = " + ("%s" if way == "%" else "{}")] * len(values))
        arguments = f"({', '.join(values)},)"
        code = f'"SELECT a FROM t WHERE {places}"' + (f" % {arguments}" if way == "%" else f".format{arguments}")
    assert count(f"sql = {code}") == 1
