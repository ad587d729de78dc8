"""The problem of both sweep scripts: the phase of a GHZ state, read from its parity."""

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter


def ghz(qubits: int, phase: float | Parameter) -> QuantumCircuit:
    """A GHZ state, a phase on each qubit, and all measured along x."""
    circuit = QuantumCircuit(qubits)
    circuit.h(0)
    for qubit in range(qubits - 1):
        circuit.cx(qubit, qubit + 1)
    for qubit in range(qubits):
        circuit.rz(phase, qubit)
    circuit.h(range(qubits))
    circuit.measure_all()
    return circuit
