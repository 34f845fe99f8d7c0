"""Every error is one line and an exit code; help is quick; nothing a user passes steers the terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from judgekit.cli.main import COMMANDS, _load
from judgekit.errors import JudgeError, UserError
from judgekit.verdict import Verdict
from tests.cli.running import ROOT, START, invoke, process
from tests.reporting.made import HOSTILE, verdict
from tests.reporting.stored import stored


def one_line(stderr: str) -> str:
    lines = stderr.splitlines()
    assert len(lines) == 1, stderr
    return lines[0]


def test_version_is_that_of_the_distribution() -> None:
    result = invoke("--version")
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.fullmatch(r"judgekit (\d+\.\d+\.\d+\S*|\(not installed: .*\))\n", result.stdout)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_lists_every_command(arguments: list[str]) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 0
    for name, summary in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(summary)}$", result.stdout, re.MULTILINE)


def commands() -> list[str]:
    return [name for name in COMMANDS if (ROOT / "judgekit" / "cli" / f"{name}.py").is_file()]


def test_a_group_without_its_command_shows_its_help() -> None:
    result = invoke("rubric")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == invoke("rubric", "--help").stdout


@pytest.mark.parametrize("name", commands())
def test_each_command_has_help(name: str) -> None:
    result = invoke(name, "--help")
    assert (result.exit_code, result.stderr) == (0, "")
    assert f" {name} " in result.stdout.splitlines()[0]


@pytest.mark.parametrize("name", ["score", "summary", "export", "report", "agree", "compare", "plan", "demo"])
def test_the_list_says_what_the_command_says(name: str) -> None:
    docstring = import_module(f"judgekit.cli.{name}").command.__doc__
    assert docstring.splitlines()[0] == COMMANDS[name]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scor"], "No such command 'scor'. Did you mean 'score'? See 'judgekit --help'."),
        (["--nonsense"], "No such option: --nonsense. See 'judgekit --help'."),
        (["summary"], "Missing argument 'RUN'. See 'judgekit summary --help'."),
        (["report", "x.db"], "Missing option '-o' / '--output'. See 'judgekit report --help'."),
        (["export", "x.db", "--form", "csv"], "No such option: --form"),
        (["score", "x", "--concurrency", "many"], "Invalid value for '--concurrency'"),
        (["score", "x", "--concurrency", "0"], "Invalid value for '--concurrency'"),
        (["summary", "no-such.db"], "no-such.db"),
        (["summary", "\x1b[31m\x07.db"], "⟨U+001B⟩[31m⟨U+0007⟩.db"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_exit_2(arguments: list[str], message: str) -> None:
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    line = one_line(result.stderr)
    assert line.startswith("judgekit: ")
    assert message in line


def test_a_process_calls_itself_judgekit_whatever_started_it() -> None:
    running = process("scor")
    _, stderr = running.communicate(timeout=60)
    assert running.returncode == 2
    assert one_line(stderr.decode()).endswith("See 'judgekit --help'.")


@pytest.mark.parametrize(
    ("raised", "code", "message"),
    [
        (UserError("wanted a\n  b"), 2, "judgekit: wanted a b"),
        (JudgeError("the server is down"), 1, "judgekit: the server is down"),
        (
            PermissionError(13, "Permission denied", "a/b"),
            2,
            "judgekit: cannot use 'a/b': Permission denied; check the",
        ),
        (OSError(28, "No space left on device"), 1, "judgekit: cannot write the result: No space left on device"),
        (ZeroDivisionError("x"), 1, "judgekit: this is a fault in judgekit, not in your input: ZeroDivisionError: x;"),
        (KeyboardInterrupt(), 130, ""),
        (EOFError(), 1, "judgekit: stopped: no answer could be read"),
        (typer.Exit(1), 1, ""),
    ],
)
def test_what_a_command_raises_becomes_a_line_and_a_code(
    monkeypatch: pytest.MonkeyPatch, raised: BaseException, code: int, message: str
) -> None:
    failing(monkeypatch, raised)
    result = invoke("summary", "x.db")
    assert result.exit_code == code
    assert "".join(result.stderr.splitlines()).startswith(message)
    assert "Traceback" not in result.stderr


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, ZeroDivisionError("x"))
    for value, shown in (("1", True), ("0", False), ("", False)):
        assert ("Traceback" in invoke("summary", "x.db", env={"JUDGEKIT_DEBUG": value}).stderr) == shown


def failing(monkeypatch: pytest.MonkeyPatch, raised: BaseException) -> None:
    """`judgekit summary` is a command that raises: what is under test is what `main` makes of it."""

    def command(run: str) -> None:
        raise raised

    monkeypatch.setattr("judgekit.cli.summary.command", command)


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    path = stored(tmp_path / "run.db", [many(i) for i in range(2000)]).path
    with process("export", path) as export:
        assert export.stdout is not None
        assert export.stderr is not None
        export.stdout.readline()
        export.stdout.close()
        assert export.stderr.read() == b""
        assert export.wait(timeout=60) == 1


def test_output_that_waited_for_the_end_meets_no_reader(tmp_path: Path) -> None:
    unflushed = "def command(run: str) -> None: sys.stdout.write('x')"
    start = f"import sys, judgekit.cli.summary as summary\n{unflushed}\nsummary.command = command\n{START}"
    with process("summary", "x.db", start=start) as waiting:
        assert waiting.stdout is not None
        assert waiting.stderr is not None
        waiting.stdout.close()
        assert waiting.stderr.read() == b""
        assert waiting.wait(timeout=60) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize(
    ("argument", "streams", "code"),
    [
        ("{run}", ">&-", 0),
        ("{run}", ">&- 2>&- <&-", 0),
        ("no.db", "2>&-", 2),
        ("no.db", "2>/dev/full", 2),
        ("{run}", ">/dev/full", 1),
    ],
)
def test_a_stream_that_cannot_be_written_ends_in_the_right_code(
    tmp_path: Path, argument: str, streams: str, code: int
) -> None:
    path = stored(tmp_path / "run.db", [verdict()]).path
    command = f"exec '{sys.executable}' -c '{START}' summary '{argument.format(run=path)}' {streams}"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert done.returncode == code
    assert len(done.stderr.splitlines()) <= 1
    assert "fault in judgekit" not in done.stderr


@pytest.mark.parametrize("arguments", [["summary", "x" * 300], ["report", "x.db", "-o", "x" * 300]])
def test_a_name_that_no_file_can_have_is_the_users_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    stored(tmp_path / "x.db", [verdict()])
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert "File name too long" in one_line(result.stderr)


def many(i: int) -> Verdict:
    return verdict(transcript_id=f"q{i}", question_id=f"q{i}", fingerprint=f"{i:032x}", explanation="x" * 200)


def test_a_terminal_that_knows_few_letters_is_no_error(tmp_path: Path) -> None:
    path = stored(tmp_path / "run.db", [verdict(label="模型")]).path
    summary = process("summary", path, env={"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"})
    stdout, stderr = summary.communicate(timeout=60)
    assert (summary.returncode, stderr) == (0, b"")
    assert rb"\u6a21\u578b" in stdout


@pytest.mark.parametrize("arguments", [["--help"], ["score", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = f"import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); {START}"
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "typer" in loaded
    assert not loaded & {"openai", "instructor", "scipy", "numpy", "matplotlib", "pyarrow", "sqlglot", "jinja2"}


@pytest.mark.parametrize("text", [HOSTILE[name] for name in ("ansi", "c1", "markup", "right_to_left", "carriage")])
def test_a_message_about_hostile_text_cannot_steer_the_terminal(text: str) -> None:
    result = invoke("summary", f"{text}.db")
    assert result.exit_code == 2
    assert not {char for char in one_line(result.stderr) if ord(char) < 32 or 127 <= ord(char) < 160}
    assert "\u202e" not in result.stderr


def options(command: Any) -> Iterator[str]:
    """Every flag of a command and of those below it."""
    for param in command.params:
        yield from (flag for flag in (*param.opts, *param.secondary_opts) if flag.startswith("-"))
    for below in getattr(command, "commands", {}).values():
        yield from options(below)


@pytest.mark.parametrize("name", commands())
def test_each_command_and_each_flag_is_documented(name: str) -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    section = re.search(rf"^## judgekit {name}\b.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    below = getattr(_load(name), "commands", {})
    assert not {sub for sub in below if f"judgekit {name} {sub}" not in section[0]}
    missing = {flag for flag in options(_load(name)) if not re.search(rf"`{flag}\b", section[0])}
    assert missing - {"--help", "-h"} == set()


def test_the_document_names_no_flag_that_is_not_there() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    known = {flag for name in commands() for flag in options(_load(name))} | {"--help", "--version"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) - known == set()


def test_every_variable_in_the_document_is_that_of_its_flag() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    documented = dict(
        re.findall(r"^\| `(--[a-z-]+)[^|]*(?:\\\|[^|]*)*` \| `(JUDGEKIT_[A-Z_]+)` \|", text, re.MULTILINE)
    )
    real = {param.opts[0]: param.envvar for param in _load("score").params if param.envvar}
    assert documented == real
    assert all(variable == "JUDGEKIT_" + flag[2:].upper().replace("-", "_") for flag, variable in real.items())
