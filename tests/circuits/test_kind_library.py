from __future__ import annotations

import pytest
from qiskit.circuit import library

from qspec.circuits.library import Library
from qspec.errors import SourceError
from qspec.planning.build import facts_of
from qspec.planning.fingerprint import fingerprint


def make(name, **args):
    return Library(name=name, args=args)


def mistake(name, **args):
    source = make(name, **args)
    with pytest.raises(SourceError) as caught:
        source.load(None)
    return caught.value


USES = [
    make("efficient_su2", num_qubits=3, reps=2, entanglement="full"),
    make("efficient_su2", num_qubits=3, entanglement=[[0, 1], [1, 2]]),
    make("efficient_su2", num_qubits=2.0, su2_gates=["rx", "y"]),
    make("efficient_su2", num_qubits=2, reps=0, skip_final_rotation_layer=True),
    make("efficient_su2", num_qubits=3, parameter_prefix="a", skip_final_rotation_layer=True),
    make("real_amplitudes", num_qubits=4, reps=1),
    make("n_local", num_qubits=3, rotation_blocks=["ry", "rz"], entanglement_blocks="cz"),
    make("excitation_preserving", num_qubits=3, mode="fsim"),
    make("pauli_two_design", num_qubits=3, seed=1),
    make("zz_feature_map", feature_dimension=2, reps=1),
    make("pauli_feature_map", feature_dimension=3, paulis=["Z", "YY"]),
    make("quantum_volume", num_qubits=4, seed=10**9),
    make("random_iqp", num_qubits=3, seed=2),
    make("iqp", interactions=[[6, 5], [5, 4]]),
    make("hidden_linear_function", adjacency_matrix=[[1, 1], [1, 1]]),
    make("fourier_checking", f=[1, -1, -1, -1], g=[1, 1, -1, -1]),
]


@pytest.mark.parametrize("source", USES, ids=lambda source: f"{source.name} {source.args}")
def test_a_circuit_is_what_the_function_returns_and_the_scan_agrees(source):
    circuit, seen = source.load(None), source.scan(None)
    true = facts_of(circuit)
    for name in ("num_qubits", "registers", "parameters", "measures"):
        assert getattr(seen, name) in (None, getattr(true, name))


def test_the_arguments_reach_qiskit():
    made = make("efficient_su2", num_qubits=2, reps=1, entanglement="full").load(None)
    assert fingerprint(made) == fingerprint(library.efficient_su2(2, reps=1, entanglement="full"))


def test_the_parameters_of_the_most_used_ansatz_are_known_without_qiskit():
    assert make("efficient_su2", num_qubits=4, reps=2).scan(None).parameters == {"θ": 24}
    assert make("real_amplitudes", num_qubits=4, reps=2, parameter_prefix="a").scan(None).parameters == {"a": 12}
    assert make("efficient_su2", num_qubits=4, su2_gates=["rx"]).scan(None).parameters is None


@pytest.mark.parametrize(("name", "near"), [("efficient_su", "efficient_su2"), ("EfficientSU2", "efficient_su2")])
def test_an_unknown_function_suggests_the_nearest(name, near):
    error = mistake(name, num_qubits=2)
    assert (error.code, error.keys, error.advice) == ("unknown-library-circuit", ("name",), f"did you mean '{near}'?")


@pytest.mark.parametrize("name", ["get_standard_gate_name_mapping", "random_bitwise_xor", "os", "np", "QFTGate", "_x"])
def test_what_makes_no_circuit_is_refused(name):
    assert mistake(name).code == "unknown-library-circuit"


MISTAKES = [
    ("efficient_su2", {}, "needs the argument 'num_qubits'", ("name",)),
    ("efficient_su2", {"num_qubits": 2, "rep": 1}, "has no argument 'rep'", ("args", "rep")),
    ("efficient_su2", {"num_qubits": "two"}, "must be a whole number", ("args", "num_qubits")),
    ("efficient_su2", {"num_qubits": True}, "must be a whole number", ("args", "num_qubits")),
    ("efficient_su2", {"num_qubits": -1}, "must be from 0 to 5,000", ("args", "num_qubits")),
    ("efficient_su2", {"num_qubits": 10**9}, "must be from 0 to 5,000", ("args", "num_qubits")),
    ("efficient_su2", {"num_qubits": 5000, "reps": 5000}, "too large", ("args",)),
    ("efficient_su2", {"num_qubits": 2, "entanglement": "ful"}, "Unsupported entanglement: ful", ("args",)),
    ("efficient_su2", {"num_qubits": 2, "entanglement": [[0, 9]]}, "beyond", ("args", "entanglement")),
    ("iqp", {"interactions": [[1, 2]]}, "must be symmetric", ("args",)),
    ("grover_operator", {}, "takes a circuit as 'oracle'", ("name",)),
    ("qaoa_ansatz", {"cost_operator": "ZZ"}, "takes an operator", ("args", "cost_operator")),
]


@pytest.mark.parametrize(("name", "args", "words", "keys"), MISTAKES, ids=lambda value: str(value)[:40])
def test_wrong_arguments_are_told_at_their_key(name, args, words, keys):
    error = mistake(name, **args)
    assert (error.code, error.keys) == ("library-args", keys)
    assert words in str(error)


def test_the_nearest_argument_is_suggested():
    assert mistake("efficient_su2", num_qubits=2, rep=1).advice == "did you mean 'reps'?"


def test_a_function_that_draws_at_random_takes_a_seed_from_outside_unless_it_has_one():
    drawn = make("quantum_volume", num_qubits=3)
    assert drawn.seeded(7).load(None) == drawn.seeded(7).load(None) != drawn.seeded(8).load(None)
    fixed = make("quantum_volume", num_qubits=3, seed=1)
    assert fixed.seeded(7) is fixed
    plain = make("efficient_su2", num_qubits=2)
    assert plain.seeded(7) is plain
