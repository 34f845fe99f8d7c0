"""Twenty-two samples that every harness evaluates, the judge that answers them, and what a harness then has to report.

Sample i is polite unless i % 3 == 0 and on its topic unless i % 5 == 0. The judge cannot tell about sample 7, and
refuses sample 11. So twenty are scored:

    level 3 (score 1.0)   neither 3 nor 5 divides i: 1 2 4 8 13 14 16 17 19 22      10 samples
    level 2 (score 0.5)   one of them does: 3 5 6 9 10 12 18 20 21                   9 samples
    level 1 (score 0.0)   both do: 15                                                1 sample

    mean score = (10 · 1 + 9 · 0.5 + 1 · 0) / 20 = 0.725
    polite:    no for 3 6 9 12 15 18 21, so 13 of 20 = 0.65
    on_topic:  no for 5 10 15 20, so 16 of 20 = 0.8
    passed:    10 of 20 = 0.5

With the two others counted as 0 the mean would be 14.5 / 22 = 0.659: diluted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judgekit import Judge
from judgekit.integrations.handed_over import Keys
from judgekit.integrations.outcome import Outcome
from judgekit.integrations.rubric_judge import RubricJudge
from tests.servers.faults import Fault
from tests.servers.openai_server import OpenAIServer
from tests.servers.quotes import message_text
from tests.servers.replies import Fixed

RUBRIC = Path(__file__).with_name("courtesy.yaml")
"""The rubric of these samples; its required input `topic` comes from each sample."""
ABSTAINED, FAILED = 7, 11
MEAN, POLITE, ON_TOPIC, PASSED = 0.725, 0.65, 0.8, 0.5
N, N_SCORED = 22, 20
_RESPONSE = re.compile(r"This is answer (\d+) of the set")


@dataclass(frozen=True, slots=True)
class Sample:
    """One question with an answer, and what the judge says about it."""

    i: int

    @property
    def id(self) -> str:
        """Its name in a harness's data set."""
        return f"q{self.i:02}"

    @property
    def prompt(self) -> str:
        """What the user asks."""
        return f"Question {self.i}: where is platform {self.i}?"

    @property
    def response(self) -> str:
        """What the model answered: the text that is judged."""
        return f"This is answer {self.i} of the set: go straight on, then turn left."

    @property
    def topic(self) -> str:
        """The rubric's input."""
        return f"the way to platform {self.i}"

    @property
    def values(self) -> dict[str, float]:
        """What the criteria come to; nothing where the verdict is not scored by the judge."""
        return {"polite": float(self.i % 3 > 0), "on_topic": float(self.i % 5 > 0)} if self.is_scored else {}

    @property
    def is_scored(self) -> bool:
        """Whether the judge answers."""
        return self.i not in (ABSTAINED, FAILED)

    @property
    def level(self) -> int | None:
        """The level, where it is scored: 1 and one for each yes."""
        return 1 + int(sum(self.values.values())) if self.is_scored else None

    @property
    def score(self) -> float | None:
        """(level - 1) / 2."""
        return None if self.level is None else (self.level - 1) / 2


SAMPLES = tuple(Sample(i) for i in range(1, N + 1))


def reply(body: dict[str, Any]) -> Fixed:
    """What the judge says to a request: by the number in the response that it shows."""
    found = _RESPONSE.search("\n".join(message_text(message) for message in body["messages"]))
    assert found is not None, "the prompt shows no response of the set"
    sample = SAMPLES[int(found[1]) - 1]
    if sample.i == FAILED:
        return Fault("refusal")
    words = {1.0: "yes", 0.0: "no"}
    cannot = {"evidence": [], "reason": "It does not say.", "answer": "cannot_tell"}
    criteria = {
        name: {"evidence": ["go straight on"], "reason": "As it says.", "answer": words[value]}
        for name, value in sample.values.items()
    } or {"polite": cannot, "on_topic": cannot}
    level = "cannot_tell" if sample.level is None else str(sample.level)
    return {**criteria, "explanation": f"Number {sample.i} was read.", "level": level}


def courtesy_server(calls: int = 1_000) -> OpenAIServer:
    """A judge's server that answers so many calls about these samples; enter it to start it."""
    return OpenAIServer(script=[reply] * calls)


def outcome_of(sample: Sample, server: OpenAIServer) -> Outcome:
    """What the judge of this server says about a sample, as adapters get it."""
    with Judge("openai/test", base_url=server.base_url) as judge:
        transcript = Keys().transcript(sample.prompt, sample.response)
        return RubricJudge(RUBRIC, judge=judge).score(transcript, {"topic": sample.topic})
