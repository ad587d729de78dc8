"""Targets by themselves: as a backend, and cut down to some of their qubits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from qiskit.providers import BackendV2
    from qiskit.transpiler import Target


def backend_of(target: Target) -> BackendV2:
    """A backend that is nothing but a target, for functions that want a backend in order to read its target."""
    from qiskit.providers import BackendV2, Options

    class TargetBackend(BackendV2):
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
