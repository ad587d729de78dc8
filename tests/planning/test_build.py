from __future__ import annotations

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector
from small import legacy

from qspec.circuits.library import Library
from qspec.facts import CircuitFacts
from qspec.planning.build import add, facts_of, measures_into_registers
from qspec.planning.build import load_source as load_by
from qspec.planning.reuse import Reuse
from qspec.spec import Circuit

ANSATZ = Library(name="efficient_su2", args={"num_qubits": 2, "reps": 1})


def load_source(circuit, files, *, seed):
    return load_by(circuit, files, seed=seed, reuse=Reuse())


def test_facts_name_registers_parameters_and_measurements():
    circuit = legacy("qreg q[3];\ncreg c[2];\ncreg d[1];\nmeasure q[0] -> d[0];")
    assert facts_of(circuit) == CircuitFacts(num_qubits=3, registers={"c": 2, "d": 1}, parameters={}, measures=True)


def test_a_vector_counts_as_one_while_all_of_its_elements_are_free():
    vector, single = ParameterVector("θ", 12), Parameter("φ")
    circuit = QuantumCircuit(1)
    for parameter in [*vector, single]:
        circuit.rx(parameter, 0)
    assert facts_of(circuit).parameters == {"θ": 12, "φ": None}
    left = circuit.assign_parameters({vector[3]: 0.5})
    assert facts_of(left).parameters == {"φ": None, **{f"θ[{n}]": None for n in range(12) if n != 3}}


def test_binding_fixes_some_parameters_and_leaves_the_others():
    circuit = Circuit(source=ANSATZ, bind={"θ[0]": "pi/2", "θ[7]": 1})
    built = add(circuit, load_source(circuit, None, seed=1))
    assert [parameter.name for parameter in built.parameters] == [f"θ[{n}]" for n in range(1, 7)]


def test_measure_all_adds_the_register_meas_and_leaves_the_source_alone():
    circuit = Circuit(source=ANSATZ, measure="all")
    bare = load_source(circuit, None, seed=1)
    built = add(circuit, bare)
    assert facts_of(built).registers == {"meas": 2}
    assert facts_of(built).measures
    assert facts_of(bare).registers == {}


def test_only_a_source_that_draws_at_random_depends_on_the_seed():
    volume = Circuit(source=Library(name="quantum_volume", args={"num_qubits": 2}))
    assert load_source(volume, None, seed=1) == load_source(volume, None, seed=1)
    assert load_source(volume, None, seed=1) != load_source(volume, None, seed=2)


def test_measurements_inside_control_flow_count():
    circuit = QuantumCircuit(2, 2)
    with circuit.if_test((0, 1)), circuit.for_loop(range(2)):
        circuit.measure(0, 1)
    assert facts_of(circuit).measures
    assert measures_into_registers(circuit)


@pytest.mark.parametrize("held", [True, False])
def test_single_bits_are_told_from_registers(held):
    from qiskit.circuit import ClassicalRegister, Clbit, Qubit

    bit = Clbit()
    circuit = QuantumCircuit([Qubit(), bit])
    if held:
        circuit.add_register(ClassicalRegister(bits=[bit], name="c"))
    circuit.measure(0, 0)
    assert measures_into_registers(circuit) is held
