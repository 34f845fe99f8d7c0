"""JSON Lines, and what a row of any kind may hold."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgekit.errors import UserError
from judgekit.io import TranscriptFile, load_transcripts
from judgekit.transcript import Transcript

PR = {"prompt": "P", "response": "R"}
CHAT = [{"role": "user", "content": "P"}, {"role": "assistant", "content": "R"}]
# echo -n P | sha256sum
P_ID = "q-5c62e091b8c0"


def load(tmp_path: Path, *rows: Any, mapping: dict[str, str] | None = None, skip_bad: bool = False) -> TranscriptFile:
    """The file with these rows; bytes and text stand as they are, the rest as JSON."""
    lines = [
        row if isinstance(row, bytes) else row.encode() if isinstance(row, str) else json.dumps(row).encode()
        for row in rows
    ]
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    return load_transcripts(path, mapping=mapping, skip_bad=skip_bad)


def one(tmp_path: Path, row: Any, **mapping: str) -> Transcript:
    (transcript,) = load(tmp_path, row, mapping=mapping)
    return transcript


@pytest.mark.parametrize(
    ("row", "mapping", "wanted"),
    [
        pytest.param(PR, {}, {"id": P_ID, "question_id": P_ID, "label": ""}, id="no ids"),
        pytest.param({**PR, "label": "A"}, {}, {"id": f"{P_ID}/A", "label": "A"}, id="label"),
        pytest.param({**PR, "id": 7, "label": "A"}, {}, {"id": "7/A", "question_id": "7"}, id="id names the question"),
        pytest.param({**PR, "id": "7/A", "label": "A"}, {}, {"id": "7/A", "question_id": "7"}, id="id with its label"),
        pytest.param(
            {**PR, "id": "/A", "label": "A"}, {}, {"id": "/A/A", "question_id": "/A"}, id="nothing but a label"
        ),
        pytest.param({**PR, "id": "x"}, {}, {"id": "x", "question_id": "x"}, id="id without label"),
        pytest.param({**PR, "id": "x", "question_id": "q"}, {}, {"id": "x", "question_id": "q"}, id="both ids"),
        pytest.param({**PR, "question_id": "q", "label": "A"}, {}, {"id": "q/A"}, id="question id"),
        pytest.param({**PR, "id": 3.0}, {}, {"id": "3"}, id="a whole number as a float"),
        pytest.param({**PR, "id": None, "label": None, "title": None}, {}, {"id": P_ID, "title": None}, id="nulls"),
        pytest.param({**PR, "title": "T", "printed_id": 5}, {}, {"title": "T", "printed_id": "5"}, id="titles"),
        pytest.param(
            {**PR, "reference": 42, "context": ["a", "b"]}, {}, {"reference": "42", "context": "a\n\nb"}, id="texts"
        ),
        pytest.param({**PR, "provenance": "mixed"}, {}, {"provenance": "mixed"}, id="provenance"),
        pytest.param(
            {**PR, "provenance": "the web", "context": {"a": 1}, "label": True, "id": []},
            {},
            {
                "provenance": "unknown",
                "context": None,
                "label": "",
                "metadata": {"provenance": "the web", "context": {"a": 1}, "label": True, "id": []},
            },
            id="names that only look like ours",
        ),
        pytest.param(
            {**PR, "model": "m", "metadata": {"seed": 1}, "sha256": "0"},
            {},
            {"metadata": {"model": "m", "seed": 1, "sha256": "0"}},
            id="the rest is metadata",
        ),
        pytest.param({**PR, "metadata": "text"}, {}, {"metadata": {"metadata": "text"}}, id="metadata that is text"),
        pytest.param(
            {"q": "P", "out": {"text": "R", "n": 1}, "model": "m"},
            {"prompt": "q", "response": "out.text", "label": "model"},
            {"id": f"{P_ID}/m", "metadata": {"out": {"n": 1}}},
            id="mapped",
        ),
        pytest.param(
            {"q": "P", "a.b": "R", "a": {"b": "not this"}},
            {"prompt": "q", "response": "a.b"},
            {"response": "R", "metadata": {"a": {"b": "not this"}}},
            id="a key with a dot before a path",
        ),
        pytest.param(
            {"q": "P", "choices": [{"text": "no"}, {"text": "R"}]},
            {"prompt": "q", "response": "choices.1.text"},
            {"response": "R", "metadata": {"choices": [{"text": "no"}, {}]}},
            id="a path through a list",
        ),
        pytest.param(
            {"q": "P", "texts": ["no", "R"]},
            {"prompt": "q", "response": "texts.1"},
            {"response": "R", "metadata": {"texts": ["no"]}},
            id="a path to an element",
        ),
        pytest.param(
            {"q": "P", "out": {"text": "R"}},
            {"prompt": "q", "response": "out.text", "reference": "out.text"},
            {"response": "R", "reference": "R", "metadata": {"out": {}}},
            id="one place for two fields",
        ),
        pytest.param(
            {"prompt": CHAT[:1], "response": "R"},
            {},
            {"id": P_ID, "prompt": "P", "response": "R"},
            id="prompt of messages",
        ),
        pytest.param({"prompt": "", "response": ""}, {}, {"prompt": "", "response": ""}, id="empty texts are texts"),
        pytest.param({"messages": CHAT}, {}, {"id": P_ID, "prompt": "P", "response": "R"}, id="chat"),
        pytest.param({"messages": json.dumps(CHAT)}, {}, {"prompt": "P", "response": "R"}, id="chat as text"),
        pytest.param({"messages": CHAT[:1], "response": "R"}, {}, {"response": "R"}, id="the answer beside the chat"),
        pytest.param(
            {"messages": CHAT, "response": "X"}, {}, {"response": "R", "metadata": {"response": "X"}}, id="chat wins"
        ),
        pytest.param(
            {"messages": CHAT, "q": "X", "response": "Y"}, {"prompt": "q"}, {"prompt": "X"}, id="mapped prompt wins"
        ),
        pytest.param({"log": CHAT, "prompt": "X"}, {"messages": "log"}, {"prompt": "P"}, id="mapped chat wins"),
    ],
)
def test_fields(tmp_path: Path, row: Any, mapping: dict[str, str], wanted: dict[str, Any]) -> None:
    transcript = one(tmp_path, row, **mapping)
    assert {name: getattr(transcript, name) for name in wanted} == wanted


def test_a_system_prompt_is_read_only_where_it_is_mapped(tmp_path: Path) -> None:
    row = {**PR, "system": "Be brief."}
    assert one(tmp_path, row).metadata == {"system": "Be brief."}
    assert [m.role for m in one(tmp_path, row, system="system").messages] == ["system", "user", "assistant"]
    chat = {"messages": CHAT, "system": "Be brief."}
    assert [m.content for m in one(tmp_path, chat, system="system").messages] == ["Be brief.", "P", "R"]


def test_conversations_with_another_beginning_are_other_questions(tmp_path: Path) -> None:
    def chat(*said: str) -> dict[str, Any]:
        roles = ("user", "assistant") * len(said)
        return {"messages": [{"role": role, "content": text} for role, text in zip(roles, (*said, "R"), strict=False)]}

    found = list(
        load(tmp_path, chat("P"), chat("Hi", "Hello", "P"), chat("Hey", "Hello", "P"), chat("Hi", "Hello", "P"))
    )
    ids = [transcript.question_id for transcript in found]
    assert ids[0] == P_ID
    assert ids[1] == ids[3] != ids[2] != ids[0]
    assert [transcript.prompt for transcript in found] == ["P"] * 4


def test_equal_prompts_are_one_question_as_from_text_makes_it(tmp_path: Path) -> None:
    # White space around a prompt does not make another question: the hash is of the stripped text.
    found = list(
        load(tmp_path, {"prompt": "Why?", "response": "a"}, {"prompt": " Why?\n", "response": "b", "label": "B"})
    )
    wanted = "q-" + hashlib.sha256(b"Why?").hexdigest()[:12]
    assert [transcript.question_id for transcript in found] == [wanted, wanted]
    assert Transcript.from_text("Why?", "a").question_id == wanted


@pytest.mark.parametrize(
    ("message", "content"),
    [
        ({"content": [{"type": "text", "text": "a"}, {"type": "output_text", "text": "b"}, "c", ""]}, "a\n\nb\n\nc"),
        ({"content": [{"type": "text", "text": {"value": "a"}}]}, "a"),
        ({"content": [{"type": "refusal", "refusal": "No."}]}, "No."),
        ({"content": None, "refusal": "No."}, "No."),
        (
            {"content": [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": "x"}}]},
            "see\n\n[image_url]",
        ),
        ({"content": [{}]}, "[part]"),
        ({"content": None, "tool_calls": None}, ""),
        ({"content": "a", "name": "x", "audio": None, "annotations": []}, "a"),
        ({"content": ""}, ""),
    ],
)
def test_contents_of_messages(tmp_path: Path, message: dict[str, Any], content: str) -> None:
    transcript = one(tmp_path, {"messages": [*CHAT[:1], {"role": "assistant", **message}]})
    assert transcript.response == content


def test_parts_that_are_not_text_are_counted_once_for_the_file(tmp_path: Path) -> None:
    image = {"role": "user", "content": [{"type": "image_url"}, {"type": "input_audio"}]}
    file = load(tmp_path, *[{"messages": [image, CHAT[1]], "id": n} for n in range(3)])
    assert len(list(file)) == 3
    assert file.warnings == [f"{file.sources[0]}: 6 parts of messages are not text, and stand as their type"]


def test_tool_calls_are_kept_and_the_old_spelling_is_read(tmp_path: Path) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    transcript = one(
        tmp_path,
        {
            "messages": [
                CHAT[0],
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "c", "content": "4"},
                {"role": "assistant", "function_call": {"name": "f", "arguments": ""}},
                {"role": "function", "name": "f", "content": "5"},
                CHAT[1],
            ]
        },
    )
    assert [message.role for message in transcript.messages] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "tool",
        "assistant",
    ]
    assert transcript.messages[1].tool_calls == (call,)
    assert transcript.messages[3].tool_calls == ({"type": "function", "function": {"name": "f", "arguments": ""}},)
    assert transcript.messages[1].content == ""


NATIVE = {"question_id": "q", "label": "A", "messages": CHAT}


@pytest.mark.parametrize(
    ("row", "mapping", "said"),
    [
        (b"{", {}, "not JSON: Expecting property name enclosed in double quotes at column 2"),
        (b'{"prompt": "caf\xe9", "response": "R"}', {}, "not UTF-8: byte 0xe9 at place 16; save the file as UTF-8"),
        (b"[" * 2000 + b"]" * 2000, {}, "JSON nested too deeply"),
        (b'{"prompt": "P", "response": "R", "n": ' + b"1" * 5000 + b"}", {}, "a number has too many digits"),
        ({**PR, "deep": json.loads("[" * 200 + "]" * 200)}, {}, "nested more than 50 levels deep"),
        ("[1]", {}, "wanted an object with messages, or with prompt and response; came a list"),
        ('"text"', {}, "wanted an object with messages, or with prompt and response; came text"),
        ("null", {}, "came null"),
        (
            {"question": "P", "answer": "R"},
            {},
            "no 'prompt'; there are question, answer; name yours with --map prompt=COLUMN",
        ),
        (
            {"prompt": "P", "answer": "R"},
            {},
            "no 'response'; there are prompt, answer; name yours with --map response=COLUMN",
        ),
        ({}, {}, "no 'prompt'; there are none"),
        ({f"k{n}": n for n in range(25)}, {}, "k19 and 5 more; name yours"),
        ({"a\x1b": 1, "": 2, "b" * 50: 3}, {}, r"there are 'a\x1b', '', " + "b" * 39 + "…;"),
        (PR, {"response": "answer"}, "no 'answer' (for response); there are prompt, response"),
        (PR, {"response": "answer.0.text"}, "no 'answer.0.text' (for response)"),
        (PR, {"label": "model"}, "no 'model' (for label)"),
        (PR, {"id": "uid"}, "no 'uid' (for id)"),
        ({**PR, "c": {"a": 1}}, {"context": "c"}, "'c' (for context): wanted text or a list of texts, came an object"),
        ({**PR, "l": 1.5}, {"label": "l"}, "'l' (for label): wanted text or a whole number, came a number"),
        ({**PR, "p": "web"}, {"provenance": "p"}, "'p' (for provenance): wanted one of contaminated, mixed,"),
        ({"prompt": "P", "response": None}, {}, "'response' is null; wanted the response"),
        (
            {"prompt": "P", "response": 3},
            {},
            "'response': wanted text, came a number; a path such as --map response=output.text",
        ),
        ({"prompt": "P", "response": True}, {}, "'response': wanted text, came true;"),
        ({"prompt": {"a": 1}, "response": "R"}, {}, "'prompt': wanted text, came an object"),
        ({**PR, "s": 1}, {"system": "s"}, "'s': wanted text, came a number"),
        ({"messages": []}, {}, "messages: wanted a list of messages, came an empty list"),
        ({"messages": {}}, {}, "messages: wanted a list of messages, came an empty object"),
        ({"messages": 4}, {}, "messages: wanted a list of messages, came a number"),
        ({"messages": "hello"}, {}, "not JSON: Expecting value at column 1"),
        ({"messages": ["hello"]}, {}, "messages.0: wanted an object with role and content, came text"),
        ({"messages": CHAT[:1]}, {}, "a transcript needs at least one assistant message"),
        (
            {"messages": [{"role": "narrator", "content": "x"}]},
            {},
            "messages.0.role: Input should be 'system', 'developer'",
        ),
        ({"messages": [{"content": "x"}]}, {}, "messages.0.role: Input should be"),
        ({"messages": [{"role": ["user"], "content": "x"}]}, {}, "messages.0.role: Input should be"),
        ({"messages": [*CHAT, {"role": "assistant"}]}, {}, "messages.2: no content"),
        (
            {"messages": [{"role": "user", "content": 3}]},
            {},
            "messages.0: content: wanted text or a list of parts, came a number",
        ),
        (
            {"messages": [{"role": "user", "content": [3]}]},
            {},
            "messages.0: content: wanted parts with text, came a number",
        ),
        (
            {"messages": [{"role": "user", "content": "x", "tool_calls": [1]}]},
            {},
            "messages.0: tool_calls: wanted a list of objects",
        ),
        (
            {"messages": CHAT, "a": "R"},
            {"response": "a"},
            "the messages end with the assistant's, and a response is mapped too",
        ),
        ({**NATIVE, "sha256": "0" * 64}, {}, "sha256 is that of another text: the response's is 8c2574892063f995"),
        (b'{"question_id": "q", "messages": [], "title": ' + b"[" * 1010 + b"]" * 1010 + b"}", {}, "messages: wanted"),
        (
            b'{"question_id": "q", "title": '
            + b"[" * 1010
            + b"]" * 1010
            + b', "messages": [{"role": "user", "content": ""}]}',
            {},
            "nested too deeply",
        ),
        ({**NATIVE, "lines": [1]}, {}, "lines.1: Field required"),
        ({**NATIVE, "provenance": "web"}, {}, "provenance: Input should be 'verbatim'"),
        ({**NATIVE, "metadata": [1]}, {}, "metadata: Input should be a valid dictionary"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_the_cure_or_left_out(
    tmp_path: Path, row: Any, mapping: dict[str, str], said: str
) -> None:
    good = fitting(mapping)
    file = load(tmp_path, good, row, good, mapping=mapping)
    with pytest.raises(UserError) as error:
        list(file)
    message = str(error.value)
    assert message.startswith(f"{file.sources[0]}, line 2: ")
    assert said in message
    assert message.endswith("; mend it, or leave such rows out with --skip-bad (skip_bad=True)")
    assert "\n" not in message

    file = load(tmp_path, good, row, {**good, "id": "last"}, mapping=mapping, skip_bad=True)
    assert len(list(file)) == 2
    assert file.skipped == 1
    assert [warning.endswith("; left out") for warning in file.warnings if "line 2: " in warning] == [True]


def fitting(mapping: dict[str, str]) -> dict[str, Any]:
    """A row that has everything that the mapping names."""
    values = {"messages": CHAT, "provenance": "mixed"}
    row: dict[str, Any] = dict(PR)
    for field, name in mapping.items():
        row[name.partition(".")[0]] = values.get(field, "x") if "." not in name else [{"text": "x"}]
    return row


def test_a_mapped_field_that_no_row_has_is_a_warning_for_the_fields_that_may_be_absent(tmp_path: Path) -> None:
    file = load(tmp_path, PR, mapping={"reference": "gold", "context": "docs"})
    assert len(list(file)) == 1
    name = file.sources[0]
    assert file.warnings == [
        f"{name}: no row has 'docs', mapped as the context",
        f"{name}: no row has 'gold', mapped as the reference",
    ]
    file = load(tmp_path, PR, {**PR, "gold": "R", "id": "2"}, mapping={"reference": "gold"})
    assert [transcript.reference for transcript in file] == [None, "R"]
    assert file.warnings == []


@pytest.mark.parametrize(
    ("line", "metadata"),
    [
        (b'"n": NaN, "m": [Infinity, -Infinity, 1e999]', {"n": None, "m": [None, None, None]}),
        (b'"n": "\\ud83d", "\\udc00": 1', {"n": "\ufffd", "\ufffd": 1}),
        (b'"n": 123456789012345678901234567890, "m": NaN', {"n": "123456789012345678901234567890", "m": None}),
        (b'"n": 1, "n": 2', {"n": 2}),
        (b'"n": 18446744073709551615, "m": -9223372036854775808', {"n": 2**64 - 1, "m": -(2**63)}),
    ],
)
def test_what_json_can_hardly_hold_is_mended(tmp_path: Path, line: bytes, metadata: dict[str, Any]) -> None:
    transcript = one(tmp_path, b'{"prompt": "P", "response": "\\ud83d R", ' + line + b"}")
    # orjson alone reads half a surrogate pair in no row; here it is one replacement character.
    assert transcript.response == "\ufffd R"
    assert transcript.metadata == metadata


def test_a_line_of_any_length_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(PR | {"response": "a" * 5_000_000}).encode() + b"\r\n\r\n")
    assert [len(transcript.response) for transcript in load_transcripts(path)] == [5_000_000]


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@settings(deadline=None)
@given(st.lists(st.fixed_dictionaries({"prompt": TEXT, "response": TEXT, "label": TEXT}), min_size=1, max_size=4))
def test_prompts_and_responses_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]]
) -> None:
    found = load(tmp_path_factory.mktemp("jsonl"), *rows)
    assert [(t.prompt, t.response, t.label) for t in found] == [
        (row["prompt"], row["response"], row["label"]) for row in rows
    ]
