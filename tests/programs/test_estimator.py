"""Estimator jobs: which implementation runs, what it costs, and that its values are right."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import efficient_su2
from qiskit.primitives.containers.bindings_array import BindingsArray
from qiskit.primitives.containers.observables_array import ObservablesArray
from qiskit.quantum_info import DensityMatrix, SparsePauliOp, Statevector
from qiskit.transpiler import generate_preset_pass_manager
from scipy import stats

from qspec.backends.aer import Aer
from qspec.backends.fake import Fake
from qspec.backends.generic import Generic
from qspec.errors import JobError
from qspec.programs.estimator import Estimator
from qspec.reading.walker import KEYWORDS, accepts
from qspec.simulation.options import Surroundings

SAMPLED = "qspec.simulation.sampled.estimate"
EXACT = "qspec.simulation.exact.evaluate_each"
RUNTIME = "qiskit_ibm_runtime.executor_estimator.Estimator"
NO_VALUES = BindingsArray()
DEVICE = Surroundings(noisy=True, durations=True)


def isa_pub(job, backend, circuit, observables, values=NO_VALUES):
    placed = generate_preset_pass_manager(1, target=backend.target, seed_transpiler=1).run(circuit)
    laid_out = ObservablesArray.coerce(observables).apply_layout(placed.layout) if placed.layout else observables
    return job.make_pub(placed, values, ObservablesArray.coerce(laid_out))


def run(backend, circuit, observables, values=NO_VALUES, *, pubs=1, **keys):
    job = Estimator(pubs=(), **keys)
    pub = isa_pub(job, backend, circuit, observables, values)
    return job.run(backend, [pub] * pubs, seed=1, pub_seeds=tuple(range(21, 21 + pubs)))


def rotated():
    circuit = QuantumCircuit(2)
    circuit.ry(0.4, 0)
    circuit.cx(0, 1)
    circuit.rx(0.3, 1)
    return circuit


ENERGY = SparsePauliOp(["IZ", "ZI", "ZZ", "XX", "YX"], [1, 2, 0.5, 0.3, 0.2])


@pytest.mark.parametrize(
    ("backend", "options", "implementation"),
    [
        (Aer(), {}, SAMPLED),
        (Aer(), {"resilience_level": 0}, SAMPLED),
        (Aer(), {"resilience_level": 2}, RUNTIME),
        (Aer(), {"twirling": {"enable_gates": True}}, RUNTIME),
        (Aer(expectation="exact"), {}, EXACT),
        (Fake(name="fake_manila"), {}, RUNTIME),
        (Fake(name="fake_manila"), {"resilience_level": 0}, RUNTIME),
        (Fake(name="fake_manila", noise=False), {}, SAMPLED),
        (Aer(noise_from="fake_manila", expectation="exact"), {"resilience_level": 0}, EXACT),
        (Fake(name="fake_london"), {}, SAMPLED),
        (Generic(num_qubits=3), {}, RUNTIME),
    ],
    ids=str,
)
def test_who_runs_the_job_and_that_its_value_is_right(backend, options, implementation):
    opened = backend.open()
    outcome = run(opened, rotated(), ENERGY, precision=0.05, options=options)
    assert outcome.implementation == implementation
    assert Estimator(pubs=(), options=options).needs_runtime(opened) is (implementation == RUNTIME)
    exact = Statevector(rotated()).expectation_value(ENERGY).real
    assert outcome.result[0].data.evs == pytest.approx(exact, abs=0.6 if opened.noise_target else 0.4)


def test_equal_pubs_are_independent_and_seeds_reproduce_their_bits():
    for backend in (Aer().open(), Aer(expectation="exact").open(), Fake(name="fake_manila").open()):
        first, second = (result.data.evs for result in run(backend, rotated(), ENERGY, pubs=2, precision=0.1).result)
        again = run(backend, rotated(), ENERGY, precision=0.1).result[0].data.evs
        assert first != second
        assert first == again


def test_the_seed_of_the_options_goes_first_and_still_leaves_equal_pubs_independent():
    options = {"simulator": {"seed_simulator": 5}}
    outcome = run(Aer().open(), rotated(), ENERGY, pubs=2, options=options)
    assert outcome.seeds[0] == {"simulator": 5}
    assert outcome.seeds[1] != {"simulator": 5}
    assert outcome.result[0].data.evs != outcome.result[1].data.evs


def test_all_implementations_report_the_same_kinds_of_error():
    for options in ({}, {"resilience_level": 2}, {"twirling": {"enable_gates": True}}):
        data = run(Aer().open(), rotated(), ENERGY, precision=0.1, options=options).result[0].data
        assert {"evs", "stds"} <= set(data)
    for backend in (Aer(), Fake(name="fake_manila")):
        data = run(backend.open(), rotated(), ENERGY, precision=0.1).result[0].data
        assert set(data) == {"evs", "stds", "ensemble_standard_error"}


def test_exact_values_have_gaussian_noise_of_the_precision():
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("a"), 0)
    values = BindingsArray({"a": np.full(500, 0.7)})
    data = run(Aer(expectation="exact").open(), circuit, "Z", values, precision=0.02).result[0].data
    assert (data.stds == 0.02).all()
    assert stats.kstest((data.evs - np.cos(0.7)) / 0.02, "norm").pvalue > 0.01


def test_exact_values_under_noise_are_those_of_the_density_matrix_at_any_width():
    """At eleven qubits Aer by itself would average a thousand noisy trajectories."""
    backend = Aer(noise_from="fake_torino", expectation="exact").open()
    circuit = QuantumCircuit(11)
    circuit.h(0)
    for qubit in range(10):
        circuit.cx(qubit, qubit + 1)
    job = Estimator(pubs=(), precision=1e-9)
    pub = isa_pub(job, backend, circuit, ["Z" * 2 + "I" * 9, "X" * 11])
    outcome = job.run(backend, [pub], seed=1, pub_seeds=(1,))
    noisy = pub.circuit.copy()
    small = backend.compacted([noisy])
    state = small.circuits[0].copy()
    state.save_density_matrix()
    simulator = small.backend.simulator([small.circuits[0]])
    simulator.set_options(method="density_matrix")
    rho = DensityMatrix(simulator.run(state).result().data()["density_matrix"])
    expected = [
        rho.expectation_value(SparsePauliOp.from_sparse_observable(observable)).real
        for observable in small.observables(pub.observables).sparse_observables_array()
    ]
    assert outcome.result[0].data.evs == pytest.approx(expected, abs=1e-7)
    assert outcome.notes == ("readout errors have no part in exact expectation values",)


def test_the_ground_energy_of_an_ising_chain_is_that_of_exact_diagonalisation():
    terms = [("ZZ", [i, i + 1], -1.0) for i in range(3)] + [("X", [i], -0.7) for i in range(4)]
    hamiltonian = SparsePauliOp.from_sparse_list(terms, num_qubits=4)
    energies, states = np.linalg.eigh(hamiltonian.to_matrix())
    circuit = QuantumCircuit(4)
    circuit.prepare_state(Statevector(states[:, 0]))
    for backend in (Aer().open(), Aer(expectation="exact").open()):
        data = run(backend, circuit, hamiltonian, precision=0.01).result[0].data
        assert abs(data.evs - energies[0]) < 4 * data.stds


def test_chsh_reaches_its_quantum_bound_on_an_ideal_simulator():
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.ry(Parameter("a"), 0)
    witness = SparsePauliOp(["ZZ", "ZX", "XZ", "XX"], [1, -1, 1, 1])
    values = BindingsArray({"a": np.linspace(0, 2 * np.pi, 9)})
    data = run(Aer().open(), circuit, witness, values, precision=0.01).result[0].data
    assert np.max(np.abs(data.evs)) == pytest.approx(2 * math.sqrt(2), abs=0.06)


@pytest.mark.parametrize(
    ("keys", "precision", "shots", "taken"),
    [
        ({}, 0.015625, 4096, 4096),
        ({"precision": 0.02}, 0.02, 2500, 2528),
        ({"options": {"default_precision": 0.1}}, 0.1, 100, 128),
        ({"options": {"default_precision": 0.1, "resilience_level": 0}}, 0.1, 100, 100),
        ({"options": {"default_shots": 1000, "default_precision": 0.1}}, 1000**-0.5, 1000, 1024),
        ({"precision": 0.02, "options": {"default_shots": 1000, "resilience_level": 0}}, 0.02, 2500, 2500),
        ({"options": {"default_shots": 3, "resilience_level": 0}}, 3**-0.5, 3, 3),
    ],
)
def test_precision_and_shots_go_before_each_other_as_in_the_runtime(keys, precision, shots, taken):
    job = Estimator(pubs=(), **keys)
    assert (job.effective_precision, job.effective_shots, job.shots_per_execution) == (precision, shots, taken)


@pytest.mark.parametrize("options", [{"default_shots": 200}, {"default_precision": 0.1}, {"resilience_level": 0}])
def test_the_runtime_takes_the_shots_that_were_planned(options):
    options = {**options, "twirling": {"enable_gates": True}}
    result = run(Aer().open(), rotated(), "ZZ", options=options).result[0]
    job = Estimator(pubs=(), options=options)
    shots = result.metadata["executor"]["shots"]
    assert job.shots_per_execution % shots == 0
    assert job.shots_per_execution // shots == math.ceil(job.effective_shots / shots)


def test_executions_are_parameter_sets_times_bases_times_noise_factors():
    circuit = efficient_su2(2, reps=1)
    values = BindingsArray({tuple(circuit.parameters): np.zeros((5, circuit.num_parameters))})
    for options, executions in (({}, 15), ({"resilience_level": 2}, 45)):
        job = Estimator(pubs=(), options=options)
        pub = job.make_pub(circuit, values, ObservablesArray.coerce(ENERGY))
        assert (job.measurement_bases(pub), job.executions(pub)) == (3, executions)
    zne = {"resilience": {"zne_mitigation": True, "zne": {"noise_factors": [1, 2]}}}
    assert Estimator(pubs=(), options=zne).executions(pub) == 30


@pytest.mark.parametrize(
    ("options", "surroundings", "routes"),
    [
        ({"default_shots": 0}, DEVICE, [("options", "default_shots")]),
        ({"resilience": {"pec_mitigation": True}}, DEVICE, [("options", "resilience", "pec_mitigation")]),
        ({"resilience_level": 2}, DEVICE, []),
        (
            {"resilience_level": 2},
            Surroundings(noisy=True, durations=True, exact=True),
            [("options", "resilience_level")],
        ),
    ],
)
def test_what_a_local_run_cannot_honour_is_said(options, surroundings, routes):
    assert [found.route for found in Estimator(pubs=(), options=options).unhonoured(surroundings)] == routes


@pytest.mark.parametrize(
    ("keys", "route"),
    [
        ({"precision": 1e-12}, ("precision",)),
        ({"precision": 1e-200}, ("precision",)),
        ({"precision": 1e-5}, ("precision",)),
        ({"options": {"default_precision": 1e-5}}, ("options", "default_precision")),
        ({"options": {"default_shots": 10**9}}, ("options", "default_shots")),
    ],
)
def test_more_shots_than_can_be_run_are_refused_but_for_exact_values(keys, route):
    job = Estimator(pubs=(), **keys)
    ((found, reason, severity),) = job.unhonoured(DEVICE)
    assert (found, severity) == (route, "error")
    assert reason.endswith("shots of one circuit, more than the 100,000,000 that can be run")
    assert list(job.unhonoured(Surroundings(noisy=False, durations=False, exact=True))) == []
    assert job.effective_shots > 10**8


def test_as_many_shots_as_can_be_run_are_taken():
    assert list(Estimator(pubs=(), precision=1e-3).unhonoured(DEVICE)) == []
    assert list(Estimator(pubs=(), options={"default_shots": 10**8}).unhonoured(DEVICE)) == []


def refusals(backend, options, circuit=None):
    job = Estimator(pubs=(), options=options)
    pub = isa_pub(job, backend, circuit or rotated(), ENERGY)
    return [(found.route, found.severity) for found in job.refusals(backend, [pub])]


def test_a_device_that_the_runtime_cannot_drive_is_not_mitigated_and_says_so():
    backend = Fake(name="fake_london").open()
    assert refusals(backend, {}) == [((), "warning")]
    assert refusals(backend, {"resilience_level": 0}) == []
    outcome = run(backend, rotated(), ENERGY, precision=0.1)
    assert any("readout errors are not mitigated" in note for note in outcome.notes)


def test_mitigation_that_is_asked_for_on_such_a_device_is_refused_before_and_in_the_run():
    backend = Fake(name="fake_london").open()
    assert refusals(backend, {"resilience_level": 1}) == [((), "error")]
    with pytest.raises(JobError, match="cannot twirl, decouple or mitigate circuits with the gate"):
        run(backend, rotated(), ENERGY, options={"resilience_level": 1})


def fed_forward():
    circuit = QuantumCircuit(2, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    return circuit


@pytest.mark.parametrize("name", ["fake_manila", "fake_torino"])
@pytest.mark.parametrize(
    ("options", "words"),
    [({}, "readout errors are not mitigated"), ({"resilience_level": 0}, "the runtime's estimator is not used")],
)
def test_circuits_with_control_flow_run_without_the_runtime_and_say_so(name, options, words):
    backend = Fake(name=name).open()
    assert refusals(backend, options, fed_forward()) == [((), "warning")]
    outcome = run(backend, fed_forward(), SparsePauliOp(["ZI"]), precision=0.05, options=options)
    assert outcome.implementation == SAMPLED
    assert outcome.result[0].data.evs < -0.5
    assert any(words in note for note in outcome.notes)


@pytest.mark.parametrize(
    "options", [{"resilience_level": 1}, {"resilience_level": 2}, {"twirling": {"enable_gates": True}}]
)
def test_mitigation_and_twirling_of_control_flow_are_refused_before_the_run(options):
    assert refusals(Fake(name="fake_manila").open(), options, fed_forward()) == [((), "error")]


@pytest.mark.parametrize(("precision", "rounded"), [(0.06, True), (1 / 16, False)])
def test_the_runtimes_errors_and_rounded_shots_are_noted(precision, rounded):
    outcome = run(Fake(name="fake_manila").open(), rotated(), ENERGY, precision=precision)
    assert any("takes all terms as independent" in note for note in outcome.notes)
    said = "twirling rounds 278 shots up to whole randomizations: 320 were taken for each circuit execution"
    assert (said in outcome.notes) is rounded
    assert any("rounds" in note for note in outcome.notes) is rounded


def test_decoupling_without_durations_is_refused():
    decoupled = {"dynamical_decoupling": {"enable": True}}
    route = ("options", "dynamical_decoupling", "enable")
    assert (route, "error") in refusals(Fake(name="fake_london").open(), decoupled)
    assert refusals(Fake(name="fake_manila").open(), decoupled) == []
    assert refusals(Aer().open(), decoupled) == []


def test_rzz_gates_are_twirled_only_by_the_local_pauli_group():
    backend = Fake(name="fake_fractional").open()
    circuit = QuantumCircuit(2)
    circuit.rzz(0.3, 0, 1)
    twirled = {"twirling": {"enable_gates": True}}
    assert refusals(backend, twirled, circuit) == [(("options", "twirling", "enable_gates"), "error")]
    assert refusals(backend, {"twirling": {"enable_gates": True, "group": "local_pauli"}}, circuit) == []


def test_the_schema_demands_observables():
    schema = {**Estimator.SCHEMA, "additionalProperties": False}
    schema["definitions"] = {"parameter_values": True, "observables": True}
    assert set(Estimator.SCHEMA) <= KEYWORDS
    assert accepts({"pubs": [{"circuit": "ansatz", "observables": {"ZZ": 1}}], "precision": 0.1}, schema)
    assert not accepts({"pubs": [{"circuit": "ansatz"}]}, schema)
    assert not accepts({"pubs": [{"circuit": "ansatz", "observables": {}}], "precision": 0}, schema)


def test_an_ideal_run_never_imports_the_runtime():
    code = (
        "import sys\n"
        "from qiskit import QuantumCircuit\n"
        "from qiskit.primitives.containers.bindings_array import BindingsArray\n"
        "from qiskit.primitives.containers.observables_array import ObservablesArray\n"
        "from qspec.backends.aer import Aer\n"
        "from qspec.programs.estimator import Estimator\n"
        "job = Estimator(pubs=(), options={'resilience_level': 1})\n"
        "pub = job.make_pub(QuantumCircuit(2), BindingsArray(), ObservablesArray.coerce('ZX'))\n"
        "for backend in (Aer().open(), Aer(expectation='exact').open()):\n"
        "    assert not list(job.refusals(backend, [pub]))\n"
        "    job.run(backend, [pub], seed=1, pub_seeds=(1,))\n"
        "assert 'qiskit_ibm_runtime' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
