"""The data of the comparison's page: for each changed pair two rows, A's and B's, as the run report holds its rows.

The rows are written as `report_data` writes them, so the same scripts show them: 2k is A's verdict of pair k, 2k + 1 is
B's. `pairs` in the index says what a pair has of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from judgekit.judging.job import fingerprint_of
from judgekit.reporting.pages import inert_json
from judgekit.reporting.plain import count, one_line
from judgekit.reporting.report_data import MAX_TEXTS, Gathered, element, elements
from judgekit.reporting.report_rows import Index, Wanted, detail
from judgekit.reporting.report_texts import Texts
from judgekit.running.compare_rows import Flip, setting_facts, side_by_side
from judgekit.running.compare_why import INPUTS, bodies_of, changed_answers, differences
from judgekit.running.schema import reading

if TYPE_CHECKING:
    from judgekit.question import QuestionSet
    from judgekit.running.compare import RunComparison
    from judgekit.running.run import Run
    from judgekit.transcript import Transcript

MAX_PAIRS: Final = 2000
"""How many changed pairs of each rubric, and as many with another status, a page holds."""
TEXT: Final = "the text of the transcript"
ONLY_INPUTS: Final = "the question's inputs"
_SURE: Final = ("fingerprint", "quotes")
_SLICE: Final = 200
_ANSWERS: Final = 40


@dataclass(slots=True)
class RememberedTexts(Texts):
    """The texts of one run, each remembered by its digest."""

    digests: dict[str, str] = field(default_factory=dict)
    """By transcript, the digest of what the judge was shown of it."""

    def read(self, wanted: Mapping[str, Sequence[Wanted]]) -> Iterator[Transcript]:
        """The transcripts that are wanted, one at a time."""
        for transcript in Texts.read(self, wanted):
            self.digests[transcript.id] = fingerprint_of(transcript, "", "")
            yield transcript


@dataclass(slots=True)
class CompareData:
    """The data elements of one page; iterate over it once, and read the notes then."""

    a: Run
    b: Run
    found: RunComparison
    transcripts: Iterable[Transcript] | None = None
    """What both judged; None: the files that each run names."""
    questions: QuestionSet | None = None
    max_pairs: int = MAX_PAIRS
    notes: list[str] = field(default_factory=list)
    """What is not on the page, a sentence each; complete when all elements were taken."""
    _why: list[tuple[str, ...]] = field(default_factory=list)
    _answers: list[list[str]] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        index = Index()
        yield from elements("verdicts", (inert_json(detail(row)) for row in self._rows(index)))
        texts = [RememberedTexts(run, self.transcripts, None, self.questions) for run in (self.a, self.b)]
        sides = [Gathered(texts[i], _half(index, i), MAX_TEXTS // 2) for i in (0, 1)]
        sides[1].transcripts = sides[0].transcripts
        yield from elements("messages", _messages(*sides))
        yield from elements("transcripts", map(inert_json, sides[0].transcripts))
        record = index.record()
        record["titles"] = [
            next((titles[name] for side in sides if (titles := side.titles).get(name)), "")
            for name in index.names["question"]
        ]
        record["asks"] = [""] * len(record["titles"])
        for name in ("of_row", "same"):
            both = zip(*(getattr(side, name) for side in sides), strict=True)
            merged = [pair[row % 2] for row, pair in enumerate(both)]
            record["columns"]["transcript" if name == "of_row" else name] = merged
        record["pairs"] = {"why": self._reasons(index, record["columns"]["same"], texts), "answers": self._answers}
        self._note(texts, sides)
        yield element("index", [inert_json(record)])

    def _rows(self, index: Index) -> Iterator[dict[str, Any]]:
        with reading(self.a.path) as db_a, reading(self.b.path) as db_b:
            facts = setting_facts(db_a), setting_facts(db_b)
            for rubric in [row.rubric for row in self.found.rubric_rows]:
                both = side_by_side(self.a.path, self.b.path, rubric, self.max_pairs)
                pairs = [*both.flips, *both.turns]
                for start in range(0, len(pairs), _SLICE):
                    some = pairs[start : start + _SLICE]
                    bodies_a = bodies_of(db_a, [one.row_a for one in some])
                    bodies_b = bodies_of(db_b, [one.row_b for one in some])
                    for one in some:
                        a, b = bodies_a[one.row_a], bodies_b[one.row_b]
                        self._pair(one, a, b, facts)
                        for row in (a, b):
                            index.add(row)
                            yield row

    def _pair(
        self, one: Flip, a: Mapping[str, Any], b: Mapping[str, Any], facts: tuple[Mapping[int, Any], Mapping[int, Any]]
    ) -> None:
        equal = one.fingerprint_a == one.fingerprint_b
        self._why.append(differences(facts[0][one.setting_a], facts[1][one.setting_b], equal=equal))
        self._answers.append([one_line(answer, 300) for answer in list(changed_answers(a, b))[:_ANSWERS]])

    def _reasons(self, index: Index, same: list[str], texts: list[RememberedTexts]) -> list[list[str]]:
        """What differs, by pair; where both texts are at hand and are those that were judged, they tell more."""
        known: dict[int, str] = {}
        for transcript, wanted in index.wanted.items():
            for one in wanted:
                known[one.row // 2] = transcript
        return [
            _refined(why, same[2 * k : 2 * k + 2], [side.digests.get(known[k], "") for side in texts])
            for k, why in enumerate(self._why)
        ]

    def _note(self, texts: list[RememberedTexts], sides: list[Gathered]) -> None:
        changed, turned = sum(self.found.changed.values()), sum(self.found.turned.values())
        if (total := changed + turned) > len(self._why):
            self.notes.append(
                f"This page holds {len(self._why):,} of {total:,} changed verdicts: of each rubric the first "
                f"{self.max_pairs:,} with another result and as many with another status. The others are in the runs: "
                "judgekit export writes them."
            )
        for name, side, gathered in zip("AB", texts, sides, strict=True):
            if side.problem:
                problem = side.problem.replace("judgekit report RUN", "judgekit compare A B --report FILE")
                self.notes.append(f"{name}: {problem}.")
            if gathered.without:
                more = count(gathered.without, "further transcript")
                self.notes.append(f"{name}: the page is full: the text of {more} is in {side.named} only.")


def _half(index: Index, side: int) -> Index:
    """The same rows, of which only those of one run look for their texts."""
    half = Index()
    half.ids = index.ids
    for transcript, wanted in index.wanted.items():
        if mine := [one for one in wanted if one.row % 2 == side]:
            half.wanted[transcript] = mine
    return half


def _messages(first: Gathered, second: Gathered) -> Iterator[str]:
    """The messages of both, each text once."""
    yield from first.messages()
    second.known = first.known
    yield from second.messages()


def _refined(why: tuple[str, ...], same: list[str], digests: list[str]) -> list[str]:
    if not all(state in _SURE for state in same) or not all(digests):
        return list(why)
    changed = digests[0] != digests[1]
    if INPUTS in why:
        return [one if one != INPUTS else TEXT if changed else ONLY_INPUTS for one in why]
    return [*why, TEXT] if changed else list(why)
