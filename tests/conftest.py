"""Fixtures and flags of all tests."""

from __future__ import annotations

import random

import hypothesis
import pytest

SEED = 20261122
"""The same in every run, so that a run can be repeated; `--seed` looks elsewhere."""


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="also run the full proofs, of which samples always run")
    parser.addoption("--update-golden", action="store_true", help="rewrite the .out files; review them in the diff")
    parser.addoption("--seed", type=int, default=None, help="another seed for the fixture rng, and random hypotheses")


def pytest_configure(config):
    hypothesis.settings.register_profile("repeatable", derandomize=config.getoption("--seed") is None)
    hypothesis.settings.load_profile("repeatable")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--slow"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    items[:] = [item for item in items if not item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)


@pytest.fixture
def rng(request):
    """A seeded generator; the seed is shown with a failing test, and another can be given with --seed."""
    given = request.config.getoption("--seed")
    seed = SEED if given is None else given
    request.node.add_report_section("setup", "seed", f"run again with --seed {seed}")
    return random.Random(seed)
