"""JSON schemas without their indirections: `$ref` followed, `allOf` folded in."""

from collections.abc import Mapping
from typing import Any

LONGEST_CHAIN = 60


class SchemaError(ValueError):
    """The schema is wrong, or beyond the generator of instances."""


def resolved(root: Mapping[str, Any], schema: Any) -> dict[str, Any]:
    """Return a schema without `$ref` and `allOf` at its top; what stands beside them holds too.

    Raises:
        SchemaError: A reference leads nowhere, outside, or to itself.
    """
    if isinstance(schema, bool):
        return {}
    for _ in range(LONGEST_CHAIN):
        if "$ref" in schema:
            schema = merged(_pointed_at(root, schema["$ref"]), _without(schema, "$ref"))
        elif "allOf" in schema:
            folded = _without(schema, "allOf")
            for part in schema["allOf"]:
                folded = merged(resolved(root, part), folded)
            schema = folded
        else:
            return dict(schema)
    raise SchemaError(f"the reference {schema.get('$ref')!r} leads to itself")


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return both schemas as one: properties and requirements are united, else `over` wins."""
    both = {**under, **over}
    if "properties" in under and "properties" in over:
        both["properties"] = {**under["properties"], **over["properties"]}
    if "required" in under and "required" in over:
        both["required"] = [*under["required"], *over["required"]]
    return both


def check_strict(schema: Any, context: tuple[str, ...] = ()) -> None:
    """Hold a schema to what OpenAI asks of `strict`: every object is closed and requires all its properties.

    Raises:
        SchemaError: It does not.
    """
    if isinstance(schema, list):
        for item in schema:
            check_strict(item, context)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            raise SchemaError(
                f"In context={context}, 'additionalProperties' is required to be supplied and to be false."
            )
        if set(schema.get("required", ())) != set(schema.get("properties", ())):
            raise SchemaError(f"In context={context}, 'required' is required to include every key in properties.")
    for key in ("anyOf", "items", "prefixItems"):
        check_strict(schema.get(key), (*context, key))
    for key in ("properties", "$defs"):
        for name, sub in schema.get(key, {}).items():
            check_strict(sub, (*context, key, name))


def _without(schema: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {k: v for k, v in schema.items() if k != key}


def _pointed_at(root: Mapping[str, Any], reference: str) -> dict[str, Any]:
    node: Any = root
    for step in reference.removeprefix("#").split("/")[1:]:
        node = node.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(node, dict) else None
    if not isinstance(node, dict):
        raise SchemaError(f"the schema has nothing at its reference {reference!r}")
    return node
