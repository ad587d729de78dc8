"""Small simulations take one thread, with the same results; the measure of small is rough."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit

from qspec.backends.aer import Aer
from qspec.simulation.effort import work_of


def layered(qubits, layers, *, midway=False):
    circuit = QuantumCircuit(qubits)
    for _ in range(layers):
        circuit.h(range(qubits))
        circuit.cx(range(0, qubits - 1, 2), range(1, qubits, 2))
    if midway:
        circuit.reset(0)
    circuit.measure_all()
    return circuit


@pytest.mark.parametrize(("qubits", "shots", "small"), [(5, 1024, True), (12, 4096, True), (18, 4096, False)])
def test_a_call_of_few_qubits_and_shots_takes_one_thread(qubits, shots, small):
    backend = Aer().open()
    assert bool(backend.run_options([(layered(qubits, 4), 1)], shots=shots)) == small


def test_many_parameter_sets_share_the_threads_out():
    assert Aer().open().run_options([(layered(5, 4), 1000)], shots=4096) == {}


def test_the_backends_own_number_of_threads_stays():
    backend = Aer(options={"max_parallel_threads": 2}).open()
    assert backend.run_options([(layered(2, 1), 1)], shots=10) == {}


def test_shots_that_are_simulated_one_by_one_count_one_by_one():
    plain, noisy, reset = (
        work_of(layered(5, 4), noisy=False),
        work_of(layered(5, 4), noisy=True),
        work_of(layered(5, 4, midway=True), noisy=False),
    )
    assert noisy.of(sets=1, shots=1000) > 5 * plain.of(sets=1, shots=1000)
    assert reset.of(sets=1, shots=1000) > 5 * plain.of(sets=1, shots=1000)
    assert plain.of(sets=7, shots=10) == 7 * plain.of(sets=1, shots=10)


def test_the_width_is_that_of_the_qubits_in_use():
    wide = QuantumCircuit(133)
    wide.h(5)
    narrow = QuantumCircuit(1)
    narrow.h(0)
    assert work_of(wide, noisy=False) == work_of(narrow, noisy=False)
