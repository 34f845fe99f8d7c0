"""Fixtures for the tests of adapters: the judge's server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integrations.samples import courtesy_server
from tests.servers.openai_server import OpenAIServer


@pytest.fixture
def judge_server() -> Iterator[OpenAIServer]:
    """A server that plays the judge of the courtesy samples."""
    with courtesy_server() as server:
        yield server
