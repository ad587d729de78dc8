from __future__ import annotations

import json

import numpy as np
import pytest

from emulator.circuits import bell
from emulator.parts import Simulator

SHOTS = 4000


def counts_on_aer(circuit, shots):
    """Counts of the same circuit on Aer, from the fake backend's own noise model."""
    from qiskit_aer import AerSimulator
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    simulator = AerSimulator.from_backend(FakeManilaV2(), seed_simulator=7)
    return simulator.run(circuit, shots=shots).result().get_counts()


def distance(ours, theirs, shots):
    keys = set(ours) | set(theirs)
    return sum(abs(ours.get(key, 0) - theirs.get(key, 0)) for key in keys) / (2 * shots)


def test_a_sampler_job_has_the_noise_of_the_device(service, emulator):
    from qiskit_ibm_runtime.executor_sampler import Sampler

    job = Sampler(service.backend("ibm_manila")).run([bell()], shots=SHOTS)
    counts = job.result()[0].data.meas.get_counts()
    assert sum(counts.values()) == SHOTS
    assert distance(counts, counts_on_aer(bell(), SHOTS), SHOTS) < 0.04
    assert counts["01"] + counts["10"] > 0.02 * SHOTS
    assert emulator.ledger.jobs[0].status == "Completed"


def test_a_twirled_sampler_job_has_it_too(service):
    from qiskit_ibm_runtime.executor_sampler import Sampler

    options = {"twirling": {"enable_gates": True, "enable_measure": True}}
    job = Sampler(service.backend("ibm_manila"), options=options).run([bell()], shots=SHOTS)
    counts = job.result()[0].data.meas.get_counts()
    total = sum(counts.values())
    assert total >= SHOTS
    assert (counts["00"] + counts["11"]) / total == pytest.approx(0.94, abs=0.03)


def test_parameters_are_bound_in_their_shape(service):
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter
    from qiskit_ibm_runtime.executor_sampler import Sampler

    circuit = QuantumCircuit(5, 1)
    theta = Parameter("θ")
    circuit.sx(2)
    circuit.rz(theta, 2)
    circuit.sx(2)
    circuit.measure(2, 0)
    values = np.array([[0, np.pi], [np.pi / 2, 0]])
    backend = service.backend("ibm_manila")
    data = Sampler(backend).run([(circuit, values)], shots=SHOTS).result()[0].data
    wrong = backend.target["measure"][2,].error
    assert data.c.bitcount().mean(axis=-1) == pytest.approx(np.array([[1 - wrong, wrong], [0.5, 1 - wrong]]), abs=0.03)


@pytest.mark.parametrize(("level", "expected"), [(0, 1.74), (1, 1.96), (2, 1.98)])
def test_an_estimator_job_has_the_values_that_its_resilience_level_gives(level, expected, service):
    from qiskit.quantum_info import SparsePauliOp
    from qiskit_ibm_runtime.executor_estimator import Estimator

    observable = SparsePauliOp.from_sparse_list([("ZZ", [0, 1], 1.0), ("XX", [0, 1], 1.0)], num_qubits=5)
    estimator = Estimator(service.backend("ibm_manila"), options={"resilience_level": level})
    data = estimator.run([(bell(measured=False), observable)]).result()[0].data
    assert data.evs == pytest.approx(expected, abs=0.08)


def test_a_job_of_two_qubits_on_a_large_device_is_simulated_in_its_parts(monkeypatch):
    from qiskit import QuantumCircuit
    from qiskit.quantum_info import SparsePauliOp
    from qiskit_ibm_runtime import QiskitRuntimeService
    from qiskit_ibm_runtime.executor_estimator import Estimator

    from emulator import Emulator

    with Emulator(["torino"]) as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        circuit = QuantumCircuit(133)
        circuit.x(5)
        observable = SparsePauliOp.from_sparse_list([("Z", [5], 1.0)], num_qubits=133)
        backend = QiskitRuntimeService().backend("ibm_torino")
        data = Estimator(backend).run([(circuit, observable)]).result()[0].data
    assert data.evs == pytest.approx(-1, abs=0.05)


def test_an_executor_job_returns_what_its_samplex_says(service):
    from qiskit_ibm_runtime import Executor, QuantumProgram
    from samplomatic import build
    from samplomatic.transpiler import generate_boxing_pass_manager

    boxed = generate_boxing_pass_manager(enable_gates=True, enable_measures=True).run(bell())
    template, samplex = build(boxed)
    program = QuantumProgram(shots=100)
    program.append_circuit_item(bell())
    program.append_samplex_item(template, samplex=samplex, shape=(8,))
    result = Executor(service.backend("ibm_manila")).run(program).result()
    assert result[0]["meas"].shape == (100, 2)
    assert result[1]["meas"].shape == (8, 100, 2)
    bits = result[1]["meas"] ^ result[1]["measurement_flips.meas"]
    assert (bits[..., 0] == bits[..., 1]).mean() == pytest.approx(0.94, abs=0.05)
    assert [part.size for part in result.metadata.chunk_timing[0].parts] == [1, 8]


def test_a_noise_learner_job_finds_the_calibrated_errors(service):
    from qiskit import QuantumCircuit
    from qiskit_ibm_runtime.noise_learner_v3 import NoiseLearnerV3
    from samplomatic.transpiler import generate_boxing_pass_manager
    from samplomatic.utils import find_unique_box_instructions

    circuit = QuantumCircuit(5, 5)
    circuit.cx(0, 1)
    circuit.measure(range(5), range(5))
    boxed = generate_boxing_pass_manager(enable_gates=True, enable_measures=True).run(circuit)
    instructions = find_unique_box_instructions(boxed)
    backend = service.backend("ibm_manila")
    results = NoiseLearnerV3(backend).run(instructions).result()
    assert len(results) == len(instructions)
    gate, readout = results.to_pauli_lindblad_maps()
    error = backend.target["cx"][0, 1].error
    assert gate.rates.sum() == pytest.approx(1.25 * error + 0.002, abs=0.003)
    assert readout.num_qubits == 5
    assert (1 - np.exp(-2 * readout.rates[0])) / 2 == pytest.approx(backend.target["measure"][0,].error)


def test_a_dry_run_goes_to_the_mock_device_and_costs_nothing(service, emulator, plain):
    from qiskit_ibm_runtime.executor_sampler import Sampler

    job = Sampler(service.backend("ibm_manila")).run([bell()], shots=SHOTS, dry_run=True)
    counts = job.result()[0].data.meas.get_counts()
    assert min(counts.values()) > 0.2 * SHOTS
    assert emulator.ledger.jobs[0].backend == "mock_manila"
    assert emulator.ledger.jobs[0].charged_seconds == 0
    assert service.jobs() == []
    assert plain.ask("GET", "/jobs?include_mocks=True")[1]["count"] == 1


def test_circuits_that_are_not_of_the_device_fail_with_the_code_of_the_service(service):
    from qiskit import QuantumCircuit
    from qiskit_ibm_runtime.exceptions import RuntimeJobFailureError
    from qiskit_ibm_runtime.executor_sampler import Sampler

    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.measure_all()
    job = Sampler(service.backend("ibm_manila")).run([circuit])
    with pytest.raises(RuntimeJobFailureError, match="1517; The instruction h"):
        job.result()
    assert job.status() == "ERROR"


@pytest.mark.parametrize("twirled", [False, True])
def test_equal_jobs_give_equal_shots_whatever_their_tags(twirled, service, emulator):
    """Circuits are made anew: their names, and the UUIDs of their parameters, tell no jobs apart either."""
    from qiskit_ibm_runtime.executor_sampler import Sampler

    def shots(tag, number=SHOTS):
        options = {"environment": {"job_tags": [tag]}, "twirling": {"enable_gates": twirled, "num_randomizations": 4}}
        return Sampler(service.backend("ibm_manila"), options=options).run([bell()], shots=number).result()[0].data

    one, two = shots("one"), shots("two")
    assert (one.meas.array == two.meas.array).all()
    assert tags_passed_through(emulator) == [["one"], ["two"]]
    other = shots("one", number=2 * SHOTS)
    assert (one.meas.array != other.meas.array[:SHOTS]).any()
    emulator.service.fresh_shots = True
    assert (one.meas.array != shots("one").meas.array).any()


def tags_passed_through(emulator):
    said = [json.loads(job.result)["passthrough_data"]["post_processor"]["options"] for job in emulator.ledger.jobs]
    return [options["environment"]["job_tags"] for options in said]


def test_a_qubit_by_itself_has_the_distribution_of_aer():
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter

    from emulator.devices import Device

    device = Device("ibm_manila")
    simulator = device.simulator(device.calibrations[0])
    angle, shots = Parameter("a"), 20_000
    single, pair = QuantumCircuit(5, 1), QuantumCircuit(5, 1)
    for circuit in (single, pair):
        for _ in range(12):
            circuit.sx(3)
            circuit.rz(angle, 3)
            circuit.delay(4000, 3, unit="ns")
            circuit.x(3)
    pair.reset(4)
    pair.barrier()
    for circuit in (single, pair):
        circuit.measure(3, 0)
    pair.sx(3)  # what comes after a measurement is none of the exact way's business
    values = np.array([[0.3], [1.7]])
    rng = np.random.default_rng(5)
    means = [simulator.sample(circuit, values, shots, rng)["c"].mean(axis=(-1, -2)) for circuit in (single, pair)]
    assert isinstance(simulator, Simulator)
    assert means[0] == pytest.approx(means[1], abs=0.015)
