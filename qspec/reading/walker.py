"""A fast judge of the draft-07 subset that qspec's schemas are written in: is a document valid, yes or no?

A part of a schema becomes a table from the type of a value to the test of such a value, made when the first value of
that type comes by: of a large schema, only what documents use is ever made. What is wrong with a document that is not
valid, jsonschema says; see `schema.violations`.
"""

from __future__ import annotations

import re
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    Test = Callable[[Any], Any]


def accepts(data: Any, schema: Mapping[str, Any]) -> bool:
    """Whether `data` is valid, for the subset of draft-07 that qspec's schemas are written in."""
    return Walker(schema).accepts(data)


_TYPES: dict[type, frozenset[str]] = {
    dict: frozenset(["object"]),
    list: frozenset(["array"]),
    str: frozenset(["string"]),
    bool: frozenset(["boolean"]),
    NoneType: frozenset(["null"]),
    int: frozenset(["integer", "number"]),
    float: frozenset(["integer", "number"]),
}
"""What a value may be called by its type; whether a float is an integer, only its value tells."""
_search = cache(lambda pattern: re.compile(pattern).search)


class Walker:
    """A schema, and the parts of it that were asked for, each made once."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self.definitions: Mapping[str, Any] = schema.get("definitions", {})
        self._parts: dict[int, Part] = {}

    def accepts(self, data: Any) -> bool:
        """Whether a document is valid."""
        return self.accepts_part(data, self.schema)

    def accepts_part(self, data: Any, schema: Any) -> bool:
        """Whether a part of a document is valid for a part of the schema."""
        return bool(self.part(schema)[type(data)](data))

    def accepts_values(self, changed: Mapping[str, Any]) -> bool:
        """Whether a valid document stays valid with these values in the places of others under the same keys.

        Of a document as a whole the schema of specs asks only which keys there are.
        """
        return all(_Entries(self, self.schema)[key][type(value)](value) for key, value in changed.items())

    def part(self, schema: Any) -> Part:
        """The tests of a part of the schema."""
        part = self._parts.get(id(schema))
        if part is None:
            part = self._parts[id(schema)] = Part(self, schema)
        return part


class Part(dict[type, "Test"]):
    """The tests of one part of a schema, by the type of the value: `part[type(value)](value)`."""

    def __init__(self, walker: Walker, schema: Any) -> None:
        super().__init__()
        self.walker = walker
        self.schema = schema  # kept, so that no other part of it can have its id

    def __missing__(self, kind: type) -> Test:
        test = self[kind] = self._made(kind)
        return test

    def _made(self, kind: type) -> Test:
        if isinstance(self.schema, bool):
            return _anything if self.schema else _nothing
        if "$ref" in self.schema:
            name = self.schema["$ref"].removeprefix("#/definitions/")
            return self.walker.part(self.walker.definitions[name])[kind]
        return _all(self._tests(kind))

    def _tests(self, kind: type) -> Iterator[Test]:
        schema = self.schema
        if "type" in schema:
            yield _of_type(kind, schema["type"])
        if "enum" in schema:
            yield _one_of(kind, schema["enum"])
        if "const" in schema:
            yield _one_of(kind, [schema["const"]])
        branches = _by_word(schema.get("allOf", ()), self.walker) if kind is dict else None
        if branches is not None:
            yield branches
        else:
            yield from (self.walker.part(part)[kind] for part in schema.get("allOf", ()))
        if "if" in schema:
            yield _branch(self.walker.part(schema["if"])[kind], self.walker.part(schema.get("then", True))[kind])
        if kind in _VALUES:
            yield from _VALUES[kind](schema, self.walker)


def _anything(_value: Any) -> bool:
    return True


def _nothing(_value: Any) -> bool:
    return False


def _all(tests: Iterable[Test]) -> Test:
    """The test that a value passes all of some."""
    needed: Test = _anything
    for test in tests:
        needed = _both(needed, test)
    return needed


def _both(first: Test, second: Test) -> Test:
    if first is _anything or second is _nothing:
        return second
    if second is _anything or first is _nothing:
        return first
    return lambda value: first(value) and second(value)


def _branch(condition: Test, then: Test) -> Test:
    if then is _anything or condition is _nothing:
        return _anything
    return then if condition is _anything else lambda value: not condition(value) or then(value)


def _by_word(parts: Sequence[Any], walker: Walker) -> Test | None:
    """The test of a mapping that some parts stand for, each by one word of one key; None where they do not."""
    found = [pair for pair in map(_word_of, parts) if pair is not None]
    if len({key for key, _ in found}) != 1 or not len(parts) == len(found) == len(set(found)):
        return None
    key = found[0][0]
    chosen = {word: walker.part(part["then"]) for (_, word), part in zip(found, parts, strict=True)}

    def test(data: dict[str, Any]) -> Any:
        word = data.get(key)
        part = chosen.get(word) if type(word) is str else None
        return part is None or part[dict](data)

    return test


def _word_of(part: Any) -> tuple[str, str] | None:
    """The key and the word by which a part is chosen; None where it is chosen otherwise."""
    condition = part.get("if") if isinstance(part, dict) and part.keys() == {"if", "then"} else None
    if not isinstance(condition, dict) or condition.keys() != {"properties", "required"}:
        return None
    ((key, value), *others) = condition["properties"].items() or [("", None)]
    word = value.get("const") if isinstance(value, dict) and value.keys() == {"const"} else None
    return (key, word) if isinstance(word, str) and not others and condition["required"] == [key] else None


def _of_type(kind: type, types: str | Sequence[str]) -> Test:
    wanted = {types} if isinstance(types, str) else set(types)
    if kind is float and "number" not in wanted and "integer" in wanted:
        return float.is_integer
    return _anything if wanted & _TYPES[kind] else _nothing


def _one_of(kind: type, words: Iterable[Any]) -> Test:
    """The test that a value is one of some, as JSON Schema means it: 1.0 is 1, and true is not."""
    if kind in (dict, list):
        choices = [word for word in words if type(word) is kind]
        return lambda value: value in choices
    alike = (int, float) if kind in (int, float) else (kind,)
    return frozenset(word for word in words if type(word) in alike).__contains__


def _mapping(schema: Mapping[str, Any], walker: Walker) -> Iterator[Test]:
    least, required = schema.get("minProperties", 0), schema.get("required", ())
    if least:
        yield lambda data: len(data) >= least
    for key in required:
        yield _has(key)
    if "propertyNames" in schema:
        names = walker.part(schema["propertyNames"])[str]
        yield lambda data: all(map(names, data))
    properties = schema.get("properties", {})
    if schema.get("patternProperties") or schema.get("additionalProperties", True) is not True:
        yield _entries(_Entries(walker, schema))
    else:
        yield from (_entry(key, walker.part(part)) for key, part in properties.items() if part is not True)


def _has(key: str) -> Test:
    return lambda data: key in data


def _entry(key: str, part: Part) -> Test:
    def test(data: dict[str, Any]) -> Any:
        if key not in data:
            return True
        value = data[key]
        return part[type(value)](value)

    return test


def _entries(parts: _Entries) -> Test:
    def test(data: dict[str, Any]) -> bool:
        for key, value in data.items():  # noqa: SIM110  a generator takes half as long again
            if not parts[key][type(value)](value):
                return False
        return True

    return test


class _Entries(dict[str, Part]):
    """What a schema says of the value of each key."""

    def __init__(self, walker: Walker, schema: Mapping[str, Any]) -> None:
        super().__init__()
        self.walker = walker
        self.schema = schema
        self.others = walker.part(schema.get("additionalProperties", True))
        self.named = schema.get("properties", {})

    def __missing__(self, key: str) -> Part:
        found = parts_of(key, self.schema) if key in self.named or "patternProperties" in self.schema else ()
        if not found:
            return self.others
        part = self.walker.part(found[0]) if len(found) == 1 else Part(self.walker, {"allOf": found})
        if key in self.named:  # of these there are only so many
            self[key] = part
        return part


def parts_of(key: str, schema: Mapping[str, Any]) -> list[Any]:
    """The parts of a schema that name a key, by itself or by a pattern; additionalProperties is for the others."""
    parts = [part for pattern, part in schema.get("patternProperties", {}).items() if _search(pattern)(key)]
    if key in (properties := schema.get("properties", {})):
        parts.append(properties[key])
    return parts


def _list(schema: Mapping[str, Any], walker: Walker) -> Iterator[Test]:
    yield from _sizes(schema.get("minItems", 0), schema.get("maxItems"))
    if schema.get("items", True) is not True:
        part = walker.part(schema["items"])
        yield lambda data: all(part[type(item)](item) for item in data)


def _text(schema: Mapping[str, Any], _walker: Walker) -> Iterator[Test]:
    yield from _sizes(schema.get("minLength", 0), schema.get("maxLength"))
    if "pattern" in schema:
        yield _search(schema["pattern"])


def _sizes(least: int, most: int | None) -> Iterator[Test]:
    if least:
        yield lambda data: len(data) >= least
    if most is not None:
        yield lambda data: len(data) <= most


def _number(schema: Mapping[str, Any], _walker: Walker) -> Iterator[Test]:
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    if low is not None:
        yield lambda data: data >= low
    if above is not None:
        yield lambda data: data > above
    if high is not None:
        yield lambda data: data <= high
    if below is not None:
        yield lambda data: data < below


_VALUES: dict[type, Callable[[Mapping[str, Any], Walker], Iterator[Test]]] = {
    dict: _mapping,
    list: _list,
    str: _text,
    int: _number,
    float: _number,
}

KEYWORDS = frozenset([
    "$schema", "$id", "$ref", "title", "description", "default", "definitions", "type", "enum", "const", "allOf",
    "if", "then", "properties", "patternProperties", "additionalProperties", "propertyNames", "required",
    "minProperties", "items", "minItems", "maxItems", "pattern", "minLength", "maxLength", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum",
])  # fmt: skip
"""The keywords that `accepts` understands; a fragment that uses another one is refused by the contract test."""
