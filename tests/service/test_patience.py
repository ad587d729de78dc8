"""Pauses grow, and the settle time can be set from the environment."""

from __future__ import annotations

import pytest

from qspec.errors import UsageError
from qspec.service.patience import MOST_RETRY_AFTER, SETTLE_VARIABLE, Patience, patience


def paused(attempt, jitter=0.0, **options):
    slept = []
    Patience(sleep=slept.append, jitter=lambda: jitter).pause(attempt, **options)
    return slept[0]


def test_each_pause_is_twice_as_long_up_to_a_longest():
    assert [paused(attempt) for attempt in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert paused(10**9) == 30


def test_chance_adds_up_to_a_fifth():
    assert paused(1, jitter=1.0) == pytest.approx(1.2)


def test_the_service_may_ask_for_more_within_bounds():
    assert paused(0, at_least=60.0) == 60
    assert paused(0, at_least=1e9) == MOST_RETRY_AFTER


def test_the_settle_time_is_taken_from_the_environment(monkeypatch):
    monkeypatch.setenv(SETTLE_VARIABLE, "2.5")
    assert patience().settle == 2.5
    monkeypatch.delenv(SETTLE_VARIABLE)


@pytest.mark.parametrize("said", ["soon", "nan", "-1", "1e9", "inf"])
def test_a_settle_time_that_is_none_is_refused(said, monkeypatch):
    monkeypatch.setenv(SETTLE_VARIABLE, said)
    with pytest.raises(UsageError, match=SETTLE_VARIABLE):
        patience()
