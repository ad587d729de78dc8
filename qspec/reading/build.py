"""Valid data becomes a `Spec`: each mapping the object of its kind, lists tuples, integral numbers whole."""

from __future__ import annotations

from dataclasses import fields
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
        backend=_kind(kinds.BACKENDS, data["backend"]),
        transpile=_record(Transpile, data.get("transpile", {})),
        execution=_record(Execution, data.get("execution", {})),
        circuits={name: _circuit(entry) for name, entry in data["circuits"].items()},
        jobs={name: _job(entry) for name, entry in data["jobs"].items()},
        sinks=tuple(_kind(kinds.SINKS, entry) for entry in data.get("sinks", ())),
        expect=tuple(_kind(kinds.CHECKS, entry) for entry in data.get("expect", ())),
        limits=_record(Limits, data.get("limits", {})),
    )


def _kind(shelf: kinds.Shelf, entry: Mapping[str, Any]) -> Any:
    return _record(shelf.find(entry[shelf.tag]), {key: value for key, value in entry.items() if key != shelf.tag})


def _circuit(entry: Mapping[str, Any]) -> Circuit:
    source = {key: value for key, value in entry.items() if key not in _CIRCUIT_KEYS}
    shared = {key: entry[key] for key in _CIRCUIT_KEYS if key in entry}
    return Circuit(source=_kind(kinds.CIRCUITS, source), **shared)


def _job(entry: Mapping[str, Any]) -> Any:
    pubs = tuple(_record(Pub, pub) for pub in entry.get("pubs", ()))
    return _kind(kinds.PROGRAMS, {**entry, "pubs": pubs})


def _record(cls: Any, entry: Mapping[str, Any]) -> Any:
    whole = {field.name for field in fields(cls) if str(field.type).startswith("int")}
    return cls(**{key: _value(value, whole=key in whole) for key, value in entry.items()})


def _value(value: Any, *, whole: bool) -> Any:
    if whole:
        return _whole(value)
    return tuple(value) if isinstance(value, list) else value


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
