from __future__ import annotations

import json

import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp

from qspec.errors import SourceError
from qspec.planning.observables import empty_observables, observables_of, read_files


class Texts:
    def __init__(self, content):
        self.content = content

    def read(self, name):
        return self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()


def as_labels(value, num_qubits=2):
    array = observables_of(value, QuantumCircuit(num_qubits), num_qubits=num_qubits, follow_layout=True)
    return array.tolist()


def test_the_rightmost_letter_acts_on_qubit_0():
    assert as_labels({"ZI": 1.0, "IX": 0.5}) == {"ZI": 1.0, "IX": 0.5}
    assert as_labels({"sparse": [["ZX", [0, 1], 2.0]]}) == {"XZ": 2.0}
    assert as_labels({"sparse": [["", [], 3], ["Y", [1], 1]]}) == {"II": 3.0, "YI": 1.0}


def test_like_terms_add_up_and_small_ones_stay():
    assert as_labels({"sparse": [["ZX", [0, 1], 1.0], ["XZ", [1, 0], 0.5], ["Z", [0], 1e-12]]}) == {
        "XZ": 1.5,
        "IZ": 1e-12,
    }


def test_nested_lists_are_an_array():
    array = observables_of([[{"Z": 1}], [{"X": 1}], [{"Y": 1}]], QuantumCircuit(1), num_qubits=1, follow_layout=True)
    assert array.shape == (3, 1)
    assert array.tolist() == [[{"Z": 1.0}], [{"X": 1.0}], [{"Y": 1.0}]]


def test_an_observable_is_as_wide_as_the_isa_circuit():
    array = observables_of({"ZX": 1}, QuantumCircuit(5), num_qubits=2, follow_layout=False)
    assert array.num_qubits == 5
    assert array.tolist() == {"IIIZX": 1.0}


def test_it_is_the_operator_that_qiskit_makes_of_the_same_terms():
    terms = [("ZX", [0, 2], 0.7), ("YY", [1, 0], -1.5), ("X", [2], 0.25)]
    array = observables_of(
        {"sparse": [list(term) for term in terms]}, QuantumCircuit(3), num_qubits=3, follow_layout=True
    )
    expected = SparsePauliOp.from_sparse_list(terms, num_qubits=3)
    assert SparsePauliOp.from_sparse_observable(array.slice(())).equiv(expected)


def contents(content, value):
    return list(read_files(value, Texts(content), ("here",)))


def test_files_hold_one_observable_in_either_notation():
    assert contents({"ZZ": 1, "XI": -0.5}, {"file": "h.json"}) == [(("here",), {"ZZ": 1, "XI": -0.5})]
    sparse = {"sparse": [["ZZ", [0, 1], 1.0]]}
    assert contents(sparse, [{"ZZ": 1}, {"file": "h.json"}]) == [(("here", 1), sparse)]
    assert contents(sparse, None) == contents(sparse, {"ZZ": 1}) == []


MISTAKES = {
    "no JSON": (b'{"ZZ": 1,}', "is not JSON", 1),
    "no UTF-8": (b'{"ZZ\xff": 1}', "JSON in UTF-8", 0),
    "deep": (b"[" * 100_000, "JSON", None),
    "a list": ([{"ZZ": 1}], "must be a mapping", 0),
    "nothing": ({}, "must be a mapping", 0),
    "letters": ({"ZA": 1}, "'ZA' is not a Pauli string", 0),
    "lengths": ({"ZZ": 1, "Z": 1}, "differ in length", 0),
    "text": ({"ZZ": "one"}, "coefficient of 'ZZ'", 0),
    "true": ({"ZZ": True}, "coefficient of 'ZZ'", 0),
    "infinite": (b'{"ZZ": Infinity}', "coefficient of 'ZZ'", 0),
    "terms": ({"sparse": [["ZZ", [0, 1], 1], ["Z", [0, 1], 1]]}, "term 1 is not", 0),
    "qubit twice": ({"sparse": [["ZZ", [0, 0], 1]]}, "term 0 is not", 0),
    "more": ({"sparse": [["Z", [0], 1]], "ZZ": 1}, "nothing beside it", 0),
    "no terms": ({"sparse": []}, "must be a list of terms", 0),
}


@pytest.mark.parametrize(("content", "words", "line"), MISTAKES.values(), ids=MISTAKES)
def test_a_file_that_holds_something_else_is_told_so(content, words, line):
    ((_, error),) = contents(content, {"file": "h.json"})
    assert isinstance(error, SourceError)
    assert (error.code, error.file) == ("observable-file", "h.json")
    assert words in str(error)
    assert line is None or error.line == line


@pytest.mark.parametrize(
    "value", [{"ZZ": 0}, {"ZZ": 1e-9}, {"sparse": [["ZX", [0, 1], 1.0], ["XZ", [1, 0], -1.0]]}], ids=str
)
def test_an_observable_of_which_nothing_is_left_is_found(value):
    assert [finding.route for finding in empty_observables([{"ZZ": 1}, value], ())] == [(1,)]


def test_an_observable_with_a_term_left_is_none():
    assert not list(empty_observables([{"ZZ": 0, "XX": 1}, {"sparse": [["Z", [0], 1.0], ["Z", [1], -1.0]]}], ()))
