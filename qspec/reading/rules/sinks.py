"""Sinks that cannot all be written, since two of them, or one and qspec itself, want the same place."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from qspec import kinds
from qspec.diagnostics import Diagnostic, Related, Route
from qspec.reading.rules.entries import entries, sound_entry
from qspec.records.placing import collisions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def check_sinks(data: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """A finding for each sink whose place in the run folder is taken."""
    placed = list(_placed(data))
    jobs, name = data.get("jobs"), data.get("name")
    if not placed or not isinstance(jobs, dict) or not isinstance(name, str):
        return
    routes = [route for route, _, _ in placed]
    for found in collisions([(kind, path) for _, kind, path in placed], name=name, jobs=list(jobs)):
        by = "qspec itself" if found.other is None else f"the sink {found.other_kind}"
        related = () if found.other is None else (Related(label="written here first", route=routes[found.other]),)
        yield Diagnostic(
            code="sink-place",
            message=f"the sink {found.kind} would write '{found.path}', where {by} writes '{found.taken}'",
            route=routes[found.sink],
            label="give it a 'path' of its own",
            related=related,
        )


def _placed(data: Mapping[str, Any]) -> Iterator[tuple[Route, str, str]]:
    """The sinks that say where they write, by their `path` or its default: route, kind and template."""
    for route, entry in entries(data, "sinks"):
        sound = sound_entry(kinds.SINKS, entry)
        if sound is None:
            continue
        defaults = {field.name: field.default for field in fields(kinds.SINKS.find(entry["kind"]))}
        path = sound.get("path", defaults.get("path", MISSING))
        if isinstance(path, str):
            yield ((*route, "path") if "path" in sound else route), entry["kind"], path
