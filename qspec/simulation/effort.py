"""How much work a simulation is, roughly: enough to tell small ones from others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qspec.simulation.compaction import qubits_in_use

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_WIDEST = 30


def effort(circuit: QuantumCircuit, *, dense: bool = False) -> float:
    """The amplitudes that one pass through a circuit changes; with `dense`, the elements of a density matrix.

    Loops count once. Each operation counts as some hundred amplitudes, which is what it costs for few qubits.
    """
    width = min(len(qubits_in_use([circuit])), _WIDEST)
    return (len(circuit.data) + 1) * (2.0 ** (2 * width if dense else width) + 100)
