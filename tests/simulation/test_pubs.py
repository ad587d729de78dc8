"""Measurements at the end of an estimator's circuit are left out, and no others are."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.classical import expr
from qiskit.primitives.containers.estimator_pub import EstimatorPub

from qspec.backends.aer import Aer
from qspec.simulation.exact import evaluate_each
from qspec.simulation.local import Share
from qspec.simulation.pubs import unmeasured
from qspec.simulation.sampled import estimate_each


def fed_forward():
    circuit = QuantumCircuit(2, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    return circuit


def teleported(angle):
    qubits, bits = QuantumRegister(3, "q"), ClassicalRegister(2, "c")
    circuit = QuantumCircuit(qubits, bits)
    circuit.rx(angle, 0)
    circuit.h(1)
    circuit.cx(1, 2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test((bits[1], 1)):
        circuit.x(2)
    with circuit.if_test((bits[0], 1)):
        circuit.z(2)
    return circuit


def sampled(circuit, observables):
    pub = EstimatorPub.coerce((circuit, observables, None, 0.01))
    shares = [Share(pubs=[pub], seed=1, pub_seeds=[5])]
    return next(estimate_each(Aer().open(), shares, options={}, shots=10_000)).result[0].data.evs


def exact(circuit, observables):
    pub = EstimatorPub.coerce((circuit, observables, None, 1e-9))
    backend = Aer(expectation="exact").open()
    shares = [Share(pubs=[pub], seed=1, pub_seeds=[5])]
    return next(evaluate_each(backend, shares, options={}, precision=1e-9)).result[0].data.evs


@pytest.mark.parametrize("run", [sampled, exact])
def test_a_measurement_that_is_read_later_is_made(run):
    assert run(fed_forward(), ["ZI", "IZ"]) == pytest.approx([-1, -1], abs=1e-6)


@pytest.mark.parametrize("run", [sampled, exact])
def test_a_teleported_state_is_the_one_that_was_sent(run):
    found = run(teleported(0.8), ["ZII", "YII", "XII"])
    assert found == pytest.approx([np.cos(0.8), -np.sin(0.8), 0], abs=0.05)


@pytest.mark.parametrize("run", [sampled, exact])
def test_a_final_measurement_after_feed_forward_is_left_out(run):
    circuit = teleported(0.8)
    circuit.add_register(ClassicalRegister(1, "out"))
    circuit.barrier()
    circuit.measure(2, 2)
    assert run(circuit, "YII") == pytest.approx(-np.sin(0.8), abs=0.05)


def test_a_measurement_that_a_stored_expression_reads_is_kept():
    circuit = QuantumCircuit(2, 1)
    seen = circuit.add_var("seen", expr.lift(False))
    circuit.x(0)
    circuit.measure(0, 0)
    circuit.store(seen, circuit.clbits[0])
    with circuit.if_test(seen):
        circuit.x(1)
    assert unmeasured(circuit).count_ops()["measure"] == 1


def test_a_register_with_the_name_of_the_added_one_does_no_harm():
    circuit = fed_forward()
    circuit.add_register(ClassicalRegister(1, "_meas"))
    assert sampled(circuit, "ZI") == -1
