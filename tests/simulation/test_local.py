"""The local backend: what its simulators give, whatever machine and number of threads they run on."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.library import efficient_su2
from qiskit.primitives import BackendEstimatorV2
from qiskit.quantum_info import SparsePauliOp, Statevector
from qiskit_aer import AerSimulator
from qiskit_aer.primitives import EstimatorV2, SamplerV2

from qspec.simulation.aer import ideal_target
from qspec.simulation.local import LocalBackend


@pytest.fixture
def manila(target_of):
    target = target_of("fake_manila")
    return LocalBackend(kind="fake", name="fake_manila", target=target, noise_target=target)


@pytest.fixture
def torino(target_of):
    target = target_of("fake_torino")
    return LocalBackend(kind="fake", name="fake_torino", target=target, noise_target=target)


@pytest.fixture
def ideal():
    return LocalBackend(kind="aer", name="aer_simulator", target=ideal_target())


def shots_of(backend, circuits, shots=500, seed=3):
    result = SamplerV2.from_backend(backend.simulator(circuits), seed=seed).run(circuits, shots=shots).result()
    return [next(iter(pub.data.values())).array for pub in result]


def test_an_ideal_backend_gives_the_shots_of_aers_own_sampler(ideal, bell_circuit, transpiled):
    isa = transpiled(bell_circuit, ideal.target)
    theirs = SamplerV2(seed=3).run([isa], shots=500).result()[0].data.meas.array
    assert np.array_equal(shots_of(ideal, [isa])[0], theirs)


def test_an_ideal_backend_gives_exact_values_to_aers_estimator(ideal, transpiled):
    ansatz = efficient_su2(3)
    values = np.linspace(0, 1, ansatz.num_parameters)
    isa = transpiled(ansatz, ideal.target)
    estimator = EstimatorV2.from_backend(ideal.simulator([isa]))
    found = estimator.run([(isa, "XZI", values)], precision=0).result()[0].data.evs
    assert found == pytest.approx(Statevector(ansatz.assign_parameters(values)).expectation_value(SparsePauliOp("XZI")))


@pytest.mark.parametrize("options", [{"max_parallel_threads": count} for count in (1, 2, 8)], ids=str)
def test_threads_do_not_change_a_bit(manila, bell_circuit, control_flow_circuit, transpiled, options):
    circuits = [transpiled(circuit, manila.target) for circuit in (bell_circuit, control_flow_circuit)] * 3
    alone = shots_of(replace(manila, options={"max_parallel_experiments": 1}), circuits)
    for ours, theirs in zip(shots_of(replace(manila, options=options), circuits), alone, strict=True):
        assert np.array_equal(ours, theirs)


def test_qspecs_own_options_do_not_change_a_bit(ideal, transpiled):
    circuit = efficient_su2(12, reps=1)
    circuit.measure_all()
    values = np.linspace(0, 1, 3 * circuit.num_parameters).reshape(3, -1)
    isa = transpiled(circuit, ideal.target)
    ours = SamplerV2.from_backend(ideal.simulator([isa]), seed=5).run([(isa, values)], shots=200).result()
    theirs = SamplerV2.from_backend(AerSimulator(), seed=5).run([(isa, values)], shots=200).result()
    assert np.array_equal(ours[0].data.meas.array, theirs[0].data.meas.array)


def test_options_reach_the_simulator(manila, bell_circuit, transpiled):
    backend = replace(manila, method="density_matrix", precision="single", options={"fusion_threshold": 3})
    options = backend.simulator([transpiled(bell_circuit, manila.target)]).options
    assert (options.method, options.precision, options.fusion_threshold) == ("density_matrix", "single", 3)
    assert options.max_parallel_experiments == 0


def test_a_wide_device_is_simulated_on_the_qubits_in_use(torino, transpiled):
    ghz = QuantumCircuit(3)
    ghz.h(0)
    ghz.cx(0, 1)
    ghz.cx(1, 2)
    ghz.measure_all()
    isa = transpiled(ghz, torino.target)
    assert isa.num_qubits == 133
    counts = SamplerV2.from_backend(torino.simulator([isa]), seed=1).run([isa], shots=2000).result()[0].data.meas
    shares = {bits: count / 2000 for bits, count in counts.get_counts().items()}
    assert shares["000"] + shares["111"] > 0.9
    assert len(shares) > 2


def test_without_a_noise_target_a_device_is_ideal(torino, bell_circuit, transpiled):
    quiet = replace(torino, noise_target=None)
    isa = transpiled(bell_circuit, quiet.target)
    counts = SamplerV2.from_backend(quiet.simulator([isa]), seed=1).run([isa], shots=2000).result()[0].data.meas
    assert set(counts.get_counts()) == {"00", "11"}
    assert (quiet.noisy, quiet.noise_name) == (False, None)


def test_an_estimator_sees_the_readout_errors_of_qubits_that_the_circuit_leaves_alone(manila, transpiled):
    circuit = QuantumCircuit(2)
    circuit.x(0)
    isa = transpiled(circuit, manila.target, initial_layout=[0, 1])
    observable = SparsePauliOp("ZI").apply_layout(isa.layout)
    simulator = manila.simulator([isa], added_on=[0, 1])
    estimator = BackendEstimatorV2(backend=simulator, options={"seed_simulator": 2})
    found = estimator.run([(isa, observable)], precision=0.005).result()[0].data.evs
    expected = 1 - 2 * manila.target["measure"][(1,)].error
    assert found == pytest.approx(expected, abs=0.02)
    assert found < 1


def test_the_noise_of_the_same_circuits_is_built_once(manila, bell_circuit, transpiled):
    isa = transpiled(bell_circuit, manila.target)
    first, second = (manila.simulator([isa]).options.noise_model for _ in range(2))
    assert first is second
    assert manila.simulator([isa], added_on=[4]).options.noise_model is not first


def test_a_backend_can_be_sent_to_another_process(manila, bell_circuit, transpiled):
    isa = transpiled(bell_circuit, manila.target)
    copy = pickle.loads(pickle.dumps(manila))
    assert np.array_equal(shots_of(copy, [isa])[0], shots_of(manila, [isa])[0])


def test_the_description_is_json_with_the_calibration_in_seconds(manila):
    described = manila.description()
    assert json.loads(json.dumps(described)) == described
    assert described["noise_model"] == "qiskit_aer.noise.NoiseModel.from_backend"
    assert described["num_qubits"] == len(described["qubits"]) == 5
    assert 1e-5 < described["qubits"][0]["t1"] < 1e-3
    pair = next(place for place in described["instructions"]["cx"] if place["qubits"] == [0, 1])
    known = manila.target["cx"][(0, 1)]
    assert (pair["error"], pair["duration"]) == (known.error, known.duration)
    assert described["instructions"]["if_else"] == [{"qubits": None, "error": None, "duration": None}]
    assert described["timing_constraints"]["acquire_alignment"] == 16
