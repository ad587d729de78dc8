from __future__ import annotations

import inspect

import pytest
from qiskit.circuit import library

from qspec.circuits.library import _FULL, Library
from qspec.errors import SourceError

TOO_MUCH = [
    ("quantum_volume", {"num_qubits": 5000}),
    ("quantum_volume", {"num_qubits": 5000, "depth": None}),
    ("random_iqp", {"num_qubits": 5000}),
    ("zz_feature_map", {"feature_dimension": 5000}),
    ("efficient_su2", {"num_qubits": 2000, "entanglement": "full"}),
]
FINE = [
    ("quantum_volume", {"num_qubits": 300}),
    ("quantum_volume", {"num_qubits": 5000, "depth": 2}),
    ("random_iqp", {"num_qubits": 100}),
    ("efficient_su2", {"num_qubits": 2000}),
    ("z_feature_map", {"feature_dimension": 2000}),
    ("zz_feature_map", {"feature_dimension": 100, "reps": 4}),
]


@pytest.mark.parametrize(("name", "args"), TOO_MUCH)
def test_circuits_as_deep_as_wide_are_too_large_by_their_width_alone(name, args):
    with pytest.raises(SourceError, match="too large"):
        Library(name=name, args=args).scan(None)


@pytest.mark.parametrize(("name", "args"), FINE)
def test_ordinary_sizes_are_not(name, args):
    assert Library(name=name, args=args).scan(None).num_qubits == next(iter(args.values()))


def test_the_functions_that_entangle_all_pairs_unless_told_are_known():
    functions = inspect.getmembers(library, inspect.isfunction)
    defaults = {name: inspect.signature(found).parameters.get("entanglement") for name, found in functions}
    full = {name for name, found in defaults.items() if found is not None and found.default == "full"}
    assert full == _FULL | {"z_feature_map"}
