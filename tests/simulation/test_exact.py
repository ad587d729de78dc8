"""Exact values: Aer's own, on any number of threads, also where a circuit measures, resets or initializes midway."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import efficient_su2
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.quantum_info import DensityMatrix, SparsePauliOp
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer.primitives import EstimatorV2

from qspec.backends.aer import Aer
from qspec.simulation.chance import has_chance
from qspec.simulation.exact import evaluate_each
from qspec.simulation.local import Share
from qspec.simulation.pubs import narrow

ANGLE = 0.8


def run(circuit, observables, parameters=None, **keys):
    pub = EstimatorPub.coerce((circuit, observables, parameters, 1e-9))
    shares = [Share(pubs=[pub], seed=1, pub_seeds=[3])]
    return next(evaluate_each(Aer(expectation="exact", **keys).open(), shares, options={}, precision=1e-9))


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


def ansatz(qubits):
    circuit = efficient_su2(qubits, reps=1)
    values = np.random.default_rng(5).random((2, 3, circuit.num_parameters))
    ends = SparsePauliOp(["Z" * qubits, "X" + "I" * (qubits - 1)], [0.3, -1.7])
    return circuit, [ends, SparsePauliOp("Y" * qubits)], values


@pytest.mark.parametrize("keys", [{}, {"noise_from": "fake_manila"}, {"method": "matrix_product_state"}], ids=str)
def test_the_numbers_are_those_of_aers_own_estimator(keys):
    """Values, and the noise of the precision from the same generator."""
    backend = Aer(expectation="exact", **keys).open()
    circuit, observables, values = ansatz(3)
    isa = generate_preset_pass_manager(1, target=backend.target, seed_transpiler=1).run(circuit)
    mapped = [[[observable.apply_layout(isa.layout)]] for observable in observables]
    pub = EstimatorPub.coerce((isa, mapped, values, 0.1))
    ours = next(evaluate_each(backend, [Share(pubs=[pub], seed=1, pub_seeds=[9])], options={}, precision=0.1))
    small = narrow(backend, pub)
    method = "density_matrix" if "noise_from" in keys else None
    simulator = small.backend.simulator([small.pub.circuit], method=method)
    judge = EstimatorV2.from_backend(simulator, options={"run_options": {"seed_simulator": 9}})
    theirs = judge.run([small.pub]).result()[0]
    assert list(ours.result[0].data) == list(theirs.data)
    assert np.array_equal(ours.result[0].data.evs, theirs.data.evs)
    assert np.array_equal(ours.result[0].data.stds, theirs.data.stds)
    assert ours.result[0].metadata.keys() == theirs.metadata.keys()


@pytest.mark.parametrize("keys", [{}, {"method": "density_matrix"}], ids=str)
def test_the_last_bits_of_values_do_not_depend_on_the_number_of_threads(keys):
    """With several threads for one state, Aer adds up its probabilities in another order."""
    circuit, observables, values = ansatz(8 if keys else 16)
    found = [
        run(circuit, observables[0], values[0, 0], options={"max_parallel_threads": count}, **keys).result[0].data.evs
        for count in (1, 2, 8)
    ]
    assert found[0] == found[1] == found[2]


def test_a_circuit_without_parameters_is_evaluated_once_for_many_points():
    backend = Aer(expectation="exact").open()
    circuit = QuantumCircuit(1)
    circuit.ry(ANGLE, 0)
    pub = EstimatorPub.coerce((circuit, "Z", None, 1e-9))
    shares = [Share(pubs=[pub], seed=1, pub_seeds=[seed]) for seed in range(1, 6)]
    found = [outcome.result[0].data.evs for outcome in evaluate_each(backend, shares, options={}, precision=1e-9)]
    assert found == pytest.approx([np.cos(ANGLE)] * 5, abs=1e-7)
    assert len({float(value) for value in found}) == 5
