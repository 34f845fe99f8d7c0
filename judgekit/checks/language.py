"""The check on the language of the prose, by py3langid: offline, the same answer every time."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from judgekit.checks.definition import Check, Subject, decided, undecided
from judgekit.checks.fences import find_spans, prose
from judgekit.checks.parameters import Targeted
from judgekit.noun import Text
from judgekit.verdict import CheckResult

MIN_LETTERS = 20
"""Letters, in bytes of UTF-8, below which a guess is worth nothing: twenty Latin ones, seven Chinese ones."""

MAX_TEXT = 20_000
"""Characters that are looked at, from the beginning."""

_ADDRESS = re.compile(r"\bhttps?://\S++")


def _known(code: str) -> str:
    import py3langid

    known = {label for label, _ in py3langid.rank("")}
    if code not in known:
        raise ValueError(f"no such language code; there are: {', '.join(sorted(known))}")
    return code


class Language(Targeted):
    """Which language it has to be."""

    code: Annotated[Text, AfterValidator(_known)]
    """The ISO 639 code, such as `en`, `de` or `zh`."""


def _language(subject: Subject, params: Language) -> CheckResult:
    import py3langid

    text = words_only(subject.text)[:MAX_TEXT]
    letters = sum(len(letter.encode()) for letter in text if letter.isalpha())
    if letters < MIN_LETTERS:
        return undecided("not_applicable", "too little prose to tell its language", expected=params.code)
    code, _ = py3langid.classify(text)
    return decided(code == params.code, str(code), params.code)


def words_only(text: str) -> str:
    """The text without code and web addresses, which are in no language.

    >>> words_only("Siehe `print` unter https://example.org/a.")
    'Siehe   unter  '
    """
    text = prose(text)
    kept, at = [], 0
    for span in find_spans(text, []):
        kept.append(text[at : span.start])
        at = span.end
    return _ADDRESS.sub(" ", " ".join([*kept, text[at:]]))


CHECKS = (Check("language", "Guesses the language of the prose.", Language, _language),)
