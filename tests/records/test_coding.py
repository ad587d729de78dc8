"""Metadata comes back as it was; what JSON cannot hold is kept as text, and said."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime
from fractions import Fraction

import numpy as np
import pytest
from qiskit_ibm_runtime.execution_span import (
    DoubleSliceSpan,
    ExecutionSpans,
    SliceSpan,
    TwirledSliceSpan,
    TwirledSliceSpanV2,
)

from qspec.errors import RecordError
from qspec.records.coding import KeptAsText, decode, encode


def through_json(value):
    kept: list[str] = []
    back = decode(json.loads(json.dumps(encode(value, "metadata", kept), allow_nan=False)))
    return back, kept


VALUES = [
    {"shots": 100, "nested": {"list": [1, 2.5, None, True, "θ"]}},
    (1, (2, "a"), []),
    {"$type": "a key of the user's"},
    {1: "one", (2, 3): "pair"},
    {1, 2, 3},
    frozenset({"a"}),
    1 + 2j,
    b"\x00\xff",
    datetime(2025, 1, 31, 12, 0, 0, 5, tzinfo=UTC),
    date(2025, 1, 31),
    slice(1, None, 2),
    2**80,
    math.inf,
    [],
    {},
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_with_its_type(value):
    back, kept = through_json(value)
    assert back == value
    assert type(back) is type(value)
    assert kept == []


@pytest.mark.parametrize(
    "value",
    [
        np.float64(0.1),
        np.float32(0.1),
        np.int8(-3),
        np.bool_(True),
        np.complex128(1 - 2j),
        np.datetime64("2025-01-31"),
        np.arange(6, dtype=">i4").reshape(2, 3),
        np.array(5.0),
        np.zeros((0, 2)),
        np.array(["ZZ", "θ"]),
        np.array([np.nan, -np.inf, -0.0]),
    ],
    ids=repr,
)
def test_numpy_values_come_back_bit_for_bit(value):
    back, kept = through_json(value)
    assert type(back) is type(value)
    assert (back.dtype, np.shape(back), back.tobytes()) == (value.dtype, np.shape(value), value.tobytes())
    assert kept == []


def test_nan_comes_back():
    assert math.isnan(through_json(math.nan)[0])


def test_execution_spans_come_back():
    start, stop = datetime(2025, 1, 31, 12, tzinfo=UTC), datetime(2025, 1, 31, 13, tzinfo=UTC)
    spans = ExecutionSpans(
        [
            SliceSpan(start, stop, {0: ((100,), slice(4, 9)), 2: ((2, 5), slice(None))}),
            DoubleSliceSpan(start, stop, {0: ((100, 3), slice(4, 9), slice(1, 2))}),
            TwirledSliceSpan(start, stop, {0: ((14, 18, 21), True, slice(4, 9), slice(10, 11))}),
            TwirledSliceSpanV2(start, stop, {0: ((14, 18, 21), True, slice(4, 9), slice(10, 11), 100)}),
        ]
    )
    back, kept = through_json({"execution": {"execution_spans": spans}})
    assert back == {"execution": {"execution_spans": spans}}
    assert kept == []


def test_what_json_cannot_hold_is_kept_as_text_and_its_place_is_said():
    back, kept = through_json({"a": [Fraction(1, 2)], "b": np.array([None, {}], dtype=object)})
    assert back["a"] == [KeptAsText("fractions.Fraction", "Fraction(1, 2)")]
    assert back["b"].type == "numpy.ndarray"
    assert kept == ["metadata.a.0", "metadata.b"]


@pytest.mark.parametrize(
    "data",
    [
        {"$type": "unheard of"},
        {"$type": "tuple"},
        {"$type": "numpy array", "dtype": "O", "base64": "", "shape": [1]},
        {"$type": "numpy array", "dtype": "<f8", "base64": "AAAA", "shape": [1]},
        {"$type": "execution span", "of": "__builtins__", "start": "2025-01-31", "stop": "2025-01-31"},
        {"$type": ["list"]},
    ],
    ids=repr,
)
def test_damaged_values_are_refused(data):
    with pytest.raises(RecordError, match="damaged value"):
        decode(data)
