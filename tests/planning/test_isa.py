from __future__ import annotations

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.circuit.library import RZZGate
from qiskit.circuit.random import random_circuit
from qiskit.transpiler import Target, generate_preset_pass_manager

from qspec.planning.isa import foreign_instruction, measure_up


def measured(circuit, num_qubits=2):
    return measure_up("c", circuit, num_qubits=num_qubits, hash_="sha256:", duration=None)


@pytest.mark.parametrize("seed", range(8))
def test_the_measures_of_a_circuit_are_those_of_qiskit(seed, line_target):
    circuit = random_circuit(5, 8, max_operands=3, measure=True, seed=seed)
    isa = generate_preset_pass_manager(1, target=line_target, seed_transpiler=seed).run(circuit)
    isa.barrier()
    found = measured(isa)
    assert found.depth == isa.depth()
    assert found.size == isa.size()
    assert found.two_qubit_gates == isa.num_nonlocal_gates()
    assert found.two_qubit_depth == isa.depth(lambda instruction: instruction.operation.name == "cx")
    assert found.operations == dict(isa.count_ops())
    assert found.registers in ({"meas": 5}, {"c": 5})


def test_qubits_in_use_are_those_with_instructions():
    circuit = QuantumCircuit(5, 1)
    circuit.x(1)
    circuit.barrier()
    circuit.measure(3, 0)
    assert measured(circuit).physical_qubits == (1, 3)
    assert measured(circuit, num_qubits=3).num_qubits == 3


def test_an_empty_circuit_has_measures_too():
    found = measured(QuantumCircuit(2))
    assert (found.depth, found.size, found.two_qubit_depth, found.physical_qubits) == (0, 0, 0, ())


def test_gates_inside_control_flow_are_counted():
    circuit = QuantumCircuit(3, 1)
    with circuit.if_test((0, 1)) as otherwise:
        circuit.cx(0, 1)
        circuit.cx(1, 2)
    with otherwise:
        circuit.cx(0, 2)
    found = measured(circuit)
    assert found.two_qubit_gates == 3
    assert found.operations == {"cx": 3, "if_else": 1}
    assert found.depth == 1


def test_a_transpiled_circuit_is_an_isa_circuit(line_target):
    circuit = random_circuit(4, 5, max_operands=2, measure=True, seed=1)
    isa = generate_preset_pass_manager(1, target=line_target, seed_transpiler=1).run(circuit)
    assert foreign_instruction(isa, line_target) == ""


def test_the_first_foreign_instruction_is_named(line_target):
    circuit = QuantumCircuit(5)
    circuit.x(0)
    circuit.h(3)
    assert foreign_instruction(circuit, line_target) == "its instruction 1 is 'h', which the backend does not know"


def test_gates_between_qubits_that_are_apart_are_foreign(line_target):
    circuit = QuantumCircuit(5)
    circuit.cx(0, 2)
    assert "is 'cx' on qubits 0, 2, where the backend has none" in foreign_instruction(circuit, line_target)


def test_control_flow_is_looked_into_with_the_right_qubits(line_target):
    circuit = QuantumCircuit(5, 1)
    with circuit.if_test((0, 1)):
        circuit.cx(3, 4)
    assert foreign_instruction(circuit, line_target) == ""
    with circuit.if_test((0, 1)):
        circuit.cx(2, 4)
    assert "on qubits 2, 4" in foreign_instruction(circuit, line_target)


def test_angles_out_of_bounds_are_foreign():
    target = Target(num_qubits=2)
    target.add_instruction(RZZGate(Parameter("a")), {(0, 1): None}, angle_bounds=[(0, 1.5)])
    for angle, word in ((1.0, ""), (2.0, "an angle out of bounds"), (Parameter("a"), "")):
        circuit = QuantumCircuit(2)
        circuit.rzz(angle, 0, 1)
        assert word in foreign_instruction(circuit, target)
        assert bool(word) == bool(foreign_instruction(circuit, target))
