"""Targets by themselves: as a backend, and cut down to some of their qubits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qiskit.providers import BackendV2
    from qiskit.transpiler import Target


def backend_of(target: Target) -> BackendV2:
    """A backend that is nothing but a target, for functions that want a backend in order to read its target."""
    from qiskit.providers import BackendV2, Options

    class TargetBackend(BackendV2):  # type: ignore[misc]
        """Has a target and runs nothing."""

        @property
        def target(self) -> Target:
            return target

        @property
        def max_circuits(self) -> None:
            return None

        @classmethod
        def _default_options(cls) -> Options:
            return Options()

        def run(self, run_input: Any, **options: Any) -> Any:
            raise NotImplementedError

    return TargetBackend(name="target")


def select(target: Target, keep: Callable[[str, tuple[int, ...]], bool]) -> Target:
    """A target of the same qubits and operations, each only at the qubits where `keep(name, qubits)` says so.

    Operations that are not tied to qubits stay as they are. Bounds of angles are not carried over: what runs on it
    is translated already.
    """
    from qiskit.transpiler import Target

    selected = Target(num_qubits=target.num_qubits, dt=target.dt, qubit_properties=target.qubit_properties)
    for name in target.operation_names:
        places = {qubits: known for qubits, known in target[name].items() if qubits is None or keep(name, qubits)}
        selected.add_instruction(target.operation_from_name(name), None if None in places else places, name=name)
    return selected


def take(target: Target, qubits: Sequence[int]) -> Target:
    """A target of only these qubits, in this order: what was qubit `qubits[k]` is qubit `k`.

    Durations, errors, `dt`, timing constraints and T1, T2 are kept; instructions that reach outside are left out.
    """
    from qiskit.transpiler import Target

    if target.num_qubits is None:
        return target
    new = {qubit: index for index, qubit in enumerate(qubits)}
    groups = [[new[qubit] for qubit in group if qubit in new] for group in target.concurrent_measurements or ()]
    known = target.qubit_properties
    taken = Target(
        num_qubits=len(qubits),
        dt=target.dt,
        granularity=target.granularity,
        min_length=target.min_length,
        pulse_alignment=target.pulse_alignment,
        acquire_alignment=target.acquire_alignment,
        qubit_properties=[known[qubit] for qubit in qubits] if known else None,
        concurrent_measurements=[group for group in groups if group] or None,
    )
    for name in target.operation_names:
        operation = target.operation_from_name(name)
        if None in target[name]:
            taken.add_instruction(operation, name=name)
            continue
        places = {
            tuple(new[qubit] for qubit in places): properties
            for places, properties in target[name].items()
            if new.keys() >= set(places)
        }
        taken.add_instruction(operation, places, name=name)
    return taken
