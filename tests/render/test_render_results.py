"""Counts as bars, expectation values as tables."""

from __future__ import annotations

import json

import numpy as np
import pytest

from qspec.records.counts import Bits
from qspec.records.saved import PubData
from qspec.render.look import Look, columns
from qspec.render.results import pub_data, render_pub

LOOK = Look()


def sampled(*shots: str, shape: tuple[int, ...] = (), name: str = "meas") -> PubData:
    """A PUB with one register, from its bitstrings."""
    return PubData(shape=shape, registers={name: bits(*shots, shape=shape)}, arrays={})


def bits(*shots: str, shape: tuple[int, ...] = ()) -> Bits:
    width = len(shots[0])
    rows = [list(int(text, 2).to_bytes(-(-width // 8), "big")) for text in shots]
    return Bits(np.array(rows, dtype=np.uint8).reshape(*shape, -1, -(-width // 8)), width)


def estimated(values: object, errors: object = None) -> PubData:
    array = np.array(values, dtype=float)
    spread = {} if errors is None else {"stds": np.broadcast_to(np.array(errors, dtype=float), array.shape)}
    return PubData(shape=array.shape, registers={}, arrays={"evs": array, **spread})


def test_counts_are_bars_with_counts_and_probabilities():
    pub = sampled(*["00"] * 3, *["11"] * 5, name="c")
    assert render_pub(pub, top=10, look=Look(width=50)).splitlines() == [
        "    c   counts  probability",
        "    00       3       0.3750  ████████████▋",
        "    11       5       0.6250  █████████████████████",
    ]


@pytest.mark.parametrize("width", [60, 80, 200])
def test_bars_fit_the_width(width):
    pub = sampled(*["0" * 127] * 1200, *["1" * 127] * 3)
    lines = render_pub(pub, top=10, look=Look(width=width)).splitlines()
    assert max(map(columns, lines)) <= max(width, 73)
    assert f"{'0' * 20}…{'0' * 19}" in lines[1]


def test_bitstrings_stand_in_their_order_when_all_are_shown():
    lines = render_pub(sampled("10", "01", "01", "00", "11"), top=4, look=LOOK).splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["00", "01", "10", "11"]


def test_the_most_frequent_bitstrings_are_shown_when_there_are_more():
    lines = render_pub(sampled("10", "10", "01", "01", "01", "00", "11"), top=2, look=LOOK).splitlines()
    assert [line.split()[:2] for line in lines[1:3]] == [["01", "3"], ["10", "2"]]
    assert lines[3] == "    and 2 more bitstrings, 2 shots; most frequent first"


def test_top_zero_shows_all():
    pub = sampled(*(f"{number:08b}" for number in range(200)))
    assert len(render_pub(pub, top=0, look=LOOK).splitlines()) == 201


def test_several_registers_are_joint_with_the_last_one_leftmost():
    pub = PubData(shape=(), registers={"a": bits("01", "01"), "b": bits("1", "1")}, arrays={})
    assert render_pub(pub, top=10, look=LOOK).splitlines()[:2] == [
        "    b a   counts  probability",
        f"    1 01       2       1.0000  {'█' * 40}",
    ]


def test_each_point_of_a_broadcast_pub_has_a_line():
    pub = sampled("000", "000", "001", "001", "010", "011", "100", "100", shape=(2,))
    assert render_pub(pub, top=10, look=LOOK).splitlines() == [
        "    index  meas",
        "    [0]    000 0.500  001 0.500",
        "    [1]    100 0.500  010 0.250  011 0.250",
    ]


def test_points_and_outcomes_beyond_are_counted():
    pub = sampled(*(f"{number % 5:03b}" for number in range(60)), shape=(3, 4))
    lines = render_pub(pub, top=2, look=LOOK).splitlines()
    assert lines[1] == "    [0, 0]  000 0.200  001 0.200  010 0.200  and 2 more"
    assert lines[3:] == ["    and 10 more points"]


def test_an_expectation_value_has_its_standard_error():
    assert render_pub(estimated(-0.30125, 0.0123), top=10, look=LOOK).splitlines() == [
        "    expectation value  standard error",
        "               -0.301  ± 0.012",
    ]


def test_expectation_values_line_up_whatever_their_sign():
    lines = render_pub(estimated([1.5, -12.25, 0.0], 0.0001), top=10, look=LOOK).splitlines()
    assert lines[1:] == [
        "    [0]              1.50000  ± 0.00010",
        "    [1]            -12.25000  ± 0.00010",
        "    [2]              0.00000  ± 0.00010",
    ]


def test_many_expectation_values_end_in_their_extremes():
    lines = render_pub(estimated(np.arange(12).reshape(3, 4) - 5.5, 0.1), top=2, look=LOOK).splitlines()
    assert lines[1:] == [
        "    [0, 0]             -5.500  ± 0.100",
        "    [0, 1]             -4.500  ± 0.100",
        "    and 10 more values",
        "    lowest -5.500 at [0, 0], highest 5.500 at [2, 3]",
    ]


@pytest.mark.parametrize(
    ("values", "errors"), [(float("nan"), float("nan")), ([float("inf"), 1.0], [0.1, float("inf")])]
)
def test_values_that_are_no_numbers_are_said_to_be_none(values, errors):
    assert "not a number" in render_pub(estimated(values, errors), top=1, look=LOOK)


def test_exact_values_show_six_digits():
    assert "0.707107" in render_pub(estimated(2**-0.5, 0.0), top=1, look=LOOK)


def test_other_arrays_are_named():
    pub = PubData(shape=(), registers={}, arrays={"noise": np.zeros((2, 3)), "gain": np.zeros(1)})
    assert render_pub(pub, top=1, look=LOOK) == "    also recorded: noise, gain\n"


def test_parameter_values_and_observables_stand_beside_the_points():
    beside = {"θ": np.array([0.5, 1e-9]), "observable": np.array(["ZZ", "X" * 99], dtype=object)}
    assert render_pub(estimated([1.0, -1.0], 0.1), beside=beside, top=5, look=LOOK).splitlines() == [
        "    index      θ  observable                 expectation value  standard error",
        "    [0]      0.5  ZZ                                     1.000  ± 0.100",
        f"    [1]    1e-09  {'X' * 24}…             -1.000  ± 0.100",
    ]
    assert render_pub(sampled("0", "1", shape=(2,)), beside={"θ": beside["θ"]}, top=5, look=LOOK).splitlines() == [
        "    index      θ  meas",
        "    [0]      0.5  0 1.000",
        "    [1]    1e-09  1 1.000",
    ]


def test_ascii_is_enough():
    text = render_pub(sampled("0" * 60, "1" * 60), top=10, look=Look(unicode=False))
    text += render_pub(estimated([0.5], 0.1), top=10, look=Look(unicode=False))
    assert text.isascii()
    assert "+- 0.100" in text


def test_json_has_counts_for_one_point_and_points_for_many():
    assert pub_data(sampled("01", "01", "10")) == {"shape": [], "registers": {"meas": 2}, "counts": {"01": 2, "10": 1}}
    assert pub_data(sampled("1", "0", shape=(2,)))["points"] == [
        {"index": [0], "counts": {"1": 1}},
        {"index": [1], "counts": {"0": 1}},
    ]
    assert json.loads(json.dumps(pub_data(estimated([[0.5]], 0.25)))) == {
        "shape": [1, 1],
        "evs": [[0.5]],
        "stds": [[0.25]],
    }
