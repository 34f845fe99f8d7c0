"""Instances of schemas, and the quotations in them."""

import datetime
import enum
import json
import random
import uuid
from typing import Annotated, Any, Literal

import openai
import pytest
from pydantic import BaseModel, Field, TypeAdapter

from tests.servers import quotes, resolving
from tests.servers.asking import RESPONSE, Verdict, ask, client, judged, response_format
from tests.servers.instances import draw_instance
from tests.servers.openai_server import OpenAIServer


class Colour(enum.Enum):
    RED = "red"
    GREEN = "green"


class Tree(BaseModel):
    name: str
    children: list["Tree"]
    parent: "Tree | None" = None


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = Field(gt=0, lt=10, multiple_of=3)


class Dog(BaseModel):
    kind: Literal["dog"]
    good: Literal[True]


@pytest.mark.parametrize(
    "kind",
    [
        Verdict,
        Tree,
        Annotated[Cat | Dog, Field(discriminator="kind")],
        list[Cat | Dog | None],
        Colour,
        tuple[int, str, bool],
        Annotated[set[Colour], Field(min_length=2)],
        dict[Literal["a", "b"], Annotated[float, Field(gt=0, lt=1)]],
        Annotated[dict[Annotated[str, Field(pattern="^x_[0-9]+$")], Tree], Field(min_length=1)],
        Annotated[str, Field(pattern=r"^(?:[A-Z]{2}-\d{3}|\w+@[a-z.]+\.org)$", max_length=30)],
        Annotated[str, Field(pattern=r"^[^\s\"]+$", min_length=20)],
        Annotated[str, Field(min_length=200, max_length=200)],
        Annotated[float, Field(ge=-3, le=-2)],
        Annotated[int, Field(gt=10)],
        Annotated[int, Field(lt=10)],
        datetime.datetime | datetime.date | uuid.UUID,
        Any,
    ],
)
def test_instances_are_valid_whatever_the_seed(kind: Any) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    schema = adapter.json_schema()
    for seed in range(100):
        drawn = draw_instance(schema, random.Random(seed), quotes=lambda: [RESPONSE])
        adapter.validate_json(json.dumps(drawn))


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"$ref": "#/$defs/Gone"}, "nothing at its reference"),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}, "leads to itself"),
        ({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}, "no finite instance"),
        ({"type": "string", "pattern": "^(?=a)b"}, "only plain groups"),
        ({"type": "string", "pattern": "^a{3}$", "minLength": 9}, "no string of 9"),
        ({"type": "array", "items": {"const": 1}, "uniqueItems": True, "minItems": 2}, "different items"),
        ({"type": "whole"}, "no type of JSON"),
    ],
)
def test_schemas_beyond_the_generator_are_a_400(schema: dict[str, Any], says: str) -> None:
    with pytest.raises(resolving.SchemaError, match=says):
        draw_instance(schema, random.Random(0))
    with OpenAIServer() as server, client(server) as made, pytest.raises(openai.BadRequestError, match=says):
        ask(made, response_format=response_format(schema))


@pytest.mark.parametrize(("strict", "closed"), [(True, True), (True, False), (False, False)])
def test_strict_schemas_are_held_to_the_rules_of_openai(strict: bool, closed: bool) -> None:
    schema = Verdict.model_json_schema()
    if not closed:
        del schema["$defs"]["Evidence"]["additionalProperties"]
    with OpenAIServer() as server, client(server) as made:
        if strict and not closed:
            with pytest.raises(openai.BadRequestError, match="'additionalProperties' is required"):
                ask(made, response_format=response_format(schema, strict=True))
        else:
            content = ask(made, response_format=response_format(schema, strict=strict)).choices[0].message.content
            assert Verdict.model_validate_json(content or "").evidence


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('stray " before {"a": "long enough"}', "long enough"),
        ('[{"content": "a \\"b\\" \\u00e9\\n"}]', 'a "b" é\n'),
        ('"lone \\ud800 surrogate"', " surrogate"),
        ("none", None),
    ],
)
def test_the_longest_json_string_is_found(text: str, found: str | None) -> None:
    assert quotes.longest_json_string([{"role": "user", "content": text}]) == ([] if found is None else [found])


def test_hooks_supply_quotes() -> None:
    with OpenAIServer(quotes=lambda _: ["from the hook"]) as server, client(server) as made:
        assert {evidence.quote for evidence in judged(made)[0].evidence} == {"from the hook"}


def test_a_hook_that_fails_fails_the_test() -> None:
    def broken(_: object) -> list[str]:
        raise KeyError("hook")

    wants = response_format(Verdict.model_json_schema())
    with pytest.raises(KeyError, match="hook"), OpenAIServer(quotes=broken) as server:  # noqa: SIM117
        with client(server) as made, pytest.raises(openai.InternalServerError):
            ask(made, response_format=wants)
