from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, qpy
from qiskit.circuit import Parameter, ParameterVector
from qiskit.circuit.classical import expr, types
from qiskit.circuit.library import PauliEvolutionGate, PermutationGate, QFTGate, XGate
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import SparsePauliOp

import qspec
from qspec.planning.fingerprint import fingerprint


def through_qpy(circuit, version=qpy.common.QPY_VERSION):
    stream = io.BytesIO()
    qpy.dump(circuit, stream, version=version)
    stream.seek(0)
    return qpy.load(stream)[0]


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("seed", range(10))
def test_random_circuits_keep_their_hash_through_qpy(seed, conditional):
    circuit = random_circuit(4, 6, max_operands=4, measure=True, conditional=conditional, reset=True, seed=seed)
    assert fingerprint(circuit) == fingerprint(through_qpy(circuit)) == fingerprint(circuit.copy())


PARAMETERS = [Parameter("a"), Parameter("b"), *ParameterVector("θ", 3)]


def formula(rng, depth):
    """A random expression of parameters."""
    if depth == 0:
        return rng.choice([*PARAMETERS, rng.uniform(-2, 2)])
    left, right = formula(rng, depth - 1), formula(rng, depth - 1)
    made = [left + right, left - right, left * right, left / (right * right + 2.5)]
    made += [make() for make in (getattr(left, name, None) for name in ("sin", "cos", "exp")) if make]
    return rng.choice(made)


def test_formulas_of_parameters_keep_their_hash_through_qpy(rng):
    for _ in range(60):
        circuit = QuantumCircuit(1)
        value = formula(rng, 3)
        circuit.rz(value, 0)
        assert fingerprint(circuit) == fingerprint(through_qpy(circuit)), str(value)


def everything():
    """A circuit with one of everything."""
    a, vector = Parameter("a"), ParameterVector("θ", 3)
    circuit = QuantumCircuit(QuantumRegister(3, "q"), ClassicalRegister(2, "c"), ClassicalRegister(3, "d"))
    number = circuit.add_var("number", expr.lift(3, types.Uint(8)))
    circuit.add_input("flag", types.Bool())
    with circuit.if_test(expr.logic_and(circuit.clbits[0], expr.less(number, 5))) as otherwise:
        circuit.x(0)
        circuit.store(number, expr.bit_and(number, 7))
    with otherwise:
        circuit.h(1)
    with circuit.while_loop((circuit.cregs[0], 2)):
        circuit.h(0)
        circuit.break_loop()
    with circuit.for_loop(range(5)) as i:
        circuit.rx(i * 0.3, 0)
    with circuit.for_loop((1, 4, 2)) as i:
        circuit.rx(i * 0.3, 0)
        with circuit.for_loop(range(2)) as j:
            circuit.rz(i + j * 2 + a, 1)
    with circuit.switch(circuit.cregs[1]) as case:
        with case(0, 2):
            circuit.x(0)
        with case(case.DEFAULT):
            circuit.y(0)
    with circuit.box(duration=100, unit="ns"):
        circuit.x(0)
    circuit.unitary(np.eye(4), [0, 1])
    circuit.delay(100, 0)
    circuit.append(XGate().control(2, ctrl_state=1), [0, 1, 2])
    circuit.initialize([1, 0], 0)
    circuit.append(QFTGate(2), [0, 1])
    circuit.append(PermutationGate([1, 0, 2]), [0, 1, 2])
    mine = QuantumCircuit(2, name="mine")
    mine.h(0)
    mine.rx(a * vector[2], 1)
    circuit.append(mine.to_gate(), [0, 1])
    circuit.append(mine.to_gate().control(1), [0, 1, 2])
    circuit.append(PauliEvolutionGate(SparsePauliOp(["XX", "ZI"], [1, 0.5]), time=a), [0, 1])
    circuit.global_phase = vector[0] / 2
    circuit.measure_all()
    return circuit


@pytest.mark.parametrize("version", [13, 15, qpy.common.QPY_VERSION])
def test_everything_that_a_circuit_can_hold_keeps_its_hash_through_qpy(version):
    circuit = everything()
    assert fingerprint(circuit) == fingerprint(through_qpy(circuit, version))


def test_names_and_metadata_of_the_circuit_do_not_count():
    circuit = everything()
    renamed = circuit.copy(name="other")
    renamed.metadata = {"day": "Monday"}
    assert fingerprint(renamed) == fingerprint(circuit)


def test_parameters_made_anew_are_the_same_parameters():
    assert fingerprint(everything()) == fingerprint(everything())


def test_the_hash_is_the_same_in_every_process():
    code = (
        "import sys; sys.path[:0] = [sys.argv[1]]\n"
        "from test_fingerprint import everything, fingerprint\n"
        "for _ in range(int(sys.argv[2])): everything()\n"  # loops are numbered through the whole process
        "print(fingerprint(everything()))"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(qspec.__file__).parents[1])}
    hashes = set()
    for seed, before in (("1", "0"), ("2", "3")):
        command = [sys.executable, "-c", code, str(Path(__file__).parent), before]
        done = subprocess.run(
            command, env=environment | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        )
        hashes.add(done.stdout.strip())
    assert hashes == {fingerprint(everything())}


def small():
    circuit = QuantumCircuit(QuantumRegister(2, "q"), ClassicalRegister(2, "c"))
    circuit.rx(0.5, 0)
    circuit.cx(0, 1)
    circuit.delay(100, 1)
    with circuit.if_test((0, 1)):
        circuit.x(1)
    circuit.measure([0, 1], [0, 1])
    return circuit


def changed(number):
    """The small circuit with one change of meaning."""
    circuit = QuantumCircuit(QuantumRegister(2, "q"), ClassicalRegister(2, "x" if number == 0 else "c"))
    circuit.rx(0.5 + (1e-15 if number == 1 else 0), 0)
    circuit.cx(*((1, 0) if number == 2 else (0, 1)))
    circuit.delay(101 if number == 3 else 100, 1, unit="ns" if number == 4 else "dt")
    with circuit.if_test((0, 0 if number == 5 else 1)):
        circuit.x(0 if number == 6 else 1)
        if number == 7:
            circuit.x(1)
    circuit.measure([0, 1], [1, 0] if number == 8 else [0, 1])
    circuit.global_phase = 0.1 if number == 9 else 0
    return circuit


def test_every_change_of_meaning_changes_the_hash():
    hashes = [fingerprint(small()), *(fingerprint(changed(number)) for number in range(10))]
    assert len(set(hashes)) == len(hashes)
    assert fingerprint(changed(10)) == hashes[0]


def test_gates_of_one_name_and_different_definitions_differ():
    def using(angle):
        inner = QuantumCircuit(1, name="mine")
        inner.rx(angle, 0)
        circuit = QuantumCircuit(1)
        circuit.append(inner.to_gate(), [0])
        return circuit

    assert fingerprint(using(0.1)) != fingerprint(using(0.2))


def test_matrices_and_formulas_count():
    def with_unitary(matrix):
        circuit = QuantumCircuit(1)
        circuit.unitary(matrix, 0, label="u")
        return circuit

    def with_angle(angle):
        circuit = QuantumCircuit(1)
        circuit.rx(angle, 0)
        return circuit

    a, b = Parameter("a"), Parameter("b")
    assert fingerprint(with_unitary(np.eye(2))) != fingerprint(with_unitary(np.diag([1, 1j])))
    assert fingerprint(with_angle(a)) != fingerprint(with_angle(b))
    assert fingerprint(with_angle(a + b)) == fingerprint(with_angle(b + a)) != fingerprint(with_angle(a - b))
    assert fingerprint(with_angle(2 * a)) != fingerprint(with_angle(2 * b))
    assert fingerprint(with_angle(1)) == fingerprint(with_angle(1.0))
