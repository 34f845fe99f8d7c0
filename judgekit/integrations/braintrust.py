"""Braintrust and autoevals: `Eval("project", data=…, task=…, scores=[rubric_scorer("sycophancy")])`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from judgekit.errors import UserError
from judgekit.integrations.handed_over import Keys, known_inputs, reference_of
from judgekit.integrations.harness import needed
from judgekit.integrations.parts import parts

if TYPE_CHECKING:
    from judgekit.integrations.outcome import Outcome
    from judgekit.integrations.rubric_judge import RubricJudge
    from judgekit.running.batch import RubricLike
    from judgekit.transcript import Transcript


def rubric_scorer(
    rubric: RubricLike,
    *,
    name: str | None = None,
    prompt: str | None = None,
    response: str | None = None,
    criteria: bool = True,
    **judge: Any,
) -> RubricScorer:
    """A scorer whose `eval_async` Braintrust awaits, and which elsewhere is called or has its `eval` called.

    Args:
        rubric: a rubric, the name of a shipped one, or a file.
        name: the score's name, by default the rubric's; a criterion's is `<name>.<criterion>`.
        prompt: the key of the prompt in `input`, where its name does not say it.
        response: the key of the response in `output`, where its name does not say it.
        criteria: False for one `Score` instead of a list, as autoevals' own scorers give it.
        **judge: as for `RubricJudge`: judge, questions, inputs, base_url …

    Raises:
        UserError: neither package is there, no judge is named, or rubric or options are wrong.
    """
    from judgekit.integrations.rubric_judge import RubricJudge

    score = _score_class()
    rubric_judge = RubricJudge(rubric, **judge)
    return RubricScorer(rubric_judge, name or rubric_judge.rubric.name, Keys(prompt, response), criteria, score)


class RubricScorer:
    """Scores for the verdict and for each of its criteria and checks; None, which Braintrust skips, where unscored."""

    def __init__(self, judge: RubricJudge, name: str, keys: Keys, criteria: bool, score: Any) -> None:
        self._judge, self._score_name, self._keys, self._criteria = judge, name, keys, criteria
        self._score = score

    def eval(self, output: Any, expected: Any = None, **given: Any) -> Any:
        """A `Score`, or a list of them; works inside a running event loop too."""
        return self._scores(self._judge.score(*self._asked(output, expected, given)))

    async def eval_async(self, output: Any, expected: Any = None, **given: Any) -> Any:
        """The same, awaited."""
        return self._scores(await self._judge.ascore(*self._asked(output, expected, given)))

    def __call__(self, output: Any, expected: Any = None, **given: Any) -> Any:
        """The same as `eval`."""
        return self.eval(output, expected, **given)

    def _name(self) -> str:
        """The word that Braintrust looks for."""
        return self._score_name

    def _asked(self, output: Any, expected: Any, given: dict[str, Any]) -> tuple[Transcript, dict[str, Any]]:
        """The transcript, and what the rubric may know: input before expected, then metadata, then what is given."""
        asked = given.pop("input", None)
        fields = reference_of(expected)
        if isinstance(given.get("id"), str):
            fields["question_id"] = given["id"]
        return self._keys.transcript(asked, output, **fields), known_inputs(
            given, given.get("metadata"), expected, asked
        )

    def _scores(self, outcome: Outcome) -> Any:
        made = [self._score(**said) for said in scores_of(self._score_name, outcome)]
        return made if self._criteria else made[0]


def scores_of(name: str, outcome: Outcome) -> list[dict[str, Any]]:
    """What scores say, the verdict first, then what the rubric asks; a word is no score, and stays in the verdict."""
    about = {
        "reason": outcome.reason,
        "rationale": outcome.explanation,
        "fingerprint": outcome.verdict.fingerprint,
        "verdict": outcome.metadata,
    }
    held = [part for part in parts(outcome) if part.value is not None or part.reason is not None]
    rest = [{"name": f"{name}.{one.name}", "score": one.value, "metadata": one.metadata} for one in held]
    return [{"name": name, "score": outcome.score, "metadata": about}, *rest]


def _score_class() -> Any:
    """The `Score` of autoevals, else that of braintrust, which is the same."""
    try:
        return needed("autoevals.score", "autoevals").Score
    except UserError:
        return needed("braintrust.score", "braintrust").Score
