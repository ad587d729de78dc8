from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qspec.bindings import broadcast, check_names, check_shapes, elements_of, leading_shape

PARAMETERS = {"φ": None, "θ": 3}


def names(*given):
    return [(finding.code, finding.route) for finding in check_names(given, PARAMETERS, circuit="c", route=("here",))]


def shapes(given, combine="zip"):
    return [finding.code for finding in check_shapes(given, PARAMETERS, combine=combine, route=())]


def test_a_name_stands_for_a_parameter_a_vector_or_an_element():
    assert elements_of("φ", PARAMETERS) == ("φ",)
    assert elements_of("θ", PARAMETERS) == ("θ[0]", "θ[1]", "θ[2]")
    assert elements_of("θ[2]", PARAMETERS) == ("θ[2]",)


@pytest.mark.parametrize("name", ["θ[3]", "φ[0]", "theta", "θ[-1]", "θ[]", "θ[1000000000000]"])
def test_other_names_stand_for_nothing(name):
    assert elements_of(name, PARAMETERS) == ()


def test_values_for_everything_are_no_finding():
    assert names("θ", "φ") == []
    assert names("φ", "θ[2]", "θ[0]", "θ[1]") == []


def test_an_unknown_name_suggests_the_nearest():
    unknown = next(check_names(["beta"], {"betas": 2}, circuit="c", route=()))
    assert unknown.code == "unknown-parameter"
    assert unknown.label == "did you mean 'betas'?"
    assert unknown.notes == ("parameters of 'c': betas (a vector of 2)",)


def test_an_element_beside_its_vector_is_repeated():
    assert names("θ", "θ[1]", "φ") == [("repeated-parameter", ("here", "θ[1]"))]


def test_what_has_no_value_is_named():
    (finding,) = check_names(["θ[0]"], PARAMETERS, circuit="c", route=("here",))
    assert finding.code == "missing-parameter"
    assert finding.message == "there are no values for the parameters 'φ', 'θ[1]', 'θ[2]' of circuit 'c'"
    (finding,) = check_names(["φ"], PARAMETERS, circuit="c", route=())
    assert finding.message == "there are no values for the parameter 'θ (a vector of 3)' of circuit 'c'"


def test_the_last_axis_of_a_vectors_values_is_its_length():
    assert shapes({"θ": (3,)}) == shapes({"θ": (10, 3)}) == shapes({"θ": None}) == []
    assert shapes({"θ": ()}) == shapes({"θ": (3, 10)}) == shapes({"θ": (1,)}) == ["parameter-shape"]


def test_arrays_that_do_not_broadcast_are_found_unless_they_are_multiplied():
    clash = {"φ": (4,), "θ": (5, 3)}
    assert shapes(clash) == ["not-broadcastable"]
    assert shapes(clash, "product") == []
    assert shapes({"φ": (4, 1), "θ": (5, 3)}) == []


def test_a_product_has_the_axes_of_its_entries_in_order():
    given = {"θ": (2, 5, 3), "φ": (4,)}
    assert leading_shape(given, PARAMETERS, combine="product") == (2, 5, 4)
    assert leading_shape(dict(reversed(given.items())), PARAMETERS, combine="product") == (4, 2, 5)


@given(st.lists(st.lists(st.integers(1, 3), max_size=4).map(tuple), max_size=4))
def test_broadcasting_is_that_of_numpy(given_shapes):
    try:
        expected = np.broadcast_shapes(*given_shapes)
    except ValueError:
        expected = None
    assert broadcast(given_shapes) == expected
