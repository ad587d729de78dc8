from __future__ import annotations

import pytest

from qspec.planning.formulas import in_order

SAME = [
    ("a + b", "b + a"),
    ("a*b*c", "c*(b*a)"),
    ("a - b", "-b + a"),
    ("-(x - y)", "y - x"),
    ("sin(b + a)*2", "2*sin(a + b)"),
    ("(x - y)*(-z)", "(y - x)*z"),
    ("a/b/c", "a/(b*c)"),
    ("-a*b", "a*(-b)"),
    ("-0", "0"),
    ("2*a", "2.0*a"),
    ("a**2*b", "b*a**2"),
]
DIFFERENT = [
    ("a + b", "a - b"),
    ("a/b", "b/a"),
    ("-a", "a"),
    ("a**b", "b**a"),
    ("sin(a)", "cos(a)"),
    ("a*b + c", "a*(b + c)"),
    ("2*a", "3*a"),
    ("-(a + b)", "-a + b"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_formula_come_out_alike(one, other):
    assert in_order(one) == in_order(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_formulas_stay_different(one, other):
    assert in_order(one) != in_order(other)


def test_what_cannot_be_read_is_left_alone():
    assert in_order("2 ?? 3") == "2 ?? 3"
    deep = "+".join(["a"] * 20_000)
    assert in_order(deep) == deep
