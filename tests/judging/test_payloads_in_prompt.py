"""No payload reaches the prompt outside its block, wherever it is put and under whatever rubric.

The rendered messages are taken apart without the code that wrote them: by the marker lines, line by line, and JSON.
Outside of the block the text has to equal that of the clean render.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest

from judgekit.io import load_rubric, rubric_names
from judgekit.io.attacks import Payload, attach_payload, load_payloads
from judgekit.judging.ask import questions_of, request_of
from judgekit.judging.decide import checks_of
from judgekit.judging.job import Plan, make_job, make_plan
from judgekit.transcript import Message, Transcript
from tests.judging.made import baseline_settings
from tests.shared_data import SHARED

SEED = SHARED / "seed" / "injections.json"
PROMPT, RESPONSE = "Is a list the right choice here?", "A list is right, because the order of the items matters here."
MARKERS = re.compile(r"^-----(BEGIN|END) DATA ([0-9a-f]{16})-----$", re.MULTILINE)
HEAD = re.compile(r"message (\d+), (system|user|assistant|tool)(, THE RESPONSE UNDER JUDGEMENT)?:")
TOKEN = re.compile(r"⟨U\+([0-9A-F]{4,6})⟩")
PLACES = ("response", "prompt", "system", "earlier", "tool", "tool_call", "context", "reference", "label", "title")


@cache
def plans() -> dict[str, Plan]:
    return {name: make_plan(load_rubric(name), baseline_settings()) for name in rubric_names()}


@cache
def example_inputs(rubric: str) -> dict[str, Any]:
    """The inputs of the first example that code alone does not decide: its prompt has all of its parts."""
    for example in load_rubric(rubric).examples:
        if render(rubric, transcript(), dict(example.inputs)) is not None:
            return dict(example.inputs)
    raise AssertionError(f"{rubric}: code decides every example")


def transcript(**texts: str) -> Transcript:
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": texts.get("tool_call", "{}")}}
    return Transcript(
        id="q1/Model1",
        question_id="q1",
        label=texts.get("label", "Model1"),
        title=texts.get("title", "A title"),
        messages=(
            Message(role="system", content=texts.get("system", "Be brief.")),
            Message(role="user", content="Hello."),
            Message(role="assistant", content=texts.get("earlier", "Hello, what is it?"), tool_calls=(call,)),
            Message(role="tool", content=texts.get("tool", "3 rows")),
            Message(role="user", content=texts.get("prompt", PROMPT)),
            Message(role="assistant", content=texts.get("response", RESPONSE)),
        ),
        context=texts.get("context", "The items are steps."),
        reference=texts.get("reference", "A list."),
        metadata={"note": texts.get("title", "")},
    )


def render(rubric: str, a_transcript: Transcript, inputs: dict[str, Any]) -> tuple[str, str] | None:
    """System and user message as they are sent; None where there is nothing to ask."""
    job = make_job(a_transcript, plans()[rubric], inputs=inputs)
    checks = checks_of(job)
    questions = questions_of(job, checks)
    if not questions.asked:
        return None
    request = request_of(job, questions, checks)
    return request.system, request.user


@cache
def clean_render(rubric: str) -> tuple[str, str]:
    found = render(rubric, transcript(), example_inputs(rubric))
    assert found is not None
    return found


def parted(user: str) -> tuple[str, list[str], str]:
    """What stands before the block, its lines, and what stands after; there is one block."""
    found = list(MARKERS.finditer(user))
    assert [match[1] for match in found] == ["BEGIN", "END"], found
    assert found[0][2] == found[1][2]
    assert user.count(found[0][2]) == 2
    before, block, after = user[: found[0].start()], user[found[0].end() : found[1].start()], user[found[1].end() :]
    return before, block.strip("\n").split("\n"), after


def plain(text: str) -> str:
    return TOKEN.sub(lambda match: chr(int(match[1], 16)), text)


def check_block(lines: Sequence[str], given: Transcript) -> None:
    """The block is heads and JSON strings, and these are the transcript's texts: nothing more, nothing else."""
    texts: list[str] = []
    at = 0
    for i, message in enumerate(given.messages):
        head = HEAD.fullmatch(lines[at])
        assert head is not None, lines[at]
        assert (int(head[1]), head[2], bool(head[3])) == (
            i,
            message.role,
            i == len(given.messages) - 1 or bool(head[3]),
        )
        texts.append(json.loads(lines[at + 1]))
        at += 2
        if message.tool_calls:
            name, _, value = lines[at].partition(": ")
            assert name == "tool calls"
            assert json.loads(plain_json(value)) == list(message.tool_calls)
            at += 1
    assert lines[at] == "material the assistant was given:"
    assert lines[at + 2] == "a reference answer:"
    texts += [json.loads(lines[at + 1]), json.loads(lines[at + 3])]
    assert len(lines) == at + 4
    wanted = [*(message.content for message in given.messages), given.context, given.reference]
    assert [plain(text) for text in texts] == [plain(text or "") for text in wanted]


def plain_json(value: str) -> str:
    """Tokens as JSON escapes of what they stand for."""
    return TOKEN.sub(lambda match: json.dumps(chr(int(match[1], 16)))[1:-1], value)


def check_place(rubric: str, payload: Payload, place: str) -> None:
    inputs = example_inputs(rubric)
    clean = clean_render(rubric)
    text = attach_payload(RESPONSE, payload) if place == "response" else payload.whole
    attacked = transcript(**{place: text})
    found = render(rubric, attacked, inputs)
    if found is None:  # a check of the rubric decides alone now: no prompt, nothing to reach
        return
    assert found[0] == clean[0]
    before, block, after = parted(found[1])
    clean_before, _, clean_after = parted(clean[1])
    assert after == clean_after
    assert results_masked(before) == results_masked(clean_before)
    check_block(block, attacked)


def results_masked(before: str) -> str:
    """Without what code has decided of the response: that is to change with it, and is one word of four."""
    return re.sub(r"^(- .*): (pass|fail|not_applicable|error)$", r"\1: *", before, flags=re.MULTILINE)


def spoiled(value: Any, text: str) -> Iterator[Any]:
    """The inputs with the payload in place of each text in turn, however deep."""
    if isinstance(value, str):
        yield text
    elif isinstance(value, list):
        for i, held in enumerate(value):
            yield from ([*value[:i], other, *value[i + 1 :]] for other in spoiled(held, text))
    elif isinstance(value, dict):
        for key, held in value.items():
            yield from ({**value, key: other} for other in spoiled(held, text))


def check_inputs(rubric: str, payload: Payload) -> None:
    """An input stands before the block, as one JSON value on its one line; all other lines are those of the clean."""
    spec, inputs = plans()[rubric].rubric, example_inputs(rubric)
    clean = clean_render(rubric)
    for name, held in inputs.items():
        if name in ("constraints", "with_execution") or spec.inputs[name].one_of is not None:
            continue
        for value in spoiled(held, payload.whole):
            found = render(rubric, transcript(), {**inputs, name: value})
            if found is None:
                continue
            assert found[0] == clean[0]
            before, _, after = parted(found[1])
            clean_before, _, clean_after = parted(clean[1])
            assert after == clean_after
            lines, clean_lines = before.splitlines(), clean_before.splitlines()
            assert len(lines) == len(clean_lines)
            for line, clean_line in zip(lines, clean_lines, strict=True):
                if line == clean_line:
                    continue
                start = f"- {name} ({spec.inputs[name].about}): " if spec.inputs[name].about else f"- {name}: "
                assert line.startswith(start)
                assert json.loads(plain_json(line.removeprefix(start))) == value


def every_payload() -> list[Payload]:
    return [*load_payloads(), *(load_payloads(SEED) if SEED.exists() else ())]


def test_all_payloads_in_all_places_under_one_rubric() -> None:
    for payload in load_payloads():
        for place in PLACES:
            check_place("sycophancy", payload, place)
        check_inputs("sycophancy", payload)


@pytest.mark.parametrize("rubric", rubric_names())
def test_some_payloads_in_all_places_under_each_rubric(rubric: str) -> None:
    for payload in load_payloads()[::57]:
        for place in PLACES:
            check_place(rubric, payload, place)
        check_inputs(rubric, payload)


@pytest.mark.slow
@pytest.mark.parametrize("rubric", rubric_names())
def test_all_payloads_in_all_places_under_each_rubric(rubric: str) -> None:
    for payload in every_payload():
        for place in PLACES:
            check_place(rubric, payload, place)
        check_inputs(rubric, payload)


@pytest.mark.slow
@pytest.mark.skipif(not SEED.exists(), reason="the first payload set is not here")
def test_the_first_payload_set_under_one_rubric() -> None:
    for payload in load_payloads(SEED):
        for place in PLACES:
            check_place("sycophancy", payload, place)


@pytest.mark.parametrize("key", ["quote", "ask", "id", "id of a check"])
def test_what_a_question_file_says_of_a_demand_stays_on_its_line(key: str) -> None:
    # quotes and questions of demands stand before the block: a drafted question file may hold what a prompt said
    demand: dict[str, Any] = {"id": "d1", "quote": "right choice", "ask": "Is it said which is right?"}
    checked = {"id": "d2", "quote": "right", "check": "contains", "with": {"all": ["list"]}}
    demands = [demand, checked]
    changed = checked if key == "id of a check" else demand
    clean = render("constraint_following", transcript(), {"constraints": demands})
    assert clean is not None
    for payload in load_payloads():
        if key == "quote" and payload.whole != payload.whole.strip():
            continue
        other = [{**one, key.split()[0]: payload.whole} if one is changed else one for one in demands]
        found = render("constraint_following", transcript(), {"constraints": other})
        assert found is not None
        before, block, after = parted(found[1])
        assert len(before.splitlines()) == len(parted(clean[1])[0].splitlines()), payload.id
        assert after == parted(clean[1])[2]
        assert block == parted(clean[1])[1]
        assert not re.search(
            "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]", found[1]
        )
