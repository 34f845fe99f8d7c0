"""Rubrics, questions and foreign records as text: YAML that people read, or JSON."""

from __future__ import annotations

from typing import Any

import orjson
import yaml

from judgekit.io.yaml_style import text_style
from judgekit.question import QuestionSet
from judgekit.rubric import Criterion, Rubric

_WIDTH = 110


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and nothing as an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_data(self, data: Any) -> yaml.Node:
        if isinstance(data, str) and (style := text_style(data)):
            return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)
        node: yaml.Node = super().represent_data(data)
        return node


def yaml_text(value: Any) -> str:
    """The value as YAML."""
    written: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return written


def json_text(value: Any) -> str:
    """The value as indented JSON."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def rubric_text(rubric: Rubric) -> str:
    """The rubric as a file that `load_rubric` reads back as the same rubric.

    >>> print(rubric_text(Rubric.from_text("It is polite.")).splitlines()[:2])
    ['judgekit: rubric/1', 'name: statement']
    """
    fields = rubric.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    fields = {"judgekit": rubric.judgekit, **fields}
    for place, criterion in enumerate(rubric.criteria):
        # Lint wants the evidence said; points stand last, below what they are for.
        written = {**fields["criteria"][place], "evidence": criterion.evidence}
        fields["criteria"][place] = {**{k: v for k, v in written.items() if k != "points"}, **_points(criterion)}
    if rubric.levels:
        fields["levels"] = {level: rubric.levels[level] for level in sorted(rubric.levels, reverse=True)}
    return yaml_text(_tidy(fields))


def _points(criterion: Criterion) -> dict[str, Any]:
    return {} if criterion.points is None else {"points": criterion.points}


def questions_text(questions: QuestionSet) -> str:
    """The questions as a file that `load_questions` reads."""
    fields = questions.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return yaml_text({"judgekit": questions.judgekit, **fields})


def _tidy(value: Any) -> Any:
    """Whole numbers without a point: `points: 1`."""
    if isinstance(value, dict):
        return {key: _tidy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value
