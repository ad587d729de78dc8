"""A fast interpreter of the draft-07 subset that qspec's schemas are written in: is a document valid, yes or no?

What is wrong with one that is not, jsonschema says; see `schema.violations`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def accepts(data: Any, schema: Mapping[str, Any]) -> bool:
    """Whether `data` is valid, for the subset of draft-07 that qspec's schemas are written in."""
    return Walker(schema.get("definitions", {})).accepts(data, schema)


_TYPES: dict[str, Any] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "integer": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())
    ),
}
_search = cache(lambda pattern: re.compile(pattern).search)


def _same(left: Any, right: Any) -> bool:
    """Equality as JSON Schema means it: true is not 1."""
    return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)


class Walker:
    """Interprets parts of a schema whose definitions are given; each method decides one kind of value."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self.definitions = definitions

    def accepts(self, data: Any, schema: Any) -> bool:
        """Whether a part of a document is valid for a part of the schema."""
        if isinstance(schema, bool):
            return schema
        if "$ref" in schema:
            return self.accepts(data, self.definitions[schema["$ref"].removeprefix("#/definitions/")])
        return self._type(data, schema) and self._choice(data, schema) and self._value(data, schema)

    def _type(self, data: Any, schema: Any) -> bool:
        types = schema.get("type", ())
        if isinstance(types, str):
            return bool(_TYPES[types](data))
        return not types or any(_TYPES[name](data) for name in types)

    def _choice(self, data: Any, schema: Any) -> bool:
        if "enum" in schema and not any(_same(data, word) for word in schema["enum"]):
            return False
        if "const" in schema and not _same(data, schema["const"]):
            return False
        return all(self.accepts(data, part) for part in schema.get("allOf", ())) and self._branch(data, schema)

    def _branch(self, data: Any, schema: Any) -> bool:
        if "if" not in schema or not self.accepts(data, schema["if"]):
            return True
        return self.accepts(data, schema.get("then", True))

    def _value(self, data: Any, schema: Any) -> bool:
        if isinstance(data, dict):
            return self._mapping(data, schema)
        if isinstance(data, list):
            return self._list(data, schema)
        if isinstance(data, str):
            return self._text(data, schema)
        return not _TYPES["number"](data) or self._number(data, schema)

    def _mapping(self, data: dict[str, Any], schema: Any) -> bool:
        if len(data) < schema.get("minProperties", 0) or any(key not in data for key in schema.get("required", ())):
            return False
        names = schema.get("propertyNames")
        if names is not None and not all(self.accepts(key, names) for key in data):
            return False
        return all(self._entry(key, value, schema) for key, value in data.items())

    def names(self, key: str, schema: Any) -> list[Any]:
        """The parts of a schema that name a key, by itself or by a pattern; additionalProperties is for the others."""
        parts = [part for pattern, part in schema.get("patternProperties", {}).items() if _search(pattern)(key)]
        if key in (properties := schema.get("properties", {})):
            parts.append(properties[key])
        return parts

    def _entry(self, key: str, value: Any, schema: Any) -> bool:
        parts = self.names(key, schema) or [schema.get("additionalProperties", True)]
        return all(self.accepts(value, part) for part in parts)

    def _list(self, data: list[Any], schema: Any) -> bool:
        if not schema.get("minItems", 0) <= len(data) <= schema.get("maxItems", len(data)):
            return False
        items = schema.get("items", True)
        return items is True or all(self.accepts(item, items) for item in data)

    def _text(self, data: str, schema: Any) -> bool:
        if not schema.get("minLength", 0) <= len(data) <= schema.get("maxLength", len(data)):
            return False
        return "pattern" not in schema or _search(schema["pattern"])(data) is not None

    def _number(self, data: float, schema: Any) -> bool:
        low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
        high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
        return not (
            (low is not None and data < low)
            or (above is not None and data <= above)
            or (high is not None and data > high)
            or (below is not None and data >= below)
        )


KEYWORDS = frozenset(
    [
        "$schema",
        "$id",
        "$ref",
        "title",
        "description",
        "default",
        "definitions",
        "type",
        "enum",
        "const",
        "allOf",
        "if",
        "then",
        "properties",
        "patternProperties",
        "additionalProperties",
        "propertyNames",
        "required",
        "minProperties",
        "items",
        "minItems",
        "maxItems",
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
    ]
)
"""The keywords that `accepts` understands; a fragment that uses another one is refused by the contract test."""
