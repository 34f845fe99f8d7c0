"""pytest's fixtures: what a test author sees when the judge says no, or nothing, and what a run without them pays."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import judgekit
from judgekit import Judge, Rubric, Transcript, UserError
from judgekit.integrations.expected import Expected, compare
from judgekit.integrations.outcome import Outcome
from judgekit.integrations.verdict_assertion import AssertVerdict
from judgekit.verdict import CheckResult, CriterionResult, Evidence, Verdict
from tests.integrations.environment import ROOT
from tests.integrations.page import blocks, judge_variables, lay_out
from tests.integrations.samples import ABSTAINED, FAILED, RUBRIC, SAMPLES, courtesy_server
from tests.servers.openai_server import OpenAIServer

TURNS = [{"role": "user", "content": "p"}, {"role": "assistant", "content": SAMPLES[0].response}]


@pytest.fixture(scope="module")
def asked() -> Iterator[Judge]:
    with courtesy_server() as server, Judge("openai/test", base_url=server.base_url) as judge:
        yield judge


def ask(judge: Judge, i: int, **expected: Any) -> tuple[Verdict, dict[str, object]]:
    """The verdict on a sample that is as expected, with the properties that were noted."""
    note: list[tuple[str, object]] = []
    sample = SAMPLES[i - 1]
    given: dict[str, Any] = {
        "prompt": sample.prompt,
        "response": sample.response,
        "rubric": RUBRIC,
        "inputs": {"topic": sample.topic},
    }
    verdict = AssertVerdict(judge, note)(**(given | expected))
    assert len(dict(note)) == len(note)
    return verdict, dict(note)


@pytest.mark.parametrize(
    ("i", "expected"),
    [
        (1, {}),
        (1, {"passed": True, "level": 3, "score": 1.0, "criteria": {"polite": "yes", "on_topic": "yes"}}),
        (3, {"level": 2}),
        (3, {"level": (1, 2), "score": (0, 0.5), "passed": False}),
        (3, {"criteria": {"polite": "no"}, "checks": {"has_words": "pass"}}),
        (15, {"level": (1, 1), "score": (0, 0)}),
        (ABSTAINED, {"checks": {"has_words": "pass"}}),  # decided all the same
        (1, {"prompt": "", "response": None, "messages": TURNS}),
        (1, {"prompt": "", "response": None, "transcript": Transcript.from_messages(TURNS)}),
    ],
)
def test_what_holds(asked: Judge, i: int, expected: dict[str, Any]) -> None:
    verdict, note = ask(asked, i, **expected)
    assert note["judgekit.courtesy.status"] == verdict.status
    assert note["judgekit.courtesy.fingerprint"] == verdict.fingerprint
    assert note["judgekit.courtesy.judge"] == "openai/test"


@pytest.mark.parametrize(
    ("i", "expected", "lines"),
    [
        (3, {}, ["not as expected", "passed: False; wanted True", "polite is no, so the level is at most 2"]),
        (3, {"level": 3}, ["level: 2; wanted 3 or more", "polite: no “go straight on” – As it says."]),
        (1, {"level": (1, 2)}, ["level: 3; wanted 1 to 2", "Number 1 was read."]),
        (5, {"score": 0.75}, ["score: 0.5; wanted 0.75 or more"]),
        (5, {"criteria": {"on_topic": "yes"}}, ["on_topic: no; wanted yes"]),
        (1, {"checks": {"has_words": "fail"}}, ["has_words: pass (", "wanted fail"]),
        (ABSTAINED, {}, ["cannot be told", "passed: None; wanted True", "abstained: Number 7 was read."]),
        (ABSTAINED, {"level": 1}, ["level: none; wanted 1 or more"]),
        (ABSTAINED, {"criteria": {"polite": "yes"}}, ["polite: cannot_tell (abstained); wanted yes"]),
        (FAILED, {"criteria": {"polite": "yes"}}, ["polite: no answer; wanted yes", "refusal: "]),
        (FAILED, {"checks": {"has_words": "pass"}}, ["has_words: not checked; wanted pass"]),
        # an empty response: code decides, and the judge is not asked; the test fails, and is never skipped
        (
            1,
            {"response": "", "criteria": {"polite": "yes"}, "unscored": "skip"},
            ["not as expected", "polite: not asked, for code decided; wanted yes", "Decided by code: has_words"],
        ),
        # a check that came out otherwise decides, whatever the judge could not tell
        (ABSTAINED, {"level": 3, "checks": {"has_words": "fail"}, "unscored": "skip"}, ["not as expected"]),
    ],
)
def test_what_does_not_hold(asked: Judge, i: int, expected: dict[str, Any], lines: list[str]) -> None:
    with pytest.raises(AssertionError) as caught:
        ask(asked, i, **expected)
    told = str(caught.value)
    assert told.startswith("courtesy 1.0.0 by openai/test: ")
    for line in lines:
        assert line in told
    assert told.splitlines()[-1].startswith("  fingerprint: ")


@pytest.mark.parametrize("i", [ABSTAINED, FAILED])
def test_what_is_not_scored_is_skipped_on_demand(asked: Judge, i: int) -> None:
    with pytest.raises(pytest.skip.Exception, match=r"^(abstained|refusal): "):
        ask(asked, i, level=3, unscored="skip")


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({"criteria": {"kind": "yes"}}, "rubric courtesy has no criterion 'kind'; there are: polite, on_topic"),
        ({"checks": {"short": "pass"}}, "rubric courtesy has no check 'short'; there are: has_words"),
        ({"response": None}, "give one of a transcript, response= .* and messages="),
        ({"messages": []}, "give one of a transcript, response= .* and messages="),
        ({"rubric": "no_such"}, "no_such"),
        (
            {"rubric": Rubric.from_text("It is polite.").model_copy(update={"pass_at": None})},
            "has no pass_at: say what",
        ),
    ],
)
def test_mistakes_are_one_line(asked: Judge, expected: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        ask(asked, 1, **expected)
    assert "\n" not in str(caught.value)


def test_two_verdicts_of_one_test_have_two_names(asked: Judge) -> None:
    note: list[tuple[str, object]] = []
    check = AssertVerdict(asked, note)
    for name in (None, None, "tone"):
        check(response=SAMPLES[0].response, rubric=RUBRIC, inputs={"topic": "t"}, name=name)
    status = [key for key, _ in note if key.endswith(".status")]
    assert status == ["judgekit.courtesy.status", "judgekit.courtesy.2.status", "judgekit.tone.status"]
    assert len(dict(note)) == len(note)


def verdict_with(**fields: Any) -> Outcome:
    from datetime import UTC, datetime

    base: dict[str, Any] = {"transcript_id": "q/a", "question_id": "q", "label": "a", "rubric": "r"}
    base |= {"rubric_version": "1", "status": "scored", "score": 1.0, "judge": "openai/x", "fingerprint": "0" * 32}
    return Outcome(Verdict(**(base | {"created": datetime(2026, 1, 1, tzinfo=UTC)} | fields)), Rubric.from_text("x"))


def test_an_answer_without_evidence_decides_nothing() -> None:
    outcome = verdict_with(criteria={"kind": CriterionResult(answer="yes", status="unsupported")})
    assert compare(outcome, Expected(criteria={"kind": "yes"})).undecided == ("kind: yes (unsupported); wanted yes",)


def test_a_check_that_could_not_be_made_decides_nothing() -> None:
    outcome = verdict_with(checks={"runs": CheckResult(result="error", detail="no interpreter")})
    found = compare(outcome, Expected(checks={"runs": "pass"}))
    assert (found.misses, found.undecided) == ((), ("runs: error (no interpreter); wanted pass",))


def test_a_level_where_a_rubric_has_none() -> None:
    with pytest.raises(UserError, match="rubric r gives no level: expect something else"):
        compare(verdict_with(), Expected(level=3))


def test_quotes_cannot_steer_a_terminal() -> None:
    evidence = Evidence(quote="\x1b[31mred\r\nover\u202e" + "x" * 1000, start=0, end=3, message=1)
    criteria = {"holds": CriterionResult(answer="no", status="ok", evidence=(evidence,))}
    outcome = verdict_with(criteria=criteria)

    class Fixed(Judge):
        def score(self, *given: Any, **options: Any) -> Verdict:
            return outcome.verdict

    with Fixed("baseline") as judge, pytest.raises(AssertionError) as caught:
        AssertVerdict(judge, [])(response="x", rubric=Rubric.from_text("x"), criteria={"holds": "yes"})
    told = str(caught.value)
    assert "\x1b" not in told
    assert "\r" not in told
    assert "\u202e" not in told
    assert "⟨U+001B⟩[31mred" in told
    assert max(map(len, told.splitlines())) <= 404


def run_pytest(folder: Path, *options: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """pytest in a process and a folder of its own, where the plug-in is found by its entry point."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        capture_output=True,
        text=True,
        timeout=240,
    )


def test_the_entry_point_is_there() -> None:
    (found,) = entry_points(group="pytest11", name="judgekit")
    assert found.value == "judgekit.integrations.pytest_plugin"


@pytest.mark.slow  # a process of its own
def test_a_run_with_the_built_in_judge_and_one_without_a_judge(tmp_path: Path) -> None:
    # The conftest of the page; the other folder has none, and no judge is named.
    for name in ("with", "without"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"test_{name}.py").write_text(
            "def test_words(assert_verdict):\n"
            f"    assert_verdict(response='Good day.', rubric={str(RUBRIC)!r}, inputs={{'topic': 't'}},\n"
            "                   checks={'has_words': 'pass'})\n"
        )
    (tmp_path / "with" / "conftest.py").write_text(blocks("pytest", "python")[1])
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "test_odd.py").write_text(
        "import pytest\n\n@pytest.fixture\ndef judge():\n    return 3\n\ndef test_odd(assert_verdict):\n    pass\n"
    )
    done = run_pytest(tmp_path)
    assert "1 passed, 2 errors" in done.stdout
    assert "fixture judge: a judgekit.Judge or the name of one was wanted; came 3" in done.stdout
    assert "no judge is named" in done.stdout
    assert "or define a fixture `judge` in conftest.py" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_run_that_does_not_use_it_pays_next_to_nothing() -> None:
    code = (
        "import sys, time, pytest\n"
        "before = set(sys.modules); start = time.process_time()\n"
        "import judgekit.integrations.pytest_plugin\n"
        "print(time.process_time() - start, *sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    cost, *loaded = done.stdout.split()
    assert float(cost) < 0.03  # it takes under a millisecond here
    assert loaded == ["judgekit", "judgekit.integrations", "judgekit.integrations.pytest_plugin"]


def test_pytest_is_told_not_to_warn_where_the_package_came_first() -> None:
    # `ipytest.run()` after `import judgekit`: pytest rewrites the modules of plug-ins, and warns that it is too late.
    assert "PYTEST_DONT_REWRITE" in (judgekit.__doc__ or "")


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_the_page_as_it_is_written(tmp_path: Path, judge_server: OpenAIServer, options: tuple[str, ...]) -> None:
    lay_out(tmp_path)
    (tmp_path / "test_courtesy.py").write_text(blocks("pytest", "python")[0])
    (command,) = [line for block in blocks("pytest", "sh") for line in block.splitlines() if line.startswith("pytest")]
    done = run_pytest(tmp_path, *command.split()[1:], *options, "-rs", env=dict(judge_variables(judge_server)))
    # Not polite: 3 6 9 12 15 18 21, which fail; 7 and 11 are skipped with their reason; 13 are left.
    assert "7 failed, 13 passed, 2 skipped" in done.stdout, done.stdout + done.stderr
    assert "polite is no, so the level is at most 2" in done.stdout
    assert "verdict_assertion.py" not in done.stdout  # what is shown is the test, and nothing of the plug-in
    assert "SKIPPED [1]" in done.stdout
    assert "refusal: " in done.stdout

    cases = ElementTree.parse(tmp_path / "report.xml").getroot().findall(".//testcase")
    assert Counter(one.tag for case in cases for one in case if one.tag != "properties") == {"failure": 7, "skipped": 2}
    for case in cases:
        sample = next(one for one in SAMPLES if one.id in case.attrib["name"])
        held = {one.attrib["name"]: one.attrib["value"] for one in case.findall("properties/property")}
        assert held.get("judgekit.courtesy.score") == (None if sample.score is None else str(sample.score))
        for name, value in sample.values.items():
            assert held[f"judgekit.courtesy.answers.{name}"] == ("yes" if value else "no")
        assert len(held["judgekit.courtesy.fingerprint"]) == 32
        if sample.i == FAILED:
            assert held["judgekit.courtesy.reason"].startswith("refusal: ")


@pytest.mark.slow
def test_a_judge_by_name_and_coverage_of_others(tmp_path: Path) -> None:
    # A conftest may name a judge; and a package that is measured beside the plug-in is measured from its first line.
    (tmp_path / "app.py").write_text("def answer():\n    return 'Good day.'\n")
    (tmp_path / "conftest.py").write_text("import pytest\n\n@pytest.fixture\ndef judge():\n    return 'baseline'\n")
    (tmp_path / "test_app.py").write_text(
        "from app import answer\n\ndef test_answer(assert_verdict):\n"
        f"    assert_verdict(response=answer(), rubric={str(RUBRIC)!r}, inputs={{'topic': 't'}},\n"
        "                   checks={'has_words': 'pass'})\n"
    )
    done = run_pytest(tmp_path, "--cov=app", "--cov-report=term", env={"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"})
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert "100%" in done.stdout
