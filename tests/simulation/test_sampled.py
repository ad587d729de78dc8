"""Sampled expectation values: right on average, with honest errors, and drawn as the runtime's estimator draws them."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import U2Gate, efficient_su2
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.quantum_info import SparsePauliOp, Statevector
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer import AerSimulator
from scipy import stats

from qspec.backends.fake import Fake
from qspec.simulation.pubs import unmeasured
from qspec.simulation.sampled import estimate, settings_of

SHOTS = 4096


def pub(circuit, observables, parameters=None):
    return EstimatorPub.coerce((circuit, observables, parameters, 0.01))


def run(circuit, observables, parameters=None, *, shots=SHOTS, seed=7):
    wanted = pub(circuit, observables, parameters)
    return estimate(AerSimulator(), wanted, settings_of(wanted), shots=shots, seed=seed).data


def ising(qubits, field=0.7):
    terms = [("ZZ", [i, i + 1], -1.0) for i in range(qubits - 1)] + [("X", [i], -field) for i in range(qubits)]
    return SparsePauliOp.from_sparse_list(terms, num_qubits=qubits)


def ghz(qubits):
    circuit = QuantumCircuit(qubits)
    circuit.h(0)
    for qubit in range(1, qubits):
        circuit.cx(0, qubit)
    return circuit


@pytest.mark.parametrize(("label", "value"), [("IZ", -1), ("ZI", 1), ("ZZ", -1), ("II", 1)])
def test_the_rightmost_letter_acts_on_qubit_0(label, value):
    flipped = QuantumCircuit(2)
    flipped.x(0)
    data = run(flipped, label)
    assert data.evs == value
    assert data.stds == 0


@pytest.mark.parametrize(("gates", "label"), [("h", "X"), ("hs", "Y"), ("x", "Z")])
def test_each_pauli_is_measured_along_its_own_axis(gates, label):
    circuit = QuantumCircuit(1)
    for gate in gates:
        getattr(circuit, gate)(0)
    sign = -1 if gates == "x" else 1
    assert run(circuit, label).evs == sign


def test_energies_agree_with_the_exact_state_within_their_errors():
    circuit = efficient_su2(5, reps=1)
    angles = np.random.default_rng(5).uniform(-np.pi, np.pi, (40, circuit.num_parameters))
    hamiltonian = ising(5)
    data = run(circuit, hamiltonian, angles)
    exact = [Statevector(circuit.assign_parameters(row)).expectation_value(hamiltonian).real for row in angles]
    pulls = (data.evs - exact) / data.stds
    assert stats.kstest(pulls, "norm").pvalue > 0.01


def test_the_ground_state_of_an_ising_chain_has_the_energy_of_exact_diagonalisation():
    hamiltonian = ising(4)
    energies, states = np.linalg.eigh(hamiltonian.to_matrix())
    circuit = QuantumCircuit(4)
    circuit.prepare_state(Statevector(states[:, 0]))
    data = run(circuit.decompose(reps=8), hamiltonian)
    assert abs(data.evs - energies[0]) < 4 * data.stds


def test_errors_of_correlated_terms_add_up():
    """All Z of a GHZ state are one coin: their sum spreads n times as much as one of them, not √n times."""
    total = SparsePauliOp.from_sparse_list([("Z", [i], 1.0) for i in range(6)], num_qubits=6)
    repeated = np.zeros((400, 1))
    circuit = ghz(6)
    circuit.rz(Parameter("a"), 0)  # changes nothing: only there to repeat the measurement
    data = run(circuit, total, repeated, shots=100)
    spread = data.evs.std()
    assert data.stds.mean() == pytest.approx(6 / np.sqrt(100), rel=0.02)
    assert spread == pytest.approx(data.stds.mean(), rel=0.1)
    assert data.ensemble_standard_error.mean() == pytest.approx(np.sqrt(6) / np.sqrt(100), rel=0.02)


def test_an_eigenvalue_has_no_error():
    energy = SparsePauliOp(["ZZI", "IZZ", "XXX"], [1, 2, 3])
    data = run(ghz(3), energy)
    assert data.evs == 6
    assert data.stds == 0


def test_observables_and_parameters_broadcast_as_arrays_do():
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("a"), 0)
    angles = np.linspace(0, np.pi, 5).reshape(5, 1, 1)
    data = run(circuit, ["Z", "Y"], angles)
    assert data.shape == (5, 2)
    expected = np.stack([np.cos(angles[:, 0, 0]), -np.sin(angles[:, 0, 0])], axis=1)
    assert data.evs == pytest.approx(expected, abs=0.07)


def test_parameters_are_bound_by_name_not_by_the_order_of_the_columns():
    circuit = QuantumCircuit(2)
    circuit.rx(Parameter("z"), 0)
    circuit.rx(Parameter("a"), 1)
    data = run(circuit, ["IZ", "ZI"], {"z": np.pi, "a": 0.0})
    assert data.evs.tolist() == [-1, 1]


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    first, again, other = (run(ghz(3), ["ZII", "IXI"], seed=seed) for seed in (1, 1, 2))
    assert (first.evs == again.evs).all()
    assert (first.stds == again.stds).all()
    assert (first.evs != other.evs).all()


def test_equal_parameter_sets_are_measured_independently():
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("a"), 0)
    data = run(circuit, "Z", np.full((50, 1), np.pi / 2))
    assert len(set(data.evs)) > 30
    assert abs(np.corrcoef(data.evs[:-1], data.evs[1:])[0, 1]) < 0.4


def test_final_measurements_are_left_out_and_earlier_ones_kept():
    circuit = QuantumCircuit(2, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.cx(0, 1)
    middle = run(circuit, ["XI", "IX", "ZZ"])
    assert middle.evs[2] == 1
    assert abs(middle.evs[1]) < 0.1  # measured in the middle: no coherence is left
    circuit = ghz(2)
    circuit.measure_all()
    assert run(circuit, "XX").evs == 1
    assert unmeasured(ghz(2)).num_clbits == 0


def test_more_than_64_qubits_are_measured():
    circuit = QuantumCircuit(70)
    circuit.x(69)
    circuit.x(3)
    observables = [SparsePauliOp.from_sparse_list([("Z", [qubit], 1.0)], num_qubits=70) for qubit in (69, 3, 64)]
    observables.append(SparsePauliOp("Z" * 70))
    assert run(circuit, observables).evs.tolist() == [-1, -1, 1, 1]


def test_observables_with_a_layout_are_measured_where_their_qubits_went():
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    circuit = QuantumCircuit(3)
    circuit.x(0)
    circuit.ry(1.1, 2)
    target = FakeManilaV2().target
    placed = generate_preset_pass_manager(2, target=target, initial_layout=[4, 0, 2], seed_transpiler=1).run(circuit)
    data = run(placed, [SparsePauliOp(label).apply_layout(placed.layout) for label in ("IIZ", "IZI", "ZII")])
    assert data.evs[:2].tolist() == [-1, 1]
    assert data.evs[2] == pytest.approx(np.cos(1.1), abs=0.05)


def test_under_noise_qubits_are_turned_by_gates_of_the_device():
    """Measuring X on a device of u1, u2 and u3 is a u2 and a measurement, with the noise of both."""
    backend = Fake(name="fake_almaden").open()
    circuit = QuantumCircuit(backend.target.num_qubits)
    circuit.append(U2Gate(0, np.pi), [3])
    simulator = backend.simulator([circuit], added_on=[3])
    observable = SparsePauliOp.from_sparse_list([("X", [3], 1.0)], num_qubits=circuit.num_qubits)
    wanted = pub(circuit, observable)
    settings = settings_of(wanted, backend.noise_target)
    found = estimate(simulator, wanted, settings, shots=SHOTS, seed=1).data
    by_hand = circuit.copy()
    by_hand.append(U2Gate(0, np.pi), [3])
    by_hand.add_register(ClassicalRegister(1))
    by_hand.measure(3, 0)
    counts = simulator.run(by_hand, shots=SHOTS, seed_simulator=1).result().get_counts()
    assert found.evs == pytest.approx((counts["0"] - counts["1"]) / SHOTS)
    assert found.evs < 0.98
