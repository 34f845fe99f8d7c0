"""promptfoo: a Python file with `get_assert = assertion("sycophancy")`, named by `{type: python, value: file://it.py}`.

promptfoo starts Python anew for every assertion. So this module imports next to nothing: the first assertion of a run
starts a keeper, which holds judge and rubric for all of them, and ends when promptfoo does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from judgekit.integrations.outcome import Outcome
    from judgekit.integrations.rubric_judge import RubricJudge

GradingResult = dict[str, Any]
"""pass, score, reason, namedScores, tokensUsed and metadata, as promptfoo reads them."""


def assertion(
    rubric: Any,
    *,
    name: str | None = None,
    prompt: str | None = None,
    response: str | None = None,
    keep: bool = True,
    **judge: Any,
) -> Callable[[Any, Mapping[str, Any]], GradingResult]:
    """The function `get_assert(output, context)`; the rubric's inputs come from the test's `vars`.

    A verdict without a score fails the test, for promptfoo knows no other way: `pass` is false and `score` 0, the
    reason begins with `unscored`, and it is left out of the named scores, whose means are therefore not diluted.

    Args:
        rubric: a rubric, the name of a shipped one, or a file.
        name: the named score, by default the rubric's name; a criterion's is `<name>.<criterion>`.
        prompt: the variable that holds the prompt, where stored answers are judged; by default the rendered prompt.
        response: the key of the response, where the provider's output is an object whose keys do not say it.
        keep: False judges in the process of each assertion, which then imports everything anew.
        **judge: as for `RubricJudge`: judge, questions, inputs, base_url …
    """
    setup = {"rubric": rubric, **judge}
    written = _as_json(setup) if keep and hasattr(os, "fork") else None

    def get_assert(output: Any, context: Mapping[str, Any]) -> GradingResult:
        request = {"output": output, "name": name, "response": response}
        held = dict(context.get("vars") or {})
        request |= {"prompt": context.get("prompt") if prompt is None else held.get(prompt), "vars": held}
        if written is not None:
            from judgekit.integrations.promptfoo_keeper import ask

            if (found := ask(written, json.dumps(request).encode())) is not None:
                return found
        return graded(rubric_judge(setup), request)

    return get_assert


def rubric_judge(setup: Mapping[str, Any]) -> RubricJudge:
    """The judge that a setup describes."""
    from judgekit.integrations.rubric_judge import RubricJudge

    return RubricJudge(**setup)


def graded(judge: RubricJudge, request: Mapping[str, Any]) -> GradingResult:
    """The verdict on one output, in promptfoo's words."""
    from judgekit.integrations.handed_over import Keys, known_inputs

    transcript = Keys(response=request["response"]).transcript(_prompt(request["prompt"]), request["output"])
    return _result(request["name"] or judge.rubric.name, judge.score(transcript, known_inputs(request["vars"])))


def _result(name: str, outcome: Outcome) -> GradingResult:
    verdict, usage = outcome.verdict, outcome.verdict.usage
    scores = {f"{name}.{key}": value for key, value in outcome.values.items()}
    prompt, completion = usage.prompt_tokens or 0, usage.completion_tokens or 0
    tokens = {"total": prompt + completion, "prompt": prompt, "completion": completion, "numRequests": verdict.calls}
    about = {"status": verdict.status, "fingerprint": verdict.fingerprint, "verdict": outcome.metadata}
    if outcome.score is None:
        return {
            "pass": False,
            "score": 0,
            "reason": f"unscored: {outcome.explanation}",
            "namedScores": scores,
            "tokensUsed": tokens,
            "metadata": {**about, "graderError": True},
        }
    return {
        # Where the rubric says nothing of passing, the assertion's own `threshold` does.
        "pass": verdict.passed is not False,
        "score": outcome.score,
        "reason": outcome.explanation,
        "namedScores": {name: outcome.score, **scores},
        "tokensUsed": tokens,
        "metadata": about,
    }


def _prompt(text: Any) -> Any:
    """The chat messages that a prompt is the JSON of; else the text itself."""
    try:
        found = json.loads(text) if isinstance(text, str) and text.lstrip().startswith("[") else text
    except ValueError:
        return text
    turns = isinstance(found, list) and found and all(isinstance(one, dict) and "role" in one for one in found)
    return found if turns else text


def _as_json(setup: Mapping[str, Any]) -> str | None:
    """The setup for another process; None where it holds what cannot be written, such as a judge that is made."""
    plain = {key: str(value.absolute()) if isinstance(value, Path) else value for key, value in setup.items()}
    try:
        return json.dumps(plain, sort_keys=True)
    except TypeError:
        return None
