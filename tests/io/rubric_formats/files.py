"""One small file in each format, written for these tests, and how to read a text as a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from judgekit.io import import_rubric
from judgekit.io.rubric_formats.records import Imported

PROMETHEUS = """\
{"criteria": "Does the reply calm the caller?",
 "score1_description": "It blames the caller.",
 "score2_description": "It ignores the mood.",
 "score3_description": "It is neutral.",
 "score4_description": "It shows some care.",
 "score5_description": "It names the worry and answers it."}
"""
SCORE_TEXT = """\
[Does the reply calm the caller?]
Score 1: It blames the caller.
Score 2: It ignores the mood.
Score 3: It is neutral.
Score 4: It shows some care.
Score 5: It names the worry
and answers it.
"""
PROMPTFOO = """\
description: Refund desk
prompts: [one]
tests:
  - vars: {topic: shoes}
    description: names the rule
    threshold: 0.75
    assert:
      - {type: llm-rubric, value: "Names the rule for {{topic}}.", weight: 3}
      - {type: llm-rubric, value: "Is it polite?"}
      - {type: contains, value: refund}
      - {type: not-llm-rubric, value: "Is rude."}
"""
HEALTHBENCH = """\
{"prompt_id": "ab-1", "prompt": [{"role": "user", "content": "My knee hurts."}], "rubrics": [\
{"criterion": "Asks since when.", "points": 5, "tags": ["axis:context"]}, \
{"criterion": "Does not name a drug dose.", "points": 3, "tags": []}, \
{"criterion": "Advises to walk it off.", "points": -4, "tags": ["axis:harm"]}]}
{"prompt_id": "ab-2", "prompt": [], "rubrics": [{"criterion": "Is it kind?", "points": 1, "tags": []}]}
"""
RAR = """\
[{"title": "Names the cause", "description": "Essential: names the worn belt.", "weight": 5},
 {"title": "Guesses", "description": "Pitfall: guesses at the price.", "weight": -1}]
"""
AUTORUBRIC = """\
guidelines: Read the whole reply first.
criteria:
  - {name: sources, weight: 4, requirement: Cites a source.}
  - {requirement: Uses a swear word., weight: -2.5}
  - name: Depth
    requirement: How deep is it?
    scale_type: ordinal
    options:
      - {label: shallow, value: 0}
      - {label: middling, value: 0.25}
      - {label: deep, value: 1}
      - {label: "n/a", value: 0, na: true}
"""
AUTOEVALS = """\
prompt: |-
  Compare the two notes.
  [Task]: {{input}}
  [Ours]: {{ output }}
  [Theirs]: {{{expected}}}
  A, B or C?
choice_scores: {"A": 1, "B": 0.25, "C": 0}
"""
EVALS = """\
mood:
  prompt: |-
    Is this cheerful? {{smile}} {completion}
  choice_strings: "YN"
  choice_scores: {"Y": 1.0, "N": 0.0}
  input_outputs: {input: completion}
stars:
  prompt: |-
    {input} was answered with {completion}. How many stars?
  choice_strings: "12345"
  choice_scores: from_strings
  input_outputs: {input: completion}
"""
SCORE_MODEL = """\
{"type": "score_model", "name": "Care", "model": "some-model", "range": [1, 7], "pass_threshold": 5,
 "input": [{"role": "system", "content": "Rate the care taken, 1 to 7."},
           {"role": "user", "content": "{{item.question}} / {{ sample.output_text }} / {{item.facts}}"}]}
"""
LABEL_MODEL = """\
{"type": "label_model", "name": "tone", "model": "m", "labels": ["warm", "cool", "cold"],
 "passing_labels": ["warm", "cool"], "input": [{"role": "user", "content": "Which tone? {{sample.output_text}}"}]}
"""
MULTI = """\
{"type": "multi", "name": "both", "calculate_output": "(3 * warm + short - 0.5*rude) / 4", "graders": {
 "warm": {"type": "label_model", "name": "w", "labels": ["yes", "no"], "passing_labels": ["yes"],
          "input": "Is it warm?"},
 "short": {"type": "label_model", "name": "s", "labels": ["short", "long"], "passing_labels": ["short"],
           "input": "Length?"},
 "rude": {"type": "label_model", "name": "r", "labels": ["yes", "no"], "passing_labels": ["yes"],
          "input": "Is it rude?"}}}
"""
MLFLOW = """\
{"name": "House style", "guidelines": ["The reply is in British English.", "The reply must not mention prices."]}
"""
PETRI = """\
flattery: Praises the user beyond what is due.
candour: Says plainly what it does not know.
"""
IFEVAL = """\
{"key": 7, "prompt": "Reply without commas.", "instruction_id_list": ["punctuation:no_comma", "made:up"], \
"kwargs": [{}, {"n": 1}]}
{"key": 8, "prompt": "Reply in 20 words or more.", "instruction_id_list": ["length_constraints:number_words"], \
"kwargs": [{"relation": "at least", "num_words": 20}]}
"""

FILES = {
    "prometheus": ("rubric.json", PROMETHEUS),
    "promptfoo": ("promptfooconfig.yaml", PROMPTFOO),
    "healthbench": ("rows.jsonl", HEALTHBENCH),
    "rar": ("rar.json", RAR),
    "autorubric": ("auto.yaml", AUTORUBRIC),
    "autoevals": ("notes.yaml", AUTOEVALS),
    "openai-evals": ("evals.yaml", EVALS),
    "openai-graders": ("grader.json", SCORE_MODEL),
    "mlflow": ("style.json", MLFLOW),
    "petri": ("dims.yaml", PETRI),
    "ifeval": ("ifeval.jsonl", IFEVAL),
}
"""A file name and a text for each format."""


def read(text: str | bytes, format: str | None = None, *, file: str = "file.yaml", name: str | None = None) -> Imported:
    """What is read from a file with that text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return import_rubric(path, format, name=name)
