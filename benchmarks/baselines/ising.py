"""The problem of both energy scripts: a transverse-field Ising chain of ten spins in trial states of efficient_su2."""

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit.library import efficient_su2
from qiskit.quantum_info import SparsePauliOp

SPINS = 10
PRECISION = 0.015625


def hamiltonian() -> SparsePauliOp:
    """H = - sum ZZ - 0.7 sum X, with open ends."""
    pairs = [("ZZ", [spin, spin + 1], -1.0) for spin in range(SPINS - 1)]
    fields = [("X", [spin], -0.7) for spin in range(SPINS)]
    return SparsePauliOp.from_sparse_list(pairs + fields, num_qubits=SPINS)


def ansatz() -> QuantumCircuit:
    """The trial state, with 60 parameters."""
    return efficient_su2(SPINS, reps=2, entanglement="linear")


def parameter_sets(path: str) -> np.ndarray:
    """The sets of parameters in a file, one a row."""
    return np.load(path)
