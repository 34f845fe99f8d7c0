"""Errors after which no call can succeed, so that the run ends at the first of them, with the cure."""

from __future__ import annotations

from judgekit.errors import UserError
from judgekit.judging.trouble import Trouble
from judgekit.settings import PROVIDERS, Settings


def hopeless(trouble: Trouble, settings: Settings, where: str) -> UserError | None:
    """What to tell the user where no call can succeed; None where another one may.

    Args:
        trouble: what the server said.
        settings: of the judge.
        where: the endpoint, as messages may show it.
    """
    said = f"HTTP {trouble.status}: {trouble.message}"
    if trouble.key_refused:
        variable = PROVIDERS[settings.provider].key_variable or "OPENAI_API_KEY"
        return UserError(
            f"{where} refuses the API key ({said}); set the right one in {variable}, or in the variable that "
            "api_key_env= names"
        )
    if 300 <= trouble.status < 400:
        return UserError(f"{where} answers with a redirect (HTTP {trouble.status}): name its goal with base_url=")
    if trouble.out_of_money:
        return UserError(f"{where}: the account has nothing left ({said}); top it up, then run again")
    if trouble.status == 404:
        return UserError(
            f"{where} knows no model {settings.model!r} or no chat completions ({said}); check the judge's name "
            "and base_url= (which usually ends in /v1)"
        )
    return None
