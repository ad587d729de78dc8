"""How much work a simulation is, roughly: enough to tell small ones from others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.frozen import frozen
from qspec.simulation.chance import draws_midway, dynamic
from qspec.simulation.compaction import qubits_in_use

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from qiskit import QuantumCircuit

_SMALL = 2.0**25
_WIDEST = 30
_OPERATION = 100  # what an operation on few qubits costs beside its amplitudes
_SHOT = 200


@frozen
class Work:
    """The work of one circuit with one parameter set, in amplitudes that change: some nanosecond each."""

    once: float
    each_shot: float

    def of(self, *, sets: int, shots: int) -> float:
        """The work of so many parameter sets with so many shots each."""
        return sets * (self.once + shots * self.each_shot)


def work_of(circuit: QuantumCircuit, *, noisy: bool, dense: bool = False) -> Work:
    """The work of a circuit. Loops count once.

    With noise, and where outcomes decide, each shot is a simulation of its own; not so for density matrices (`dense`).
    """
    width = min(len(qubits_in_use([circuit])), _WIDEST)
    run = (len(circuit.data) + 1) * (2.0 ** (2 * width if dense else width) + _OPERATION)
    if not dense and (noisy or dynamic(circuit) or draws_midway(circuit)):
        return Work(once=0, each_shot=run + _SHOT)
    return Work(once=run, each_shot=_SHOT)


def least_work(*, sets: int, shots: int) -> float:
    """What so many parameter sets with so many shots each take at the least, whatever their circuits."""
    return sets * (_OPERATION + shots * _SHOT)


def threads_for(work: float, options: Mapping[str, Any]) -> dict[str, int]:
    """Run options for a call of Aer of so much work: small ones take one thread, unless the backend's `options` say.

    Results do not depend on it. Threads that wait for one another cost far more than a small simulation takes.
    """
    return {"max_parallel_threads": 1} if work < _SMALL and "max_parallel_threads" not in options else {}
