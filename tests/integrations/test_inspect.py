"""Inspect: scores in its logs, its own model as the judge, and a run's verdicts written back into a log."""

from __future__ import annotations

import asyncio
import json
import math
import pickle
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from judgekit import Judge, Question, QuestionSet, UserError, load_transcripts
from judgekit.integrations import inspect as adapter
from judgekit.integrations.inspect_export import Written, export_to_inspect, rubric_of
from judgekit.integrations.inspect_judges import Judges, own_model, scorer_of
from judgekit.running.run import open_run
from tests.cli.running import invoke
from tests.integrations import environment
from tests.integrations.inspect_logs import lay_out_task, read_log, unscored_log
from tests.integrations.page import MOST_S, blocks, judge_variables
from tests.integrations.samples import ABSTAINED, FAILED, MEAN, N_SCORED, ON_TOPIC, POLITE, RUBRIC, SAMPLES, N, reply
from tests.io.inspect_files import parts, sample, write_zip
from tests.servers.openai_server import OpenAIServer

MEANS = {"score": MEAN, "polite": POLITE, "on_topic": ON_TOPIC, "has_words": 1.0}


class Score:
    """What of Inspect's score the adapter makes."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields

    @classmethod
    def unscored(cls, **fields: Any) -> Score:
        return cls(value=math.nan, **fields)


class Said:
    """A message of Inspect's."""

    def __init__(self, role: str, content: str) -> None:
        self.role, self.content = role, content

    def model_dump(self) -> dict[str, Any]:
        return {"role": self.role, "content": self.content}


@pytest.fixture
def harness_at_hand(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The little of Inspect that the adapter calls."""
    at_hand = SimpleNamespace(roles={}, registered=[], log=None, written={})

    def scorer(metrics: Any, name: str) -> Any:
        at_hand.registered.append((name, metrics))
        return lambda made: made

    def score(log: Any, scorers: list[Any], **options: Any) -> Any:
        at_hand.roles_then = log.eval.model_roles
        asyncio.run(scored_by(log, scorers))
        return log

    async def scored_by(log: Any, functions: list[Any]) -> None:
        for one in log.samples:
            state = SimpleNamespace(sample_id=one.id, epoch=one.epoch, output=SimpleNamespace(completion="as it is"))
            one.scores = [await function(state, []) for function in functions]

    def read_eval_log(path: str, resolve_attachments: bool) -> Any:
        if at_hand.log is None:
            raise ValueError("no\nlog")
        return at_hand.log

    def write_eval_log(log: Any, path: str) -> None:
        if at_hand.written is None:
            raise OSError("the disk is full")
        at_hand.written[Path(path).suffix] = log
        Path(path).write_text("written")

    kinds = {f"ChatMessage{role}": role.lower() for role in ("System", "User", "Assistant")}
    modules: dict[str, dict[str, Any]] = {
        "inspect_ai": {"score": score},
        "inspect_ai.log": {"read_eval_log": read_eval_log, "write_eval_log": write_eval_log},
        "inspect_ai.model": {name: partial(Said, role) for name, role in kinds.items()}
        | {"get_model": lambda role, required: at_hand.roles[role]},
        "inspect_ai.scorer": {"Score": Score, "scorer": scorer, "mean": lambda: "mean", "stderr": lambda: "stderr"},
    }
    for name, held in modules.items():
        module = ModuleType(name)
        vars(module).update(held)
        monkeypatch.setitem(sys.modules, name, module)
    yield at_hand
    vars(adapter)["_registered"].cache_clear()


def state(i: int, **fields: Any) -> Any:
    """What Inspect hands to a scorer."""
    sample = SAMPLES[i - 1]
    said = Said("assistant", sample.response)
    given = {
        "sample_id": sample.id,
        "epoch": 1,
        "input": sample.prompt,
        "messages": [Said("user", sample.prompt), said],
        "output": SimpleNamespace(choices=[SimpleNamespace(message=said)]),
        "metadata": {"topic": sample.topic},
        "model": SimpleNamespace(api="mockllm", name="model"),
    }
    return SimpleNamespace(**(given | fields))


def scored(judges: Judges, *states: Any) -> list[dict[str, Any]]:
    async def all_of_them() -> list[Any]:
        return await asyncio.gather(*(scorer_of(judges)(one, ["go on"]) for one in states))

    return [one.fields for one in asyncio.run(all_of_them())]


def test_the_module_imports_no_harness() -> None:
    code = "import sys, judgekit.integrations.inspect; print({'inspect_ai', 'openai', 'pydantic'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_without_the_package_there_is_one_line() -> None:
    with pytest.raises(UserError, match=r"inspect_ai.scorer was wanted .* pip install inspect-ai") as caught:
        _ = adapter.rubric_scorer
    assert "\n" not in str(caught.value)
    with pytest.raises(AttributeError, match="no attribute 'rubric_scorers'"):
        _ = adapter.rubric_scorers


def test_scores_and_what_has_none(judge_server: OpenAIServer, harness_at_hand: SimpleNamespace) -> None:
    judges = Judges(RUBRIC, "openai/test", None, None, {"base_url": judge_server.base_url})
    silent = state(2, messages=[Said("user", "Hello?")], output=None)
    one, six, abstained, failed, no_answer, no_topic = scored(
        judges, state(1), state(6), state(ABSTAINED), state(FAILED), silent, state(3, metadata={})
    )
    assert one["value"] == {"score": 1.0, "polite": 1.0, "on_topic": 1.0, "has_words": 1.0}
    assert one["answer"] == SAMPLES[0].response
    assert "“go straight on”" in one["explanation"]
    assert one["metadata"]["transcript_id"] == "q01/mockllm/model"
    assert six["value"] == {"score": 0.5, "polite": 0.0, "on_topic": 1.0, "has_words": 1.0}
    assert math.isnan(abstained["value"])
    assert abstained["reason"] == "abstained"
    assert (failed["reason"], failed["metadata"]["failure_kind"]) == ("grader_failed", "refusal")
    assert failed["explanation"].startswith("refusal: ")
    assert (no_answer["reason"], no_answer["explanation"]) == ("no_response", "no_response: sample 'q02' has no answer")
    assert (no_topic["reason"], no_topic["metadata"]["failure_kind"]) == ("scoring_failed", "missing_input")


def test_an_answer_that_does_not_count_is_nan(harness_at_hand: SimpleNamespace) -> None:
    with OpenAIServer(script=[lambda body: reply(body) | {"polite": UNSUPPORTED}] * 2) as server:  # type: ignore[operator]
        judges = Judges(RUBRIC, "openai/test", None, None, {"base_url": server.base_url})
        (found,) = scored(judges, state(1))
    assert math.isnan(found["value"]["polite"])
    assert found["value"]["on_topic"] == 1.0


UNSUPPORTED = {"evidence": ["not in the answer"], "reason": "As it says.", "answer": "yes"}


def test_a_role_is_a_judge_and_another_model_another_one(harness_at_hand: SimpleNamespace) -> None:
    harness_at_hand.roles["grader"] = Model("openai/a", temperature=0.5)
    judges = Judges(RUBRIC, "inspect/grader", None, None, {})
    one, failed, cut, broken = scored(judges, state(1), state(FAILED), state(4), state(8))
    assert one["value"]["score"] == 1.0
    assert one["metadata"]["judge"] == "inspect/openai/a"
    assert one["metadata"]["usage"] == {"prompt_tokens": 12, "completion_tokens": 5, "cached_tokens": 4}
    assert failed["metadata"]["failure_kind"] == "refusal"
    assert cut["metadata"]["failure_kind"] == "truncated"
    assert broken["explanation"].startswith("http_error: RuntimeError: the server is down")
    before = one["metadata"]["fingerprint"]
    assert scored(judges, state(1))[0]["metadata"]["fingerprint"] == before
    for other in (Model("openai/b", temperature=0.5), Model("openai/a", temperature=0.7)):
        harness_at_hand.roles["grader"] = other
        assert scored(judges, state(1))[0]["metadata"]["fingerprint"] != before
    with pytest.raises(UserError, match="judge inspect/grader: Inspect calls it, so base_url cannot be given"):
        Judges(RUBRIC, "inspect/grader", None, None, {"base_url": "http://127.0.0.1:1"})
    with pytest.raises(UserError, match="there is no rubric 'courtesies'"):
        Judges("courtesies", "inspect/grader", None, None, {})


class Model:
    """A model of Inspect's that answers as the samples say; number 4 is cut off, and at number 8 the server fails."""

    def __init__(self, name: str, **config: Any) -> None:
        self.name = name
        self.config = SimpleNamespace(model_dump=lambda include, exclude_none: config)

    def __str__(self) -> str:
        return self.name

    async def generate(self, messages: list[Said]) -> Any:
        said = reply({"messages": [one.model_dump() for one in messages]})
        text = f"```json\n{json.dumps(said)}\n```" if isinstance(said, dict) else "I cannot help with that."
        used = SimpleNamespace(input_tokens=6, input_tokens_cache_read=4, input_tokens_cache_write=2, output_tokens=5)
        if "answer 4 of" in messages[-1].content:
            return SimpleNamespace(completion=text[:30], stop_reason="max_tokens", usage=None, error=None)
        error = "the server is down" if "answer 8 of" in messages[-1].content else None
        return SimpleNamespace(completion=text, stop_reason="stop", usage=used, error=error)


def test_a_scorer_goes_to_another_process_by_the_name_of_its_judge(harness_at_hand: SimpleNamespace) -> None:
    judges = pickle.loads(pickle.dumps(Judges(RUBRIC, "baseline", None, {"topic": "x"}, {})))
    (found,) = scored(judges, state(1))
    assert found["reason"] == "abstained"
    with Judge("baseline") as made, pytest.raises(UserError, match="give it by name"):
        pickle.dumps(Judges(RUBRIC, made, None, None, {}))
    assert own_model(Model("openai/a")).settings.judge == "inspect/openai/a"


def test_the_scorer_is_known_by_one_name(judge_server: OpenAIServer, harness_at_hand: SimpleNamespace) -> None:
    scorer = adapter.rubric_scorer(str(RUBRIC), judge="baseline")
    assert harness_at_hand.registered == [("judgekit/rubric_scorer", {"*": ["mean", "stderr"]})]
    assert adapter.rubric_scorer is adapter.rubric_scorer
    found = asyncio.run(scorer(state(1), [])).fields
    assert found["metadata"]["checks"]["has_words"]["result"] == "pass"


@pytest.fixture
def run_and_log(tmp_path: Path, judge_server: OpenAIServer) -> tuple[Path, Path]:
    """A run over a log of four samples: 1, one that cannot be told, one that failed, and one without an answer."""
    kept = [SAMPLES[i - 1] for i in (1, ABSTAINED, FAILED)]
    samples = [
        sample(
            one.id, messages=[{"role": "user", "content": one.prompt}, {"role": "assistant", "content": one.response}]
        )
        for one in kept
    ]
    log = write_zip(
        tmp_path / "log.eval", parts([*samples, sample("silent", messages=[{"role": "user", "content": "?"}])])
    )
    run = tmp_path / "run.db"
    with Judge("openai/test", base_url=judge_server.base_url) as judge:
        questions = QuestionSet(
            questions=tuple(Question(id=one.id, rubrics={"courtesy": {"topic": one.topic}}) for one in kept)
        )
        judge.score_many(load_transcripts(log, skip_bad=True), RUBRIC, questions=questions, store=run)
    return run, log


def inspect_log(log: Path) -> Any:
    """The log as Inspect reads it."""
    ids = (SAMPLES[0].id, SAMPLES[ABSTAINED - 1].id, SAMPLES[FAILED - 1].id, "silent")
    samples = [SimpleNamespace(id=one, epoch=1, scores=None) for one in ids]
    return SimpleNamespace(eval=SimpleNamespace(model="openai/x", model_roles={"grader": "x"}), samples=samples)


@pytest.mark.parametrize("ending", [".eval", ".json"])
def test_verdicts_go_back_into_a_copy_of_the_log(
    run_and_log: tuple[Path, Path], harness_at_hand: SimpleNamespace, ending: str
) -> None:
    run, log = run_and_log
    harness_at_hand.log, out = inspect_log(log), log.with_name(f"out{ending}")
    done = invoke("export", str(run), "--format", "inspect", "--log", str(log), "-o", str(out))
    assert (done.exit_code, done.stderr) == (0, f"3 scores in {out}; 1 sample without a verdict\n")
    assert out.read_text() == "written"
    assert sorted(path.name for path in log.parent.iterdir()) == sorted(["log.eval", f"out{ending}", "run.db"])
    written = harness_at_hand.written[ending]
    (first,), (abstained,), (failed,), (silent,) = (one.scores for one in written.samples)
    assert first.fields["value"] == {"score": 1.0, "polite": 1.0, "on_topic": 1.0, "has_words": 1.0}
    assert (first.fields["answer"], first.fields["metadata"]["question_id"]) == ("as it is", "q01")
    assert (abstained.fields["reason"], failed.fields["reason"], silent) == ("abstained", "grader_failed", None)
    assert harness_at_hand.registered == [("courtesy", {"*": ["mean", "stderr"]})]
    assert (harness_at_hand.roles_then, written.eval.model_roles) == (None, {"grader": "x"})


def test_a_log_without_any_score_shows_the_keys(tmp_path: Path, harness_at_hand: SimpleNamespace) -> None:
    log = write_zip(tmp_path / "log.eval", parts([sample(SAMPLES[0].id)]))
    harness_at_hand.log = inspect_log(log)
    with Judge("baseline") as judge:
        run = judge.score_many(load_transcripts(log), RUBRIC, store=tmp_path / "run.db")
        assert [one.status for one in run.verdicts()] == ["failed"]  # its topic is missing
    assert export_to_inspect(run, log, tmp_path / "out.json") == Written(scores=1, without=3)
    assert harness_at_hand.registered == [("courtesy", {"score": ["mean", "stderr"]})]


def test_the_run_of_another_log_is_told(run_and_log: tuple[Path, Path], harness_at_hand: SimpleNamespace) -> None:
    run, log = run_and_log
    out = log.with_name("out.eval")

    def export(other: Path) -> str:
        done = invoke("export", str(run), "--format", "inspect", "--log", str(other), "-o", str(out))
        assert (done.exit_code in (1, 2), done.stderr.count("\n")) == (True, 1)
        assert not out.exists()
        return done.stderr

    other = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "Another answer."}]
    same_ids = write_zip(log.with_name("b.eval"), parts([sample(SAMPLES[0].id, messages=other)]))
    assert "quotes 'go straight on', which does not stand there in" in export(same_ids)
    assert "has no verdict on a sample of" in export(write_zip(log.with_name("c.eval"), parts([sample("zzz")])))
    rows = log.with_name("rows.jsonl")
    rows.write_text(json.dumps({"prompt": "Is water wet?", "response": "Yes."}))
    assert "is jsonl: wanted the Inspect log that was judged" in export(rows)
    assert "Inspect cannot read it: ValueError: no log" in export(log)
    harness_at_hand.log, harness_at_hand.written = inspect_log(log), None
    assert "cannot write" in export(log)


def test_points_are_worth_what_a_shipped_rubric_says(tmp_path: Path) -> None:
    row = json.dumps({"prompt": "Is water wet?", "response": "Yes."})
    (tmp_path / "t.jsonl").write_text(row)
    invoke(
        "score",
        str(tmp_path / "t.jsonl"),
        "--judge",
        "baseline",
        "--rubric",
        "brevity",
        "--run",
        str(tmp_path / "r.db"),
    )
    run = open_run(tmp_path / "r.db")
    found = rubric_of(run, "brevity")
    assert found is not None
    assert found.name == "brevity"
    assert rubric_of(run, "sycophancy") is None  # the run did not use it
    assert rubric_of(run, "nobody's") is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "inspect"), "wanted --log LOG, and -o FILE that ends in .eval or .json"),
        (("--format", "inspect", "--log", "l.eval", "-o", "-"), "wanted --log LOG, and -o FILE"),
        (("--log", "l.eval"), "--log is for --format inspect"),
        (("--format", "inspect", "--log", "l.eval", "-o", "l.eval"), "'l.eval' would replace the source"),
        (("--format", "inspect", "--log", "l.eval", "-o", "out.csv"), "wanted a name that ends in .eval or .json"),
        (("--format", "inspect", "--log", "l.eval", "-o", "out.eval"), "l.eval is empty"),
        (("--format", "inspect", "--log", "real.eval", "-o", "out.eval"), "inspect_ai was wanted and does not import"),
    ],
)
def test_an_export_that_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("l.eval").write_text("")
    write_zip(Path("real.eval"), parts([sample(1)]))
    assert invoke("score", "real.eval", "--judge", "baseline", "--rubric", "brevity", "--run", "run.db").exit_code == 1
    done = invoke("export", "run.db", *arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.harness
def test_the_page_as_it_is_written(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("inspect")
    lay_out_task(tmp_path)
    first, second = blocks("inspect", "console")
    for command in [*first.splitlines(), *second.splitlines()]:
        done = harness.run("bash", "-c", command, cwd=tmp_path, env=judge_variables(judge_server), ok=False)
        # `judgekit score` ends with 1 where something failed, and here one thing does
        assert done.returncode == int(command.startswith("judgekit score")), (command, done.stderr)
    (made,) = (tmp_path / "logs").glob("*.eval")
    evaluated, twice, judged = (
        read_log(harness, path) for path in (made, tmp_path / "twice.eval", tmp_path / "judged.eval")
    )
    harness.run("judgekit", "export", "run.db", "-o", "rows.jsonl", cwd=tmp_path)
    rows = {row["question_id"]: row for row in map(json.loads, (tmp_path / "rows.jsonl").read_text().splitlines())}

    check_log(evaluated, "rubric_scorer", rows)
    check_log(twice, "rubric_scorer1", rows)  # beside the task's own
    check_log(judged, "courtesy", rows)
    assert {one["scorer"] for one in judged["results"]["scores"]} == {"rubric_scorer", "courtesy"}
    assert judge_server.calls == 3 * N


def check_log(log: dict[str, Any], name: str, rows: dict[str, dict[str, Any]]) -> None:
    """Inspect's log says of every sample what the samples say, and what judgekit's own run does."""
    assert log["status"] == "success"
    by_id = {one["id"]: one["scores"][name] for one in log["samples"]}
    for one_of in SAMPLES:
        score, row = by_id[one_of.id], rows[one_of.id]
        if one_of.score is None:
            assert score["value"] == "NaN" or score["value"] != score["value"]
        else:
            assert score["value"] == {"score": one_of.score, **one_of.values, "has_words": 1.0}
            assert score["reason"] is None
            assert "polite: " in score["explanation"]
            assert "“go straight on”" in score["explanation"]
        same = ("fingerprint", "status", "level", "score", "failure_kind", "transcript_id", "criteria", "checks")
        assert {key: score["metadata"][key] for key in same} == {key: row[key] for key in same}
    abstained, failed = by_id[SAMPLES[ABSTAINED - 1].id], by_id[SAMPLES[FAILED - 1].id]
    assert (abstained["reason"], abstained["explanation"][:11]) == ("abstained", "abstained: ")
    assert (failed["reason"], failed["explanation"][:9]) == ("grader_failed", "refusal: ")
    found = {one["name"]: one for one in log["results"]["scores"] if one["scorer"] == name}
    assert {key: one["metrics"]["mean"]["value"] for key, one in found.items()} == pytest.approx(MEANS)
    for one in found.values():
        assert (one["scored_samples"], one["unscored_samples"]) == (N_SCORED, N - N_SCORED)


_ROLE = """
import asyncio, json, sys, threading
sys.path.insert(0, {root!r})
from inspect_ai import score, score_async
from inspect_ai.log import read_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from judgekit.integrations.inspect import rubric_scorer
from tests.integrations.samples import reply

def answer(input, tools, tool_choice, config):
    said = reply({{"messages": [{{"role": one.role, "content": one.text}} for one in input]}})
    text = f"```json\\n{{json.dumps(said)}}\\n```" if isinstance(said, dict) else "I cannot help with that."
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage(input_tokens=7, output_tokens=3, total_tokens=10)  # else tiktoken would fetch a file
    return output

def means(log, name="rubric_scorer"):
    assert len(log.samples) == 22
    return {{one.name: one.metrics["mean"].value for one in log.results.scores if one.scorer == name}}

log = read_eval_log(sys.argv[1])
grader = get_model("mockllm/judge", custom_outputs=answer)
by = rubric_scorer("courtesy.yaml", judge="inspect/grader")
by_role = score(log, by, model_roles={{"grader": grader}}, display="none")
failed = by_role.samples[{failed} - 1].scores["rubric_scorer"]
usage = [e for e in by_role.samples[0].events if e.event == "model"]

async def in_a_loop():
    return await score_async(log, [rubric_scorer("courtesy.yaml")], display="none")

found = {{"role": means(by_role), "loop": means(asyncio.run(in_a_loop()))}}


def in_a_thread():
    found["thread"] = means(score(log, rubric_scorer("courtesy.yaml"), display="none"))

thread = threading.Thread(target=in_a_thread)
thread.start(); thread.join()
print(json.dumps([found, failed.reason, failed.metadata["judge"], len(usage)]))
"""


@pytest.mark.harness
def test_a_role_in_a_loop_and_in_a_thread(tmp_path: Path, judge_server: OpenAIServer) -> None:
    harness = environment.make("inspect")
    lay_out_task(tmp_path)
    log = unscored_log(harness, tmp_path)
    code = _ROLE.format(root=str(environment.ROOT), failed=FAILED)
    done = harness.run("python", "-c", code, log, cwd=tmp_path, env=judge_variables(judge_server))
    found, reason, judge, model_events = json.loads(done.stdout.splitlines()[-1])
    assert set(found) == {"role", "loop", "thread"}
    for means in found.values():
        assert means == pytest.approx(MEANS)
    assert (reason, judge) == ("grader_failed", "inspect/mockllm/judge")
    assert model_events == 1  # Inspect's log shows the judge's call
    assert judge_server.calls == 2 * N


_COST = """
import os, time
import inspect_ai, inspect_ai.scorer, inspect_ai.util
for _ in range(3):
    if os.fork() == 0:
        start = time.process_time()
        from judgekit.integrations.inspect import rubric_scorer
        print("cost", time.process_time() - start, flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.mark.harness
def test_what_the_import_costs(tmp_path: Path) -> None:
    done = environment.make("inspect").run("python", "-c", _COST, cwd=tmp_path)
    costs = [float(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("cost ")]
    assert len(costs) == 3
    assert median(costs) <= MOST_S
