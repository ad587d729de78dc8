"""The JSON Schema of the spec format: composed from the kinds, and what a document is checked against.

The only module that knows `jsonschema`, and it imports it only when there is something to say: whether a document
is valid is first decided by a `Walker` over the same schema (a test holds the two against each other).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qspec import kinds
from qspec.reading import format_v1
from qspec.reading.walker import Walker, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema.exceptions import ValidationError

PUBLISHED = "qspec-v1.schema.json"
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
def walker_for(words: frozenset[tuple[str, str]]) -> Walker:
    """The schema over qspec's own kinds and the installed plug-in kinds among `words` (shelf name, word).

    Without plug-in kinds it is the published file, which takes a twentieth of the time that composing it takes.
    """
    chosen: dict[str, tuple[str, ...]] = {}
    for shelf in kinds.SHELVES:
        builtin = shelf.builtin()
        asked = {word for name, word in words if name == shelf.name and word not in builtin}
        extra = asked & set(shelf.installed()) if asked else set()
        chosen[shelf.name] = tuple(sorted({*builtin, *extra}))
    if all(set(chosen[shelf.name]) == set(shelf.builtin()) for shelf in kinds.SHELVES):
        return _published()
    return Walker(compose(chosen))


@cache
def _published() -> Walker:
    return Walker(json.loads((published_folder() / PUBLISHED).read_text(encoding="utf-8")))


def published_folder() -> Path:
    """Where the published schemas are: in the package, or beside it in a source tree."""
    package = Path(__file__).parents[1]
    return next(folder for folder in (package / "schema", package.parent / "schema") if folder.is_dir())


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


def violations(data: Any, walker: Walker) -> Iterator[ValidationError]:
    """Every violation of a schema that `jsonschema` finds, without ever opening a connection or a file."""
    from jsonschema.validators import Draft7Validator, extend
    from referencing import Registry

    focus = _Focus(walker, Draft7Validator.VALIDATORS["additionalProperties"])
    keywords = {"items": focus.items, "properties": focus.properties, "additionalProperties": focus.additional}
    judge: Any = extend(Draft7Validator, keywords)  # type: ignore[no-untyped-call]
    yield from judge(walker.schema, registry=Registry()).iter_errors(data)


class _Focus:
    """The keywords that lead deeper, so that jsonschema, which is slow, follows only what the walker rejects."""

    def __init__(self, walker: Walker, additional: Any) -> None:
        self.walker = walker
        self.original = additional

    def items(self, validator: Any, part: Any, data: Any, _schema: Any) -> Iterator[ValidationError]:
        for index, item in enumerate(data if isinstance(data, list) else ()):
            if not self.walker.accepts_part(item, part):
                yield from validator.descend(item, part, path=index)

    def properties(self, validator: Any, parts: Any, data: Any, _schema: Any) -> Iterator[ValidationError]:
        for key, part in parts.items() if isinstance(data, dict) else ():
            if key in data and not self.walker.accepts_part(data[key], part):
                yield from validator.descend(data[key], part, path=key, schema_path=key)

    def additional(self, validator: Any, part: Any, data: Any, schema: Any) -> Iterator[ValidationError]:
        if not isinstance(part, dict):
            yield from self.original(validator, part, data, schema)
            return
        for key, value in data.items() if isinstance(data, dict) else ():
            if not parts_of(key, schema) and not self.walker.accepts_part(value, part):
                yield from validator.descend(value, part, path=key)
