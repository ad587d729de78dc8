"""Aer by itself: the target of an ideal simulator, and which options it takes."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from qspec.diagnostics import nearest
from qspec.errors import UsageError
from qspec.installed import version_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qiskit.transpiler import Target

METHODS = (
    "automatic",
    "statevector",
    "density_matrix",
    "stabilizer",
    "extended_stabilizer",
    "matrix_product_state",
    "tensor_network",
)
"""The methods of `AerSimulator` that can measure."""

_ELSEWHERE = {
    "method": "it is a key of the backend",
    "device": "it is a key of the backend",
    "precision": "it is a key of the backend",
    "noise_model": "use 'noise_from', a key of the backend",
    "shots": "it is a key of the job",
    "seed_simulator": "it comes from 'seed', a key of the spec",
    "memory": "qspec sets it",
    "executor": "qspec sets it",
}


def aer_source() -> dict[str, str]:
    """What the record says of the simulator's version."""
    return {"package": f"qiskit-aer {version_of('qiskit-aer')}"}


@cache
def ideal_target(method: str = "automatic") -> Target:
    """The target of `AerSimulator(method=…)`: its gates, on any qubits, with neither errors nor durations.

    It differs from `AerSimulator.target` in two things, so that circuits transpile the same everywhere: it has no
    number of qubits, which there is what fits into this machine's memory, and its operations stand in a fixed order.
    It is made once in a process and shared: nobody changes it. Raises `UsageError` for a method that this Aer cannot run.
    """
    from qiskit.transpiler import Target
    from qiskit_aer import AerSimulator
    from qiskit_aer.aererror import AerError

    try:
        gates = AerSimulator(method=method).target
    except AerError as error:
        raise UsageError(f"this Aer has no method '{method}'", advice=str(error.message)) from error
    target = Target(num_qubits=None)
    for name in sorted(gates.operation_names):
        target.add_instruction(gates.operation_from_name(name), name=name)
    return target


def check_options(options: Mapping[str, Any], **fixed: Any) -> None:
    """Raises `UsageError` for an option that `AerSimulator` does not know, or a value that it refuses.

    `fixed` are options that a backend has keys for (`method`, `device`, `precision`); Aer must take these too.
    """
    for name, value in options.items():
        _check_option(name, value)
    if not options and all(_defaults()[name] == value for name, value in fixed.items()):
        return
    refused = next((name for name, value in options.items() if _refusal({name: value})), None)
    if refused is not None:
        raise UsageError(f"AerSimulator refuses {options[refused]!r} for its option '{refused}'")
    if words := _refusal({**fixed, **options}):
        raise UsageError(f"AerSimulator refuses these settings: {words}")


def _check_option(name: str, value: Any) -> None:
    if name in _ELSEWHERE:
        raise UsageError(f"'{name}' is not set under 'options'", advice=_ELSEWHERE[name])
    if name not in _defaults():
        known = [option for option in _defaults() if option not in _ELSEWHERE]
        near = nearest(name, known)
        advice = f"did you mean '{near}'?" if near else f"its options: {', '.join(sorted(known))}"
        raise UsageError(f"AerSimulator has no option '{name}'", advice=advice)
    default = _defaults()[name]
    if isinstance(default, (bool, str)) and type(value) is not type(default):
        wanted = "true or false" if isinstance(default, bool) else "text"
        raise UsageError(f"the option '{name}' of AerSimulator must be {wanted}, not {value!r}")


@cache
def _defaults() -> dict[str, Any]:
    from qiskit_aer import AerSimulator

    return dict(AerSimulator().options.items())


def _refusal(options: Mapping[str, Any]) -> str:
    """What Aer says against options when a circuit of one qubit is run with them; empty if it runs."""
    from qiskit import QuantumCircuit
    from qiskit.exceptions import QiskitError
    from qiskit_aer import AerSimulator

    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    try:
        AerSimulator(**options).run(circuit, shots=1).result()
    except (QiskitError, RuntimeError, TypeError, ValueError) as error:
        return str(error).strip("'\"")
    return ""
