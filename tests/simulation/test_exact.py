"""Exact values stay exact where a circuit measures, resets or initializes qubits midway."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.quantum_info import DensityMatrix, SparsePauliOp

from qspec.backends.aer import Aer
from qspec.simulation.chance import has_chance
from qspec.simulation.exact import run_exact

ANGLE = 0.8


def run(circuit, observables, parameters=None, **keys):
    pub = EstimatorPub.coerce((circuit, observables, parameters, 1e-9))
    return run_exact(Aer(expectation="exact", **keys).open(), [pub], options={}, precision=1e-9, seeds=[3])


def entangled():
    circuit = QuantumCircuit(2, 1)
    circuit.ry(ANGLE, 0)
    circuit.cx(0, 1)
    return circuit


@pytest.mark.parametrize("method", ["automatic", "density_matrix"])
def test_a_measurement_midway_dephases(method):
    circuit = QuantumCircuit(1, 1)
    circuit.ry(ANGLE, 0)
    circuit.measure(0, 0)
    circuit.ry(0.3, 0)
    outcome = run(circuit, ["Z", "X"], method=method)
    assert outcome.result[0].data.evs == pytest.approx(np.cos(ANGLE) * np.array([np.cos(0.3), np.sin(0.3)]), abs=1e-7)
    assert outcome.notes == ()


def test_a_reset_midway_leaves_the_partial_trace():
    circuit = entangled()
    circuit.reset(0)
    assert run(circuit, ["IZ", "ZI", "XI"]).result[0].data.evs == pytest.approx([1, np.cos(ANGLE), 0], abs=1e-7)


@pytest.mark.parametrize("state", [[0.6, 0.8j], "r", 1])
def test_an_initialization_midway_prepares_its_state(state):
    circuit = entangled()
    circuit.initialize(state, [0])
    prepared = QuantumCircuit(1)
    prepared.initialize(state, 0)
    expected = [DensityMatrix(prepared).expectation_value(SparsePauliOp(axis)).real for axis in "XYZ"]
    found = run(circuit, ["IX", "IY", "IZ", "ZI"]).result[0].data.evs
    assert found == pytest.approx([*expected, np.cos(ANGLE)], abs=1e-7)


def test_two_qubits_are_initialized_in_their_order():
    circuit = QuantumCircuit(3)
    circuit.ry(ANGLE, 2)
    circuit.cx(2, 0)
    circuit.initialize("01", [0, 1])
    assert run(circuit, ["IIZ", "IZI", "ZII"]).result[0].data.evs == pytest.approx([-1, 1, np.cos(ANGLE)], abs=1e-7)


def test_parameters_stay_after_a_measurement():
    circuit = QuantumCircuit(1, 1)
    circuit.ry(ANGLE, 0)
    circuit.measure(0, 0)
    circuit.ry(Parameter("a"), 0)
    angles = np.array([0.1, 0.7, 2.0])
    assert run(circuit, "Z", angles[:, None]).result[0].data.evs == pytest.approx(
        np.cos(ANGLE) * np.cos(angles), abs=1e-7
    )


def test_noise_and_a_measurement_midway_are_both_in_the_value():
    """The measured qubit was in a superposition: dephased, it can no longer turn back."""
    circuit = QuantumCircuit(1, 1)
    circuit.sx(0)
    circuit.measure(0, 0)
    circuit.sx(0)
    evs = run(circuit, "Z", noise_from="fake_manila").result[0].data.evs
    assert abs(evs) < 0.01


@pytest.mark.parametrize("keys", [{"method": "statevector"}, {}])
def test_values_that_are_averages_say_so(keys):
    circuit = entangled()
    circuit.measure(0, 0)
    circuit.h(0)
    if not keys:
        with circuit.if_test((circuit.clbits[0], 1)):
            circuit.x(1)
    (note,) = run(circuit, "ZI", **keys).notes
    assert "averages over 1024 simulated runs" in note


def test_qubits_in_their_ground_state_are_not_left_to_chance():
    circuit = QuantumCircuit(2, 2)
    circuit.reset(0)
    circuit.initialize("+", 1)
    assert not has_chance(circuit)
    circuit.measure(1, 1)
    assert has_chance(circuit)
