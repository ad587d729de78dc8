"""Two PUBs are identical, or tested as their data need it, and said to be apart where they cannot be."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from counted_pubs import bits_of, counted, estimated_pub, sampled_pub, wide_pub
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded_runs import job
from scipy.stats import fisher_exact, norm

from qspec.comparing import arrays
from qspec.comparing.pubs import Compared, compare_pubs, verdict
from qspec.comparing.runs import is_mitigated
from qspec.records.counts import Bits
from qspec.records.parts import SubmissionRecord
from qspec.records.saved import PubData

LEVEL = 0.001


def word(a, b, *, comparisons=1, level=LEVEL):
    return verdict(compare_pubs(a, b), comparisons=comparisons, level=level)


def plain_pub(**given_arrays):
    return PubData(shape=(), registers={}, arrays={name: np.asarray(each) for name, each in given_arrays.items()})


def test_the_same_bytes_are_identical():
    pub = counted({0: 500, 3: 524}, 2)
    found = compare_pubs(pub, counted({0: 500, 3: 524}, 2))
    assert (found.identical, found.p_value, found.tests) == (True, None, 0)
    assert verdict(found, comparisons=10**6, level=0.999) == "identical"


def test_the_same_counts_in_another_order_are_consistent_and_not_identical():
    shots = np.arange(1000) % 4
    found = compare_pubs(sampled_pub(meas=(shots, 2)), sampled_pub(meas=(shots[::-1], 2)))
    assert (found.identical, found.p_value, found.effect) == (False, 1.0, 0.0)
    assert verdict(found, comparisons=1, level=LEVEL) == "consistent"


def test_large_arrays_are_compared_in_parts(monkeypatch):
    monkeypatch.setattr(arrays, "_AT_ONCE", 16)
    one = np.arange(100.0)
    assert arrays.same_bytes(one, one.copy())
    for changed in (0, 50, 99):
        other = one.copy()
        other[changed] += 1
        assert not arrays.same_bytes(one, other)
    assert not arrays.same_bytes(np.zeros(3), np.array([0.0, -0.0, 0.0]))
    assert arrays.same_bytes(np.array(np.nan), np.array(np.nan))


def test_a_two_by_two_table_is_fishers():
    found = compare_pubs(counted({0: 480, 1: 544}, 1), counted({0: 530, 1: 494}, 1))
    expected = fisher_exact([[480, 544], [530, 494]]).pvalue
    assert found.tests == 1
    assert found.p_value == pytest.approx(expected, rel=1e-9)  # equal numbers of shots: both tails are alike
    assert found.effect == pytest.approx(50 / 1024)
    assert found.test == "Fisher's exact test of bit 0 of 'meas'"


def test_p_values_are_multiplied_by_the_number_of_tests():
    # a chi-square test over 00 and 11, and one of each bit, which are all the same test
    found = compare_pubs(counted({0: 480, 3: 544}, 2), counted({0: 530, 3: 494}, 2))
    assert found.tests == 3
    assert found.p_value == pytest.approx(3 * fisher_exact([[480, 544], [530, 494]]).pvalue, rel=1e-9)


def test_verdicts_are_corrected_for_the_number_of_pubs():
    found = Compared(p_value=1e-5, tests=1)
    assert verdict(found, comparisons=1, level=LEVEL) == "different"
    assert verdict(found, comparisons=99, level=LEVEL) == "different"
    assert verdict(found, comparisons=101, level=LEVEL) == "consistent"


def test_different_numbers_of_shots_are_compared():
    assert word(counted({0: 500, 3: 500}, 2), counted({0: 50_200, 3: 49_800}, 2)) == "consistent"
    assert word(counted({0: 650, 3: 350}, 2), counted({0: 50_000, 3: 50_000}, 2)) == "different"


def test_one_outcome_on_both_sides_is_consistent_however_many_shots_there_are():
    found = compare_pubs(counted({5: 100}, 3), counted({5: 300}, 3))
    assert (found.tests, found.p_value, found.effect, found.effect_expected) == (1, 1.0, 0.0, 0.0)


def test_a_single_shot_says_nothing():
    assert word(counted({0: 1}, 2), counted({3: 1}, 2)) == "consistent"


def test_without_shots_there_is_no_test():
    found = compare_pubs(counted({0: 10}, 2), sampled_pub(meas=(np.zeros(0), 2)))
    assert found.p_value is None
    assert found.message == "one of the runs has no shots"


def test_a_shifted_qubit_is_seen_where_all_bitstrings_are_different(rng):
    generator = np.random.default_rng(rng.getrandbits(32))
    shares = generator.uniform(0.2, 0.8, 127)
    shifted = shares.copy()
    shifted[83] += 0.1
    first, second, third = (wide_pub(generator.random((4000, 127)) < each) for each in (shares, shares, shifted))
    assert len(first.tally()) == 4000
    assert word(first, second) == "consistent"
    found = compare_pubs(first, third)
    assert verdict(found, comparisons=1, level=LEVEL) == "different"
    assert found.test == "Fisher's exact test of bit 83 of 'meas', the smallest of 128"
    assert found.effect == found.effect_expected == 1.0


def test_a_point_and_a_register_are_named_where_the_difference_is(rng):
    generator = np.random.default_rng(rng.getrandbits(32))
    a, b, c = generator.integers(0, 8, (3, 2, 3, 2000))
    other = c.copy()
    other[1, 2, :300] |= 4
    registers = {"low": (a, 3), "high": (b, 3)}
    found = compare_pubs(sampled_pub(**registers), sampled_pub(low=(c, 3), high=(b, 3)))
    assert verdict(found, comparisons=1, level=LEVEL) == "consistent"
    assert found.tests == 6 * (2 + 3 + 3 + 1)  # each register, its bits, and both together
    found = compare_pubs(sampled_pub(low=(a, 3), high=(c, 3)), sampled_pub(low=(a, 3), high=(other, 3)))
    assert verdict(found, comparisons=1, level=LEVEL) == "different"
    assert found.place == (1, 2)
    assert found.message.startswith("bit 2 of register 'high' at point [1, 2] is 1 in 0.")


def test_registers_that_are_alike_alone_differ_in_how_they_go_together():
    same, opposite = np.arange(2000) % 2, (np.arange(2000) + 1) % 2
    one = sampled_pub(a=(same, 1), b=(same, 1))
    other = sampled_pub(a=(same, 1), b=(opposite, 1))
    found = compare_pubs(one, other)
    assert "of all registers together" in found.test
    assert found.effect == 1.0
    assert verdict(found, comparisons=1, level=LEVEL) == "different"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (counted({0: 5}, 3), "the registers meas (2 bits) became meas (3 bits)"),
        (counted({0: 5}, 2, "c"), "the registers meas (2 bits) became c (2 bits)"),
        (sampled_pub(meas=(np.zeros((4, 5)), 2)), "the shape [] became [4]"),
        (estimated_pub(0.5, 0.1), "the registers meas (2 bits) became none"),
    ],
)
def test_what_has_another_form_is_different(other, said):
    found = compare_pubs(counted({0: 5}, 2), other)
    assert (found.identical, found.p_value, found.message) == (False, None, said)
    assert verdict(found, comparisons=1, level=LEVEL) == "different"


def test_data_of_other_names_are_different():
    assert compare_pubs(estimated_pub(0.5, 0.1), estimated_pub(0.5)).message == "the fields evs, stds became evs"


@given(
    first=st.dictionaries(st.integers(0, 31), st.integers(1, 300), min_size=1, max_size=20),
    second=st.dictionaries(st.integers(0, 31), st.integers(1, 300), min_size=1, max_size=20),
)
@settings(max_examples=150, deadline=None)
def test_it_does_not_matter_which_pub_is_the_first(first, second):
    found = compare_pubs(counted(first, 5), counted(second, 5))
    swapped = compare_pubs(counted(second, 5), counted(first, 5))
    assert (swapped.identical, swapped.tests) == (found.identical, found.tests)
    assert swapped.p_value == (None if found.identical else pytest.approx(found.p_value, rel=1e-6))


@given(counts=st.dictionaries(st.integers(0, 2**20 - 1), st.integers(1, 50), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_effects_are_what_the_definition_says(counts):
    other = {key ^ 1: number for key, number in counts.items()}
    found = compare_pubs(counted(counts, 20), counted(other, 20))
    if not found.identical:
        shots = sum(counts.values())
        distance = sum(abs(counts.get(key, 0) - other.get(key, 0)) for key in counts.keys() | other.keys()) / 2 / shots
        assert found.effect == pytest.approx(distance)
        assert 0 <= found.effect_expected <= 1
        assert 0 <= found.p_value <= 1


def test_spare_bits_beyond_a_register_do_not_count():
    clean = bits_of(np.arange(1000) % 4, 2)
    noisy = Bits(clean.array | 0b11110000, 2)
    found = compare_pubs(*(PubData(shape=(), registers={"c": bits}, arrays={}) for bits in (clean, noisy)))
    assert (found.identical, found.p_value) == (False, 1.0)


def test_expectation_values_are_compared_by_their_standard_errors():
    found = compare_pubs(estimated_pub([0.5, 0.1], [0.03, 0.02]), estimated_pub([0.6, 0.11], [0.04, 0.02]))
    assert found.tests == 2
    assert found.effect == pytest.approx(2.0)
    assert found.p_value == pytest.approx(2 * 2 * norm.sf(2.0))
    assert (found.effect_name, found.place) == ("standard errors", (0,))
    assert found.effect_expected == pytest.approx(2 / math.sqrt(math.pi), rel=1e-5)  # of the larger of two |z|
    assert found.message == "0.5 ± 0.03 became 0.6 ± 0.04 at point [0]"


def test_one_value_has_two_sided_p_values_far_into_the_tail():
    found = compare_pubs(estimated_pub(0.0, 0.6), estimated_pub(20.0, 0.8))
    assert found.p_value == pytest.approx(2 * norm.sf(20.0))
    assert found.effect_expected == pytest.approx(math.sqrt(2 / math.pi), rel=1e-5)
    assert word(estimated_pub(0.0, 0.6), estimated_pub(3.0, 0.8)) == "consistent"


def test_exact_values_must_be_equal():
    found = compare_pubs(estimated_pub([0.5, 0.25], [0.0, 0.0]), estimated_pub([0.5, 0.25 + 1e-12], [0.0, 0.0]))
    assert found.p_value is None
    assert found.effect == pytest.approx(1e-12, rel=1e-3)
    assert found.effect_name == "largest difference"
    assert found.message == "values without a standard error differ at point [1]: 0.25 became 0.25"
    assert word(estimated_pub(0.5, 0.0), estimated_pub(0.5, 0.0)) == "identical"


def test_an_error_on_one_side_is_enough():
    assert word(estimated_pub(1.0, 0.0), estimated_pub(0.97, 0.02)) == "consistent"
    assert word(estimated_pub(1.0, 0.0), estimated_pub(0.87, 0.02)) == "different"


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_not_finite_is_said_in_words(bad):
    good = estimated_pub([0.5, 0.1], [0.1, 0.1])
    for other in (estimated_pub([0.5, bad], [0.1, 0.1]), estimated_pub([0.5, 0.2], [0.1, bad])):
        found = compare_pubs(good, other)
        assert found.p_value is None
        assert found.message.startswith(
            "values that are not finite, or whose standard errors are not, differ at point [1]: 0.1 "
        )
    nowhere = estimated_pub([0.5, bad], [0.1, 0.1])
    found = compare_pubs(nowhere, estimated_pub([0.6, bad], [0.1, 0.1]))
    assert (found.tests, found.place) == (1, (0,))


def test_values_without_standard_errors_are_not_tested():
    found = compare_pubs(estimated_pub([0.5, 0.1]), estimated_pub([0.5, 0.3]))
    assert found.p_value is None
    assert found.message == "values without recorded standard errors differ at point [1]: 0.1 became 0.3"


def test_values_of_another_shape_are_different():
    one, other = (PubData(shape=(), registers={}, arrays={"evs": np.zeros(n), "stds": np.ones(n)}) for n in (2, 3))
    assert compare_pubs(one, other).message == "the shape of the values [2] became [3]"


def test_errors_that_differ_beside_equal_values_are_consistent():
    assert word(estimated_pub(0.5, 0.0), estimated_pub(0.5, 0.1)) == "consistent"
    assert word(estimated_pub(-0.0, 0.0), estimated_pub(0.0, 0.0)) == "consistent"


def test_other_data_are_different_by_their_largest_difference():
    one, other = (
        plain_pub(rates=[0.1, 0.2], generators=["X0", "Z1"]),
        plain_pub(rates=[0.1, 0.25], generators=["X0", "Y1"]),
    )
    found = compare_pubs(one, other)
    assert found.p_value is None
    assert (found.effect, found.effect_name) == (pytest.approx(0.05), "largest difference")
    said = "'rates' differs in 1 of 2 entries; 'generators' differs in 1 of 2 entries, and there is no test for it"
    assert found.message == said
    assert verdict(found, comparisons=1, level=LEVEL) == "different"


def test_booleans_of_an_executor_are_not_tested():
    bits = np.zeros((2, 3, 100, 4), dtype=bool)
    other = bits.copy()
    other[0, 0, 0, 0] = True
    found = compare_pubs(plain_pub(meas=bits), plain_pub(meas=other))
    assert (found.p_value, found.effect) == (None, 1.0)
    assert found.message == "'meas' differs in 1 of 2,400 entries, and there is no test for it"


def test_arrays_of_other_shapes_and_types_are_different():
    assert compare_pubs(plain_pub(x=[1, 2]), plain_pub(x=[1, 2, 3])).message == "the shape of 'x' [2] became [3]"
    found = compare_pubs(plain_pub(x=np.array([1, 2])), plain_pub(x=np.array([1.0, 2.0])))
    assert (found.identical, found.p_value) == (False, None)
    assert compare_pubs(plain_pub(x=[1 + 1j]), plain_pub(x=[1 - 1j])).effect == pytest.approx(2.0)
    assert compare_pubs(plain_pub(x=[math.nan, 1.0]), plain_pub(x=[math.nan, 2.0])).effect == 1.0


@pytest.mark.parametrize(
    ("options", "on_service", "expected"),
    [
        ({}, False, False),
        ({}, True, True),
        ({"resilience_level": 0}, True, False),
        ({"resilience_level": 1}, False, True),
        ({"resilience_level": 2}, True, True),
        ({"resilience": {"zne_mitigation": True}}, False, True),
        ({"resilience": {"measure_mitigation": True}}, False, True),
        ({"resilience": {"measure_mitigation": False}}, True, False),
        ({"resilience": {"measure_mitigation": False, "pec_mitigation": True}}, True, True),
        ({"resilience_level": 1, "resilience": {"measure_mitigation": False}}, True, False),
    ],
)
def test_mitigation_is_known_by_level_and_by_options(options, on_service, expected):
    """The levels are those of the runtime's estimator: 1, the default there, mitigates the readout, 2 extrapolates too."""
    sent = (SubmissionRecord(part=0, first_pub=0, pubs=1, tag="t"),) if on_service else ()
    made = replace(job("energy"), program_id="estimator", options=options, submissions=sent)
    assert is_mitigated(made) is expected
    assert not is_mitigated(replace(made, program_id="sampler", options={}))
