"""The runtime's primitives in local mode: on the qubits in use, each PUB from its own seed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import efficient_su2
from qiskit.primitives import PubResult, SamplerPubResult
from qiskit.primitives.containers.estimator_pub import EstimatorPub
from qiskit.primitives.containers.sampler_pub import SamplerPub
from qiskit.quantum_info import SparsePauliOp, Statevector
from qiskit.transpiler import generate_preset_pass_manager
from scipy import stats

from qspec.backends.aer import Aer
from qspec.backends.fake import Fake
from qspec.errors import JobError
from qspec.programs.estimator import Estimator
from qspec.simulation.client_side import run_each_client_side
from qspec.simulation.local import Share
from qspec.simulation.pubs import narrow, unmeasured


def isa(circuit, backend, layout=None):
    return generate_preset_pass_manager(1, target=backend.target, initial_layout=layout, seed_transpiler=1).run(circuit)


def run_client_side(program, backend, pubs, *, options, seeds):
    shares = [Share(pubs=pubs, seed=1, pub_seeds=seeds)]
    return next(run_each_client_side(program, backend, shares, options=options))


def bell(*, measured):
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    if measured:
        circuit.measure_all()
    return circuit


@pytest.fixture(scope="module")
def torino():
    return Fake(name="fake_torino").open()


def sampled(backend, options, *, pubs=2, seeds=(5, 6)):
    placed = isa(bell(measured=True), backend, [20, 21] if backend.target.num_qubits else None)
    return run_client_side("sampler", backend, [SamplerPub(placed, shots=512)] * pubs, options=options, seeds=seeds)


def test_equal_pubs_are_independent_and_a_seed_gives_the_same_bits(torino):
    options = {"twirling": {"enable_gates": True, "enable_measure": True}}
    first, second = (result.data.meas.array for result in sampled(torino, options).result)
    again, other = (result.data.meas.array for result in sampled(torino, options, seeds=(5, 9)).result)
    assert not (first == second).all()
    assert (first == again).all()
    assert not (second == other).all()


def test_a_bell_pair_on_a_133_qubit_device_is_two_qubits_in_its_own_registers(torino):
    outcome = sampled(torino, {"dynamical_decoupling": {"enable": True, "sequence_type": "XY4"}})
    counts = outcome.result[0].data.meas.get_counts()
    assert set(counts) <= {"00", "01", "10", "11"}
    assert counts["00"] + counts["11"] > 0.8 * 512
    assert outcome.implementation == "qiskit_ibm_runtime.executor_sampler.Sampler"


def test_results_are_qiskits_own_and_options_in_force_are_json(torino):
    options = {"twirling": {"enable_measure": True, "num_randomizations": 4}}
    outcome = sampled(torino, options, pubs=1, seeds=(5,))
    assert type(outcome.result[0]) is SamplerPubResult
    assert outcome.options["twirling"]["num_randomizations"] == 4
    assert outcome.options["twirling"]["enable_gates"] is False
    assert outcome.options["simulator"]["seed_simulator"] is None
    assert outcome.seeds == ({"simulator": 5},)
    json.dumps(outcome.options)


def test_an_overruled_option_is_in_the_notes(torino):
    options = {"twirling": {"enable_measure": False}, "resilience_level": 1}
    wanted = EstimatorPub.coerce((isa(bell(measured=False), torino, [20, 21]), "I" * 133, None, 0.2))
    outcome = run_client_side("estimator", torino, [wanted], options=options, seeds=(1,))
    assert type(outcome.result[0]) is PubResult
    assert any("enable_measure=False was explicitly set" in note for note in outcome.notes)


def test_what_the_runtime_refuses_is_a_failed_job_in_its_words(torino):
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(0)
    wanted = SamplerPub(isa(circuit, torino), shots=10)
    options = {"dynamical_decoupling": {"enable": True}}
    with pytest.raises(JobError, match=r"refused the job: .*not compatible with dynamic circuits"):
        run_client_side("sampler", torino, [wanted], options=options, seeds=(1,))


def test_decoupling_changes_what_idle_qubits_do(torino):
    """A qubit in |+> that idles for 20 µs: decoupling is noise of its own here, since Aer has no slow drift."""
    circuit = QuantumCircuit(1, 1)
    circuit.h(0)
    circuit.delay(20, unit="us")
    circuit.h(0)
    circuit.measure(0, 0)
    wanted = SamplerPub(isa(circuit, torino, [20]), shots=4096)
    plain, decoupled = (
        run_client_side("sampler", torino, [wanted], options=options, seeds=(1,)).result[0].data.c.get_counts()
        for options in ({}, {"dynamical_decoupling": {"enable": True}})
    )
    assert plain != decoupled
    assert abs(plain["0"] - decoupled["0"]) < 400


def test_decoupling_is_left_out_on_an_ideal_simulator_without_durations():
    options = {"dynamical_decoupling": {"enable": True}, "twirling": {"enable_measure": True}}
    outcome = sampled(Aer().open(), options, pubs=1, seeds=(5,))
    assert set(outcome.result[0].data.meas.get_counts()) == {"00", "11"}
    assert outcome.options["dynamical_decoupling"]["enable"] is False


def test_readout_mitigation_brings_values_closer_to_the_ideal_ones():
    backend = Fake(name="fake_manila").open()
    placed = isa(bell(measured=False), backend, [3, 4])
    observables = [SparsePauliOp(label).apply_layout(placed.layout) for label in ("ZZ", "XX", "YY")]
    wanted = EstimatorPub.coerce((placed, observables, None, 0.01))
    raw, mitigated = (
        run_client_side("estimator", backend, [wanted], options={"resilience_level": level}, seeds=(3,)).result[0].data
        for level in (0, 1)
    )
    ideal = np.array([1, 1, -1])
    assert (np.abs(mitigated.evs - ideal) < np.abs(raw.evs - ideal)).all()
    assert np.abs(raw.evs - ideal).min() > 0.05
    assert np.abs(mitigated.evs - ideal).max() < 0.07


def test_observables_are_measured_where_the_layout_put_them(torino):
    circuit = QuantumCircuit(3)
    circuit.x(0)
    circuit.ry(1.1, 2)
    placed = isa(circuit, torino, [100, 7, 42])
    observables = [SparsePauliOp(label).apply_layout(placed.layout) for label in ("IIZ", "IZI", "ZII")]
    wanted = EstimatorPub.coerce((placed, observables, None, 0.02))
    data = run_client_side("estimator", torino, [wanted], options={}, seeds=(3,)).result[0].data
    assert data.evs == pytest.approx([-1, 1, np.cos(1.1)], abs=0.1)
    assert narrow(torino, wanted).qubits == (7, 42, 100)


def test_an_idle_qubit_with_an_observable_stays(torino):
    wanted = EstimatorPub.coerce((QuantumCircuit(133), SparsePauliOp.from_sparse_list([("Z", [9], 1)], 133), None, 0.1))
    assert narrow(torino, wanted).qubits == (9,)


def test_final_measurements_of_an_estimators_circuit_use_no_qubits(torino):
    circuit = QuantumCircuit(133, 2)
    circuit.x(3)
    circuit.measure([3, 8], [0, 1])
    assert unmeasured(circuit).num_clbits == 0
    wanted = EstimatorPub.coerce((circuit, SparsePauliOp.from_sparse_list([("Z", [3], 1)], 133), None, 0.1))
    assert narrow(torino, wanted).qubits == (3,)


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("case", ["correlated", "energy"])
def test_on_an_ideal_simulator_the_shortcut_draws_from_the_same_distribution(level, case):
    """400 values of one point from the runtime's estimator and from ours: one distribution (two-sample tests)."""
    backend = Aer().open()
    circuit = bell(measured=False) if case == "correlated" else efficient_su2(2, reps=1).assign_parameters(np.arange(8))
    observable = SparsePauliOp(
        ["ZI", "IZ"] if case == "correlated" else ["ZZ", "XI", "IX", "YI"],
        [1, 1, 0.7, 0.5][: 2 + 2 * (case == "energy")],
    )
    circuit.rz(Parameter("a"), 0)
    wanted = EstimatorPub.coerce((isa(circuit, backend), observable, np.zeros((400, 1)), 0.1))
    options = {"resilience_level": level}
    job = Estimator(pubs=(), precision=0.1, options=options)
    ours = job.run(backend, [wanted], seed=1, pub_seeds=(1,))
    theirs = run_client_side("estimator", backend, [wanted], options=options, seeds=(2,))
    assert (ours.implementation, theirs.implementation) == (
        "qspec.simulation.sampled.estimate",
        "qiskit_ibm_runtime.executor_estimator.Estimator",
    )
    ours, theirs = ours.result[0].data, theirs.result[0].data
    exact = Statevector(circuit.assign_parameters([0])).expectation_value(observable).real
    assert abs(ours.evs.mean() - exact) < 4 * ours.evs.std() / 20
    assert abs(theirs.evs.mean() - exact) < 4 * theirs.evs.std() / 20
    assert stats.ks_2samp(ours.evs, theirs.evs).pvalue > 0.01
    assert stats.levene(ours.evs, theirs.evs).pvalue > 0.01
    assert ours.ensemble_standard_error.mean() == pytest.approx(theirs.ensemble_standard_error.mean(), rel=0.02)


def test_without_twirling_the_shortcut_of_the_sampler_is_the_same_bits(torino):
    """The runtime's sampler without twirling is Aer's: with one seed both give the same shots."""
    from qspec.programs.sampler import Sampler

    placed = SamplerPub(isa(bell(measured=True), torino, [20, 21]), shots=2000)
    ours = Sampler(pubs=(), shots=2000).run(torino, [placed], seed=5, pub_seeds=(5,))
    theirs = run_client_side("sampler", torino, [placed], options={}, seeds=(5,))
    assert ours.implementation == "qspec.simulation.sampling.sample"
    assert (ours.result[0].data.meas.array == theirs.result[0].data.meas.array).all()
