"""Bounds for measured distributions: how often they hold, by many draws, and the formulas beside exact sums."""

from __future__ import annotations

from itertools import product
from math import comb, exp, log, log1p

import numpy as np
import pytest
from scipy.stats import beta

from qspec.confidence import _entropy, expected_distance, largest_distance, smallest_fidelity

DRAWS = 20_000
SOURCES = {
    "bell": [0.5, 0.5, 0.0, 0.0],
    "noisy bell": [0.47, 0.46, 0.04, 0.03],
    "certain": [1.0, 0.0],
    "nearly certain": [0.999, 0.001],
    "skewed": [0.7, 0.2, 0.06, 0.03, 0.01],
    "uniform": [1 / 64] * 64,
    "one and many": [0.9] + [0.1 / 63] * 63,
    "geometric": [0.5**k for k in range(1, 20)] + [0.5**19],
}
FAR = {
    "none": lambda p: p,
    "little": lambda p: 0.97 * p + 0.03 / len(p),
    "much": lambda p: 0.7 * p + 0.3 / len(p),
    "reversed": lambda p: p[::-1],
}


def draws(rng, source: str, far: str, shots: int):
    """A known distribution, the true one, and the shares in many draws from that, `(draws, outcomes)`."""
    expected = np.array(SOURCES[source])
    true = FAR[far](expected)
    return expected, true, rng.multinomial(shots, true / true.sum(), size=DRAWS) / shots


def fidelities(shares, expected):
    return np.sqrt(shares * expected).sum(axis=-1) ** 2


@pytest.fixture
def generator(rng):
    return np.random.default_rng(rng.getrandbits(64))


@pytest.mark.parametrize("shots", [20, 200, 4096])
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.99])
def test_the_bounds_hold_at_least_as_often_as_they_say(generator, shots, confidence):
    """Of 20,000 draws; a coverage that is exactly the confidence would fall below it by five standard deviations once
    in three million times.
    """
    spare = 5 * (confidence * (1 - confidence) / DRAWS) ** 0.5
    for source, far in product(SOURCES, FAR):
        expected, true, shares = draws(generator, source, far, shots)
        distances = np.abs(shares - expected).sum(axis=1) / 2
        found = np.array([largest_distance(each, shots=shots, confidence=confidence) for each in distances])
        distance = np.abs(true - expected).sum() / 2
        held = float(np.mean(found >= distance - 1e-12))
        assert held >= confidence - spare, (source, far, held)
        how = {"shots": shots, "outcomes": len(expected), "confidence": confidence}
        fidelity = float(fidelities(true, expected))
        lowest = np.array([smallest_fidelity(each, **how) for each in fidelities(shares, expected)])
        held = float(np.mean(lowest <= fidelity + 1e-12))
        assert held >= confidence - spare, (source, far, held)


def test_the_average_overlap_keeps_each_of_its_two_bounds(generator):
    """Each by itself: the one for any number of outcomes, which few shots of many outcomes rest on."""
    for source, far in product(SOURCES, FAR):
        expected, true, shares = draws(generator, source, far, 100)
        overlaps = np.sqrt(shares * expected).sum(axis=1)
        for error in (0.5, 0.1, 0.01):
            beyond = np.mean(overlaps - np.sqrt(true * expected).sum() > (2 * log(1 / error) / 100) ** 0.5)
            assert beyond <= error, (source, far)


def test_the_relative_entropy_of_shares_keeps_its_bound(generator):
    for source, given in SOURCES.items():
        true = np.array(given)
        shares = generator.multinomial(300, true, size=DRAWS) / 300
        terms = np.where(shares > 0, shares * np.log(np.where(shares > 0, shares, 1) / np.where(true > 0, true, 1)), 0)
        for error in (0.5, 0.1, 0.01):
            beyond = np.mean(terms.sum(axis=1) * 300 > _entropy(len(true) - 1, log(1 / error)))
            assert beyond <= error + 5 * (error / DRAWS) ** 0.5, (source, error)


@pytest.mark.parametrize("free", [1, 3, 100, 2**20])
@pytest.mark.parametrize("error", [0.01, 1, 5, 40])
def test_the_bound_of_the_relative_entropy_solves_its_equation(free, error):
    found = _entropy(free, error)
    assert found > free
    assert found - free - free * log1p((found - free) / free) == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize("shots", [1, 7, 40])
@pytest.mark.parametrize("probability", [0.0, 1e-9, 0.1, 0.25, 0.5, 0.97, 1.0])
def test_the_expected_distance_is_the_sum_over_all_that_may_happen(shots, probability):
    chances = [comb(shots, k) * probability**k * (1 - probability) ** (shots - k) for k in range(shots + 1)]
    exact = sum(chance * abs(k / shots - probability) for k, chance in enumerate(chances))
    assert expected_distance([probability, 1 - probability], shots=shots) == pytest.approx(exact, abs=1e-14)


def test_the_expected_distance_is_the_average_of_many_draws(generator):
    for source in SOURCES:
        expected, _, shares = draws(generator, source, "none", 500)
        distances = np.abs(shares - expected).sum(axis=1) / 2
        error = 5 * float(distances.std()) / DRAWS**0.5 + 1e-12
        assert expected_distance(expected, shots=500) == pytest.approx(float(distances.mean()), abs=error)


def test_bounds_are_within_0_and_1_and_tighten_with_shots():
    assert largest_distance(0.9, shots=1, confidence=0.999) == 1
    assert smallest_fidelity(0.0, shots=10, outcomes=2, confidence=0.9) == 0
    assert smallest_fidelity(1.0, shots=1, outcomes=2**20, confidence=0.99) == 0
    few, many = ({"shots": shots, "confidence": 0.99} for shots in (100, 10_000))
    assert largest_distance(0.1, **many) < largest_distance(0.1, **few)
    assert smallest_fidelity(0.9, outcomes=4, **many) > smallest_fidelity(0.9, outcomes=4, **few)


def test_the_bound_for_a_fidelity_of_few_outcomes_is_not_far_from_the_exact_one():
    """Of two outcomes, one of which is expected: Clopper and Pearson's bound is exact, and 1,000 shots of 1,000."""
    exact = float(beta.ppf(0.01, 1000, 1))
    assert exact - 0.01 < smallest_fidelity(1.0, shots=1000, outcomes=2, confidence=0.99) < exact
    assert exact == pytest.approx(exp(log(0.01) / 1000))
