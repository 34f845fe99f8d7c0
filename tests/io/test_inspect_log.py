"""Inspect logs as transcripts: both forms, every kind of message, and files that are broken or hostile."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from judgekit import Transcript, UserError, load_transcripts
from judgekit.io import inspect_archive, inspect_log
from judgekit.io.inspect_sample import sample_row
from tests.cli.running import invoke
from tests.io.inspect_files import HEADER, parts, sample, write_zip, write_zstd


def write_json(path: Path, samples: list[dict[str, Any]], **more: Any) -> Path:
    path.write_text(json.dumps({**HEADER, "samples": samples, **more}, indent=2))
    return path


def read(path: Path) -> list[Transcript]:
    return list(load_transcripts(path))


SAMPLES = [sample(10), sample(9), sample("b", 2), sample("b")]


@pytest.mark.parametrize("write", [write_zip, write_zstd])
def test_an_archive_is_read_by_epoch_and_id(tmp_path: Path, write: Callable[[Path, dict[str, bytes]], Path]) -> None:
    file = load_transcripts(write(tmp_path / "log.eval", parts(SAMPLES)))
    assert file.format == "inspect"
    assert [one.id for one in file] == ["9/openai/x", "10/openai/x", "b/openai/x", "b/openai/x#2"]
    assert file.warnings == []
    first = next(iter(file))
    assert (first.question_id, first.label, first.response, first.reference) == ("9", "openai/x", "Yes.", "Yes.")
    assert first.metadata["inspect"] == {"task": "demo", "eval_id": "e1", "epoch": 1, "sample_uuid": None}


def test_a_json_log_is_read_as_it_stands(tmp_path: Path) -> None:
    path = write_json(tmp_path / "log.json", SAMPLES)
    assert [one.id for one in read(path)] == ["10/openai/x", "9/openai/x", "b/openai/x#2", "b/openai/x"]
    # the facts about the log may stand behind its samples, and events of any size are passed over
    late = {"samples": [sample(1, events=[{"text": '"]}'}] * 3)], **HEADER}
    path.write_text('{"version": 2, "status": "success", "x": {"eval": 1, "task": 2}, ' + json.dumps(late)[1:])
    assert [one.id for one in read(path)] == ["1/openai/x"]
    assert load_transcripts(path).count() == 1
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(HEADER).encode())
    file = load_transcripts(path)
    assert list(file) == []
    assert file.warnings == [f"{path}: there is no transcript in it"]


def test_a_log_that_is_being_written_and_a_part_that_was_written_twice(tmp_path: Path) -> None:
    held = parts([sample(1)])
    held["_journal/start.json"] = held.pop("header.json")
    path = write_zip(tmp_path / "log.eval", held)
    assert [one.response for one in read(path)] == ["Yes."]
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        later = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "No."}]
        archive.writestr("samples/1_epoch_1.json", json.dumps(sample(1, messages=later)))
    assert [one.response for one in read(path)] == ["No."]  # the later one counts


@pytest.mark.parametrize("modules", [["zstandard", "compression.zstd"], ["zstandard", "compression.zstd", "pyarrow"]])
def test_zstd_is_read_by_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, modules: list[str]) -> None:
    path = write_zstd(tmp_path / "log.eval", parts([sample(1)]), frames=3)
    for name in modules:
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    if "pyarrow" not in modules:
        assert [one.response for one in read(path)] == ["Yes."]
        return
    with pytest.raises(
        UserError, match=r"is packed with zstd, which Python knows from 3\.14 on: pip install zstandard"
    ):
        read(path)


CALL = {"id": "c1", "function": "add", "arguments": {"x": 1, "y": float("nan")}, "type": "function"}
LONG = "a long text" * 50


@pytest.mark.parametrize(
    ("fields", "messages"),
    [
        (
            {
                "messages": [
                    {"role": "user", "content": "1 + 1?"},
                    {"role": "assistant", "content": "", "tool_calls": [CALL]},
                ]
            },
            [
                ("user", "1 + 1?", None),
                (
                    "assistant",
                    "",
                    {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"x":1,"y":null}'}},
                ),
            ],
        ),
        (  # reasoning is no part of the answer; an image is named; what stands apart is put back
            {
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "attachment://h"}, {"type": "image"}]},
                    {
                        "role": "assistant",
                        "content": [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "Y"}],
                    },
                ],
                "attachments": {"h": LONG, "p": "a picture of an event", "t": 3},
            },
            [("user", f"{LONG}\n\n[image]", None), ("assistant", "Y", None)],
        ),
        (  # what went wrong in a tool is what it said
            {
                "messages": [
                    {"role": "assistant", "content": "A"},
                    {"role": "tool", "content": "", "error": {"type": "timeout", "message": "too late"}},
                ]
            },
            [("assistant", "A", None), ("tool", "too late", None)],
        ),
        (  # a sample without messages: what went in and what came out
            {"messages": [], "output": {"choices": [{"message": {"role": "assistant", "content": "Wet."}}]}},
            [("user", "Is water wet?", None), ("assistant", "Wet.", None)],
        ),
        (  # a solver set the output apart: that is what Inspect's scorers judge
            {"output": {"choices": [{"message": {"role": "assistant", "content": "B"}}]}},
            [("user", "Is water wet?", None), ("assistant", "Yes.", None), ("assistant", "B", None)],
        ),
        (
            {
                "output": {
                    "choices": [{"message": {"role": "assistant", "content": [{"type": "text", "text": "Yes. "}]}}]
                }
            },
            [("user", "Is water wet?", None), ("assistant", "Yes.", None)],
        ),
        ({"output": {"choices": []}}, [("user", "Is water wet?", None), ("assistant", "Yes.", None)]),
        ({"output": {"choices": [{"message": 3}]}}, [("user", "Is water wet?", None), ("assistant", "Yes.", None)]),
    ],
)
def test_messages(tmp_path: Path, fields: dict[str, Any], messages: list[tuple[Any, ...]]) -> None:
    (found,) = read(write_json(tmp_path / "log.json", [sample(**fields)]))
    assert [
        (one.role, one.content, one.tool_calls[0] if one.tool_calls else None) for one in found.messages
    ] == messages


def test_what_a_sample_says_beside_its_messages(tmp_path: Path) -> None:
    scores = {"match": {"value": "C"}, "odd": 3}
    fields: dict[str, Any] = {
        "target": ["a", "b"],
        "metadata": {"topic": "t", "big": 2**70},
        "scores": scores,
        "uuid": "u",
    }
    (found,) = read(write_json(tmp_path / "log.json", [sample(error={"message": "cut"}, **fields)]))
    assert found.reference == "a\n\nb"
    assert found.metadata["topic"] == "t"
    facts = found.metadata["inspect"]
    assert isinstance(facts, dict)
    assert {name: facts[name] for name in ("scores", "error", "sample_uuid")} == {
        "scores": {"match": "C"},
        "error": "cut",
        "sample_uuid": "u",
    }
    assert sample_row(sample(target=3, metadata=None), model="m")["reference"] is None


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (3, "wanted a sample of an Inspect log, came a number"),
        ({}, "id: wanted text or a number, came null"),
        (sample(True), "id: wanted text or a number, came true"),
        (sample(epoch="one"), "epoch: wanted a number, came text"),  # type: ignore[arg-type]
        (sample(messages="hi"), "messages: wanted a list, came text"),
        (sample(messages=[3]), "messages.0: wanted an object with role and content, came a number"),
        (
            sample(messages=[{"role": "assistant", "tool_calls": ["x"]}]),
            "messages.0: tool_calls: wanted objects, came text",
        ),
        (sample(messages=[{"role": "assistant", "content": 3}]), "messages.0: content: wanted text or a list"),
        (
            sample(
                messages=[{"role": "assistant", "content": 3}],
                output={"choices": [{"message": {"role": "assistant", "content": {"text": 4}}}]},
            ),
            "messages.0: content: wanted text or a list",
        ),
        (sample(messages=[{"role": "robot", "content": "x"}]), "sample 'q1' has no answer"),
        (sample(messages=[], input=None), "messages: wanted a list, came null"),
        (
            sample(messages=[{"role": "user", "content": "?"}], error={"message": "out of\ntime"}),
            "sample 'q1' has no answer: out of time",
        ),
    ],
)
def test_a_sample_that_is_none_is_left_out_alone(tmp_path: Path, made: Any, said: str) -> None:
    path = write_json(tmp_path / "log.json", [sample("a"), made, sample("z")])
    file = load_transcripts(path, skip_bad=True)
    assert [one.question_id for one in file] == ["a", "z"]
    assert file.skipped == 1
    assert f"{path}, sample 2: {said}" in file.warnings[0]
    with pytest.raises(UserError, match="sample 2: ") as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_a_broken_field_spoils_its_sample_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    good = json.dumps(sample("good"))
    broken = json.dumps(sample("bad"))[:-1] + ', "metadata": {"a": 01}, "uuid": "u"}'
    path.write_text(json.dumps(HEADER)[:-1] + f', "samples": [{broken}, {good}]}}')
    file = load_transcripts(path, skip_bad=True)
    assert [one.question_id for one in file] == ["good"]
    assert file.warnings[0].startswith(f"{path}, sample 1: metadata: not JSON: ")


def renamed_inside(path: Path, held: dict[str, bytes]) -> Path:
    """An archive whose first sample has another name than the directory says."""
    whole = write_zip(path, held).read_bytes()
    path.write_bytes(whole.replace(b"samples/1_epoch", b"samples/\xff_epoch", 1))
    return path


def test_hostile_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = parts([sample(1), sample(2)])
    monkeypatch.setattr(inspect_archive, "MOST_BYTES", 5_000_000)  # a gigabyte takes seconds
    bomb = good | {"samples/1_epoch_1.json": b'{"x": "' + b"0" * 6_000_000 + b'"}'}
    cases = {
        "it has more than 4 MiB unpacked, which is not read": [write_zip(tmp_path / "a.eval", bomb)],
        "it has more than 4 MiB": [write_zstd(tmp_path / "b.eval", bomb)],
        "damaged: its checksum is another": [write_zstd(tmp_path / "c.eval", good, crc_off=1)],
        "'samples/1_epoch_1.json': not JSON: ": [
            write_zip(tmp_path / "d.eval", good | {"samples/1_epoch_1.json": b"{]"})
        ],
        "'samples/1_epoch_1.json': damaged: File name in directory": [renamed_inside(tmp_path / "e.eval", good)],
    }
    for said, paths in cases.items():
        for path in paths:
            if "c.eval" not in path.name:
                file = load_transcripts(path, skip_bad=True)
                assert [one.question_id for one in file] == ["2"]
            with pytest.raises(UserError) as caught:
                read(path)
            assert said in str(caught.value)
            assert "\n" not in str(caught.value)


def test_many_traps_are_no_more_than_a_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_log, "MOST_STEPS", 10_000)  # twenty million take twenty seconds
    trap = b'{"id": 1, "events": [' + b"[]," * 50_000 + b"[]]}"
    held = parts([sample("a")]) | {f"samples/b{i}_epoch_1.json": trap for i in range(8)} | parts([sample("c")])
    path = write_zip(tmp_path / "log.eval", held)
    # 8 traps of 10,000 brackets each would be 80,000; a file of at most 10,000 bytes has 10,000 + 4 x 10,000 read
    assert path.stat().st_size < 10_000
    file = load_transcripts(path, skip_bad=True)
    assert [one.question_id for one in file] == ["a"]  # and c, a sound sample, comes after the traps
    assert sum("more brackets and names than are read" in one for one in file.warnings) == 9


def test_names_that_lead_elsewhere_lead_nowhere(tmp_path: Path) -> None:
    held = {"samples/../../../etc/passwd_epoch_1.json": b"{}", "../x.json": b"{}", "/etc/x.json": b"{}"}
    path = write_zip(tmp_path / "log.eval", parts([sample(1)]) | held)
    assert [one.id for one in load_transcripts(path, skip_bad=True)] == ["1/openai/x"]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["log.eval"]


def test_archives_that_cannot_be_read_at_all(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "log.eval", parts([sample(1)]))
    whole = path.read_bytes()
    deep = {"header.json": b'{"eval": ' + b"[" * 100_000}
    at = whole.index(b"PK\x01\x02") + 20  # where the directory says how long the first part is
    overlapping = whole[:at] + (10**6).to_bytes(4, "little") + whole[at + 4 :]
    locked = bytearray(whole)
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := whole.find(sign, at + 1)) >= 0:
            locked[at + place] |= 1
    other = bytearray(whole)
    at = -1
    while (at := whole.find(b"PK\x01\x02", at + 1)) >= 0:
        other[at + 10] = 97
    for content, said in (
        (whole[:-30], "is a ZIP archive that cannot be read (File is not a zip file): is it cut off?"),
        (whole[:40], "is a ZIP archive that cannot be read"),
        (overlapping, "the parts of this ZIP archive lie in one another"),
        (bytes(locked), "is encrypted"),
        (bytes(other), "cannot be unpacked"),
        (write_zip(path, {"header.json": b"{}"}).read_bytes(), "this Inspect log names no model"),
        (write_zip(path, {"header.json": b"nothing"}).read_bytes(), "header.json: not JSON: "),
        (write_zip(path, deep).read_bytes(), "header.json: nested more than 1000 levels deep"),
        (write_zip(path, {"header.json": b'{"eval": {"model": 3}}'}).read_bytes(), "names no model"),
        (write_zip(path, {"samples/1_epoch_1.json": b"{}"}).read_bytes(), "is a ZIP archive; wanted Markdown"),
    ):
        path.write_bytes(content)
        with pytest.raises(UserError) as caught:
            read(path)
        assert said in str(caught.value)
        assert str(caught.value).startswith(str(path))
        assert "\n" not in str(caught.value)


def test_zstd_that_is_broken_or_not_where_it_should_be(tmp_path: Path) -> None:
    path = write_zstd(tmp_path / "log.eval", parts([sample(1), sample(2)]))
    whole = path.read_bytes()
    at = whole.index(b"samples/1_epoch_1.json") + len(b"samples/1_epoch_1.json")
    for broken in (whole[: at + 4] + b"\xff" * 8 + whole[at + 12 :], whole.replace(b"PK\x03\x04", b"PK\x03\x05", 2)):
        path.write_bytes(b"PK\x03\x04" + broken[4:])
        file = load_transcripts(path, skip_bad=True)
        assert [one.question_id for one in file] == ["2"]
        assert file.skipped == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"version": 2, "status": "s", "eval": {"task": "t"}, "samples": []}', "names no model"),
        ('{"version": 2, "status": "s", "eval": {"task": "t", "model": "m"}, "samples": [{"id": 1', "ends too early"),
        (
            '{"version": 2, "status": "s", "eval": {"task": "t", "model": "m"}, "samples": [1 2]}',
            "wanted ',', came '2]}'",
        ),
        ('{"version": 2, "status": "s", "eval": {"task": "t", "model": "m"}, "samples": []} x', "wanted the end"),
    ],
)
def test_json_logs_that_are_broken(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "log.json"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        list(load_transcripts(path, skip_bad=True))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_command_line_shows_and_scores_a_log(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "log.eval", parts(SAMPLES))
    shown = invoke("transcripts", str(path), "--map", "prompt=x")
    assert shown.exit_code == 0
    assert shown.stdout.splitlines()[1].split() == ["9/openai/x", "1", "unknown", "2", "messages"]
    assert "--map has no use here: inspect names its fields itself" in shown.stderr
    done = invoke("score", str(path), "--judge", "baseline", "--rubric", "brevity", "--run", str(tmp_path / "run.db"))
    assert "4 transcripts of 3 questions" in done.stdout
