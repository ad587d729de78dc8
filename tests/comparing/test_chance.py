"""Probabilities are those of counting all ways to deal shots to two sides, with whole numbers or by SciPy's own."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import chdtri, xlogy
from scipy.stats import binom, hypergeom

from qspec.comparing.chance import FEWEST, classes_of, classes_p_value, distances, share_p_values

SIDES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=40).filter(
    lambda pairs: all(sum(side) for side in zip(*pairs, strict=True))
)
LEVELS = (1e-3, 1e-5, 1e-8)


def ways(number: int, together: int, n: int, m: int) -> int:
    return comb(n, number) * comb(m, together - number)


def fisher(number: int, together: int, n: int, m: int) -> float:
    """Twice the smaller tail, by whole numbers."""
    every = comb(n + m, together)
    below = sum(ways(each, together, n, m) for each in range(number + 1))
    above = sum(ways(each, together, n, m) for each in range(number, together + 1))
    return min(1.0, 2 * min(below, above) / every)


@given(n=st.integers(1, 60), m=st.integers(1, 60), data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_share_is_tested_by_counting_all_ways_to_deal_the_shots(n, m, data):
    together = data.draw(st.integers(0, n + m))
    number = data.draw(st.integers(max(0, together - m), min(together, n)))
    found = share_p_values(np.array([number]), np.array([together]), (n, m))[0]
    assert found == pytest.approx(fisher(number, together, n, m), rel=1e-10)


@pytest.mark.parametrize("shots", [(1000, 1000), (4096, 100_000), (1_000_000, 3000)])
def test_shares_of_many_shots_are_tested_as_scipy_does_far_into_the_tail(shots):
    n, m = shots
    for share in (0.001, 0.1, 0.5, 0.9):
        together = int(share * (n + m))
        mean, spread = together * n / (n + m), np.sqrt(together * n * m * (1 - share)) / (n + m)
        inside = (max(0, together - m), min(together, n))
        number = np.clip(np.round(mean + spread * np.arange(-8, 9)).astype(int), *inside)
        law = hypergeom(n + m, together, n)
        expected = np.minimum(1, 2 * np.minimum(law.cdf(number), law.sf(number - 1)))
        found = share_p_values(number, np.full_like(number, together), shots)
        assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("found", "shots"), [((25, 976), (1000, 100_000)), ((30, 1970), (1000, 200_000)), ((28, 5000), (300, 100_000))]
)
def test_a_frequent_property_that_one_side_has_rarely_is_tested_exactly(found, shots):
    """The normal distribution gives p-values that are 3 to 800 times too small here."""
    exact = 2 * hypergeom.sf(found[0] - 1, sum(shots), sum(found), shots[0])
    assert share_p_values(np.array(found[:1]), np.array([sum(found)]), shots)[0] == pytest.approx(exact, rel=1e-6)


def test_ten_million_shots_are_tested_as_the_normal_distribution_says():
    n = 10_000_000
    number = np.array([n // 2 + 4000])
    found = share_p_values(number, np.array([n]), (n, n))[0]
    z = (4000 - 0.5) / np.sqrt(n / 8 * 2 * n / (2 * n - 1))
    assert found == pytest.approx(np.exp(-(z**2) / 2) * 2 / (z * np.sqrt(2 * np.pi)) * (1 - 1 / z**2), rel=0.02)


@given(n=st.integers(1, 40), m=st.integers(1, 40), data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_share_gives_a_false_alarm_at_no_level_more_often_than_the_level_says(n, m, data):
    together = data.draw(st.integers(1, n + m - 1))
    numbers = np.arange(max(0, together - m), min(together, n) + 1)
    p_values = share_p_values(numbers, np.full_like(numbers, together), (n, m))
    weights = np.array([ways(int(number), together, n, m) / comb(n + m, together) for number in numbers])
    for level in p_values:
        assert weights[p_values <= level * (1 + 1e-9)].sum() <= level * (1 + 1e-9)


@given(pairs=SIDES)
@settings(max_examples=200, deadline=None)
def test_the_expected_distance_is_the_average_over_all_ways_to_deal_the_shots(pairs):
    first, second = np.array(pairs).T
    n, m = int(first.sum()), int(second.sum())
    average = 0.0
    for k in (first + second).tolist():
        inside = range(max(0, k - m), min(k, n) + 1)
        average += sum(ways(x, k, n, m) / comb(n + m, k) * abs(x / n - (k - x) / m) for x in inside) / 2
    distance, expected = distances(first, second)
    assert expected == pytest.approx(average, rel=1e-9, abs=1e-12)
    assert distance == pytest.approx(sum(abs(x / n - y / m) for x, y in pairs) / 2)


@given(pairs=SIDES)
@settings(max_examples=200, deadline=None)
def test_classes_hold_all_shots_and_none_is_small_but_the_only_one(pairs):
    first, second = np.array(pairs).T
    one, other = classes_of(first, second)
    assert (one.sum(), other.sum()) == (first.sum(), second.sum())
    share = min(first.sum(), second.sum()) / (first.sum() + second.sum())
    assert len(one) == 1 or min(one + other) * share >= FEWEST * (1 - 1e-12)


@given(pairs=SIDES, seed=st.integers(0, 2**32 - 1))
@settings(max_examples=200, deadline=None)
def test_classes_depend_on_the_sums_of_both_sides_alone(pairs, seed):
    first, second = np.array(pairs).T
    dealt = np.random.default_rng(seed).multivariate_hypergeometric(first + second, int(first.sum()))
    assert sum(classes_of(first, second)).tolist() == sum(classes_of(dealt, first + second - dealt)).tolist()


@given(pairs=SIDES)
@settings(max_examples=200, deadline=None)
def test_it_does_not_matter_which_side_is_the_first(pairs):
    first, second = np.array(pairs).T * 10
    one, other = classes_of(first, second)
    if len(one) > 1:
        assert classes_p_value(one, other) == pytest.approx(classes_p_value(other, one), rel=1e-9)
    assert distances(first, second) == pytest.approx(distances(second, first))


def test_what_is_the_same_has_a_p_value_of_one_and_no_distance():
    same = np.array([40, 300, 5000])
    assert classes_p_value(same, same) == pytest.approx(1.0)
    assert distances(same, same)[0] == 0


def test_three_classes_are_tested_with_the_published_statistic():
    # G of a table of 2 x 3, by its definition, and Williams' divisor (1976): 1 + (n/r1 + n/r2 - 1)(Σ n/cj - 1)/(6n(r-1)(c-1))
    table = np.array([[70, 190, 240], [96, 170, 334]])
    n, rows, columns = table.sum(), table.sum(axis=1), table.sum(axis=0)
    g = 2 * sum(
        o * np.log(o * n / (r * c))
        for line, r in zip(table, rows, strict=True)
        for o, c in zip(line, columns, strict=True)
    )
    q = 1 + (sum(n / rows) - 1) * (sum(n / columns) - 1) / (6 * n * 2)
    assert classes_p_value(*table) == pytest.approx(
        np.exp(-g / q / 2), rel=1e-10
    )  # the tail for two degrees of freedom


@pytest.mark.parametrize("ratio", [1, 3, 10])
def test_three_classes_give_false_alarms_as_often_as_the_level_says(ratio):
    """Over all ways to deal the shots of two rare classes and a frequent one, with their exact probabilities."""
    k, m = FEWEST * (1 + ratio), 40_000 * ratio
    together, n = np.array([k, k, 40_000 + m - 2 * k]), 40_000
    laws = hypergeom.pmf(np.arange(k + 1), n + m, k, n)
    sizes = dict.fromkeys(LEVELS, 0.0)
    for x in np.flatnonzero(laws > 1e-11).tolist():
        given_x = laws[x] * hypergeom.pmf(np.arange(k + 1), n + m - k, k, n - x)
        for y in np.flatnonzero(given_x > 1e-12).tolist():
            first = np.array([x, y, n - x - y])
            p_value = classes_p_value(first, together - first)
            for level in LEVELS:
                sizes[level] += given_x[y] * (p_value <= level)
    shown = ", ".join(f"{sizes[level] / level:.2f} at {level:g}" for level in LEVELS)
    print(f"\n1 : {ratio}, three classes: false alarms as multiples of the level: {shown}")
    assert all(sizes[level] <= 1.15 * level for level in LEVELS)


def dealt(k: int, share: float, statistic: str, step: float):
    """The distribution, on a grid, of one class's part of a statistic when each of its k shots goes to a side by lot."""
    x = np.arange(k + 1)
    mean, weights = k * share, binom.pmf(x, k, share)
    if statistic == "G":
        parts = 2 * (xlogy(x, x / mean) + xlogy(k - x, (k - x) / (k - mean)))
        parts /= 1 + (1 / share + 1 / (1 - share) - 1) / (6 * k)
    else:
        parts = (x - mean) ** 2 / (mean * (1 - share))
    parts = np.maximum(parts, 0) / step
    low = np.floor(parts).astype(int)
    size = low.max() + 2
    return np.bincount(low, weights * (1 - parts + low), size) + np.bincount(low + 1, weights * (parts - low), size)


def sizes_of(classes: int, ratio: int, statistic: str) -> list[float]:
    """The probability that the sum over independent classes is beyond chi-square's quantile, as multiples of the level."""
    step, share = 0.02, 1 / (1 + ratio)
    quantiles = [chdtri(classes, level) for level in LEVELS]
    length = int(quantiles[-1] / step) + 100
    one, summed = dealt(FEWEST * (1 + ratio), share, statistic, step)[:length], np.ones(1)
    for _ in range(classes):
        summed = np.convolve(summed, one)[:length]
    below = np.cumsum(np.pad(summed, (0, length - min(len(summed), length))))
    return [
        (1 - below[int(np.ceil(quantile / step)) - 1]) / level
        for quantile, level in zip(quantiles, LEVELS, strict=True)
    ]


@pytest.mark.slow
def test_the_far_tail_of_many_classes_is_that_of_chi_square_for_g_and_too_heavy_for_pearsons():
    print(f"\nfalse alarms as multiples of the levels {LEVELS}, each class expects {FEWEST} shots on the smaller side")
    for ratio in (1, 3, 10, 100):
        for classes in (2, 5, 20, 100):
            g, pearson = (sizes_of(classes, ratio, each) for each in ("G", "Pearson"))
            print(
                f"| 1 : {ratio} | {classes} | {' '.join(f'{x:.2f}' for x in g)} | {' '.join(f'{x:.2f}' for x in pearson)} |"
            )
            assert max(g) <= 1.15
            assert max(pearson) > 2 or ratio < 10 or classes == 100
