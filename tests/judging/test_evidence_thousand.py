"""A thousand fabricated quotes and a thousand true ones in other forms, through the verification that a reply takes."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

import judgekit
from judgekit.io import load_transcripts
from judgekit.judging.ask import questions_of
from judgekit.judging.engines import Answered
from judgekit.judging.evidence import normal_form
from judgekit.judging.schema import CriterionReply, Reply
from judgekit.judging.verify import verified
from judgekit.transcript import Transcript
from judgekit.verdict import Usage
from tests.judging.made import job_of, stance_rubric, transcript

DEMO = Path(judgekit.__file__).parent / "cli" / "demo_data" / "transcripts.md"
RUBRIC = stance_rubric(criteria=[{"id": "said", "ask": "What?", "evidence": "if_yes"}], rules=[])
N = 1000


def status(given: Transcript, quote: str) -> str:
    """What becomes of a yes with this quote."""
    job = job_of(given, RUBRIC)
    reply = Reply({"said": CriterionReply(evidence=[quote], reason="r", answer="yes")}, 3, "e")
    found = verified(job, questions_of(job, {}), Answered(reply, "", None, Usage(), 0.0, 0.0))
    return found.results["said"].status


def passages(rng: Random) -> Iterator[tuple[Transcript, str]]:
    """Responses of the demo set without end, each with a passage of 3 to 25 words of it."""
    transcripts = [one for one in load_transcripts(DEMO) if len(one.response.split()) > 30]
    while True:
        one = rng.choice(transcripts)
        words = one.response.split(" ")
        start = rng.randrange(len(words) - 3)
        passage = " ".join(words[start : start + rng.randint(3, 25)]).strip()
        if len(passage.split()) >= 4 and any(letter.isascii() and letter.isalpha() for letter in passage):
            yield one, passage


Forgery = Callable[[str, Transcript, Random], str]


def _swap(text: str, _: Transcript, rng: Random) -> str:
    """Two neighbouring words change places."""
    words = text.split()
    at = rng.randrange(len(words) - 1)
    return " ".join([*words[:at], words[at + 1], words[at], *words[at + 2 :]])


def _insert(text: str, _: Transcript, rng: Random) -> str:
    words = text.split()
    at = rng.randrange(1, len(words))
    return " ".join([*words[:at], rng.choice(["not", "never", "always", "7", "hardly"]), *words[at:]])


def _drop(text: str, _: Transcript, rng: Random) -> str:
    words = text.split()
    at = rng.randrange(1, len(words) - 1)
    return " ".join(words[:at] + words[at + 1 :])


def _digit(text: str, _: Transcript, rng: Random) -> str:
    return f"{text} {rng.randrange(10_000, 99_999)}"


def _letter(text: str, _: Transcript, rng: Random) -> str:
    """One letter inside is another."""
    places = [i for i, letter in enumerate(text) if letter.isalpha() and letter.isascii()]
    at = rng.choice(places)
    return text[:at] + ("q" if text[at] != "q" else "x") + text[at + 1 :]


def _case(text: str, _: Transcript, rng: Random) -> str:
    return text.swapcase()


def _prompt(_: str, one: Transcript, rng: Random) -> str:
    """Words of the prompt."""
    words = one.prompt.split(" ")
    start = rng.randrange(max(1, len(words) - 8))
    return " ".join(words[start : start + 8])


def _joined(text: str, one: Transcript, rng: Random) -> str:
    """Two passages from far apart, as though they stood together."""
    words = one.response.split()
    return " ".join([*text.split()[:4], *words[-4:]])


FORGERIES: list[Forgery] = [_swap, _insert, _drop, _digit, _letter, _case, _prompt, _joined]


@pytest.mark.slow
def test_a_thousand_fabricated_quotes_are_all_caught() -> None:
    rng = Random(20)
    caught = tried = 0
    for one, passage in passages(rng):
        if tried == N:
            break
        quote = FORGERIES[tried % len(FORGERIES)](passage, one, rng)
        # What happens to stand there all the same is no fabrication: two equal neighbours swapped, words said twice.
        if _stands(quote, one.response) or not quote.strip():
            continue
        tried += 1
        caught += status(one, quote) == "unsupported"
    assert caught == tried == N


def _stands(quote: str, response: str) -> bool:
    """Whether the words stand in the response, found in a second way: letters and digits, in one row."""
    return _bare(quote) in _bare(response)


def _bare(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if letter.isalnum())


Change = Callable[[str, Random], str]
LIGATURES = {"ffi": "ﬃ", "ffl": "ﬄ", "ff": "ﬀ", "fi": "ﬁ", "fl": "ﬂ"}


def _spaces(text: str, rng: Random) -> str:
    return "".join(rng.choice([" ", "  ", "\n", "\t", "\u00a0", "\r\n", "\u2009"]) if c == " " else c for c in text)


def _quotes(text: str, rng: Random) -> str:
    double, single = rng.choice(["“", "”", "„", "«", "»", '"']), rng.choice(["‘", "’", "‚", "´", "`", "'"])
    return "".join(double if c in '“”„«»"' else single if c in "‘’‚´`'" else c for c in text)


def _dashes(text: str, rng: Random) -> str:
    return "".join(rng.choice("-‐‑‒–—―−") if c in "-‐‑‒–—―−" else c for c in text)


def _ligatures(text: str, rng: Random) -> str:
    for letters, ligature in LIGATURES.items():
        text = text.replace(letters, ligature)
    return text


def _form(name: str) -> Change:
    return lambda text, rng: unicodedata.normalize(name, text)  # type: ignore[arg-type]


CHANGES: list[Change] = [_spaces, _quotes, _dashes, _ligatures, *map(_form, ("NFC", "NFD", "NFKC", "NFKD"))]
SPECIAL = (
    "The “ﬁrst” oﬃce — naïve, “re\u0301sume\u0301” – isn’t a ﬂoor; it’s ½ of the ﬀort, “quoted” … and then 中文字 "
    "한국어 かな ガス, ＡＢＣ １２, Ångström's coöperation, several ‑ dashes − and a minus, é and e\u0301 "
    "alike, the end."
)


@pytest.mark.slow
def test_a_thousand_true_quotes_in_another_form_are_all_found() -> None:
    rng = Random(21)
    special, real = transcript(SPECIAL), passages(rng)
    words = SPECIAL.split(" ")
    rejected = []
    for i in range(N):
        if i % 2:
            one, passage = next(real)
        else:
            start = rng.randrange(len(words) - 4)
            one, passage = special, " ".join(words[start : start + rng.randint(3, 12)])
        changes = {i // 2 % len(CHANGES)}
        if i % 5 == 0:  # two changes at once
            changes.add(rng.randrange(len(CHANGES)))
        quote = passage
        # Forms first: the compatibility forms of ´ are a space and an accent, which is no quotation mark any more.
        for change in sorted(changes, reverse=True):
            quote = CHANGES[change](quote, rng)
        if status(one, quote) != "ok":
            rejected.append((passage, quote))
    assert rejected == []


def test_the_forgeries_and_changes_do_what_they_say() -> None:
    rng, text = Random(1), 'It is "safe" - the first one of five'
    told = "Nobody ever said anything of that kind before, at least not here among us"
    assert [forge.__name__ for forge in FORGERIES if _stands(forge(told, transcript(told), rng), told)] == []
    assert all(normal_form(change(text, rng)) == normal_form(text) for change in CHANGES)
    assert len({change(text, rng) for change in CHANGES[:4]}) == 4
