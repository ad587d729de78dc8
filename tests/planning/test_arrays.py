from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qspec.errors import SourceError
from qspec.planning.arrays import array_of
from qspec.values import MOST_VALUES, shape_of


class Texts:
    def __init__(self, **contents):
        self.contents = contents

    def read(self, name):
        return self.contents[name.replace(".", "_")]


def npy(values, **options):
    stream = io.BytesIO()
    np.save(stream, values, **options)
    return stream.getvalue()


VALUES = [
    ("pi/2", np.pi / 2),
    ([[0, "pi"], [1, 2]], [[0, np.pi], [1, 2]]),
    ({"linspace": [0, "2*pi", 5]}, np.linspace(0, 2 * np.pi, 5)),
    ({"logspace": [0, 3, 4]}, [1, 10, 100, 1000]),
    ({"arange": [0, 1, 0.25]}, [0, 0.25, 0.5, 0.75]),
    ({"arange": [1, 0, -0.5]}, [1, 0.5]),
]


@pytest.mark.parametrize(("value", "expected"), VALUES, ids=str)
def test_values_are_those_of_numpy(value, expected):
    array = array_of(value, None, seed=1)
    assert array.dtype == np.float64
    assert np.array_equal(array, expected)


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(-3, 3))
def test_the_shape_that_was_promised_is_the_shape_that_comes(start, stop, step):
    for value in ({"arange": [start, stop, step]}, {"linspace": [start, stop, 7]}):
        promised = shape_of(value)
        if promised is not None and promised[0] < 10_000:
            assert array_of(value, None, seed=1).shape == promised


def test_random_values_come_from_the_seed_and_keep_their_bounds():
    value = {"random": {"low": 1, "high": "pi", "shape": [50, 4]}}
    first = array_of(value, None, seed=7)
    assert first.shape == (50, 4)
    assert (first >= 1).all()
    assert (first < np.pi).all()
    assert np.array_equal(first, array_of(value, None, seed=7))
    assert not np.array_equal(first, array_of(value, None, seed=8))
    assert np.array_equal(first, np.random.default_rng(7).uniform(1, np.pi, (50, 4)))


def test_a_value_without_shape_is_one_value():
    assert array_of({"random": {"low": 0, "high": 1}}, None, seed=7).shape == ()


def test_an_npy_file_gives_its_array():
    files = Texts(a_npy=npy(np.arange(6).reshape(2, 3)))
    assert np.array_equal(array_of({"file": "a.npy"}, files, seed=1), [[0.0, 1, 2], [3, 4, 5]])


def test_a_column_of_a_csv_file_gives_its_values():
    files = Texts(t_csv=b'\xef\xbb\xbftheta, "phi"\r\n1,-2e3\r\n\r\n3,4\r\n')
    assert np.array_equal(array_of({"file": "t.csv", "column": "phi"}, files, seed=1), [-2000.0, 4.0])


HUGE = npy(np.zeros(3)).replace(b"(3,), }", b"(999999999999,), }")
MISTAKES = {
    "complex": ({"a_npy": npy(np.array([1j]))}, "a.npy", "values-file", "not real numbers"),
    "objects": ({"a_npy": npy(np.array([{}]), allow_pickle=True)}, "a.npy", "values-file", "not real numbers"),
    "no npy": ({"a_npy": b"PK"}, "a.npy", "values-file", "no .npy file"),
    "cut short": ({"a_npy": npy(np.zeros(3))[:-4]}, "a.npy", "values-file", "no .npy file"),
    "not a number": ({"a_npy": npy(np.array([1, np.nan]))}, "a.npy", "not-finite", "not finite"),
    "empty": ({"a_npy": npy(np.zeros((0, 2)))}, "a.npy", "values-file", "no values"),
    "huge": ({"a_npy": HUGE}, "a.npy", "too-many-values", f"{MOST_VALUES:,}"),
    "column": ({"a_csv": b"theta\n1\n"}, "a.csv", "values-file", "no column 'x'"),
    "no rows": ({"a_csv": b"x\n"}, "a.csv", "values-file", "no values"),
    "text": ({"a_csv": b"x\n1\ntwo\n"}, "a.csv", "values-file", "'two' in column 'x' is not a number"),
    "short row": ({"a_csv": b"y,x\n1,2\n3\n"}, "a.csv", "values-file", "no value in column 'x'"),
    "infinite": ({"a_csv": b"x\ninf\n"}, "a.csv", "not-finite", "not finite"),
    "latin-1": ({"a_csv": b"x\n\xe4\n"}, "a.csv", "not-utf8", "UTF-8"),
}


@pytest.mark.parametrize(("contents", "name", "code", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_file_that_cannot_be_used_is_told_so(contents, name, code, words):
    value = {"file": name, "column": "x"} if name.endswith(".csv") else {"file": name}
    with pytest.raises(SourceError) as caught:
        array_of(value, Texts(**contents), seed=1)
    assert (caught.value.code, caught.value.file) == (code, name)
    assert words in str(caught.value)


def test_a_wrong_cell_is_told_with_its_line():
    with pytest.raises(SourceError) as caught:
        array_of({"file": "a.csv", "column": "x"}, Texts(a_csv=b"x\n1\n\ntwo\n"), seed=1)
    assert caught.value.line == 4
