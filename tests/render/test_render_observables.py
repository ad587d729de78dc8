"""Observables in a few words."""

from __future__ import annotations

import pytest

from qspec.render.observables import observable_labels, spoken_observable


@pytest.mark.parametrize(
    ("observable", "spoken"),
    [
        ({"ZZ": 1.0}, "ZZ"),
        ({"ZZ": 1.0, "XI": 0.5, "IX": -0.25}, "ZZ + 0.5 XI - 0.25 IX"),
        ({"ZZ": -1}, "-ZZ"),
        ({"sparse": [["ZX", [0, 5], 0.5], ["Y", [2], -1]]}, "0.5 ZX[0,5] - Y[2]"),
        ({"file": "hamiltonian.json"}, "hamiltonian.json"),
    ],
)
def test_an_observable_is_spoken(observable, spoken):
    assert spoken_observable(observable) == spoken


def test_one_observable_is_at_every_point():
    assert observable_labels({"Z": 1}, (2, 2)).tolist() == [["Z", "Z"], ["Z", "Z"]]


def test_a_list_is_broadcast_against_the_points_from_the_right():
    assert observable_labels([{"Z": 1}, {"X": 1}], (3, 2)).tolist() == [["Z", "X"]] * 3
    assert observable_labels([[{"Z": 1}], [{"X": 1}]], (2, 2)).tolist() == [["Z", "Z"], ["X", "X"]]


@pytest.mark.parametrize("observables", [None, "Z", [{"Z": 1}] * 3])
def test_what_does_not_fit_says_nothing(observables):
    assert observable_labels(observables, (2,)) is None
