"""The spec in force, as a spec again: bases and overrides merged, defaults and the seed written out."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from qspec.reading.examining import data_of
from qspec.seeds import derive

if TYPE_CHECKING:
    from qspec.reading.load import Loaded
    from qspec.spec import Spec


def resolved(spec: Spec, *, seed: int, backend: Any) -> dict[str, Any]:
    """JSON data that the schema of the spec format accepts and that says the same as `spec` run with `seed`.

    `backend` is the open one: where the spec leaves the choice to the service, its name is written down. Paths are relative to the repository's root, which is `inputs/` in a run folder.
    """
    wanted = spec.backend.chosen(backend.name, backend.instance) if backend.remote else spec.backend
    whole = {
        "qspec": spec.qspec,
        "name": spec.name,
        "description": spec.description,
        "tags": list(spec.tags),
        "seed": seed,
        "backend": _kind(wanted, "kind"),
        "transpile": _record(spec.transpile),
        "execution": _record(spec.execution),
        "circuits": {
            name: _circuit(circuit, derive(seed, "circuits", name)) for name, circuit in spec.circuits.items()
        },
        "jobs": {name: _job(job) for name, job in spec.jobs.items()},
        "sinks": [_kind(sink, "kind") for sink in spec.sinks],
        "expect": [_kind(check, "kind") for check in spec.expect],
        "limits": _record(spec.limits),
    }
    return {key: value for key, value in whole.items() if value or value == 0}


def resolved_sweep(loaded: Loaded, *, seed: int) -> dict[str, Any]:
    """JSON data that say the same as a spec with a sweep run with `seed`, with the values of its axes written out.

    Defaults stand in the variants, which are resolved one by one: an axis may change what they are.
    """
    assert loaded.axes is not None  # noqa: S101 - it has a sweep
    sweep = loaded.axes.sweep
    base = data_of(loaded.axes.base, loaded.files)
    said = {key: _plain(value) for key, value in base.items() if key != "extends"}
    axes = {axis.place: _plain(list(axis.values)) for axis in sweep.axes}
    return {**said, "seed": seed, "sweep": {"combine": sweep.combine, "axes": axes}}


def _circuit(circuit: Any, seed: int) -> dict[str, Any]:
    seeded = getattr(circuit.source, "seeded", None)
    shared = {"measure": circuit.measure, "bind": circuit.bind}
    said = {key: _plain(value) for key, value in shared.items() if value}
    return {**_kind(seeded(seed) if seeded else circuit.source, "kind"), **said}


def _job(job: Any) -> dict[str, Any]:
    said = _kind(job, "program_id")
    said["pubs"] = [{key: value for key, value in _record(pub).items() if value} for pub in job.pubs]
    if "default_shots" in job.options:
        return said  # beside it, an estimator's own default has no force
    for key in ("shots", "precision"):
        if hasattr(job, key):
            said[key] = getattr(job, f"effective_{key}")
    return said


def _kind(value: Any, tag: str) -> dict[str, Any]:
    return {tag: value.kind, **_record(value)}


def _record(value: Any) -> dict[str, Any]:
    """The fields of a dataclass; what is None was not said, and has no default to write out."""
    said = {item.name: getattr(value, item.name) for item in fields(value)}
    return {name: _plain(found) for name, found in said.items() if found is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(found) for key, found in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
