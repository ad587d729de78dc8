"""Circuits that samplomatic gets wrong are translated or refused; a test notices when it is mended."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.quantum_info import Operator, SparsePauliOp, Statevector
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime.executor_estimator import Estimator

from qspec.errors import JobError
from qspec.simulation.twirlable import foreign_gates, twirlable

PAULIS = [SparsePauliOp(first + second) for first in "IXYZ" for second in "IXYZ"][1:]


def two_of(gate, *angles):
    """The same gate with two different angles, side by side before the measurement."""
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.t(0)
    for qubit, angle in enumerate(angles):
        getattr(circuit, gate)(*([angle] * (3 if gate == "u" else 1)), qubit)
    return circuit


def deviation(circuit):
    """The largest difference between the runtime's unmitigated values and the exact ones, in standard errors."""
    exact = np.array([Statevector(circuit).expectation_value(pauli).real for pauli in PAULIS])
    options = {"resilience_level": 0, "simulator": {"seed_simulator": 3}}
    wanted = EstimatorPub.coerce((circuit, PAULIS, None, 0.01))
    found = Estimator(mode=AerSimulator(), options=options).run([wanted]).result()[0].data
    return np.max(np.abs(found.evs - exact)) / 0.01


@pytest.mark.parametrize("gate", ["ry", "p", "u"])
def test_samplomatic_still_mixes_up_the_angles_of_these_gates(gate):
    assert foreign_gates([two_of(gate, 0.5, 1.3)])
    assert deviation(two_of(gate, 0.5, 1.3)) > 10, "mended upstream: narrow qspec.simulation.twirlable"


@pytest.mark.parametrize("gate", ["rz", "rx"])
def test_gates_that_are_left_alone_are_handled_correctly(gate):
    circuit = two_of(gate, 0.5, 1.3)
    assert not foreign_gates([circuit])
    assert twirlable(circuit, noisy=True) is circuit
    assert deviation(circuit) < 5


@pytest.mark.parametrize("gate", ["ry", "p", "u"])
def test_a_translated_circuit_does_the_same_and_is_handled_correctly(gate):
    circuit = two_of(gate, 0.5, 1.3)
    translated = twirlable(circuit, noisy=False)
    assert not foreign_gates([translated])
    assert Operator(translated).equiv(Operator(circuit))
    assert deviation(translated) < 5


def test_a_translated_circuit_keeps_its_parameters_and_measurements():
    circuit = QuantumCircuit(1)
    circuit.ry(Parameter("a"), 0)
    circuit.measure_all()
    translated = twirlable(circuit, noisy=False)
    assert {parameter.name for parameter in translated.parameters} == {"a"}
    assert [register.name for register in translated.cregs] == ["meas"]


def test_under_noise_foreign_gates_are_refused_since_other_gates_have_other_noise():
    with pytest.raises(JobError, match="with the gate ry"):
        twirlable(two_of("ry", 0.5, 1.3), noisy=True)


def test_gates_inside_of_control_flow_count():
    circuit = QuantumCircuit(1, 1)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.ry(0.3, 0)
    assert foreign_gates([circuit]) == ("ry",)
