"""Where a judge is reached, and what is refused before the first call."""

from __future__ import annotations

import pytest

from judgekit.errors import UserError
from judgekit.running.judge import Judge
from judgekit.settings import settings_for


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.org/v1",
        "http://127.0.0.1:8000",
        "http://[::1]:8000/v1",
        "HTTP://host/v1?api-version=1",
        "http://h/a@b",
    ],
)
def test_an_address_is_taken_as_it_is(url: str) -> None:
    assert settings_for("openai/m", base_url=url, api_key="").base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "host:8000",
        "ftp://host/v1",
        "http://",
        "http://:80/v1",
        "http://[::bad",
        "http://host:port/v1",
        "http://host:99999/v1",
        "http://host:0/v1",
        "http://a b/v1",
        "http://host/v1\n",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UserError, match="wanted http://… or https://…"):
        settings_for("openai/m", base_url=url)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UserError, match="name and password in it are not sent") as error:
        settings_for("openai/m", base_url="http://me:sk-secret@host/v1")
    assert "sk-secret" not in str(error.value)


@pytest.mark.parametrize("key", ["sk-secret\n", "sk secret", "sk-sécret", "sk-\x00secret"])
@pytest.mark.parametrize("given", [True, False])
def test_a_key_that_no_header_can_carry_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, key: str, given: bool
) -> None:
    if "\x00" in key and not given:
        pytest.skip("an environment variable holds no NUL")
    if not given:
        monkeypatch.setenv("MY_KEY", key)
    with pytest.raises(UserError, match="api_key=" if given else "MY_KEY") as error:
        settings_for("openai/m", **({"api_key": key} if given else {"api_key_env": "MY_KEY"}))
    assert key not in str(error.value)


def test_a_query_is_sent_and_not_shown() -> None:
    settings = settings_for("openai/m", base_url="https://gate/v1?key=s3cret", api_key="k")
    assert settings.base_url == "https://gate/v1?key=s3cret"
    assert settings.endpoint == "https://gate/v1"
    assert "s3cret" not in repr(settings)
    with Judge("openai/m", base_url="https://gate/v1?key=s3cret", api_key="k") as judge:
        assert "s3cret" not in repr(judge)
