"""Fixtures and flags of all tests."""

from __future__ import annotations

import inspect
import itertools
import random
import ssl
import sys
import traceback

import hypothesis
import pytest

SEED = 20261122
"""The same in every run, so that a run can be repeated; `--seed` looks elsewhere."""

_NUMBERS = itertools.count()


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


def bare_stack(context=0):
    """What `inspect.stack` gives, without looking for the source of every frame."""
    frames = traceback.walk_stack(sys._getframe(1))
    return [
        inspect.FrameInfo(each, each.f_code.co_filename, line, each.f_code.co_name, None, None) for each, line in frames
    ]


@pytest.fixture(scope="session", autouse=True)
def brisk_client():
    """Spare the runtime's client two things that take most of its time, and change nothing of what it says.

    For a header of each request it goes through the file names of the whole stack, and has the source of every frame
    looked for as well. At each log-in it loads the certificates of all authorities several times over: the emulator
    speaks plain HTTP, and without them TLS fails. To be deleted when the runtime does neither (seen with 0.51).
    Commands in processes of their own do all of it.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inspect, "stack", bare_stack)
        patch.setattr(ssl.SSLContext, "load_verify_locations", lambda *_, **__: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_real_cache(tmp_path_factory):
    """Nothing that tests do, or leave running, comes near the cache of the person who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QSPEC_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "cache of all tests"))
        patch.delenv("QSPEC_CACHE_SIZE", raising=False)
        patch.delenv("QSPEC_NO_CACHE", raising=False)
        yield


@pytest.fixture(autouse=True)
def cache_dir(tmp_path_factory, monkeypatch):
    """The folder of this test's own cache, which is not there yet."""
    folder = tmp_path_factory.getbasetemp() / f"cache-{next(_NUMBERS)}"
    monkeypatch.setenv("QSPEC_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def rng(request):
    """A seeded generator; the seed is shown with a failing test, and another can be given with --seed."""
    given = request.config.getoption("--seed")
    seed = SEED if given is None else given
    request.node.add_report_section("setup", "seed", f"run again with --seed {seed}")
    return random.Random(seed)
