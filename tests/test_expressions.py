from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qspec.expressions import DEEPEST, LONGEST, ExpressionError, evaluate

VALUES = {
    "1": 1.0,
    "1e-3": 1e-3,
    ".5": 0.5,
    "5.": 5.0,
    "pi": math.pi,
    "2*pi/3": 2 * math.pi / 3,
    " ( 1 + 2 ) * 3 ": 9.0,
    "1-2-3": -4.0,
    "8/2/2": 2.0,
    "-2**2": -4.0,
    "2**-1": 0.5,
    "2**3**2": 512.0,
    "2*-3": -6.0,
    "--3": 3.0,
    "+3": 3.0,
    "-pi**2": -(math.pi**2),
}


@pytest.mark.parametrize(("text", "value"), VALUES.items(), ids=VALUES)
def test_an_expression_has_the_value_that_python_gives_it(text, value):
    assert evaluate(text) == value


MISTAKES = {
    "": (1, "ends too early"),
    "1+": (3, "ends too early"),
    "2^3": (2, "'^' cannot stand here"),
    "sin(1)": (1, "'sin' is not known"),
    "2pi": (2, "an operator is missing before 'pi'"),
    "(2 pi)": (4, "an operator is missing before 'pi'"),
    "2(3)": (2, "an operator is missing before '('"),
    "1_000": (2, "an operator is missing before '_000'"),
    "(1": (1, "not closed"),
    "1)": (2, "')' cannot stand here"),
    "1/0": (2, "division by zero"),
    "0**-1": (2, "division by zero"),
    "(-8)**0.5": (5, "a root of a negative number"),
    "1e308*10": (6, "beyond the range"),
    "1e400": (1, "beyond the range"),
    "9**9**9": (2, "beyond the range"),
    "٣": (1, "cannot stand here"),
}


@pytest.mark.parametrize(("text", "mistake"), MISTAKES.items(), ids=map(repr, MISTAKES))
def test_a_mistake_is_told_with_its_column(text, mistake):
    with pytest.raises(ExpressionError) as caught:
        evaluate(text)
    assert caught.value.column == mistake[0]
    assert mistake[1] in str(caught.value)


@pytest.mark.parametrize(
    ("text", "advice"),
    [("2^3", "write ** for powers"), ("π", "write pi"), ("np.pi", "write pi"), ("2pi", "write *"), ("2×3", "write *")],
)
def test_frequent_mistakes_come_with_advice(text, advice):
    with pytest.raises(ExpressionError) as caught:
        evaluate(text)
    assert caught.value.advice == advice


@pytest.mark.parametrize("text", ["-" * 150 + "1", "(" * 90 + "1" + ")" * 90, "2**" * 60 + "1", "1+" * 200 + "1"])
def test_deep_and_long_expressions_are_refused(text):
    with pytest.raises(ExpressionError, match=f"at most ({LONGEST} characters|{DEEPEST} deep)|nested"):
        evaluate(text)


numbers = st.floats(-1e6, 1e6).map(repr)
expressions = st.recursive(
    numbers | st.just("pi"),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(" ".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-{text}"),
    ),
    max_leaves=6,
)


@given(expressions)
def test_any_expression_agrees_with_python(text):
    try:
        expected = eval(text, {"pi": math.pi})
    except ZeroDivisionError:
        expected = math.inf
    if len(text) <= LONGEST and math.isfinite(expected):
        assert evaluate(text) == expected


@given(st.text(max_size=60))
def test_no_text_does_anything_but_raise_or_give_a_finite_number(text):
    try:
        value = evaluate(text)
    except ExpressionError as error:
        assert 1 <= error.column <= len(text) + 1  # noqa: PT017
    else:
        assert math.isfinite(value)
