"""The JSON Schema of the spec format: composed from the kinds, and what a document is checked against.

The only module that knows `jsonschema`, and it imports it only when there is something to say: whether a document
is valid is first decided by `accepts`, an interpreter of the same schema (a test holds the two against each other).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from qspec import kinds
from qspec.reading import format_v1

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema.exceptions import ValidationError

SCHEMA_ID = "urn:qspec:schema:spec:1"
_ARTICLES = {"a": "an", "e": "an", "i": "an", "o": "an"}


def compose(words: Mapping[str, Iterable[str]] | None = None) -> dict[str, Any]:
    """The schema of a spec over the given words of each shelf; by default qspec's own kinds."""
    chosen = {shelf.name: tuple(words[shelf.name] if words else shelf.builtin()) for shelf in kinds.SHELVES}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": SCHEMA_ID,
        **format_v1.top_level(
            backend=_choice(kinds.BACKENDS, chosen, "Where to run."),
            circuit=_choice(kinds.CIRCUITS, chosen, "A circuit.", format_v1.CIRCUIT_PROPERTIES),
            job=_choice(kinds.PROGRAMS, chosen, "One submission of one program."),
            sink=_choice(kinds.SINKS, chosen, "Something to write from the run record."),
            expectation=_choice(kinds.CHECKS, chosen, "Something that must hold of the results."),
        ),
    }


def _choice(
    shelf: kinds.Shelf, chosen: Mapping[str, tuple[str, ...]], description: str, common: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    words = chosen[shelf.name]
    return {
        "title": f"{_article(shelf.noun)} {shelf.noun}",
        "type": "object",
        "description": description,
        "properties": {shelf.tag: {"enum": list(words), "description": f"The kind of {shelf.noun}."}},
        "required": [shelf.tag],
        "allOf": [
            {
                "if": {"properties": {shelf.tag: {"const": word}}, "required": [shelf.tag]},
                "then": _kind_schema(shelf, word, common or {}),
            }
            for word in words
        ],
    }


def _kind_schema(shelf: kinds.Shelf, word: str, common: Mapping[str, Any]) -> dict[str, Any]:
    fragment = dict(shelf.find(word).SCHEMA)
    properties = {shelf.tag: True, **fragment.pop("properties", {}), **common}
    return {
        "title": f"{_article(word)} {word} {shelf.noun}",
        **fragment,
        "properties": properties,
        "additionalProperties": False,
    }


def _article(word: str) -> str:
    return _ARTICLES.get(word[0], "a")


@cache
def schema_for(words: frozenset[tuple[str, str]]) -> dict[str, Any]:
    """The schema over qspec's own kinds and the installed plug-in kinds among `words` (shelf name, word)."""
    chosen: dict[str, tuple[str, ...]] = {}
    for shelf in kinds.SHELVES:
        builtin = shelf.builtin()
        asked = {word for name, word in words if name == shelf.name and word not in builtin}
        extra = asked & set(shelf.installed()) if asked else set()
        chosen[shelf.name] = tuple(sorted({*builtin, *extra}))
    return compose(chosen)


def words_of(data: Any) -> frozenset[tuple[str, str]]:
    """The (shelf name, word) pairs that a document uses, whatever its shape."""
    found: set[tuple[str, str]] = set()
    if isinstance(data, dict):
        for shelf, items in (
            (kinds.BACKENDS, [data.get("backend")]),
            (kinds.CIRCUITS, _values(data.get("circuits"))),
            (kinds.PROGRAMS, _values(data.get("jobs"))),
            (kinds.SINKS, _values(data.get("sinks"))),
            (kinds.CHECKS, _values(data.get("expect"))),
        ):
            words = (item.get(shelf.tag) for item in items if isinstance(item, dict))
            found |= {(shelf.name, word) for word in words if isinstance(word, str)}
    return frozenset(found)


def _values(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def violations(data: Any, schema: dict[str, Any]) -> Iterator[ValidationError]:
    """Every violation that `jsonschema` finds, without ever opening a connection or a file."""
    from jsonschema.validators import Draft7Validator
    from referencing import Registry

    yield from Draft7Validator(schema, registry=Registry()).iter_errors(data)


def accepts(data: Any, schema: Mapping[str, Any]) -> bool:
    """Whether `data` is valid, for the subset of draft-07 that qspec's schemas are written in."""
    return _Walker(schema.get("definitions", {})).accepts(data, schema)


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


class _Walker:
    """Interprets a schema; each method decides one kind of value."""

    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self.definitions = definitions

    def accepts(self, data: Any, schema: Any) -> bool:
        if isinstance(schema, bool):
            return schema
        if "$ref" in schema:
            return self.accepts(data, self.definitions[schema["$ref"].removeprefix("#/definitions/")])
        return self.type(data, schema) and self.choice(data, schema) and self.value(data, schema)

    def type(self, data: Any, schema: Any) -> bool:
        types = schema.get("type", ())
        if isinstance(types, str):
            return bool(_TYPES[types](data))
        return not types or any(_TYPES[name](data) for name in types)

    def choice(self, data: Any, schema: Any) -> bool:
        if "enum" in schema and not any(_same(data, word) for word in schema["enum"]):
            return False
        if "const" in schema and not _same(data, schema["const"]):
            return False
        return all(self.accepts(data, part) for part in schema.get("allOf", ())) and self.branch(data, schema)

    def branch(self, data: Any, schema: Any) -> bool:
        if "if" not in schema or not self.accepts(data, schema["if"]):
            return True
        return self.accepts(data, schema.get("then", True))

    def value(self, data: Any, schema: Any) -> bool:
        if isinstance(data, dict):
            return self.mapping(data, schema)
        if isinstance(data, list):
            return self.list(data, schema)
        if isinstance(data, str):
            return self.text(data, schema)
        return not _TYPES["number"](data) or self.number(data, schema)

    def mapping(self, data: dict[str, Any], schema: Any) -> bool:
        if len(data) < schema.get("minProperties", 0) or any(key not in data for key in schema.get("required", ())):
            return False
        names = schema.get("propertyNames")
        if names is not None and not all(self.accepts(key, names) for key in data):
            return False
        return all(self.entry(key, value, schema) for key, value in data.items())

    def entry(self, key: str, value: Any, schema: Any) -> bool:
        parts = [part for pattern, part in schema.get("patternProperties", {}).items() if _search(pattern)(key)]
        if key in (properties := schema.get("properties", {})):
            parts.append(properties[key])
        return all(self.accepts(value, part) for part in parts or [schema.get("additionalProperties", True)])

    def list(self, data: list[Any], schema: Any) -> bool:
        if not schema.get("minItems", 0) <= len(data) <= schema.get("maxItems", len(data)):
            return False
        items = schema.get("items", True)
        return items is True or all(self.accepts(item, items) for item in data)

    def text(self, data: str, schema: Any) -> bool:
        if not schema.get("minLength", 0) <= len(data) <= schema.get("maxLength", len(data)):
            return False
        return "pattern" not in schema or _search(schema["pattern"])(data) is not None

    def number(self, data: float, schema: Any) -> bool:
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
