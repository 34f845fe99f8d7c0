"""The files that public packages ship: every one loads, and its choices score as the package scores them.

The packages are fetched into a folder of their own, as wheels, so that nothing of them is run but autoevals' own
classes, in an environment of their own. Where they cannot be had, the tests are skipped.
"""

from __future__ import annotations

import ast
import json
import random
import re
import subprocess
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from judgekit.errors import UserError
from judgekit.io import import_rubric, load_rubric
from judgekit.io.ifeval import ifbench_ids, ifeval_ids
from judgekit.io.rubric_formats.write import rubric_text
from judgekit.judging.aggregate import points_outcome
from judgekit.judging.lint import lint_rubric
from judgekit.rubric import Rubric

pytestmark = pytest.mark.slow

CLASSES = """
import importlib, json, sys
llm = importlib.import_module("autoevals.llm")
found = {}
for name in sys.argv[1:]:
    scorer = getattr(llm, name)(client=object(), model="none")
    found[name] = {}
    for choice in scorer.choice_scores:
        call = {"function": {"name": "select_choice", "arguments": json.dumps({"choice": choice})}}
        found[name][choice] = scorer._process_response({"tool_calls": [call]}).score
print(json.dumps(found))
"""
ARGUMENTS: dict[str, dict[str, Any]] = {
    "keywords:existence": {"keywords": ["apple", "pear"]},
    "keywords:frequency": {"keyword": "apple", "relation": "at least", "frequency": 2},
    "keywords:forbidden_words": {"forbidden_words": ["plum"]},
    "keywords:letter_frequency": {"letter": "e", "let_relation": "at least", "let_frequency": 4},
    "language:response_language": {"language": "de"},
    "length_constraints:number_sentences": {"relation": "less than", "num_sentences": 5},
    "length_constraints:number_paragraphs": {"num_paragraphs": 3},
    "length_constraints:number_words": {"relation": "at least", "num_words": 40},
    "length_constraints:nth_paragraph_first_word": {"num_paragraphs": 3, "nth_paragraph": 2, "first_word": "then"},
    "detectable_content:number_placeholders": {"num_placeholders": 2},
    "detectable_content:postscript": {"postscript_marker": "P.S."},
    "detectable_format:number_bullet_lists": {"num_bullets": 3},
    "detectable_format:number_highlighted_sections": {"num_highlights": 2},
    "detectable_format:multiple_sections": {"section_spliter": "Section", "num_sections": 3},
    "combination:repeat_prompt": {"prompt_to_repeat": "Say this first."},
    "startend:end_checker": {"end_phrase": "That is all."},
    "change_case:capital_word_frequency": {"capital_relation": "less than", "capital_frequency": 3},
}
"""An argument for each instruction that takes some, under the names of IFEval's data."""


def run(*command: str | Path) -> str:
    try:
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"the packages cannot be had: {error}")
    if done.returncode:
        pytest.skip(f"the packages cannot be had: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment of its own."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    return folder / "bin" / "python"


def fetched(environment: Path, package: str) -> Path:
    """The folder of an unpacked wheel."""
    folder = environment.parent / "wheels" / package
    options = ["--no-deps", "--only-binary", ":all:", "--quiet", "--disable-pip-version-check"]
    run(environment, "-m", "pip", "install", *options, "--target", folder, package)
    return folder


def checked(path: Path, folder: Path) -> tuple[Rubric, ...]:
    """The rubrics of a file: written, read back and linted without an error."""
    found = import_rubric(path)
    for rubric in found.rubrics:
        written = folder / f"{rubric.name}.yaml"
        written.write_text(rubric_text(rubric), encoding="utf-8")
        assert load_rubric(written) == rubric
        errors = [finding.message for finding in lint_rubric(written) if finding.level == "error"]
        assert all("no answer earns points" in error for error in errors)
    return found.rubrics


def score_of(rubric: Rubric, answers: dict[str, str]) -> float | None:
    return points_outcome(rubric, answers, {}, {}).score


def test_autoevals_templates_score_as_its_own_classes(environment: Path, tmp_path: Path) -> None:
    run(environment, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "autoevals")
    home = Path(run(environment, "-c", "import autoevals; print(autoevals.__path__[0])").strip())
    templates = sorted((home / "templates").glob("*.yaml"))
    assert len(templates) >= 5
    source = (home / "llm.py").read_text(encoding="utf-8")
    classes = re.findall(r"^class (\w+)\(SpecFileClassifier\)", source, re.M)
    by_file = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): name for name in classes}
    own = json.loads(run(environment, "-c", CLASSES, *(by_file[p.stem] for p in templates if p.stem in by_file)))
    compared = 0
    for path in templates:
        (rubric,) = checked(path, tmp_path)
        (criterion,) = rubric.criteria
        if path.stem in by_file:
            wanted = own[by_file[path.stem]]
            assert list(wanted) == list(criterion.answers)
            for choice, score in wanted.items():
                assert score_of(rubric, {criterion.id: choice}) == pytest.approx(score, abs=1e-12)
                compared += 1
    assert compared >= 10


def test_evals_specs_score_as_they_say(environment: Path, tmp_path: Path) -> None:
    folder = fetched(environment, "evals") / "evals" / "registry" / "modelgraded"
    loaded = compared = 0
    refused = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            rubrics = checked(path, tmp_path)
        except UserError as error:
            refused.append(str(error))
            continue
        loaded += len(rubrics)
        for rubric in rubrics:
            (criterion,) = rubric.criteria
            if criterion.points is None:
                continue
            best = max(criterion.points_for(answer) for answer in criterion.answers)
            for answer in criterion.answers:
                assert score_of(rubric, {criterion.id: answer}) == pytest.approx(criterion.points_for(answer) / best)
                compared += 1
    assert (loaded >= 15, compared >= 30) == (True, True)
    # One asks which of several responses is best, and one has a key twice: neither can be a rubric as it stands.
    assert all("several responses" in error or "stands twice" in error for error in refused)


def test_autorubric_files_load_with_their_weights(environment: Path, tmp_path: Path) -> None:
    home = fetched(environment, "autorubric") / "autorubric"
    files = sorted(home.rglob("*.json"))
    assert files
    for path in files:
        (rubric,) = checked(path, tmp_path)
        items = list(_requirements(json.loads(path.read_text(encoding="utf-8"))))
        assert [c.points for c in rubric.criteria] == [item["weight"] for item in items]
        assert all(item["requirement"] in c.ask for c, item in zip(rubric.criteria, items, strict=True))
        _scores_as_autorubric(rubric, [float(item["weight"]) for item in items])


def _requirements(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and "requirement" in value:
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _requirements(inner)


def _scores_as_autorubric(rubric: Rubric, weights: list[float]) -> None:
    """Its formula: the weights of what is met by the positive ones, within 0 and 1."""
    rng = random.Random(5)
    for _ in range(200):
        met = [rng.random() < 0.5 for _ in weights]
        wanted = sum(w for w, m in zip(weights, met, strict=True) if m) / sum(w for w in weights if w > 0)
        answers = {c.id: "yes" if m else "no" for c, m in zip(rubric.criteria, met, strict=True)}
        assert score_of(rubric, answers) == pytest.approx(min(max(wanted, 0), 1))


def test_prometheus_rubrics_load_from_text_and_from_keys(environment: Path, tmp_path: Path) -> None:
    folder = fetched(environment, "prometheus-eval")
    texts = dict(_constants((folder / "prometheus_eval" / "prompts.py").read_text(encoding="utf-8")))
    rubrics = {name: text for name, text in texts.items() if name.endswith("_RUBRIC")}
    assert len(rubrics) >= 3
    for name, text in rubrics.items():
        path = tmp_path / f"{name.lower()}.txt"
        path.write_text(text, encoding="utf-8")
        (rubric,) = checked(path, tmp_path)
        assert rubric.top == 5
        for level, anchor in rubric.levels.items():
            assert f"Score {level}: {anchor}" in text
        assert rubric.criteria[0].ask in text
    readme = next(folder.glob("*.dist-info")) / "METADATA"
    shown = re.search(r"^rubric_data = (\{.*?^\})", readme.read_text(encoding="utf-8"), re.M | re.S)
    assert shown is not None
    data = ast.literal_eval(shown[1])
    (tmp_path / "keys.json").write_text(json.dumps(data), encoding="utf-8")
    (tmp_path / "keys.txt").write_text(texts["SCORE_RUBRIC_TEMPLATE"].format(**data), encoding="utf-8")
    assert import_rubric(tmp_path / "keys.json").rubric == import_rubric(tmp_path / "keys.txt").rubric


def _constants(source: str) -> Iterator[tuple[str, str]]:
    """The texts that a module gives names to, read without running it."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value
            stripped = isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)
            if stripped and isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
                value = value.func.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield node.targets[0].id, value.value.strip() if stripped else value.value


def _ids(source: str) -> list[str]:
    """The instruction ids of a registry: its keys, plain or as the sum of a named text and another."""
    named = dict(_constants(source))
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            target = node.targets[0]
            if isinstance(target, ast.Name) and target.id == "INSTRUCTION_DICT":
                return [_key(key, named) for key in node.value.keys]
    return []


def _key(key: ast.expr | None, named: dict[str, str]) -> str:
    if isinstance(key, ast.BinOp):
        return _key(key.left, named) + _key(key.right, named)
    if isinstance(key, ast.Name):
        return named[key.id]
    assert isinstance(key, ast.Constant)
    return str(key.value)


def test_every_instruction_of_lm_eval_becomes_a_check(environment: Path, tmp_path: Path) -> None:
    folder = fetched(environment, "lm_eval") / "lm_eval" / "tasks" / "ifeval"
    ids = _ids((folder / "instructions_registry.py").read_text(encoding="utf-8"))
    assert len(ids) == 25
    rows = [
        {"key": i, "prompt": "Do it.", "instruction_id_list": [name], "kwargs": [ARGUMENTS.get(name, {})]}
        for i, name in enumerate(ids)
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = import_rubric(path)
    assert [str(one) for one in found.dropped] == []
    assert found.questions is not None
    assert all(question.rubrics["constraint_following"]["constraints"] for question in found.questions)


def test_instructions_of_ifbench_become_checks_or_are_listed(environment: Path, tmp_path: Path) -> None:
    folder = fetched(environment, "lighteval")
    registry = next(folder.rglob("ifbench/instructions_registry.py"), None)
    if registry is None:
        pytest.skip("lighteval no longer holds IFBench's registry")
    ids = _ids(registry.read_text(encoding="utf-8"))
    assert len(ids) >= 50
    assert set(ifbench_ids()) <= set(ids)
    unknown = [name for name in ids if name not in (*ifeval_ids(), *ifbench_ids())]
    row = {"prompt": "Do it.", "instruction_id_list": unknown, "kwargs": [{} for _ in unknown]}
    path = tmp_path / "row.json"
    path.write_text(json.dumps(row), encoding="utf-8")
    listed = [one.reason for one in import_rubric(path).dropped]
    assert listed == [f"no check decides {name}: the instruction is left out" for name in unknown]
