"""How a server is asked: the mode and the parameters that it knows, found out once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from judgekit.judging.engines import Request
from judgekit.judging.trouble import Trouble
from judgekit.settings import Mode, Settings

_ORDER: Final[tuple[Mode, ...]] = ("json_schema", "tools", "json", "md_json")


class Manner:
    """Begins with a JSON schema and every parameter, and gives up what the server refuses."""

    def __init__(self, settings: Settings) -> None:
        self._auto = settings.mode == "auto"
        self._mode: Mode = _ORDER[0] if settings.mode == "auto" else settings.mode
        self._settled = not self._auto
        self.parameters: Mapping[str, Any] = _parameters(settings)
        """What goes into every request."""
        self.dropped: tuple[str, ...] = ()
        """What the model does not take."""

    def mode_for(self, request: Request) -> Mode:
        """The mode that works here; plain JSON for a re-ask after prose, where the server ignores the others."""
        if request.again is None or not self._auto:
            return self._mode
        answered = request.again.answered
        message, mode = answered.raw
        prose = answered.reply is None and "{" not in message.text
        return "md_json" if prose else mode

    def settle(self, mode: Mode) -> None:
        """The first success settles the mode: one reply in prose later on is no reason to ask others differently."""
        if not self._settled:
            self._mode, self._settled = mode, True

    def adapted(self, trouble: Trouble, mode: Mode, sent: Mapping[str, Any], request: Request) -> bool:
        """Whether the next call asks in another way, because the server does not know this one."""
        refused = next((name for name in sent if name != "model" and trouble.refuses(name)), None)
        if refused is not None:
            if self.parameters is sent:  # else another call has met the same refusal
                self._drop(refused)
            return True
        # A mode that has worked is kept: a refusal later on is about one request. A re-ask keeps the mode of its first
        # answer, so asking it otherwise would go on for ever.
        if self._settled or request.again is not None or not trouble.shape_refused or mode == _ORDER[-1]:
            return False
        if self._mode == mode:
            self._mode = _ORDER[_ORDER.index(mode) + 1]
        return True

    def _drop(self, name: str) -> None:
        """The parameter is not sent any more; `max_tokens` has a newer name."""
        rest = {held: value for held, value in self.parameters.items() if held != name}
        if name == "max_tokens":
            rest["max_completion_tokens"] = self.parameters[name]
        else:
            self.dropped = (*self.dropped, name)
        self.parameters = rest


def _parameters(settings: Settings) -> dict[str, Any]:
    hosted = settings.provider in ("openai", "azure_openai") and settings.base_url is None
    limit = "max_completion_tokens" if hosted else "max_tokens"
    given = {"temperature": settings.temperature, "seed": settings.seed, limit: settings.max_tokens}
    return {
        "model": settings.model,
        **{name: value for name, value in given.items() if value is not None},
        **settings.extra,
    }
