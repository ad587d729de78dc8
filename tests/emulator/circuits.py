"""Circuits for the tests, written in the gates of the devices."""

from __future__ import annotations

import math

from qiskit import QuantumCircuit


def bell(num_qubits: int = 5, *, measured: bool = True) -> QuantumCircuit:
    """A Bell pair on the qubits 0 and 1, in rz, sx and cx."""
    circuit = QuantumCircuit(num_qubits, 0)
    circuit.rz(math.pi / 2, 0)
    circuit.sx(0)
    circuit.rz(math.pi / 2, 0)
    circuit.cx(0, 1)
    if measured:
        from qiskit import ClassicalRegister

        circuit.add_register(ClassicalRegister(2, "meas"))
        circuit.measure([0, 1], [0, 1])
    return circuit
