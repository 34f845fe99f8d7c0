"""How far our checks and lm-eval's own checkers agree on the instructions of IFEval.

    uv venv theirs && uv pip install --python theirs/bin/python "lm_eval[ifeval]"
    python -m benchmarks.ifeval theirs/bin/python            # 120 responses for each of 25 instructions

Prints a row per instruction, and with --show the responses on which the two differ.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

from benchmarks.ifeval_cases import Case, cases, lines
from judgekit.checks import run_check
from judgekit.io.ifeval import ifeval_ways


def ours(case: Case) -> str:
    """`pass` if every check of the instruction passes, else the first result that is none."""
    for way in ifeval_ways(case.instruction, case.kwargs):
        found = run_check(way.check, case.response, way.params).result
        if found != "pass":
            return found
    return "pass" if case.response.strip() else "fail"


def theirs(made: list[Case], python: str) -> list[bool | str]:
    """What lm-eval's checkers say, or an error as a text."""
    script = Path(__file__).with_name("ifeval_theirs.py")
    done = subprocess.run(
        [python, str(script)], input="\n".join(lines(made)), capture_output=True, text=True, timeout=900, check=True
    )
    said = [line for line in done.stdout.splitlines() if line in ("true", "false") or line.startswith('"')]
    assert len(said) == len(made), done.stderr[-2000:]
    return [json.loads(line) for line in said]


REASONS = {
    "letter": "lm-eval draws another letter at random where the given one is not a to z",
    "guess": "the two language guessers differ",
    "words": "lm-eval counts runs of letters and digits: `don't` and `3.5` are two words there, one here",
    "gap": "lm-eval counts the empty paragraph of three or more line ends when it looks for the n-th",
    "items": "lm-eval counts lines that begin with `-` or `*` without a space, and `---`; not those with `+`",
    "stars": "lm-eval pairs stray asterisks and those of list items, and counts `***x***` and items in bold twice",
    "nan": "lm-eval takes NaN for JSON",
}
"""Why the two differ, by a short name."""


def reason(case: Case, mine: str, other: bool) -> str:
    """The short name of why the two differ; '' where it is not known."""
    name, text, given = case.instruction.partition(":")[2], case.response, case.kwargs
    if name == "letter_frequency":
        return "" if given["letter"].isalpha() else "letter"
    if name == "response_language":
        return "guess"
    if name in ("english_capital", "english_lowercase"):
        cased = text.isupper() if name == "english_capital" else text.islower()
        return "guess" if cased else ""
    if name == "number_words":
        count = len(re.findall(r"\w+", text))
        theirs_holds = count >= given["num_words"] if given["relation"] == "at least" else count < given["num_words"]
        return "words" if theirs_holds == other else ""
    if name == "nth_paragraph_first_word":
        return "gap" if "\n\n\n" in text else ""
    if name == "number_bullet_lists":
        return "items" if re.search(r"(?m)^\s*(?:-(?! )|\*(?![ *])|\+ )", text) else ""
    if name == "number_highlighted_sections":
        return "stars" if re.search(r"(?m)\*{3}|\* \*|^\* |\*[^\n*]*$|\*\*[^\n*]*\*\*", text) else ""
    if name == "json_format":
        return "nan" if "NaN" in text else ""
    return ""


def compare(each: int, python: str) -> dict[str, list[tuple[Case, str, bool | str]]]:
    """By instruction: case, our result, theirs."""
    made = cases(each)
    found: dict[str, list[tuple[Case, str, bool | str]]] = defaultdict(list)
    for case, other in zip(made, theirs(made, python), strict=True):
        found[case.instruction].append((case, ours(case), other))
    return found


def main() -> None:
    """The table, on standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python")
    parser.add_argument("--each", type=int, default=120)
    parser.add_argument("--show", type=int, default=0)
    given = parser.parse_args()
    total = agreed = followed = 0
    reasons: Counter[str] = Counter()
    print("| instruction | decided by both | followed there | agree | undecided here |\n|---|---|---|---|---|")
    for name, rows in compare(given.each, given.python).items():
        decided = [(c, mine, other) for c, mine, other in rows if isinstance(other, bool)]
        same = [c for c, mine, other in decided if (mine == "pass") == other]
        unsure = sum(mine not in ("pass", "fail") for _, mine, _ in decided)
        yes = sum(other for _, _, other in decided if other is True)
        print(f"| `{name}` | {len(decided)} | {yes} | {len(same)} | {unsure} |")
        total, agreed, followed = total + len(decided), agreed + len(same), followed + yes
        differ = [row for row in decided if (row[1] == "pass") != row[2]]
        reasons.update(reason(case, mine, other) for case, mine, other in differ)
        for case, mine, other in differ[: given.show]:
            print("   ours", mine, "theirs", other, case.kwargs, repr(case.response[-300:]))
    print(f"| together | {total:,} | {followed:,} | {agreed:,} ({100 * agreed / total:.1f} %) | |\n")
    print("| n | why the two differ |\n|---|---|")
    for name, count in reasons.most_common():
        print(f"| {count} | {REASONS.get(name, 'NOT EXPLAINED')} |")


if __name__ == "__main__":
    main()
