"""Data inside a page: inert, and the same when it is read."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from judgekit.reporting.pages import inert_json

TEXT = st.text(st.one_of(st.sampled_from("<>&/!-\\\"'\u2028\u2029\n\x00"), st.characters(exclude_categories=["Cs"])))


@given(TEXT)
def test_data_cannot_end_its_element_and_is_read_as_it_was(text: str) -> None:
    written = inert_json([text, {text: 1}])
    assert not set("<>&\u2028\u2029\n") & set(written)
    assert json.loads(written) == [text, {text: 1}]
