"""Errors of the library in the words of the command line."""

from __future__ import annotations

import pytest

from judgekit.cli.spelling import as_flags


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("say which with rubric=", "say which with --rubric"),
        ("0..1 was wanted for icc=; came 2", "0..1 was wanted for --icc; came 2"),
        ("give prices=, or budget_usd=.", "give --prices, or --budget."),
        ("labels_needed: 2 or more was wanted for n_items=; came 1", "2 or more was wanted for --items; came 1"),
        ("plan_labels: labels that vary were wanted", "labels that vary were wanted"),
        ("calibrate: own= 'x' is no label", "calibrate: --own 'x' is no label"),
        # What is no argument stays: values, other words, a user's own text, names of files.
        ("rubric=tone", "rubric=tone"),
        ("my_rubric= x", "my_rubric= x"),
        ("run r.db: 'rubric=' is odd", "run r.db: 'rubric=' is odd"),
        ("/tmp/level= x", "/tmp/level= x"),
        ("labels.csv, line 1: no value", "labels.csv, line 1: no value"),
        ("my_file: no such file", "my_file: no such file"),
    ],
)
def test_arguments_are_flags(message: str, said: str) -> None:
    assert as_flags(message) == said
