"""pytest's fixtures `judge` and `assert_verdict`: a test that fails with the judge's evidence.

    def test_the_bot_is_polite(assert_verdict):
        assert_verdict(prompt="…", response=bot("…"), rubric="courtesy.yaml", inputs={"topic": "trains"}, level=3)

pytest loads this module in every run of an environment that has judgekit in it, so it holds no more than the fixtures:
no option, no hook, and nothing else is imported before one of them is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from judgekit.integrations.verdict_assertion import AssertVerdict
    from judgekit.running.judge import Judge


@pytest.fixture(scope="session")
def judge() -> Iterator[Judge]:
    """The judge that JUDGEKIT_JUDGE names (with JUDGEKIT_BASE_URL); define a fixture `judge` to have another one."""
    from judgekit.errors import UserError
    from judgekit.integrations.rubric_judge import judge_of

    wrong = ""
    try:
        found = judge_of()
    except UserError as error:
        wrong = f"{error}; or define a fixture `judge` in conftest.py"
    if wrong:
        pytest.fail(wrong, pytrace=False)
    with found:
        yield found


@pytest.fixture
def assert_verdict(request: pytest.FixtureRequest, judge: Judge | str) -> Iterator[AssertVerdict]:
    """A function that fails the test where the judge's verdict is not as expected, and shows the evidence."""
    from judgekit.integrations.rubric_judge import judge_of
    from judgekit.integrations.verdict_assertion import AssertVerdict
    from judgekit.running.judge import Judge

    # Not by record_property, which warns under pytest's own default form of the JUnit file.
    note = request.node.user_properties
    if not isinstance(judge, Judge | str):
        pytest.fail(f"fixture judge: a judgekit.Judge or the name of one was wanted; came {judge!r}", pytrace=False)
    if isinstance(judge, str):
        with judge_of(judge) as made:
            yield AssertVerdict(made, note)
    else:
        yield AssertVerdict(judge, note)
