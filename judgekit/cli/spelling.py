"""Errors of the library in the words of the command line: `criterion=` is `--criterion` there."""

from __future__ import annotations

import re
from typing import Final

_FLAGS: Final = {
    "api_key_env": "--api-key-env",
    "base_url": "--base-url",
    "budget_usd": "--budget",
    "categories": "--categories",
    "cluster_size": "--cluster-size",
    "clusters": "--cluster",
    "criterion": "--criterion",
    "difference": "--difference",
    "epsilon": "--epsilon",
    "format": "--from",
    "half_width": "--half-width",
    "icc": "--icc",
    "judge": "--judge",
    "judge_correlation": "--judge-correlation",
    "k": "-k",
    "kind": "--kind",
    "labels_are": "--labels-are",
    "level": "--level",
    "limit": "--limit",
    "matters": "--matters",
    "n_items": "--items",
    "next_k": "-k",
    "others": "--other",
    "own": "--own",
    "pass_at": "--pass-at",
    "power": "--power",
    "prices": "--prices",
    "probability": "--probability",
    "questions": "--questions",
    "repeats": "--repeat",
    "rubric": "--rubric",
    "rubrics": "--rubric",
    "scale": "--scale",
    "scale_type": "--type",
    "sd": "--sd",
    "seed": "--seed",
    "strata": "--strata",
    "system_correlation": "--system-correlation",
    "target": "--target",
}
"""Arguments of the library by the flag that mirrors them; those that mirror none are left as they are."""
# What a user's own text may hold is only touched where it is one of these words with a bare `=` after it.
_ARGUMENT = re.compile(rf"(?<![\w.=/'\"-])({'|'.join(_FLAGS)})=(?=[\s,;:.)]|\Z)")
_FUNCTION = re.compile(r"\A(\w+): ")


def as_flags(message: str) -> str:
    """The message with arguments as flags, and without the name of the function that it begins with.

    >>> as_flags("labels_needed: a share was wanted for icc=; came 2")
    'a share was wanted for --icc; came 2'
    >>> as_flags("say which with criterion=")
    'say which with --criterion'
    """
    from judgekit import calibration

    begins = _FUNCTION.match(message)
    if begins and begins[1] in (*calibration.__all__, "questions_needed"):
        message = message[begins.end() :]
    return _ARGUMENT.sub(lambda found: _FLAGS[found[1]], message)
