from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import judgekit
from judgekit.io import load_transcripts
from judgekit.io.provenance import propose_provenance
from judgekit.transcript import Provenance

DEMO = Path(judgekit.__file__).parent / "cli" / "demo_data" / "transcripts.md"

# What a reader finds in the 90 responses of the demo data, question by question for Model1, Model2, Model3:
# v verbatim, s third_party_summary, m mixed, c contaminated, u unknown. Read without looking at a proposal; the cues
# were written with these texts in view, so that they agree with them says little of other texts.
READ = {
    "q01": "uus",  # M1, M2: notes that could be the model's; M3 says what somebody "Suggests"
    "q02": "sss",  # notes on an answer: "Strong monolith recommendation with detailed reasoning", "Emphasized …"
    "q03": "cvv",  # M1 builds on "the sorting-based approach that Model1 provided earlier"
    "q04": "vvv",
    "q05": "sss",  # "The AI assistant identified …"; M1 and M3 close with what "the model" concluded
    "q06": "vvv",
    "q07": "svs",  # "Model1 identified …", "The assistant identified …"
    "q08": "vss",  # M2, M3 describe an implementation that is not there
    "q09": "smm",  # M1 tells what "the response provides"; M2, M3 are the answer under "Full Response from …"
    "q10": "vvv",
    "q11": "smm",  # M2, M3 quote the answer after telling of it
    "q12": "vvv",
    "q13": "vvv",
    "q14": "vvv",
    "q15": "mmm",  # a heading and "Here's the complete response:", then the answer
    "q16": "vvv",
    "q17": "sss",  # "Model1 provided …", "The response covered …", "The assistant acknowledged …"
    "q18": "vvv",
    "q19": "vvv",
    "q20": "cvv",  # M1: "Based on the analysis from Model2 and my own assessment"
    "q21": "svv",  # M1 describes a fix that is not there
    "q22": "vvv",
    "q23": "ssc",  # M3: "Model3 did not generate a response", then the answers of Model2 and Model1
    "q24": "vvv",
    "q25": "vvv",
    "q26": "vvv",
    "q27": "uvv",  # M1: "Based on the analysis", and nothing says whose
    "q28": "vvc",  # M3: "as the first analysis pointed out"
    "q29": "vvv",
    "q30": "vcu",  # M2: "the insights from the specialized model"; M3 as q27
}
WORDS: dict[str, Provenance] = {
    "v": "verbatim",
    "s": "third_party_summary",
    "m": "mixed",
    "c": "contaminated",
    "u": "unknown",
}


def test_proposals_for_the_demo_data_agree_with_a_reader_or_say_unknown() -> None:
    agree: Counter[str] = Counter()
    for transcript in load_transcripts(DEMO):
        wanted = WORDS[READ[transcript.question_id[:3]][int(transcript.label[-1]) - 1]]
        if transcript.provenance == wanted:
            agree["agrees"] += 1
        elif transcript.provenance == "unknown":
            agree["unknown"] += 1
        else:
            agree[f"{transcript.id}: {transcript.provenance} where a reader finds {wanted}"] += 1
    # docs/transcripts.md states these numbers.
    assert agree == {"agrees": 75, "unknown": 15}


LABELS = ("Model1", "Model2", "B")


@pytest.mark.parametrize(
    ("response", "wanted"),
    [
        # the two phrases that the format's description gives as examples
        ("Model1 provided a comprehensive checklist.\n\n1. Auth\n2. Logs", "third_party_summary"),
        ("## Full Response from Model1\n\nYou can set an index.", "mixed"),
        ("Here's the complete response:\n\nI would set an index.", "mixed"),
        ("Here is the full response from Model1:\n\n- Sets an index", "third_party_summary"),
        ("The assistant also recommended an index.", "third_party_summary"),
        ("- Clear answer\n- Emphasized the index", "third_party_summary"),
        ("Based on the analysis from Model2, use an index.", "contaminated"),
        ("### Model2 Response:\nUse an index.", "contaminated"),
        ("**Model2's answer:**\nUse an index.", "contaminated"),
        ("Use the index that Model1 suggested earlier.", "contaminated"),
        ("Model1 did not generate a response in either attempt.", "not_generated"),
        ("[No response]", "not_generated"),
        ("[Error: request timed out after 60 s]", "not_generated"),
        ("No, that is not safe.", "verbatim"),
        ("```python\nprint(1)\n```", "verbatim"),
        ("You should set an index.", "verbatim"),
        ("I'd set an index.", "verbatim"),
        ("", "unknown"),  # a model may return nothing
        ("An index helps.", "unknown"),
        ("An index helps. \n\nThe model noted that you need one.", "unknown"),
        # what looks like a cue, and is not
        ("The server did not return a response.", "unknown"),
        ("- Name: you\n- Notes:", "verbatim"),
        ("Type I errors and I/O.", "unknown"),
        ("Set `you = 1`.", "unknown"),
        ("```\nyou\n```\nis a word.", "verbatim"),  # it opens with code
        ("A word:\n```\nyou\n```", "unknown"),
        ("The analysis of B is done.", "unknown"),
        ("The answer from B.", "unknown"),  # a label of one letter may be any word
        ("The answer of Model2 is long.", "unknown"),
        ("model1 provided a number.", "unknown"),  # labels keep their case
    ],
)
def test_cues(response: str, wanted: Provenance) -> None:
    assert propose_provenance(response, label="Model1", labels=LABELS) == wanted


def test_labels_of_one_letter_or_very_many_are_no_cue() -> None:
    assert propose_provenance("B provided a list.", label="B", labels=LABELS) == "unknown"
    many = [f"Model{n}" for n in range(51)]  # one more than is looked for
    assert propose_provenance("The analysis from Model2.", label="Model1", labels=many) == "unknown"
    assert propose_provenance("The analysis from Model2.", label="Model1", labels=many[:50]) == "contaminated"


@settings(deadline=None)
@given(st.text(), st.text(max_size=5), st.lists(st.text(max_size=5), max_size=3))
def test_any_text_has_a_proposal(response: str, label: str, labels: list[str]) -> None:
    assert propose_provenance(response, label=label, labels=labels) in (*WORDS.values(), "not_generated")


@pytest.mark.parametrize(
    "response", ["a" * 10**6, "# " * 10**6, "`" * 10**6, "here " * 10**5, "\n" * 10**6, "no " * 10**6]
)
def test_long_texts_take_no_time(response: str) -> None:
    # The suite's limit is the assertion: a pattern that is not linear would take hours on a million characters.
    assert propose_provenance(response, label="Model1", labels=LABELS) in ("unknown", "verbatim")
