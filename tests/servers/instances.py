"""Valid instances of a JSON schema, drawn from a seeded generator: what a well-behaved model could answer."""

import math
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.servers.patterns import matching
from tests.servers.quotes import slice_of
from tests.servers.resolving import SchemaError, merged, resolved

QUOTE_NAMES = frozenset({"quote", "quotes", "evidence"})
"""Properties whose strings are quotations from the prompt, where the caller supplies any."""
PROSE = (
    "the answer keeps to what was asked and says so plainly while one part of it remains open because no reason is "
    "given for the claim that it repeats in other words before it ends with a short list"
)
WORDS = PROSE.split()
DEEP = 6
"""From this depth on, what may be left out is left out, so that a recursive schema ends."""
BOTTOMLESS = 60
FORMATS: dict[str, Callable[[random.Random], str]] = {
    "date": lambda rng: f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
    "time": lambda rng: f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:00Z",
    "date-time": lambda rng: f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:00:00Z",
    "duration": lambda rng: f"P{rng.randint(1, 9)}DT{rng.randint(0, 23)}H",
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "email": lambda rng: f"{rng.choice(WORDS)}@example.org",
    "uri": lambda rng: f"https://example.org/{rng.choice(WORDS)}",
    "ipv4": lambda rng: f"192.0.2.{rng.randint(1, 254)}",
}


def draw_instance(schema: Mapping[str, Any], rng: random.Random, *, quotes: Callable[[], Sequence[str]] = tuple) -> Any:
    """Return a JSON value that is valid under a schema of the kind that pydantic writes.

    Args:
        schema: A JSON schema; references stay inside it (`#/$defs/…`).
        rng: Decides everything that the schema leaves open.
        quotes: Called when a property of QUOTE_NAMES comes up: texts of which a verbatim slice is taken.

    Raises:
        SchemaError: A pattern or a reference is beyond this generator, or the schema has no finite instance.
    """
    return _Drawing(schema, rng, quotes).value(schema, "", 0)


class _Drawing:
    def __init__(self, root: Mapping[str, Any], rng: random.Random, quotes: Callable[[], Sequence[str]]) -> None:
        self.root, self.rng, self.quotes = root, rng, quotes

    def value(self, schema: Any, name: str, depth: int) -> Any:
        if depth > BOTTOMLESS:
            raise SchemaError(f"the schema has no finite instance at the property {name!r}")
        schema = resolved(self.root, schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        for key in ("anyOf", "oneOf"):
            if key in schema:
                rest = {k: v for k, v in schema.items() if k != key}
                return self.value(merged(rest, self._branch(schema[key], name, depth)), name, depth)
        draw = {
            "object": self._object,
            "array": self._array,
            "string": self._string,
            "integer": self._integer,
            "number": self._number,
            "boolean": lambda *_: self.rng.random() < 0.5,
            "null": lambda *_: None,
        }
        kind = self._type(schema, name, depth)
        if kind not in draw:
            raise SchemaError(f"{kind!r} is no type of JSON, at the property {name!r}")
        return draw[kind](schema, name, depth)

    def _branch(self, options: Sequence[Any], name: str, depth: int) -> dict[str, Any]:
        """Choose one alternative: mostly not null, never null for a quote, the smallest where it is deep."""
        plain = [resolved(self.root, option) for option in options]
        nulls = [option for option in plain if option.get("type") == "null"]
        others = [option for option in plain if option.get("type") != "null"]
        if depth >= DEEP:
            small = [option for option in others if option.get("type") not in ("object", "array")]
            return self.rng.choice(nulls or small or others)
        if nulls and (not others or (self.rng.random() < 0.2 and not self._wants_quote(name))):
            return nulls[0]
        return self.rng.choice([option for option in others if "pattern" not in option] or others)

    def _type(self, schema: Mapping[str, Any], name: str, depth: int) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = self._branch([{"type": one} for one in kind], name, depth)["type"]
        if kind is not None:
            return str(kind)
        hints = {"properties": "object", "additionalProperties": "object", "items": "array", "prefixItems": "array"}
        hints |= {"minimum": "number", "maximum": "number", "multipleOf": "number"}
        return next((kind for key, kind in hints.items() if key in schema), "string")

    def _object(self, schema: Mapping[str, Any], name: str, depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        drawn = {
            key: self.value(sub, key, depth + 1)
            for key, sub in schema.get("properties", {}).items()
            if key in required or (depth < DEEP and (self._wants_quote(key) or self.rng.random() < 0.7))
        }
        patterned = schema.get("patternProperties") or {}
        names: Any = {"pattern": next(iter(patterned))} if patterned else schema.get("propertyNames")
        values = next(iter(patterned.values()), None) or schema.get("additionalProperties")
        least = schema.get("minProperties", 0)
        if isinstance(values, dict) and (least > len(drawn) or depth < DEEP):
            wanted = max(least, min(schema.get("maxProperties", 2), self.rng.randint(0, 2)))
            for number in range(50):
                if len(drawn) >= wanted:
                    break
                key = f"{self.rng.choice(WORDS)}_{number}"
                if names:
                    key = self.value({"type": "string", **names}, "", depth)
                drawn.setdefault(key, self.value(values, key, depth + 1))
        return drawn

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        first = schema.get("prefixItems", [])
        least, most = schema.get("minItems", 0), schema.get("maxItems", math.inf)
        least = max(least, 1 if most >= 1 and self._wants_quote(name) else 0)
        wanted = least if depth >= DEEP else self.rng.randint(least, int(min(most, least + 2)))
        items = [self.value(sub, name, depth + 1) for sub in first[: int(min(most, len(first)))]]
        rest = schema.get("items", {})
        if rest is False:
            return items
        for _ in range(50 * wanted):
            if len(items) >= wanted:
                break
            item = self.value(rest, name, depth + 1)
            if not schema.get("uniqueItems") or item not in items:
                items.append(item)
        if len(items) < schema.get("minItems", 0):
            raise SchemaError(f"the array {name!r} wants {least} different items, and its schema allows {len(items)}")
        return items

    def _string(self, schema: Mapping[str, Any], name: str, depth: int) -> str:
        shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
        if self._wants_quote(name) and "pattern" not in schema:
            return slice_of(self.rng.choice(self.quotes()), self.rng, shortest=shortest, longest=longest)
        if "pattern" in schema:
            return matching(schema["pattern"], self.rng, shortest=shortest, longest=longest)
        if schema.get("format") in FORMATS:
            return FORMATS[schema["format"]](self.rng)
        end = max(shortest, self.rng.randint(20, 60))
        text = ""
        while len(text) < end:
            text += f" {self.rng.choice(WORDS)}" if text else self.rng.choice(WORDS).capitalize()
        cut = text if longest is None else text[:longest]
        return cut[:-1] + "." if cut.endswith(" ") else cut

    def _integer(self, schema: Mapping[str, Any], name: str, depth: int) -> int:
        step = int(schema.get("multipleOf", 1))
        low, high = _bounds(schema, width=10)
        lowest = math.ceil(low / step) + (math.ceil(low / step) * step == schema.get("exclusiveMinimum"))
        highest = math.floor(high / step) - (math.floor(high / step) * step == schema.get("exclusiveMaximum"))
        return self.rng.randint(lowest, max(lowest, highest)) * step

    def _number(self, schema: Mapping[str, Any], name: str, depth: int) -> float:
        if "multipleOf" in schema:
            step = schema["multipleOf"]
            low, high = _bounds(schema, width=10 * step)
            return float(self.rng.randint(math.ceil(low / step), math.floor(high / step)) * step)
        low, high = _bounds(schema, width=1)
        drawn = round(low + (high - low) * self.rng.random(), 3)
        outside = not low <= drawn <= high or drawn in (schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum"))
        return (low + high) / 2 if outside else drawn

    def _wants_quote(self, name: str) -> bool:
        return name in QUOTE_NAMES and bool(self.quotes())


def _bounds(schema: Mapping[str, Any], *, width: float) -> tuple[float, float]:
    """Return (lowest, highest) of a number; a missing bound is `width` away from the other."""
    lows = [schema[key] for key in ("minimum", "exclusiveMinimum") if key in schema]
    highs = [schema[key] for key in ("maximum", "exclusiveMaximum") if key in schema]
    low = max(lows) if lows else (min(highs) - width if highs else 0)
    return low, min(highs) if highs else low + width
