"""A thousand changes of meaning, each of which changes the hash."""

from __future__ import annotations

from collections import Counter

from circuit_mutations import MUTATIONS, mutated
from circuit_recipes import built, recipe
from qiskit import QuantumCircuit
from qiskit.circuit import Annotation, BoxOp, Gate, Instruction, Parameter

from qspec.planning.fingerprint import fingerprint


def test_a_thousand_changes_of_meaning_all_change_the_hash(rng):
    kinds, unseen, recipes = Counter(), [], {}
    while kinds.total() < 1000:
        made = recipe(rng)
        original = fingerprint(built(made))
        recipes[original] = made
        for _ in range(10):
            rarest = sorted(MUTATIONS, key=lambda kind: (kinds[kind], rng.random()))
            kind, changed = mutated(made, rng, rarest)
            hash_ = fingerprint(built(changed))
            kinds[kind] += 1
            unseen += [kind] if hash_ == original or recipes.setdefault(hash_, changed) != changed else []
    shown = ", ".join(f"{kind}: {number}" for kind, number in kinds.most_common())
    print(f"{kinds.total()} mutations of {len(MUTATIONS)} kinds, {len(unseen)} with the same hash ({shown})")
    assert not unseen
    assert set(kinds) == set(MUTATIONS)


def using(operation, clbits=0):
    circuit = QuantumCircuit(operation.num_qubits, clbits)
    circuit.append(operation, circuit.qubits, circuit.clbits)
    return circuit


def defined(name, angle, *, clbits=0, params=()):
    """An operation of a name with a definition of its own."""
    definition = QuantumCircuit(1, clbits)
    definition.rx(angle, 0)
    operation = Instruction(name, 1, clbits, list(params))
    operation.definition = definition
    return operation


def test_an_operation_that_is_only_called_measure_or_reset_counts_by_its_definition():
    for name, clbits in (("measure", 1), ("reset", 0), ("barrier", 0)):
        circuits = [using(defined(name, angle, clbits=clbits), clbits) for angle in (0.1, 0.2)]
        real = QuantumCircuit(1, clbits)
        getattr(real, name)(*([0] * (1 + clbits)))
        assert len({fingerprint(circuit) for circuit in (*circuits, real)}) == 3


def test_an_operation_with_a_matrix_and_a_definition_of_its_own_counts_by_both():
    matrix = [[1, 0], [0, 1]]
    import numpy as np

    circuits = [using(defined("mine", angle, params=[np.array(matrix)])) for angle in (0.1, 0.2)]
    assert fingerprint(circuits[0]) != fingerprint(circuits[1])


def test_a_parameter_that_is_called_like_a_loop_is_not_taken_for_its_index():
    def looping(*, free):
        circuit = QuantumCircuit(1)
        with circuit.for_loop(range(3)) as index:
            circuit.rx(Parameter("loop 0") if free else index, 0)
            circuit.rz(index, 0)
        return circuit

    assert fingerprint(looping(free=True)) != fingerprint(looping(free=False))
    both = QuantumCircuit(1)
    with both.for_loop(range(3)) as index:
        both.rx(index + 2 * Parameter("loop 0"), 0)
    assert fingerprint(both)


def test_formulas_whose_brackets_qiskit_leaves_out_differ():
    a, b, c = (Parameter(name) for name in "abc")
    texts, hashes = set(), set()
    for angle in (a / (-b * c), a / -b * c):
        circuit = QuantumCircuit(1)
        circuit.rx(angle, 0)
        texts.add(str(angle))
        hashes.add(fingerprint(circuit))
    assert len(texts) == 1, "Qiskit writes them apart now: `bracketed` can go"
    assert len(hashes) == 2


class Note(Annotation):
    """An annotation that does not say how it is written."""

    namespace = "note"

    def __init__(self, text):
        self.text = text


def test_annotations_count_by_what_they_hold():
    body = QuantumCircuit(1)
    hashes = [fingerprint(using(BoxOp(body, annotations=[Note(text)]))) for text in ("one", "one", "two")]
    assert hashes[0] == hashes[1] != hashes[2]


def test_the_name_of_a_gate_without_a_definition_counts():
    assert fingerprint(using(Gate("circuit-1", 1, []))) != fingerprint(using(Gate("circuit-2", 1, [])))
