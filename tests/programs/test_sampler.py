"""Sampler jobs: shots of every register, in the right order, from seeds that leave equal PUBs independent."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter
from qiskit.primitives.containers.bindings_array import BindingsArray
from qiskit.transpiler import generate_preset_pass_manager
from scipy import stats

from qspec.backends.aer import Aer
from qspec.backends.fake import Fake
from qspec.errors import JobError
from qspec.programs.sampler import Sampler
from qspec.reading.walker import KEYWORDS, accepts
from qspec.simulation.options import Surroundings

DEVICE = Surroundings(noisy=True, durations=True)
NO_VALUES = BindingsArray()


@pytest.fixture(scope="module")
def aer():
    return Aer().open()


@pytest.fixture(scope="module")
def manila():
    return Fake(name="fake_manila").open()


def run(backend, *circuits, seed=11, values=NO_VALUES, **keys):
    job = Sampler(pubs=(), **keys)
    manager = generate_preset_pass_manager(1, target=backend.target, seed_transpiler=1)
    pubs = [job.make_pub(manager.run(circuit), values) for circuit in circuits]
    return job.run(backend, pubs, seed=seed, pub_seeds=tuple(range(21, 21 + len(pubs))))


def counts_of(outcome, index=0, register="meas"):
    return getattr(outcome.result[index].data, register).get_counts()


def ghz(qubits):
    circuit = QuantumCircuit(qubits)
    circuit.h(0)
    for qubit in range(1, qubits):
        circuit.cx(0, qubit)
    circuit.measure_all()
    return circuit


def test_qubit_0_is_the_rightmost_bit(aer):
    circuit = QuantumCircuit(2)
    circuit.x(0)
    circuit.measure_all()
    assert counts_of(run(aer, circuit)) == {"01": 4096}


def test_every_register_has_its_own_bits(aer):
    first, second = ClassicalRegister(1, "first"), ClassicalRegister(2, "second")
    circuit = QuantumCircuit(QuantumRegister(3), first, second)
    circuit.x(2)
    circuit.measure([0, 1, 2], [first[0], second[0], second[1]])
    outcome = run(aer, circuit, shots=100)
    assert counts_of(outcome, register="first") == {"0": 100}
    assert counts_of(outcome, register="second") == {"10": 100}


def test_counts_of_a_ghz_state_are_fair(aer):
    counts = counts_of(run(aer, ghz(5), shots=10_000))
    assert set(counts) == {"00000", "11111"}
    assert stats.binomtest(counts["00000"], 10_000).pvalue > 0.001


def test_a_rotated_qubit_has_the_probabilities_of_quantum_mechanics(aer):
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("a"), 0)
    circuit.measure_all()
    angles = np.linspace(0.2, 3, 7)
    data = run(aer, circuit, values=BindingsArray({"a": angles}), shots=4096).result[0].data
    assert data.shape == (7,)
    ones = np.array([data.meas[index].get_counts().get("1", 0) for index in range(7)])
    expected = 4096 * np.sin(angles / 2) ** 2
    chi2 = np.sum((ones - expected) ** 2 / expected + (ones - expected) ** 2 / (4096 - expected))
    assert stats.chi2.sf(chi2, 7) > 0.001


def test_equal_pubs_are_independent(manila):
    """Shot by shot, two equal PUBs agree as often as two independent draws of their outcomes do."""
    outcome = run(manila, ghz(2), ghz(2))
    first, second = (result.data.meas.array[:, 0] for result in outcome.result)
    by_chance = np.sum(np.bincount(first) * np.bincount(second)) / len(first) ** 2
    assert abs(np.mean(first == second) - by_chance) < 4 * np.sqrt(by_chance * (1 - by_chance) / len(first))


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(manila):
    first, again, other = (run(manila, ghz(3), seed=seed).result[0].data.meas.array for seed in (1, 1, 2))
    assert (first == again).all()
    assert not (first == other).all()


def test_the_seed_of_the_options_goes_first(manila):
    options = {"simulator": {"seed_simulator": 0}}
    first, again = (run(manila, ghz(3), seed=seed, options=options) for seed in (1, 2))
    assert (first.result[0].data.meas.array == again.result[0].data.meas.array).all()
    assert first.seeds == ({"simulator": 0, "circuit": 0},)
    assert first.options["simulator"]["seed_simulator"] == 0


def test_a_pub_alone_can_be_done_again_from_its_recorded_seed(manila):
    """Aer seeds the k-th circuit of a job with the job's seed + 2113 k."""
    outcome = run(manila, ghz(2), ghz(3), ghz(4), seed=77)
    seeds = outcome.seeds[2]
    alone = run(manila, ghz(4), seed=seeds["simulator"] + 2113 * seeds["circuit"])
    assert (alone.result[0].data.meas.array == outcome.result[2].data.meas.array).all()


def test_the_record_says_what_ran(aer):
    outcome = run(aer, ghz(2), shots=64, options={"default_shots": 9})
    assert outcome.implementation == "qspec.simulation.sampling.sample"
    assert outcome.options == {"default_shots": 64, "simulator": {"seed_simulator": 11}}
    assert outcome.notes == ()


def test_twirled_shots_come_from_the_runtimes_sampler(manila):
    options = {"twirling": {"enable_measure": True, "num_randomizations": 3}}
    outcome = run(manila, ghz(2), shots=100, options=options)
    assert outcome.implementation == "qiskit_ibm_runtime.executor_sampler.Sampler"
    shots = Sampler(pubs=(), shots=100, options=options).shots_per_execution
    assert sum(counts_of(outcome).values()) == shots == 102


def test_too_wide_a_circuit_is_a_failed_job_in_plain_words():
    circuit = QuantumCircuit(60)
    for qubit in range(60):
        circuit.rx(0.1 + qubit, qubit)
        circuit.cx(qubit, (qubit + 1) % 60)
    circuit.measure_all()
    with pytest.raises(JobError, match="too wide"):
        run(Aer(method="statevector").open(), circuit)


@pytest.mark.parametrize(
    ("keys", "shots"),
    [({}, 4096), ({"options": {"default_shots": 7}}, 7), ({"shots": 5, "options": {"default_shots": 7}}, 5)],
)
def test_shots_of_the_job_go_before_those_of_the_options(keys, shots):
    job = Sampler(pubs=(), **keys)
    assert job.effective_shots == job.shots_per_execution == shots
    assert job.make_pub(ghz(2), NO_VALUES).shots == shots


def test_a_pub_has_one_basis_and_an_execution_for_each_parameter_set():
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("a"), 0)
    job = Sampler(pubs=())
    pub = job.make_pub(circuit, BindingsArray({"a": np.zeros((2, 3))}))
    assert (job.measurement_bases(pub), job.executions(pub)) == (1, 6)


@pytest.mark.parametrize(
    ("keys", "route"),
    [
        ({"options": {"execution": {"meas_type": "kerneled"}}}, ("options", "execution", "meas_type")),
        ({"options": {"default_shots": None}}, ("options", "default_shots")),
        ({"options": {"default_shots": 0}}, ("options", "default_shots")),
    ],
)
def test_what_a_simulation_cannot_measure_is_refused(keys, route):
    ((found, reason, severity),) = Sampler(pubs=(), **keys).unhonoured(DEVICE)
    assert (found, severity) == (route, "error")
    assert route[-1] in reason


def test_shots_of_the_job_make_up_for_default_shots_that_are_none():
    assert list(Sampler(pubs=(), shots=3, options={"default_shots": None}).unhonoured(DEVICE)) == []


def test_refusals_have_the_models_last_word_only_where_the_runtime_is_needed(aer):
    job = Sampler(pubs=(), options={"twirling": {"enable_gates": True}, "unheard": 1})
    pub = job.make_pub(ghz(2), NO_VALUES)
    assert [found.route for found in job.refusals(aer, [pub])] == [("options", "unheard")]
    assert list(Sampler(pubs=(), options={"unheard": 1}).refusals(aer, [pub])) == []


def test_the_schema_accepts_the_keys_of_a_job():
    schema = {**Sampler.SCHEMA, "additionalProperties": False, "definitions": {"parameter_values": True}}
    assert set(Sampler.SCHEMA) <= KEYWORDS
    assert accepts({"pubs": [{"circuit": "bell", "combine": "product"}], "shots": 5, "options": {}}, schema)
    for wrong in (
        {"pubs": []},
        {"pubs": [{"circuit": "bell", "observables": {}}]},
        {"pubs": [{"circuit": "b"}], "shots": 0},
    ):
        assert not accepts(wrong, schema)


def test_a_local_run_without_twirling_never_imports_the_runtime():
    code = (
        "import sys\n"
        "from qiskit import QuantumCircuit\n"
        "from qiskit.primitives.containers.bindings_array import BindingsArray\n"
        "from qspec.backends.fake import Fake\n"
        "from qspec.programs.sampler import Sampler\n"
        "circuit = QuantumCircuit(5)\n"
        "circuit.x(0)\n"
        "circuit.measure_all()\n"
        "backend = Fake(name='fake_manila').open()\n"
        "job = Sampler(pubs=(), options={'execution': {'rep_delay': 1e-4}, 'simulator': {'seed_simulator': 3}})\n"
        "pub = job.make_pub(circuit, BindingsArray())\n"
        "assert not list(job.refusals(backend, [pub]))\n"
        "job.run(backend, [pub], seed=1, pub_seeds=(1,))\n"
        "assert 'qiskit_ibm_runtime' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("keys", "route"),
    [({"shots": 10**9}, ("shots",)), ({"options": {"default_shots": 10**9}}, ("options", "default_shots"))],
)
def test_more_shots_than_can_be_run_are_refused(keys, route):
    ((found, reason, severity),) = Sampler(pubs=(), **keys).unhonoured(Surroundings(noisy=True, durations=True))
    assert (found, severity) == (route, "error")
    assert reason == f"{route[-1]} asks for 1e+09 shots of one circuit, more than the 100,000,000 that can be run"
