"""What refers to a circuit, a job or a PUB must find it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qspec.diagnostics import Diagnostic, Route, clipped, suggestion
from qspec.reading.rules.entries import entries, pubs_of, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def check_references(data: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """PUBs that name no circuit of the spec; expectations and sinks that name no job, PUB or circuit in use of it."""
    circuits = data.get("circuits")
    if isinstance(circuits, dict):
        for route, pub in pubs_of(data):
            yield from _check_name("unknown-circuit", pub.get("circuit"), circuits, (*route, "circuit"))
        used = {pub.get("circuit"): None for _, pub in pubs_of(data) if isinstance(pub.get("circuit"), str)}
        for route, entry in entries(data, "expect"):
            yield from _check_name("unknown-circuit", entry.get("circuit"), circuits, (*route, "circuit"))
            yield from _check_use(entry.get("circuit"), circuits, used, (*route, "circuit"))
    jobs = data.get("jobs")
    if isinstance(jobs, dict):
        for route, entry in [*entries(data, "expect"), *entries(data, "sinks")]:
            yield from _check_name("unknown-job", entry.get("job"), jobs, (*route, "job"))
            yield from _check_pub(entry, jobs, route)


def _check_name(code: str, name: object, known: Mapping[str, Any], route: Route) -> Iterator[Diagnostic]:
    noun = code.removeprefix("unknown-")
    if isinstance(name, str) and name not in known:
        yield Diagnostic(
            code=code,
            message=f"there is no {noun} '{clipped(name)}' in this spec",
            route=route,
            label=suggestion(name, list(known)),
            notes=(f"{noun}s here: {', '.join(list(known)[:20])}",),
        )


def _check_use(
    name: object, circuits: Mapping[str, Any], used: Mapping[Any, None], route: Route
) -> Iterator[Diagnostic]:
    if isinstance(name, str) and name in circuits and used and name not in used:
        message = f"circuit '{clipped(name)}' is in no PUB, so that it is not transpiled"
        notes = (f"circuits of PUBs: {', '.join(list(used)[:20])}",)
        yield Diagnostic(code="unknown-circuit", message=message, route=route, notes=notes)


def _check_pub(entry: Mapping[str, Any], jobs: Mapping[str, Any], route: Route) -> Iterator[Diagnostic]:
    name = entry.get("job")
    job = jobs.get(name) if isinstance(name, str) else None
    pubs = job.get("pubs") if isinstance(job, dict) else None
    index = whole(entry.get("pub"))
    if isinstance(pubs, list) and index is not None and index >= len(pubs):
        count = "one PUB" if len(pubs) == 1 else f"{len(pubs)} PUBs"
        yield Diagnostic(
            code="unknown-pub",
            message=f"job '{name}' has {count}, and none with the number {index}",
            route=(*route, "pub"),
            label="PUBs are counted from 0",
        )
