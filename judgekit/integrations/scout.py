"""Inspect Scout: a scanner that asks a rubric's questions about each transcript, and points at the evidence.

    scout scan llm-judgekit/rubric_scanner -S rubric=sycophancy -S judge=openai/gpt-5-mini -T ./logs

or `from judgekit.integrations.scout import rubric_scanner` in a file of scanners and scan jobs of your own.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from judgekit.integrations.harness import needed
from judgekit.integrations.inspect import without_module

if TYPE_CHECKING:
    rubric_scanner: Any
    entry_point: Any

PACKAGE = "inspect-scout"
"""What pip calls Scout."""


def _rubric_scanner(
    rubric: Any,
    judge: Any = None,
    questions: Any = None,
    inputs: dict[str, Any] | None = None,
    **options: Any,
) -> Any:
    """Scans by a rubric: the score 0..1 as the value, the level as the answer, references to what the judge quotes.

    Where the judge cannot tell, refuses or answers nothing that can be read, the value is null, and the explanation
    says why. A failure that another try may cure is an error of the scan, so that `scout scan resume` tries again.
    The rubric's inputs come from the question file, and by name from the sample's metadata. The result's metadata holds
    the whole verdict, and under `values` a number by criterion and check.

    Args:
        rubric: the name of a shipped rubric, a file, or a rubric.
        judge: `provider/model` or a judge, by default JUDGEKIT_JUDGE; or `inspect/ROLE`, such as `inspect/grader`: the
            model of that role, called by Inspect, with its cache, limits and logs.
        questions: a question file, found by sample id or prompt.
        inputs: the same for every transcript.
        **options: further arguments of `judgekit.Judge`, such as base_url.

    Raises:
        UserError: rubric, judge or questions are wrong.
    """
    from judgekit.integrations.inspect_judges import Judges
    from judgekit.integrations.scout_result import scan_of

    return scan_of(Judges(rubric, judge, questions, inputs, options))


@cache
def _registered() -> Any:
    scout = needed("inspect_scout", PACKAGE)
    # Scout asks for the version of what stands before the slash: that has to be the distribution's name.
    return scout.scanner(messages="all", name="llm-judgekit/rubric_scanner")(without_module(_rubric_scanner))


def __getattr__(name: str) -> Any:
    if name == "rubric_scanner":
        return _registered()
    if name == "entry_point":  # Inspect loads it too, in which Scout may not be at hand
        return _registered() if "inspect_scout" in sys.modules else None
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
