"""The sound part of a spec's data: what rules can still be asked about when the structure has mistakes elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec import kinds
from qspec.reading.layers import put

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qspec.diagnostics import Diagnostic, Route


UNSOUND = object()
"""What stands in place of a value that cannot be asked about; unlike null, no spec can say it."""


MOST_MISTAKES = 400
_SHELVES = {"circuits": kinds.CIRCUITS, "jobs": kinds.PROGRAMS, "sinks": kinds.SINKS, "expect": kinds.CHECKS}


def sound(data: Any, mistakes: Sequence[Diagnostic]) -> dict[str, Any]:
    """The data with `UNSOUND` in place of every value that a mistake in the structure is about.

    Mistakes about keys (unknown, missing, not an id) leave values alone, except inside a parameter value. Of an
    entry whose kind is not known nothing is sound, and nothing of data with so many mistakes that not all were told.
    """
    if len(mistakes) > MOST_MISTAKES or not isinstance(data, dict):
        return {}
    routes = {mistake.route if not mistake.on_key else _value_around(mistake) for mistake in mistakes}
    left = put(data, {route: UNSOUND for route in (*routes, *_strangers(data)) if route is not None})
    return left if isinstance(left, dict) else {}


def _strangers(data: dict[str, Any]) -> Iterator[Route]:
    """The entries whose kind is not known, so that the schema says nothing about their keys."""
    if not _has_known_kind(kinds.BACKENDS, data.get("backend")):
        yield ("backend",)
    for key, shelf in _SHELVES.items():
        value = data.get(key)
        steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for step, entry in steps:
            if not _has_known_kind(shelf, entry):
                yield (key, step)


def _has_known_kind(shelf: kinds.Shelf, entry: object) -> bool:
    return isinstance(entry, dict) and shelf.has(entry.get(shelf.tag))


def _value_around(mistake: Diagnostic) -> Route | None:
    """The route of the parameter value that a mistake about a key is in: `jobs.<id>.pubs.<n>.parameter_values.<name>`."""
    inside = mistake.route if mistake.code == "missing-key" else mistake.route[:-1]
    return inside[:6] if len(inside) >= 6 and inside[4] == "parameter_values" else None


def is_sound(data: Any) -> bool:
    """Whether nothing in the data was taken out."""
    if isinstance(data, dict):
        return all(map(is_sound, data.values()))
    if isinstance(data, list):
        return all(map(is_sound, data))
    return data is not UNSOUND
