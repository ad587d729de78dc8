"""Every kind that a spec may name, by shelf."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qspec.errors import UsageError
from qspec.kinds import SHELVES, Shelf
from qspec.render.table import table, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qspec.render.look import Look

_HEADINGS = {
    "backends": "backend",
    "circuits": "circuits",
    "programs": "jobs",
    "sinks": "sinks",
    "checks": "expect",
}


def kinds_data(shelves: Sequence[Shelf] = SHELVES) -> list[dict[str, Any]]:
    """One entry for each kind: where it is used, the key and word that choose it, its origin and description.

    A kind of an installed package that does not load has a `problem` in place of a description.
    """
    return [
        {"used_in": _HEADINGS[shelf.name], "key": shelf.tag, "kind": word, "origin": shelf.origin(word)}
        | _about(shelf, word)
        for shelf in shelves
        for word in shelf.words()
    ]


def _about(shelf: Shelf, word: str) -> dict[str, Any]:
    try:
        return {"description": str(shelf.find(word).SCHEMA.get("description", ""))}
    except UsageError as error:
        return {"problem": str(error)}


def render_kinds(kinds: Sequence[dict[str, Any]], form: str, look: Look) -> str:
    """The kinds as `text` or `json`."""
    if form == "json":
        return json.dumps(kinds, indent=2) + "\n"
    return "\n".join(_sections(kinds, look))


def _sections(kinds: Sequence[dict[str, Any]], look: Look) -> Iterator[str]:
    for place in dict.fromkeys(kind["used_in"] for kind in kinds):
        chosen = [kind for kind in kinds if kind["used_in"] == place]
        room = _room(chosen, look)
        rows = [
            row for kind in chosen for row in wrapped((kind["kind"], _first_sentence(kind), _foreign(kind)), 1, room)
        ]
        title = look.paint(f"{place} ({chosen[0]['key']})", "bold")
        yield f"{title}\n{table((), rows, look=look, indent=2)}"


def _room(kinds: Sequence[dict[str, Any]], look: Look) -> int:
    """The columns that are left for a description."""
    beside = max(len(kind["kind"]) for kind in kinds) + max(len(_foreign(kind)) for kind in kinds)
    return max(look.width - beside - 6, 30)


def _first_sentence(kind: dict[str, Any]) -> str:
    if "problem" in kind:
        return f"cannot be used: {kind['problem']}"
    return str(kind["description"]).partition(". ")[0].rstrip(".")


def _foreign(kind: dict[str, Any]) -> str:
    return "" if kind["origin"] == "qspec" else f"from {kind['origin']}"
