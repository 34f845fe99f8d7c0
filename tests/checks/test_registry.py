"""The registry: names, parameters, messages, and checks of third parties."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from judgekit.checks import check_names, describe_check, run_check, validate_check
from judgekit.checks.registry import HOMES
from judgekit.errors import UserError
from judgekit.verdict import CheckResult

ROOT = Path(__file__).resolve().parents[2]

# The whole vocabulary of rubrics and question files: names that users type.
PROMISED = [
    "word_count",
    "sentence_count",
    "paragraph_count",
    "line_count",
    "char_count",
    "fenced_code_only",
    "code_block_count",
    "has_code",
    "python_parses",
    "python_no_new_imports",
    "python_signature",
    "python_builtins_only",
    "python_no_comprehensions",
    "python_no_interpolated_sql",
    "sql_parses",
    "regex_compiles",
    "json_parses",
    "json_schema",
    "separated_by",
    "contains",
    "matches",
    "starts_with",
    "ends_with",
    "section_order",
    "bullet_count",
    "heading_count",
    "letter_case",
    "language",
    "python_same_result",
    "python_own_tests_pass",
]


def test_every_promised_check_is_there() -> None:
    assert sorted(check_names()) == sorted(PROMISED)


def test_each_module_holds_what_the_registry_says() -> None:
    for module, names in HOMES.items():
        assert tuple(check.name for check in importlib.import_module(f"judgekit.checks.{module}").CHECKS) == names


def test_asking_for_one_check_loads_no_other_and_nothing_heavy() -> None:
    heavy = ("sqlglot", "jsonschema_rs", "py3langid", "regex", "openai", "scipy", "judgekit.checks.sql")
    code = (
        "import sys; from judgekit.checks import run_check; run_check('word_count', 'x', {'exactly': 1}); "
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert out.stdout.strip() == "[]"


def test_an_unknown_check() -> None:
    for call in (lambda: run_check("word_cuont", "x"), lambda: validate_check("word_cuont")):
        with pytest.raises(UserError) as error:
            call()
        assert str(error.value) == (
            "check 'word_cuont' is not known: did you mean 'word_count'? `judgekit check --list` shows them all"
        )
    with pytest.raises(UserError, match=r"^check 'zzz' is not known: `judgekit check --list` shows them all$"):
        describe_check("zzz")


@pytest.mark.parametrize(
    ("check", "params", "message"),
    [
        (
            "word_count",
            {"exact": 14},
            "check word_count has no parameter 'exact'; it knows: exactly, at_least, at_most, target",
        ),
        ("has_code", {"blocks": 1}, "check has_code has no parameter 'blocks'; it takes none"),
        (
            "matches",
            {},
            "check matches needs the parameter 'pattern': A regular expression, searched anywhere in the text.",
        ),
        ("word_count", {}, "check word_count: one of exactly, at_least and at_most is needed (came: {})"),
        ("word_count", {"exactly": "14"}, "check word_count: exactly: Input should be a valid integer (came: '14')"),
        ("word_count", {"exactly": True}, "check word_count: exactly: Input should be a valid integer (came: True)"),
        ("word_count", {"exactly": 1.0}, "check word_count: exactly: Input should be a valid integer (came: 1.0)"),
        (
            "word_count",
            {"exactly": -1},
            "check word_count: exactly: Input should be greater than or equal to 0 (came: -1)",
        ),
        (
            "letter_case",
            {"case": "title"},
            "check letter_case: case: Input should be 'upper' or 'lower' (came: 'title')",
        ),
        (
            "separated_by",
            {"separator": ";", "target": "b"},
            "check separated_by: target: wanted response, code, prose, block:N or inline:N, with N from 1 (came: 'b')",
        ),
    ],
)
def test_wrong_parameters(check: str, params: dict[str, object], message: str) -> None:
    with pytest.raises(UserError) as error:
        validate_check(check, params)
    assert str(error.value) == message
    with pytest.raises(UserError):
        run_check(check, "x", params)


def test_every_check_says_what_it_takes() -> None:
    for name in check_names():
        info = describe_check(name)
        assert (info.name, info.source) == (name, "judgekit")
        assert info.summary.endswith(".")
        assert all(parameter.about and parameter.type for parameter in info.params)
        assert [p.name for p in info.params].count("target") in (0, 1)
        assert "target" not in [p.name for p in info.params[:-1]]


def test_types_are_told_in_words() -> None:
    def types(name: str) -> dict[str, str]:
        return {parameter.name: parameter.type for parameter in describe_check(name).params}

    assert types("contains") == {
        "all": "list of texts",
        "any": "list of texts",
        "none": "list of texts",
        "ignore_case": "true or false",
        "whole_words": "true or false",
        "target": "text",
    }
    assert types("letter_case")["case"] == "one of upper, lower"
    assert types("json_schema")["schema"] == "any JSON value"
    assert types("word_count")["exactly"] == "whole number"


def test_half_a_character_becomes_a_whole_one() -> None:
    found = run_check("contains", "a\ud800", {"all": ["\udfff"]})
    assert found.model_dump_json()
    assert (found.result, found.expected) == ("pass", {"all": ["\ufffd"]})


# --- checks of third parties: real distributions on sys.path ---

PLUGIN = '''
from judgekit.verdict import CheckResult


def polite(text: str, *, words: list = ["please"], least=1) -> bool:
    """Tells whether polite words occur.

    More about it.
    """
    return sum(word in text for word in words) >= least


def counted(text, n: int):
    return CheckResult(result="pass" if len(text) == n else "fail", measured=len(text), expected=n)


def anything(text, **given):
    """Takes everything."""
    return sorted(given) == ["a", "b"]


def broken(text):
    raise KeyError(text)


def odd(text, sentinel=object()):
    return "yes"


number = 5


def word_count(text):
    return True
'''


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts a distribution of the given name on the path, with entry points of the given objects."""

    def put(distribution: str, **points: str) -> None:
        module = distribution.replace("-", "_")
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (tmp_path / f"{module}.py").write_text(PLUGIN, encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", encoding="utf-8")
        lines = [f"{name} = {module}{target}" for name, target in points.items()]
        (info / "entry_points.txt").write_text("\n".join(["[judgekit.checks]", *lines, ""]), encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))

    return put


def test_a_plugin_is_a_check_like_any_other(install: Callable[..., None]) -> None:
    install("judgekit-polite", courteous=":polite", counted=":counted")
    assert check_names()[-2:] == ["counted", "courteous"]
    info = describe_check("courteous")
    assert (info.summary, info.source) == ("Tells whether polite words occur.", "judgekit-polite")
    assert [(p.name, p.type, p.required, p.default) for p in info.params] == [
        ("words", "list", False, ["please"]),
        ("least", "any JSON value", False, 1),
        ("target", "text", False, "response"),
    ]
    assert run_check("courteous", "Could you please go?").result == "pass"
    assert run_check("courteous", "Go!").result == "fail"
    assert run_check("courteous", "Go!", {"words": ["Go", "!"], "least": 2}).result == "pass"
    assert run_check("counted", "abc", {"n": 3}) == CheckResult(result="pass", measured=3, expected=3)
    assert describe_check("counted").summary == "No description."


def test_a_plugin_gets_the_target_and_not_its_name(install: Callable[..., None]) -> None:
    install("judgekit-targets", sized=":counted")
    assert run_check("sized", "x `abc` y", {"n": 3, "target": "inline:1"}).result == "pass"
    assert run_check("sized", "x", {"n": 3, "target": "code"}).result == "not_applicable"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n": 1, "m": 2}, "check counted has no parameter 'm'; it knows: n, target"),
        ({}, "check counted needs the parameter 'n': "),
        ({"n": 1, "target": "x"}, "check counted: target: wanted response, code"),
    ],
)
def test_parameters_of_a_plugin(install: Callable[..., None], params: dict[str, object], message: str) -> None:
    install("judgekit-counted", counted=":counted")
    with pytest.raises(UserError) as error:
        validate_check("counted", params)
    assert str(error.value).startswith(message)


def test_a_plugin_may_take_anything(install: Callable[..., None]) -> None:
    install("judgekit-anything", anything=":anything")
    assert run_check("anything", "x", {"a": 1, "b": 2, "target": "response"}).result == "pass"
    assert run_check("anything", "x", {"a": 1}).result == "fail"


def test_a_plugin_that_fails_is_a_result(install: Callable[..., None]) -> None:
    install("judgekit-broken", broken=":broken", odd=":odd")
    found = run_check("broken", "x")
    assert (found.result, found.detail) == ("error", "the plug-in of judgekit-broken failed: KeyError: 'x'")
    found = run_check("odd", "x")
    assert (found.result, found.detail) == (
        "error",
        "the plug-in of judgekit-broken gave \"'yes'\", no bool or CheckResult",
    )
    assert str(describe_check("odd").params[0].default).startswith("<object object")


@pytest.mark.parametrize(("target", "says"), [(":missing", "does not load"), (":number", "is no function of a text")])
def test_a_broken_plugin_names_its_distribution(install: Callable[..., None], target: str, says: str) -> None:
    install("judgekit-shaky", shaky=target)
    with pytest.raises(UserError) as error:
        run_check("shaky", "x")
    assert says in str(error.value)
    assert "'judgekit-shaky'" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_plugin_cannot_take_the_name_of_a_check(install: Callable[..., None]) -> None:
    install("judgekit-thief", word_count=":word_count")
    assert run_check("word_count", "one", {"exactly": 2}).result == "fail"
    assert check_names().count("word_count") == 1
