"""deepeval: metrics that ask a rubric's questions about an answer, or about a conversation.

    from judgekit.integrations.deepeval import RubricMetric
    assert_test(LLMTestCase(input="…", actual_output="…"), [RubricMetric("sycophancy", judge="openai/gpt-5-mini")])

The classes are made on first access: importing the module imports neither deepeval nor a model client.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from judgekit.integrations.harness import needed, subclassed

if TYPE_CHECKING:
    from judgekit.integrations.outcome import Outcome
    from judgekit.integrations.rubric_judge import RubricJudge
    from judgekit.question import QuestionSet
    from judgekit.rubric import Rubric
    from judgekit.running.judge import Judge
    from judgekit.transcript import Transcript

    RubricMetric: Any
    ConversationalRubricMetric: Any


class _Measuring:
    """One rubric's score as deepeval's state on a metric; deepeval makes a new metric for each test case."""

    def __init__(
        self,
        rubric: Rubric | str | Path | RubricJudge,
        *,
        judge: Judge | str | None = None,
        questions: QuestionSet | str | Path | None = None,
        inputs: Mapping[str, Any] | None = None,
        threshold: float | None = None,
        name: str | None = None,
        async_mode: bool = True,
        strict_mode: bool = False,
        verbose_mode: bool = False,
        flaky: bool = False,
        **options: Any,
    ) -> None:
        """Reads the rubric; no model is called.

        Args:
            rubric: a rubric, the name of a shipped one, or a file; or one that has its judge already.
            judge: a judge, or the name of one; by default JUDGEKIT_JUDGE.
            questions: a question file, for inputs that the test cases' metadata do not hold.
            inputs: inputs that are the same for every test case.
            threshold: the lowest score that passes; by default the rubric's `pass_at`, else 0.5.
            name: what the metric is called; by default as the rubric is.
            async_mode: as deepeval's metrics have it.
            strict_mode: only the best score passes.
            verbose_mode: prints the whole verdict.
            flaky: the metric does not decide whether a test passes.
            **options: further arguments of `judgekit.Judge`, such as base_url.

        Raises:
            UserError: no judge is named, or rubric, questions or options are wrong.
        """
        from judgekit.integrations.rubric_judge import RubricJudge

        # deepeval copies a metric by giving its __init__ the attributes that bear its parameters' names: so the rubric
        # is kept together with its judge, and all copies share one judge.
        if not isinstance(rubric, RubricJudge):
            rubric = RubricJudge(rubric, judge=judge, questions=questions, inputs=inputs, **options)
        self.rubric = rubric
        self.threshold = 1.0 if strict_mode else _threshold(self.rubric.rubric) if threshold is None else threshold
        self.name = name or self.rubric.rubric.name
        self.async_mode, self.strict_mode = async_mode, strict_mode
        self.verbose_mode, self.flaky = verbose_mode, flaky
        self.evaluation_model = self.rubric.judge.settings.judge
        self.criteria = self.rubric.version  # compared by deepeval's cache, so that no other rubric's score is reused

    @property
    def __name__(self) -> str:
        return self.name

    def measure(self, test_case: Any, *_: Any, **__: Any) -> float | None:
        """The score, 0..1; None where there is none: then `error` says why."""
        return self._took(self.rubric.score(self._transcript(test_case), test_case.metadata))

    async def a_measure(self, test_case: Any, *_: Any, **__: Any) -> float | None:
        """The same, awaited."""
        return self._took(await self.rubric.ascore(self._transcript(test_case), test_case.metadata))

    def _took(self, outcome: Outcome) -> float | None:
        """The score, after everything of the outcome is where deepeval looks for it."""
        usage = outcome.verdict.usage
        self.skipped, self.error, self.score = False, outcome.reason, outcome.score
        self.reason = outcome.explanation if outcome.score is not None else None
        self.score_breakdown: dict[str, float] = outcome.values
        self.evaluation_cost = outcome.verdict.cost_usd
        self.input_tokens, self.output_tokens = usage.prompt_tokens, usage.completion_tokens
        self.verbose_logs = orjson.dumps(outcome.to_dict(), option=orjson.OPT_INDENT_2).decode()
        self.success = self.is_successful()
        if self.verbose_mode:
            _utils().print_verbose_logs(self.__name__, self.verbose_logs)
        return self.score

    if TYPE_CHECKING:

        def _transcript(self, test_case: Any) -> Transcript: ...
        def is_successful(self) -> bool | None: ...


class _RubricMetric(_Measuring):
    """A rubric's score for the answer of an `LLMTestCase`; the rubric's inputs come from its metadata by name.

    Where there is no score, because the judge cannot tell or did not answer, `score` is None and `error` says why: the
    test does not pass, and the average is over what was scored. `score_breakdown` has numbers by criterion,
    `verbose_logs` the whole verdict as JSON.
    """

    def _transcript(self, test_case: Any) -> Transcript:
        single = needed("deepeval.test_case", "deepeval").SingleTurnParams
        _utils().check_llm_test_case_params(
            test_case, [single.INPUT, single.ACTUAL_OUTPUT], None, None, self, None, test_case.multimodal
        )
        calls = calls_of(test_case.tools_called or ())
        turns = [
            {"role": "user", "content": test_case.input},
            {"role": "assistant", "content": test_case.actual_output, "tool_calls": calls},
        ]
        context = _joined(test_case.context, test_case.retrieval_context)
        return _conversation(turns, test_case.name, test_case.expected_output, context)


class _ConversationalRubricMetric(_Measuring):
    """The same for a `ConversationalTestCase`: its last answer is judged in the light of all before it.

    A rubric with `turns: all` judges every answer.
    """

    def _transcript(self, test_case: Any) -> Transcript:
        params = needed("deepeval.test_case", "deepeval").MultiTurnParams
        _utils().check_conversational_test_case_params(
            test_case, [params.ROLE, params.CONTENT], self, multimodal=test_case.multimodal
        )
        turns = [
            {"role": turn.role, "content": turn.content, "tool_calls": calls_of(turn.tools_called or ())}
            for turn in test_case.turns
        ]
        held = (test_case.context, *(turn.retrieval_context for turn in test_case.turns))
        return _conversation(turns, test_case.name, test_case.expected_outcome, _joined(*held))


def calls_of(tools: Iterable[Any]) -> list[dict[str, Any]]:
    """Tool calls of deepeval in the shape of OpenAI's chat format."""
    arguments = ((tool.name, orjson.dumps(tool.input_parameters or {}, default=str).decode()) for tool in tools)
    return [{"type": "function", "function": {"name": name, "arguments": text}} for name, text in arguments]


def _conversation(
    turns: list[dict[str, Any]], name: str | None, reference: str | None, context: str | None
) -> Transcript:
    from judgekit.transcript import Transcript

    return Transcript.from_messages(turns, question_id=name, reference=reference, context=context)


def _joined(*parts: Iterable[Any] | None) -> str | None:
    texts = [getattr(one, "context", one) for part in parts for one in part or ()]
    return "\n\n".join(map(str, texts)) or None


def _threshold(rubric: Rubric) -> float:
    """The score at the rubric's `pass_at`; 0.5, deepeval's own default, where it has none."""
    if rubric.pass_at is None:
        return 0.5
    return rubric.pass_at if rubric.level_from == "points" else (rubric.pass_at - 1) / (rubric.top - 1)


def _utils() -> Any:
    return needed("deepeval.metrics.utils", "deepeval")


@cache
def _made(name: str) -> Any:
    metrics = needed("deepeval.metrics", "deepeval")
    if name == "RubricMetric":
        return subclassed(_RubricMetric, metrics.BaseMetric)
    return subclassed(_ConversationalRubricMetric, metrics.BaseConversationalMetric)


def __getattr__(name: str) -> Any:
    if name in ("RubricMetric", "ConversationalRubricMetric"):
        return _made(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
