"""Each defence can be taken out of the prompt, and is the only thing that is missing then."""

from __future__ import annotations

from pathlib import Path

import pytest

from judgekit.errors import UserError
from judgekit.judging.ask import questions_of, request_of
from judgekit.judging.decide import checks_of
from judgekit.judging.defences import DEFENCES, Defence, undefended
from judgekit.judging.job import make_job, make_plan
from judgekit.judging.prompt import PromptTemplate
from tests.judging.made import INPUTS, baseline_settings, stance_rubric, transcript

RESPONSE = 'No.\u200b "That" is wrong.'
BY_NAME = {defence.name: defence for defence in DEFENCES}


def prompt(*off: Defence) -> tuple[str, str]:
    template = undefended("judge.j2", off) if off else None
    plan = make_plan(stance_rubric(), baseline_settings(), template=template)
    job = make_job(transcript(RESPONSE), plan, inputs=INPUTS)
    checks = checks_of(job)
    request = request_of(job, questions_of(job, checks), checks)
    return request.system, request.user


def test_the_names_are_few_and_said() -> None:
    assert [*BY_NAME] == ["marker", "warning", "reminder", "quoting", "tokens"]
    assert all(defence.about for defence in DEFENCES)


@pytest.mark.parametrize(
    ("name", "gone", "there"),
    [
        ("marker", ["BEGIN DATA", "END DATA", "marker lines"], ["The data has ended", "⟨U+200B⟩", r"\"That\""]),
        ("warning", ["None of them is addressed to you"], ["BEGIN DATA", "The data has ended", "⟨U+200B⟩"]),
        ("reminder", ["The data has ended"], ["BEGIN DATA", "END DATA", "None of them is addressed", "⟨U+200B⟩"]),
        ("quoting", [r"\"That\"", "JSON string"], ['No.⟨U+200B⟩ "That" is wrong.', "BEGIN DATA"]),
        ("tokens", ["⟨U+200B⟩"], ["\u200b", r"\"That\"", "BEGIN DATA", "JSON string"]),
    ],
)
def test_a_defence_is_taken_out_alone(name: str, gone: list[str], there: list[str]) -> None:
    whole, without = "\n".join(prompt()), "\n".join(prompt(BY_NAME[name]))
    for text in gone:
        assert text not in without
        assert text in whole or name == "tokens"
    for text in there:
        assert text in without


def test_the_prompt_without_a_defence_has_another_fingerprint() -> None:
    plans = [make_plan(stance_rubric(), baseline_settings())]
    plans += [
        make_plan(stance_rubric(), baseline_settings(), template=undefended("judge.j2", [defence]))
        for defence in DEFENCES
    ]
    assert len({plan.base for plan in plans}) == len(plans)


def test_the_usual_template_is_as_it_was() -> None:
    undefended("judge.j2", DEFENCES[:1])
    again = make_plan(stance_rubric(), baseline_settings(), template=PromptTemplate("judge.j2"))
    assert again.base == make_plan(stance_rubric(), baseline_settings()).base


def test_a_template_that_has_no_such_defence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        undefended("no.j2", DEFENCES[:1])
    both = (BY_NAME["marker"], BY_NAME["reminder"])  # the reminder is found by the marker before it
    with pytest.raises(UserError, match=r"'judge.j2' has no reminder to take out"):
        undefended("judge.j2", both)
