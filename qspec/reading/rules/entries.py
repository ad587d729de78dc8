"""Walks over the sound part of a spec's data: what lost its shape to a mistake is passed over."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

from qspec.reading.sound import is_sound

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from qspec.diagnostics import Route
    from qspec.kinds import Shelf


def entries(data: Mapping[str, Any], key: str) -> Iterator[tuple[Route, dict[str, Any]]]:
    """The mappings under a top-level key (a mapping by id, or a list), each with its route."""
    value = data.get(key)
    named = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, entry in named:
        if isinstance(entry, dict):
            yield (key, step), entry


def pubs_of(data: Mapping[str, Any]) -> Iterator[tuple[Route, dict[str, Any]]]:
    """The PUBs of all jobs, each with its route."""
    for route, job in entries(data, "jobs"):
        pubs = job.get("pubs")
        for index, pub in enumerate(pubs if isinstance(pubs, list) else ()):
            if isinstance(pub, dict):
                yield (*route, "pubs", index), pub


def sound_entry(shelf: Shelf, entry: object, shared: Collection[str] = ()) -> dict[str, Any] | None:
    """The entry from which its kind can be built: without the keys that the kind does not know.

    `shared` are keys that every kind of the shelf takes. None where a mistake hides a value or its kind.
    """
    if not isinstance(entry, dict) or not shelf.has(entry.get(shelf.tag)):
        return None
    known, required = _keys_of(shelf.find(entry[shelf.tag]))
    kept = {key: value for key, value in entry.items() if key in known or key in shared or key == shelf.tag}
    return kept if is_sound(kept) and kept.keys() >= required else None


@cache
def _keys_of(cls: Any) -> tuple[frozenset[str], frozenset[str]]:
    """The keys that a kind knows beside its tag, and those that it needs."""
    return frozenset(field.name for field in fields(cls)), frozenset(cls.SCHEMA.get("required", ()))


def whole(value: object) -> int | None:
    """A number of the document as a whole number (1.0 is 1); None where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
        return None
    return int(value)
