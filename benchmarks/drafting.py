"""How precise and how complete the drafting of constraints by code is.

    python -m benchmarks.drafting

On the prompts of `tests/io/demands/ifeval_like.yaml`, whose demands were written down before the rules, and on those of
the shipped transcripts, whose demands stand in the shipped question file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from judgekit.io import attach, load_questions, load_transcripts
from judgekit.io.demands import draft_constraints
from judgekit.io.ifeval import ifeval_ways
from judgekit.question import Constraint

ROOT = Path(__file__).resolve().parents[1]
PROMPTS = ROOT / "tests" / "io" / "demands" / "ifeval_like.yaml"
DEMO = ROOT / "judgekit" / "cli" / "demo_data"
Demand = tuple[str, dict[str, Any]]


@dataclass(slots=True)
class Tally:
    """Drafts that are right and wrong, and demands that were not found; the wrong and the missing with their prompt."""

    right: int = 0
    wrong: list[tuple[str, Demand]] = field(default_factory=list)
    missing: list[tuple[str, Demand]] = field(default_factory=list)
    prompts: int = 0

    @property
    def precision(self) -> float:
        return self.right / (self.right + len(self.wrong))

    @property
    def recall(self) -> float:
        return self.right / (self.right + len(self.missing))


def drafted(prompt: str) -> list[Demand]:
    """Check and parameters of each draft; what is asked has no check."""
    return [(c.check or "", dict(c.with_)) for c in draft_constraints(prompt)]


def wanted(row: dict[str, Any]) -> list[Demand]:
    """Check and parameters of each demand of a row."""
    found: list[Demand] = []
    for check, *rest in row["want"]:
        if check == "ask":
            found.append(("", {}))
        elif check == "ifeval":
            found.extend((way.check, way.params) for way in ifeval_ways(*rest))
        else:
            found.append((check, *rest))
    return found


def on_written(part: str) -> Tally:
    """Against the prompts of the data file: check and parameters have to be the same."""
    tally = Tally()
    for row in yaml.safe_load(PROMPTS.read_text(encoding="utf-8"))[part]:
        made, true = drafted(row["p"]), wanted(row)
        tally.prompts += 1
        tally.right += sum(demand in true for demand in made)
        tally.wrong += [(row["p"], demand) for demand in made if demand not in true]
        tally.missing += [(row["p"], demand) for demand in true if demand not in made]
    return tally


def on_demo() -> Tally:
    """Against the shipped question file: the check has to be the same, and each drafted parameter as a person has it.

    A person may say more (how many blocks or parts). A draft that asks the judge is right where the person's demand has
    words in common. Demands that a person had to put into code (patterns, targets) count as missing too.
    """
    tally = Tally()
    seen: set[str] = set()
    for transcript, question in attach(
        load_transcripts(DEMO / "transcripts.md"), load_questions(DEMO / "questions.yaml")
    ):
        if question is None or question.id in seen:
            continue
        seen.add(question.id)
        rows: Any = question.rubrics.get("constraint_following", {}).get("constraints", [])
        true = [Constraint.model_validate(row) for row in rows]
        made = draft_constraints(transcript.prompt)
        hits = [next((c for c in true if _same(draft, c)), None) for draft in made]
        tally.prompts += 1
        tally.right += sum(hit is not None for hit in hits)
        tally.wrong += [
            (question.id, (d.check or "", dict(d.with_))) for d, hit in zip(made, hits, strict=True) if hit is None
        ]
        checked = [c for c in true if c.check is not None and all(c is not hit for hit in hits)]
        tally.missing += [(question.id, (c.check or "", dict(c.with_))) for c in checked]
    return tally


def _same(draft: Constraint, true: Constraint) -> bool:
    if draft.check is None:
        return draft.quote in true.quote or true.quote in draft.quote
    return draft.check == true.check and all(true.with_.get(name) == value for name, value in draft.with_.items())


def main() -> None:
    """The table, on standard output."""
    print("| prompts | n | drafts | right | precision | recall |\n|---|---|---|---|---|---|")
    parts = {"of IFEval's kind, open": on_written("open"), "of IFEval's kind, held out": on_written("held_out")}
    for name, tally in {**parts, "shipped transcripts": on_demo()}.items():
        drafts = tally.right + len(tally.wrong)
        figures = f"{100 * tally.precision:.1f} % | {100 * tally.recall:.1f} %"
        print(f"| {name} | {tally.prompts} | {drafts} | {tally.right} | {figures} |")
        for where, demand in tally.wrong:
            print("wrong:", where, demand)


if __name__ == "__main__":
    main()
