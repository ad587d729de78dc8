"""Valid data becomes a `Spec`: each mapping the object of its kind, lists tuples, integral numbers whole."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

from qspec import kinds
from qspec.spec import Circuit, Execution, Limits, Pub, Spec, Transpile

if TYPE_CHECKING:
    from collections.abc import Mapping

_CIRCUIT_KEYS = ("measure", "bind")


def build(data: Mapping[str, Any]) -> Spec:
    """The spec of data that the schema accepts and whose paths are root-relative."""
    return Spec(
        name=data["name"],
        description=data.get("description", ""),
        tags=tuple(data.get("tags", ())),
        seed=_whole(data.get("seed")),
        backend=backend_of(data["backend"]),
        transpile=_record(Transpile, data.get("transpile", {})),
        execution=_record(Execution, data.get("execution", {})),
        circuits={name: circuit_of(entry) for name, entry in data["circuits"].items()},
        jobs={name: job_of(entry) for name, entry in data["jobs"].items()},
        sinks=tuple(_kind(kinds.SINKS, entry) for entry in data.get("sinks", ())),
        expect=checks_of(data),
        limits=_record(Limits, data.get("limits", {})),
    )


def checks_of(data: Mapping[str, Any]) -> tuple[Any, ...]:
    """The expectations of a spec's data."""
    return tuple(_kind(kinds.CHECKS, entry) for entry in data.get("expect", ()))


def _kind(shelf: kinds.Shelf, entry: Mapping[str, Any]) -> Any:
    return _record(shelf.find(entry[shelf.tag]), {key: value for key, value in entry.items() if key != shelf.tag})


def backend_of(entry: Mapping[str, Any]) -> Any:
    """The backend of a spec."""
    return _kind(kinds.BACKENDS, entry)


def circuit_of(entry: Mapping[str, Any]) -> Circuit:
    """The circuit of one entry of `circuits`."""
    source = {key: value for key, value in entry.items() if key not in _CIRCUIT_KEYS}
    shared = {key: entry[key] for key in _CIRCUIT_KEYS if key in entry}
    return Circuit(source=_kind(kinds.CIRCUITS, source), **shared)


def job_of(entry: Mapping[str, Any]) -> Any:
    """The program of one entry of `jobs`."""
    pubs = tuple(_record(Pub, pub) for pub in entry.get("pubs", ()))
    return _kind(kinds.PROGRAMS, {**entry, "pubs": pubs})


def _record(cls: Any, entry: Mapping[str, Any]) -> Any:
    whole = _whole_fields(cls)
    return cls(**{key: _value(value, whole=key in whole) for key, value in entry.items()})


@cache
def _whole_fields(cls: Any) -> frozenset[str]:
    return frozenset(field.name for field in fields(cls) if str(field.type).startswith("int"))


def _value(value: Any, *, whole: bool) -> Any:
    if whole:
        return _whole(value)
    return tuple(value) if isinstance(value, list) else value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
