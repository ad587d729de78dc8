from __future__ import annotations

import numpy as np

from qspec.planning.bindings import bindings_of

PARAMETERS = {"θ": 2, "φ": None}
EVERYTHING = {"θ[0]", "θ[1]", "φ"}
THETA, PHI = np.arange(8.0).reshape(4, 2), np.arange(3.0)


def bind(arrays, combine, kept=EVERYTHING):
    return bindings_of(arrays, PARAMETERS, combine=combine, kept=kept)


def test_zipped_arrays_broadcast_in_front_of_the_vectors_axis():
    bindings = bind({"θ": THETA.reshape(4, 1, 2), "φ": PHI}, "zip")
    assert bindings.shape == (4, 3)
    assert np.array_equal(bindings.as_array(["θ[0]", "θ[1]", "φ"])[3, 2], [6, 7, 2])


def test_a_product_takes_every_combination_in_the_order_of_the_entries():
    bindings = bind({"θ": THETA, "φ": PHI}, "product")
    assert bindings.shape == (4, 3)
    for row in range(4):
        for column in range(3):
            point = bindings.as_array(["θ[0]", "θ[1]", "φ"])[row, column]
            assert np.array_equal(point, [*THETA[row], PHI[column]])
    assert bind({"φ": PHI, "θ": THETA}, "product").shape == (3, 4)


def test_single_numbers_make_one_parameter_set():
    bindings = bind({"θ": THETA[0], "φ": np.float64(2)}, "zip")
    assert bindings.shape == ()
    assert np.array_equal(bindings.as_array(["φ", "θ[1]", "θ[0]"]), [2, 1, 0])


def test_elements_can_be_given_one_by_one():
    bindings = bind({"θ[1]": PHI, "θ[0]": np.float64(9), "φ": PHI}, "zip")
    assert np.array_equal(bindings.as_array(["θ[0]", "θ[1]", "φ"]), [[9, 0, 0], [9, 1, 1], [9, 2, 2]])


def test_what_transpiling_removed_is_left_out_and_the_shape_stays():
    bindings = bind({"θ": THETA, "φ": PHI}, "product", kept={"θ[1]"})
    assert bindings.shape == (4, 3)
    assert np.array_equal(bindings.as_array(["θ[1]"])[:, 0, 0], [1, 3, 5, 7])
    assert bind({"θ": THETA, "φ": PHI}, "product", kept=set()).shape == (4, 3)
