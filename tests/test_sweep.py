"""Points of a sweep: numbered, named, and grouped into variants."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qspec.sweep import Axis, Sweep, Variants, digits, spelling

LENGTHS = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def sweep_of(lengths, combine="product"):
    axes = tuple(Axis(place=f"axis{n}", values=tuple(range(length))) for n, length in enumerate(lengths))
    return Sweep(combine=combine, axes=axes)


@given(LENGTHS)
def test_under_product_the_last_axis_runs_fastest(lengths):
    sweep = sweep_of(lengths)
    assert [sweep.indices(point) for point in range(sweep.size)] == list(product(*map(range, lengths)))


@given(st.integers(1, 3), st.integers(1, 5))
def test_under_zip_all_axes_run_together(axes, length):
    sweep = sweep_of([length] * axes, "zip")
    assert sweep.size == length
    assert [sweep.indices(point) for point in range(length)] == [(point,) * axes for point in range(length)]


@given(LENGTHS, st.data())
def test_every_point_has_one_place_in_one_variant(lengths, data):
    structural = tuple(axis for axis in range(len(lengths)) if data.draw(st.booleans()))
    variants = Variants(sweep_of(lengths), structural)
    places = [(v, i) for v in range(len(variants)) for i in range(variants.size(v))]
    points = [variants.point(*place) for place in places]
    assert sorted(points) == list(range(variants.sweep.size))
    assert [variants.place(point) for point in points] == places


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), min_size=1, max_size=12, unique=True))
def test_zipped_points_with_the_same_structure_are_one_variant(pairs):
    axes = tuple(Axis(place=name, values=values) for name, values in zip("ab", zip(*pairs, strict=True), strict=True))
    variants = Variants(Sweep(combine="zip", axes=axes), (0,))
    assert len(variants) == len({first for first, _ in pairs})
    for variant in range(len(variants)):
        points = [variants.point(variant, index) for index in range(variants.size(variant))]
        assert points == sorted(points)
        assert len({pairs[point][0] for point in points}) == 1
    places = [variants.place(point) for point in range(len(pairs))]
    assert [variants.point(*place) for place in places] == list(range(len(pairs)))


def test_variants_are_numbered_in_the_order_of_their_first_points():
    variants = Variants(Sweep(combine="zip", axes=(Axis(place="a", values=(5, 3, 5, 4)),)), (0,))
    assert [variants.point(variant, 0) for variant in range(3)] == [0, 1, 3]


def test_a_point_keeps_its_name_in_a_larger_sweep():
    small = Sweep(axes=(Axis(place="a", values=(1, 2)), Axis(place="b", values=(0.5,))))
    large = Sweep(axes=(Axis(place="b", values=(0.25, 0.5)), Axis(place="a", values=(0, 1, 2))))
    names = {tuple(sorted(large.values(n).items())): large.point_id(n) for n in range(large.size)}
    for point in range(small.size):
        assert names[tuple(sorted(small.values(point).items()))] == small.point_id(point)


def test_names_of_points_differ():
    sweep = sweep_of([50, 50])
    assert len({sweep.point_id(point) for point in range(sweep.size)}) == 2500


@pytest.mark.parametrize(("one", "other"), [(1, 1.0), ({"b": 1, "a": 2.0}, {"a": 2, "b": 1}), ((1, 2), [1.0, 2])])
def test_equal_values_are_spelt_alike(one, other):
    assert spelling(one) == spelling(other)


@pytest.mark.parametrize(("one", "other"), [(1, True), ("1", 1), (None, "null"), ([1], 1)])
def test_different_values_are_spelt_differently(one, other):
    assert spelling(one) != spelling(other)


def test_digits_are_those_of_a_number_in_mixed_bases():
    assert digits(23, (2, 3, 4)) == (1, 2, 3)
    assert digits(0, ()) == ()
