"""Noise learner jobs: each distinct layer once, results by PUB, and only where there is noise to learn."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.library import efficient_su2
from qiskit.primitives.containers.bindings_array import BindingsArray
from qiskit.quantum_info import QubitSparsePauliList
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_ibm_runtime.results import NoiseLearnerV3Result, NoiseLearnerV3Results

from qspec.backends.fake import Fake
from qspec.errors import JobError
from qspec.programs.noise_learner import NoiseLearner
from qspec.reading.walker import KEYWORDS, accepts
from qspec.service.refusals import refused_layers
from qspec.simulation.boxing import layers_of
from qspec.simulation.options import Surroundings

REMOTE = Surroundings(noisy=True, durations=True, remote=True)


@pytest.fixture(scope="module")
def manila():
    return Fake(name="fake_manila").open()


@pytest.fixture(scope="module")
def circuits(manila):
    manager = generate_preset_pass_manager(1, target=manila.target, seed_transpiler=1, initial_layout=[0, 1, 2])
    chain = QuantumCircuit(3)
    chain.cx(0, 1)
    chain.cx(1, 2)
    chain.cx(0, 1)
    return manager.run(chain), manager.run(efficient_su2(3, reps=2))


def pubs_of(job, circuits):
    return [job.make_pub(circuit, BindingsArray()) for circuit in circuits]


def learned(*layers):
    """A result with these generators and rates for each layer: [(term, …), rate] with a term of letters and qubits."""
    made = []
    for number, layer in enumerate(layers):
        generators = [QubitSparsePauliList.from_sparse_list(list(terms), num_qubits=3) for terms, _ in layer]
        rates = [rate for _, rate in layer]
        metadata = {"learning_protocol": "lindblad", "number": number}
        made.append(NoiseLearnerV3Result.from_generators(generators, rates, [rate / 10 for rate in rates], metadata))
    return NoiseLearnerV3Results(made)


def test_the_layers_of_all_circuits_are_learned_once(circuits):
    layers = layers_of(circuits, {})
    assert [about["operations"] for about in layers.about] == [[["cx", 0, 1]], [["cx", 1, 2]], []]
    assert all(sorted(about["qubits"]) == [0, 1, 2] for about in layers.about)
    assert len(layers.instructions) == 3
    assert [sorted(chosen) for chosen in layers.by_pub] == [[0, 1, 2], [0, 1, 2]]


def test_the_runtime_would_take_these_layers(circuits, manila):
    assert list(refused_layers(layers_of(circuits, {}).instructions, manila)) == []


def test_what_the_runtime_cannot_learn_is_said_in_its_words(manila):
    circuit = QuantumCircuit(2)
    circuit.cx(0, 1)
    (found, *_) = refused_layers(layers_of([circuit], {}).instructions, manila)
    assert "physical" in found.reason or "QuantumRegister" in found.reason
    (none,) = refused_layers([], manila)
    assert "no layers" in none.reason


def test_a_pub_has_the_noise_of_its_layers(circuits):
    job = NoiseLearner(pubs=())
    result = job.decode(
        learned(
            [([("X", [0])], 0.1), ([("ZX", [1, 2]), ("Y", [0])], 0.2)],
            [([("", [])], 0.3)],
            [([("Z", [1])], 0.4)],
        ),
        pubs_of(job, circuits),
    )
    data = result[0].data
    assert data.layer.tolist() == [0, 0, 1, 2]
    assert data.generators.tolist() == ["X0", "Z1X2 Y0", "I", "Z1"]
    np.testing.assert_array_equal(data.rates, [0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(data.rates_std, data.rates / 10)
    layers = result[0].metadata["layers"]
    assert [layer["number"] for layer in layers] == [0, 1, 2]
    assert layers[0]["operations"] == [["cx", 0, 1]]
    assert len(result) == 2


def test_generators_are_on_the_physical_qubits_of_their_layer(manila):
    manager = generate_preset_pass_manager(1, target=manila.target, seed_transpiler=1, initial_layout=[4, 3])
    pair = QuantumCircuit(2)
    pair.cx(0, 1)
    job = NoiseLearner(pubs=(), boxing={"twirling_strategy": "active"})
    pubs = pubs_of(job, [manager.run(pair)])
    layers = layers_of([pubs[0].circuit], job.boxing)
    generators = [[([("X", [0])], 0.1), ([("XZ", [0, 1])], 0.2)]] * len(layers.about)
    assert set(job.decode(learned(*generators), pubs)[0].data.generators.tolist()) == {"X3", "X3Z4"}


def test_a_result_of_other_layers_is_refused(circuits):
    job = NoiseLearner(pubs=())
    with pytest.raises(JobError, match="the result has 1 layers, and the noise of 3"):
        job.decode(learned([([("X", [0])], 0.1)]), pubs_of(job, circuits))


def test_learning_circuits_are_counted(circuits):
    job = NoiseLearner(pubs=(), options={"num_randomizations": 2, "layer_pair_depths": [0, 3]})
    measured = circuits[0].copy()
    measured.measure_all()
    bare, with_measurements = pubs_of(job, [circuits[0], measured])
    assert job.executions(bare) == 3 * 2 * 2 * 9
    assert job.executions(with_measurements) == 2 * 2 * 2 * 9 + 2
    assert job.shots_per_execution == 128


def test_a_local_backend_has_no_noise_to_learn(manila):
    job = NoiseLearner(pubs=())
    (found,) = job.unhonoured(Surroundings(noisy=True, durations=True))
    assert (found.route, found.severity) == (("program_id",), "error")
    assert "kind ibm" in found.reason
    with pytest.raises(JobError, match="IBM Quantum Platform only"):
        job.run(manila, [], seed=1, pub_seeds=())


def test_untwirled_measurements_are_not_learned():
    (found,) = NoiseLearner(pubs=(), boxing={"measure_annotations": "change_basis"}).unhonoured(REMOTE)
    assert found.route == ("boxing", "measure_annotations")


def test_the_schema_accepts_the_keys_of_a_job():
    schema = {**NoiseLearner.SCHEMA, "additionalProperties": False}
    assert set(NoiseLearner.SCHEMA) <= KEYWORDS
    assert accepts({"pubs": [{"circuit": "a"}], "boxing": {}, "options": {"layer_pair_depths": [0, 2]}}, schema)
    assert not accepts({"pubs": [{"circuit": "a", "observables": {}}]}, schema)
    assert not accepts({"pubs": [{"circuit": "a"}], "options": {"layer_pair_depths": [-1]}}, schema)
