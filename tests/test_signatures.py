from __future__ import annotations

import inspect

import pytest
from qiskit.circuit import library

from qspec.signatures import find_function, function_names

PLACE = ("qiskit", "circuit/library")
FUNCTIONS = {name: value for name, value in vars(library).items() if inspect.isfunction(value)}


def test_every_function_of_the_circuit_library_is_found_in_its_source():
    assert set(FUNCTIONS) <= set(function_names(*PLACE))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_source_says_what_python_says_of_the_function(name):
    found = find_function(*PLACE, name)
    parameters = inspect.signature(FUNCTIONS[name]).parameters
    assert list(found.arguments) == list(parameters)
    assert found.required == {item.name for item in parameters.values() if item.default is item.empty}


def test_what_is_not_there_is_not_found():
    assert find_function(*PLACE, "efficient_su3") is None
    assert find_function("no_such_package", "circuits", "bell") is None
    assert function_names("no_such_package", "circuits") == ()
