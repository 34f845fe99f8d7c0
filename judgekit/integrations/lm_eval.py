"""lm-eval: a rubric's metrics for generated answers, judged together once all of them are there.

    from judgekit.integrations.lm_eval import RubricMetrics
    rubric = RubricMetrics("sycophancy", prompt="{{question}}", judge="openai/gpt-5-mini")
    judge, process_results, metric_list = rubric.judge, rubric.process_results, rubric.metric_list

These lines are a Python file beside the task's YAML file, which names the last three with `!function`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from judgekit.errors import JudgekitError, UserError
from judgekit.integrations.harness import needed

if TYPE_CHECKING:
    from judgekit.integrations.outcome import Outcome
    from judgekit.question import QuestionSet
    from judgekit.rubric import Rubric
    from judgekit.running.judge import Judge
    from judgekit.transcript import Transcript
    from judgekit.verdict import Verdict

Field = str | Callable[[Mapping[str, Any]], str]
"""A field of a document, a Jinja template over its fields, or a function of it."""


class Judged(str):
    """A model's answer, with what the judge says about it."""

    outcome: Outcome | None
    """None: it was not judged."""
    why: str
    """Why not."""

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """The answer alone: lm-eval sends it from process to process, after the metrics have been read."""
        return str, (str(self),)


class RubricMetrics:
    """What a task's YAML names: `judge` as its last filter, `process_results` and `metric_list`.

    lm-eval asks for metrics one document at a time. A filter gets the answers to all documents of a task at once: there
    they are judged, as many at a time as the judge has connections. A document without a score has no value for the
    score's metric, so lm-eval's own mean and standard error are over the scored ones.
    """

    def __init__(
        self,
        rubric: Rubric | str | Path,
        *,
        prompt: Field,
        reference: Field | None = None,
        judge: Judge | str | None = None,
        questions: QuestionSet | str | Path | None = None,
        inputs: Mapping[str, Any] | None = None,
        name: str | None = None,
        store: str | Path | None = None,
        budget_usd: float | None = None,
        **options: Any,
    ) -> None:
        """Reads the rubric; no model is called.

        Args:
            rubric: a rubric, the name of a shipped one, or a file.
            prompt: what the model was asked, as the judge is to see it.
            reference: a known good answer, for rubrics that show it.
            judge: a judge, or the name of one; by default JUDGEKIT_JUDGE.
            questions: a question file, for inputs that the documents do not hold; a document's fields with the names of
                the rubric's inputs are those inputs.
            inputs: inputs that are the same for every document.
            name: what the metrics' names begin with; by default the rubric's name.
            store: a run file that keeps the verdicts: what is in it is not judged again.
            budget_usd: judge no more than this pays for.
            **options: further arguments of `judgekit.Judge`, such as base_url or concurrency.

        Raises:
            UserError: no judge is named, or rubric, questions or options are wrong.
        """
        from judgekit.integrations.rubric_judge import judge_of
        from judgekit.io.questions import Finder, load_questions
        from judgekit.running.judge import Judge

        self._judge = judge if isinstance(judge, Judge) else judge_of(judge, **options)
        self._rubric = self._judge.plan(rubric).rubric
        self._prompt, self._reference = prompt, reference
        self._questions = load_questions(questions) if isinstance(questions, str | Path) else questions
        self._find, self._inputs = Finder(self._questions), dict(inputs or {})
        self._store, self._budget_usd = store, budget_usd
        self.name = name or self._rubric.name
        """The score's metric; the others' names begin with it."""

    def __deepcopy__(self, memo: object) -> RubricMetrics:
        """Itself: lm-eval copies a task's settings, and connections cannot be."""
        return self

    def judge(self, resps: Iterable[str | Sequence[str]], docs: Sequence[Mapping[str, Any]]) -> list[Judged]:
        """The first answer to each document, judged; a filter function."""
        answers = [one if isinstance(one, str) else one[0] for one in resps]
        made: list[Transcript | str] = []
        for doc, answer in zip(docs, answers, strict=True):
            try:
                made.append(self._transcript(doc, answer))
            except UserError as error:
                made.append(_lost(error))
        self._say(one for one in made if isinstance(one, str))
        found, why = self._verdicts({one.id: one for one in made if not isinstance(one, str)}.values())
        return [
            self._judged(answer, None, one) if isinstance(one, str) else self._judged(answer, found.get(one.id), why)
            for answer, one in zip(answers, made, strict=True)
        ]

    def process_results(self, doc: Mapping[str, Any], results: Sequence[Any]) -> dict[str, Any]:
        """The metrics of one document: without a score, the reason instead."""
        judged = results[0]
        if not isinstance(judged, Judged):
            raise UserError("process_results: the task's last filter has to be `judge`: see filter_list in the docs")
        name, outcome = self.name, judged.outcome
        if outcome is None:
            return {f"{name}_unscored": judged.why, f"{name}_verdict": None}
        found: dict[str, Any] = {} if outcome.score is None else {name: outcome.score}
        if outcome.verdict.passed is not None:
            found[f"{name}_passed"] = float(outcome.verdict.passed)
        found |= {f"{name}_{part}": value for part, value in outcome.values.items()}
        return {**found, f"{name}_unscored": outcome.reason, f"{name}_verdict": outcome.metadata}

    @property
    def metric_list(self) -> list[dict[str, Any]]:
        """The task's metrics: a criterion's mean is the share of yes, of which no direction is known to be good."""
        good: dict[str, bool | None] = {self.name: True}
        if self._rubric.pass_at is not None:
            good[f"{self.name}_passed"] = True
        good |= {f"{self.name}_{one.id}": None for one in self._rubric.criteria}
        good |= {f"{self.name}_{one.id}": True for one in self._rubric.checks}
        means = [{"metric": one, "aggregation": "mean", "higher_is_better": better} for one, better in good.items()]
        return [
            *means,
            {"metric": f"{self.name}_unscored", "aggregation": count, "higher_is_better": False},
            {"metric": f"{self.name}_verdict", "aggregation": tally, "higher_is_better": None},
        ]

    def _transcript(self, doc: Mapping[str, Any], answer: str) -> Transcript:
        from judgekit.noun import digest
        from judgekit.transcript import Transcript

        held = {name: doc[name] for name in self._rubric.inputs if doc.get(name) is not None}
        reference = None if self._reference is None else _read(self._reference, doc)
        made = Transcript.from_text(_read(self._prompt, doc), answer, reference=reference, metadata=held)
        return made.model_copy(update={"id": f"{made.question_id}-{digest([made.sha256, reference, held])[:12]}"})

    def _inputs_of(self, transcript: Transcript) -> dict[str, Any]:
        """What the document says, else its question, else what is the same for all."""
        from judgekit.integrations.rubric_judge import merged_inputs

        return merged_inputs(self._rubric, self._inputs, self._find(transcript)[1], transcript.metadata)

    def _verdicts(self, transcripts: Iterable[Transcript]) -> tuple[dict[str, Verdict], str]:
        """The verdicts by transcript, and why some are missing: answers that took hours are not thrown away for it."""
        from judgekit.running.run import open_run

        why = "not judged"
        with TemporaryDirectory(prefix="judgekit-") as folder:
            path = Path(folder) / "run.db" if self._store is None else Path(self._store)
            try:
                self._judge.score_many(
                    list(transcripts),
                    self._rubric,
                    questions=self._questions,
                    inputs=self._inputs_of,
                    store=path,
                    budget_usd=self._budget_usd,
                )
            except JudgekitError as error:
                why = _lost(error)
                self._say([why])
            if not path.is_file():
                return {}, why
            return {one.transcript_id: one for one in open_run(path).verdicts(rubric=self._rubric.name)}, why

    def _say(self, reasons: Iterable[str]) -> None:
        for why in list(dict.fromkeys(reasons))[:3]:
            logging.getLogger("judgekit").error("%s: %s", self.name, why)

    def _judged(self, answer: str, verdict: Verdict | None, why: str) -> Judged:
        from judgekit.integrations.outcome import Outcome

        judged = Judged(answer)
        judged.outcome = None if verdict is None else Outcome(verdict, self._rubric)
        judged.why = why
        return judged


def count(reasons: Iterable[str | None]) -> int:
    """How many documents have no score."""
    return sum(reason is not None for reason in reasons)


def tally(verdicts: Iterable[Mapping[str, Any] | None]) -> str:
    """How many documents were scored, and what became of the others.

    >>> tally([{"status": "scored"}, {"status": "failed", "failure_kind": "timeout"}, {"status": "scored"}])
    '2 scored, 1 timeout'
    """
    kinds = Counter("not judged" if one is None else one.get("failure_kind") or one["status"] for one in verdicts)
    return ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items(), key=lambda item: (item[0] != "scored", item)))


def _lost(error: JudgekitError) -> str:
    return f"not judged: {' '.join(str(error).split())}"


def _read(field: Field, doc: Mapping[str, Any]) -> str:
    if callable(field):
        return field(doc)
    if "{" in field:
        from jinja2 import TemplateError

        try:
            return str(needed("lm_eval.utils", "lm-eval").apply_template(field, doc))
        except TemplateError as error:
            raise UserError(f"the template {field!r} does not fit the document: {error}") from None
    if field not in doc:
        raise UserError(f"the document has no field {field!r}; it has {', '.join(doc)}")
    return str(doc[field])
