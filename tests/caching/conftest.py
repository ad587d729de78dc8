"""A cache with a few entries."""

from __future__ import annotations

import pytest

from qspec.caching.entry import key_of
from qspec.caching.store import Store


@pytest.fixture
def store(cache_dir):
    return Store(folder=cache_dir, limit=1 << 20)


@pytest.fixture
def key():
    return key_of("something")


@pytest.fixture
def kept(store, key):
    """The path of the one entry in the cache."""
    store.write("isa", key, b"content")
    return store.folder / "isa" / key[:2] / key
