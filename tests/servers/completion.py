"""Bodies of chat completions: message, usage, log-probabilities."""

import random
import re
import time
from collections.abc import Mapping
from math import log
from typing import Any

from tests.servers.faults import REFUSAL, WRONG_SHAPE, FaultKind
from tests.servers.wanted import Wanted

CHARACTERS_PER_TOKEN = 4
BLOCK = 128
"""Tokens that a prompt cache keeps or misses together."""
PIECE = re.compile(r"\d|\s?[^\W\d]{1,4}|\s|[^\w\s]")


def choice(text: str, wants: Wanted, *, call_id: str, index: int = 0, fault: FaultKind | None = None) -> dict[str, Any]:
    """Return one choice of a completion that carries `text` in the channel that the request wants.

    Args:
        text: The answer, mostly JSON.
        wants: The channel.
        call_id: Of the tool call.
        index: Of the choice.
        fault: What to spoil.
    """
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None, "annotations": []}
    finish = "stop"
    if fault == "malformed":
        text = text[:-1] + ",,"
    elif fault == "wrong_shape":
        text = WRONG_SHAPE
    elif fault == "truncated":
        text, finish = text[: len(text) // 2], "length"
    if fault == "refusal":
        message["refusal"] = REFUSAL
    elif fault == "refusal_text":
        message["content"] = REFUSAL
    elif fault in ("content_filter", "empty_content"):
        message["content"] = ""
        finish = "content_filter" if fault == "content_filter" else "stop"
    elif wants.channel == "tool":
        call = {"id": call_id, "type": "function", "function": {"name": wants.tool, "arguments": text}}
        message["tool_calls"] = [call]
        finish = finish if wants.forced or finish != "stop" else "tool_calls"
    elif wants.channel == "fence":
        message["content"] = f"```json\n{text}" if finish == "length" else f"```json\n{text}\n```"
    else:
        message["content"] = text
    return {"index": index, "message": message, "logprobs": None, "finish_reason": finish}


def said(one: Mapping[str, Any]) -> str:
    """Return the text of a choice, whichever channel holds it."""
    message = one["message"]
    calls = message.get("tool_calls") or []
    return str(message["content"] or message["refusal"] or (calls[0]["function"]["arguments"] if calls else ""))


def completion(model: str, identity: str, choices: list[dict[str, Any]], *, prompt: int, cached: int) -> dict[str, Any]:
    """Return the body of a completion.

    Args:
        model: Echoed.
        identity: The part of the id that is this answer's own.
        choices: From `choice`.
        prompt: Tokens of the prompt.
        cached: How many of them came from the cache.
    """
    answered = sum(tokens_in(len(said(one))) for one in choices)
    return {
        "id": f"chatcmpl-{identity}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": choices,
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": answered,
            "total_tokens": prompt + answered,
            "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
        "service_tier": "default",
        "system_fingerprint": "fp_test",
    }


def tokens_in(characters: int) -> int:
    """Return how many tokens this server says a text of that many characters has."""
    return -(-characters // CHARACTERS_PER_TOKEN)


def logprobs(text: str, rng: random.Random, top: int) -> dict[str, Any]:
    """Return log-probabilities for a text; the rivals of a digit are the other digits."""
    content = []
    for piece in PIECE.findall(text):
        share = 0.5 + rng.random() / 2
        rivals = [d for d in "0123456789" if d != piece] if piece.isdigit() and len(piece) == 1 else [" the", "{", "\n"]
        ranked = [(piece, share)] + [(rival, (1 - share) * 0.5 ** (i + 1)) for i, rival in enumerate(rivals)]
        content.append({**_logprob(*ranked[0]), "top_logprobs": [_logprob(*pair) for pair in ranked[:top]]})
    return {"content": content, "refusal": None}


def _logprob(token: str, share: float) -> dict[str, Any]:
    return {"token": token, "logprob": log(share), "bytes": list(token.encode())}


class PromptCache:
    """Which beginnings of prompts were seen before, in blocks of 128 tokens."""

    def __init__(self, *, most: int = 200_000) -> None:
        self._seen: set[int] = set()
        self._most = most

    def cached(self, model: str, text: str) -> int:
        """Return how many tokens of the prompt's beginning are known, and remember the prompt."""
        size = BLOCK * CHARACTERS_PER_TOKEN
        found, key, known = 0, hash(model), True
        for start in range(0, len(text) - size + 1, size):
            key = hash((key, text[start : start + size]))
            known = known and key in self._seen
            found += BLOCK * known
            if not known and len(self._seen) < self._most:
                self._seen.add(key)
        return found
