"""What can happen to a batch at its provider, and that nothing is paid twice or lost for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from judgekit.errors import JudgeError, JudgekitError, UserError
from judgekit.running.openai_batch import BatchOptions
from judgekit.running.run import open_run
from tests.judging.made import KEY
from tests.running.openai_batch.made import QUICK, left_behind, most_runs, rows, score, told, transcripts
from tests.servers.faults import HTTPError
from tests.servers.openai_server import Fault, OpenAIServer

LOST = HTTPError(503, "overloaded", "server_error", headers={"retry-after": "0"})


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


def check_whole(server: OpenAIServer, run: Path, n: int = 12, *, runs: int = 1) -> None:
    """All verdicts are those of a live run, and every request was run so often at most."""
    live = score(server, run.parent / "live.db", n, batch=False)
    assert told(open_run(run)) == told(live)
    assert most_runs(server) <= runs
    assert left_behind(run) == []


# Expired and cancelled


def test_what_expires_is_asked_again(server: OpenAIServer, tmp_path: Path) -> None:
    def step(name: str) -> None:
        server.batches.rules.expires_after = 5 if len(server.batches.made) == 1 else None

    server.batches.rules.on = step
    run = score(server, tmp_path / "run.db")
    assert [len(file.splitlines()) for file in requests(server)][:2] == [12, 7]
    assert {v.status for v in run.verdicts()} <= {"scored", "abstained"}
    assert sorted({v.calls for v in run.verdicts()} - {3, 4}) == [1, 2]
    check_again(server, run.path)


def check_again(server: OpenAIServer, run: Path) -> None:
    """The answers are those of a live run, though it took more calls."""
    live = score(server, run.parent / "live.db", batch=False)
    for one, other in zip(open_run(run).verdicts(), live.verdicts(), strict=True):
        assert (one.status, one.level, one.criteria) == (other.status, other.level, other.criteria)
    assert most_runs(server) == 1
    assert left_behind(run) == []


def requests(server: OpenAIServer) -> list[bytes]:
    """The files of requests, in order."""
    return [server.batches.files[batch.file] for batch in server.batches.made.values()]


def test_what_expires_again_and_again_is_a_recorded_time_out(server: OpenAIServer, tmp_path: Path) -> None:
    server.batches.rules.expires_after = 0
    run = score(server, tmp_path / "run.db", 3, judge={"max_attempts": 2})
    assert [(v.failure.kind, len(v.failure.attempts), v.cost_usd) for v in run.verdicts() if v.failure] == [
        ("timeout", 2, 0.0)
    ] * 3
    assert "time was over" in next(v.failure.detail for v in run.verdicts() if v.failure)
    assert len(server.batches.made) == 2
    server.batches.rules.expires_after = None
    assert score(server, tmp_path / "run.db", 3).summary().failed == 0


def test_a_batch_that_somebody_cancels_ends_the_run_and_keeps_what_came(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    server.batches.rules.cancelled_after = 5
    with pytest.raises(JudgeError, match=r"was cancelled at the provider, 7 of its 12 requests unanswered"):
        score(server, path)
    assert len([*open_run(path).verdicts()]) + len(rows(path, "SELECT 1 FROM batch_requests")) == 5
    assert rows(path, "SELECT outcome FROM sessions") == [("error",)]
    server.batches.rules.cancelled_after = None
    score(server, path)
    check_whole(server, path)


# Refused as a whole


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            ("invalid_json_line", "This line is not parseable."),
            r"refuses a batch of 3 requests \(invalid_json_line: This",
        ),
        (("billing_hard_limit_reached", "Billing hard limit has been reached"), "the account has nothing left"),
        (("", ""), "refuses a batch of 3 requests"),
    ],
)
def test_a_batch_that_is_refused_is_one_clear_error(
    server: OpenAIServer, tmp_path: Path, error: tuple[str, str], message: str
) -> None:
    path = tmp_path / "run.db"
    server.batches.rules.failures.append([error])
    with pytest.raises(UserError, match=message):
        score(server, path, 3)
    assert left_behind(path) == []
    score(server, path, 3)
    check_whole(server, path, 3)


def test_a_queue_that_is_too_short_takes_parts_one_after_the_other(server: OpenAIServer, tmp_path: Path) -> None:
    # 12 requests of about 660 tokens each, and room for 2,000: three at a time.
    server.batches.rules.enqueued_tokens = 2000
    score(server, tmp_path / "run.db")
    check_whole(server, tmp_path / "run.db")
    assert any(batch.status == "failed" for batch in server.batches.made.values())


def test_several_files_wait_for_a_queue_that_takes_one(server: OpenAIServer, tmp_path: Path) -> None:
    server.batches.rules.enqueued_tokens = 3000
    server.batches.rules.delay_s = 0.05
    sizes = BatchOptions(max_requests=4, first_look_s=0.01, longest_pause_s=0.02)
    score(server, tmp_path / "run.db", batch=sizes)
    check_whole(server, tmp_path / "run.db")
    assert all(len(file.splitlines()) <= 4 for file in requests(server))


def test_a_queue_that_others_fill_is_one_clear_error(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    server.batches.rules.failures.extend([[("token_limit_exceeded", "Enqueued token limit reached for test.")]] * 9)
    with pytest.raises(JudgeError, match="its queue is full, though none of this run is in it"):
        score(server, path, 4)
    assert most_runs(server) == 0
    server.batches.rules.failures.clear()
    score(server, path, 4)
    check_whole(server, path, 4)


def test_a_queue_that_is_full_at_once_is_treated_the_same(server: OpenAIServer, tmp_path: Path) -> None:
    error = HTTPError(429, "Enqueued token limit reached.", code="token_limit_exceeded")
    server.batches.rules.create_errors.append(error)
    score(server, tmp_path / "run.db", 4)
    check_whole(server, tmp_path / "run.db", 4)
    assert [len(file.splitlines()) for file in requests(server)][:2] == [2, 2]


# Answers that get lost


@pytest.mark.parametrize("error", ["lost", "odd", LOST])
@pytest.mark.slow
def test_a_batch_whose_making_was_not_heard_of_is_found(
    server: OpenAIServer, tmp_path: Path, error: HTTPError | str
) -> None:
    def step(name: str) -> None:
        if name == "list":  # somebody else makes batches too: ours is not on the first page
            newer = f"batch_x{len(server.batches.made)}"
            server.batches.made[newer] = replace(
                server.batches.made["batch_0000"], id=newer, file="file-0000", metadata={}
            )

    score(server, tmp_path / "other.db", transcripts(9)[7:])
    server.batches.rules.page, server.batches.rules.on = 1, step
    server.batches.rules.create_errors.append(error)
    score(server, tmp_path / "run.db", 5)
    server.batches.rules.on = None
    check_whole(server, tmp_path / "run.db", 5)


def test_a_provider_that_makes_no_batch_is_given_up_and_asked_later(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    server.batches.rules.create_errors.extend([LOST] * 3)
    with pytest.raises(JudgeError, match=r"making a batch failed \(overloaded\); nothing is lost"):
        score(server, path, 3, judge={"max_attempts": 2})
    assert rows(path, "SELECT state FROM batches") == [("creating",)]
    score(server, path, 3)
    check_whole(server, path, 3)


def test_uploads_are_tried_again(server: OpenAIServer, tmp_path: Path) -> None:
    server.batches.rules.upload_errors.append(LOST)
    score(server, tmp_path / "run.db", 3)
    check_whole(server, tmp_path / "run.db", 3)


@pytest.mark.parametrize("error", ["reset", LOST])
def test_a_download_that_breaks_off_is_begun_again(
    server: OpenAIServer, tmp_path: Path, error: HTTPError | str
) -> None:
    server.batches.rules.content_errors.append(error)
    score(server, tmp_path / "run.db")
    check_whole(server, tmp_path / "run.db")


def test_an_output_that_is_gone_is_a_recorded_failure(server: OpenAIServer, tmp_path: Path) -> None:
    server.batches.rules.content_errors.extend([HTTPError(404, "No such File object")] * 2)
    run = score(server, tmp_path / "run.db", 3, judge={"max_attempts": 2})
    failures = [v.failure for v in run.verdicts() if v.failure]
    assert [(failure.kind, len(failure.attempts)) for failure in failures] == [("http_error", 2)] * 3
    assert "nothing in its output is about this request" in failures[0].detail


def test_a_provider_that_is_away_for_a_while_is_waited_for(server: OpenAIServer, tmp_path: Path) -> None:
    server.batches.rules.look_errors.extend([LOST] * 5)
    score(server, tmp_path / "run.db", 3)
    check_whole(server, tmp_path / "run.db", 3)


def test_a_provider_that_stays_away_is_given_up(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    server.batches.rules.look_errors.extend([LOST] * 10)
    with pytest.raises(JudgeError, match=r"does not answer \(overloaded\): its batches go on there"):
        score(server, path, 3)
    score(server, path, 3)
    check_whole(server, path, 3)


# Refusals that no call gets past


def refused(code: int) -> HTTPError:
    return HTTPError(code, "no", code="invalid_api_key" if code == 401 else None)


@pytest.mark.parametrize(
    ("where", "error", "message"),
    [
        ("upload_errors", refused(401), "refuses the API key"),
        ("upload_errors", refused(404), "has no Batch API"),
        ("upload_errors", refused(400), r"refuses the upload \(HTTP 400: no\)"),
        ("create_errors", refused(401), "refuses the API key"),
        ("create_errors", refused(400), r"refuses a batch of 2 requests \(HTTP 400: no\)"),
        ("look_errors", refused(401), "refuses the API key"),
        ("look_errors", refused(404), "knows no batch batch_0000, in which 2 requests of this run are"),
    ],
)
def test_a_refusal_ends_the_run_with_its_cure(
    server: OpenAIServer, tmp_path: Path, where: str, error: HTTPError, message: str
) -> None:
    path = tmp_path / "run.db"
    getattr(server.batches.rules, where).append(error)
    with pytest.raises(UserError, match=message):
        score(server, path, 2)
    score(server, path, 2)
    check_whole(server, path, 2)


@pytest.mark.parametrize(
    ("fault", "message"),
    [("401", "refuses the API key"), ("quota", "nothing left"), ("404", "knows no model 'test'")],
)
def test_a_line_that_says_that_no_call_can_succeed_ends_the_run(
    server: OpenAIServer, tmp_path: Path, fault: Any, message: str
) -> None:
    path = tmp_path / "run.db"
    server.script(
        [{"kind": {"evidence": ["Good day"], "reason": "", "answer": "yes"}, "explanation": "", "level": "3"}]
    )
    server.script([Fault(fault)] * 2)
    with pytest.raises(UserError, match=message):
        score(server, path, 3)
    assert [v.status for v in open_run(path).verdicts()] == ["scored"]  # the one before is kept
    assert score(server, path, 3).summary().failed == 0
    assert sorted(server.batches.run.values())[-3:] == [1, 2, 2]  # and only those that were refused are asked again


def test_the_key_is_in_no_file(server: OpenAIServer, tmp_path: Path) -> None:
    def quoting(lines: list[bytes]) -> list[bytes]:
        return [line.replace(b'"chat.completion"', b'"%s"' % KEY.encode()) for line in lines]

    server.batches.rules.spoil_output = quoting
    server.batches.rules.look_errors.append(HTTPError(503, f"the key {KEY} is fine", headers={"retry-after": "0"}))
    score(server, tmp_path / "run.db", 3)
    for path in tmp_path.glob("run.db*"):
        assert KEY.encode() not in path.read_bytes()


def spoilt(lines: list[bytes], change: Callable[[dict[str, Any]], object]) -> list[bytes]:
    whole = [orjson.loads(line) for line in lines]
    for one in whole:
        change(one)
    return [orjson.dumps(one) for one in whole]


def strange_ids(lines: list[bytes]) -> list[bytes]:
    return spoilt(lines, lambda line: line.update(custom_id="../../" + line["custom_id"]))


def others(lines: list[bytes]) -> list[bytes]:
    return spoilt(lines, lambda line: line.update(custom_id="0" * 32))


def no_response(lines: list[bytes]) -> list[bytes]:
    return spoilt(lines, lambda line: line.update(response=None))


HOSTILE: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "other ids": others,
    "strange ids": strange_ids,
    "no response": no_response,
    "numbers": lambda lines: spoilt(lines, lambda line: line.update(response=7, error=[1])),
    "status": lambda lines: spoilt(lines, lambda line: line["response"].update(status_code=10**18)),
    "no body": lambda lines: spoilt(lines, lambda line: line["response"].update(body=None)),
    "not json": lambda lines: [b"{" + line for line in lines],
    "bytes": lambda lines: [b"\xff\x00\xfe" for _ in lines],
    "deep": lambda lines: [b"[" * 100_000 for _ in lines],
    "empty": lambda lines: [b"" for _ in lines],
    "huge": lambda lines: [b'{"custom_id": "' + b"a" * (17 << 20), *lines[1:]],
}


@pytest.mark.parametrize("spoil", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.slow
def test_garbage_in_an_output_file_ends_in_recorded_failures(
    server: OpenAIServer, tmp_path: Path, spoil: Callable[[list[bytes]], list[bytes]]
) -> None:
    server.batches.rules.spoil_output = spoil
    said: list[str] = []
    run = score(server, tmp_path / "run.db", 3, judge={"max_attempts": 2}, on_warning=said.append)
    failed = [v.failure for v in run.verdicts() if v.failure]
    assert [failure.kind for failure in failed] == ["http_error"] * len(failed)
    # Only the first line is spoilt where it is huge; the others are read, though they stand behind it.
    assert len(failed) >= (1 if spoil is HOSTILE["huge"] else 3)
    assert run.summary().verdicts == 3
    assert left_behind(tmp_path / "run.db") == []


def test_lines_beside_the_answers_are_left_out_and_counted(server: OpenAIServer, tmp_path: Path) -> None:
    server.batches.rules.spoil_output = lambda lines: [
        b"what?",
        *lines,
        *lines,
        b'{"custom_id": "x"}',
        b"",
        others(lines)[0],
    ]
    said: list[str] = []
    score(server, tmp_path / "run.db", 3, on_warning=said.append)
    assert said and all("3 lines of its output are not about what was asked" in line for line in said)
    check_whole(server, tmp_path / "run.db", 3)


def test_errors_that_no_document_knows_are_tried_again(server: OpenAIServer, tmp_path: Path) -> None:
    def odd(lines: list[bytes]) -> list[bytes]:
        return spoilt(lines, lambda line: line.update(response=None, error={"code": "moon", "message": "it is full"}))

    server.batches.rules.spoil_output = odd
    run = score(server, tmp_path / "run.db", 2, judge={"max_attempts": 2})
    details = {v.failure.detail for v in run.verdicts() if v.failure}
    assert details == {"it is full (2 attempts)"}


def test_calls_that_time_out_within_a_batch(server: OpenAIServer, tmp_path: Path) -> None:
    server.script([Fault("hang"), Fault("reset")])
    score(server, tmp_path / "run.db", 2)
    check = [v.calls for v in open_run(tmp_path / "run.db").verdicts()]
    assert min(check) >= 2


def test_a_request_file_that_somebody_deletes_is_written_again(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"

    def step(name: str) -> None:
        if name == "upload" and not gone:
            gone.extend(sorted((tmp_path / "run.db.batch").glob("*.jsonl"))[1:])
            for file in gone:
                file.unlink()

    gone: list[Path] = []
    server.batches.rules.on = step
    score(server, path, 12, batch=BatchOptions(max_requests=4, first_look_s=0.01, longest_pause_s=0.05))
    assert len(gone) == 2
    check_whole(server, path)


def test_a_disk_without_room_is_one_clear_line(server: OpenAIServer, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    (tmp_path / "run.db.batch").write_text("in the way")
    with pytest.raises(JudgekitError, match=r"folder .*run\.db\.batch: it cannot be made"):
        score(server, path, 2, batch=QUICK)
