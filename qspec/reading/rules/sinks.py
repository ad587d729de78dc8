"""Sinks that cannot all be written: two of them, or one and qspec itself, want one place, or the files are too many."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any

from qspec import kinds
from qspec.diagnostics import Diagnostic, Related, Route
from qspec.reading.rules.entries import entries, sound_entry
from qspec.records.placing import MOST_APART, collisions, is_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def check_sinks(data: Mapping[str, Any], points: int | None = None) -> Iterator[Diagnostic]:
    """Findings about the sinks of a spec; `points` is how many its sweep has, None where it has none."""
    yield from _check_places(data, points)
    if points is not None and points > MOST_APART:
        yield from _check_number(data, points)


def _check_number(data: Mapping[str, Any], points: int) -> Iterator[Diagnostic]:
    """A finding for each sink that would write too many files. Code: too-many-points."""
    for route, entry in entries(data, "sinks"):
        sound = sound_entry(kinds.SINKS, entry)
        if sound is None or not is_apart(kinds.SINKS.find(entry["kind"]), sound.get("path")):
            continue
        by_path = "{point}" in str(sound.get("path"))
        yield Diagnostic(
            code="too-many-points",
            message=f"the sink {entry['kind']} would write files for each of {points:,} points, and at most {MOST_APART:,} "
            "are written apart",
            route=(*route, "path") if by_path else route,
            label="without '{point}' it writes all of them together" if by_path else "it cannot write them together",
        )


def _check_places(data: Mapping[str, Any], points: int | None) -> Iterator[Diagnostic]:
    """A finding for each sink whose place in the run folder is taken. Code: sink-place."""
    placed = list(_placed(data))
    jobs, name = data.get("jobs"), data.get("name")
    if not placed or not isinstance(jobs, dict) or not isinstance(name, str):
        return
    routes = [route for route, _, _ in placed]
    sinks = [(kind, path) for _, kind, path in placed]
    for found in collisions(sinks, name=name, jobs=list(jobs), points=points):
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
