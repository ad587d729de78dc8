from __future__ import annotations

import pytest

from qspec.values import MOST_VALUES, check_value, shape_of

SHAPES = [
    (0.5, ()),
    ("pi/2", ()),
    ([1, 2, 3], (3,)),
    ([[0, "pi"], [1, 2], [3, 4]], (3, 2)),
    ({"linspace": [0, "2*pi", 25]}, (25,)),
    ({"linspace": [0, 1, "5*5"]}, (25,)),
    ({"logspace": [0, 3, 4]}, (4,)),
    ({"arange": [0, 1, 0.25]}, (4,)),
    ({"arange": [1, 0, -0.3]}, (4,)),
    ({"random": {"low": 0, "high": "pi"}}, ()),
    ({"random": {"low": 0, "high": 1, "shape": [10, 8]}}, (10, 8)),
    ({"random": {"low": 0, "high": 1, "shape": []}}, ()),
]


@pytest.mark.parametrize(("value", "shape"), SHAPES, ids=str)
def test_a_value_has_the_shape_of_its_array(value, shape):
    assert shape_of(value) == shape
    assert not list(check_value(value, ()))


def test_only_the_file_knows_its_shape():
    assert shape_of({"file": "angles.npy"}) is None
    assert shape_of({"file": "table.csv", "column": "theta"}) is None


MISTAKES = [
    ("2^3", "expression", ()),
    ([1, [2, "x"]], "expression", (1, 1)),
    ({"linspace": [0, "2pi", 3]}, "expression", ("linspace", 1)),
    ({"random": {"low": "a", "high": 1}}, "expression", ("random", "low")),
    ([[1, 2], [3]], "ragged", (1,)),
    ([1, [2]], "ragged", (1,)),
    ([], "empty-values", ()),
    ([[], []], "empty-values", (0,)),
    ({"arange": [0, 1, -1]}, "empty-values", ("arange",)),
    ({"arange": [0, 1, 0]}, "generator", ("arange", 2)),
    ({"linspace": [0, 1, 2.5]}, "generator", ("linspace", 2)),
    ({"linspace": [0, 1, 0]}, "generator", ("linspace", 2)),
    ({"logspace": [1, 1000, 4]}, "generator", ("logspace",)),
    ({"linspace": [0, 1, 2], "arange": [0, 1, 1]}, "generator", ()),
    ({"column": "a"}, "generator", ()),
    ({"linspace": [0, 1, 2], "column": "a"}, "generator", ("column",)),
    ({"random": {"low": 2, "high": 1}}, "generator", ("random", "low")),
    ({"file": "angles.txt"}, "generator", ("file",)),
    ({"file": "table.csv"}, "generator", ("file",)),
    ({"file": "angles.npy", "column": "a"}, "generator", ("column",)),
    ({"linspace": [0, 1, MOST_VALUES + 1]}, "too-many-values", ("linspace", 2)),
    ({"arange": [0, 1, 1e-12]}, "too-many-values", ("arange",)),
    ({"random": {"low": 0, "high": 1, "shape": [10**5, 10**5]}}, "too-many-values", ("random", "shape")),
]


@pytest.mark.parametrize(("value", "code", "route"), MISTAKES, ids=str)
def test_a_mistake_is_found_at_its_place(value, code, route):
    findings = list(check_value(value, ("here",)))
    assert (findings[0].code, findings[0].route) == (code, ("here", *route))
    assert shape_of(value) is None


def test_every_wrong_expression_of_a_list_is_found():
    findings = list(check_value(["a", 1, "b", "2^2"], ()))
    assert [finding.route for finding in findings] == [(0,), (2,), (3,)]
    assert findings[2].label == "at character 2: write ** for powers"
