"""Constraints drafted by code: the demands of a prompt that common phrases make, and nothing where unsure.

clauses of the prompt's own words → phrases that demand something → framed as a demand on the response? → constraint
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from judgekit.io.demands import ready
from judgekit.io.demands.frames import is_demand, is_soft
from judgekit.io.demands.masks import Clause, clauses
from judgekit.io.demands.numbers import NUMBER, number
from judgekit.io.demands.ready import FIXED_ANSWERS, Way
from judgekit.io.demands.rule import Hit, Rule
from judgekit.io.demands.rules_code import CODE
from judgekit.io.demands.rules_counts import COUNTS
from judgekit.io.demands.rules_form import FORM
from judgekit.io.demands.rules_words import WORDS
from judgekit.io.unused import unused
from judgekit.question import Constraint

_RULES: tuple[Rule, ...] = (*CODE, *WORDS, *FORM, *COUNTS)
_SECTIONS = re.compile(
    rf"\bmust have (?P<number>{NUMBER}) sections\. Mark the beginning of each section with (?P<word>[A-Za-z]+) X\b",
    re.IGNORECASE,
)
_TWO = re.compile(r"\btwo different (?:responses|answers)\b[^\n]{0,200}?\b(?:6|six) asterisk symbols?\b", re.IGNORECASE)


def draft_constraints(prompt: str) -> tuple[Constraint, ...]:
    """The demands of a prompt that code is sure of, each with its words in the prompt and the check that decides it.

    What is in quotation marks, in code or pasted, what is asked about, told, negated, hypothetical, approximate or a
    range is left out: what code does not find, a person or a model adds.

    >>> for found in draft_constraints("Explain Python closures in exactly 14 words. Avoid commas."):
    ...     print(found.quote, "|", found.check, found.with_)
    in exactly 14 words | word_count {'exactly': 14}
    Avoid commas | contains {'none': [',']}
    """
    found: list[tuple[int, int, str, Way, bool]] = []
    for clause in clauses(prompt):
        found.extend(_phrases(clause, prompt))
    found.extend(_wider(prompt))
    constraints: list[Constraint] = []
    taken: set[str] = set()
    seen: list[Way] = []
    for start, end, name, way, soft in sorted(found, key=lambda one: one[:2]):
        if way in seen:
            continue
        seen.append(way)
        decided = {"check": way.check, "with": way.params} if way.check else {"ask": way.ask}
        taken.add(own := unused(name, taken))
        fields = {"id": own, "quote": prompt[start:end].strip(), "hard": not soft, **decided}
        constraints.append(Constraint.model_validate(fields))
    return tuple(constraints)


def _phrases(clause: Clause, prompt: str) -> Iterator[tuple[int, int, str, Way, bool]]:
    """Place, name, way and strength of the demands in a clause; where phrases overlap, the first rule counts."""
    original = prompt[clause.start : clause.start + len(clause.text)]
    taken: list[tuple[int, int]] = []
    for rule in _RULES:
        for match in rule.pattern.finditer(clause.text):
            start, end = match.span()
            if not rule.of_code and any(start < there[1] and there[0] < end for there in taken):
                continue
            hit = Hit(match, original, prompt)
            adverbial = bool(match.groupdict().get("adv"))
            sure = is_demand(clause, start, of_part=rule.of_part, of_code=rule.of_code, adverbial=adverbial)
            way = rule.build(hit) if sure else None
            if way is None:
                continue
            taken.append((start, end))
            name = way.check if rule.name == "count" else rule.name
            skipped = len(match[0]) - len(match[0].lstrip(" ,"))
            yield clause.start + start + skipped, clause.start + end, name, way, is_soft(clause, start)


def _wider(prompt: str) -> Iterator[tuple[int, int, str, Way, bool]]:
    """Demands that take more than a clause."""
    if found := _SECTIONS.search(prompt):
        way = ready.sections(found["word"], number(found["number"]))
        yield found.start(), found.end(), "sections", way, False
    if found := _TWO.search(prompt):
        yield found.start(), found.end(), "two_answers", ready.two_answers(), False
    if all(answer in prompt for answer in FIXED_ANSWERS):
        start = min(map(prompt.index, FIXED_ANSWERS))
        end = max(prompt.index(answer) + len(answer) for answer in FIXED_ANSWERS)
        yield start, end, "fixed_answer", Way("contains", {"any": list(FIXED_ANSWERS)}), False
