from __future__ import annotations

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qspec.planning.estimate import REP_DELAY, duration_of, qpu_seconds, readout_of, rep_delay_of


def length(target, name, *qubits):
    return target[name][qubits].duration


def test_the_duration_is_that_of_the_longest_path(line_target):
    circuit = QuantumCircuit(5, 1)
    circuit.x(0)
    circuit.cx(0, 1)
    circuit.x(3)
    circuit.measure(1, 0)
    steps = (("x", 0), ("cx", 0, 1), ("measure", 1))
    expected = sum(length(line_target, *step) for step in steps)
    assert duration_of(circuit, line_target) == pytest.approx(expected, rel=1e-6)


def test_where_the_target_cannot_tell_there_is_no_estimate(line_target, aer_target):
    bell = QuantumCircuit(2)
    bell.h(0)
    assert duration_of(bell, aer_target) is None
    branching = QuantumCircuit(1, 1)
    with branching.if_test((0, 1)):
        branching.x(0)
    assert duration_of(branching, line_target) is None
    waiting = QuantumCircuit(1)
    waiting.delay(Parameter("t"), 0)
    assert duration_of(waiting, line_target) is None


def test_the_readout_that_an_estimator_adds_is_the_longest_of_the_qubits(line_target, aer_target):
    longest = max(length(line_target, "measure", qubit) for qubit in (1, 2))
    assert readout_of((1, 2), line_target) == longest
    assert readout_of((0, 1), aer_target) == 0.0


def test_the_formula():
    assert qpu_seconds(1e-4, executions=3, shots=1000, rep_delay=2.5e-4) == pytest.approx(1.05)
    assert rep_delay_of({}) == REP_DELAY == 2.5e-4
    assert rep_delay_of({"execution": {"rep_delay": 1e-3}}) == 1e-3
    assert rep_delay_of({"execution": {}}) == REP_DELAY
