"""Places in what is shown and places in the text are the same passage."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from judgekit.labelling.shown import Shown
from judgekit.reporting.plain import visible

_TEXT = st.text(st.sampled_from("ab \r\n\u202e\u200d\ufe0f\u200b\xe9\U0001f600"), max_size=20)


@given(_TEXT)
def test_it_is_shown_as_the_report_shows_it(text: str) -> None:
    assert Shown.of(text).text == visible(text.replace("\r\n", "\n"))


@given(_TEXT, st.data())
def test_there_and_back_is_the_same_passage(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown = Shown.of(text)
    own = shown.own(*shown.there(start, end))
    # a newline of two characters is shown as one, and counts whole
    assert own[0] <= start <= end <= own[1]
    assert shown.there(*own) == shown.there(start, end)


def test_a_token_that_is_touched_is_whole() -> None:
    shown = Shown.of("a\u202eb")  # a⟨U+202E⟩b
    assert shown.text == "a⟨U+202E⟩b"
    assert [shown.own(*ends) for ends in ((0, 1), (1, 2), (0, 4), (9, 10), (5, 5))] == [
        *((0, 1), (1, 2), (0, 2), (2, 3), (1, 2)),
    ]
