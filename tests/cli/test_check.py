"""`judgekit check`: one check on the text of standard input."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from judgekit.checks import check_names, describe_check
from judgekit.cli.check import command
from judgekit.cli.main import COMMANDS
from tests.cli.running import ROOT, START, invoke, on_terminal


def test_the_list_says_what_the_command_says() -> None:
    assert (command.__doc__ or "").splitlines()[0] == COMMANDS["check"]


@pytest.mark.parametrize(
    ("text", "arguments", "code", "lines"),
    [
        (
            "one two three\n",
            ["word_count", "--with", "exactly=3"],
            0,
            ["word_count: pass", "measured: 3", 'expected: {"exactly":3}', "words: 3, wanted exactly 3"],
        ),
        (
            "one two",
            ["word_count", "--with", "at_least=3", "--with", "at_most=4"],
            1,
            [
                "word_count: fail",
                "measured: 2",
                'expected: {"at_least":3,"at_most":4}',
                "words: 2, wanted at least 3 and at most 4",
            ],
        ),
        ("no code", ["python_parses"], 1, ["python_parses: not_applicable", "there is no fenced block of Python"]),
        (
            "VACUUM",
            ["sql_parses"],
            1,
            ["sql_parses: error", 'expected: "SQL"', "the parser does not go into 'VACUUM': not decided"],
        ),
        (
            "```\nx\n```",
            ["has_code"],
            0,
            ["has_code: pass", "measured: 1", 'expected: {"at_least":1}', "fenced blocks with something in them: 1"],
        ),
    ],
)
def test_result_and_exit_code(text: str, arguments: list[str], code: int, lines: list[str]) -> None:
    result = invoke("check", *arguments, stdin=text)
    assert (result.exit_code, result.stdout.splitlines(), result.stderr) == (code, lines, "")


def test_values_are_json_or_else_text() -> None:
    def measured(check: str, *pairs: str) -> object:
        arguments = [argument for pair in pairs for argument in ("--with", pair)]
        return json.loads(invoke("check", check, *arguments, "--json", stdin="a; b = 5; c").stdout)["measured"]

    assert measured("separated_by", "separator=;") == 3
    assert measured("separated_by", 'separator=";"') == 3
    assert measured("contains", 'all=["a", "b"]', "ignore_case=true") == ["a", "b"]
    assert measured("matches", "pattern=b = [0-9]") == "'b = 5'"
    assert measured("contains", 'all="5"') == ["5"]


def test_json() -> None:
    result = invoke("check", "word_count", "--with", "exactly=2", "--json", stdin="one\n")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "check": "word_count",
        "result": "fail",
        "measured": 1,
        "expected": {"exactly": 2},
        "detail": "words: 1, wanted exactly 2",
    }


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_last_end_of_line_is_the_files(end: str) -> None:
    result = invoke(
        "check", "separated_by", "--with", 'separator="\\n"', "--with", "parts=2", stdin=f"a\nb{end}".encode()
    )
    assert result.exit_code == 0


def test_a_byte_order_mark_is_no_text() -> None:
    assert invoke("check", "char_count", "--with", "exactly=1", stdin=b"\xef\xbb\xbfa").exit_code == 0


@pytest.mark.parametrize("arguments", [[], ["--list"]])
def test_all_are_listed_one_a_line(arguments: list[str]) -> None:
    result = invoke("check", *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == check_names()
    assert [line.split(maxsplit=1)[1] for line in lines] == [describe_check(name).summary for name in check_names()]


def test_the_list_as_json() -> None:
    rows = json.loads(invoke("check", "--json").stdout)
    assert [row["name"] for row in rows] == check_names()
    assert rows[0]["params"][0] == {
        "name": "exactly",
        "type": "whole number",
        "required": False,
        "default": None,
        "about": "This many.",
    }


def test_one_check_is_described() -> None:
    result = invoke("check", "matches", "--list")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "matches (judgekit): Searches a regular expression."
    words = result.stdout.split()
    assert "pattern" in words
    assert "needed" in words
    assert '"response"' in words
    assert json.loads(invoke("check", "matches", "--list", "--json").stdout)["name"] == "matches"
    assert "numbered" in invoke("check", "bullet_count", "--list").stdout


@pytest.mark.parametrize(
    ("arguments", "text", "message"),
    [
        (
            ["word_cuont"],
            "x",
            "check 'word_cuont' is not known: did you mean 'word_count'? `judgekit check --list` shows them all",
        ),
        (["zzz", "--list"], "", "check 'zzz' is not known: `judgekit check --list` shows them all"),
        (
            ["word_count", "--with", "exact=3"],
            "x",
            "check word_count has no parameter 'exact'; it knows: exactly, at_least, at_most, target",
        ),
        (["word_count", "--with", "exactly"], "x", "--with 'exactly' is no KEY=VALUE; write it like --with exactly=14"),
        (["word_count", "--with", "=3"], "x", "--with '=3' is no KEY=VALUE; write it like --with exactly=14"),
        (
            ["contains", "--with", "all=a", "--with", "all=b"],
            "x",
            '--with all stands twice: give it once; a list is written as JSON, all=\'["a", "b"]\'',
        ),
        (
            ["--with", "exactly=3"],
            "x",
            "--with needs the name of a check and a text: judgekit check NAME --with KEY=VALUE < FILE",
        ),
        (
            ["word_count", "--with", "exactly=3"],
            b"abc\xffdef",
            "standard input is not UTF-8: byte 0xff at 3; convert it first",
        ),
    ],
)
def test_wrong_input_is_one_line(arguments: list[str], text: str | bytes, message: str) -> None:
    result = invoke("check", *arguments, stdin=text)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"judgekit: {message}\n")


def test_wrong_parameters_are_told_before_a_text_is_read() -> None:
    result = invoke("check", "word_count", "--with", "exact=3", stdin=b"\xff")
    assert "has no parameter" in result.stderr


def test_nothing_in_the_text_steers_the_terminal() -> None:
    result = invoke("check", "matches", "--with", "pattern=(?s).+", stdin="\x1b[31mred\u202e\n\x07")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    assert "\x07" not in result.stdout


def test_a_terminal_gets_a_table_with_the_parameters() -> None:
    shown, code = on_terminal("check")
    assert code == 0
    assert "takes" in shown
    assert "outside_code" in shown


def test_a_person_at_a_terminal_is_told_what_is_waited_for() -> None:
    shown, code = on_terminal("check", "word_count", "--with", "exactly=1", interrupt_if=lambda: True)
    assert "end it with Ctrl-D" in shown
    assert code == 130


def test_a_text_of_any_form() -> None:
    for text in (b"", b"\x00" * 100, "`" * 5000, "{% raw %}{{ x }}"):
        result = invoke("check", "word_count", "--with", "at_least=0", stdin=text)
        assert result.exit_code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
def test_a_closed_standard_input_is_said() -> None:
    command = f"exec '{sys.executable}' -c '{START}' check word_count --with exactly=1 <&-"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    wanted = "judgekit: standard input is closed: give a file, judgekit check NAME < FILE\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", wanted)
