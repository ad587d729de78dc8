"""A PUB held against the summary of another: alarms are as rare, and shifts as visible, as between whole PUBs."""

from __future__ import annotations

import json

import numpy as np
import pytest
from counted_pubs import counted, estimated_pub, sampled_pub, wide_pub
from scipy.stats import binom

from qspec.comparing.pubs import compare_pubs
from qspec.comparing.summaries import CLASSES, MOST_OUTCOMES, compare_with_summary, summary_of

LEVEL = 0.001
GHZ = np.array([0.49, *[0.02 / 254] * 254, 0.49])
SHAPES = {
    "Bell": np.array([0.5, 0, 0, 0.5]),
    "rare": np.array([0.998, 0.001, 0.0005, 0.0005]),
    "noisy GHZ": GHZ,
    "geometric": 0.5 ** np.arange(64) / (0.5 ** np.arange(64)).sum(),
    "uniform over 256": np.ones(256) / 256,
    "all rare": np.ones(2**14) / 2**14,
}


@pytest.fixture
def numbers(rng):
    return np.random.default_rng(rng.getrandbits(64))


def drawn(numbers, probabilities, shots):
    num_bits = (len(probabilities) - 1).bit_length()
    return sampled_pub(meas=(numbers.choice(len(probabilities), shots, p=probabilities).astype(np.uint64), num_bits))


def kept(pub):
    """The summary as it comes back from its file."""
    return json.loads(json.dumps(summary_of(pub)))


@pytest.mark.parametrize("shots", [(1000, 1000), (4000, 700), (60, 90)])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_samples_of_one_distribution_are_rarely_called_different(numbers, shape, shots, request):
    tries = 3000 if request.config.getoption("--slow") else 200
    p_values = []
    for _ in range(tries):
        known, new = (drawn(numbers, shape, number) for number in shots)
        p_values.append(compare_with_summary(kept(known), new).p_value)
    for level in (0.05, 0.01, LEVEL):
        alarms = int(np.sum(np.array(p_values) < level))
        print(f"{alarms} alarms in {tries} pairs at level {level}")
        assert alarms <= int(binom.ppf(1 - 1e-5, tries, level))


@pytest.mark.parametrize(
    "shape", [[0.5, 0.5], GHZ, np.ones(256) / 256], ids=["one bit", "noisy GHZ", "uniform over 256"]
)
def test_a_shift_of_two_percent_is_seen_at_100_000_shots(numbers, shape):
    before = np.array(shape)
    after = before.copy()
    after[0] += 0.02
    after[-1] -= 0.02 if after[-1] > 0.02 else 0
    after /= after.sum()
    seen = 0
    for _ in range(20):
        summary = kept(drawn(numbers, before, 100_000))
        seen += compare_with_summary(summary, drawn(numbers, after, 100_000)).p_value < LEVEL
    print(f"a shift of 0.02 was seen {seen} of 20 times")
    assert seen == 20


def test_a_summary_of_few_outcomes_gives_the_test_of_whole_pubs(numbers):
    for shape in (SHAPES["Bell"], SHAPES["rare"], SHAPES["geometric"][:16] / SHAPES["geometric"][:16].sum()):
        known, new = drawn(numbers, shape, 3000), drawn(numbers, shape, 2000)
        summary = kept(known)
        assert "classes" not in summary["counts"][0]
        whole, found = compare_pubs(known, new), compare_with_summary(summary, new)
        assert found.p_value == pytest.approx(whole.p_value, rel=1e-12)
        assert found.effect == pytest.approx(whole.effect, rel=1e-12)
        assert found.tests == whole.tests


def test_classes_are_those_of_the_bits_alone():
    """By hand, and whatever the registers are cut into; so a lock means the same in every later version."""
    pub = counted({0: 5, 1: 7, 2: 1, 3: 2}, 2)
    found = pub.tally(None, ()).spread(CLASSES)
    weights = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4]  # the first numbers of SplitMix64 from the seed 0
    expected = np.zeros(CLASSES, dtype=int)
    for outcome, number in ((0, 5), (1, 7), (2, 1), (3, 2)):
        bits = [outcome >> 1 & 1, outcome & 1]  # leftmost first
        expected[(sum(bit * weight for bit, weight in zip(bits, weights, strict=True)) % 2**64) >> 58] += number
    assert found.tolist() == expected.tolist()


def test_a_summary_is_small_however_many_shots_and_bits(numbers):
    pub = wide_pub(numbers.random((20_000, 127)) < 0.3)
    summary = kept(pub)
    (entry,) = summary["counts"]
    assert len(entry["frequent"]) == MOST_OUTCOMES
    assert (len(entry["ones"]), len(entry["classes"]), sum(entry["classes"])) == (127, CLASSES, 20_000)
    assert len(json.dumps(summary)) < 8000
    found = compare_with_summary(summary, wide_pub(numbers.random((20_000, 127)) < 0.3))
    assert found.p_value > 1e-6
    moved = numbers.random((20_000, 127)) < np.where(np.arange(127) == 64, 0.33, 0.3)
    assert compare_with_summary(summary, wide_pub(moved)).test.startswith("Fisher's exact test of bit 64")


def test_values_are_held_against_their_errors(numbers):
    evs, stds = numbers.normal(0, 1, (3, 4)), np.full((3, 4), 0.1)
    summary = kept(estimated_pub(evs, stds))
    assert compare_with_summary(summary, estimated_pub(evs, stds)).p_value == 1
    again = compare_with_summary(summary, estimated_pub(evs + 0.05, stds))
    moved = compare_with_summary(summary, estimated_pub(evs + 1.0, stds))
    assert again.p_value > 0.5 > LEVEL > moved.p_value
    exact = kept(estimated_pub(evs))
    assert compare_with_summary(exact, estimated_pub(evs + 1e-3)).p_value is None
    broken = estimated_pub(np.where(evs > 0, np.nan, evs), stds)
    assert compare_with_summary(kept(broken), broken).p_value == 1


@pytest.mark.parametrize(
    "summary",
    [
        None,
        {},
        {"counts": []},
        {"counts": [{}]},
        {"counts": [None]},
        {"counts": 3},
        {"counts": [{"shots": 0, "frequent": {}, "ones": [0, 0]}]},
        {"counts": [{"shots": "x", "frequent": {}, "ones": [0, 0]}]},
        {"counts": [{"shots": 9, "frequent": {"00": 9}, "ones": [0]}]},
        {"counts": [{"shots": 9, "frequent": {"00": -1}, "ones": [0, 0]}]},
        {"counts": [{"shots": 9, "frequent": {}, "ones": [0, 0], "classes": [9, 0, 0]}]},
        {"counts": [{"shots": 9, "frequent": {"00": 9}, "ones": [0, 99]}]},
        {"evs": [1.0]},
    ],
)
def test_a_summary_of_another_form_has_no_test(summary):
    found = compare_with_summary(summary, counted({0: 5, 3: 5}, 2))
    assert found.p_value is None
    assert found.message
