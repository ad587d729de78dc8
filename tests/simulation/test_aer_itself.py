"""Aer by itself: the target of the ideal simulator, and the options it takes."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer import AerSimulator

from qspec.errors import UsageError
from qspec.simulation.aer import METHODS, check_options, ideal_target


@pytest.mark.parametrize("method", ["automatic", "stabilizer", "matrix_product_state", "density_matrix"])
def test_the_ideal_target_has_the_gates_of_the_simulator(method):
    assert set(ideal_target(method).operation_names) == set(AerSimulator(method=method).target.operation_names)


def test_every_method_of_this_aer_that_can_measure_is_offered():
    """tensor_network needs a GPU, and is not among the methods elsewhere."""
    assert {*AerSimulator().available_methods(), "tensor_network"} == {*METHODS, "unitary", "superop"}


@pytest.mark.parametrize("level", range(4))
def test_circuits_transpile_as_for_aers_own_target(level):
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.ccx(0, 1, 2)
    circuit.cu(0.1, 0.2, 0.3, 0.4, 1, 2)
    circuit.rzz(0.4, 0, 2)
    circuit.measure_all()
    ours, theirs = (
        generate_preset_pass_manager(level, target=target, seed_transpiler=3).run(circuit)
        for target in (ideal_target(), AerSimulator().target)
    )
    assert ours == theirs


def test_the_ideal_target_does_not_depend_on_the_memory_of_the_machine():
    assert ideal_target().num_qubits is None
    clifford = QuantumCircuit(200)
    clifford.h(range(200))
    isa = generate_preset_pass_manager(1, target=ideal_target("stabilizer"), seed_transpiler=1).run(clifford)
    assert isa.num_qubits == 200


def test_its_operations_stand_in_a_fixed_order():
    names = list(ideal_target().operation_names)
    assert names == sorted(names)


def test_known_options_are_taken():
    check_options({"fusion_enable": False, "matrix_product_state_max_bond_dimension": 8}, method="automatic")


@pytest.mark.parametrize(
    ("options", "message", "advice"),
    [
        ({"fusion_max_qubti": 3}, "AerSimulator has no option 'fusion_max_qubti'", "did you mean 'fusion_max_qubit'?"),
        ({"fusion_enable": "yes"}, "the option 'fusion_enable' of AerSimulator must be true or false, not 'yes'", ""),
        ({"mps_swap_direction": 3}, "the option 'mps_swap_direction' of AerSimulator must be text, not 3", ""),
        ({"fusion_max_qubit": "a"}, "AerSimulator refuses 'a' for its option 'fusion_max_qubit'", ""),
        (
            {"fusion_threshold": 3, "matrix_product_state_max_bond_dimension": -3},
            "AerSimulator refuses -3 for its option 'matrix_product_state_max_bond_dimension'",
            "",
        ),
        (
            {"seed_simulator": 3},
            "'seed_simulator' is not set under 'options'",
            "it comes from 'seed', a key of the spec",
        ),
        ({"method": "statevector"}, "'method' is not set under 'options'", "it is a key of the backend"),
        ({"shots": 3}, "'shots' is not set under 'options'", "it is a key of the job"),
    ],
    ids=lambda value: next(iter(value), "") if isinstance(value, dict) else "",
)
def test_options_that_aer_does_not_take_are_refused_at_once(options, message, advice):
    with pytest.raises(UsageError) as error:
        check_options(options)
    assert (str(error.value), error.value.advice) == (message, advice)


def test_an_option_like_no_other_lists_them_all():
    with pytest.raises(UsageError) as error:
        check_options({"qqqqq": 1})
    assert "zero_threshold" in error.value.advice
    assert "noise_model" not in error.value.advice


def test_a_device_that_this_machine_lacks_is_refused():
    if "GPU" in AerSimulator().available_devices():
        pytest.skip("this machine has a GPU")
    with pytest.raises(UsageError, match='"GPU" is not supported on this system'):
        check_options({}, device="GPU")


def test_a_method_that_this_aer_lacks_is_refused():
    if "tensor_network" in AerSimulator().available_methods():
        pytest.skip("this machine can simulate tensor networks")
    with pytest.raises(UsageError, match="tensor_network"):
        ideal_target("tensor_network")
