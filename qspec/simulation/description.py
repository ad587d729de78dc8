"""A target as JSON data, for the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qiskit.transpiler import Target

_TIMING = ("granularity", "min_length", "pulse_alignment", "acquire_alignment")


def describe(target: Target) -> dict[str, Any]:
    """Everything that a target knows: `dt` and durations in seconds, T1 and T2 in seconds, frequencies in hertz.

    `instructions` maps each operation to the places where it can be used; a place with `qubits: null` is everywhere.
    """
    return {
        "num_qubits": target.num_qubits,
        "dt": target.dt,
        "timing_constraints": {name: getattr(target, name) for name in _TIMING},
        "operations": sorted(target.operation_names),
        "instructions": {name: _places(target[name]) for name in sorted(target.operation_names)},
        "qubits": [_qubit(known) for known in target.qubit_properties or ()],
    }


def _places(places: Mapping[tuple[int, ...] | None, Any]) -> list[dict[str, Any]]:
    return [
        {
            "qubits": None if qubits is None else list(qubits),
            "error": getattr(properties, "error", None),
            "duration": getattr(properties, "duration", None),
        }
        for qubits, properties in places.items()
    ]


def _qubit(known: Any) -> dict[str, Any]:
    return {name: getattr(known, name, None) for name in ("t1", "t2", "frequency")}
