"""Plain scalars mean what the core schema of YAML 1.2 says, with the narrowings of the spec format."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qspec.reading.scalars import LARGEST_WHOLE_NUMBER, Refusal, resolve

VALUES = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None, "nULL": "nULL",
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    "yes": "yes", "no": "no", "on": "on", "off": "off", "Y": "Y", "n": "n", "tRue": "tRue",
    "0": 0, "-0": 0, "+0": 0, "7": 7, "-7": -7, "+7": 7, "1_000": "1_000", "1,000": "1,000",
    "9007199254740992": 2**53, "-9007199254740992": -(2**53),
    "0x1F": 31, "0xff": 255, "0o17": 15, "0b11": "0b11", "0xG": "0xG", "0o8": "0o8", "-0x1": "-0x1",
    "1.": 1.0, ".5": 0.5, "-.5": -0.5, "+.5": 0.5, "1.5": 1.5, "00.5": 0.5, "0.0": 0.0,
    "1e-3": 1e-3, "1E5": 1e5, "1e5": 1e5, "-1.5e+3": -1500.0, ".5e1": 5.0, "1.e2": 100.0,
    "1e": "1e", "e5": "e5", ".": ".", "-": "-", "+": "+", "..": "..", "1.2.3": "1.2.3", "--1": "--1",
    "1:30": "1:30", "12:30:45": "12:30:45", "2024-01-31": "2024-01-31", "2024-01-31T12:00:00Z": "2024-01-31T12:00:00Z",
    "2*pi": "2*pi", "pi": "pi", "=": "=", "<<": "<<", "1 2": "1 2", "٣": "٣", "१२": "१२", "²": "²",
    "nan": "nan", "inf": "inf", "NaN": "NaN", "Infinity": "Infinity", ".Nan": ".Nan",
}  # fmt: skip

REFUSED = {
    "010": "leading-zero", "0011": "leading-zero", "00": "leading-zero", "-01": "leading-zero", "+007": "leading-zero",
    "08": "leading-zero", "09007199254740993": "leading-zero",
    "9007199254740993": "number-too-large", "-9007199254740993": "number-too-large", "1" * 5000: "number-too-large",
    "0x20000000000001": "number-too-large", "0x" + "f" * 9999: "number-too-large", "0o" + "7" * 9999: "number-too-large",
    ".inf": "not-finite", "-.inf": "not-finite", "+.INF": "not-finite", ".nan": "not-finite", ".NaN": "not-finite",
    "1e400": "not-finite", "-1e999": "not-finite", "9" * 400 + ".0": "not-finite",
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), VALUES.items(), ids=repr)
def test_a_plain_scalar_has_its_core_schema_value(text, value):
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize(("text", "code"), REFUSED.items(), ids=lambda value: repr(value)[:20])
def test_a_number_that_tools_disagree_about_is_refused(text, code):
    refusal = resolve(text)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert len(refusal.message) < 200
    assert len(refusal.label) < 200


def test_the_advice_for_a_leading_zero_shows_both_ways_to_mean_it():
    assert resolve("0011").label == 'for a bitstring or other text write "0011", for a number 11'
    assert resolve("-010").label == 'for a bitstring or other text write "-010", for a number -10'


@given(st.integers(-LARGEST_WHOLE_NUMBER, LARGEST_WHOLE_NUMBER))
def test_every_whole_number_up_to_2_to_53_reads_as_itself(number):
    assert resolve(str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_as_python_writes_it_reads_as_itself(number):
    value = resolve(repr(number))
    assert value == number
    assert math.copysign(1, value) == math.copysign(1, number)


@given(st.text())
def test_any_text_is_a_scalar_or_refused_and_nothing_is_raised(text):
    value = resolve(text)
    assert value is None or isinstance(value, (str, int, float, Refusal))
