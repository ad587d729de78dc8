"""Counting, emptying and verifying the cache."""

from __future__ import annotations

import pytest

from qspec.caching.entry import key_of
from qspec.caching.upkeep import clear, contents, verify


@pytest.fixture
def full(store):
    """Three entries, and files that are not ours, in and beside their folders."""
    for number in range(3):
        store.write("isa" if number else "parsed", key_of(number), b"content")
    beside = [store.folder / "notes.txt", store.folder / "isa" / "README", store.folder / "isa" / "zz" / ("0" * 64)]
    for path in beside:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    return beside


def test_an_empty_cache_needs_no_folder(cache_dir):
    assert sum(contents().entries.values()) == 0
    assert clear() == (0, 0)
    assert verify().sound == 0
    assert not cache_dir.exists()


def test_entries_are_counted_by_kind(store, full):
    found = contents()
    assert found.folder == store.folder
    assert found.entries == {"isa": 2, "parsed": 1}
    assert found.bytes["isa"] == 2 * found.bytes["parsed"] - 2 * len("parsed") + 2 * len("isa")


def test_clearing_removes_what_is_ours_and_nothing_else(store, full):
    (store.folder / "isa" / key_of(1)[:2] / f".{'a' * 16}.part").write_bytes(b"half")
    assert clear() == (3, 0)
    assert sorted(path for path in store.folder.rglob("*") if path.is_file()) == sorted(full)
    for path in full:
        path.unlink()
    (store.folder / "isa" / "zz").rmdir()
    clear()
    assert not store.folder.exists()


def test_verifying_removes_what_is_damaged(store, full):
    key = key_of(1)
    path = store.folder / "isa" / key[:2] / key
    path.write_bytes(path.read_bytes()[:-1])
    found = verify()
    assert (found.sound, found.damaged, found.left) == (2, (path,), ())
    assert not path.exists()
    assert verify().damaged == ()
