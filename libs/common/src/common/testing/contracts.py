"""The check of a consumer's own model against the schema that the producer has committed."""

import json
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel


def assert_consumer_accepts(model: type[BaseModel], schema_path: Path) -> None:
    """Check a consumer's own model against the producer's committed schema. Raises AssertionError.

    Every field that the consumer requires must be promised (required) by the producer, with a type the consumer takes,
    and every example of the producer must validate.
    """
    contract: dict[str, Any] = json.loads(schema_path.read_text())
    own = model.model_json_schema(mode="validation")
    properties = contract.get("properties", {})
    for name, wanted in own.get("properties", {}).items():
        if name in own.get("required", []):
            assert name in contract.get("required", []), f"{schema_path.name} doesn't promise {name!r}"
        if name in properties:
            offered, taken = _kinds(properties[name], contract), _kinds(wanted, own)
            assert offered <= taken, f"{schema_path.name}: {name!r} is {offered}, {model.__name__} takes {taken}"
    examples = contract.get("examples", [])
    assert examples, f"{schema_path.name} has no examples"
    for example in examples:
        model.model_validate(example)


_ALL_KINDS = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})


def _kinds(schema: dict[str, Any], root: dict[str, Any]) -> frozenset[str]:
    """The JSON types that a schema allows; a number may be an integer."""
    if "$ref" in schema:
        return _kinds(_resolve(schema["$ref"], root), root)
    if alternatives := schema.get("anyOf") or schema.get("oneOf"):
        return frozenset().union(*(_kinds(alternative, root) for alternative in alternatives))
    if "const" in schema or "enum" in schema:
        values = [schema["const"]] if "const" in schema else schema["enum"]
        return frozenset(_kind(value) for value in values)
    declared = schema.get("type")
    if declared is None:
        return _ALL_KINDS
    kinds = frozenset(cast(list[str], declared) if isinstance(declared, list) else [str(declared)])
    return kinds | {"integer"} if "number" in kinds else kinds


def _resolve(reference: str, root: dict[str, Any]) -> dict[str, Any]:
    node: Any = root
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def _kind(value: object) -> str:
    names = {"NoneType": "null", "bool": "boolean", "int": "integer", "float": "number", "str": "string"}
    return names.get(type(value).__name__, "object")
