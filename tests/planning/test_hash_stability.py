"""One circuit, one hash: in every process, through QPY and OpenQASM 3, and in every supported version."""

from __future__ import annotations

import io
import os
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from circuit_recipes import built, recipe
from qiskit import QuantumCircuit, QuantumRegister, qasm3, qpy
from qiskit.circuit import AnnotatedOperation, BoxOp, Clbit, ForLoopOp, Parameter, PowerModifier, Qubit
from qiskit.circuit.classical import expr
from qiskit.circuit.library import (
    DiagonalGate,
    PauliEvolutionGate,
    QuadraticFormGate,
    RXGate,
    SGate,
    UCRXGate,
    phase_estimation,
)
from qiskit.quantum_info import SparsePauliOp

import qspec
from qspec.planning.fingerprint import Form, _digest, fingerprint, has_fingerprint

VERSIONS = range(13, qpy.common.QPY_VERSION + 1)


def through_qpy(circuit, version=qpy.common.QPY_VERSION):
    stream = io.BytesIO()
    qpy.dump(circuit, stream, version=version)
    stream.seek(0)
    return qpy.load(stream)[0]


def through_text(circuit):
    return qasm3.loads(qasm3.dumps(circuit))


def test_random_circuits_keep_their_hash_through_every_version_of_qpy(rng):
    kept = Counter()
    for _ in range(40):
        circuit = built(recipe(rng))
        for version in VERSIONS:
            assert fingerprint(through_qpy(circuit, version)) == fingerprint(circuit), version
            kept[version] += 1
    print(f"circuits that kept their hash, by version of QPY: {dict(kept)}")


def test_a_delay_whose_unit_qpy_loses_is_seen():
    circuit = QuantumCircuit(1)
    circuit.delay(100, 0, unit="ns")
    back = through_qpy(circuit)
    assert back.data[0].operation.unit == "dt", "QPY keeps units now: recipes can have any"
    assert fingerprint(back) != fingerprint(circuit) == fingerprint(through_text(circuit))


def test_what_openqasm_3_can_say_exactly_keeps_its_hash_the_first_time(rng):
    """It has no words for a global phase, nor for names of registers in definitions. Loops come back with phases of
    zero times their index.
    """
    sizes = []
    for _ in range(40):
        made = recipe(rng, plain=True)
        circuit = built({**made, "phase": 0, "steps": exact(made["steps"])})
        assert fingerprint(through_text(circuit)) == fingerprint(circuit)
        sizes.append(circuit.size())
    print(f"{len(sizes)} circuits kept their hash through OpenQASM 3, of {min(sizes)} to {max(sizes)} operations")
    assert max(sizes) > 5


def exact(steps):
    """Those steps that OpenQASM 3 can say as they are, those in blocks too."""
    left = [step for step in steps if step["op"] not in ("for", "custom") and step.get("name") not in ("csx", "rzx")]
    return [{**step, **{key: exact(step[key]) for key in ("body", "other") if key in step}} for step in left]


def test_what_came_from_openqasm_3_keeps_its_hash_through_it_unless_gates_are_renamed(rng):
    """Two gates `rzx` of different angles are read with two definitions; to write them, Qiskit calls one of them `rzx_0`.
    Names of gates count: noise models and targets go by them. That happens once.
    """
    renamed = Counter()
    for _ in range(40):
        first = through_text(built(recipe(rng, plain=True)))
        text = qasm3.dumps(first)
        second = qasm3.loads(text)
        another = re.search(r"^gate [a-z]+_\d", text, re.MULTILINE) is not None
        assert (fingerprint(second) != fingerprint(first)) == another
        assert fingerprint(through_text(second)) == fingerprint(second) == fingerprint(through_qpy(second))
        renamed[another] += 1
    print(f"read and written again: {renamed[False]} unchanged, {renamed[True]} with renamed gates, then unchanged")
    assert renamed[False]


def test_recipes_give_the_same_hash_however_often_they_are_made(rng):
    for _ in range(40):
        made = recipe(rng)
        assert fingerprint(built(made)) == fingerprint(built(made))


def loose(registers=()):
    """Bits outside of all registers, which Qiskit puts into blocks in an order of the process. `registers` are of the
    first three qubits, all of them.
    """
    circuit = QuantumCircuit([Qubit() for _ in range(6)], [Clbit() for _ in range(2)])
    for name in registers:
        circuit.add_register(QuantumRegister(name=name, bits=circuit.qubits[:3]))
    with circuit.for_loop(range(3)):
        with circuit.if_test((circuit.clbits[0], 1)) as otherwise:
            circuit.cx(4, 2)
            circuit.break_loop()
        with otherwise:
            circuit.x(1)
            circuit.cx(3, 0)
    with circuit.switch(circuit.clbits[1]) as case:
        with case(0):
            circuit.x(4)
        with case(1):
            circuit.x([3, 2, 1])
    return circuit


def alone(gate):
    circuit = QuantumCircuit(gate.num_qubits)
    circuit.append(gate, circuit.qubits)
    return circuit


def stretched():
    circuit = QuantumCircuit(2)
    stretch = circuit.add_stretch("s")
    circuit.delay(stretch, 0)
    with circuit.box(duration=expr.mul(stretch, 2)):
        circuit.x(0)
    return circuit


NUMBERED = {
    "bits outside of registers": loose,
    "bits outside of registers that share theirs": lambda: loose("abc"),
    "names of registers": lambda: alone(QuadraticFormGate(2, [[1, 2], [0, 1]], [1, 1], 1)),
    "names of operations": lambda: alone(DiagonalGate([1, -1, 1j, 1])),
    "names of operations in definitions": lambda: alone(UCRXGate([0.1, 0.2])),
    "names of powers and controls": lambda: phase_estimation(2, alone(SGate())),
    "stretches": stretched,
}
"""Circuits in which Qiskit puts numbers that it counts through the whole process."""


@pytest.mark.parametrize("make", NUMBERED.values(), ids=NUMBERED)
def test_what_qiskit_numbers_in_the_process_does_not_count(make):
    one, other = make(), make()
    assert fingerprint(one) == fingerprint(other)
    first = [_digest(circuit, Form(first=True)) for circuit in (one, other)]
    assert first[0] != first[1], "Qiskit does not number it any more"


@pytest.mark.parametrize("make", [make for name, make in NUMBERED.items() if name != "names of registers"])
def test_a_hash_in_the_first_form_is_still_that_of_the_circuit(make):
    """Qiskit's QPY gives a quadratic form back as another one, of two qubits."""
    circuit = make()
    recorded = _digest(circuit, Form(first=True))
    assert recorded != fingerprint(circuit)
    back = through_qpy(circuit)
    assert has_fingerprint(back, fingerprint(circuit))
    assert has_fingerprint(circuit, recorded)
    assert not has_fingerprint(loose() if make is stretched else stretched(), recorded)


def test_numbers_of_numpy_are_numbers():
    powers = [AnnotatedOperation(SGate(), [PowerModifier(power)]) for power in (2, 2.0, np.int64(2), np.float64(2))]
    steps = [BoxOp(QuantumCircuit(1), duration=number) for number in (5, np.int64(5))]
    times = [BoxOp(QuantumCircuit(1), duration=number, unit="us") for number in (5, 5.0, np.int64(5), np.float64(5))]
    loops = [ForLoopOp(indices, None, QuantumCircuit(1)) for indices in ((0, 2), np.array([0, 2]))]
    for same in (powers, steps, times, loops):
        circuits = [alone(operation) for operation in same]
        hashes = {fingerprint(circuit) for circuit in (*circuits, *map(through_qpy, circuits))}
        assert len(hashes) == 1, same[0]


def test_a_formula_that_is_a_parameter_is_hashed_as_the_parameter():
    a = Parameter("a")
    circuits = [alone(RXGate(angle)) for angle in (a, 1 * a, (2 * a) * 0.5)]
    assert len({fingerprint(circuit) for circuit in (*circuits, *map(through_qpy, circuits))}) == 1
    for angle in (a, (2 * a) * 0.5):  # QPY leaves the time of an evolution as it is
        evolution = alone(PauliEvolutionGate(SparsePauliOp(["X"]), time=angle))
        assert has_fingerprint(through_qpy(evolution), _digest(evolution, Form(first=True)))


def test_operations_within_operations_take_no_more_than_their_number():
    circuit = alone(SGate())
    for number in range(40):  # each level doubled a line, and 40 of them are a trillion
        circuit.name = f"level{number}"
        circuit = alone(circuit.to_gate())
    assert fingerprint(circuit) == fingerprint(through_qpy(circuit))


def test_names_of_registers_count():
    """Those of classical registers are keys of the results; those of quantum registers stand in the circuit's files."""
    hashes = {fingerprint(QuantumCircuit(QuantumRegister(1, name))) for name in "ab"}
    assert len(hashes) == 2


def of_seed():
    """The hashes of random circuits, and of all that Qiskit numbers, in this process."""
    rng = random.Random(7)
    circuits = [built(recipe(rng)) for _ in range(20)] + [make() for make in NUMBERED.values()]
    return " ".join(map(fingerprint, circuits))


def test_processes_with_any_hash_seed_and_number_of_threads_agree():
    code = (
        "import sys; sys.path[:0] = [sys.argv[1]]\n"
        "import test_hash_stability as here\n"
        "for _ in range(int(sys.argv[2])): here.of_seed()\n"
        "print(here.of_seed())"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(qspec.__file__).parents[1])}
    for seed, before, threads in (("0", "0", "1"), ("1", "1", "2"), ("4711", "2", "8")):
        chosen = {"PYTHONHASHSEED": seed, "RAYON_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        command = [sys.executable, "-c", code, str(Path(__file__).parent), before]
        done = subprocess.run(command, env=environment | chosen, capture_output=True, text=True, check=True)
        assert done.stdout.split() == of_seed().split()
