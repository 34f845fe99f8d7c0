"""Hugging Face datasets: the judge's columns beside the data set's own, through `map`.

    scored = score_dataset(dataset, rubric="sycophancy", columns={"response": "answer"}, judge="openai/gpt-5-mini")

`DatasetScorer` is the function that `map` takes, for those who call it themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import JsonValue

from judgekit.errors import UserError
from judgekit.integrations.harness import needed

if TYPE_CHECKING:
    from judgekit.integrations.rubric_judge import RubricJudge
    from judgekit.question import QuestionSet
    from judgekit.running.batch import RubricLike

D = TypeVar("D")
_DTYPES = {"text": "string", "real": "float64", "whole": "int64", "truth": "bool"}


class DatasetScorer:
    """The function for `dataset.map(scorer, batched=True, features=scorer.features(dataset))`.

    It can be pickled, so `num_proc` works: what goes to another process, and into the fingerprint by which `map` finds
    its cache, is the rubric, the judge's name and parameters and the questions, never a key or a connection. Each
    process opens a judge of its own.
    """

    def __init__(
        self,
        rubric: RubricLike,
        *,
        columns: Mapping[str, str] | None = None,
        judge: str | None = None,
        questions: QuestionSet | str | Path | None = None,
        inputs: Mapping[str, JsonValue] | None = None,
        store: str | Path | None = None,
        prefix: str = "",
        whole: bool = False,
        **options: Any,
    ) -> None:
        """Reads rubric and questions; nothing is called yet.

        Args:
            rubric: a rubric, the name of a shipped one, or a file.
            columns: which column holds what, as for `score_frame`.
            judge: the name of a judge; by default JUDGEKIT_JUDGE.
            questions: what the rubric needs to know about each prompt, where no column says it.
            inputs: the same for every row, where neither a column nor a question says it.
            store: the run's file, which all processes share: with it nothing is paid for twice.
            prefix: goes before the names of the new columns.
            whole: add `verdict`, the whole verdict as JSON.
            **options: further arguments of `Judge`, such as base_url; a key comes from the environment.

        Raises:
            UserError: the judge is no name, a key was given, or rubric, questions or options are wrong.
        """
        from judgekit.integrations.rubric_judge import RubricJudge
        from judgekit.io import load_questions

        if not isinstance(judge, str | None):
            raise UserError(
                f"judge: the name of one was wanted, as map hands it to other processes; came a {type(judge).__name__}"
            )
        if "api_key" in options:
            raise UserError("api_key: a key would be pickled; set OPENAI_API_KEY, or name a variable by api_key_env=")
        rubric_judge = RubricJudge(rubric, judge=judge, **options)
        settings = rubric_judge.judge.settings
        # Where it comes from the environment it is part of the fingerprint too, and the same in every process.
        self._options = {"base_url": settings.base_url} | options if settings.base_url else options
        self._judge = settings.judge
        self._rubric = rubric_judge.rubric.model_dump_json(by_alias=True)
        self._base = rubric_judge.judge.plan(rubric_judge.rubric).base
        held = load_questions(questions) if isinstance(questions, str | Path) else questions
        self._questions = None if held is None else held.model_dump_json(by_alias=True)
        self._columns, self._inputs = dict(columns or {}), dict(inputs or {})
        self._store = None if store is None else str(Path(store).absolute())
        self._prefix, self._whole = prefix, whole
        self._opened: tuple[RubricJudge, QuestionSet | None] | None = None
        rubric_judge.close()

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the judge that this process has opened."""
        return vars(self) | {"_opened": None}

    def __call__(self, batch: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        """The columns of one batch.

        Raises:
            UserError: a column is missing or taken, or a cell is wrong, counted from the batch's first row.
        """
        from judgekit.integrations.scored_table import score_rows

        rubric_judge, questions = self._open()
        names = list(batch.keys())
        n = len(batch[names[0]]) if names else 0
        self._check_free(names)

        def cells(wanted: list[str]) -> Any:
            held = {name: batch[name] for name in wanted}
            return lambda first, end: [{name: held[name][i] for name in wanted} for i in range(first, end)]

        found = score_rows(
            rubric_judge,
            cells,
            n,
            names,
            columns=self._columns,
            questions=questions,
            inputs=self._inputs,
            whole=self._whole,
            fixed=True,
            by_content=True,
            store=self._store,
        )
        return {f"{self._prefix}{name}": column.values for name, column in found.items()}

    def features(self, dataset: Any) -> Any:
        """The features of the data set with the new columns: without them `map` guesses types by the first batch.

        Raises:
            UserError: a column is taken.
        """
        datasets = needed("datasets", "datasets")
        held = dataset.features if dataset.features is not None else dataset._resolve_features().features
        self._check_free(list(held))
        fresh = {f"{self._prefix}{name}": datasets.Value(_DTYPES[kind]) for name, kind in self._kinds().items()}
        return datasets.Features({**held, **fresh})

    def _kinds(self) -> Mapping[str, str]:
        from judgekit.integrations.verdict_columns import column_kinds

        return column_kinds(self._open()[0].rubric, whole=self._whole)

    def _check_free(self, names: Sequence[str]) -> None:
        from judgekit.integrations.verdict_columns import check_free

        check_free(self._kinds(), names, self._prefix)

    def _open(self) -> tuple[RubricJudge, QuestionSet | None]:
        """The judge of this process, and the questions."""
        if self._opened is None:
            from judgekit.integrations.rubric_judge import RubricJudge
            from judgekit.question import QuestionSet
            from judgekit.rubric import Rubric

            rubric = Rubric.model_validate_json(self._rubric)
            questions = None if self._questions is None else QuestionSet.model_validate_json(self._questions)
            self._opened = RubricJudge(rubric, judge=self._judge, **self._options), questions
        return self._opened


def score_dataset(
    dataset: D, *, rubric: RubricLike, num_proc: int | None = None, batch_size: int = 1000, **options: Any
) -> D:
    """The data set with the verdicts in columns of their own; each split of a `DatasetDict`.

    The columns are those of `score_frame`, but for constraints and turns, which differ from row to row: `whole=True`
    has them. `map` keeps what it made: the same call again reads its cache, failures included.

    Args:
        dataset: a `Dataset`, an `IterableDataset` (then judged as it is read), or a dictionary of them.
        rubric: a rubric, the name of a shipped one, or a file.
        num_proc: processes; one is enough, since calls to the judge do not wait for each other.
        batch_size: rows in one run.
        **options: as for `DatasetScorer`.

    Raises:
        UserError: as for `DatasetScorer`, or this is no data set.
    """
    scorer = DatasetScorer(rubric, **options)
    datasets = needed("datasets", "datasets")
    if isinstance(dataset, Mapping):
        splits: Any = {name: _mapped(datasets, split, scorer, num_proc, batch_size) for name, split in dataset.items()}
        back: D = type(dataset)(splits)  # type: ignore[call-arg]
        return back
    one: D = _mapped(datasets, dataset, scorer, num_proc, batch_size)
    return one


def _mapped(datasets: Any, dataset: Any, scorer: DatasetScorer, num_proc: int | None, batch_size: int) -> Any:
    if isinstance(dataset, datasets.IterableDataset):
        if num_proc is not None:
            raise UserError("num_proc: a data set that is streamed is judged in the process that reads it")
        return dataset.map(scorer, batched=True, batch_size=batch_size, features=scorer.features(dataset))
    if not isinstance(dataset, datasets.Dataset):
        raise UserError(f"score_dataset: a Dataset was wanted; came {type(dataset).__name__}")
    return dataset.map(
        scorer,
        batched=True,
        batch_size=batch_size,
        num_proc=num_proc,
        features=scorer.features(dataset),
        desc=f"Judging with {scorer._judge}",
    )
