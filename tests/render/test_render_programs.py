"""Results of the executor and the noise learner as a person reads them."""

from __future__ import annotations

import numpy as np
import pytest

from qspec.records.saved import PubData
from qspec.render.executed import counted, spoken_execution
from qspec.render.look import Look
from qspec.render.noise import is_learned_noise, render_learned_noise


def executed(shape, bits, flips=None):
    arrays = {"meas": np.array(bits, dtype=bool)}
    arrays |= {} if flips is None else {"measurement_flips.meas": np.array(flips, dtype=bool)}
    return PubData(shape=shape, registers={}, arrays=arrays)


def test_bits_of_an_executor_become_counts_with_qubit_0_rightmost():
    pub = executed((), [[1, 0, 0], [1, 0, 0], [0, 1, 1]])
    assert counted(pub).counts() == {"001": 2, "110": 1}
    assert spoken_execution(pub) == "3 shots"


def test_points_stay_points():
    pub = executed((2,), [[[1, 0]], [[0, 1]]])
    assert [counted(pub).counts(index=(point,)) for point in (0, 1)] == [{"01": 1}, {"10": 1}]
    assert spoken_execution(pub) == "1 shot at each of 2 points"


def test_flips_of_twirled_measurements_are_undone_and_randomizations_counted_together(rng):
    shape, shots, bits = (5, 2), 7, 9
    truth = np.zeros((2, bits), dtype=bool)
    truth[1, [0, 8]] = True
    flips = np.array([[[[rng.random() < 0.5 for _ in range(bits)]] for _ in range(2)] for _ in range(5)])
    pub = executed(shape, np.broadcast_to(truth[None, :, None], (*shape, shots, bits)) ^ flips, flips)
    shown = counted(pub)
    assert shown.shape == (2,)
    assert shown.counts(index=(0,)) == {"000000000": 35}
    assert shown.counts(index=(1,)) == {"100000001": 35}
    assert not shown.arrays
    assert spoken_execution(pub).endswith("; flips of twirled measurements undone, 5 randomizations together")


@pytest.mark.parametrize("array", [np.zeros((4, 2), dtype=complex), np.zeros(3, dtype=bool)])
def test_what_is_no_classified_measurement_is_left_alone(array):
    pub = PubData(shape=(), registers={}, arrays={"meas": array})
    assert counted(pub) is pub
    assert spoken_execution(pub) == ""


def test_each_layer_has_its_qubits_and_its_largest_rates():
    pub = PubData(
        shape=(),
        registers={},
        arrays={
            "layer": np.array([0, 0, 0, 1]),
            "generators": np.array(["X0", "Z0Z1", "Y1", "X3"]),
            "rates": np.array([0.001, 0.0234, 0.002, 0.5]),
            "rates_std": np.array([0.0001, 0.0005, 0.0, 0.25]),
        },
    )
    layers = [{"qubits": [0, 1], "operations": [["cz", 0, 1], ["x", 0]]}, {"qubits": [3], "operations": []}]
    assert is_learned_noise(pub)
    assert render_learned_noise(pub, layers, top=2, look=Look()) == (
        "    layer 0: qubits 0 1, cz 0 1, x 0\n"
        "      generator    rate  standard error\n"
        "      Z0Z1       0.0234  ± 0.0005\n"
        "      Y1          0.002  ± 0\n"
        "      and 1 smaller rate\n"
        "    layer 1: qubits 3, no gates\n"
        "      generator  rate  standard error\n"
        "      X3          0.5  ± 0.25\n"
    )
