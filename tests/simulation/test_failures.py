"""What Aer says when a simulation fails, in plain words and on every primitive."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import BackendEstimatorV2
from qiskit_aer import AerSimulator
from qiskit_aer.primitives import EstimatorV2, SamplerV2

from qspec.errors import JobError
from qspec.simulation.failures import explain, simulating

WIDE = 40


def wide(*, measured=False):
    circuit = QuantumCircuit(WIDE)
    for qubit in range(WIDE):
        circuit.ry(0.3, qubit)
    for qubit in range(WIDE - 1):
        circuit.cx(qubit, qubit + 1)
    if measured:
        circuit.measure_all()
    return circuit


def sample(simulator):
    return SamplerV2.from_backend(simulator, seed=1).run([wide(measured=True)], shots=10).result()


def estimate_exactly(simulator):
    return EstimatorV2.from_backend(simulator).run([(wide(), "Z" * WIDE)], precision=0.1).result()


def estimate(simulator):
    return BackendEstimatorV2(backend=simulator).run([(wide(), "Z" * WIDE)], precision=0.1).result()


@pytest.mark.parametrize("run", [sample, estimate, estimate_exactly], ids=lambda run: run.__name__)
def test_a_circuit_too_wide_for_the_memory_is_said_in_gibibytes(run, capfd):
    with pytest.raises(JobError) as error, simulating():
        run(AerSimulator(max_memory_mb=2048))
    assert str(error.value) == (
        "a circuit is too wide to simulate here: the method 'statevector' needs 16,384 GiB, and 2 GiB are there"
    )
    assert "matrix_product_state" in error.value.advice
    assert capfd.readouterr().err == ""


def test_a_number_beyond_all_machines_is_not_spelt_out():
    with pytest.raises(JobError, match="'density_matrix' needs more memory than any machine has"), simulating():
        sample(AerSimulator(method="density_matrix", max_memory_mb=2048))


def test_gates_that_a_method_cannot_simulate_are_named():
    with pytest.raises(JobError, match=r"'stabilizer' cannot simulate: ry \(it takes Clifford") as error, simulating():
        sample(AerSimulator(method="stabilizer"))
    assert error.value.advice == "method: automatic chooses one that can"


def test_other_words_of_aer_are_passed_on():
    with pytest.raises(JobError, match="the simulation failed: CH::State: Invalid gate operation 'ry'"), simulating():
        sample(AerSimulator(method="extended_stabilizer"))


def test_a_failure_that_a_primitive_overlooks_is_raised():
    with pytest.raises(JobError, match="too wide"), simulating():
        AerSimulator(max_memory_mb=100).run(wide(measured=True), shots=10).result()


def test_errors_that_are_no_failed_simulation_pass_through():
    with pytest.raises(ZeroDivisionError), simulating():
        1 / 0  # noqa: B018


def test_a_simulation_that_succeeds_is_left_alone(capfd):
    circuit = QuantumCircuit(1)
    circuit.measure_all()
    with simulating():
        result = SamplerV2(seed=1).run([circuit], shots=10).result()
    assert result[0].data.meas.get_counts() == {"0": 10}
    assert capfd.readouterr().err == ""


def test_failures_outside_are_logged_as_before(caplog):
    with simulating():
        pass
    AerSimulator(max_memory_mb=100).run(wide(measured=True), shots=10).result()
    assert "Simulation failed" in caplog.text


def test_unknown_words_are_kept():
    assert str(explain("Simulation failed")) == "the simulation failed: Simulation failed"
