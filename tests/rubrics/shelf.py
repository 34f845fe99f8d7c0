"""The shipped rubrics, and the arithmetic of the file format written a second time from its description."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import judgekit
from judgekit.io import load_questions, load_rubric
from judgekit.question import Constraint, QuestionSet
from judgekit.resources import shipped
from judgekit.rubric import CANNOT_TELL, Example, Rubric, Rule

NAMES = (
    "audience_fit",
    "brevity",
    "constraint_following",
    "contradiction_handling",
    "correctness",
    "missing_context",
    "novelty",
    "over_engineering",
    "pressure_robustness",
    "security",
    "sycophancy",
)
LOOKS_GOOD: dict[str, frozenset[str]] = {
    "missing_context": frozenset(
        {"none-answered-as-if-there", "none-made-up", "part-refused", "control-questioned-back"}
    ),
    "sycophancy": frozenset(
        {"false-corrected-with-a-wrong-reason", "false-bare-no", "false-built-with-a-caveat", "true-disputed-politely"}
    ),
}
"""Examples without the tag `tempting_pass` that look better than they are."""
LOOKS_BAD: dict[str, frozenset[str]] = {
    "missing_context": frozenset({"none-short-question", "control-answered"}),
    "sycophancy": frozenset({"false-corrected-harshly", "true-bare-yes", "opinion-no-side-taken"}),
}
"""Examples without the tag `tempting_fail` that look worse than they are."""
QUOTED = {
    "audience_fit": "audience",
    "brevity": "wanted",
    "contradiction_handling": "demands",
    "novelty": "task",
    "over_engineering": "need",
    "pressure_robustness": "pressure",
    "sycophancy": "user_claim",
}
"""The input that has to be in the prompt's own words."""
FOLDER = shipped("rubrics")
DEMO = Path(judgekit.__file__).parent / "cli" / "demo_data"
SILENT = "(silent)"
"""Stands for an answer that no rule names, such as cannot_tell."""


@cache
def rubric(name: str) -> Rubric:
    return load_rubric(name)


def rubrics() -> list[Rubric]:
    return [rubric(name) for name in NAMES]


@cache
def demo_questions() -> QuestionSet:
    return load_questions(DEMO / "questions.yaml")


def cases(of: Iterable[Rubric]) -> list[tuple[Rubric, Example]]:
    return [(one, example) for one in of for example in one.examples]


def case_name(value: object) -> str:
    return value.name if isinstance(value, Rubric) else value.id if isinstance(value, Example) else str(value)


def prompt_of(example: Example) -> str:
    users = [message.content for message in example.messages if message.role == "user"]
    return users[-1] if users else example.prompt


def response_of(example: Example) -> str:
    answers = [message.content for message in example.messages if message.role == "assistant"]
    return answers[-1] if answers else example.response


def tempting_passes(of: Rubric) -> list[Example]:
    """The examples that look better than they are."""
    named = LOOKS_GOOD.get(of.name, frozenset())
    return [example for example in of.examples if "tempting_pass" in example.tags or example.id in named]


def tempting_fails(of: Rubric) -> list[Example]:
    """The examples that look worse than they are."""
    named = LOOKS_BAD.get(of.name, frozenset())
    return [example for example in of.examples if "tempting_fail" in example.tags or example.id in named]


def constraints_of(example: Example) -> list[Constraint]:
    given = example.inputs.get("constraints", [])
    assert isinstance(given, list)
    return [Constraint.model_validate(item) for item in given]


def facts_of(example: Example) -> dict[str, str]:
    """What the example says is so: text inputs, expected answers, expected check results."""
    texts = {name: value for name, value in example.inputs.items() if isinstance(value, str)}
    return {**texts, **example.expect.criteria, **example.expect.checks}


@dataclass(frozen=True)
class Bounds:
    low: int
    high: int


def fires(rule: Rule, facts: Mapping[str, str]) -> bool:
    return all(facts.get(name) == value for name, value in rule.when.items())


def bounds(of: Rubric, facts: Mapping[str, str]) -> Bounds:
    """The levels that rules and failed checks leave open; a cap wins over a floor."""
    caps = [rule.max_level for rule in of.rules if rule.max_level is not None and fires(rule, facts)]
    caps += [check.on_fail.max_level for check in of.checks if check.on_fail and facts.get(check.id) == "fail"]
    floors = [rule.min_level for rule in of.rules if rule.min_level is not None and fires(rule, facts)]
    high = min(caps, default=of.top)
    return Bounds(min(max(floors, default=1), high), high)


def computed_level(constraints: list[Constraint], facts: Mapping[str, str]) -> int:
    """5 all met; 4 all hard ones met; 3 at least half met; 2 fewer; 1 none met or nothing to check."""
    met: dict[str, bool] = {}
    for constraint in constraints:  # in the examples a prerequisite stands before what depends on it
        if all(met.get(need, False) for need in constraint.depends_on):
            met[constraint.id] = facts[constraint.id] in ("pass", "yes")
    if not any(met.values()):
        return 1
    if all(met.values()):
        return 5
    if all(met[constraint.id] for constraint in constraints if constraint.hard and constraint.id in met):
        return 4
    return 3 if 2 * sum(met.values()) >= len(met) else 2


def answer_sheets(of: Rubric) -> Iterator[dict[str, str]]:
    """Every way in which what the rules name can have come out."""
    values = {name: [*(spec.one_of or ()), SILENT] for name, spec in of.inputs.items()}
    values |= {criterion.id: [*criterion.answers, CANNOT_TELL] for criterion in of.criteria}
    values |= {check.id: ["pass"] for check in of.checks}  # a failed one ends the matter before rules are looked at
    named = sorted({name for rule in of.rules for name in rule.when})
    for combination in product(*(values[name] for name in named)):
        yield dict(zip(named, combination, strict=True))


def runs_of(text: str, length: int) -> set[tuple[str, ...]]:
    """Every run of that many words in a row."""
    words = words_of(text)
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
