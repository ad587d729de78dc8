"""How long a quantum computer would take, from the target's own durations. An estimate, and labelled as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

REP_DELAY = 250e-6
"""Seconds between shots where neither the job nor the backend says: the default of IBM's devices."""

FORMULA = "executions x shots x (duration of the circuit + delay between shots)"


def duration_of(circuit: QuantumCircuit, target: Target) -> float | None:
    """Seconds of one shot along the longest path of instructions; None where the target cannot tell.

    That is so on ideal simulators, for control flow, and for delays that are parameters.
    """
    from qiskit.exceptions import QiskitError

    try:
        return float(circuit.estimate_duration(target))
    except QiskitError:
        return None


def readout_of(qubits: Iterable[int], target: Target) -> float:
    """Seconds of the longest measurement on these qubits, which an estimator adds to a circuit; 0 if not known."""
    places = target["measure"] if "measure" in target.operation_names else {}
    known = [places.get((qubit,)) for qubit in qubits]
    return max((properties.duration or 0.0 for properties in known if properties is not None), default=0.0)


def qpu_seconds(duration: float, *, executions: int, shots: int, rep_delay: float) -> float:
    """The estimate for one PUB, by `FORMULA`. Loading, queueing and the learning of noise are not counted."""
    return executions * shots * (duration + rep_delay)


def rep_delay_of(options: Any) -> float:
    """Seconds between shots: `options.execution.rep_delay` of a job, else `REP_DELAY`."""
    said = options.get("execution", {}).get("rep_delay")
    return REP_DELAY if said is None else float(said)
