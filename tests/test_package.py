"""What the package promises as a whole: its names, what importing it loads, its version, and that keys stay hidden."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import judgekit
from judgekit.running.judge import Judge
from judgekit.settings import Settings, settings_for

ROOT = Path(__file__).parent.parent
HEAVY = (
    "openai",
    "instructor",
    "scipy",
    "matplotlib",
    "pyarrow",
    "sqlglot",
    "xllamacpp",
    "aiohttp",
    "py3langid",
    "typer",
)
KEY = "sk-0123456789abcdefghij"


def test_every_public_name_is_there() -> None:
    for name in judgekit.__all__:
        assert getattr(judgekit, name) is not None
    assert len(judgekit.__all__) == len(set(judgekit.__all__))


def test_all_names_what_type_checkers_see() -> None:
    # The names under TYPE_CHECKING are what an editor offers: the same ones, from the modules they load from.
    source = (ROOT / "judgekit" / "__init__.py").read_text(encoding="utf-8")
    seen = {}
    for line in source.split("if TYPE_CHECKING:")[1].split("__version__")[0].splitlines():
        if line.startswith("    from "):
            module, names = line.strip().removeprefix("from ").split(" import ")
            seen.update(dict.fromkeys(names.split(", "), module))
    assert seen.keys() == set(judgekit.__all__)
    for name, module in seen.items():
        assert getattr(importlib.import_module(module), name) is getattr(judgekit, name)


def test_dir_offers_the_public_names() -> None:
    assert dir(judgekit) == sorted([*judgekit.__all__, "__version__"])


def test_a_name_that_is_not_there_says_so() -> None:
    with pytest.raises(AttributeError, match="module 'judgekit' has no attribute 'Judges'"):
        judgekit.Judges  # noqa: B018
    with pytest.raises(ImportError):
        from judgekit import Judges  # noqa: F401


STATEMENTS = [
    "import judgekit",
    "from judgekit import Transcript, Rubric, Verdict, Judge",
    "import judgekit; judgekit.Judge('baseline'); judgekit.load_rubric('sycophancy')",
    "import judgekit; judgekit.Judge('openai/m', api_key='k')",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_importing_loads_nothing_heavy(statement: str) -> None:
    script = f"import sys; {statement}; print(*sorted({{*{HEAVY!r}}} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [], "")


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert judgekit.__version__ == project["version"]


def test_the_types_are_shipped() -> None:
    assert (Path(judgekit.__file__).parent / "py.typed").is_file()


def shown(settings: Settings) -> list[str]:
    return [repr(settings), str(settings), f"{settings}", repr(settings.parameters()), repr(settings.api_key)]


def test_a_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("MY_KEY", KEY)
    judges = [
        Judge("openai/m"),
        Judge("openai/m", api_key=KEY),
        Judge("groq/m", api_key_env="MY_KEY"),
        Judge("azure_openai/m", base_url="https://x.openai.azure.com", api_key=KEY),
    ]
    for judge in judges:
        assert judge.settings.api_key.get_secret_value() == KEY
        for text in (*shown(judge.settings), repr(judge), str(judge), repr(vars(judge))):
            assert KEY not in text
            assert KEY[:8] not in text


def test_settings_that_differ_in_the_key_alone_show_the_same() -> None:
    one, other = (settings_for("openai/m", api_key=key) for key in (KEY, KEY[::-1]))
    assert shown(one) == shown(other)
