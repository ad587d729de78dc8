"""Expectation values against given ones, and against bounds."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.primitives import DataBin, PrimitiveResult, PubResult
from recorded_runs import bell, finished_run, sampled

from qspec.checks.expectation_values import ExpectationValues
from qspec.errors import UsageError


def run_with(tmp_path, evs, stds=None):
    evs = np.asarray(evs, dtype=float)
    fields = {"evs": evs} if stds is None else {"evs": evs, "stds": np.asarray(stds, dtype=float)}
    return finished_run(tmp_path, energy=PrimitiveResult([PubResult(DataBin(shape=evs.shape, **fields))]))


def check(run, **keys):
    return ExpectationValues(job="energy", **keys).check(run)


def test_a_value_within_the_tolerance_holds(tmp_path):
    run = run_with(tmp_path, 0.48, 0.02)
    verdict = check(run, values=0.5, tolerance=0.03)
    assert verdict.passed
    assert verdict.margin == pytest.approx(0.01)
    assert verdict.message == "0.48, expected 0.5 ± 0.03"
    assert not check(run, values=0.5, tolerance=0.01).passed


def test_standard_errors_are_the_values_own(tmp_path):
    run = run_with(tmp_path, [0.48, 0.3], [0.02, 0.05])
    assert not check(run, values=0.5, standard_errors=3).passed
    assert check(run, values=0.5, standard_errors=4).passed
    assert check(run, values=0.5, standard_errors=3, tolerance=0.05).passed
    assert not check(run, values=0.5, standard_errors=3, tolerance=0.04).passed


def test_the_value_that_is_farthest_out_is_named(tmp_path):
    run = run_with(tmp_path, [[0.1, 0.2], [0.9, 0.3]])
    verdict = check(run, values=0.2, tolerance=0.2)
    assert verdict.message == "0.9 at point [1, 0], expected 0.2 ± 0.2"
    assert verdict.margin == pytest.approx(-0.5)
    assert verdict.details["index"] == [1, 0]


def test_values_broadcast_against_the_shape_of_the_pub(tmp_path):
    run = run_with(tmp_path, [[1, 2, 3], [1, 2, 3]])
    assert check(run, values=[1, 2, 3], tolerance=0).passed
    assert check(run, values=([1, 2, 3], [1, 2, 3]), tolerance=0).passed
    assert not check(run, values=[[1], [2]], tolerance=0.5).passed
    with pytest.raises(UsageError, match=r"do not broadcast to the shape \[2, 3\]"):
        check(run, values=[1, 2], tolerance=0)
    with pytest.raises(UsageError, match="do not broadcast"):
        check(run, values=[1, [2, 3]], tolerance=0)


def test_bounds_hold_for_every_value(tmp_path):
    run = run_with(tmp_path, [-2.7, 0.0, 2.6])
    assert check(run, at_least=-2.9, at_most=2.9).passed
    assert check(run, at_least=-2.7).passed
    assert check(run, at_most=2.5).message == "2.6 at point [2], expected at most 2.5"
    assert check(run, at_least=-2.5).message == "-2.7 at point [0], expected at least -2.5"


def test_only_the_largest_or_smallest_may_be_taken(tmp_path):
    run = run_with(tmp_path, [-2.7, 0.0, 2.6], [0.1, 0.1, 0.02])
    assert check(run, take="max", at_least=2, at_most=2.8284).passed
    assert check(run, take="min", at_most=-2).passed
    assert check(run, take="max", at_least=2.61).message == "2.6 at point [2], expected at least 2.61"
    assert check(run, take="max", values=2.63, standard_errors=2).passed
    assert not check(run, take="max", values=2.65, standard_errors=2).passed


def test_one_point_may_be_chosen(tmp_path):
    run = run_with(tmp_path, [[0.0, 0.0], [1.0, 0.0]])
    assert check(run, index=(1, 0), values=1, tolerance=0).passed
    with pytest.raises(UsageError, match="is not a point"):
        check(run, index=(2, 0), values=1, tolerance=0)


def test_the_condition_that_is_kept_least_decides(tmp_path):
    run = run_with(tmp_path, 0.5)
    assert not check(run, values=0.5, tolerance=1, at_most=0.4).passed
    assert check(run, values=0.5, tolerance=1, at_most=0.6).margin == pytest.approx(0.1)


@pytest.mark.parametrize("condition", [{"values": 0.5, "tolerance": 9}, {"at_least": -9}, {"at_most": 9}], ids=str)
def test_what_is_not_a_number_holds_nowhere(tmp_path, condition):
    assert not check(run_with(tmp_path, [0.5, np.nan]), **condition).passed


def test_a_sampler_job_has_no_expectation_values(tmp_path):
    run = finished_run(tmp_path, energy=sampled(bell()))
    with pytest.raises(UsageError, match="not an estimator's"):
        check(run, at_least=0)


@pytest.mark.parametrize("std", [np.inf, np.nan])
def test_a_standard_error_that_is_not_finite_allows_nothing(tmp_path, std):
    run = run_with(tmp_path, [0.5, 0.5], [0.1, std])
    verdict = check(run, values=-999, standard_errors=1)
    assert not verdict.passed
    assert verdict.message == f"the standard error at point [1] is {std}: not a finite number"
    assert verdict.details["index"] == [1]
    assert check(run, values=0.5, tolerance=0.1).passed
    assert check(run, values=0.5, standard_errors=1, index=(0,)).passed


@pytest.mark.parametrize("take", ["each", "max", "min"])
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_a_value_that_is_not_finite_never_holds(tmp_path, value, take):
    verdict = check(run_with(tmp_path, value), at_least=-1.0, take=take)
    assert not verdict.passed
    assert verdict.message == f"the value is {value}: not a finite number"
