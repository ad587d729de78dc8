"""A fast wrong answer must be noticed, and a right one never refused."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from benchmarks.agreement import (
    all_of,
    equal,
    estimates,
    follows,
    near,
    not_too_good,
    same_distributions,
    same_marginals,
)

BELL = {"00": 0.5, "11": 0.5}


@pytest.fixture
def draw(rng):
    return np.random.default_rng(rng.getrandbits(64))


def drawn(draw, probabilities, shots):
    words = list(probabilities)
    return Counter(draw.choice(words, size=shots, p=list(probabilities.values())).tolist())


def words(draw, shots, bits, *, odd=0.5):
    """Random words whose parity is odd with a probability."""
    free = draw.integers(0, 2, (shots, bits - 1))
    last = (free.sum(axis=1) + (draw.random(shots) < odd)) % 2
    return Counter("".join(map(str, row)) for row in np.column_stack([free, last]).tolist())


def test_shots_of_one_distribution_agree(draw):
    for _ in range(50):
        ours, theirs = [drawn(draw, BELL, 4096)], [drawn(draw, BELL, 1000)]
        assert follows(ours, [BELL]).agree
        assert same_distributions(ours, theirs).agree


@pytest.mark.parametrize(
    "wrong", [{"00": 0.58, "11": 0.42}, {"00": 0.49, "11": 0.49, "01": 0.02}, {"00": 1.0}, {"01": 0.5, "10": 0.5}]
)
def test_shots_of_another_distribution_do_not(draw, wrong):
    ours = [drawn(draw, wrong, 4096)]
    assert not follows(ours, [BELL]).agree
    assert not same_distributions(ours, [drawn(draw, BELL, 4096)]).agree


def test_one_wrong_circuit_among_many_is_noticed(draw):
    uniform = {f"{index:05b}": 1 / 32 for index in range(32)}
    right = [drawn(draw, uniform, 1024) for _ in range(100)]
    theirs = [drawn(draw, uniform, 1024) for _ in range(100)]
    assert same_distributions(right, theirs).agree
    wrong = [*right[:-1], Counter({"00000": 1024})]
    assert not same_distributions(wrong, theirs).agree
    assert not follows(wrong, [uniform] * 100).agree


def test_results_that_are_missing_are_noticed():
    assert not same_distributions([{"0": 1}], []).agree
    assert not estimates([0.0], [1.0], [0.0, 0.0], "ours").agree


def test_estimates_keep_to_their_errors(draw):
    exact = np.linspace(-9, 9, 100)
    errors = np.full(100, 0.0156)
    found = exact + draw.normal(0, errors)
    assert estimates(found, errors, exact, "ours").agree
    assert not_too_good(found, errors, exact).agree
    assert not estimates(found + 0.02, errors, exact, "ours").agree
    assert not estimates(np.where(np.arange(100) == 50, found + 0.2, found), errors, exact, "ours").agree
    assert not not_too_good(exact, errors, exact).agree


def test_marginals_of_sparse_counts(draw):
    ours = [words(draw, 100, 20) for _ in range(20)]
    assert same_marginals(ours, [words(draw, 100, 20) for _ in range(20)]).agree
    assert not same_marginals(ours, [words(draw, 100, 20, odd=0.7) for _ in range(20)]).agree
    assert not same_marginals(ours, [Counter({"0" * 20: 100}) for _ in range(20)]).agree


def test_a_bit_that_never_changes_is_no_division_by_zero():
    assert same_marginals([{"01": 100}], [{"01": 100}]).agree
    assert not same_marginals([{"01": 100}], [{"10": 100}]).agree


def test_near_is_a_distance():
    assert near({"00": 50, "11": 50}, {"00": 520, "11": 480}, 0.021).agree
    assert not near({"00": 50, "11": 50}, {"00": 530, "11": 470}, 0.021).agree


def test_a_verdict_names_the_tests_that_failed():
    verdict = all_of(equal("widths", 1, 1), equal("heights", 1, 2))
    assert not verdict.agree
    assert verdict.words == "heights: 1 is not 2"
