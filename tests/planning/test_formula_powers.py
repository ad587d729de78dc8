from __future__ import annotations

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qspec.planning.fingerprint import fingerprint

a, b, c = (Parameter(name) for name in "abc")


def turned(angle):
    circuit = QuantumCircuit(1)
    circuit.rx(angle, 0)
    return circuit


@pytest.mark.parametrize(
    ("one", "other"),
    [((-a) ** 2, -(a**2)), ((a**b) ** c, a ** (b**c)), ((-a) ** b, -(a**b)), ((a + b) ** 2, a + b**2)],
)
def test_powers_with_different_brackets_have_different_hashes(one, other):
    assert fingerprint(turned(one)) != fingerprint(turned(other))
