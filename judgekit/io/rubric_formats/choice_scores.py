"""A prompt and a score for each choice: autoevals' templates, and the model-graded specs of OpenAI's evals.

They differ in how a variable is written (`{{input}}`, `{input}`), and evals puts several under names in one file.
"""

from __future__ import annotations

from typing import Any

from judgekit.io.rubric_formats.make import Names, choices, criterion_id, points_rubric
from judgekit.io.rubric_formats.names import tidy_number
from judgekit.io.rubric_formats.prompts import asked, filled, without_data
from judgekit.io.rubric_formats.records import Losses
from judgekit.io.rubric_formats.source import Foreign, Number, Source, has
from judgekit.io.rubric_formats.texts import RESPONSE, Texts
from judgekit.io.rubric_formats.write import yaml_text
from judgekit.io.yaml_nodes import Loc
from judgekit.rubric import Rubric

_MODEL = "the judge is named when it is asked: judgekit score --judge"


class _Spec(Foreign):
    prompt: str | list[dict[str, Any]]
    choice_scores: dict[str, Number] | str | None = None
    choice_strings: str | list[str] | None = None


def recognises_autoevals(source: Source) -> bool:
    """Whether the file is a prompt with scores, as autoevals writes it."""
    return has(source.data, "prompt", "choice_scores") and "choice_strings" not in source.data


def recognises_evals(source: Source) -> bool:
    """Whether the file is a prompt with choices as OpenAI's evals write it, or several of them by name."""
    data = source.data
    if has(data, "prompt", "choice_strings"):
        return True
    held = list(data.values()) if isinstance(data, dict) and data else []
    return bool(held) and all(has(one, "prompt", "choice_strings") for one in held)


def read_autoevals(source: Source, losses: Losses) -> list[Rubric]:
    """One rubric with one question, whose answers earn their scores."""
    return [_rubric(source, (), losses, Names(source).take(), single=False)]


def read_evals(source: Source, losses: Losses) -> list[Rubric]:
    """The rubrics, one for each spec."""
    names = Names(source)
    if has(source.data, "prompt"):
        return [_rubric(source, (), losses, names.take(), single=True)]
    if not isinstance(source.data, dict) or not source.data:
        source.stop((), "wanted the keys prompt and choice_strings, or names with such keys under them")
    return [_rubric(source, (key,), losses, names.take(str(key)), single=True) for key in source.data]


def _rubric(source: Source, loc: Loc, losses: Losses, name: str, *, single: bool) -> Rubric:
    spec = source.record(_Spec, loc, losses, _MODEL if not single else "how the judge is called is settled elsewhere")
    texts = Texts(source, losses)
    at = (*loc, "prompt")
    if isinstance(spec.prompt, str):
        whole = texts.plain(spec.prompt, at, single=single)
    else:
        whole = texts.messages(spec.prompt, at, single=single)
    text = without_data(whole)
    if RESPONSE not in whole:
        losses.add(at, "the prompt does not say where the response goes: what is judged is the last answer")
    scores = _scores(source, loc, losses, spec)
    at = (*loc, "choice_strings") if spec.choice_strings else (*loc, "choice_scores")
    named = {texts.plain(choice, at): score for choice, score in scores.items()}
    if len(named) < len(scores):
        source.stop(at, f"the choices have to differ; came {', '.join(map(repr, scores))}")
    ident = criterion_id("choice", 0, {}, texts)
    criterion = choices(source, (*loc, "choice_scores"), losses, ask=text, scores=named, name=ident)
    return points_rubric(source, loc, texts, losses, name=name, criteria=[criterion])


def _scores(source: Source, loc: Loc, losses: Losses, spec: _Spec) -> dict[str, float | None]:
    """Every choice with its score; None where none is given."""
    at = (*loc, "choice_strings")
    strings = spec.choice_strings
    if isinstance(strings, str) and strings.startswith("from_"):
        source.stop(at, f"{strings} compares several responses, and a rubric judges one: there is nothing to import")
    listed = list(strings or ())
    given = spec.choice_scores
    if given == "from_strings":
        return {choice: _number(source, at, choice) for choice in listed}
    if isinstance(given, str):
        source.stop((*loc, "choice_scores"), f"wanted a score for each choice, or from_strings; came {given!r}")
    if given is None:
        losses.add(loc, "it has no choice_scores, so there is no score: give the answers points")
        given = {}
    unknown = [choice for choice in given if listed and choice not in listed]
    if unknown:
        source.stop((*loc, "choice_scores", unknown[0]), f"there is no such choice: there are {', '.join(listed)}")
    return {choice: given.get(choice) for choice in listed or given}


def _number(source: Source, at: Loc, choice: str) -> float:
    try:
        return float(choice)
    except ValueError:
        source.stop(at, f"from_strings wants numbers as choices; came {choice!r}")


def write_autoevals(rubric: Rubric, name: str, losses: Losses) -> str:
    """The rubric as an autoevals template; scores lie within 0 and 1."""
    found = asked(rubric, name)
    best = max(found.scores.values())
    scores = {choice: max(score / best, 0.0) if best > 0 else 0.0 for choice, score in found.scores.items()}
    text = filled(found.text, rubric, lambda variable: f"{{{{{variable}}}}}", ("input", "output", "thread"))
    return yaml_text({"prompt": text, "choice_scores": {key: tidy_number(score) for key, score in scores.items()}})


def write_evals(rubric: Rubric, name: str, losses: Losses) -> str:
    """The rubric as a model-graded spec."""
    found = asked(rubric, name)
    text = found.text.replace("{", "{{").replace("}", "}}")
    text = filled(text, rubric, lambda variable: f"{{{variable}}}", ("input", "completion", "input"))
    spec = {
        "prompt": text,
        "choice_strings": list(found.scores),
        "choice_scores": {key: tidy_number(score) for key, score in found.scores.items()},
        "input_outputs": {"input": "completion"},
    }
    return yaml_text({rubric.name: spec})
