"""The answer to a chat request: from the script, from a fault, or drawn from the request's own schema."""

import random
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from tests.servers import completion
from tests.servers.faults import Fault, FaultKind, HTTPError, context_error, http_error, unsupported
from tests.servers.instances import draw_instance
from tests.servers.limits import RateLimit
from tests.servers.quotes import longest_json_string, message_text
from tests.servers.replies import Answer, Raw, Reply, Text, json_answer, reply_text, spoiled
from tests.servers.resolving import SchemaError
from tests.servers.wanted import MODES, Mode, Wanted, modes_used, wanted

Quotes = Callable[[Sequence[Mapping[str, Any]]], list[str]]
PROSE = "The response keeps to what was asked."
ANY_OBJECT = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}


class Answering:
    """Everything between a parsed request and the bytes of its reply; no sockets here."""

    def __init__(
        self,
        *,
        seed: int = 7,
        script: Iterable[Reply] = (),
        quotes: Quotes = longest_json_string,
        faults: Mapping[FaultKind, float] | None = None,
        models: Collection[str] | None = None,
        supports: Collection[Mode] = MODES,
        ignores: Collection[Mode] = (),
        context_tokens: int | None = None,
        limit: RateLimit | None = None,
    ) -> None:
        self.seed, self.quotes, self.faults, self.models = seed, quotes, dict(faults or {}), models
        self.supports, self.ignores, self.context_tokens = frozenset(supports), frozenset(ignores), context_tokens
        self.limit = limit or RateLimit(rpm=None, tpm=None)
        self.queue: deque[Reply] = deque(script)
        self.seen: Counter[bytes] = Counter()
        self.repeated = 0
        self.cache = completion.PromptCache()

    def chat(self, raw: bytes, body: Any, *, deployment: str | None = None) -> Answer:
        """Return the reply to a chat request.

        Args:
            raw: The body as it came. Answers are drawn from (seed, hash of these bytes), and faults from these two and
                how often the same bytes came before, so that a retry may fare better.
            body: The same, parsed; None where it is not JSON.
            deployment: The name in the path of an Azure address; it stands for the model.
        """
        wrong = _malformed(body, deployment)
        if wrong:
            return self.error(wrong)
        model = str(deployment or body["model"])
        digest = blake2b(raw, digest_size=12, key=str(self.seed).encode()).digest()
        self.repeated += digest in self.seen
        self.seen[digest] += 1
        prompt = "\n".join(message_text(message) for message in body["messages"])
        tokens = completion.tokens_in(len(prompt)) + 4 * len(body["messages"])
        refused = self._refused(body, model, prompt, tokens)
        if refused:
            return self.error(refused)
        reply: Reply | None = self.queue.popleft() if self.queue else self._chance_fault(digest)
        if callable(reply):
            reply = reply(body)
        if isinstance(reply, Raw):
            return Answer(reply.status, reply.body, dict(reply.headers))
        fault = reply if isinstance(reply, Fault) else None
        error = http_error(fault, model=model, tokens=tokens) if fault else None
        if error:
            return self.error(error, fault)
        rng = random.Random(digest)
        try:
            choices = [self._choice(body, rng, reply, digest, index) for index in range(body.get("n") or 1)]
        except SchemaError as cause:
            return self.error(HTTPError(400, f"Invalid schema: {cause}", code="invalid_schema"))
        out = completion.completion(
            model,
            f"{digest.hex()}{self.seen[digest]:x}",
            [] if fault and fault.kind == "empty_choices" else choices,
            prompt=tokens,
            cached=self.cache.cached(model, prompt),
        )
        return spoiled(json_answer(out, self.limit.headers()), fault)

    def error(self, error: HTTPError, fault: Fault | None = None) -> Answer:
        """Return an error reply."""
        return spoiled(json_answer(error.body(), {**self.limit.headers(), **error.headers}, status=error.status), fault)

    def model_list(self) -> dict[str, Any]:
        """Return the body of GET /models."""
        models = [{"id": m, "object": "model", "created": 0, "owned_by": "tests"} for m in self.models or ["test"]]
        return {"object": "list", "data": models}

    def _refused(self, body: dict[str, Any], model: str, prompt: str, tokens: int) -> HTTPError | None:
        """Return the error of a request that this server cannot serve, whatever the script says."""
        if self.models is not None and model not in self.models:
            return http_error(Fault("404"), model=model)
        if self.context_tokens is not None and tokens > self.context_tokens:
            return context_error(tokens, self.context_tokens)
        if body.get("stream"):
            return unsupported("stream")
        for mode, parameter in modes_used(body):
            if mode not in self.supports:
                return unsupported(parameter)
            if mode == "json_object" and "json" not in prompt.lower():
                message = "'messages' must contain the word 'json' in some form, to use 'json_object'."
                return HTTPError(400, message, param="messages")
        wait = self.limit.admit(tokens)
        return http_error(Fault("429", retry_after_s=round(wait + 0.001, 3)), model=model) if wait else None

    def _chance_fault(self, digest: bytes) -> Fault | None:
        if not self.faults:
            return None
        draw = random.Random(digest + self.seen[digest].to_bytes(4, "big")).random()
        for kind, rate in self.faults.items():
            draw -= rate
            if draw < 0:
                return Fault(kind)
        return None

    def _choice(
        self, body: dict[str, Any], rng: random.Random, reply: Any, digest: bytes, index: int
    ) -> dict[str, Any]:
        kind = reply.kind if isinstance(reply, Fault) else None
        if isinstance(reply, Text):
            wants, text = Wanted("prose"), reply.content
        else:
            wants = wanted(body, ignores=self.ignores)
            text = self._drawn(wants, body, rng) if reply is None or kind else reply_text(reply)
        most = body.get("max_completion_tokens") or body.get("max_tokens")
        if kind is None and most and completion.tokens_in(len(text)) > most:
            kind, text = "truncated", text[: 2 * most * completion.CHARACTERS_PER_TOKEN]
        call_id = f"call_{digest[:11].hex()}{index:02x}"
        one = completion.choice(text, wants, call_id=call_id, index=index, fault=kind)
        if body.get("logprobs") and one["message"]["content"]:
            one["logprobs"] = completion.logprobs(one["message"]["content"], rng, body.get("top_logprobs") or 0)
        return one

    def _drawn(self, wants: Wanted, body: dict[str, Any], rng: random.Random) -> str:
        if wants.channel == "prose":
            return PROSE
        found: list[list[str]] = []

        def quotes() -> list[str]:
            if not found:  # the hook reads the whole prompt: once, and only if the schema asks for a quote
                found.append(self.quotes(body["messages"]))
            return found[0]

        return orjson.dumps(draw_instance(wants.schema or ANY_OBJECT, rng, quotes=quotes)).decode()


def _malformed(body: Any, deployment: str | None) -> HTTPError | None:
    """Return what is wrong with the body of a chat request, or None."""
    if body is None:
        return HTTPError(400, "We could not parse the JSON body of your request.")
    if not isinstance(body, dict):
        return HTTPError(400, "The body of a request is a JSON object.")
    if not deployment and not isinstance(body.get("model"), str):
        return HTTPError(400, "you must provide a model parameter")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(m, dict) for m in messages):
        return HTTPError(400, "Missing required parameter: 'messages'.", param="messages")
    return None
