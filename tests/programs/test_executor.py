"""Executor jobs: every array as it comes, bit k at index k, and twirling that can be undone."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter
from qiskit.primitives.containers.bindings_array import BindingsArray
from qiskit.quantum_info import Statevector
from qiskit.transpiler import generate_preset_pass_manager
from scipy import stats

from qspec.backends.aer import Aer
from qspec.backends.fake import Fake
from qspec.errors import JobError
from qspec.programs.executor import Executor
from qspec.programs.sampler import Sampler
from qspec.reading.walker import KEYWORDS, accepts
from qspec.simulation.options import Surroundings

NO_VALUES = BindingsArray()
LOCAL = Surroundings(noisy=True, durations=True)


@pytest.fixture(scope="module")
def aer():
    return Aer().open()


@pytest.fixture(scope="module")
def manila():
    return Fake(name="fake_manila").open()


@pytest.fixture(scope="module")
def quiet():
    return Fake(name="fake_manila", noise=False).open()


def run(backend, *circuits, values=NO_VALUES, seeds=None, **keys):
    job = Executor(pubs=(), **{"shots": 100, **keys})
    manager = generate_preset_pass_manager(1, target=backend.target, seed_transpiler=1)
    pubs = [job.make_pub(manager.run(circuit), values) for circuit in circuits]
    assert not list(job.refusals(backend, pubs))
    return job.run(backend, pubs, seed=1, pub_seeds=seeds or tuple(range(21, 21 + len(pubs))))


def rotated():
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.ry(Parameter("a"), 1)
    circuit.rx(0.4, 2)
    circuit.cx(0, 1)
    circuit.cx(1, 2)
    circuit.measure_all()
    return circuit


ANGLES = np.array([0.3, 1.1])


def untwirled(data, register="meas"):
    """The bits with what the twirling flipped turned back, `(randomizations, parameter sets…, shots, bits)`."""
    return data[register] ^ data[f"measurement_flips.{register}"]


def frequencies(bits):
    """How often each outcome came; bit k of an outcome's number is bit k of the register."""
    outcomes = bits.reshape(-1, bits.shape[-1]) @ (1 << np.arange(bits.shape[-1]))
    return np.bincount(outcomes, minlength=1 << bits.shape[-1])


def test_bit_k_of_a_register_stands_at_index_k(aer):
    first, second = ClassicalRegister(1, "first"), ClassicalRegister(3, "second")
    circuit = QuantumCircuit(QuantumRegister(4), first, second)
    circuit.x([1, 3])
    circuit.measure([0, 1, 2, 3], [first[0], *second])
    data = run(aer, circuit, shots=5).result[0].data
    assert data.shape == ()
    assert {name: (array.dtype, array.shape) for name, array in data.items()} == {
        "first": (np.dtype(bool), (5, 1)),
        "second": (np.dtype(bool), (5, 3)),
    }
    assert (data.second == [True, False, True]).all()
    assert not data.first.any()


def test_the_executions_of_a_boxed_circuit_lead_with_its_randomizations(aer):
    values = BindingsArray({"a": np.zeros((2, 3))})
    job = Executor(pubs=(), shots=7, boxing={}, randomizations=5)
    pub = job.make_pub(rotated(), values)
    assert (pub.shape, job.executions(pub)) == ((5, 2, 3), 30)
    data = run(aer, rotated(), values=values, shots=7, boxing={}, randomizations=5).result[0].data
    assert data.shape == (5, 2, 3)
    assert data.meas.shape == (5, 2, 3, 7, 3)
    assert data["measurement_flips.meas"].shape == (5, 2, 3, 1, 3)


@pytest.mark.parametrize("boxing", [None, {}, {"twirling_strategy": "all", "twirling_group": "local_c1"}], ids=str)
@pytest.mark.parametrize("place", ["aer", "quiet"])
def test_outcomes_have_the_probabilities_of_quantum_mechanics(place, boxing, request):
    values = BindingsArray({"a": ANGLES})
    outcome = run(request.getfixturevalue(place), rotated(), values=values, shots=400, boxing=boxing, randomizations=20)
    data = outcome.result[0].data
    bits = data.meas[np.newaxis] if boxing is None else untwirled(data)
    for index, angle in enumerate(ANGLES):
        state = Statevector(rotated().remove_final_measurements(inplace=False).assign_parameters([angle]))
        expected = state.probabilities() * bits[:, index].size / 3
        found = frequencies(bits[:, index])
        assert stats.chisquare(found, expected).pvalue > 1e-4


def test_twirled_measurements_are_flipped_half_of_the_time(quiet):
    circuit = QuantumCircuit(4)
    circuit.x(2)
    circuit.measure_all()
    data = run(quiet, circuit, shots=3, boxing={}, randomizations=200).result[0].data
    assert (untwirled(data) == [False, False, True, False]).all()
    flipped = data["measurement_flips.meas"].sum(axis=(0, 1))
    assert all(stats.binomtest(int(count), 200).pvalue > 1e-4 for count in flipped)


def test_a_noisy_device_gives_what_its_sampler_gives(manila):
    """Without twirling the executor samples the same distribution as Aer's sampler with the same noise."""
    manager = generate_preset_pass_manager(1, target=manila.target, seed_transpiler=1)
    circuit = manager.run(rotated().assign_parameters([0.3]))
    sampler = Sampler(pubs=(), shots=20_000)
    counts = sampler.run(manila, [sampler.make_pub(circuit, NO_VALUES)], seed=5, pub_seeds=(5,)).result[0].data.meas
    executor = Executor(pubs=(), shots=20_000)
    bits = executor.run(manila, [executor.make_pub(circuit, NO_VALUES)], seed=5, pub_seeds=(6,)).result[0].data.meas
    sampled = np.array([counts.get_int_counts().get(outcome, 0) for outcome in range(8)])
    assert stats.chi2_contingency([sampled, frequencies(bits)]).pvalue > 1e-4


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(manila):
    first, again, other = (
        run(manila, rotated(), values=BindingsArray({"a": ANGLES}), boxing={}, randomizations=4, seeds=(seed,))
        for seed in (7, 7, 8)
    )
    for name, array in first.result[0].data.items():
        assert (array == again.result[0].data[name]).all()
        assert not (array == other.result[0].data[name]).all()
    assert first.seeds == ({"simulator": 7},)


def test_equal_pubs_are_independent(quiet):
    outcome = run(quiet, *[rotated().assign_parameters([0.3])] * 2, boxing={}, randomizations=50)
    first, second = (result.data["measurement_flips.meas"] for result in outcome.result)
    assert stats.binomtest(int((first == second).sum()), first.size).pvalue > 1e-4


def test_the_seed_of_the_options_goes_first(quiet):
    outcome = run(quiet, rotated().assign_parameters([0.3]), options={"simulator": {"seed_simulator": 5}})
    assert outcome.seeds == ({"simulator": 5},)
    assert outcome.options["simulator"]["seed_simulator"] == 5
    assert outcome.implementation == "qiskit_ibm_runtime.Executor"


def test_parameter_sets_of_a_circuit_whose_parameters_have_no_effect_are_run_all(aer):
    circuit = QuantumCircuit(1)
    circuit.measure_all()
    for boxing, shape in ((None, (3, 10, 1)), ({}, (2, 3, 10, 1))):
        values = BindingsArray({}, shape=(3,))
        assert (
            run(aer, circuit, values=values, shots=10, boxing=boxing, randomizations=2).result[0].data.meas.shape
            == shape
        )


def test_foreign_gates_are_translated_only_where_that_changes_no_noise(aer, manila):
    circuit = QuantumCircuit(2)
    circuit.ry(0.3, 0)
    circuit.cx(0, 1)
    circuit.measure_all()
    assert run(aer, circuit, boxing={}).notes
    job = Executor(pubs=(), shots=5, boxing={})
    (refused,) = job.refusals(manila, [job.make_pub(circuit, NO_VALUES)])
    assert "ry" in refused.reason


def test_a_circuit_that_cannot_be_boxed_is_refused_with_the_reason(aer):
    circuit = QuantumCircuit(2, 2)
    circuit.measure(0, 0)
    with circuit.if_test((0, 1)), circuit.for_loop(range(2)):
        circuit.x(1)
    circuit.measure(1, 1)
    job = Executor(pubs=(), shots=5, boxing={})
    pub = job.make_pub(circuit, NO_VALUES)
    (refused,) = job.refusals(aer, [pub])
    assert refused.route == ("boxing",)
    assert refused.reason.startswith("the circuit cannot be boxed: ")
    with pytest.raises(JobError, match="cannot be boxed"):
        job.run(aer, [pub], seed=1, pub_seeds=(1,))


@pytest.mark.parametrize(
    ("boxing", "route"),
    [
        ({"inject_noise_targets": "gates"}, ("boxing", "inject_noise_targets")),
        ({"measure_annotations": "all"}, ("boxing", "measure_annotations")),
    ],
)
def test_boxes_that_need_what_a_spec_cannot_hold_are_refused(boxing, route):
    (found,) = Executor(pubs=(), shots=1, boxing=boxing).unhonoured(LOCAL)
    assert (found.route, found.severity) == (route, "error")


def test_randomizations_are_32_and_have_no_effect_without_boxing():
    assert Executor(pubs=(), shots=1, boxing={}).make_pub(rotated(), BindingsArray({"a": 0.1})).shape == (32,)
    job = Executor(pubs=(), shots=1, randomizations=5)
    assert job.make_pub(rotated(), BindingsArray({"a": 0.1})).shape == ()
    (found,) = job.unhonoured(LOCAL)
    assert (found.route, found.severity) == (("randomizations",), "warning")


def test_the_models_last_word_is_asked_for(aer):
    (found,) = Executor(pubs=(), shots=1, options={"unheard": 1}).refusals(aer, [])
    assert found.route == ("options", "unheard")


def test_the_schema_accepts_the_keys_of_a_job():
    schema = {**Executor.SCHEMA, "additionalProperties": False, "definitions": {"parameter_values": True}}
    assert set(Executor.SCHEMA) <= KEYWORDS
    whole = {"pubs": [{"circuit": "bell", "combine": "product"}], "shots": 5, "boxing": {}, "randomizations": 3}
    assert accepts(whole, schema)
    for wrong in ({"pubs": [{"circuit": "bell"}]}, {**whole, "boxing": {"enable_gates": 1}}, {**whole, "shots": 0}):
        assert not accepts(wrong, schema)
